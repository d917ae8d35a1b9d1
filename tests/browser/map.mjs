// SPDX-License-Identifier: EUPL-1.2
// The map as its readers use it: pointing, drawing an area, its tables, its paper, its failures.

import { strict as assert } from "node:assert";
import { DESK, PHONE, Reader } from "./browser.mjs";

const MIDDLE = "?map=18/43.6097339/3.8681202";
const TOWN = "area=3.8600,43.6050;3.8760,43.6050;3.8760,43.6130;3.8600,43.6130";

async function canvas(reader) {
  const box = await reader.page.locator(".maplibregl-canvas").boundingBox();
  return (x, y) => [box.x + box.width * x, box.y + box.height * y];
}

/** Answer of the API to a path, as JSON. */
async function api(reader, path) {
  return (await reader.context.request.get(reader.base + path)).json();
}

export async function what_is_pointed_at_is_named_and_outlined({ browser, base }) {
  const reader = await Reader.open(browser, base, MIDDLE);
  const at = await canvas(reader);
  await reader.page.mouse.move(...at(0.5, 0.5));
  await reader.page.locator(".map-tip:not([hidden])").waitFor();
  assert.match(await reader.text(".map-tip"), /Point lumineux PL003/);
  await reader.ready();
  await reader.draws("hover-point", "it is outlined");
  await reader.close();
}

