// SPDX-License-Identifier: EUPL-1.2
// The energy of buildings: what they need, one by one, on the map, on the sheet, on paper.

import { strict as assert } from "node:assert";
import { PHONE, Reader } from "./browser.mjs";

const said = (text) => text.replace(/\s+/g, " ");
const LIST = "table.chart tbody tr:not(.bar-row) th button";

export async function buildings_are_told_together_and_one_by_one({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=buildings");
  const text = said(await reader.text(".panel-body"));
  for (const wanted of [
    "25 bâtiments publics, ensemble", "Besoin de chauffage ≈ 640 MWh/an entre 448 et 896 MWh par an",
    "part estimée : 40 %", "20 sur 25 bâtiments.", "Par énergie", "Fioul", "Besoins de tous les bâtiments, mois par mois",
  ]) assert.ok(text.includes(wanted), `“${wanted}” in: ${text}`);

  // The list follows its order, and the address with it.
  const names = () => reader.page.locator(".panel-body table.chart").first().locator("th button").allInnerTexts();
  assert.deepEqual((await names()).slice(0, 2), ["Bâtiment B24", "Bâtiment B23"]);
  await reader.page.getByRole("radio", { name: "Au total" }).click();
  await reader.ready();
  assert.equal(reader.query("order"), "-buildings_final_kwh");
  assert.deepEqual((await names()).slice(0, 2), ["Bâtiment B00", "Bâtiment B01"]);
  await reader.button("En montrer d’autres").click();
  await reader.ready();
  assert.equal((await names()).length, 25);
  await reader.page.reload();
  await reader.ready();
  assert.equal((await names()).length, 25);

  // All of them, with every figure, in a file.
  const csv = await reader.page.getByRole("link", { name: "CSV, Bâtiment par bâtiment" }).getAttribute("href");
  const rows = (await (await reader.context.request.get(csv)).text()).trim().split("\n");
  assert.equal(rows.length, 26);
  assert.match(rows[0], /buildings_final_kwh_m2,.*buildings_final_kwh_m2_low/);

  // The months are drawn, and written beside.
  await reader.page.locator(".months summary").click();
  const months = said(await reader.text(".months table"));
  assert.match(months, /janvier ≈ 100 MWh entre 70 et 140 MWh/);
  assert.deepEqual(await reader.faults(), []);
  await reader.close();
}

export async function all_buildings_are_coloured_by_their_energy_and_public_ones_outlined({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=buildings&map=15.5/43.6097/3.8681");
  const style = () =>
    reader.page.evaluate(() => {
      const { map } = document.querySelector("ju-app").map;
      const filter = (layer) => JSON.stringify(map.getLayer(layer)?.filter ?? null);
      return {
        fill: map.getPaintProperty("building", "fill-color"),
        hatched: filter("building-energy-supposed"),
        outlined: filter("building-energy-line"),
      };
    });
  const { fill, hatched, outlined } = await style();
  const [, , ...pairs] = fill;
  const classOf = (id) => pairs.findIndex((ids) => Array.isArray(ids) && ids.includes(id));
  // 20, 101, 155, 344 kWh/m²: the least, the second bound, the third, the last; a house as well.
  assert.ok(classOf("B00") < classOf("B06") && classOf("B06") < classOf("B10") && classOf("B10") < classOf("B24"));
  assert.equal(classOf("B30"), classOf("B24"));
  assert.equal(classOf("B99"), -1);
  assert.ok(hatched.includes("B02") && !hatched.includes("B00"));
  assert.ok(outlined.includes("B24") && !outlined.includes("B30"), "public ones only");
  await reader.draws("building-energy-supposed", "an estimated building is hatched");
  const legend = said(await reader.text(".layers-body"));
  assert.match(legend, /0 50 100 150 200 300 Énergie finale, kWh\/m² par an, à partir de/);
  assert.match(legend, /Contour épais : bâtiment public/);
  await reader.goto("?tab=buildings&map=11.5/43.6097/3.8681");
  await reader.draws("building", "a town is coloured as a whole, from afar");
  await reader.tab("Éclairage").click();
  await reader.ready();
  assert.equal((await style()).fill[0], "case", "elsewhere buildings are as they were");
  await reader.close();
}

export async function the_sheet_of_a_building_is_whole_and_prints({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=buildings");
  await reader.page.getByRole("radio", { name: "Au total" }).click();
  await reader.ready();
  await reader.page.locator(LIST).first().click();
  await reader.page.locator(".sheet h2").waitFor();
  await reader.ready();
  assert.equal(reader.query("sheet"), "building/B00");
  const text = said(await reader.text(".sheet"));
  for (const wanted of [
    "Énergie calculée", "≈ 20 kWh/m²/an", "Besoins mois par mois", "Ce qui rendrait ces chiffres plus sûrs",
    "10 % de ce que le calcul lit de ce bâtiment est estimé", "énergie de chauffage, année de construction, surface de plancher",
    "U des murs", "Relevés des compteurs", "Compteur gaz", "31 relevés valent zéro", "n’ont pas été relevées en entier",
    "Hauteur d'eau",
  ]) assert.ok(text.includes(wanted), `“${wanted}” in: ${text}`);
  await reader.page.locator(".curve summary").click();
  assert.match(said(await reader.text(".curve table")), /mars .*32 % du mois relevé/);
  assert.deepEqual(await reader.faults(), []);

  await reader.button(/^Pourquoi ce chiffre \? Énergie finale$/).click();
  await reader.page.locator("dialog[open]").waitFor();
  await reader.ready();
  assert.match(said(await reader.text("dialog")), /E = Q\/η/);
  await reader.page.keyboard.press("Escape");

  await reader.page.emulateMedia({ media: "print" });
  assert.ok(await reader.page.locator(".months .month svg").first().isVisible());
  assert.ok(await reader.page.locator(".curve > svg").first().isVisible());
  assert.ok(!(await reader.page.locator(".tabs").isVisible()));
  await reader.page.emulateMedia({ media: null });
  await reader.goto("?lang=en&tab=buildings&sheet=building/B00");
  const english = await reader.text(".sheet");
  assert.equal(english.match(/Énergie|Besoin|relevé|Pourquoi|\bpar an\b/g), null);
  await reader.goto("?tab=buildings&sheet=building/B30");
  assert.ok(!(await reader.text(".sheet")).includes("Relevés des compteurs"), "a house without meter");
  await reader.close();
}

export async function buildings_fit_a_phone_and_the_keyboard({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=buildings", { viewport: PHONE, hasTouch: true });
  const wide = () => reader.page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(await wide(), 360);
  assert.ok(await reader.tab("Bâtiments").isVisible());
  await reader.step("?tab=buildings&sheet=building/B00");
  assert.equal(await wide(), 360);
  await reader.close();
  const keys = await Reader.open(browser, base, "?tab=climate");
  await keys.tab("Climat").focus();
  await keys.page.keyboard.press("ArrowRight");
  await keys.ready();
  assert.equal(keys.query("tab"), "buildings");
  await keys.page.getByRole("radio", { name: "Par m²" }).focus();
  await keys.page.keyboard.press("ArrowRight");
  await keys.ready();
  assert.equal(keys.query("order"), "-buildings_final_kwh");
  assert.match((await keys.focus()).tag, /input/);
  await keys.close();
}

export async function buildings_never_computed_say_how({ browser, empty }) {
  const context = await browser.newContext({ locale: "fr-FR" });
  const page = await context.newPage();
  await page.goto(`${empty}?tab=buildings`);
  const body = page.locator(".panel-body");
  await body.getByText("Les bâtiments n’ont pas encore été calculés.").waitFor();
  assert.match(await body.innerText(), /jumeau run DIR buildings/);
  await context.close();
}

export async function the_home_page_says_what_public_buildings_use({ browser, base }) {
  const reader = await Reader.open(browser, base);
  const card = reader.page.locator(".card-buildings");
  const text = said(await card.innerText());
  for (const wanted of ["Les 25 bâtiments publics consomment entre", "Un calcul, pas un relevé.", "part estimée : 40 %"])
    assert.ok(text.includes(wanted), `“${wanted}” in: ${text}`);
  await card.getByRole("button", { name: "Voir bâtiment par bâtiment" }).click();
  await reader.ready();
  assert.equal(reader.query("tab"), "buildings");
  await reader.goto("?lang=en");
  assert.match(said(await card.innerText()), /The 25 public buildings use/);
  assert.deepEqual(await reader.faults(), []);
  await reader.close();
}
