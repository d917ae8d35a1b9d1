// SPDX-License-Identifier: EUPL-1.2
/** Bars inside a table: the chart and its table are one thing, so neither can be missed. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { hasInterval } from "../format";
import type { Figure } from "../types";

export type Tone = "lighting" | "plan" | "water" | "climate" | "buildings" | "twin";

/** The common scale of a column of bars. */
export interface Domain {
  min: number;
  max: number;
}

/** The range that holds every value, every whisker, and zero. */
export function domain(figures: Figure[]): Domain {
  const ends = figures
    .flatMap((f) => [f.value, f.low, f.high])
    .filter((x): x is number => Number.isFinite(x));
  const min = Math.min(0, ...ends);
  const max = Math.max(0, ...ends);
  return max > min ? { min, max } : { min: 0, max: 1 };
}

/** Position on the scale, as a percentage of the width. */
export function position(value: number, { min, max }: Domain): number {
  return Math.round((1e4 * (value - min)) / (max - min)) / 100;
}

/** One bar: solid for facts, hatched for what rests on estimates, a whisker for the interval. */
export function bar(
  figure: Figure,
  scale: Domain,
  tone: Tone,
  share = 0,
): TemplateResult | typeof nothing {
  if (figure.value === null || !Number.isFinite(figure.value)) return nothing;
  const zero = position(0, scale);
  const end = position(figure.value, scale);
  const [from, to] = zero <= end ? [zero, end] : [end, zero];
  const solid = (to - from) * (1 - Math.min(1, Math.max(0, share)));
  const { low, high } = figure;
  // An unknown end is beyond the scale: the whisker then runs to its edge.
  const ends = [low ?? scale.min, high ?? scale.max] as const;
  const whisker = hasInterval(figure);
  return html`<svg class="bar bar-${tone}" width="100%" height="20" aria-hidden="true">
    <rect x="${from}%" y="3" width="${to - from}%" height="14" fill="url(#hatch-${tone})" />
    <rect x="${from}%" y="3" width="${solid}%" height="14" fill="var(--${tone}-fill)" />
    ${scale.min < 0 ? svg`<line class="zero" x1="${zero}%" x2="${zero}%" y1="0" y2="20" />` : nothing}
    ${whisker ? whiskerAt(position(ends[0], scale), position(ends[1], scale)) : nothing}
  </svg>`;
}

function whiskerAt(a: number, b: number): TemplateResult {
  return svg`<g class="whisker">
    <line x1="${a}%" x2="${b}%" y1="10" y2="10" />
    <line x1="${a}%" x2="${a}%" y1="6" y2="14" />
    <line x1="${b}%" x2="${b}%" y1="6" y2="14" />
  </g>`;
}

/** Patterns that bars and strips refer to; drawn once per page. */
export function patterns(): TemplateResult {
  const tones: Tone[] = ["lighting", "plan", "water", "climate", "buildings", "twin"];
  const hatch = (id: string, ink: string) => svg`<pattern id=${id} width="5" height="5"
      patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="5" height="5" fill=${ink} fill-opacity="0.22" />
      <rect width="2" height="5" fill=${ink} fill-opacity="0.85" />
    </pattern>`;
  return html`<svg class="hidden-text" width="0" height="0" aria-hidden="true"><defs>
    ${hatch("hatch", "currentColor")}
    ${tones.map((tone) => hatch(`hatch-${tone}`, `var(--${tone}-fill, var(--${tone}))`))}
  </defs></svg>`;
}
