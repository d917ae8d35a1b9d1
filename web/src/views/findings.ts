// SPDX-License-Identifier: EUPL-1.2
/** Constats: what is wrong or missing, by kind, why it matters, what to do; a page at a time. */

import { html, nothing, type TemplateResult } from "lit";
import { command } from "../components/command";
import { icon, tableIcon } from "../components/icons";
import { empty, ready } from "../components/states";
import { number, typeset } from "../format";
import { maybe, plural, t } from "../i18n";
import type { Page } from "../page";
import { SEVERITIES, type State } from "../state";
import type { Finding, FindingKind, Findings, Severity } from "../types";
import { attributesOf, tableLabel } from "./fields";

/** Rows asked for at once. */
const STEP = 50;
/** Rows of a kind that the page shows; all are in the file. */
const MOST = 500;

type Query = Record<string, string | number>;

/** What the reader asked for, as the API takes it. */
function asked({ severity, about, origin }: State): Query {
  return {
    ...(severity && { severity }),
    ...(about && { table: about }),
    ...(origin && { worksite: origin }),
  };
}

export function findings(page: Page): TemplateResult {
  const query = asked(page.state);
  const filtered = Object.keys(query).length > 0;
  return html`<section>
    <h2>${t("tab.findings")}</h2>
    <p class="lede">${t("findings.lede")}</p>
    ${ready(page, page.read<Findings>("api/findings", { ...query, limit: 1 }), (found) => {
      const all = Object.values(found.counts).reduce((sum, count) => sum + count, 0);
      if (!all) return empty(t("findings.none.title"), t("findings.none.text"), "jumeau check DIR");
      return html`${filters(page, found)}
        <p role="status">${
          filtered
            ? t("findings.some", { n: number(found.total), all: number(all) })
            : plural("findings.all", all, { n: number(all) })
        }
          <a class="link-button" href=${page.link("api/findings", { ...query, f: "csv" })} download>
            ${icon("download")} CSV</a></p>
        ${SEVERITIES.map((severity) => group(page, severity, found.kinds))}
        ${
          found.total
            ? nothing
            : html`${empty(t("findings.nothing.title"), t("findings.nothing.text"))}
              <p class="actions"><button class="button" @click=${() => page.go({ severity: null, about: null, origin: null })}>
                ${t("findings.everything")}</button></p>`
        }`;
    })}
  </section>`;
}

function filters(page: Page, { counts, facets }: Findings): TemplateResult {
  const { severity, about, origin } = page.state;
  return html`<div class="filters" role="group" aria-label=${t("findings.filters")}>
    ${choice(
      "severity",
      t("findings.severity"),
      severity,
      SEVERITIES.filter((item) => counts[item] > 0).map((item) => [
        item,
        `${t(`severity.${item}`)} (${number(counts[item])})`,
      ]),
      (chosen) => page.go({ severity: chosen as Severity | null, code: null }),
    )}
    ${choice(
      "about",
      t("data.table"),
      about,
      facets.tables.map((name) => [name, tableLabel(page, name)]),
      (chosen) => page.go({ about: chosen, code: null }),
    )}
    ${choice(
      "origin",
      t("findings.origin"),
      origin,
      facets.worksites.map((name) => [name, maybe(`worksite.${name}`, name)]),
      (chosen) => page.go({ origin: chosen, code: null }),
    )}
  </div>`;
}

