// SPDX-License-Identifier: EUPL-1.2
// Leaks: the card, the list, the zone of one on the map, its flow day by day, what it costs, how sure it is.

import { strict as assert } from "node:assert";
import { DESK, PHONE, Reader } from "./browser.mjs";

const said = (text) => text.replace(/\s+/g, " ");
const HERE = "map=15.5/43.6097/3.8681";
const RUNS = "bourg-C00-20240302";
const PAST = "bourg-C05-20240105";

/** The class of the chance that a leak is on a pipe, as the map was told it. */
const classOf = (reader, id) =>
  reader.page.evaluate(
    (key) => document.querySelector("ju-app").map.map.getFeatureState({ source: "pipe", sourceLayer: "pipe", id: key }).c,
    id,
  );

function holds(text, wanted) {
  for (const words of wanted) assert.ok(text.includes(words), `“${words}” in: ${text}`);
}

export async function a_leak_is_followed_from_the_list_to_its_zone({ browser, leaking }) {
  const reader = await Reader.open(browser, leaking, `?tab=water&${HERE}`);
  const text = said(await reader.text(".panel-body"));
  holds(text, [
    "Le 30 mars 2024, une fuite probable : 2,5 m³/h, 48 € par jour.",
    "Secteur du Bas · conduite C00", "48 € par jour", "2,5 m³/h (2,1 à 3) depuis le 2 mars 2024", "probable à 80 %",
    "1 autre fuite, réparée ou pas encore née ce jour-là",
    "Référence : la semaine la plus calme, du 1 janvier 2024 au 4 janvier 2024",
    "Débit de fuite, Secteur du Bas", "valeur figée", "et 1 lacune ou valeur absurde",
  ]);
  await reader.page.locator(".leak-open").first().click();
  await reader.page.locator(".sheet .leak-zone").waitFor();
  await reader.ready();
  assert.equal(reader.query("sheet"), `leak/${RUNS}`);
  assert.equal(reader.query("network"), "leaks");

  const sheet = said(await reader.text(".sheet"));
  holds(sheet, [
    "Fuite autour de la conduite C00",
    "Fuite probable, Secteur du Bas : 2,5 m³/h (2,1 à 3) depuis le 2 mars 2024, probable à 80 %, soit 48 € par jour.",
    "Eau perdue jusqu’ici : 1 740 m³, 1 392 €.", "Elle s’est ouverte d’un coup.",
    "Les relevés permettaient de la dire le 4 mars 2024.", "Ce que montre son secteur",
  ]);
  // The flow: a line and its band; its months beside it, for who does not see it.
  const flow = reader.page.locator(".sheet .day").first();
  assert.match(said(await flow.locator("figcaption").innerText()), /Débit de la fuite la bande claire est l’intervalle à 80 %/);
  assert.equal(await flow.locator(".day-line").count(), 1);
  assert.equal(await flow.locator(".day-band").count(), 1);
  await flow.locator("summary").click();
  assert.match(said(await flow.locator("table").innerText()), /mars 2024 2,5 m³\/h entre 2 et 3 m³\/h/);
  const rows = (await reader.page.locator(".sheet .leak-zone tbody tr").allInnerTexts()).map(said);
  assert.match(rows[0], /^C00 .*50 % 120 m$/);
  assert.match(rows[1], /^C01 .*30 % 240 m$/);

  // The zone: these two pipes and no other; C00 is the likelier, and the point is drawn.
  await reader.draws("leak-point", "the point of the leak");
  const [likely, other, outside] = [await classOf(reader, "C00"), await classOf(reader, "C01"), await classOf(reader, "C05")];
  assert.ok(likely > other && other >= 0, `${likely} ${other}`);
  assert.equal(outside, undefined);
  assert.deepEqual(await reader.faults(), []);

  for (const format of ["CSV", "GeoJSON"]) {
    const href = await reader.page.getByRole("link", { name: `${format}, Où écouter` }).getAttribute("href");
    const answer = await reader.context.request.get(new URL(href, reader.page.url()).href);
    assert.match(await answer.text(), /C01/);
  }
  await reader.close();
}

export async function leaks_are_played_day_by_day_and_told_in_english({ browser, leaking }) {
  const reader = await Reader.open(browser, leaking, `?tab=water&network=leaks&lang=en&${HERE}`);
  holds(said(await reader.text(".panel-body")), [
    "On 30 March 2024, one probable leak: 2.5 m³/h, 48 € a day.",
    "Secteur du Bas · pipe C00", "2.5 m³/h (2.1 to 3) since 2 March 2024", "80 % probable",
    "1 other leak, repaired or not yet born on that day", "Doubtful sensors", "frozen value",
  ]);
  // The slider goes back to the first day, by the keyboard: no leak yet; then to the one repaired in February.
  const slider = reader.page.getByRole("slider", { name: "Moment shown on the map" });
  await slider.focus();
  await reader.page.keyboard.press("Home");
  await reader.ready();
  assert.match(await reader.text(".leaks-sum"), /On 1 January 2024, no leak stands out of the readings\./);
  assert.equal(await classOf(reader, "C00"), undefined);
  await reader.step(`?tab=water&network=leaks&lang=en&moment=${25 * 86_400}`);
  assert.match(said(await reader.text(".leaks-sum")), /On 26 January 2024, one probable leak: 1\.1 m³\/h/);
  assert.ok((await classOf(reader, "C05")) >= 0, "the zone of that day");
  assert.equal(await classOf(reader, "C00"), undefined);

  await reader.step(`?tab=water&sheet=leak/${PAST}&lang=en`);
  await reader.page.locator(".sheet .leak-zone").waitFor();
  holds(said(await reader.text(".sheet")), [
    "Leak around pipe C05",
    "Leak repaired, Secteur du Bas: up to 1.5 m³/h (1 to 2) from 5 January 2024 to 4 February 2024, 60 % probable, that is 28.8 € a day.",
    "It grew little by little.", "The readings allowed to tell it on 20 January 2024.", "Where to listen",
  ]);
  assert.deepEqual(await reader.faults(), []);
  await reader.close();
}

export async function the_first_page_tells_a_leak_on_a_phone_too({ browser, leaking }) {
  const reader = await Reader.open(browser, leaking, "?", { viewport: PHONE });
  const card = reader.page.locator(".card-degrades", { hasText: "Fuite probable" });
  assert.match(said(await card.innerText()), /Secteur du Bas : 2,5 m³\/h \(2,1 à 3\) depuis le 2 mars 2024, probable à 80 %, soit 48 € par jour\./);
  await card.getByRole("button", { name: "Voir la zone" }).click();
  await reader.page.locator(".sheet .leak-zone").waitFor();
  assert.equal(reader.query("sheet"), `leak/${RUNS}`);
  assert.equal(await reader.overflows(), false);
  await reader.page.setViewportSize(DESK);
  await reader.close();
}
