// SPDX-License-Identifier: EUPL-1.2
// Opens the page in Chromium as a reader would, and watches what goes wrong meanwhile.

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const FLAGS = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
const PATIENCE = 60_000;

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 360, height: 740 };

export function launch(executablePath) {
  return chromium.launch({ executablePath, args: FLAGS });
}

/** One reader: a page, its viewport, and the errors seen on the way. */
export class Reader {
  static async open(browser, base, search = "", options = {}) {
    const context = await browser.newContext({ viewport: DESK, locale: "fr-FR", ...options });
    const reader = new Reader(context, await context.newPage(), base);
    await reader.goto(search);
    return reader;
  }

  constructor(context, page, base) {
    this.context = context;
    this.page = page;
    this.base = base;
    this.errors = [];
    this.strangers = [];
    page.setDefaultTimeout(20_000);
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(`${message.text()} ${message.location().url}`);
    });
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^https?:$/.test(url.protocol) && url.origin !== new URL(base).origin) this.strangers.push(url.href);
    });
  }

  async goto(search) {
    await this.page.goto(this.base + search);
    await this.ready();
  }

  /** Waits until the map has settled, and until no skeleton is left. */
  async ready(state = "map") {
    await this.page.waitForFunction((wanted) => document.documentElement.dataset.ready === wanted, state, {
      timeout: PATIENCE,
    });
    await this.page.waitForFunction(() => !document.querySelector(".skeleton"), null, { timeout: PATIENCE });
  }

  /** Opens an address and waits for its text only. */
  async read(search) {
    await this.page.goto(this.base + search, { waitUntil: "domcontentloaded" });
    await this.page.locator(".panel-body :is(h2, .notice-failed)").first().waitFor();
    await this.page.waitForFunction(() => !document.querySelector(".skeleton"));
  }

  /** Goes elsewhere as a link would, without loading the page again. */
  async step(search) {
    await this.page.evaluate(async (address) => {
      history.pushState(null, "", address);
      dispatchEvent(new PopStateEvent("popstate"));
      await document.querySelector("ju-app").updateComplete;
    }, `./${search}`);
    await this.ready();
  }

  /** The reader comes back to the window: the page asks how the server is. */
  wake() {
    return this.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  }

  /** Waits until a screen reader is told this; what it was told instead is the error. */
  async hears(wanted) {
    const status = this.page.locator("ju-app > p[role=status]");
    await status.filter({ hasText: wanted }).waitFor({ state: "attached", timeout: PATIENCE / 2 }).catch(async () => {
      assert.match(await status.innerText(), wanted);
    });
  }

  /** Does what moves the map, and waits until it has moved and settled. */
  async moves(act) {
    const before = this.query("map");
    await act();
    await this.page.waitForFunction(
      (was) => new URL(location.href).searchParams.get("map") !== was,
      before,
      { timeout: PATIENCE },
    );
    await this.ready();
  }

  /** A parameter of the address. */
  query(name) {
    return new URL(this.page.url()).searchParams.get(name);
  }

  text(selector) {
    return this.page.locator(selector).first().innerText();
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  tab(name) {
    return this.page.getByRole("tab", { name });
  }

  /** Number of features of a layer drawn on the map now. */
  drawn(layer) {
    return this.page.evaluate((name) => {
      const { map } = document.querySelector("ju-app").map;
      return map.getLayer(name) ? map.queryRenderedFeatures({ layers: [name] }).length : -1;
    }, layer);
  }

  /** Waits until features of a layer are drawn on the map. */
  async draws(layer, what) {
    const end = Date.now() + PATIENCE / 2;
    while ((await this.drawn(layer)) < 1) {
      assert.ok(Date.now() < end, what);
      await this.page.waitForTimeout(100);
    }
  }

  /** What holds the focus: its role or tag, and its name. */
  focus() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      return {
        tag: element.tagName.toLowerCase(),
        text: (element.getAttribute("aria-label") ?? element.textContent ?? "").trim(),
        inDialog: Boolean(element.closest("dialog")),
        map: element.classList.contains("maplibregl-canvas"),
      };
    });
  }

  /** Faults that axe finds, whatever their weight. */
  async faults(context = "html") {
    if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(AXE);
    const found = await this.page.evaluate(
      ([where, runOnly]) => window.axe.run(where, { resultTypes: ["violations"], runOnly }),
      [context, RULES],
    );
    return found.violations.map((fault) => {
      const where = fault.nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`);
      return `${fault.id}: ${where.slice(0, 3).join(" | ")}`;
    });
  }

  /** Whether something sticks out of the screen sideways. */
  overflows() {
    return this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  }

  /** Ends the visit; nothing may have gone wrong, and no other host may have been asked. */
  async close(allowed = /$^/) {
    const errors = this.errors.filter((error) => !allowed.test(error));
    await this.context.close();
    assert.deepEqual(errors, [], "errors in the console");
    assert.deepEqual(this.strangers, [], "requests to other hosts");
  }
}
