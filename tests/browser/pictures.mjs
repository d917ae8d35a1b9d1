// SPDX-License-Identifier: EUPL-1.2
// The pictures of the documentation, taken on the demonstrator in both languages.

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { PHONE, Reader } from "./browser.mjs";

/** Where each picture is taken; what stands in braces is looked up. */
const PICTURES = {
  today: { search: "?" },
  map: { search: "?map=15.2/{middle}" },
  night: { search: "?night=1&map=15.2/{middle}" },
  "lamp-sheet": { search: "?sheet={lamp}" },
  "street-sheet": { search: "?sheet={street}" },
  "district-sheet": { search: "?sheet={district}" },
  "building-sheet": { search: "?sheet={building}" },
  climate: { search: "?tab=climate" },
  decide: { search: "?tab=decide&wide=1" },
  findings: { search: "?tab=findings" },
  data: { search: "?tab=data" },
  why: { search: "?tab=lighting&why={figure}" },
  table: { search: "?table=luminaire" },
  print: { search: "?tab=lighting", options: { viewport: { width: 794, height: 1123 } }, media: "print" },
  phone: { search: "?", options: { viewport: PHONE, deviceScaleFactor: 2, hasTouch: true } },
};

/** Assets worth a picture: what consumes the most, and a lamp of which something is estimated. */
async function subjects(context, base) {
  const ask = async (path) => (await context.request.get(base + path)).json();
  const most = async (scope) => (await ask(`api/indicators?scope=${scope}&indicator=lighting_electricity&sort=-value&limit=1`)).rows[0];
  const [street, district, whole] = [await most("street"), await most("district"), await most("territory")];
  const first = async (path, chosen = () => true) => (await ask(path)).features.find(({ properties }) => chosen(properties)).id;
  const [lon, lat] = (await ask("api/territory")).center;
  return {
    "{middle}": `${lat}/${lon}`,
    "{street}": `street/${street.entity}`,
    "{district}": `district/${district.entity}`,
    "{figure}": `indicator/${whole.id}`,
    "{lamp}": `luminaire/${await first("collections/luminaire/items?limit=1000", ({ power_w }) => power_w === null)}`,
    "{building}": `building/${await first("collections/building/items?limit=1&public=true")}`,
  };
}

export async function pictures_are_taken({ browser, demo, pictures }) {
  assert.ok(demo && pictures, "JUMEAU_PICTURES=1 builds the demonstrator");
  const context = await browser.newContext();
  const found = await subjects(context, demo);
  const desk = await Reader.open(browser, demo);
  for (const lang of ["fr", "en"]) {
    for (const [name, { search, options, media }] of Object.entries(PICTURES)) {
      const asked = `${search.replace(/\{\w+\}/g, (part) => found[part])}&lang=${lang}`.replace("?&", "?");
      const reader = options ? await Reader.open(browser, demo, asked, options) : desk;
      if (!options) await desk.step(asked);
      if (!/map=|sheet=/.test(search) && !options) await desk.page.locator("[aria-label='Tout le territoire'], [aria-label='Whole territory']").dispatchEvent("click");
      if (media) {
        await reader.page.emulateMedia({ media });
        // The margins of the paper, which a screenshot does not have.
        await reader.page.evaluate(() => Object.assign(document.body.style, { margin: "18mm 16mm" }));
      }
      await reader.page.evaluate(() => document.activeElement?.blur());
      await reader.page.mouse.move(5, 5);
      await reader.page.waitForTimeout(300);
      await reader.ready();
      const path = join(pictures, `${name}${lang === "fr" ? "" : ".en"}.png`);
      await reader.page.screenshot({ path, animations: "disabled" });
      if (options) await reader.close();
    }
  }
  await desk.close();
}
