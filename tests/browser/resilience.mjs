// SPDX-License-Identifier: EUPL-1.2
// What must not break the page: hostile addresses, a server that dies, errors, a bare territory.

import { strict as assert } from "node:assert";
import { DESK, Reader } from "./browser.mjs";
import { command, Server } from "./server.mjs";

/** Each address asks for several things that the page must leave aside. */
const HOSTILE = [
  [["tab", "nope"], ["sheet", "<script>alert(1)</script>"], ["map", "1e999/91/181"], ["night", "maybe"], ["metric", ""]],
  [["tab", "__proto__"], ["sheet", `luminaire/${"x".repeat(20_000)}`], ["map", "16/43.6"], ["lang", "klingon"], ["at", "2199-01-01"]],
  [["why", "'; DROP TABLE indicator; --"], ["table", "../../etc/passwd"], ["colour", "constructor"], ["wide", "yes"], ["at", "999999"]],
  [["layers", "<img src=x onerror=alert(1)>,luminaire"], ["sheet", "toString"], ["at", "' OR 1=1"], ["utm_source", "lettre"]],
  [["at", "2026-13-45"], ["toString", "1"], ["area", "1,2;3,4"], ["sort", "1;2"]],
];

export async function each_hostile_parameter_is_left_aside_and_said({ browser, base }) {
  const context = await browser.newContext({ viewport: DESK });
  const reader = new Reader(context, await context.newPage(), base);
  await context.route("**/assets/map-*.js", (route) => route.abort());
  for (const asked of HOSTILE) {
    await reader.read(`?${new URLSearchParams(asked)}`);
    await reader.page.locator(".news-line").waitFor({ timeout: 5_000 }).catch(() => {});
    const said = (await reader.page.locator(".news").innerText()).replace(/\s/g, " ");
    assert.match(said, /Laissé de côté dans l’adresse/, `${asked}`.slice(0, 200));
    for (const [name] of asked) assert.ok(said.includes(`« ${name}`), `${name} is not said: ${said}`);
    assert.ok(said.length < 500, "what is said stays short");
    assert.match(await reader.text(".panel h2"), /Aujourd’hui/, `${asked}`.slice(0, 200));
  }
  await reader.button("J’ai compris").click();
  assert.equal(await reader.page.locator(".news-line").count(), 0);
  assert.equal(new URL(reader.page.url()).search, "", "the address is clean again");
  await reader.close(/ERR_FAILED|400|Failed to fetch dynamically/);
}

export async function percent_garbage_shows_the_page_and_its_map({ browser, base }) {
  const reader = await Reader.open(browser, base, "?%E0%A4%A=%&tab=%ZZ&map=%00&layers=%F0&sheet=%C0%AE/%C0%AE&colour=red");
  assert.match(await reader.text(".panel h2"), /Aujourd’hui/);
  assert.ok((await reader.drawn("luminaire")) > 100, "the map is there");
  await reader.close();
}

export async function what_is_asked_and_is_not_there_is_said_where_it_would_be({ browser, base }) {
  const reader = await Reader.open(browser, base, "?sheet=luminaire/absent");
  assert.match(await reader.text(".notice-failed"), /JUM-/);
  await reader.page.keyboard.press("Escape");
  assert.match(await reader.text(".panel h2"), /Aujourd’hui/);
  for (const search of ["?sheet=nothing/1", "?why=indicator/absent", "?why=nothing/1"]) {
    await reader.read(search);
    assert.match(await reader.text(".notice-failed"), /JUM-/, search);
  }
  await reader.close(/404/);
}

export async function a_server_that_refuses_for_a_while_is_asked_again({ browser, base }) {
  const reader = await Reader.open(browser, base);
  for (const [tab, answer, words] of [
    ["Constats", { status: 429, headers: { "Retry-After": "1" }, json: { error: { code: "JUM-A007", what: "Trop de demandes.", why: "", remedy: "Attendez." } } }, /Trop de demandes.*Nouvel essai dans 1 s.*JUM-A007/s],
    ["Données", { status: 503, body: "" }, /occupé ou redémarre.*Nouvel essai dans \d+ s/s],
    ["Décider", { status: 504, contentType: "text/html", body: "<h1>Gateway Time-out</h1>" }, /trop longtemps.*Nouvel essai/s],
  ]) {
    await reader.page.evaluate(() => document.querySelector("ju-app").reader.known.clear());
    let refused = 0;
    await reader.context.route(/\/api\/(findings|sources|options)/, (route) => {
      refused += 1;
      return refused > 3 ? route.continue() : route.fulfill(answer);
    });
    await reader.tab(tab).click();
    await reader.page.locator(".notice-failed").first().waitFor();
    assert.match(await reader.text(".notice-failed"), words);
    assert.deepEqual(await reader.faults(), [], `axe on the failure of ${tab}`);
    await reader.context.unroute(/\/api\/(findings|sources|options)/);
    await reader.page.locator(".notice-failed").first().waitFor({ state: "detached" });
    assert.ok((await reader.text(".panel-body")).length > 80, `${tab} came by itself`);
  }
  await reader.close(/429|503|504/);
}

export async function a_bare_territory_a_dead_server_and_newer_data({ browser, python, plain, district }) {
  const server = await Server.start(python, plain);
  const reader = await Reader.open(browser, server.address, "?tab=data&layers=building,street,district");
  try {
    assert.ok((await reader.drawn("building")) > 20, "buildings are drawn");
    for (const tab of ["Aujourd’hui", "Éclairage", "Décider"]) {
      await reader.tab(tab).click();
      await reader.ready();
      assert.equal(await reader.page.locator(".notice-failed").count(), 0, `${tab} without lamp nor raster`);
    }
    await reader.tab("Données").click();
    await reader.ready();
    const address = reader.page.url();

    await server.stop();
    await reader.wake();
    await reader.page.locator(".news-line").waitFor();
    assert.match(await reader.text(".news"), /ne répond plus/);
    assert.ok((await reader.text(".panel-body")).includes("voies"), "what was shown stays");
    assert.deepEqual(await reader.faults(), [], "axe while the server is lost");

    const again = await Server.start(python, plain, server.port);
    try {
      await reader.page.locator(".news-line").waitFor({ state: "detached" });
      await reader.hears(/répond de nouveau/);
      assert.equal(reader.page.url(), address, "the state is kept");

      await command(python, "add", plain, district, "--as", "district");
      await reader.wake();
      await reader.page.locator(".news-line").waitFor();
      assert.match(await reader.text(".news"), /De nouvelles données sont arrivées/);
      await reader.button("Les afficher").click();
      await reader.page.locator(".news-line").waitFor({ state: "detached" });
      await reader.ready();
      assert.ok((await reader.drawn("district-line")) > 0, "the newer data are on the map");
    } finally {
      await again.stop();
    }
  } finally {
    await server.stop();
  }
  await reader.close(/ERR_|Failed to fetch/);
}
