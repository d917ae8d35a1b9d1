// SPDX-License-Identifier: EUPL-1.2
/** A quantity day after day: a line, its interval behind it, months below, a table beside it. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { date, number, quantity } from "../format";
import { locale, t } from "../i18n";
import { after, between, instant } from "../leaks";

const [WIDTH, HEIGHT] = [640, 120];

/** Values from a first day on. */
export interface Daily {
  start: string;
  values: readonly (number | null)[];
  low?: readonly (number | null)[] | null;
  high?: readonly (number | null)[] | null;
}

/** What a chart is drawn over: the same days for charts that stand together. */
export interface Span {
  from: string;
  to: string;
}

/** The first days of the months of a span. */
export function months({ from, to }: Span): string[] {
  const found: string[] = [];
  const [year = 0, month = 1] = from.split("-").map(Number);
  for (let i = 0; i < 600; i += 1) {
    const day = new Date(Date.UTC(year, month - 1 + i, 1)).toISOString().slice(0, 10);
    if (day > to) break;
    if (day >= from) found.push(day);
  }
  return found;
}

/** A round end of the scale above the largest value. */
export function ceiling(values: readonly (number | null | undefined)[]): number {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 1.5, 2, 3, 4, 5, 8, 10].find((step) => step * power >= most) ?? 10) * power;
}

type Scale = (value: number) => number;

/** The lines of values, cut where a day is not known. */
export function pieces({ start, values }: Daily, span: Span, x: Scale, y: Scale): string[] {
  const found: string[][] = [[]];
  const first = between(span.from, start);
  values.forEach((value, i) => {
    if (value === null) found.push([]);
    else found.at(-1)?.push(`${x(first + i).toFixed(1)},${y(value).toFixed(1)}`);
  });
  return found.filter((part) => part.length > 1).map((part) => part.join(" "));
}

function band({ start, low, high }: Daily, span: Span, x: Scale, y: Scale): string {
  const first = between(span.from, start);
  const points = (list: readonly (number | null)[]) =>
    list.flatMap((value, i) =>
      value === null ? [] : [`${x(first + i).toFixed(1)} ${y(value).toFixed(1)}`],
    );
  const all = [...points(high ?? []), ...points(low ?? []).reverse()];
  return all.length ? `M${all.join("L")}Z` : "";
}

/** The chart of one quantity; `day` is the one that the map shows. */
export function daily(
  label: string,
  unit: string,
  series: Daily,
  span: Span,
  day: string | null = null,
  told = "",
): TemplateResult | typeof nothing {
  if (!series.values.some((value) => value !== null)) return nothing;
  const length = Math.max(1, between(span.from, span.to));
  const most = ceiling([...series.values, ...(series.high ?? [])]);
  const x = (at: number) => (WIDTH * at) / length;
  const y = (value: number) => HEIGHT - (HEIGHT * Math.max(0, value)) / most;
  const ticks = months(span);
  const share = (at: string) => (100 * between(span.from, at)) / length;
  const name = new Intl.DateTimeFormat(locale(), { month: "narrow", timeZone: "UTC" });
  return html`<figure class="day">
    <figcaption>${label} ${told ? html`<span class="range">${told}</span>` : nothing}</figcaption>
    <div class="day-drawing" aria-hidden="true">
      <svg class="day-curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
        ${[0, most / 2, most].map((value) => svg`<line class="day-grid" x1="0" x2=${WIDTH} y1=${y(value)} y2=${y(value)} />`)}
        ${ticks.map((tick) => svg`<line class="day-grid" x1=${x(between(span.from, tick))} x2=${x(between(span.from, tick))} y1="0" y2=${HEIGHT} />`)}
        ${series.low && series.high ? svg`<path class="day-band" d=${band(series, span, x, y)} />` : nothing}
        ${pieces(series, span, x, y).map((points) => svg`<polyline class="day-line" points=${points} />`)}
        ${day ? svg`<line class="day-now" x1=${x(between(span.from, day))} x2=${x(between(span.from, day))} y1="0" y2=${HEIGHT} />` : nothing}
      </svg>
      <svg class="day-scale" width="100%" height="100%">
        <text x="4" y="0" dy="13">${quantity(most, unit)}</text>
        <text x="4" y="50%" dy="-4">${quantity(most / 2, unit)}</text>
      </svg>
      <svg class="curve-years" width="100%" height="20">${ticks.map(
        (tick, i) =>
          svg`<text x="${share(tick) + 50 / Math.max(12, ticks.length)}%" y="15" text-anchor="middle">${i % Math.ceil(ticks.length / 12) ? "" : name.format(new Date(instant(tick)))}</text>`,
      )}</svg>
    </div>
    <details><summary>${t("months.table")}</summary>${table(label, unit, series)}</details>
  </figure>`;
}

/** Means of the months: a table that can be read. */
export function monthly({ start, values, low, high }: Daily) {
  const found = new Map<string, number[][]>();
  values.forEach((value, i) => {
    if (value === null) return;
    const month = after(start, i).slice(0, 7);
    const rows = found.get(month) ?? [];
    found.set(month, [...rows, [value, low?.[i] ?? value, high?.[i] ?? value]]);
  });
  const mean = (rows: number[][], at: number) =>
    rows.reduce((sum, row) => sum + (row[at] ?? 0), 0) / rows.length;
  return [...found].map(([month, rows]) => ({
    month,
    value: mean(rows, 0),
    low: mean(rows, 1),
    high: mean(rows, 2),
    days: rows.length,
  }));
}

function table(label: string, unit: string, series: Daily): TemplateResult {
  const name = new Intl.DateTimeFormat(locale(), {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return html`<table class="table">
    <caption class="hidden-text">${label}</caption>
    <thead><tr><th scope="col">${t("months.month")}</th><th scope="col" class="figure">${t("leaks.mean")}</th></tr></thead>
    <tbody>${monthly(series).map(
      ({ month, value, low, high }) => html`<tr>
        <th scope="row">${name.format(new Date(`${month}-01T00:00:00Z`))}</th>
        <td class="figure">${quantity(value, unit)}${
          high > low
            ? html`<span class="range">${t("between", { low: number(low, 2), high: quantity(high, unit) })}</span>`
            : nothing
        }</td></tr>`,
    )}</tbody>
  </table>`;
}

/** A small picture of when a leak ran and how it grew, over the whole period. */
export function spark(series: Daily, span: Span, most: number): TemplateResult {
  const [width, height] = [300, 30];
  const length = Math.max(1, between(span.from, span.to));
  const first = between(span.from, series.start);
  const x = (at: number) => ((width * at) / length).toFixed(1);
  const y = (value: number) => (height - (height * value) / most).toFixed(1);
  const known = series.values.map((value) => value ?? 0);
  const top = known.map((value, i) => `${x(first + i)} ${y(value)}`).join("L");
  const end = first + Math.max(0, known.length - 1);
  return html`<svg class="leak-spark" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
    ${months(span).map((tick) => svg`<line class="day-grid" x1=${x(between(span.from, tick))} x2=${x(between(span.from, tick))} y1="0" y2=${height} />`)}
    <line class="day-grid" x1="0" x2=${width} y1=${height} y2=${height} />
    <path d="M${x(first)} ${height}L${top}L${x(end)} ${height}Z" />
  </svg>`;
}

/** The day of an instant, in words, on the clocks of the reader's page. */
export function dayOf(time: string | null): string {
  return time ? date(time.slice(0, 10)) : t("none");
}
