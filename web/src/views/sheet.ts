// SPDX-License-Identifier: EUPL-1.2
/** A sheet: one asset, what is known of it, what is supposed, what it costs, what surrounds it. */

import { html, nothing, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { why } from "../components/figure";
import { icon, tableIcon } from "../components/icons";
import { ready } from "../components/states";
import { term } from "../components/term";
import { hasInterval, interval, inWords, quantity, typeset } from "../format";
import { maybe, t } from "../i18n";
import type { Page } from "../page";
import { METRICS } from "../state";
import type { Around, Attribute, Entity, Estimate, Explanation, Option, Ref, Rows } from "../types";
import { ELEMENTS } from "../water";
import { concerned, noted, origin, past, ties } from "./around";
import { energy, energyOf, meters } from "./building";
import { element, waterOf } from "./element";
import { links } from "./explain";
import { attributesOf, inText, valueText } from "./fields";
import { leakSheet, leakTitle } from "./leak";
import { plain } from "./lighting";
import { effectOf } from "./options";
import { photometry } from "./photometry";
import { PREFIX, road, roadOf, toldBy } from "./road";
import { sentence } from "./sentence";

/** Columns that serve the machine, or that the sheet shows otherwise. */
const QUIET = new Set([
  "id",
  "geometry",
  "xmin",
  "ymin",
  "xmax",
  "ymax",
  "source_id",
  "run_id",
  // The whole of a photometric file, or of a network's: what it says is drawn.
  "content",
  "document",
  "options",
  "times",
  "controls",
  "rules",
  "patterns",
  "curves",
  "transform",
  "demands",
  // Of a leak: its zone and its days are drawn.
  "zone",
  "state",
]);

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
  const surroundings = page.read<Around>(rowPath("api/around", ref.table, ref.id));
  const around = surroundings.status === "ok" ? surroundings.value : null;
  const said = sentence({ table: ref.table, entity, attributes, around });
  const told = toldBy(roadOf(page, ref));
  return html`<header class="sheet-head">
      <p class="card-lead">${tableIcon(ref.table)} ${maybe(`one.${ref.table}`, info?.label ?? ref.table)}</p>
      <h2 id="sheet-title" tabindex="-1">${ref.table === "leak" ? leakTitle(entity) : entity.label || ref.id}</h2>
    </header>
    ${said ? html`<p class="lede sheet-sentence">${said}</p>` : nothing}
    ${ref.table === "option" ? optionResults(page, ref) : nothing}
    ${road(page, ref, entity)}
    ${energy(page, ref, entity, attributes)}
    ${element(page, ref, entity)}
    ${leakSheet(page, ref)}
    ${results(page, ref, entity)}
    ${photometry(page, ref)}
    ${meters(page, ref)}
    ${known(entity, attributes, around)}
    ${supposed(entity, attributes)}
    ${missing(entity, attributes)}
    <p class="actions">
      ${why(page, ref, entity.label, false, t("why.row"))}
      <button class="link-button" @click=${() => print()}>${icon("print")} ${t("print")}</button>
      <a class="link-button" download href=${page.link(`collections/${ref.table}/items`, { f: "csv", id: ref.id })}>${icon("download")} CSV</a>
      ${
        entity.geometry
          ? html`<a class="link-button" download href=${page.link(`${rowPath("collections", ref.table, "items")}/${encodeURIComponent(ref.id)}`, { f: "geojson" })}>${icon("download")} GeoJSON</a>`
          : nothing
      }
    </p>
    ${ready(
      page,
      surroundings,
      ({ related, options, findings }) =>
        html`${concerned(page, options)}${ties(page, related, ref)}${noted(findings.filter(({ code }) => !told.has(code)))}`,
    )}
    ${ref.table === "building" ? publishers(page, ref) : nothing}
    ${past(page, ref)}
    <p class="quiet meta">${t("sheet.id")} <code>${ref.table}/${ref.id}</code></p>`;
}

function results(page: Page, ref: Ref, entity: Entity): TemplateResult | typeof nothing {
  const apart = new Set([...energyOf(entity), ...(ELEMENTS.has(ref.table) ? waterOf(entity) : [])]);
  const rest = (entity.indicators ?? []).filter(
    (row) => !apart.has(row) && !row.indicator.startsWith(PREFIX),
  );
  if (!rest.length) return nothing;
  return html`<h3>${t("sheet.indicators")}</h3>${plain(page, rest)}`;
}

