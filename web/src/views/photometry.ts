// SPDX-License-Identifier: EUPL-1.2
/** How a lamp spreads its light, on its sheet: the polar curve, and what it is worth. */

import { html, nothing, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { icon } from "../components/icons";
import { polar } from "../components/polar";
import { ready } from "../components/states";
import { number, percent, quantity, typeset } from "../format";
import { maybe, t } from "../i18n";
import type { Page } from "../page";
import type { Photometry, Ref } from "../types";

const TABLES = new Set(["luminaire", "photometry"]);
/** Flux codes and dimensions that say nothing by themselves are written with this between. */
const APART = " · ";

/** The photometry of a lamp or of a maker's file; nothing for the other tables. */
export function photometry(page: Page, ref: Ref): TemplateResult | typeof nothing {
  if (!TABLES.has(ref.table)) return nothing;
  const path = rowPath("api/photometry", ref.table, ref.id);
  const resource = page.read<Photometry>(path);
  return ready(page, resource, (curve) =>
    curve.reason === "none" ? nothing : drawn(page, path, curve),
  );
}

function drawn(page: Page, path: string, curve: Photometry): TemplateResult {
  return html`<section class="photometry" aria-labelledby="photometry-title">
    <h3 id="photometry-title">${t("photometry.title")}</h3>
    ${
      curve.planes.length
        ? html`${polar(curve, named(curve))}
          ${curve.generic ? html`<p class="supposed-note">${t("photometry.generic", { spread: percent(curve.spread ?? 0) })}</p>` : nothing}
          <dl class="facts">${facts(curve).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
          <p class="actions"><a class="link-button" download aria-label=${`CSV, ${t("photometry.title")}`}
            href=${page.link(path, { f: "csv" })}>${icon("download")} CSV</a></p>`
        : html`<p>${curve.reason === "label" ? t("photometry.label", { name: curve.detail }) : t("photometry.unreadable", { name: curve.file ?? "" })}</p>
          ${curve.reason === "unreadable" && curve.detail ? html`<p class="quiet">${typeset(curve.detail)}</p>` : nothing}`
    }
  </section>`;
}

/** The name of the distribution: that of the file, or the family it is supposed from. */
function named({ generic, name, file, lamp_type }: Photometry): string {
  const type = lamp_type ?? "";
  const family = t("photometry.family", { type: maybe(`lamp.${type}`, type) });
  return [generic ? family : name, file].filter(Boolean).join(APART);
}

function facts(curve: Photometry): [string, string][] {
  const size = curve.luminous_size?.some(Boolean)
    ? curve.luminous_size.map((side) => quantity(side, "m")).join(" × ")
    : "";
  const all: [string, string][] = [
    [t("photometry.flux"), curve.flux_lm ? quantity(curve.flux_lm, "lm") : ""],
    [t("photometry.lor"), curve.lor === null ? "" : percent(curve.lor)],
    [t("photometry.ulr"), curve.ulr === null ? "" : percent(curve.ulr)],
    [t("photometry.codes"), curve.flux_codes?.map((code) => number(code, 1)).join(APART) ?? ""],
    [t("photometry.size"), size],
    [t("photometry.format"), curve.format ?? ""],
    [t("photometry.sha"), curve.sha256?.slice(0, 12) ?? ""],
  ];
  return all.filter(([, value]) => value);
}
