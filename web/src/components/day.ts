// SPDX-License-Identifier: EUPL-1.2
/** What was computed of an element over a day: a line, its interval behind it, a table beside it. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { hour, interval, quantity } from "../format";
import { t } from "../i18n";
import type { ElementDay } from "../types";

const [WIDTH, HEIGHT] = [640, 140];
const H = 3600;

/** The extremes of a day, and when they are reached. */
export interface Extremes {
  low: { value: number; time: number };
  high: { value: number; time: number };
}

export function extremes({ times_s, values }: ElementDay): Extremes | null {
  let found: Extremes | null = null;
  values.forEach((value, i) => {
    if (value === null) return;
    const here = { value, time: times_s[i] ?? 0 };
    found ??= { low: here, high: here };
    if (value < found.low.value) found.low = here;
    if (value > found.high.value) found.high = here;
  });
  return found;
}

/** Round bounds of the scale of a day, zero included when it is near. */
export function bounds(day: ElementDay): [number, number] {
  const all = [day.values, day.low ?? [], day.high ?? []].flat().filter((x) => x !== null);
  let [least, most] = [Math.min(...all), Math.max(...all)];
  if (least > 0 && least < most * 0.6) least = 0;
  if (most <= least) [least, most] = [Math.min(0, least), Math.max(least + 1, 1)];
  const step = 10 ** Math.floor(Math.log10(most - least)) / 2;
  return [Math.floor(least / step) * step, Math.ceil(most / step) * step];
}

/** The hours written below: every six of a day, every day of a week. */
export function ticks(from: number, to: number): number[] {
  const step = to - from > 48 * H ? 24 * H : 6 * H;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, i) => first + i * step);
}

/** The curve of one quantity; `moment` is the time that the map shows. */
export function day(
  label: string,
  series: ElementDay,
  moment: number | null = null,
): TemplateResult | typeof nothing {
  const ends = extremes(series);
  if (!ends) return nothing;
  const { times_s: times, unit } = series;
  const [from, to] = [times[0] ?? 0, Math.max(times.at(-1) ?? 0, (times[0] ?? 0) + 1)];
  const [least, most] = bounds(series);
  const x = (time: number) => (WIDTH * (time - from)) / (to - from);
  const y = (value: number) => HEIGHT - (HEIGHT * (value - least)) / (most - least);
  const percent = (value: number) => `${(100 * y(value)) / HEIGHT}%`;
  const lines = [least, (least + most) / 2, most];
  const told = t(ends.low.value === ends.high.value ? "water.day.flat" : "water.day.range", {
    low: quantity(ends.low.value, unit),
    at: hour(ends.low.time),
    high: quantity(ends.high.value, unit),
    to: hour(ends.high.time),
  });
  return html`<figure class="day">
    <figcaption>${label} <span class="range">${told}${series.low ? `. ${t("water.day.band")}` : ""}</span></figcaption>
    <div class="day-drawing" aria-hidden="true">
      <svg class="day-curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
        ${lines.map((value) => svg`<line class="day-grid" x1="0" x2=${WIDTH} y1=${y(value)} y2=${y(value)} />`)}
        ${ticks(from, to).map((time) => svg`<line class="day-grid" x1=${x(time)} x2=${x(time)} y1="0" y2=${HEIGHT} />`)}
        ${series.low && series.high ? svg`<path class="day-band" d=${band(series, x, y)} />` : nothing}
        ${pieces(series.values, times, x, y).map((points) => svg`<polyline class="day-line" points=${points} />`)}
        ${moment !== null && times.includes(moment) ? svg`<line class="day-now" x1=${x(moment)} x2=${x(moment)} y1="0" y2=${HEIGHT} />` : nothing}
      </svg>
      <svg class="day-scale" width="100%" height="100%">
        ${lines.map((value, i) => svg`<text x="4" y=${percent(value)} dy=${i === 2 ? 13 : -4}>${quantity(value, unit)}</text>`)}
      </svg>
      <svg class="curve-years" width="100%" height="20">${ticks(from, to).map(
        (time, i, all) =>
          svg`<text x="${(100 * (time - from)) / (to - from)}%" y="15" text-anchor=${i === 0 ? "start" : i === all.length - 1 ? "end" : "middle"}>${time === to && to % (24 * H) === 0 ? `${(to / H) % 24 || 24}${t("water.day.h")}` : hour(time % (24 * H))}</text>`,
      )}</svg>
    </div>
    <details><summary>${t("months.table")}</summary>${table(label, series)}</details>
  </figure>`;
}

type Scale = (value: number) => number;

/** The line, cut where nothing was computed. */
function pieces(
  values: readonly (number | null)[],
  times: readonly number[],
  x: Scale,
  y: Scale,
): string[] {
  const found: string[][] = [[]];
  values.forEach((value, i) => {
    if (value === null) found.push([]);
    else found.at(-1)?.push(`${x(times[i] ?? 0).toFixed(1)},${y(value).toFixed(1)}`);
  });
  return found.filter((part) => part.length > 1).map((part) => part.join(" "));
}

function band({ low, high, times_s }: ElementDay, x: Scale, y: Scale): string {
  const points = (list: readonly (number | null)[]) =>
    list.flatMap((value, i) =>
      value === null ? [] : [`${x(times_s[i] ?? 0).toFixed(1)} ${y(value).toFixed(1)}`],
    );
  return `M${[...points(high ?? []), ...points(low ?? []).reverse()].join("L")}Z`;
}

function table(label: string, series: ElementDay): TemplateResult {
  const { unit } = series;
  return html`<table class="table">
    <caption class="hidden-text">${label}</caption>
    <thead><tr><th scope="col">${t("water.day.hour")}</th><th scope="col" class="figure">${label}</th></tr></thead>
    <tbody>${series.times_s.map((time, i) => {
      const value = series.values[i] ?? null;
      const [low, high] = [series.low?.[i] ?? null, series.high?.[i] ?? null];
      return html`<tr><th scope="row">${hour(time)}</th><td class="figure">${
        value === null ? t("none") : quantity(value, unit)
      }${low !== null && high !== null ? html`<span class="range">${interval({ value, low, high, unit }, false)}</span>` : nothing}</td></tr>`;
    })}</tbody>
  </table>`;
}
