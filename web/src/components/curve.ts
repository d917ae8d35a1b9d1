// SPDX-License-Identifier: EUPL-1.2
/** What a meter read, week after week; what was not read whole is lighter. A table beside it. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { date, number, percent, quantity } from "../format";
import { plural, t } from "../i18n";
import type { Curve, Reading } from "../types";
import { monthName } from "./months";

/** Share of a step from which its reading is taken as whole. */
const WHOLE = 0.97;
const [WIDTH, HEIGHT] = [640, 120];

/** Time of a reading, on the clocks of the place: its text says no offset. */
function instant({ time }: Reading): number {
  return Date.parse(`${time.slice(0, 19)}Z`);
}

/** The curve of a sensor by weeks, and its months in a table. */
export function curve(weeks: Curve, monthly: Curve | undefined): TemplateResult | typeof nothing {
  const rows = weeks.rows.filter(({ value }) => value !== null);
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return nothing;
  const unit = weeks.unit ?? "";
  const [from, to] = [instant(first), instant(last) + 7 * 86_400_000];
  const values = rows.map(({ value }) => value ?? 0);
  const [least, most] = [Math.min(0, ...values), Math.max(...values, 1e-9)];
  const x = (time: number) => (WIDTH * (time - from)) / (to - from);
  const y = (value: number) => HEIGHT - (HEIGHT * (value - least)) / (most - least);
  const width = Math.max(1, x(from + 7 * 86_400_000) - 1);
  return html`<figure class="curve">
    <figcaption>${weeks.label}
      <span class="range">${t("curve.caption", { most: quantity(most, unit), from: date(weeks.first?.slice(0, 10)), to: date(weeks.last?.slice(0, 10)) })}</span></figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
      ${rows.map(
        (row) =>
          svg`<rect x=${x(instant(row))} width=${width} y=${y(Math.max(0, row.value ?? 0))}
            height=${Math.abs(y(row.value ?? 0) - y(0))} fill="var(--twin)" fill-opacity=${row.share < WHOLE ? 0.35 : 0.85} />`,
      )}
      ${years(from, to).map((time) => svg`<line x1=${x(time)} x2=${x(time)} y1="0" y2=${HEIGHT} />`)}
    </svg>
    <svg class="curve-years" width="100%" height="20" aria-hidden="true">${years(from, to).map(
      (time) =>
        svg`<text x="${(100 * (time - from)) / (to - from)}%" y="15">${new Date(time + 15 * 86_400_000).getUTCFullYear()}</text>`,
    )}</svg>
    <p class="quiet">${gaps(weeks)}</p>
    ${monthly ? html`<details><summary>${t("months.table")}</summary>${table(monthly)}</details>` : nothing}
  </figure>`;
}

/** The first instants of the years of a period; a year that begins a week later is near enough. */
function years(from: number, to: number): number[] {
  const [first, last] = [new Date(from).getUTCFullYear(), new Date(to).getUTCFullYear()];
  const found = Array.from({ length: last - first + 2 }, (_, i) => Date.UTC(first + i, 0, 1));
  return found
    .filter((time) => time >= from - 8 * 86_400_000 && time < to - 30 * 86_400_000)
    .map((time) => Math.max(time, from));
}

/** What is missing of a curve, said: a hole is no zero. */
function gaps({ rows, zeros, interval_s }: Curve): string {
  const partial = rows.filter(({ share }) => share < WHOLE).length;
  const parts = [
    partial ? plural("curve.partial", partial, { n: number(partial) }) : t("curve.whole"),
    zeros && interval_s && interval_s < 2 * 86_400
      ? plural("curve.zeros", zeros, { n: number(zeros) })
      : "",
  ];
  return parts.filter(Boolean).join(" ");
}

function table({ rows, label, unit }: Curve): TemplateResult {
  const cells = new Map(rows.map((row) => [row.time.slice(0, 7), row]));
  const all = [...new Set(rows.map(({ time }) => time.slice(0, 4)))];
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${label}><table class="table">
    <caption class="hidden-text">${label}</caption>
    <thead><tr><th scope="col">${t("months.month")}</th>${all.map((year) => html`<th scope="col" class="figure">${year}</th>`)}</tr></thead>
    <tbody>${Array.from(
      { length: 12 },
      (_, i) =>
        html`<tr><th scope="row">${monthName(i + 1)}</th>${all.map((year) => {
          const row = cells.get(`${year}-${String(i + 1).padStart(2, "0")}`);
          return html`<td class="figure">${row ? quantity(row.value, unit ?? "") : t("none")}${
            row && row.share < WHOLE
              ? html`<span class="range">${t("curve.share", { share: percent(row.share) })}</span>`
              : nothing
          }</td>`;
        })}</tr>`,
    )}</tbody>
  </table></div>`;
}
