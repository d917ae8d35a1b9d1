// SPDX-License-Identifier: EUPL-1.2
// Reads the built documentation in Chromium as a reader would, and writes what was seen as JSON.
// node site.mjs BASE CHROMIUM [FOLDER for pictures]

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const [base, executablePath, pictures] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const seen = { strangers: [], errors: [], wide: [], axe: [], search: {}, lang: {}, keyboard: "" };

async function open(name, width, scheme = "light") {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  page.on("pageerror", (error) => seen.errors.push(`${name}: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:"))
      seen.strangers.push(`${name}: ${request.url()}`);
  });
  await page.goto(base + name, { waitUntil: "load" });
  return page;
}

const NAMES = [
  "index.fr.html",
  "tutorials/read-the-page.html",
  "tutorials/lamp-spreadsheet.fr.html",
  "reference/http.html",
  "glossary.fr.html",
];
for (const name of NAMES) {
  for (const [width, scheme] of [
    [1440, "light"],
    [360, "dark"],
  ]) {
    const page = await open(name, width, scheme);
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (over > 0) seen.wide.push(`${name} at ${width}: ${over} px`);
    await page.evaluate(AXE);
    const found = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), RULES);
    for (const fault of found.violations)
      seen.axe.push(`${name} at ${width}: ${fault.id} ${fault.nodes[0].html.slice(0, 120)}`);
    seen.lang[name] = await page.evaluate(() => document.documentElement.lang);
    if (pictures)
      await page.screenshot({ path: `${pictures}/${name.replace(/\W/g, "-")}-${width}.png` });
    await page.context().close();
  }
}

for (const [name, words] of [
  ["search.html", ["interval", "estimate"]],
  ["search.fr.html", ["éclairement", "eclairement", "régime armoire"]],
]) {
  for (const word of words) {
    const page = await open(`${name}?q=${encodeURIComponent(word)}`, 1440);
    await page.waitForFunction(
      () => /\d|une page|one page|aucune|not match/i.test(document.querySelector("#search-results p")?.innerText ?? ""),
      null,
      { timeout: 30_000 },
    );
    await page.waitForTimeout(500);
    seen.search[word] = {
      status: await page.locator("#search-results p").first().innerText(),
      title: await page.locator("#search-results h2").first().innerText(),
      links: await page.locator("#search-results li > a").evaluateAll((all) => all.map((a) => a.pathname)),
    };
    if (pictures) await page.screenshot({ path: `${pictures}/search-${word}.png` });
    await page.context().close();
  }
}

const page = await open("index.fr.html", 1440);
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
seen.keyboard = await page.evaluate(() => document.activeElement.id);
console.log(JSON.stringify(seen));
await browser.close();
