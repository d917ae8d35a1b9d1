// SPDX-License-Identifier: EUPL-1.2
/** Bâtiments: what the public buildings need, month by month and one by one, and how sure it is. */

import { html, nothing, type TemplateResult } from "lit";
import {
  COOLING,
  computed,
  FINAL,
  figureOf,
  HEATING,
  INTENSITY,
  listed,
  ORDERS,
  type Order,
  orderOf,
  WORKSITE,
} from "../buildings";
import { bar, domain, type Tone } from "../components/bars";
import { keyFigure, why } from "../components/figure";
import { icon } from "../components/icons";
import { months, type YearSeries } from "../components/months";
import { empty, ready } from "../components/states";
import { cardOf } from "../event";
import { central, hasInterval, interval, number } from "../format";
import { maybe, plural, t } from "../i18n";
import type { Page } from "../page";
import type { AssetFigures, AssetRow, Figure, Indicator, Rows, RunCard } from "../types";
import { model } from "./climate";
import { attributesOf, valueText } from "./fields";
import { plain } from "./lighting";

/** Figures of the headline, in this order. */
const HEADLINE = [
  HEATING,
  FINAL,
  "buildings_tco2e",
  "buildings_discomfort_h",
  COOLING,
  "buildings_pv_kwh",
];
/** Order of the figures of all buildings. */
const ORDER = [
  "buildings_count",
  "buildings_floor_m2",
  HEATING,
  COOLING,
  FINAL,
  INTENSITY,
  "buildings_primary_kwh",
  "buildings_tco2e",
];
/** Buildings of a page of the list. */
const PAGE = 20;

export function buildings(page: Page): TemplateResult {
  return html`<section>
    <h2>${t("worksite.buildings")}</h2>
    <p class="lede">${t("buildings.lede")}</p>
    ${computed(page) ? results(page) : empty(t("buildings.never.title"), t("buildings.never.text"), "jumeau run DIR buildings")}
  </section>`;
}

function results(page: Page): TemplateResult {
  const read = (scope: string) =>
    page.read<Rows<Indicator>>("api/indicators", { scope, worksite: WORKSITE });
  const run = page.territory.worksites.find(({ name }) => name === WORKSITE)?.last_run?.id ?? "";
  const card = page.read<{ properties: { card?: RunCard | string | null } }>(
    `collections/run/items/${encodeURIComponent(run)}`,
  );
  return html`
    ${ready(page, read("public"), ({ rows }) =>
      owned(
        page,
        rows.filter(({ entity }) => entity === "yes"),
      ),
    )}
    ${list(page)}
    <h3>${t("buildings.territory")}</h3>
    ${ready(page, read("territory"), ({ rows }) => plain(page, inOrder(rows)))}
    ${ready(page, read("month"), ({ rows }) => months(t("buildings.months"), byMonth(rows)))}
    ${bars(page, read("carrier"), t("buildings.carriers"), "carrier")}
    ${bars(page, read("end_use"), t("buildings.end_uses"), "end_use")}
    ${ready(page, card, ({ properties }) => model(cardOf(properties.card), page))}
    <p class="actions">
      <a class="link-button" download href=${page.link("api/indicators", { worksite: WORKSITE, f: "csv" })}>${icon("download")} ${t("lighting.csv")}</a>
    </p>`;
}

