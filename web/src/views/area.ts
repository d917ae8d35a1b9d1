// SPDX-License-Identifier: EUPL-1.2
/** The sheet of an area drawn on the map: what it holds, each figure with what it rests on. */

import { html, nothing, type TemplateResult } from "lit";
import { estimated, keyValue, why } from "../components/figure";
import { icon, tableIcon } from "../components/icons";
import { empty, ready } from "../components/states";
import { clauses, hasInterval, interval, quantity } from "../format";
import { maybe, plural, t } from "../i18n";
import { geometryOf } from "../map/draw";
import type { Page } from "../page";
import type { Point } from "../state";
import type { Figure } from "../types";

interface AreaFigure extends Figure {
  id: string;
  table: string;
  label: string;
  estimated_share: number;
  rows: number;
  known: number;
  estimated: number;
  unknown: number;
  method: string;
  formula: string;
  sources: string[];
  explain: string | null;
}

interface Answer {
  rows: AreaFigure[];
  surface_m2: number;
}

export function areaSheet(page: Page, area: readonly Point[]): TemplateResult {
  const query = { geometry: geometryOf(area) };
  const resource = page.read<Answer>("api/area", query);
  return html`<article class="sheet area-sheet" aria-labelledby="sheet-title">
    <button class="link-button back" @click=${() => page.go({ area: null })}>
      ${icon("back")} ${t("sheet.back", { tab: t(`tab.${page.state.tab}`) })}
    </button>
    <header class="sheet-head">
      <p class="card-lead">${icon("draw")} ${t("area.kicker")}</p>
      <h2 id="sheet-title" tabindex="-1">${
        resource.status === "ok"
          ? t("area.title", { surface: ground(resource.value.surface_m2) })
          : t("area.kicker")
      }</h2>
    </header>
    ${ready(page, resource, (answer) => body(page, answer, query), 10)}
  </article>`;
}

/** A surface in the unit that it reads best in. */
function ground(square: number): string {
  if (square < 10_000) return quantity(square, "m²", false, true);
  return square < 1e7
    ? quantity(square / 1e4, "ha", false, true)
    : quantity(square / 1e6, "km²", false, true);
}

function body(page: Page, { rows }: Answer, query: { geometry: string }): TemplateResult {
  if (!rows.length) return empty(t("area.empty.title"), t("area.empty.text"));
  const tables = [...new Set(rows.map(({ table }) => table))];
  const of = (table: string) => rows.filter((row) => row.table === table);
  // A table that is only counted is a line of a list; the others have figures of their own.
  const counted = tables.filter((table) => of(table).every(({ id }) => id === `${table}.count`));
  return html`<p class="lede">${t("area.lede")}</p>
    ${tables.filter((table) => !counted.includes(table)).map((table) => part(page, table, of(table)))}
    ${counted.length ? others(page, counted.flatMap(of)) : nothing}
    <p class="actions">
      <a class="link-button" download href=${page.link("api/area", { ...query, f: "csv" })}>${icon("download")} ${t("area.csv")}</a>
      <button class="link-button" @click=${() => print()}>${icon("print")} ${t("print")}</button>
    </p>`;
}

/** Counts alone, one line each. */
function others(page: Page, rows: AreaFigure[]): TemplateResult {
  return html`<section class="area-part">
    <h3>${t("area.others")}</h3>
    <table class="table">
      <tbody>${rows.map(
        ({ table, label, value }) => html`<tr>
          <th scope="row"><button class="row-link" @click=${() => rowsOf(page, table)}>${label}</button></th>
          <td class="figure">${quantity(value, "")}</td></tr>`,
      )}</tbody>
    </table>
    <p class="quiet">${rows[0]?.method}</p>
  </section>`;
}

function rowsOf(page: Page, table: string): void {
  page.go({ table, within: "area", sort: null });
}

function part(page: Page, table: string, rows: AreaFigure[]): TemplateResult {
  const label = page.territory.tables.find(({ name }) => name === table)?.label ?? table;
  return html`<section class="area-part">
    <h3>${tableIcon(table)} ${maybe(`layer.${table}`, label)}</h3>
    <dl class="area-figures">${rows.map((row) => figure(page, row))}</dl>
    <button class="link-button area-rows" @click=${() => rowsOf(page, table)}>
      ${icon("table")} ${t("area.rows")}<span class="hidden-text"> ${label}</span></button>
  </section>`;
}

function figure(page: Page, row: AreaFigure): TemplateResult {
  const metres = row.unit === "m²" && row.value !== null && row.value >= 10_000;
  const shown = metres
    ? {
        ...row,
        value: (row.value as number) / 1e4,
        low: row.low && row.low / 1e4,
        high: row.high && row.high / 1e4,
        unit: "ha",
      }
    : row;
  return html`<div class="key-figure">
    <dt>${row.label}</dt>
    <dd>
      ${keyValue(shown)}
      ${hasInterval(shown) ? html`<span class="key-interval">${interval(shown)}</span>` : nothing}
      ${row.unknown ? html`<span class="range">${plural("area.unknown", row.unknown)}</span>` : nothing}
      ${estimated(row.estimated_share)} ${reason(page, row)}
    </dd>
  </div>`;
}

/** Why: the chain of a worksite's figure; for what is measured here, its method beside it. */
function reason(page: Page, row: AreaFigure): TemplateResult {
  const id = row.explain?.match(/^\/api\/explain\/indicator\/(.+)$/)?.[1];
  return html`<details class="reason">
    <summary>${t("why.question")}<span class="hidden-text"> ${row.label}</span></summary>
    <p>${row.method}</p>
    <p class="formula">${row.formula}</p>
    <p>${plural(row.explain ? "area.streets" : "area.read", row.rows)}${row.estimated ? `, ${plural("area.estimated", row.estimated)}` : ""}.
      ${row.sources.length ? html`${t("area.sources")} ${clauses(row.sources.map((source) => name(page, source)))}.` : nothing}</p>
    ${id ? why(page, { table: "indicator", id: decodeURIComponent(id) }, row.label, false, t("area.whole")) : nothing}
  </details>`;
}

/** A source as people name it: its title, else its file. */
function name(page: Page, id: string): string {
  const sources = page.read<{ rows: { id: string; title?: string | null; file: string }[] }>(
    "api/sources",
  );
  if (sources.status !== "ok") return id;
  const found = sources.value.rows.find((source) => source.id === id);
  return found?.title || found?.file || id;
}
