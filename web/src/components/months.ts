// SPDX-License-Identifier: EUPL-1.2
/** Twelve months side by side: what is needed in each, with its interval, and a table of the same. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { central, hasInterval, interval, quantity } from "../format";
import { locale, t } from "../i18n";
import type { Figure } from "../types";
import { type Domain, domain, position, type Tone } from "./bars";

/** One quantity over the year: twelve figures, or fewer when some months are not known. */
export interface YearSeries {
  label: string;
  tone: Tone;
  /** Share that rests on estimates. */
  share: number;
  months: Map<number, Figure>;
}

/** The name of a month, 1 to 12. */
export function monthName(month: number, form: "long" | "short" | "narrow" = "long"): string {
  const day = new Date(Date.UTC(2023, month - 1, 15));
  return new Intl.DateTimeFormat(locale(), { month: form, timeZone: "UTC" }).format(day);
}

const MONTHS = Array.from({ length: 12 }, (_, i) => i + 1);

/** Bars by month; each quantity has its own row, so that none hides another. */
export function months(title: string, series: YearSeries[]): TemplateResult | typeof nothing {
  const shown = series.filter(({ months }) =>
    [...months.values()].some(({ value }) => (value ?? 0) > 0),
  );
  if (!shown.length) return nothing;
  return html`<figure class="months">
    <figcaption>${title}</figcaption>
    ${shown.map((one) => row(one))}
    <details><summary>${t("months.table")}</summary>${table(title, shown)}</details>
  </figure>`;
}

/** One quantity on its own scale, which its head says. */
function row(one: YearSeries): TemplateResult {
  const figures = [...one.months.values()];
  const scale = domain(figures);
  return html`<div class="months-row" aria-hidden="true">
    <p class="months-head">${key(one)} ${one.label}<span class="range">${t("months.top", { value: quantity(scale.max, figures[0]?.unit ?? "") })}</span></p>
    <div class="months-bars">${MONTHS.map((month) => column(one, month, scale))}</div>
  </div>`;
}

function key({ tone, share }: YearSeries): TemplateResult {
  return html`<svg class="swatch" width="20" height="14" aria-hidden="true">
    <rect width="20" height="14" rx="2" fill=${share > 0 ? `url(#hatch-${tone})` : `var(--${tone}-fill)`} /></svg>`;
}

function column(one: YearSeries, month: number, scale: Domain): TemplateResult {
  const figure = one.months.get(month);
  const top = figure?.value ?? 0;
  const y = (value: number) => 100 - position(Math.max(0, value), scale);
  const solid = y(top * (1 - Math.min(1, one.share)));
  const whisker = figure && hasInterval(figure);
  return html`<div class="month"><svg width="100%" height="92">
      <rect x="18%" width="64%" y="${y(top)}%" height="${100 - y(top)}%" fill="url(#hatch-${one.tone})" />
      <rect x="18%" width="64%" y="${solid}%" height="${100 - solid}%" fill="var(--${one.tone}-fill)" />
      ${
        whisker
          ? svg`<g class="whisker">
            <line x1="50%" x2="50%" y1="${y(figure.low ?? 0)}%" y2="${y(figure.high ?? scale.max)}%" />
            <line x1="38%" x2="62%" y1="${y(figure.low ?? 0)}%" y2="${y(figure.low ?? 0)}%" />
            <line x1="38%" x2="62%" y1="${y(figure.high ?? scale.max)}%" y2="${y(figure.high ?? scale.max)}%" /></g>`
          : nothing
      }
    </svg><span>${monthName(month, "narrow").toUpperCase()}</span></div>`;
}

function table(title: string, series: YearSeries[]): TemplateResult {
  return html`<table class="table">
    <caption class="hidden-text">${title}</caption>
    <thead><tr><th scope="col">${t("months.month")}</th>${series.map((one) => html`<th scope="col" class="figure">${one.label}</th>`)}</tr></thead>
    <tbody>${MONTHS.map(
      (month) =>
        html`<tr><th scope="row">${monthName(month)}</th>${series.map(({ months }) => {
          const figure = months.get(month);
          return html`<td class="figure">${figure ? central(figure) : t("none")}${
            figure && hasInterval(figure)
              ? html`<span class="range">${interval(figure, false)}</span>`
              : nothing
          }</td>`;
        })}</tr>`,
    )}</tbody>
  </table>`;
}
