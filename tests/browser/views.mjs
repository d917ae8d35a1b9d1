// SPDX-License-Identifier: EUPL-1.2
// What each view says, and where it leads: sheets, findings, choice, data, words of the trade.

import { strict as assert } from "node:assert";
import { PHONE, Reader } from "./browser.mjs";

/** Text of a place, its spaces made plain. */
async function plain(reader, selector) {
  return (await reader.text(selector)).replace(/\s+/g, " ");
}

export async function a_sheet_says_what_it_is_in_one_sentence({ browser, base, file }) {
  const reader = await Reader.open(browser, base, "?sheet=luminaire/PL001");
  await reader.page.locator(".history li").first().waitFor();
  const text = await plain(reader, ".sheet");
  assert.match(await plain(reader, ".sheet-sentence"), /^Lampe de type LED, puissance 75 W, hauteur de feu entre 5,6 et 11,2 m \(supposé\)/);
  assert.match(text, /Source : Points lumineux du bourg, Ville du Bourg\. Millésime 2026\./);
  assert.match(text, new RegExp(`Entré dans le jumeau .*Import de ${file} \\(Points lumineux\\)`));
  assert.match(text, /Ce que l’on suppose .*Hauteur de feu entre 5,6 et 11,2 m \(valeur centrale 8 m\) Médiane des inventaires publiés/);
  await reader.close();
}

export async function a_sheet_leads_to_its_neighbours_and_back({ browser, base }) {
  const reader = await Reader.open(browser, base, "?sheet=luminaire/PL001");
  await reader.page.locator(".related").getByRole("button", { name: "Centre" }).click();
  assert.equal(reader.query("sheet"), "district/Q1");
  await reader.ready();
  assert.match(await plain(reader, ".sheet-sentence"), /^42 points lumineux : entre 24,0? et 37,5 MWh par an d’électricité\./);
  await reader.page.goBack();
  assert.equal(reader.query("sheet"), "luminaire/PL001");
  await reader.close();
}

export async function a_row_can_be_taken_away({ browser, base }) {
  const reader = await Reader.open(browser, base, "?sheet=street/V00");
  const links = reader.page.locator(".sheet a[download]");
  const wanted = { CSV: "text/csv", GeoJSON: "application/geo+json" };
  for (const [name, kind] of Object.entries(wanted)) {
    const href = await links.filter({ hasText: name }).first().getAttribute("href");
    const answer = await reader.page.request.get(href);
    assert.equal(answer.status(), 200, href);
    assert.ok(answer.headers()["content-type"].startsWith(kind), `${name}: ${answer.headers()["content-type"]}`);
    assert.ok((await answer.text()).includes("Rue des Écoles 1"));
  }
  await reader.close();
}

export async function findings_are_filtered_in_the_address({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=findings");
  const whole = await plain(reader, ".panel-body [role=status]");
  assert.match(whole, /^\d+ constats? en tout/);
  const origins = reader.page.locator("select[name=about]");
  const tables = await origins.locator("option").evaluateAll((options) => options.map((option) => option.value).filter(Boolean));
  assert.ok(tables.length > 1, "several tables to choose from");
  await origins.selectOption(tables[0]);
  await reader.ready();
  assert.equal(reader.query("about"), tables[0]);
  assert.match(await plain(reader, ".panel-body [role=status]"), /^\d+ constats sur \d+/);
  await reader.page.goBack();
  assert.equal(reader.query("about"), null);
  await reader.goto("?tab=findings&severity=blocks");
  assert.match(await plain(reader, ".panel-body"), /Aucun constat de ce genre/);
  await reader.button("Tous les constats").click();
  assert.equal(reader.query("severity"), null);
  await reader.close();
}

export async function the_choice_follows_the_sliders({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=decide&budget=5000&years=20");
  const verdict = ".verdict";
  assert.match(await plain(reader, verdict), /^Extinction de 1 h à 5 h : 4 000 € d’investissement\./);
  assert.match(await plain(reader, verdict), /valeur actuelle nette : entre 27 200 et 40 800 €/);
  assert.match(await plain(reader, ".left"), /Passage en LED Écartée/);
  const budget = reader.page.locator("input[name=budget]");
  await budget.focus();
  await reader.page.keyboard.press("Home");
  await reader.page.waitForFunction(() => /Ne rien changer/.test(document.querySelector(".verdict")?.textContent ?? ""));
  assert.equal(reader.query("budget"), "0");
  assert.match(await budget.getAttribute("aria-valuetext"), /^0\s€$/);
  await reader.button("Revenir aux réglages de départ").click();
  assert.equal(reader.query("budget"), null);
  await reader.close();
}

export async function a_priority_shows_its_price({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=decide&years=20&climate=1000000");
  assert.equal(await reader.page.locator(".price").count(), 0, "a weight out of bounds is left aside");
  // 36 500 € of net present value for 0.5 t a year over 20 years: 3,650 € a tonne and more.
  await reader.goto("?tab=decide&years=20&climate=9000");
  assert.match(await plain(reader, ".price"), /Vos priorités coûtent 36 500 € .* évitent 0,5 t CO₂e par an de plus/);
  await reader.close();
}

export async function what_is_known_is_told_table_by_table({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=data");
  const lamps = reader.page.locator(".completeness", { hasText: "Points lumineux" });
  await lamps.locator("summary").click();
  const text = (await lamps.innerText()).replace(/\s+/g, " ");
  assert.match(text, /Puissance 67 % 33 %/);
  assert.match(text, /Hauteur de feu 0 % 100 %/);
  for (const path of ["./?f=json", "./collections", "./stac", "./openapi.json"]) {
    const answer = await reader.page.request.get(new URL(path, base).href);
    assert.equal(answer.status(), 200, path);
    assert.equal(await reader.page.locator(`a[href="${path}"]`).count(), 1, path);
  }
  await reader.close();
}

export async function a_word_of_the_trade_is_defined({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=decide");
  const word = reader.page.locator("ju-term", { hasText: "VAN" }).first();
  await word.locator("button").focus();
  const tip = word.locator("[role=tooltip]");
  await tip.waitFor({ state: "visible" });
  assert.ok((await tip.innerText()).length > 10);
  await reader.page.keyboard.press("Escape");
  await tip.waitFor({ state: "hidden" });
  assert.equal(reader.query("tab"), "decide", "Escape closes the word and nothing else");
  await reader.close();
}

export async function views_hold_on_a_phone_and_pass_axe({ browser, base }) {
  const reader = await Reader.open(browser, base, "", { viewport: PHONE });
  for (const search of ["?", "?tab=decide&budget=5000", "?tab=findings", "?tab=data", "?sheet=luminaire/PL001", "?sheet=district/Q1", "?sheet=option/o-led"]) {
    await reader.step(`${search}&layers=`.replace("?&", "?"));
    assert.equal(await reader.overflows(), false, `${search} fits 360 px`);
    const wide = await reader.page.evaluate(() => {
      const body = document.querySelector(".panel-body");
      return body.scrollWidth - body.clientWidth;
    });
    assert.ok(wide <= 0, `${search} sticks out of the panel by ${wide} px`);
    assert.deepEqual(await reader.faults(), [], search);
  }
  await reader.close();
}
