// SPDX-License-Identifier: EUPL-1.2
// Runs scenarios in one Chromium and prints one JSON line each: node run.mjs '{"chromium": …}' [name…]

import { launch } from "./browser.mjs";
import * as scenarios from "./scenarios.mjs";

const world = JSON.parse(process.argv[2]);
const asked = process.argv.slice(3);
const browser = await launch(world.chromium);
for (const [name, scenario] of Object.entries(scenarios)) {
  if (asked.length && !asked.includes(name)) continue;
  const start = Date.now();
  let error = null;
  try {
    await scenario({ ...world, browser });
  } catch (thrown) {
    error = thrown.stack ?? String(thrown);
  }
  for (const context of browser.contexts()) await context.close();
  process.stdout.write(`${JSON.stringify({ name, error, seconds: (Date.now() - start) / 1000 })}\n`);
}
await browser.close();
