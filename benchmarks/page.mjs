// SPDX-License-Identifier: EUPL-1.2
// Opens the page in a fresh Chromium context, several times, and prints what each load took:
// node page.mjs '{"chromium": …, "base": …, "loads": 7}'

import { launch } from "../tests/browser/browser.mjs";

const { chromium, base, loads, search = "" } = JSON.parse(process.argv[2]);

/** Runs in the page before it: notes when the figures are there, and when the map is at rest. */
function note() {
  const marks = { text: null, map: null };
  window.marks = marks;
  const look = () => {
    const body = document.querySelector(".panel-body");
    if (marks.text === null && body?.querySelector(".figure, .card") && !body.querySelector(".skeleton"))
      marks.text = performance.now();
    if (marks.map === null && document.documentElement.dataset.ready === "map") marks.map = performance.now();
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] });
}

/** Time during which at least one of the requests was under way. */
function covered(spans) {
  let [sum, end] = [0, 0];
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum;
}

async function load(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "fr-FR" });
  const page = await context.newPage();
  await page.addInitScript(note);
  await page.goto(base + search);
  await page.waitForFunction(() => window.marks.map !== null, null, { timeout: 60_000 });
  const { marks, entries, html } = await page.evaluate(() => ({
    marks: window.marks,
    html: performance.getEntriesByType("navigation")[0].toJSON(),
    entries: performance.getEntriesByType("resource").map((entry) => entry.toJSON()),
  }));
  await context.close();
  const all = [html, ...entries];
  const waited = (until) =>
    covered(all.filter((e) => e.requestStart > 0 && e.responseStart <= until).map((e) => [e.requestStart, e.responseStart]));
  const before = entries.filter((e) => e.responseEnd <= marks.text);
  return {
    text: marks.text,
    map: marks.map,
    server_text: waited(marks.text),
    server_map: waited(marks.map),
    requests_text: before.length + 1,
    requests_map: entries.length + 1,
    bytes_text: [html, ...before].reduce((sum, e) => sum + e.transferSize, 0),
    bytes_map: all.reduce((sum, e) => sum + e.transferSize, 0),
    slowest: all
      .filter((e) => e.requestStart > 0)
      .map((e) => [Math.round(e.responseStart - e.requestStart), Math.round(e.startTime), e.name.replace(base, "/")])
      .sort((a, b) => b[0] - a[0])
      .slice(0, 8),
  };
}

const browser = await launch(chromium);
await load(browser);
for (let i = 0; i < loads; i++) process.stdout.write(`${JSON.stringify(await load(browser))}\n`);
await browser.close();
