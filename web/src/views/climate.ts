// SPDX-License-Identifier: EUPL-1.2
/** Climat: an event, where its water goes, what it reaches, and how far to trust it. */

import { html, nothing, type TemplateResult } from "lit";
import { bar, domain } from "../components/bars";
import { keyFigure, why } from "../components/figure";
import { icon } from "../components/icons";
import "../components/run";
import { empty, ready } from "../components/states";
import { cardOf } from "../event";
import { central, hasInterval, interval, typeset } from "../format";
import { t } from "../i18n";
import type { Page } from "../page";
import { entityName } from "../roles";
import type { Indicator, Rows, RunCard } from "../types";
import { model } from "./card";
import { tableLabel } from "./fields";
import { plain } from "./lighting";

export { model } from "./card";

const NAME = "climate";
/** Things listed of a kind: the deepest; all of them are in the file beside. */
const FIRST = 10;
/** Tables of what water can reach, and the indicator that counts each. */
const REACHED: readonly [table: string, count: string][] = [
  ["building", "climate_buildings"],
  ["street", "climate_streets"],
  ["luminaire", "climate_lamps"],
  ["cabinet", "climate_cabinets"],
];
const DEPTH = "climate_depth";
const FIGURES = [
  "climate_buildings",
  "climate_public_buildings",
  "climate_streets",
  "climate_lamps",
  "climate_cabinets",
  "climate_flooded_area",
];

export function climate(page: Page): TemplateResult {
  const run = page.territory.worksites.find(({ name }) => name === NAME)?.last_run;
  return html`<section>
    <h2>${t("worksite.climate")}</h2>
    <p class="lede">${t("climate.lede")}</p>
    <ju-run .page=${page} .process=${NAME}></ju-run>
    ${run ? results(page, run.id) : empty(t("climate.never.title"), t("climate.never.text"), "jumeau run DIR climate --rain 60mm/1h")}
  </section>`;
}

function results(page: Page, run: string): TemplateResult {
  const resource = page.read<Rows<Indicator>>("api/indicators", {
    scope: "territory",
    worksite: NAME,
  });
  const card = page.read<{ properties: { card?: RunCard | string | null } }>(
    `collections/run/items/${encodeURIComponent(run)}`,
  );
  return html`
    ${ready(page, card, ({ properties }) => event(cardOf(properties.card), page))}
    ${ready(page, resource, ({ rows }) => (rows.length ? figures(page, rows) : nothing))}
    ${REACHED.map(([table, count]) => {
      const rows = resource.status === "ok" ? resource.value.rows : [];
      return reached(
        page,
        table,
        rows.find(({ indicator }) => indicator === count),
      );
    })}
    ${ready(page, card, ({ properties }) => model(cardOf(properties.card), page))}
    <p class="actions">
      <a class="link-button" download href=${page.link("api/indicators", { worksite: NAME, f: "csv" })}>${icon("download")} ${t("lighting.csv")}</a>
    </p>`;
}

function event(card: RunCard | null, page: Page): TemplateResult | typeof nothing {
  const text = card?.event?.[page.state.lang];
  return text ? html`<p class="run-event"><strong>${typeset(text)}</strong></p>` : nothing;
}

function figures(page: Page, rows: Indicator[]): TemplateResult {
  const main = FIGURES.flatMap((name) => rows.filter(({ indicator }) => indicator === name));
  const rest = rows.filter((row) => !main.includes(row) && row.value !== null);
  return html`<dl class="key-figures">
      ${main.map((row) => keyFigure(page, row.label, row, { table: "indicator", id: row.id }))}
    </dl>
    ${rest.length ? html`<h3>${t("climate.zones")}</h3>${plain(page, rest)}` : nothing}`;
}

/** The deepest things of a kind, all of them in the file beside. */
function reached(
  page: Page,
  table: string,
  total: Indicator | undefined,
): TemplateResult | typeof nothing {
  if (!total?.value) return nothing;
  const query = { scope: table, indicator: DEPTH, worksite: NAME, sort: "-value" };
  const resource = page.read<Rows<Indicator>>("api/indicators", { ...query, limit: FIRST });
  if (resource.status === "ok" && !resource.value.rows.length) return nothing;
  const title = total.label;
  return html`<h3>${title}</h3>
    ${ready(page, resource, ({ rows }) => depths(page, table, rows))}
    <p class="actions"><a class="link-button" download aria-label=${`CSV, ${title}`}
      href=${page.link("api/indicators", { ...query, f: "csv" })}>${icon("download")} CSV</a></p>`;
}

function depths(page: Page, table: string, rows: Indicator[]): TemplateResult {
  const scale = domain(rows);
  const label = tableLabel(page, table);
  return html`<table class="table chart">
    <caption>${t("climate.deepest")}</caption>
    <thead class="hidden-text"><tr>
      <th scope="col">${label}</th><th scope="col">${rows[0]?.label}</th><th scope="col">${t("why.question")}</th>
    </tr></thead>
    <tbody>${rows.map(
      (row) => html`<tr>
        <th scope="row"><button class="row-link" @click=${() => page.go({ sheet: { table, id: row.entity ?? "" } })}>${entityName(row)}</button></th>
        <td class="figure">${central(row)}${hasInterval(row) ? html`<span class="range">${interval(row, false)}</span>` : nothing}</td>
        <td>${why(page, { table: "indicator", id: row.id }, `${row.label}, ${entityName(row)}`, true)}</td>
      </tr>
      <tr class="bar-row" aria-hidden="true"><td colspan="3">${bar(row, scale, NAME, row.estimated_share ?? 0)}</td></tr>`,
    )}</tbody>
  </table>`;
}
