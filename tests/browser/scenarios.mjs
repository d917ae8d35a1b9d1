// SPDX-License-Identifier: EUPL-1.2
// What a reader must be able to do, one function each; tests/browser/test_page.py names them.

import { strict as assert } from "node:assert";
import { DESK, PHONE, Reader } from "./browser.mjs";

const TABS = ["today", "lighting", "climate", "buildings", "decide", "findings", "data"];

export async function map_shows_lamps_streets_and_light({ browser, base }) {
  const reader = await Reader.open(browser, base);
  assert.ok((await reader.drawn("luminaire")) > 100, "lamps are drawn");
  assert.ok((await reader.drawn("street")) > 5, "streets are drawn");
  assert.ok((await reader.drawn("building")) > 20, "buildings are drawn");
  assert.ok((await reader.drawn("street-name")) > 0, "streets bear their names");
  const tile = await reader.page.evaluate(() => performance.getEntriesByType("resource").some((r) => r.name.includes("/tiles/raster/illuminance/")));
  assert.ok(tile, "light on the ground was asked for");
  assert.equal(await reader.page.getAttribute("html", "lang"), "fr");
  assert.match(await reader.text(".attribution"), /Ville du Bourg.*Licence Ouverte/s);
  await reader.close();
}

export async function cards_say_what_matters_in_sentences({ browser, base }) {
  const reader = await Reader.open(browser, base);
  const cards = (await reader.page.locator(".card").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
  assert.ok(cards.length >= 3 && cards.length <= 7, `${cards.length} cards`);
  assert.match(cards.join("\n"), /L’éclairage consomme entre 48 et 75 MWh par an\./);
  assert.match(cards.join("\n"), /part estimée : 45 %/);
  assert.match(cards.join("\n"), /Extinction de 1 h à 5 h : entre 3 600 et 5 400 € par an économisés/);
  assert.match(cards.join("\n"), /Centre : 50 % de l’énergie/);
  await reader.close();
}

export async function tabs_follow_the_address_and_back({ browser, base }) {
  const reader = await Reader.open(browser, base);
  for (const [name, tab] of [["Éclairage", "lighting"], ["Climat", "climate"], ["Bâtiments", "buildings"], ["Décider", "decide"], ["Constats", "findings"], ["Données", "data"]]) {
    await reader.tab(name).click();
    assert.equal(reader.query("tab"), tab);
    await reader.ready();
    assert.ok((await reader.text(".panel-body")).length > 80, `${name} says something`);
  }
  await reader.page.goBack();
  assert.equal(reader.query("tab"), "findings");
  assert.equal(await reader.tab("Constats").getAttribute("aria-selected"), "true");
  await reader.page.reload();
  await reader.ready();
  assert.equal(await reader.tab("Constats").getAttribute("aria-selected"), "true");
  await reader.close();
}

export async function a_figure_is_explained_down_to_its_file({ browser, base, file }) {
  const reader = await Reader.open(browser, base, "?tab=lighting");
  const question = reader.button(/^Pourquoi ce chiffre \? Énergie annuelle$/).first();
  await question.click();
  await reader.page.locator("dialog[open]").waitFor();
  await reader.ready();
  const text = (await reader.text("dialog")).replace(/\s+/g, " ");
  for (const wanted of [
    "Énergie annuelle", "60 MWh/an", "entre 48 et 75 MWh par an", "part estimée : 45 %",
    "multipliée par ses heures d’allumage", "E = Σ P · h / 1000", "EN 13201-5",
    "Points lumineux 168 lignes", "Prix de l’électricité", "valeur par défaut", "0,19 €/kWh",
    file, "Ville du Bourg", "Licence Ouverte 2.0", "Version lue", "jumeau explain bourg.jumeau indicator",
  ]) assert.ok(text.includes(wanted), `“${wanted}” in: ${text}`);
  assert.match(text, /\b[0-9a-f]{64}\b/, "the digest of the file");
  assert.match(reader.query("why"), /^indicator\//);
  await reader.page.keyboard.press("Escape");
  await reader.page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(reader.query("why"), null);
  assert.match((await reader.focus()).text, /Pourquoi ce chiffre/, "the focus goes back");
  await reader.page.goBack();
  await reader.page.locator("dialog[open]").waitFor();
  await reader.close();
}

export async function an_option_is_explained_too({ browser, base, file }) {
  const reader = await Reader.open(browser, base, "?tab=decide&why=option/o-night");
  await reader.page.locator("dialog[open]").waitFor();
  await reader.ready();
  const text = (await reader.text("dialog")).replace(/\s+/g, " ");
  assert.match(text, /Économie annuelle ≈ 4 500 €\/an entre 3 600 et 5 400 € par an/);
  assert.ok(text.includes(file));
  await reader.close();
}

export async function options_are_compared_by_what_the_reader_chooses({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=decide");
  const order = () => reader.page.locator(".option h3").allInnerTexts();
  assert.deepEqual(await order(), ["Extinction de 1 h à 5 h", "Ne rien changer", "Passage en LED"]);
  await reader.page.getByRole("radio", { name: "Économie annuelle" }).click();
  assert.equal(reader.query("metric"), "saving");
  assert.deepEqual(await order(), ["Passage en LED", "Extinction de 1 h à 5 h", "Ne rien changer"]);
  const table = (await reader.text(".scroll table")).replace(/\s+/g, " ");
  for (const head of ["Investissement", "Temps de retour", "VAN", "CO₂ évité"]) assert.ok(table.includes(head), head);
  assert.match(table, /−2 500 €/);
  await reader.close();
}

export async function a_lamp_pressed_on_the_map_opens_its_sheet({ browser, base }) {
  const reader = await Reader.open(browser, base, "?map=18/43.6097339/3.8681202");
  const canvas = await reader.page.locator(".maplibregl-canvas").boundingBox();
  await reader.page.mouse.click(canvas.x + canvas.width / 2, canvas.y + canvas.height / 2);
  await reader.page.locator(".sheet h2").waitFor();
  assert.equal(reader.query("sheet"), "luminaire/PL003");
  const text = (await reader.text(".sheet")).replace(/\s+/g, " ");
  assert.match(text, /Ce que l’on suppose/);
  assert.match(text, /Puissance entre 67 et 133 W/);
  assert.match(text, /Non renseigné/);
  await reader.draws("selected-point", "the lamp is ringed");
  await reader.page.keyboard.press("Escape");
  assert.equal(reader.query("sheet"), null);
  await reader.close();
}

export async function the_map_has_a_table_twin({ browser, base }) {
  const reader = await Reader.open(browser, base);
  await reader.button("Voir la carte en tableau").click();
  await reader.page.locator("dialog[open] tbody tr").first().waitFor();
  assert.equal(await reader.page.locator("dialog tbody tr").count(), 100);
  assert.match(await reader.page.locator("dialog a[download]").getAttribute("href"), /collections\/luminaire\/items\?.*f=csv/);
  const csv = await reader.context.request.get(await reader.page.locator("dialog a[download]").getAttribute("href"));
  assert.equal(csv.status(), 200);
  assert.ok((await csv.text()).split("\n").length > 150, "the CSV holds every lamp in view");
  const first = reader.page.locator("dialog tbody button").first();
  const id = await first.innerText();
  await first.click();
  await reader.page.locator(".sheet h2").waitFor();
  assert.equal(reader.query("sheet"), `luminaire/${id}`);
  await reader.close();
}

export async function layers_are_switched_and_remembered({ browser, base }) {
  const reader = await Reader.open(browser, base);
  await reader.page.getByRole("switch", { name: "Points lumineux" }).click();
  await reader.ready();
  assert.equal(await reader.drawn("luminaire"), -1);
  assert.ok(!reader.query("layers").includes("luminaire"));
  await reader.page.reload();
  await reader.ready();
  assert.equal(await reader.drawn("luminaire"), -1);
  await reader.page.getByRole("switch", { name: "Quartiers" }).click();
  await reader.ready();
  assert.ok((await reader.drawn("district-line")) > 0);
  await reader.close();
}

export async function the_legend_is_that_of_the_server({ browser, base }) {
  const reader = await Reader.open(browser, base, "?night=1");
  const { rasters } = await (await reader.context.request.get(`${base}api/territory`)).json();
  const { classes, unit } = rasters.find((raster) => raster.layer === "illuminance");
  const shown = await reader.page.locator(".ramp li span").allInnerTexts();
  assert.deepEqual(shown.map((text) => Number(text.replace(",", "."))), classes);
  assert.match(await reader.text(".ramp figcaption"), new RegExp(unit));
  await reader.close();
}

export async function night_and_day_change_everything({ browser, base }) {
  const reader = await Reader.open(browser, base);
  const ground = () => reader.page.evaluate(() => getComputedStyle(document.querySelector(".panel")).backgroundColor);
  const day = await ground();
  await reader.button("Vue de nuit").click();
  await reader.ready();
  assert.notEqual(await ground(), day);
  assert.equal(reader.query("night"), "1");
  const map = await reader.page.evaluate(() => document.querySelector("ju-app").map.map.getPaintProperty("ground", "background-color"));
  assert.equal(map, "#07090d");
  await reader.close();
  const dark = await Reader.open(browser, base, "", { colorScheme: "dark" });
  await dark.button("Vue de jour").waitFor();
  await dark.close();
}

export async function english_is_complete({ browser, base }) {
  const reader = await Reader.open(browser, base);
  await reader.button("Switch to English").click();
  await reader.page.getByRole("tab", { name: "Today" }).waitFor();
  for (const tab of TABS) {
    await reader.step(`?lang=en&tab=${tab}&layers=`);
    assert.equal(await reader.page.getAttribute("html", "lang"), "en");
    const text = await reader.text("body");
    const french = text.match(/Pourquoi|Éclairage|Couches|Données|Constats|Bâtiment|Besoin|\bentre \d|par an\b|Télécharger/g);
    assert.equal(french, null, `French on ${tab}`);
  }
  await reader.goto("?lang=en&layers=");
  assert.match((await reader.text(".cards")).replace(/\s+/g, " "), /between 48 and 75 MWh a year/);
  await reader.close();
}

export async function a_phone_shows_everything_without_sideways_scroll({ browser, base }) {
  const reader = await Reader.open(browser, base, "", { viewport: PHONE, hasTouch: true });
  for (const search of [...TABS.map((tab) => `?tab=${tab}`), "?sheet=luminaire/PL003", "?sheet=building/B00", "?sheet=district/Q1", "?tab=lighting&table=1", "?tab=decide&why=option/o-led"]) {
    await reader.step(`${search}&layers=`);
    assert.equal(await reader.overflows(), false, `${search} sticks out`);
  }
  await reader.step("?layers=");
  const panel = () => reader.page.locator(".panel").boundingBox();
  const before = await panel();
  await reader.button("Agrandir le panneau").click();
  await reader.page.waitForTimeout(400);
  assert.ok((await panel()).height > before.height + 100, "the panel grows");
  await reader.button("Replier le panneau").click();
  await reader.page.waitForTimeout(400);
  assert.ok((await panel()).height < 120, "the panel folds");
  await reader.tab("Décider").click();
  await reader.page.waitForTimeout(400);
  assert.ok((await panel()).height > 200, "a tab unfolds it");
  await reader.close();
}

export async function targets_are_large_enough_for_a_thumb({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=lighting", { viewport: PHONE, hasTouch: true });
  const small = await reader.page.evaluate(() =>
    [...document.querySelectorAll("button:not(.row-link), select, .switch, .segments label")]
      .filter((element) => element.checkVisibility())
      .map((element) => ({ box: element.getBoundingClientRect(), text: element.getAttribute("aria-label") ?? element.textContent.trim() }))
      .filter(({ box }) => box.width > 0 && box.height < 43.5)
      .map(({ box, text }) => `${text}: ${Math.round(box.height)} px`),
  );
  assert.deepEqual(small, []);
  await reader.close();
}

export async function the_keyboard_is_enough({ browser, base }) {
  const reader = await Reader.open(browser, base);
  const { keyboard } = reader.page;
  await keyboard.press("Tab");
  assert.equal((await reader.focus()).text, "Aller au contenu", "the skip link comes first");
  await keyboard.press("Enter");
  assert.equal(await reader.page.evaluate(() => document.activeElement.id), "panel");
  await reader.page.locator('[role=tab][aria-selected="true"]').focus();
  await keyboard.press("ArrowRight");
  assert.equal((await reader.focus()).text, "Éclairage");
  assert.equal(reader.query("tab"), "lighting");
  await keyboard.press("End");
  assert.equal(reader.query("tab"), "data");
  await keyboard.press("ArrowRight");
  assert.equal(reader.query("tab"), null, "arrows go round");
  await keyboard.press("ArrowRight");
  await reader.ready();

  await reader.button(/^Pourquoi ce chiffre/).first().focus();
  await keyboard.press("Enter");
  await reader.page.locator("dialog[open] .command").waitFor();
  for (let i = 0; i < 30; i++) {
    await keyboard.press(i % 7 === 6 ? "Shift+Tab" : "Tab");
    assert.ok((await reader.focus()).inDialog, "the focus stays in the dialog");
  }
  await keyboard.press("Escape");
  await reader.page.locator("dialog").waitFor({ state: "detached" });

  await reader.page.locator(".maplibregl-canvas").focus();
  const zoom = () => reader.page.evaluate(() => document.querySelector("ju-app").map.view());
  const before = await zoom();
  await keyboard.press("+");
  await reader.page.waitForFunction((z) => document.querySelector("ju-app").map.view()[0] > z + 0.5, before[0]);
  await reader.ready();
  await keyboard.press("ArrowRight");
  await reader.page.waitForFunction((lon) => document.querySelector("ju-app").map.view()[2] > lon, before[2]);
  await reader.ready();
  assert.match(reader.query("map"), /^\d+\.\d+\//, "the place is in the address");
  assert.match(await reader.page.locator('p[role="status"]').innerText(), /points? lumineux visibles? sur la carte/);
  await reader.close();
}

export async function reduced_motion_is_respected({ browser, base }) {
  const reader = await Reader.open(browser, base, "", { reducedMotion: "reduce" });
  const moving = await reader.page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return !element.closest(".maplibregl-map") && (animationName !== "none" || !/^0s(, 0s)*$/.test(transitionDuration));
    }).length,
  );
  assert.equal(moving, 0);
  await reader.close();
}

export async function paper_gets_a_document({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=lighting");
  await reader.page.emulateMedia({ media: "print" });
  assert.equal(await reader.page.locator(".map-area").isVisible(), false);
  assert.equal(await reader.page.locator(".tabs").isVisible(), false);
  assert.equal(await reader.page.locator(".chart").first().isVisible(), true);
  assert.match(await reader.text(".print-only"), /Version \d+ des données/);
  const cut = await reader.page.evaluate(() => {
    const body = document.querySelector(".panel-body");
    return body.scrollHeight > body.clientHeight + 1;
  });
  assert.equal(cut, false, "nothing is cut off");
  await reader.close();
}

export async function an_empty_territory_says_what_to_do({ browser, empty }) {
  const context = await browser.newContext({ viewport: DESK });
  const reader = new Reader(context, await context.newPage(), empty);
  for (const [tab, words] of [["today", /encore vide/], ["decide", /Aucune option/], ["findings", /Aucun constat/], ["data", /Aucune source/]]) {
    await reader.page.goto(`${empty}?tab=${tab}`);
    await reader.page.locator(".notice").first().waitFor();
    assert.match(await reader.text(".panel-body"), words);
    assert.match(await reader.text(".panel-body"), /jumeau (run|check|add) /);
  }
  assert.match(await reader.text(".map-note"), /Rien à dessiner/);
  assert.deepEqual(await reader.faults(), []);
  await reader.close();
}

export async function a_past_version_is_shown_as_it_was({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=lighting");
  const { versions } = await (await reader.context.request.get(`${base}api/territory`)).json();
  const run = versions.find(({ message }) => message.startsWith("run lighting"));
  const before = Math.max(...versions.map(({ version }) => version).filter((version) => version < run.version));
  // What the page asks while that version is on its way is of the version that it still shows.
  await reader.page.route(/api\/territory\?.*at=/, async (route) => {
    await new Promise((after) => setTimeout(after, 1000));
    await route.continue();
  });
  await reader.page.locator(".version select").selectOption(String(before));
  await reader.page.locator(".version .chip").waitFor();
  assert.equal(reader.query("at"), String(before));
  await reader.page.locator(".notice").first().waitFor();
  assert.match(await reader.text(".panel-body"), /n’a pas encore été calculé/, "before the run there was no figure");
  await reader.close();
}
