// SPDX-License-Identifier: EUPL-1.2
/** The polar curve of a luminaire: along the road and across it, the light downwards as it falls. */

import { html, svg, type TemplateResult } from "lit";
import { number } from "../format";
import { t } from "../i18n";
import type { Photometry } from "../types";

/** Radius of the drawing; its unit is of no meaning. */
const R = 100;
/** Angles marked [°]. */
const RAYS = [0, 30, 60, 90, 120, 150, 180];
/** Angles of the table [°]. */
const TOLD = 15;
/** Share of the greatest intensity under which the sky is left out of the drawing. */
const DARK = 0.01;

type Pair = readonly [right: number, left: number];
const ALONG: Pair = [0, 180];
const ACROSS: Pair = [90, 270];

/** A round step that gives three to five circles up to the greatest intensity. */
export function ring(most: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(most, 1e-9)));
  return [0.2, 0.25, 0.5, 1, 2].map((each) => each * ten).find((step) => most / step <= 5) ?? ten;
}

function values({ planes }: Photometry, c: number): number[] {
  return planes.find((plane) => plane.c === c)?.values ?? [];
}

/** The outline of two opposite half-planes: down one side to the sky, back by the other. */
export function outline(curve: Photometry, [right, left]: Pair, most: number): string {
  const place = (side: 1 | -1, c: number) =>
    values(curve, c).map((value, i) => {
      const angle = ((curve.gamma[i] ?? 0) * Math.PI) / 180;
      const r = (R * value) / most;
      return `${(side * r * Math.sin(angle)).toFixed(1)} ${(r * Math.cos(angle)).toFixed(1)}`;
    });
  return `M${[...place(-1, left).reverse(), ...place(1, right)].join("L")}Z`;
}

/** The drawing with its key, and the same in a table. */
export function polar(curve: Photometry, label: string): TemplateResult {
  const all = curve.planes.flatMap(({ values }) => values);
  const step = ring(Math.max(...all));
  const most = step * Math.ceil(Math.max(...all) / step - 1e-9);
  const sky = curve.gamma.some(
    (gamma, i) =>
      gamma > 90 && curve.planes.some(({ values }) => (values[i] ?? 0) > DARK * Math.max(...all)),
  );
  const top = sky ? -R : 0;
  const circles = Array.from({ length: Math.round(most / step) }, (_, i) => step * (i + 1));
  const point = (gamma: number, r: number): Pair => [
    r * Math.sin((gamma * Math.PI) / 180),
    r * Math.cos((gamma * Math.PI) / 180),
  ];
  const rays = RAYS.filter((gamma) => sky || gamma <= 90).flatMap((gamma) =>
    (gamma % 180 ? [1, -1] : [1]).map((side) => ({ gamma, side })),
  );
  return html`<figure class="polar">
    <svg viewBox="-124 ${top - 16} 248 ${R - top + 34}" aria-hidden="true">
      <g class="polar-grid">
        ${circles.map((value) => svg`<path d=${arc((R * value) / most, sky)} />`)}
        ${rays.map(({ gamma, side }) => {
          const [x, y] = point(gamma, R);
          const [tx, ty] = point(gamma, R + 11);
          return svg`<line x2=${side * x} y2=${y} /><text x=${side * tx} y=${ty + 3.5} text-anchor="middle">${gamma}°</text>`;
        })}
      </g>
      <path class="polar-across" d=${outline(curve, ACROSS, most)} />
      <path class="polar-along" d=${outline(curve, ALONG, most)} />
      ${circles.map((value) => svg`<text class="polar-scale" x="2" y=${(R * value) / most - 2}>${number(value, 1)}</text>`)}
    </svg>
    <figcaption>${label}
      <ul class="signs">
        <li>${key("polar-along")} ${t("polar.along")}</li>
        <li>${key("polar-across")} ${t("polar.across")}</li>
        <li>${t("polar.unit")}</li>
      </ul></figcaption>
    <details><summary>${t("polar.table")}</summary>${table(curve, label)}</details>
  </figure>`;
}

function arc(r: number, whole: boolean): string {
  const half = `M${-r} 0A${r} ${r} 0 0 0 ${r} 0`;
  return whole ? `${half}A${r} ${r} 0 0 0 ${-r} 0` : half;
}

function key(name: string): TemplateResult {
  return html`<svg width="28" height="10" aria-hidden="true"><line class=${name} x1="1" x2="27" y1="5" y2="5" /></svg>`;
}

function table(curve: Photometry, label: string): TemplateResult {
  const rows = curve.gamma.flatMap((gamma, i) => (gamma % TOLD ? [] : [{ gamma, i }]));
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${label}><table class="table">
    <caption class="hidden-text">${label}</caption>
    <thead><tr><th scope="col">γ</th>${curve.planes.map(({ c }) => html`<th scope="col" class="figure">C${c}</th>`)}</tr></thead>
    <tbody>${rows.map(
      ({ gamma, i }) =>
        html`<tr><th scope="row">${gamma}°</th>${curve.planes.map(
          ({ values }) => html`<td class="figure">${number(values[i] ?? 0, 1)}</td>`,
        )}</tr>`,
    )}</tbody>
  </table></div>`;
}
