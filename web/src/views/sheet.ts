// SPDX-License-Identifier: EUPL-1.2
/** A sheet: one asset, what is known of it, what is supposed, what it costs. */

import { html, nothing, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { why } from "../components/figure";
import { icon, tableIcon } from "../components/icons";
import { ready } from "../components/states";
import { any, hasInterval, interval, quantity } from "../format";
import { maybe, t } from "../i18n";
import type { Page } from "../page";
import type { Entity, Estimate, Ref } from "../types";
import { attributesOf } from "./fields";
import { plain } from "./lighting";

/** Columns that serve the machine, or that the sheet shows otherwise. */
const QUIET = new Set(["id", "geometry", "xmin", "ymin", "xmax", "ymax", "source_id"]);

export function sheet(page: Page, ref: Ref): TemplateResult {
  const resource = page.read<Entity>(rowPath("api/entity", ref.table, ref.id));
  return html`<article class="sheet" aria-labelledby="sheet-title">
    <button class="link-button back" @click=${() => page.go({ sheet: null })}>
      ${icon("back")} ${t("sheet.back", { tab: t(`tab.${page.state.tab}`) })}
    </button>
    ${ready(page, resource, (entity) => body(page, ref, entity), 8)}
  </article>`;
}

function body(page: Page, ref: Ref, entity: Entity): TemplateResult {
  const info = page.territory.tables.find((table) => table.name === ref.table);
  const attributes = attributesOf(page, ref.table);
  const estimates = new Map(
    (entity.estimates ?? []).map((estimate) => [estimate.attribute, estimate]),
  );
  const names = [
    ...new Set([...attributes.keys(), ...Object.keys(entity.row), ...estimates.keys()]),
  ].filter((name) => !QUIET.has(name));
  const known = names.filter((name) => !isMissing(entity.row[name]));
  const supposed = names.filter((name) => isMissing(entity.row[name]) && estimates.has(name));
  const missing = names.filter((name) => isMissing(entity.row[name]) && !estimates.has(name));
  const label = (name: string): string =>
    attributes.get(name)?.label ?? maybe(`attribute.${name}`, name);
  const unit = (name: string): string => attributes.get(name)?.unit ?? "";
  return html`<header class="sheet-head">
      <p class="card-lead">${tableIcon(ref.table)} ${maybe(`one.${ref.table}`, info?.label ?? ref.table)}</p>
      <h2 id="sheet-title" tabindex="-1">${entity.label || ref.id}</h2>
    </header>
    ${
      entity.indicators?.length
        ? html`<h3>${t("sheet.indicators")}</h3>${plain(page, entity.indicators)}`
        : nothing
    }
    <h3>${t("sheet.facts")}</h3>
    ${
      known.length
        ? html`<dl class="facts">${known.map((name) => fact(label(name), codeLabel(name, entity.row[name], unit(name))))}</dl>`
        : html`<p class="quiet">${t("sheet.no_facts")}</p>`
    }
    ${
      supposed.length
        ? html`<h3>${t("sheet.estimates")}</h3>
            <p class="quiet">${t("sheet.estimates.help")}</p>
            <dl class="facts facts-estimated">
              ${supposed.map((name) => supposition(label(name), estimates.get(name) as Estimate, unit(name)))}
            </dl>`
        : nothing
    }
    ${missing.length ? html`<p class="quiet">${t("sheet.missing")} ${missing.map(label).join(", ")}.</p>` : nothing}
    <p class="actions">
      ${why(page, ref, entity.label, false, t("why.row"))}
      <button class="link-button" @click=${() => print()}>${icon("print")} ${t("print")}</button>
    </p>
    <p class="quiet meta">${t("sheet.id")} <code>${ref.table}/${ref.id}</code></p>`;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || Number.isNaN(value);
}

/** Codes of the schema in words. */
function codeLabel(name: string, value: unknown, unit = ""): string {
  if (name === "lamp_type") return maybe(`lamp.${value}`, String(value));
  return any(value, unit);
}

/** What was supposed, when it is no number: its code in words. */
export function supposedText({ attribute, text, text_label }: Estimate): string {
  return attribute === "lamp_type" ? codeLabel(attribute, text) : text_label || text || "";
}

function fact(label: string, value: unknown): TemplateResult {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

function supposition(label: string, estimate: Estimate, unit: string): TemplateResult {
  const figure = {
    value: estimate.value,
    low: estimate.low ?? null,
    high: estimate.high ?? null,
    unit: estimate.unit ?? unit,
  };
  const value = estimate.text
    ? supposedText(estimate)
    : hasInterval(figure)
      ? interval(figure)
      : quantity(figure.value, figure.unit);
  return html`<div>
    <dt>${label}</dt>
    <dd><strong class="supposed">${value}</strong>${
      estimate.text || figure.value === null || !hasInterval(figure)
        ? nothing
        : html` <span class="quiet">${t("sheet.central", { value: quantity(figure.value, figure.unit) })}</span>`
    }
      ${estimate.method ? html`<span class="range">${estimate.method}</span>` : nothing}</dd>
  </div>`;
}
