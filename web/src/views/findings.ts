// SPDX-License-Identifier: EUPL-1.2
/** Constats: what is wrong or missing, why it matters, what to do; one group per kind. */

import { html, nothing, type TemplateResult } from "lit";
import { command } from "../components/command";
import { icon, tableIcon } from "../components/icons";
import { empty, ready } from "../components/states";
import { number } from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import type { Finding, Rows, Severity } from "../types";
import { attributesOf } from "./fields";

const SEVERITIES: readonly Severity[] = ["blocks", "degrades", "informs"];
const SHOWN = 20;

export function findings(page: Page): TemplateResult {
  return html`<section>
    <h2>${t("tab.findings")}</h2>
    <p class="lede">${t("findings.lede")}</p>
    ${ready(page, page.read<Rows<Finding>>("api/findings"), ({ rows }) =>
      rows.length
        ? html`${SEVERITIES.map((severity) => group(page, severity, rows))}
            <p class="actions"><a class="link-button" href=${page.link("api/findings", { f: "csv" })} download>
              ${icon("download")} CSV</a></p>`
        : empty(t("findings.none.title"), t("findings.none.text"), "jumeau check DIR"),
    )}
  </section>`;
}

function group(page: Page, severity: Severity, rows: Finding[]): TemplateResult | typeof nothing {
  const mine = rows.filter((row) => row.severity === severity);
  if (!mine.length) return nothing;
  const codes = new Map<string, Finding[]>();
  for (const row of mine) codes.set(row.code, [...(codes.get(row.code) ?? []), row]);
  return html`<h3 class="severity severity-${severity}">${icon(severity)} ${t(`severity.${severity}`)}
      <span class="count">${number(mine.length)}</span></h3>
    <p class="quiet">${t(`severity.${severity}.help`)}</p>
    <ul class="findings">
      ${[...codes.values()].sort((a, b) => b.length - a.length).map((same) => kind(page, same))}
    </ul>`;
}

function kind(page: Page, same: Finding[]): TemplateResult {
  const [first, ...others] = same as [Finding, ...Finding[]];
  return html`<li class="finding finding-${first.severity}">
    <p><strong>${first.what}</strong></p>
    ${first.why ? html`<p>${first.why}</p>` : nothing}
    ${first.remedy ? remedy(first.remedy) : nothing}
    <p class="quiet meta"><code>${first.code}</code>${place(page, first)}</p>
    ${
      others.length
        ? html`<details>
            <summary>${plural("findings.more", others.length)}</summary>
            <ul class="plain">${others.slice(0, SHOWN).map((row) => html`<li>${row.what} ${place(page, row)}</li>`)}</ul>
            ${others.length > SHOWN ? html`<p class="quiet">${t("findings.rest", { n: number(others.length - SHOWN) })}</p>` : nothing}
          </details>`
        : nothing
    }
  </li>`;
}

/** A remedy often ends with the command to type: it gets its copy button. */
export function remedy(text: string): TemplateResult {
  const plain = text.replaceAll("`", "");
  const line = (
    text.match(/`([^`]+)`/)?.[1] ??
    plain.match(/jumeau [a-z]+ .*?(?=[.,;]?\s*$|[.;,] )/)?.[0] ??
    ""
  ).trim();
  const last = line !== "" && plain.endsWith(line);
  return html`<p><span class="label">${t("finding.remedy")}</span> ${last ? plain.slice(0, -line.length) : plain}</p>
    ${line ? command(line) : nothing}`;
}

function place(page: Page, row: Finding): TemplateResult | typeof nothing {
  if (!row.table) return nothing;
  const known = page.territory.tables.find((table) => table.name === row.table);
  const { table, entity } = row;
  // The entity may be a column or a file: only a row has a sheet.
  const column = entity ? attributesOf(page, table).get(entity) : undefined;
  if (!entity || !known?.geometry || column)
    return html` · ${known?.label ?? table}${entity ? ` · ${column?.label || entity}` : ""}`;
  return html` · <button class="link-button" @click=${() => page.go({ sheet: { table, id: entity } })}>
    ${tableIcon(table)} ${known.label} ${entity}</button>`;
}