export async function pressing_again_opens_what_lies_below({ browser, base }) {
  const reader = await Reader.open(browser, base, `${MIDDLE}&layers=luminaire,street,building,district`);
  const at = await canvas(reader);
  await reader.page.mouse.click(...at(0.5, 0.5));
  await reader.page.locator(".sheet h2").waitFor();
  assert.match(reader.query("sheet"), /^luminaire\//);
  await reader.ready();
  await reader.page.mouse.click(...at(0.5, 0.5));
  await reader.page.waitForFunction(() => !location.search.includes("sheet=luminaire"));
  assert.match(reader.query("sheet"), /^(street|building|district)\//);
  await reader.close();
}

export async function the_keyboard_opens_what_is_under_the_cross({ browser, base }) {
  const reader = await Reader.open(browser, base, MIDDLE);
  assert.equal(await reader.page.locator(".map-cross").isVisible(), false);
  await reader.page.locator(".maplibregl-canvas").focus();
  await reader.page.keyboard.press("+");
  await reader.page.waitForFunction(() => document.querySelector("ju-app").map.view()[0] > 18.9);
  await reader.ready();
  assert.equal(await reader.page.locator(".map-cross").isVisible(), true);
  const described = await reader.page.locator(".maplibregl-canvas").getAttribute("aria-describedby");
  assert.match(await reader.page.locator(`#${described}`).innerText(), /Entrée pour ouvrir/);
  await reader.hears(/Au centre\s: Point lumineux PL003/);
  await reader.page.keyboard.press("Enter");
  await reader.page.locator(".sheet h2").waitFor();
  assert.equal(reader.query("sheet"), "luminaire/PL003");
  await reader.page.keyboard.press("Escape");
  await reader.page.locator(".maplibregl-canvas").focus();
  await reader.page.keyboard.press("t");
  await reader.page.locator("dialog[open] tbody tr").first().waitFor();
  assert.equal(reader.query("table"), "1");
  await reader.close();
}

export async function a_rectangle_drawn_with_the_mouse_gives_its_figures({ browser, base }) {
  const reader = await Reader.open(browser, base);
  await reader.button("Dessiner une zone").click();
  await reader.button("Rectangle").click();
  const at = await canvas(reader);
  await reader.page.mouse.click(...at(0.35, 0.3));
  await reader.page.mouse.click(...at(0.6, 0.8));
  await reader.page.locator(".area-part").first().waitFor();
  const area = reader.query("area");
  assert.equal(area.split(";").length, 4, "the area is in the address");
  const ring = area.split(";").map((corner) => corner.split(",").map(Number));
  const geometry = JSON.stringify({ type: "Polygon", coordinates: [[...ring, ring[0]]] });
  const { rows } = await api(reader, `api/area?geometry=${encodeURIComponent(geometry)}`);
  const lamps = rows.find(({ id }) => id === "luminaire.count").value;
  assert.ok(lamps > 20);
  const text = (await reader.text(".area-sheet")).replace(/\s+/g, " ");
  assert.match(text, new RegExp(`Points lumineux ${lamps}\\b`));
  assert.match(text, /Zone de [\d,]+ ha/);
  await reader.page.reload();
  await reader.page.locator(".area-part").first().waitFor();
  await reader.ready();
  await reader.draws("area-line", "it is drawn again after a reload");
  await reader.page.locator(".reason summary").first().click();
  assert.match(await reader.text(".reason[open]"), /N = Σ 1/);
  await reader.page.keyboard.press("Escape");
  assert.equal(reader.query("area"), null);
  await reader.close();
}

export async function a_polygon_is_drawn_with_the_keyboard_alone({ browser, base }) {
  const reader = await Reader.open(browser, base);
  const { keyboard } = reader.page;
  await reader.button("Dessiner une zone").focus();
  await keyboard.press("Enter");
  await reader.button("Polygone").focus();
  await keyboard.press("Enter");
  assert.ok((await reader.focus()).map, "the map has the focus");
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft"]) {
    await keyboard.press("Enter");
    await reader.moves(() => keyboard.press(key));
  }
  await keyboard.press("Enter");
  await reader.hears(/4 coins posés/);
  await keyboard.press("Backspace");
  await reader.button("Terminer").focus();
  await keyboard.press("Enter");
  await reader.page.locator(".area-sheet h2").waitFor();
  assert.equal(reader.query("area").split(";").length, 3);
  await reader.close();
}

export async function a_drawing_is_given_up_and_the_view_is_an_area_too({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=data");
  await reader.button("Dessiner une zone").click();
  await reader.button("Polygone").click();
  const at = await canvas(reader);
  await reader.page.mouse.click(...at(0.4, 0.4));
  await reader.ready();
  await reader.draws("draft-point", "a corner is shown");
  assert.equal(reader.query("sheet"), null, "a press draws, it opens nothing");
  await reader.page.keyboard.press("Escape");
  await reader.ready();
  assert.equal(await reader.drawn("draft-point"), 0);
  await reader.button("La vue courante").click();
  await reader.page.locator(".area-part").first().waitFor();
  assert.ok(reader.query("area"));
  await reader.page.goBack();
  assert.equal(reader.query("area"), null, "the back button undoes it");
  await reader.close();
}

export async function any_layer_has_its_table({ browser, base }) {
  const reader = await Reader.open(browser, base, `?tab=data&table=street&${TOWN}`);
  await reader.page.locator("dialog tbody tr").first().waitFor();
  assert.equal(await reader.page.locator("dialog tbody tr").count(), 14);
  await reader.page.locator("dialog select").selectOption("luminaire");
  await reader.page.locator("dialog th:has-text('Puissance')").waitFor();
  assert.equal(reader.query("table"), "luminaire");
  assert.match((await reader.text("dialog thead")).replace(/\s+/g, " "), /Puissance \(W\)/, "units stand in the head");
  await reader.page.locator("dialog .supposed").first().waitFor();
  assert.match((await reader.text("dialog .supposed")).replace(/\s+/g, " "), /estimé ≈ /);
  const power = reader.page.getByRole("button", { name: /^Puissance/ });
  await power.click();
  await reader.page.locator("th[aria-sort=ascending]").waitFor();
  assert.match((await reader.focus()).text, /^Puissance/, "the focus stays where it was");
  await power.click();
  await reader.page.locator("th[aria-sort=descending]").waitFor();
  assert.equal(reader.query("sort"), "-power_w");
  await reader.page.locator(".scroll[aria-busy=false]").waitFor();
  const powers = await reader.page.locator("dialog tbody tr td:nth-of-type(2)").allInnerTexts();
  const known = powers.filter((text) => !text.includes("≈")).map((text) => Number(text.replace(/\s/g, "").replace(",", ".")));
  assert.deepEqual(known, [...known].sort((a, b) => b - a));
  const before = await reader.text("dialog tbody th");
  await reader.button("Lignes suivantes").click();
  await reader.page.waitForFunction((first) => document.querySelector("dialog tbody th")?.innerText !== first, before);
  assert.match(await reader.text("dialog p[role=status]"), /101\s?à\s?168/);
  await reader.button("Lignes précédentes").click();
  await reader.page.waitForFunction((first) => document.querySelector("dialog tbody th")?.innerText === first, before);
  await reader.close();
}

export async function the_table_of_an_area_holds_what_the_area_holds({ browser, base }) {
  const small = "area=3.8660,43.6080;3.8690,43.6080;3.8690,43.6100;3.8660,43.6100";
  const reader = await Reader.open(browser, base, `?tab=data&table=luminaire&within=area&${small}`);
  await reader.page.locator("dialog tbody tr").first().waitFor();
  const ring = "[[3.866,43.608],[3.869,43.608],[3.869,43.61],[3.866,43.61],[3.866,43.608]]";
  const { rows } = await api(reader, `api/area?geometry={"type":"Polygon","coordinates":[${ring}]}`);
  const lamps = rows.find(({ id }) => id === "luminaire.count").value;
  assert.match(await reader.text("dialog p[role=status]"), new RegExp(`${lamps}`));
  const href = await reader.page.locator("dialog a[download]").getAttribute("href");
  const csv = await (await reader.context.request.get(href)).text();
  assert.equal(csv.trim().split("\n").length - 1, lamps, "and so does its CSV");
  await reader.close();
}

export async function buildings_stand_up_and_lie_down({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=data&map=17/43.6097/3.8681");
  assert.equal(await reader.drawn("building-3d"), -1);
  await reader.button("Bâtiments en 3D").click();
  await reader.page.waitForTimeout(500);
  await reader.ready();
  assert.ok((await reader.drawn("building-3d")) > 5);
  assert.equal(reader.query("volumes"), "1");
  const pitch = () => reader.page.evaluate(() => document.querySelector("ju-app").map.map.getPitch());
  assert.ok((await pitch()) > 40);
  await reader.button("Bâtiments en 3D").click();
  await reader.page.waitForTimeout(500);
  await reader.ready();
  assert.equal(await pitch(), 0);
  await reader.close();
}

export async function a_whole_worksite_is_switched_at_once({ browser, base }) {
  const reader = await Reader.open(browser, base);
  await reader.page.getByRole("switch", { name: "Tout le chantier" }).first().click();
  await reader.ready();
  assert.equal(await reader.drawn("luminaire"), -1);
  assert.ok(!reader.query("layers").includes("illuminance"));
  await reader.page.getByRole("switch", { name: "Tout le chantier" }).first().click();
  await reader.ready();
  assert.ok((await reader.drawn("luminaire")) > 100);
  assert.equal(reader.query("layers"), null, "the usual layers again");
  await reader.close();
}

export async function an_asset_named_by_the_address_is_framed({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=data&layers=building", { reducedMotion: "reduce" });
  const view = () => reader.page.evaluate(() => document.querySelector("ju-app").map.view());
  const [whole] = await view();
  for (const [sheet, least] of [["building/B00", 16.5], ["street/V03", whole], ["district/Q1", whole]]) {
    await reader.goto(`?tab=data&layers=building&sheet=${sheet}`);
    const [zoom] = await view();
    assert.ok(zoom >= least, `${sheet} is shown at ${zoom}`);
    const [west, south, east, north] = await reader.page.evaluate(() => document.querySelector("ju-app").map.bounds());
    const { geometry } = await api(reader, `api/entity/${sheet}`);
    const corners = geometry.coordinates.flat(Infinity);
    const lons = corners.filter((_, i) => i % 2 === 0);
    const lats = corners.filter((_, i) => i % 2 === 1);
    assert.ok(west <= Math.min(...lons) && Math.max(...lons) <= east, `${sheet} from west to east`);
    assert.ok(south <= Math.min(...lats) && Math.max(...lats) <= north, `${sheet} from south to north`);
  }
  await reader.goto("?tab=data&layers=building&sheet=building/B00&map=14/43.6097/3.8681");
  assert.equal((await view())[0], 14, "a place in the address is kept");
  await reader.close();
}

export async function the_legend_leaves_the_map_its_room({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=decide&layers=", { reducedMotion: "reduce" });
  const legend = reader.page.locator(".layers-body");
  assert.equal(await legend.isVisible(), true);
  await reader.button("Panneau large").click();
  assert.equal(await legend.isVisible(), false, "folded beside a wide panel");
  await reader.page.locator(".layers-head").click();
  assert.equal(await legend.isVisible(), true, "opened by hand");
  await reader.step("?tab=decide&layers=");
  assert.equal(await legend.isVisible(), true);
  await reader.page.setViewportSize(PHONE);
  await legend.waitFor({ state: "hidden" });
  await reader.page.locator(".layers-head").click();
  assert.equal(await reader.page.locator(".map-tools").isVisible(), false, "nothing is below an open legend");
  await reader.close();
}

export async function without_webgl_the_table_stands_for_the_map({ browser, base }) {
  const context = await browser.newContext({ viewport: DESK, locale: "fr-FR" });
  await context.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  const reader = new Reader(context, await context.newPage(), base);
  await reader.page.goto(`${base}?tab=data`);
  await reader.page.locator(".map-instead tbody tr").first().waitFor();
  assert.match(await reader.text(".map-instead"), /La carte n’a pas pu s’afficher/);
  assert.equal(await reader.page.locator(".map-instead tbody tr").count(), 100);
  await reader.close(/WebGL|webgl/);
}

export async function tiles_that_fail_are_told_and_asked_again({ browser, base }) {
  const context = await browser.newContext({ viewport: DESK, locale: "fr-FR" });
  await context.route("**/tiles/street/**", (route) => route.abort());
  const reader = new Reader(context, await context.newPage(), base);
  await reader.page.goto(`${base}?tab=data`);
  await reader.page.locator(".map-holes").waitFor();
  assert.match(await reader.text(".map-holes"), /parties? de la carte/);
  await context.unroute("**/tiles/street/**");
  await reader.page.locator(".map-holes button").click();
  await reader.page.waitForFunction(() => {
    const map = document.querySelector("ju-app").map?.map;
    return map?.isStyleLoaded() && map.queryRenderedFeatures({ layers: ["street"] }).length > 5;
  });
  assert.equal(await reader.page.locator(".map-holes").count(), 0);
  await reader.close(/ERR_FAILED/);
}

export async function the_map_and_an_area_go_on_paper({ browser, base }) {
  const reader = await Reader.open(browser, base, `?tab=data&${TOWN}`);
  await reader.page.locator(".area-part").first().waitFor();
  await reader.page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await reader.page.emulateMedia({ media: "print" });
  assert.equal(await reader.page.locator(".map-area").isVisible(), false);
  assert.equal(await reader.page.locator(".map-paper canvas").isVisible(), true);
  const inks = await reader.page.evaluate(() => {
    const paper = document.querySelector(".map-paper canvas");
    const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 400) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
    return seen.size;
  });
  assert.ok(inks > 20, `the picture has ${inks} colours`);
  assert.match(await reader.text(".paper-legend"), /Points lumineux/);
  assert.match(await reader.text(".area-sheet"), /Zone de/);
  await reader.close();
}

export async function the_map_on_a_phone({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=data", { viewport: PHONE, hasTouch: true });
  assert.equal(await reader.page.locator(".layers-body").isVisible(), false, "the legend is folded");
  await reader.button("Dessiner une zone").tap();
  assert.equal(await reader.overflows(), false);
  await reader.button("Rectangle").tap();
  const at = await canvas(reader);
  await reader.page.touchscreen.tap(...at(0.45, 0.3));
  await reader.page.touchscreen.tap(...at(0.9, 0.5));
  await reader.page.locator(".area-sheet h2").waitFor();
  assert.equal(reader.query("area").split(";").length, 4);
  assert.equal(await reader.overflows(), false);
  await reader.close();
}

export async function axe_finds_nothing_on_the_map_its_tables_and_areas({ browser, base }) {
  const faults = [];
  const reader = await Reader.open(browser, base, "?tab=data");
  for (const search of [`?tab=data&${TOWN}`, "?tab=data&table=luminaire", "?tab=data&table=street&night=1", `?tab=data&lang=en&night=1&volumes=1&${TOWN}`]) {
    await reader.goto(search);
    if (search.includes("area=")) await reader.page.locator(".area-part").first().waitFor();
    faults.push(...(await reader.faults()).map((fault) => `${search} ${fault}`));
  }
  await reader.goto("?tab=data");
  await reader.button("Dessiner une zone").click();
  faults.push(...(await reader.faults()));
  assert.deepEqual(faults, []);
  await reader.close();
}
