// SPDX-License-Identifier: EUPL-1.2
/** Streets beside their lighting class: how many conform, and the first that do not. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import { number } from "../format";
import { maybe, plural, t } from "../i18n";
import type { Page } from "../page";
import type { Roads, RoadVerdict } from "../types";
import { said } from "./road";

/** Streets listed; all of them are in the file beside. */
const FIRST = 10;
const VERDICTS: readonly RoadVerdict[] = ["conform", "not_conform", "not_computable", "none"];

/** The streets of the territory; nothing while none has a class or a figure. */
export function roads(page: Page): TemplateResult | typeof nothing {
  const run = page.territory.worksites.find(({ name }) => name === "lighting")?.last_run;
  if (!run) return nothing;
  const resource = page.read<Roads>("api/roads", { verdict: "not_conform", limit: FIRST });
  if (resource.status !== "ok") return nothing;
  const { counts, procedure, rows } = resource.value;
  if (!VERDICTS.some((name) => counts[name])) return nothing;
  const title = t("roads.title", { procedure });
  return html`<h3>${title}</h3>
    <ul class="plain road-counts">${VERDICTS.filter((name) => counts[name]).map(
      (name) =>
        html`<li>${said(name, plural(`roads.${name}`, counts[name], { n: number(counts[name]) }))}</li>`,
    )}</ul>
    ${rows.length ? table(page, rows) : nothing}
    <p class="actions">
      ${counts.not_computable ? html`<button class="link-button" @click=${() => page.go({ tab: "findings", about: "street", origin: "lighting" })}>${t("roads.why")} ${icon("arrow")}</button>` : nothing}
      <a class="link-button" download aria-label=${`CSV, ${title}`}
      href=${page.link("api/roads", { f: "csv" })}>${icon("download")} CSV</a></p>`;
}

function table(page: Page, rows: Roads["rows"]): TemplateResult {
  return html`<table class="table">
    <caption>${t("roads.first")}</caption>
    <thead><tr>
      <th scope="col">${maybe("one.street", "")}</th><th scope="col">${t("roads.class")}</th><th scope="col">${t("roads.fails")}</th>
    </tr></thead>
    <tbody>${rows.map(
      ({ id, label, lighting_class, class_estimated, failing, certain }) => html`<tr>
        <th scope="row"><button class="row-link" @click=${() => page.go({ sheet: { table: "street", id } })}>${label}</button></th>
        <td>${class_estimated ? t("roads.class.proposed", { name: lighting_class ?? "" }) : lighting_class}</td>
        <td>${failing
          .split(" ")
          .map((name) => maybe(`road.q.${name}`, name))
          .join(
            ", ",
          )}${certain ? nothing : html`<span class="range">${t("road.uncertain")}</span>`}</td>
      </tr>`,
    )}</tbody>
  </table>`;
}
