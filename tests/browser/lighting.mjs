// SPDX-License-Identifier: EUPL-1.2
// Lighting: the night before and after, streets beside their class on one page, polar curves.

import { strict as assert } from "node:assert";
import { PHONE, Reader } from "./browser.mjs";

const said = (text) => text.replace(/\s+/g, " ");
const PLACE = "map=16.5/43.61019/3.87003";

/** Colours of the map on both sides of a share of its width, and of what is far from the line. */
function pixels(reader, shares) {
  return reader.page.evaluate((all) => {
    const canvas = document.createElement("canvas");
    document.querySelector("ju-app").map.picture(canvas);
    const context = canvas.getContext("2d");
    const column = (share) => context.getImageData(Math.round(canvas.width * share), 0, 1, canvas.height).data;
    const light = (data) => data.reduce((sum, value, i) => (i % 4 === 3 ? sum : sum + value), 0) / canvas.height;
    return all.map((share) => light(column(share)));
  }, shares);
}

export async function two_nights_are_parted_by_a_line({ browser, lit }) {
  const reader = await Reader.open(browser, lit, `?tab=lighting&layers=illuminance&${PLACE}`);
  assert.equal(await reader.page.locator("ju-swipe").count(), 0);
  assert.match(said(await reader.text(".panel-body")), /une ligne sépare la nuit d’aujourd’hui.*Après : Passage en LED/);
  await reader.button("Comparer avant et après").click();
  await reader.ready();
  assert.equal(reader.query("compare"), "50");
  assert.equal(reader.query("night"), "1");
  const sides = said(await reader.text(".swipe"));
  assert.ok(sides.includes("Aujourd’hui") && sides.includes("Après : Passage en LED"), sides);
  // The light after is weaker: each side shows its own, wherever the line is.
  const [before, after] = await pixels(reader, [0.45, 0.55]);
  assert.ok(before > 1.1 * after, `${before} on the left, ${after} on the right`);
  const slider = reader.page.getByRole("slider", { name: /Ligne entre la nuit/ });
  await slider.focus();
  await reader.page.keyboard.press("Home");
  await reader.page.waitForFunction(() => new URL(location.href).searchParams.get("compare") === "0");
  await reader.ready();
  const [all] = await pixels(reader, [0.45]);
  assert.ok(Math.abs(all - after) < 0.1 * before, "all of the map is the night after");
  await reader.page.keyboard.press("End");
  await reader.page.keyboard.press("ArrowLeft");
  await reader.page.waitForFunction(() => new URL(location.href).searchParams.get("compare") === "99");
  await reader.ready();
  assert.match(await slider.getAttribute("aria-valuetext"), /Aujourd’hui sur 99.%/);
  const [, right] = await pixels(reader, [0.45, 0.55]);
  assert.ok(right > 1.1 * after, "the right side is the night before now");
  assert.deepEqual(await reader.faults(), []);

  // Layers that come and go, and the day, leave the line where it is.
  const around = () =>
    reader.page.evaluate(() => {
      const all = document.querySelector("ju-app").map.map.getLayersOrder();
      return all.slice(all.indexOf("swipe-before"), all.indexOf("swipe-end") + 1).join(" ");
    });
  const whole = "swipe-before illuminance swipe-after illuminance_after swipe-end";
  assert.equal(await around(), whole);
  for (const name of ["Points lumineux", "Voies", "Lumière au sol"]) {
    await reader.page.getByRole("switch", { name }).click();
    await reader.ready();
    assert.equal(await around(), whole, name);
  }
  await reader.button("Vue de jour").click();
  await reader.ready();
  assert.equal(await around(), whole, "by day");
  await reader.page.getByRole("switch", { name: "Lumière au sol" }).click();
  await reader.ready();

  // The address is the state; the line is closed, and what was shown is still there.
  await reader.page.reload();
  await reader.ready();
  assert.equal(await reader.page.locator(".swipe input").inputValue(), "99");
  await reader.button("Fermer la comparaison").click();
  await reader.ready();
  assert.equal(reader.query("compare"), null);
  const order = await reader.page.evaluate(() => document.querySelector("ju-app").map.map.getLayersOrder());
  assert.ok(order.includes("illuminance") && !order.some((id) => id.startsWith("swipe") || id === "illuminance_after"));
  await reader.close();
}