/** One list of values; with fewer than two there is nothing to choose. */
function choice(
  name: string,
  label: string,
  chosen: string | null,
  values: [string, string][],
  choose: (value: string | null) => void,
): TemplateResult | typeof nothing {
  if (values.length < 2 && !chosen) return nothing;
  return html`<label class="filter"><span>${label}</span>
    <select name=${name} @change=${(event: Event) => choose((event.target as HTMLSelectElement).value || null)}>
      <option value="" ?selected=${!chosen}>${t("findings.any")}</option>
      ${values.map(([value, text]) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`)}
    </select></label>`;
}

function group(
  page: Page,
  severity: Severity,
  kinds: FindingKind[],
): TemplateResult | typeof nothing {
  const mine = kinds.filter((kind) => kind.severity === severity);
  if (!mine.length) return nothing;
  const count = mine.reduce((sum, kind) => sum + kind.count, 0);
  return html`<h3 class="severity severity-${severity}">${icon(severity)} ${t(`severity.${severity}`)}
      <span class="count">${number(count)}</span></h3>
    <p class="quiet">${t(`severity.${severity}.help`)}</p>
    <ul class="findings">${mine.map((kind) => item(page, kind))}</ul>`;
}

function item(page: Page, kind: FindingKind): TemplateResult {
  const { example, code, count } = kind;
  const open = page.state.code === code;
  return html`<li class="finding finding-${kind.severity}">
    <p><strong>${typeset(example.what)}</strong></p>
    ${example.why ? html`<p>${typeset(example.why)}</p>` : nothing}
    ${example.remedy ? remedy(example.remedy) : nothing}
    <p class="quiet meta"><code>${code}</code> · ${maybe(`worksite.${kind.worksite}`, kind.worksite)}${count === 1 ? place(page, example) : nothing}</p>
    ${
      count > 1
        ? html`<button class="link-button" aria-expanded=${open} @click=${() => page.go({ code: open ? null : code, more: 0 })}>
            ${icon(open ? "up" : "down")} ${plural("findings.same", count, { n: number(count) })}</button>
          ${open ? same(page, kind) : nothing}`
        : nothing
    }
  </li>`;
}

/** The rows of one kind, as many as were asked for so far. */
function same(page: Page, kind: FindingKind): TemplateResult {
  const query = { ...asked(page.state), code: kind.code };
  const shown = Math.min(kind.count, MOST);
  const seen = Math.min(shown, STEP * (1 + Math.floor(page.state.more)));
  const pages = Array.from({ length: Math.ceil(seen / STEP) }, (_, i) =>
    ready(
      page,
      page.read<Findings>("api/findings", { ...query, limit: STEP, skip: i * STEP }),
      ({ rows }) =>
        html`${rows.map((row) => html`<li>${typeset(row.what)}${place(page, row)}</li>`)}`,
    ),
  );
  const more = () => page.go({ more: Math.floor(page.state.more) + 1 });
  return html`<ul class="plain">${pages}</ul>
    ${
      seen < kind.count
        ? html`<p class="quiet">${t("findings.seen", { n: number(seen), all: number(kind.count) })}
            ${seen < shown ? html`<button class="link-button" @click=${more}>${t("findings.next")}</button>` : nothing}
            <a class="link-button" href=${page.link("api/findings", { ...query, f: "csv" })} download>${icon("download")} CSV</a></p>`
        : nothing
    }`;
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
  return html`<p><span class="label">${t("finding.remedy")}</span> ${typeset(last ? plain.slice(0, -line.length) : plain)}</p>
    ${line ? command(line) : nothing}`;
}

function place(page: Page, row: Finding): TemplateResult | typeof nothing {
  const { table, entity } = row;
  if (!table) return nothing;
  const known = page.territory.tables.find((info) => info.name === table);
  // The entity may be a column, a raster layer or a file: only a row has a sheet.
  const column = entity ? attributesOf(page, table).get(entity) : undefined;
  const layer = page.territory.rasters.find((raster) => raster.layer === entity);
  if (!entity || !known?.geometry || column || layer) {
    const part = entity ? ` · ${column?.label || layer?.label || entity}` : "";
    return html` · ${tableLabel(page, table)}${part}`;
  }
  return html` · <button class="link-button" @click=${() => page.go({ sheet: { table, id: entity } })}>
    ${tableIcon(table)} ${known.label} ${entity}</button>`;
}
