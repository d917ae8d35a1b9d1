// SPDX-License-Identifier: EUPL-1.2
/** Éclairage: the figures of the worksite, for the territory, by lamp type, district and street. */

import { html, nothing, type TemplateResult } from "lit";
import { bar, domain } from "../components/bars";
import { keyFigure, why } from "../components/figure";
import { icon } from "../components/icons";
import { empty, ready } from "../components/states";
import { central, hasInterval, interval, quantity } from "../format";
import { t } from "../i18n";
import { runCard } from "../night";
import type { Page } from "../page";
import { entityName, ROLES, type Role, ranking, roleOf, withRole } from "../roles";
import type { Indicator, Rows } from "../types";
import { model } from "./card";
import { night } from "./night";
import { roads } from "./roads";

/** Places ranked when there are many. */
const FIRST = 10;
/** Districts that are all shown. */
const MANY = 20;

export function lighting(page: Page): TemplateResult {
  return html`<section>
    <h2>${t("worksite.lighting")}</h2>
    <p class="lede">${t("lighting.lede")}</p>
    ${ready(
      page,
      page.read<Rows<Indicator>>("api/indicators", { scope: "territory", worksite: "lighting" }),
      ({ rows }) =>
        rows.length
          ? figures(page, rows)
          : empty(t("today.never.title"), t("today.never.text"), "jumeau run DIR"),
    )}
    ${night(page)}
    ${roads(page)}
    ${byScope(page, "lamp_type", t("lighting.by_type"))}
    ${ranked(page, "district", t("lighting.by_district"), MANY)}
    ${ranked(page, "street", t("lighting.top_streets"), 0)}
    ${model(runCard(page), page)}
    <p class="actions">
      <a class="link-button" href=${page.link("api/indicators", { worksite: "lighting", f: "csv" })} download>${icon("download")} ${t("lighting.csv")}</a>
    </p>
  </section>`;
}

/** Streets may be thousands, districts hundreds: beyond a few, only the first ones are asked for. */
function ranked(
  page: Page,
  scope: string,
  title: string,
  whole: number,
): TemplateResult | typeof nothing {
  const count = page.territory.tables.find((table) => table.name === scope)?.count ?? 0;
  if (count <= whole) return byScope(page, scope, title, scope);
  const resource = page.read<Rows<Indicator>>("api/indicators", {
    scope: "territory",
    worksite: "lighting",
  });
  const energy = resource.status === "ok" ? withRole(resource.value.rows, "energy") : undefined;
  if (!energy) return nothing;
  return byScope(page, scope, title, scope, energy.indicator);
}

function figures(page: Page, rows: Indicator[]): TemplateResult {
  const main = ROLES.map((role) => withRole(rows, role)).filter((row): row is Indicator =>
    Boolean(row),
  );
  const rest = rows.filter((row) => !main.includes(row) && row.value !== null);
  return html`<dl class="key-figures">
      ${main.map((row) => keyFigure(page, row.label, row, { table: "indicator", id: row.id }))}
    </dl>
    ${rest.length ? html`<h3>${t("lighting.others")}</h3>${plain(page, rest)}` : nothing}`;
}

/** A table of figures without bars: what they measure differs from row to row. */
export function plain(page: Page, rows: Indicator[]): TemplateResult {
  return html`<table class="table">
    <caption class="hidden-text">${t("figures")}</caption>
    <thead class="hidden-text"><tr>
      <th scope="col">${t("indicator")}</th><th scope="col">${t("value")}</th><th scope="col">${t("why.question")}</th>
    </tr></thead>
    <tbody>
      ${rows.map(
        (row) => html`<tr>
          <th scope="row">${row.label}</th>
          <td class="figure">${valueCell(row)}</td>
          <td>${why(page, { table: "indicator", id: row.id }, row.label, true)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

function valueCell(row: Indicator): TemplateResult {
  return html`${central(row)}${
    hasInterval(row) ? html`<span class="range">${interval(row, false)}</span>` : nothing
  }`;
}

function byScope(
  page: Page,
  scope: string,
  title: string,
  table = "",
  indicator = "",
): TemplateResult | typeof nothing {
  const query: Record<string, string | number> = indicator
    ? { scope, indicator, sort: "-value", limit: FIRST }
    : { scope, worksite: "lighting" };
  const resource = page.read<Rows<Indicator>>("api/indicators", query);
  if (resource.status === "ok" && !resource.value.rows.length) return nothing;
  return html`<h3>${title}</h3>${ready(page, resource, ({ rows }) => {
    const role = ROLES.find((candidate) => ranking(rows, scope, candidate).length > 0) ?? "other";
    const ranked = ranking(rows, scope, role);
    return html`${chart(page, ranked, role, title, table, rows)}
      <p class="actions"><a class="link-button" download aria-label=${`CSV, ${title}`}
        href=${page.link("api/indicators", { scope, ...(ranked[0] && { indicator: ranked[0].indicator }), sort: "-value", f: "csv" })}>${icon("download")} CSV</a></p>`;
  })}`;
}

/** Bars in a table; the number of lamps beside each when it is known. */
function chart(
  page: Page,
  ranked: Indicator[],
  role: Role,
  title: string,
  table: string,
  rows: Indicator[],
): TemplateResult {
  const scale = domain(ranked);
  const counts = new Map(
    rows.filter((row) => roleOf(row) === "count").map((row) => [row.entity, row.value]),
  );
  const [first] = ranked;
  return html`<table class="table chart">
    <caption>${first?.label ?? title}${role === "other" ? "" : ` · ${t("chart.legend")}`}</caption>
    <thead class="hidden-text"><tr>
      <th scope="col">${title}</th><th scope="col">${first?.label ?? t("value")}</th><th scope="col">${t("why.question")}</th>
    </tr></thead>
    <tbody>
      ${ranked.map((row) => {
        const count = counts.get(row.entity);
        return html`<tr>
          <th scope="row">
            ${
              table && row.entity
                ? html`<button class="row-link" @click=${() => page.go({ sheet: { table, id: row.entity as string } })}>${entityName(row)}</button>`
                : entityName(row)
            }
            ${count !== undefined && role !== "count" ? html`<span class="range">${t("lighting.lamps", { n: quantity(count, "") })}</span>` : nothing}
          </th>
          <td class="figure">${valueCell(row)}</td>
          <td>${why(page, { table: "indicator", id: row.id }, `${row.label}, ${entityName(row)}`, true)}</td>
        </tr>
        <tr class="bar-row" aria-hidden="true"><td colspan="3">${bar(row, scale, "lighting", row.estimated_share ?? 0)}</td></tr>`;
      })}
    </tbody>
  </table>`;
}
