// SPDX-License-Identifier: EUPL-1.2
/** Contrast of every pair of colours that the page puts together, by day and by night (WCAG 1.4.3, 1.4.11). */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const CSS = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const TOKENS = Object.fromEntries(
  [...CSS.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, day, night]) => [
    name,
    { day, night },
  ]),
) as Record<string, { day: string; night: string }>;

/** Relative luminance of sRGB (WCAG 2.2). */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string, theme: "day" | "night"): number {
  const [a, b] = [one, other].map((name) => luminance(TOKENS[name]?.[theme] as string)) as [
    number,
    number,
  ];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const SURFACES = ["surface", "surface-2", "surface-3"];
const TEXTS = ["ink", "ink-2"];
const TONES = ["lighting", "water", "climate", "buildings", "plan", "twin"];
const FILLS = ["lighting-fill", "water-fill", "climate-fill", "buildings-fill", "plan-fill"];
const pairs = (some: string[], others: string[]): [string, string][] =>
  some.flatMap((one) => others.map((other): [string, string] => [one, other]));

describe.each(["day", "night"] as const)("by %s", (theme) => {
  it.each([...pairs(TEXTS, SURFACES), ...pairs(TONES, ["surface", "surface-2"])])(
    "text in %s reads on %s",
    (text, ground) => {
      expect(contrast(text, ground, theme)).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each([
    ["lighting", "lighting-soft"],
    ["climate", "climate-soft"],
    ["plan", "plan-soft"],
    ["ink", "lighting-soft"],
    ["ink", "climate-soft"],
    ["ink", "plan-soft"],
  ])("text in %s reads on its tint %s", (text, ground) => {
    expect(contrast(text, ground, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ...pairs(["focus", "line-strong"], ["surface", "surface-2"]),
    ["focus", "surface-3"],
    ["focus", "map"],
  ] as [string, string][])("the outline %s is seen on %s", (outline, ground) => {
    expect(contrast(outline, ground, theme)).toBeGreaterThanOrEqual(3);
  });
});

/** A pale fill stands beside its dark outline, hatches and value: those carry the contrast by day. */
it.each(FILLS)("the fill %s is seen by night", (fill) => {
  expect(contrast(fill, "surface", "night")).toBeGreaterThanOrEqual(3);
});
