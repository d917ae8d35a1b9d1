// SPDX-License-Identifier: EUPL-1.2
// Water networks: what colours them, their day hour by hour, one element, the card on the first page.

import { strict as assert } from "node:assert";
import { DESK, PHONE, Reader } from "./browser.mjs";

const said = (text) => text.replace(/\s+/g, " ");
const HERE = "map=15.5/43.6097/3.8681";

/** The class that the map was told of an element. */
const classOf = (reader, table, id) =>
  reader.page.evaluate(
    ([source, key]) => document.querySelector("ju-app").map.map.getFeatureState({ source, sourceLayer: source, id: key }).c,
    [table, id],
  );

export async function a_network_is_coloured_and_played_hour_by_hour({ browser, base }) {
  const reader = await Reader.open(browser, base, `?tab=water&${HERE}`);
  const text = said(await reader.text(".panel-body"));
  for (const wanted of [
    "Réseau du Bourg · 2 880 m de conduites", "calé par points de contrôle", "écart moyen aux points : 4,2 m",
    "Demande servie 87,5 %", "Au plus bas du jour", "Les 10 nœuds où la pression est la plus basse",
    "Longueur par matériau", "Fonte", "Non connu", "1950 à 1959", "gradient global",
  ]) assert.ok(text.includes(wanted), `“${wanted}” in: ${text}`);
  await reader.draws("junction", "nodes");
  await reader.draws("tank-point", "the sign of a tank");
  await reader.draws("pump-point", "the sign of a pump");
  // 9 m at 8 h in the south: the second class; 51 m in the north: the seventh.
  assert.equal(await classOf(reader, "junction", "N00"), 1);
  assert.equal(await classOf(reader, "junction", "N12"), 6);
  const rows = async () =>
    said((await reader.page.locator("table.classes tbody tr").allInnerTexts()).join(" | "));
  assert.match(await rows(), /0 à 10 m 4 25 %/);

  // The slider goes through the day, by the keyboard as well.
  const slider = reader.page.getByRole("slider", { name: "Moment montré sur la carte" });
  await slider.focus();
  await reader.page.keyboard.press("Home");
  await reader.ready();
  assert.equal(reader.query("moment"), "0");
  assert.equal(said(await slider.getAttribute("aria-valuetext")), "À 0 h");
  assert.equal(await classOf(reader, "junction", "N00"), 2, "15 m at midnight");
  assert.match(await rows(), /10 à 20 m 4 25 %/);
  await reader.button("Faire défiler").click();
  await reader.page.waitForFunction(() => Number(new URL(location.href).searchParams.get("moment")) >= 7200);
  await reader.button("Faire défiler").click();

  // Pipes take their turn; what is a fact needs no time.
  await reader.page.locator(".segments label", { hasText: "Vitesse" }).click();
  await reader.ready();
  assert.equal(reader.query("network"), "velocity");
  assert.ok((await classOf(reader, "pipe", "C11")) > (await classOf(reader, "pipe", "C01")));
  assert.equal(await classOf(reader, "junction", "N00"), undefined);
  await reader.page.locator(".segments label", { hasText: "Matériau" }).click();
  await reader.ready();
  assert.equal(await slider.count(), 0);
  assert.match(said(await reader.text(".panel-body")), /Le matériau est connu sur 75 % de la longueur/);
  assert.match(said(await reader.text(".layers-body")), /Fonte.*Non connu Conduite fermée/);
  assert.deepEqual(await reader.faults(), []);

  const csv = await reader.page.getByRole("link", { name: "Toutes les conduites (CSV)" }).getAttribute("href");
  const lines = (await (await reader.context.request.get(csv)).text()).trim().split("\n");
  assert.equal(lines.length, 25);
  await reader.close();
}

export async function the_sheet_of_an_element_shows_its_day({ browser, base }) {
  const reader = await Reader.open(browser, base, `?tab=water&moment=28800&${HERE}`);
  await reader.page.locator(".panel-body").getByRole("button", { name: "Nœud N00" }).click();
  await reader.page.locator(".sheet h2").waitFor();
  await reader.ready();
  assert.equal(reader.query("sheet"), "junction/N00");
  const node = said(await reader.text(".sheet"));
  for (const wanted of ["calé par points de contrôle", "Sur la journée calculée", "Pression la plus basse", "de 9 m (8 h) à 15 m (0 h)", "de 5 % à 95 %"])
    assert.ok(node.includes(wanted), `“${wanted}” in: ${node}`);
  await reader.page.locator(".day summary").click();
  assert.match(said(await reader.text(".day table")), /8 h 9 m entre 7,5 et 10,5 m/);
  assert.equal(await reader.page.locator(".day-now").count(), 1, "the hour that the map shows");
  assert.deepEqual(await reader.faults(), []);

  // From a pipe to its ends; a tank has a level.
  await reader.step("?tab=water&sheet=pipe/C03&lang=en");
  const pipe = said(await reader.text(".sheet"));
  assert.match(pipe, /Water pipe, diameter 250 mm, material PEHD, 120 m long, laid in 2006\. It is closed\./);
  assert.match(pipe, /Flow from 4\.8 m³\/h \(0:00\) to 9\.6 m³\/h \(8:00\)/);
  await reader.page.locator(".element").getByRole("button", { name: "Junction N05" }).click();
  await reader.ready();
  assert.equal(reader.query("sheet"), "junction/N05");
  await reader.step("?tab=water&sheet=tank/T1&lang=en");
  assert.match(said(await reader.text(".sheet")), /Depth of water/);
  await reader.close();
}

export async function the_first_page_says_how_water_is_served_on_a_phone_too({ browser, base }) {
  const reader = await Reader.open(browser, base, "?", { viewport: PHONE });
  const card = reader.page.locator(".card-water");
  assert.match(said(await card.innerText()), /4 nœuds du réseau d’eau manquent de pression\. Demande servie à la pression voulue : 87,5 %/);
  await card.getByRole("button", { name: "Voir le réseau" }).click();
  await reader.ready();
  assert.equal(reader.query("tab"), "water");
  assert.equal(await reader.overflows(), false);
  assert.equal(await reader.tab("Eau").getAttribute("aria-selected"), "true");
  await reader.page.setViewportSize(DESK);
  await reader.close();
}