export async function the_line_follows_a_finger_and_stays_out_of_other_views({ browser, lit }) {
  const reader = await Reader.open(browser, lit, "?tab=lighting&compare=50&night=1", { viewport: PHONE, hasTouch: true });
  assert.equal(await reader.overflows(), false);
  const handle = reader.page.locator(".swipe-handle");
  const box = await handle.boundingBox();
  assert.ok(box.width >= 43.5 && box.height >= 43.5, "large enough for a thumb");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const session = await reader.context.newCDPSession(reader.page);
  const touch = (type, at) => session.send("Input.dispatchTouchEvent", { type, touchPoints: at === null ? [] : [{ x: at, y }] });
  await touch("touchStart", x);
  for (let k = 1; k <= 8; k++) await touch("touchMove", x - 12 * k);
  await touch("touchEnd", null);
  await reader.page.waitForFunction(() => Number(new URL(location.href).searchParams.get("compare")) < 35);
  await reader.ready();
  const moved = await handle.boundingBox();
  assert.ok(Math.abs(moved.x - (box.x - 96)) < 8, "the line is under the finger");
  await reader.step("?tab=climate&compare=50");
  assert.equal(await reader.page.locator("ju-swipe").count(), 0);
  await reader.close();
}

export async function without_a_night_after_the_page_says_why({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=lighting&compare=50");
  assert.equal(await reader.page.locator("ju-swipe").count(), 0);
  assert.equal(await reader.button("Comparer avant et après").count(), 0);
  assert.match(said(await reader.text(".panel-body")), /Pas de comparaison avant et après : aucune nuit « après »/);
  await reader.button("Voir la nuit").click();
  await reader.ready();
  assert.equal(reader.query("night"), "1");
  await reader.close();
}

export async function streets_stand_beside_their_class({ browser, lit }) {
  const reader = await Reader.open(browser, lit, "?tab=lighting&layers=");
  const text = said(await reader.text(".panel-body"));
  for (const wanted of [
    "Les voies face à leur classe (EN 13201-3:2015)", "1 conforme", "1 non conforme", "1 non calculable",
    "Rue du Port", "M3 (proposée)", "Éblouissement fTI, Luminance moyenne L", "modèle de surface du jumeau",
  ]) assert.ok(text.includes(wanted), `“${wanted}” in: ${text}`);
  await reader.page.getByRole("button", { name: "Rue du Port" }).first().click();
  await reader.page.locator(".road").waitFor();
  await reader.ready();
  assert.equal(reader.query("sheet"), "street/V2");
  const sheet = said(await reader.text(".road"));
  for (const wanted of [
    "Performance de l’éclairage (EN 13201-3:2015)", "Non conforme à la classe M3", "Classe M3 proposée, non fixée",
    "Luminance moyenne L ≈ 0,4 cd/m² entre 0,32 et 0,48 cd/m² ≥ 1 cd/m² Non conforme",
    "Uniformité générale Uo", "≥ 0,4 Conforme", "≤ 15 % Non conforme incertain", "Incertain : l’intervalle franchit le seuil",
    "part estimée : 60 %", "Espacement des luminaires entre 28 et 31 m", "Voie, Largeur : 6 m (supposé)", "hauteur de feu : 2 sur 2 points",
    "DP et DE selon EN 13201-5:2015", "à confirmer sur le texte de EN 13201-2:2015",
  ]) assert.ok(sheet.includes(wanted), `“${wanted}” in: ${sheet}`);
  assert.deepEqual(await reader.faults(), []);
  await reader.button(/^Pourquoi ce chiffre \? Luminance moyenne/).click();
  await reader.page.locator("dialog[open]").waitFor();
  await reader.ready();
  await reader.page.keyboard.press("Escape");
  const csv = await (await reader.context.request.get(`${lit}api/roads?f=csv`)).text();
  assert.equal(csv.trim().split("\n").length, 4);

  await reader.step("?tab=lighting&layers=");
  await reader.button("Pourquoi des voies ne sont pas calculables").click();
  await reader.ready();
  assert.deepEqual([reader.query("tab"), reader.query("about"), reader.query("origin")], ["findings", "street", "lighting"]);
  assert.match(said(await reader.text(".panel-body")), /la voie est courbe/);

  await reader.step("?tab=lighting&sheet=street/V1&layers=");
  assert.match(said(await reader.text(".road")), /Conforme à la classe M4 Classe M4 fixée par la collectivité\./);
  await reader.step("?tab=lighting&sheet=street/V3&layers=");
  const bent = said(await reader.text(".sheet"));
  assert.match(bent, /Classe M5 : conformité non calculable.*Non calculable, parce que.*la voie est courbe : son axe tourne de 34°/);
  assert.equal(bent.match(/son axe tourne/g).length, 1, "told once");
  await reader.step("?tab=lighting&sheet=street/V4&layers=");
  assert.equal(await reader.page.locator(".road").count(), 0, "a dark street");
  await reader.step("?lang=en&tab=lighting&sheet=street/V2&layers=");
  const english = await reader.text(".road");
  assert.match(said(english), /Does not conform to class M3/);
  assert.equal(english.match(/Éclairement|conforme|supposé|Exigé|Voie\b/g), null);
  await reader.close();
}

export async function the_sheet_of_a_street_is_one_page({ browser, lit }) {
  const reader = await Reader.open(browser, lit, `?tab=lighting&sheet=street/V2&${PLACE}`);
  await reader.page.locator(".road").waitFor();
  for (const search of ["", "lang=en&"]) {
    if (search) await reader.goto(`?${search}tab=lighting&sheet=street/V2&${PLACE}`);
    await reader.page.locator(".road").waitFor();
    const paper = (await reader.page.pdf({ format: "A4" })).toString("latin1");
    assert.equal(paper.match(/\/Type\s*\/Page\b/g).length, 1, `one page, ${search}`);
  }
  await reader.page.emulateMedia({ media: "print" });
  assert.ok(await reader.page.locator(".road-table").isVisible());
  assert.equal(await reader.page.locator(".sheet > .facts").first().isVisible(), false);
  await reader.close();
}

export async function a_lamp_shows_how_it_spreads_its_light({ browser, lit }) {
  const reader = await Reader.open(browser, lit, "?tab=lighting&sheet=luminaire/L1&layers=");
  const measured = said(await reader.text(".photometry"));
  for (const wanted of [
    "Lanterne 36 · LANTERNE_36.ldt", "C0–C180, le long de la voie", "candelas pour 1000 lm", "Rendement (LOR) 100 %", "Codes de flux CIE",
  ]) assert.ok(measured.includes(wanted), `“${wanted}” in: ${measured}`);
  const width = (name) => reader.page.evaluate((which) => document.querySelector(`.polar > svg .${which}`).getBBox().width, name);
  assert.ok((await width("polar-along")) > (await width("polar-across")), "it throws its light along the road");
  await reader.page.locator(".polar summary").click();
  assert.match(said(await reader.text(".polar table")), /γ C0 C180 C90 C270 0° 217,1 217,1 217,1 217,1/);
  assert.deepEqual(await reader.faults(), []);
  await reader.step("?tab=lighting&sheet=luminaire/L2&layers=");
  assert.match(said(await reader.text(".photometry")), /Photométrie générique, Sodium haute pression.*Répartition supposée.*à ±40 %/);
  await reader.step("?tab=lighting&sheet=luminaire/L3&layers=");
  assert.match(said(await reader.text(".photometry")), /L’inventaire nomme « INCONNUE_12.ldt », que le jumeau ne contient pas/);
  await reader.step("?tab=lighting&sheet=photometry/LANTERNE_36.ldt&layers=");
  assert.ok(!(await reader.text(".sheet")).includes("TILT"));
  assert.equal(await reader.page.locator(".polar").count(), 1);
  await reader.close();
}

export async function lighting_fits_a_phone({ browser, lit }) {
  const reader = await Reader.open(browser, lit, "?tab=lighting&layers=", { viewport: PHONE, hasTouch: true });
  for (const search of ["?tab=lighting", "?sheet=street/V2", "?sheet=street/V3", "?sheet=luminaire/L1"]) {
    await reader.step(`${search}&layers=`);
    assert.equal(await reader.overflows(), false, `${search} sticks out`);
    const body = await reader.page.evaluate(() => {
      const panel = document.querySelector(".panel-body");
      return panel.scrollWidth - panel.clientWidth;
    });
    assert.ok(body <= 1, `${search} is ${body} px too wide`);
  }
  await reader.close();
}
