// SPDX-License-Identifier: EUPL-1.2
/** How much of each attribute is known, supposed, or unknown: one table of bars a table. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import { ready } from "../components/states";
import { number, percent } from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import type { Known, Rows } from "../types";

export function completeness(page: Page): TemplateResult {
  const resource = page.read<Rows<Known>>("api/completeness");
  return html`<h3>${t("data.completeness")}</h3>
    <p class="quiet">${t("data.completeness.help")}</p>
    ${ready(page, resource, ({ rows }) => {
      const tables = new Map<string, Known[]>();
      for (const row of rows) tables.set(row.table, [...(tables.get(row.table) ?? []), row]);
      return html`${[...tables.values()].map((mine) => block(mine))}
        ${
          rows.length
            ? html`<p class="actions"><a class="link-button" href=${page.link("api/completeness", { f: "csv" })} download>${icon("download")} CSV</a></p>`
            : html`<p class="quiet">${t("data.completeness.none")}</p>`
        }`;
    })}`;
}

/** Mean share of the values that are known. */
export function meanShare(rows: Known[]): number {
  return rows.reduce((sum, row) => sum + row.known_share, 0) / Math.max(1, rows.length);
}

function block(rows: Known[]): TemplateResult {
  const [first] = rows as [Known, ...Known[]];
  return html`<details class="completeness">
    <summary><span>${first.table_label}
      <span class="quiet">${plural("rows", first.rows, { n: number(first.rows) })}</span></span>
      <span class="figure">${t("data.completeness.mean", { share: percent(meanShare(rows)) })}</span></summary>
    <table class="table">
      <thead><tr><th scope="col">${t("data.attribute")}</th>
        <th scope="col" class="figure">${t("data.known")}</th>
        <th scope="col" class="figure">${t("data.supposed")}</th></tr></thead>
      <tbody>${rows.map(
        (row) => html`<tr><th scope="row">${row.label}${gauge(row)}</th>
          <td class="figure">${percent(row.known_share)}</td>
          <td class="figure">${row.estimated ? percent(row.estimated_share) : nothing}</td></tr>`,
      )}</tbody>
    </table>
  </details>`;
}

/** Known in plain, supposed in hatches, the rest empty. */
function gauge({ known_share, estimated_share }: Known): TemplateResult {
  return html`<svg class="gauge" width="100%" height="8" aria-hidden="true">
    <rect width="100%" height="8" rx="2" class="gauge-all" />
    <rect width="${100 * Math.min(1, known_share + estimated_share)}%" height="8" rx="2" fill="url(#hatch-twin)" />
    <rect width="${100 * known_share}%" height="8" rx="2" class="gauge-known" />
  </svg>`;
}
