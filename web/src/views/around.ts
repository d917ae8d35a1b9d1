// SPDX-License-Identifier: EUPL-1.2
/** What surrounds an asset on its sheet: neighbours, options, findings, files, history. */

import { html, nothing, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { why } from "../components/figure";
import { icon, tableIcon } from "../components/icons";
import { ready } from "../components/states";
import { clauses, date, inWords, number, quantity, typeset } from "../format";
import { maybe, plural, t } from "../i18n";
import type { Page } from "../page";
import type { Around, Change, Finding, Ref, Rows, Source, Tie } from "../types";
import { attributesOf, valueText } from "./fields";
import { remedy } from "./findings";
import { effectOf } from "./options";
import { messageText } from "./versions";

/** Options that concern the asset: what each would cost and bring, for all the assets it changes. */
export function concerned(page: Page, options: Around["options"]): TemplateResult | typeof nothing {
  if (!options.length) return nothing;
  return html`<h3>${t("sheet.options")}</h3>
    <p class="quiet">${t("sheet.options.help")}</p>
    <ul class="plain concerned">
      ${options.map((option) => {
        const saving = effectOf(option, "saving");
        return html`<li>
          <strong>${option.label}</strong>
          <span class="range">${clauses(
            [
              plural("sheet.option.assets", option.count, { n: number(option.count) }),
              option.capex_eur
                ? t("sheet.option.capex", { amount: quantity(option.capex_eur, "€") })
                : t("sheet.option.free"),
              saving ? t("sheet.option.saving", { amount: inWords(saving) }) : "",
            ].filter(Boolean),
          )}.${option.certain ? "" : ` ${t("sheet.option.unlisted")}`}</span>
          ${why(page, { table: "option", id: option.id }, option.label)}
        </li>`;
      })}
    </ul>
    <p class="actions"><button class="link-button strong" @click=${() => page.go({ tab: "decide", sheet: null })}>
      ${t("today.compare")} ${icon("arrow")}</button></p>`;
}

/** What the asset is tied to: one line a table, its first rows as links. */
export function ties(page: Page, related: Tie[], ref: Ref): TemplateResult | typeof nothing {
  if (!related.length) return nothing;
  return html`<h3>${t("sheet.related")}</h3>
    <dl class="facts related">${related.map(
      (tie) => html`<div>
      <dt>${tableIcon(tie.table)} ${tie.label}</dt>
      <dd>${tie.count > 1 ? html`<span class="range">${plural("rows", tie.count, { n: number(tie.count) })}</span>` : nothing}
        <span class="ties">${tieLinks(page, tie)}</span>
        ${tie.count > tie.rows.length ? html`<span class="quiet">${t("sheet.related.more")}</span>` : nothing}
        ${tie.known === "estimate" ? html`<span class="range supposed-note">${t("sheet.related.estimate")}</span>` : nothing}
        ${tie.known === "place" ? html`<span class="range">${t("sheet.related.place")}</span>` : nothing}
        ${tie.attribute && tie.known === "fact" && tie.count > 1 ? html`<a class="link-button" download href=${page.link(`collections/${tie.table}/items`, { f: "csv", [tie.attribute]: ref.id })}>${icon("download")} CSV</a>` : nothing}
      </dd></div>`,
    )}</dl>`;
}

function tieLinks(page: Page, tie: Tie): TemplateResult[] {
  return tie.rows.map(
    ({ label, id }) =>
      html`<button class="row-link" @click=${() => page.go({ sheet: { table: tie.table, id } })}>${label}</button> `,
  );
}

export function noted(rows: Finding[]): TemplateResult | typeof nothing {
  if (!rows.length) return nothing;
  return html`<h3>${t("tab.findings")}</h3>
    <ul class="findings">${rows.map(
      (
        row,
      ) => html`<li class="finding finding-${row.severity}"><p><strong>${typeset(row.what)}</strong></p>
        ${row.why ? html`<p>${typeset(row.why)}</p>` : nothing}
        ${row.remedy ? remedy(row.remedy) : nothing}<p class="quiet meta"><code>${row.code}</code></p></li>`,
    )}</ul>`;
}

/** Where the facts of the row come from, in one line. */
export function origin(sources: Source[]): TemplateResult | typeof nothing {
  const [source] = sources;
  if (!source) return nothing;
  return html`<p class="quiet meta">${t("sheet.source", {
    title: source.title || source.file,
    publisher: source.publisher || t("source.publisher.unknown"),
  })}${source.vintage ? ` ${t("sheet.vintage", { vintage: date(source.vintage) })}` : ""}${
    source.imported_at ? ` ${t("sheet.imported", { date: date(source.imported_at) })}` : ""
  }</p>`;
}

/** What changed in the row and when; each version can be looked at again. */
export function past(page: Page, ref: Ref): TemplateResult {
  const resource = page.read<Rows<Change>>(rowPath("api/history", ref.table, ref.id));
  return html`<h3>${t("sheet.history")}</h3>
    ${ready(
      page,
      resource,
      ({ rows }) =>
        rows.length
          ? html`<ol class="plain history">${rows.map((change) => step(page, ref, change))}</ol>`
          : html`<p class="quiet">${t("sheet.history.none")}</p>`,
      2,
    )}`;
}

function step(page: Page, ref: Ref, change: Change): TemplateResult {
  const attributes = attributesOf(page, ref.table);
  const text = (name: string, value: unknown) => valueText(attributes.get(name), value);
  const shown = change.version === page.territory.version;
  return html`<li><div>
    <strong>${maybe(`history.${change.kind}`, change.kind)}</strong>
    <span class="range">${change.time ? date(change.time, true) : nothing}
      ${change.message ? html` · ${messageText(page, change.message)}` : nothing}</span>
    ${change.moved ? html`<span class="range">${t("history.moved")}</span>` : nothing}
    ${change.changes.map(
      (item) =>
        html`<span class="range">${t("history.change", {
          label: item.label,
          before: text(item.attribute, item.before),
          after: text(item.attribute, item.after),
        })}</span>`,
    )}
    ${
      shown || change.kind === "delete"
        ? nothing
        : html`<button class="link-button" @click=${() => page.go({ at: String(change.version) })}>${t("history.see")}</button>`
    }</div></li>`;
}
