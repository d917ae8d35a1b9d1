// SPDX-License-Identifier: EUPL-1.2
// Plays the scenarios of this folder in one Chromium, a few readers at once, and prints one JSON line each.
// node run.mjs '{"chromium": …, "modules": ["scenarios", …], "readers": 2}' [name…]

import { launch } from "./browser.mjs";

const world = JSON.parse(process.argv[2]);
const asked = process.argv.slice(3);
const browser = await launch(world.chromium);

const queue = [];
for (const module of world.modules) {
  for (const [name, scenario] of Object.entries(await import(`./${module}.mjs`))) {
    if (typeof scenario === "function" && (!asked.length || asked.includes(name))) queue.push({ name, module, scenario });
  }
}

/** Plays one scenario; the contexts that it opens are closed after it, whatever happened. */
async function play({ name, module, scenario }) {
  const start = Date.now();
  const opened = [];
  const newContext = async (options) => {
    const context = await browser.newContext(options);
    opened.push(context);
    return context;
  };
  let error = null;
  try {
    await scenario({ ...world, browser: { newContext } });
  } catch (thrown) {
    error = thrown.stack ?? String(thrown);
  }
  for (const context of opened) await context.close();
  process.stdout.write(`${JSON.stringify({ name, module, error, seconds: (Date.now() - start) / 1000 })}\n`);
}

async function lane() {
  for (let next = queue.shift(); next; next = queue.shift()) await play(next);
}

await Promise.all(Array.from({ length: world.readers ?? 1 }, lane));
await browser.close();