function inOrder(rows: Indicator[]): Indicator[] {
  const rank = ({ indicator }: Indicator) => ORDER.indexOf(indicator) + 1 || ORDER.length + 1;
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

/** The headline: public buildings together. */
function owned(page: Page, rows: Indicator[]): TemplateResult {
  const main = HEADLINE.flatMap((name) => rows.filter(({ indicator }) => indicator === name));
  const count = rows.find(({ indicator }) => indicator === "buildings_count")?.value;
  if (!main.length) return empty(t("buildings.nobody.title"), t("buildings.nobody.text"));
  return html`<p class="sheet-sentence">${plural("buildings.count", count ?? 0, { n: number(count ?? 0) })}</p>
    <dl class="key-figures">
      ${main.map((row) => keyFigure(page, row.label, row, { table: "indicator", id: row.id }))}
    </dl>`;
}

/** Needs by month of the rows of a scope whose entity ends in the number of the month. */
export function byMonth(rows: Indicator[]): YearSeries[] {
  const tones: [string, Tone][] = [
    [HEATING, "buildings"],
    [COOLING, "water"],
  ];
  return tones.flatMap(([name, tone]) => {
    const mine = rows.filter(({ indicator }) => indicator === name);
    const [first] = mine;
    if (!first) return [];
    const found = new Map<number, Figure>(
      mine.map((row) => [Number((row.entity ?? "").split("/").at(-1)), row]),
    );
    return [{ label: first.label, tone, share: first.estimated_share ?? 0, months: found }];
  });
}

/** The public buildings, one by one; all of them when none is known to be public. */
function list(page: Page): TemplateResult {
  const order = orderOf(page);
  const limit = PAGE * (1 + page.state.more);
  const known = page.read<AssetFigures>("api/figures/building", { ...listed(order), limit });
  const nobody = known.status === "ok" && !known.value.total;
  const resource = nobody
    ? page.read<AssetFigures>("api/figures/building", { ...listed(order, true), limit })
    : known;
  return html`<h3>${t(nobody ? "buildings.list.all" : "buildings.list")}</h3>
    <fieldset class="segments" role="radiogroup">
      <legend class="hidden-text">${t("buildings.order")}</legend>
      ${ORDERS.map(
        (choice) => html`<label><input type="radio" name="order" .checked=${choice === order}
          @change=${() => page.go({ order: choice === ORDERS[0] ? null : choice, more: 0 })} /><span>${t(`buildings.order.${name(choice)}`)}</span></label>`,
      )}
    </fieldset>
    ${ready(page, resource, (found) => html`${table(page, found, order)}${further(page, found)}`, 8)}
    <p class="actions"><a class="link-button" download aria-label=${`CSV, ${t("buildings.list")}`}
      href=${page.link("api/figures/building", { ...listed(order, nobody), f: "csv" })}>${icon("download")} CSV</a></p>`;
}

function name(order: Order): "intensity" | "total" | "name" {
  return order === ORDERS[0] ? "intensity" : order === ORDERS[1] ? "total" : "name";
}

function further(page: Page, { rows, total }: AssetFigures): TemplateResult {
  const left = total - rows.length;
  return html`<p class="quiet" role="status">${t("buildings.shown", { n: number(rows.length), total: number(total) })}
    ${left > 0 && page.state.more < 9 ? html`<button class="link-button" @click=${() => page.go({ more: page.state.more + 1 })}>${t("buildings.more")}</button>` : nothing}</p>`;
}

/** One building a row: its name opens its sheet. */
function table(page: Page, found: AssetFigures, order: Order): TemplateResult {
  const main = order === ORDERS[1] ? FINAL : INTENSITY;
  const beside = main === FINAL ? INTENSITY : FINAL;
  const figures = found.rows.flatMap((row) => figureOf(found, row, main) ?? []);
  const scale = domain(figures);
  const label = found.columns.find(({ indicator }) => indicator === main)?.label ?? "";
  return html`<table class="table chart">
    <caption>${label} · ${t("chart.legend")}</caption>
    <thead class="hidden-text"><tr>
      <th scope="col">${t("one.building")}</th><th scope="col">${label}</th><th scope="col">${t("why.question")}</th>
    </tr></thead>
    <tbody>${found.rows.map((row) => line(page, found, row, main, beside, scale))}</tbody>
  </table>`;
}

function line(
  page: Page,
  found: AssetFigures,
  row: AssetRow,
  main: string,
  beside: string,
  scale: ReturnType<typeof domain>,
): TemplateResult {
  const figure = figureOf(found, row, main);
  const other = figureOf(found, row, beside);
  const use = row.facts.use;
  return html`<tr>
      <th scope="row"><button class="row-link" @click=${() => page.go({ sheet: { table: "building", id: row.id } })}>${row.label}</button>
        <span class="range">${[
          use ? valueText(attributesOf(page, "building").get("use"), use) : "",
          other ? central(other) : "",
        ]
          .filter(Boolean)
          .join(" · ")}</span></th>
      <td class="figure">${
        figure
          ? html`${central(figure)}${hasInterval(figure) ? html`<span class="range">${interval(figure, false)}</span>` : nothing}`
          : t("none")
      }</td>
      <td>${figure ? why(page, { table: "indicator", id: figure.id }, `${row.label}`, true) : nothing}</td>
    </tr>
    <tr class="bar-row" aria-hidden="true"><td colspan="3">${figure ? bar(figure, scale, "buildings", figure.estimated_share ?? 0) : nothing}</td></tr>`;
}

/** Final energy by carrier or by end use. */
function bars(
  page: Page,
  resource: ReturnType<Page["read"]> & { value?: unknown },
  title: string,
  words: string,
): TemplateResult {
  return html`${ready(
    page,
    resource as ReturnType<typeof page.read<Rows<Indicator>>>,
    ({ rows }) => {
      const shown = rows
        .filter(({ value }) => (value ?? 0) > 0)
        .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
      if (!shown.length) return nothing;
      const scale = domain(shown);
      return html`<h3>${title}</h3><table class="table chart">
      <caption>${shown[0]?.label} · ${t("chart.legend")}</caption>
      <thead class="hidden-text"><tr>
        <th scope="col">${title}</th><th scope="col">${shown[0]?.label}</th><th scope="col">${t("why.question")}</th>
      </tr></thead>
      <tbody>${shown.map((row) => {
        const label = maybe(`${words}.${row.entity}`, row.entity ?? "");
        return html`<tr><th scope="row">${label}</th>
          <td class="figure">${central(row)}${hasInterval(row) ? html`<span class="range">${interval(row, false)}</span>` : nothing}</td>
          <td>${why(page, { table: "indicator", id: row.id }, `${row.label}, ${label}`, true)}</td></tr>
        <tr class="bar-row" aria-hidden="true"><td colspan="3">${bar(row, scale, "buildings", row.estimated_share ?? 0)}</td></tr>`;
      })}</tbody>
    </table>`;
    },
  )}`;
}