/** What an option is and brings: its description, then one line a measure. */
function optionResults(page: Page, ref: Ref): TemplateResult | typeof nothing {
  const resource = page.read<Rows<Option>>("api/options");
  return ready(page, resource, ({ rows }) => {
    const option = rows.find((row) => row.id === ref.id);
    if (!option) return nothing;
    return html`${option.description ? html`<p class="sheet-sentence">${typeset(option.description)}</p>` : nothing}
      <h3>${t("why.effects")}</h3>
      <dl class="facts">${METRICS.map((metric) => {
        const figure = effectOf(option, metric);
        return html`<div><dt>${term(t(`metric.${metric}`))}</dt>
          <dd>${figure ? inWords(figure) : t(`metric.${metric}.none`)}</dd></div>`;
      })}</dl>
      <p class="actions">${why(page, ref, option.label)}</p>`;
  });
}

/** The attributes of the row in the schema's order, but those of the machine. */
function names(entity: Entity, attributes: Map<string, Attribute>): string[] {
  const estimated = (entity.estimates ?? []).map((estimate) => estimate.attribute);
  return [...new Set([...attributes.keys(), ...Object.keys(entity.row), ...estimated])].filter(
    (name) => !QUIET.has(name),
  );
}

const labelOf = (attributes: Map<string, Attribute>, name: string): string =>
  attributes.get(name)?.label ?? maybe(`attribute.${name}`, name);

function known(
  entity: Entity,
  attributes: Map<string, Attribute>,
  around: Around | null,
): TemplateResult {
  const facts = names(entity, attributes).filter((name) => !isMissing(entity.row[name]));
  return html`<h3>${t("sheet.facts")}</h3>
    ${around ? origin(around.sources) : nothing}
    ${
      facts.length
        ? html`<dl class="facts">${facts.map(
            (name) =>
              html`<div><dt>${term(labelOf(attributes, name))}</dt><dd>${
                tiedName(around, name) ?? valueText(attributes.get(name), entity.row[name])
              }</dd></div>`,
          )}</dl>`
        : html`<p class="quiet">${t("sheet.no_facts")}</p>`
    }`;
}

/** A row designated by its identifier is shown by its name. */
function tiedName(around: Around | null, name: string): string | undefined {
  return around?.related.find((tie) => tie.attribute === name && tie.count === 1)?.rows[0]?.label;
}

function supposed(
  entity: Entity,
  attributes: Map<string, Attribute>,
): TemplateResult | typeof nothing {
  const mine = (entity.estimates ?? []).filter((item) => isMissing(entity.row[item.attribute]));
  if (!mine.length) return nothing;
  return html`<h3>${t("sheet.estimates")}</h3>
    <p class="quiet">${t("sheet.estimates.help")}</p>
    <dl class="facts facts-estimated">
      ${mine.map((item) =>
        supposition(
          labelOf(attributes, item.attribute),
          item,
          attributes.get(item.attribute)?.unit ?? "",
        ),
      )}
    </dl>`;
}

function missing(
  entity: Entity,
  attributes: Map<string, Attribute>,
): TemplateResult | typeof nothing {
  const estimated = new Set((entity.estimates ?? []).map((estimate) => estimate.attribute));
  const unknown = names(entity, attributes).filter(
    (name) => isMissing(entity.row[name]) && !estimated.has(name),
  );
  if (!unknown.length) return nothing;
  const list = unknown.map((name) => inText(labelOf(attributes, name))).join(", ");
  return html`<p class="quiet">${t("sheet.missing")} ${list}.</p>`;
}

/** What each publisher says of the same building. */
function publishers(page: Page, ref: Ref): TemplateResult | typeof nothing {
  const resource = page.read<Explanation>(rowPath("api/explain", ref.table, ref.id));
  return resource.status === "ok" && resource.value.links?.length
    ? links(resource.value.links)
    : nothing;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || Number.isNaN(value);
}

/** What was supposed, when it is no number: its code in words. */
export function supposedText({ attribute, text, text_label }: Estimate): string {
  if (attribute === "lamp_type") return maybe(`lamp.${text}`, text_label || text || "");
  return text_label || text || "";
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
    <dt>${term(label)}</dt>
    <dd><strong class="supposed">${value}</strong>${
      estimate.text || figure.value === null || !hasInterval(figure)
        ? nothing
        : html` <span class="quiet">${t("sheet.central", { value: quantity(figure.value, figure.unit) })}</span>`
    }
      ${estimate.method ? html`<span class="range">${estimate.method}</span>` : nothing}</dd>
  </div>`;
}
