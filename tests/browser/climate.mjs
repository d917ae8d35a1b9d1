// SPDX-License-Identifier: EUPL-1.2
// The water of an event: its figures, its time on the map, its computation asked from the page.

import { strict as assert } from "node:assert";
import { Reader } from "./browser.mjs";
import { Server } from "./server.mjs";

const said = (text) => text.replace(/\s+/g, " ");

export async function the_water_of_an_event_is_told_and_dated({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=climate");
  const text = said(await reader.text(".panel-body"));
  for (const wanted of ["60 mm en 1 h", "Bâtiments touchés", "entre 9 et 15", "Fiche du modèle", "inertiel local", "Erreur du bilan"])
    assert.ok(text.includes(wanted), `“${wanted}” in: ${text}`);
  const tables = reader.page.locator(".panel-body table.chart");
  assert.equal(await tables.first().locator("tbody tr:not(.bar-row)").count(), 10);
  const csv = await reader.page.getByRole("link", { name: "CSV, Bâtiments touchés" }).getAttribute("href");
  const rows = (await (await reader.context.request.get(csv)).text()).trim().split("\n");
  assert.equal(rows.length, 13, "the CSV holds every building touched");

  // The slider: its keys, its words, the tiles that it asks for, the address.
  const slider = reader.page.getByRole("slider", { name: "Moment montré sur la carte" });
  assert.equal(await slider.getAttribute("aria-valuetext"), "Les plus grandes valeurs");
  const tile = reader.page.waitForRequest(/tiles\/raster\/water_depth\/.*moment=600/);
  await slider.focus();
  await reader.page.keyboard.press("Home");
  await tile;
  await reader.ready();
  assert.equal(reader.query("moment"), "600");
  assert.equal(said(await slider.getAttribute("aria-valuetext")), "10 min après le début");
  await reader.page.keyboard.press("ArrowRight");
  await reader.page.keyboard.press("ArrowRight");
  assert.equal(said(await slider.getAttribute("aria-valuetext")), "1 h 30 min après le début");
  await reader.page.reload();
  await reader.ready();
  assert.equal(said(await slider.getAttribute("aria-valuetext")), "1 h 30 min après le début");
  await slider.focus();
  await reader.page.keyboard.press("End");
  assert.equal(reader.query("moment"), null);
  assert.deepEqual(await reader.faults(), []);
  await reader.tab("Éclairage").click();
  await reader.ready();
  assert.equal(await reader.page.locator("ju-timeline").count(), 0);
  assert.ok(!(await reader.text(".panel-body")).includes("Bâtiments touchés"));
  await reader.close();
}

export async function the_last_event_is_a_card_whose_picture_opens_the_map({ browser, base }) {
  const reader = await Reader.open(browser, base);
  const card = reader.page.locator(".card-climate");
  const text = said(await card.innerText());
  for (const wanted of ["60 mm en 1 h : l’eau toucherait entre 9 et 15 bâtiments.", "entre 6,0 et 7,1 ha de sol sous l’eau", "Un calcul, pas une prévision."].map((part) => part.toLowerCase()))
    assert.ok(text.toLowerCase().includes(wanted), `“${wanted}” in: ${text}`);
  assert.ok(!(await reader.text(".panel-body")).includes("Rien à signaler"), "water at buildings is something to say");
  // The picture: tiles that exist, of the ground and of the water, at one zoom.
  const images = card.locator("image");
  const addresses = await images.evaluateAll((all) => all.map((image) => image.href.baseVal));
  assert.ok(addresses.some((address) => address.includes("water_depth")), addresses.join(" "));
  for (const address of addresses.slice(0, 4))
    assert.equal((await reader.context.request.get(address)).status(), 200, address);
  const box = await card.locator(".card-picture").boundingBox();
  assert.ok(box.width > 200 && Math.abs(box.width / box.height - 2) < 0.1, `${box.width} × ${box.height}`);
  assert.deepEqual(await reader.faults(".card-climate"), []);
  await reader.button("Voir l’eau sur la carte").first().click();
  assert.equal(reader.query("tab"), "climate");
  await reader.ready();
  assert.ok((await reader.text(".panel-body")).includes("Fiche du modèle"));
  await reader.close();

  const english = await Reader.open(browser, base, "?lang=en");
  assert.match(said(await english.page.locator(".card-climate").innerText()), /60 mm in 1 h: the water would reach between 9 and 15 buildings\./);
  await english.close();
}

export async function moments_follow_unless_less_motion_is_asked({ browser, base }) {
  const still = await Reader.open(browser, base, "?tab=climate", { reducedMotion: "reduce" });
  assert.equal(await still.button("Faire défiler").count(), 0);
  await still.close();
  const reader = await Reader.open(browser, base, "?tab=climate");
  await reader.button("Faire défiler").click();
  assert.equal(reader.query("moment"), "600");
  await reader.hears(/Les plus grandes valeurs/);
  assert.equal(reader.query("moment"), null);
  await reader.close();
}

export async function a_run_is_asked_followed_and_cancelled({ browser, base, python, plain }) {
  const closed = await Reader.open(browser, base, "?tab=climate");
  await closed.page.getByText("Calculer un événement").click();
  assert.match(await closed.text("ju-run"), /jumeau serve DIR --runs/);
  assert.equal(await closed.button("Lancer le calcul").count(), 0);
  await closed.close();

  const server = await Server.start(python, plain, 0, "--runs");
  try {
    const reader = await Reader.open(browser, server.address, "?tab=climate");
    // A long run stands in for the real one, so that it can be stopped on the way.
    const job = { jobID: "abc", processID: "climate", type: "process", status: "running", message: "eau", progress: 40 };
    await reader.page.route("**/processes/climate/execution*", async (route) => {
      assert.deepEqual(route.request().postDataJSON(), { inputs: { rain: "80mm/2h" } });
      await route.fulfill({ status: 201, json: job });
    });
    await reader.page.route("**/jobs/abc*", (route) =>
      route.fulfill({ json: { ...job, ...(route.request().method() === "DELETE" && { status: "dismissed" }) } }));
    await reader.page.getByText("Calculer un événement").click();
    await reader.page.getByRole("combobox", { name: /^Événement/ }).selectOption("rain");
    await reader.page.getByRole("textbox").fill("80mm/2h");
    await reader.page.keyboard.press("Enter");
    const bar = reader.page.getByRole("progressbar", { name: "Calcul en cours" });
    await bar.waitFor();
    assert.equal(await bar.evaluate((element) => element.value), 40);
    assert.deepEqual(await reader.faults("ju-run"), []);
    await reader.button("Annuler").click();
    await reader.hears(/Calcul annulé/);
    assert.match(await reader.text("ju-run"), /rien n’a changé/);
    await reader.page.unrouteAll();

    // The real one: no terrain there, which a finding says.
    await reader.page.getByRole("combobox", { name: /^Événement/ }).selectOption("");
    await reader.button("Lancer le calcul").click();
    await reader.hears(/Calcul terminé/);
    await reader.ready();
    assert.match(await reader.text("ju-run"), /à jour/);
    await reader.close();
  } finally {
    await server.stop("SIGTERM");
  }
}
