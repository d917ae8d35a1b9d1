// SPDX-License-Identifier: EUPL-1.2
/** Données: where everything comes from, under which right, and how to take it away. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import { empty, ready } from "../components/states";
import { date, number } from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import type { Rows, Source, TableInfo } from "../types";

/** Tables that hold people's work; the others are the twin's own books. */
const BOOKS = [
  "run",
  "source",
  "raster_tile",
  "estimate",
  "effect",
  "finding",
  "indicator",
  "option",
];

export function data(page: Page): TemplateResult {
  const { territory } = page;
  const facts = territory.tables.filter((table) => table.count > 0 && !BOOKS.includes(table.name));
  return html`<section>
    <h2>${t("tab.data")}</h2>
    <p class="lede">${t("data.lede", { licence: territory.licence })}</p>
    <h3>${t("data.sources")}</h3>
    ${ready(page, page.read<Rows<Source>>("api/sources"), ({ rows }) =>
      rows.length
        ? html`<ul class="sources">${rows.map((source) => sourceItem(page, source))}</ul>`
        : empty(t("data.empty.title"), t("data.empty.text"), "jumeau add DIR FILE --as luminaire"),
    )}
    ${
      facts.length
        ? html`<h3>${t("data.tables")}</h3>
            <p class="quiet">${t("data.tables.help")}</p>
            <table class="table downloads">
              <thead><tr><th scope="col">${t("data.table")}</th><th scope="col" class="figure">${t("data.rows")}</th>
                <th scope="col">${t("data.download")}</th></tr></thead>
              <tbody>${facts.map((table) => tableRow(page, table))}</tbody>
            </table>`
        : nothing
    }
    <h3>${t("data.results")}</h3>
    <ul class="plain links">
      ${[
        ["indicators", "figures"],
        ["options", "decide.table"],
        ["findings", "tab.findings"],
        ["sources", "data.sources"],
      ].map(
        ([name, key]) => html`<li><span>${t(key as "figures")}</span>
          <a class="link-button" href=${page.link(`api/${name}`, { f: "csv" })} download>CSV</a>
          <a class="link-button" href=${page.link(`api/${name}`, { f: "parquet" })} download>Parquet</a></li>`,
      )}
    </ul>
    <h3>${t("data.api")}</h3>
    <p>${t("data.api.text")} <a href=${page.link("collections")}>/collections</a>, <a href="./openapi.json">openapi.json</a>.</p>
    ${history(page)}
    <p class="quiet meta">${t("data.software")} <a href="./licences.txt">${t("data.software.components")}</a>,
      <a href="./licence-typeface.txt">${t("data.software.typeface")}</a>.</p>
    <p class="quiet meta">Jumeau ${territory.code_version} · ${territory.crs}</p>
  </section>`;
}

export function sourceItem(page: Page, source: Source): TemplateResult {
  const table = page.territory.tables.find((info) => info.name === source.table);
  const raster = page.territory.rasters.find((info) => info.layer === source.table);
  const rows = source.rows ?? source.added;
  return html`<li class="source">
    <p><strong>${source.title || source.file}</strong></p>
    <dl class="facts">
      ${fact("source.file", html`<code>${source.file}</code>`)}
      ${source.publisher ? fact("source.publisher", source.publisher) : nothing}
      ${source.vintage ? fact("source.vintage", date(source.vintage)) : nothing}
      ${fact("source.licence", source.licence || t("source.licence.unknown"))}
      ${source.table ? fact("source.fills", `${table?.label ?? raster?.label ?? source.table}${typeof rows === "number" ? ` (${plural("rows", rows, { n: number(rows) })})` : ""}`) : nothing}
      ${source.imported_at ? fact("source.imported", date(source.imported_at, true)) : nothing}
      ${source.uri && /^https?:/.test(source.uri) ? fact("source.uri", html`<a href=${source.uri} rel="noreferrer">${source.uri}</a>`) : nothing}
      ${source.sha256 ? fact("source.sha256", html`<code class="sha">${source.sha256}</code>`) : nothing}
    </dl>
  </li>`;
}

function fact(key: Parameters<typeof t>[0], value: unknown): TemplateResult {
  return html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`;
}

function tableRow(page: Page, table: TableInfo): TemplateResult {
  const formats = table.geometry ? ["csv", "parquet", "geojson"] : ["csv", "parquet"];
  return html`<tr>
    <th scope="row">${table.label}</th>
    <td class="figure">${number(table.count)}</td>
    <td class="formats">${formats.map(
      (format) => html`<a class="link-button" download
        href=${page.link(`collections/${table.name}/items`, { f: format })}
        aria-label=${`${table.label}, ${format}`}>${format === "geojson" ? "GeoJSON" : format === "csv" ? "CSV" : "Parquet"}</a>`,
    )}</td>
  </tr>`;
}

/** The last versions of the twin; each can be looked at again. */
function history(page: Page): TemplateResult | typeof nothing {
  const versions = [...page.territory.versions].sort((a, b) => b.version - a.version);
  if (!versions.length) return nothing;
  return html`<h3>${t("data.history")}</h3>
    <p class="quiet">${t("data.history.help")}</p>
    <ol class="plain history">
      ${versions.map(
        (version, i) => html`<li>
          <button class="row-link" aria-current=${version.version === page.territory.version}
            @click=${() => page.go({ at: i === 0 ? null : String(version.version) })}>
            ${t("version.label", { n: version.version, date: date(version.time, true) })}</button>
          ${version.message ? html`<span class="range">${version.message}</span>` : nothing}
          ${version.version === page.territory.version ? html`<span class="chip">${icon("check")} ${t("version.shown")}</span>` : nothing}
        </li>`,
      )}
    </ol>`;
}
