// SPDX-License-Identifier: EUPL-1.2
/** Données: where everything comes from, under which right, and how to take it away. */

import { html, nothing, type TemplateResult } from "lit";
import { command } from "../components/command";
import { icon } from "../components/icons";
import { empty, ready } from "../components/states";
import { date, number } from "../format";
import { type Key, plural, t } from "../i18n";
import type { Page } from "../page";
import type { Rows, Source, TableInfo } from "../types";
import { completeness } from "./completeness";
import { versions } from "./versions";

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
  "building_link",
];
/** Sources shown before the reader asks for all of them. */
const FEW = 8;
/** Sources that the page unfolds; all are in the file. */
const MOST = 200;

export function data(page: Page): TemplateResult {
  const { territory } = page;
  const tables = territory.tables.filter((table) => table.count > 0 && !BOOKS.includes(table.name));
  return html`<section>
    <h2>${t("tab.data")}</h2>
    <p class="lede">${t("data.lede", { licence: territory.licence })}</p>
    <h3>${t("data.sources")}</h3>
    ${ready(page, page.read<Rows<Source>>("api/sources"), ({ rows }) =>
      rows.length
        ? sources(page, rows)
        : empty(t("data.empty.title"), t("data.empty.text"), "jumeau add DIR FILE --as luminaire"),
    )}
    ${page.territory.bounds ? completeness(page) : nothing}
    ${
      tables.length
        ? html`<h3>${t("data.tables")}</h3>
            <p class="quiet">${t("data.tables.help")}</p>
            <table class="table downloads">
              <thead><tr><th scope="col">${t("data.table")}</th><th scope="col" class="figure">${t("data.rows")}</th>
                <th scope="col">${t("data.download")}</th></tr></thead>
              <tbody>${tables.map((table) => tableRow(page, table))}</tbody>
            </table>`
        : nothing
    }
    <h3>${t("data.results")}</h3>
    <ul class="plain links">
      ${(
        [
          ["indicators", "figures"],
          ["options", "decide.table"],
          ["findings", "tab.findings"],
          ["sources", "data.sources"],
          ["completeness", "data.completeness"],
        ] as const
      ).map(
        ([name, key]) => html`<li><span>${t(key)}</span>
          ${["csv", "parquet", "json"].map(
            (format) =>
              html`<a class="link-button" download href=${page.link(`api/${name}`, { f: format })}
                aria-label=${`${t(key)}, ${format}`}>${FORMATS[format]}</a>`,
          )}</li>`,
      )}
    </ul>
    <h3>${t("data.api")}</h3>
    <p>${t("data.api.text")}</p>
    <ul class="plain links">
      ${api("", "data.api.landing")} ${api("collections", "data.api.collections")}
      ${api("collections/catalogue", "data.api.records")} ${api("stac", "data.api.stac")}
      ${api("openapi.json", "data.api.openapi")}
    </ul>
    <h4>QGIS</h4>
    <p>${t("data.qgis.text")}</p>
    ${command(document.baseURI.replace(/[?#].*$/, ""))}
    <p class="quiet">${t("data.qgis.export")}</p>
    ${command("jumeau export DIR --qgis")}
    ${versions(page)}
    <p class="quiet meta">${t("data.software")} <a href="./licences.txt">${t("data.software.components")}</a>,
      <a href="./licence-typeface.txt">${t("data.software.typeface")}</a>.</p>
    <p class="quiet meta">Jumeau ${territory.code_version} · ${territory.crs}</p>
  </section>`;
}

/** How formats are written. */
const FORMATS: Record<string, string> = {
  csv: "CSV",
  parquet: "Parquet",
  geojson: "GeoJSON",
  fgb: "FlatGeobuf",
  json: "JSON",
};

function api(path: string, key: Key): TemplateResult {
  return html`<li><span>${t(key)}</span> <a href=${`./${path}${path === "" ? "?f=json" : ""}`}>/${path}</a></li>`;
}

/** The latest sources, and the others folded: a département has hundreds of files. */
function sources(page: Page, rows: Source[]): TemplateResult {
  const others = rows.slice(FEW);
  return html`<p>${plural("data.sources.count", rows.length, { n: number(rows.length) })}
      <a class="link-button" href=${page.link("api/sources", { f: "csv" })} download>${icon("download")} CSV</a></p>
    <ul class="sources">${rows.slice(0, FEW).map((source) => folded(page, source))}</ul>
    ${
      others.length
        ? html`<details><summary>${plural("data.sources.others", others.length, { n: number(others.length) })}</summary>
            <ul class="sources">${others.slice(0, MOST).map((source) => folded(page, source))}</ul>
            ${others.length > MOST ? html`<p class="quiet">${t("findings.rest", { n: number(others.length - MOST) })}</p>` : nothing}
          </details>`
        : nothing
    }`;
}

/** A source in one line, its facts behind it. */
function folded(page: Page, source: Source): TemplateResult {
  const parts = [
    source.publisher || t("source.publisher.unknown"),
    source.vintage ? date(source.vintage) : "",
    source.licence || t("source.licence.unknown"),
  ];
  return html`<li class="source"><details>
    <summary><strong>${source.title || source.file}</strong>
      <span class="range">${parts.filter(Boolean).join(" · ")}</span></summary>
    ${facts(page, source)}
  </details></li>`;
}

export function sourceItem(page: Page, source: Source): TemplateResult {
  return html`<li class="source">
    <p><strong>${source.title || source.file}</strong></p>
    ${facts(page, source)}
  </li>`;
}

function facts(page: Page, source: Source): TemplateResult {
  const table = page.territory.tables.find((info) => info.name === source.table);
  const raster = page.territory.rasters.find((info) => info.layer === source.table);
  const rows = source.rows ?? source.added;
  return html`<dl class="facts">
      ${fact("source.file", html`<code>${source.file}</code>`)}
      ${source.publisher ? fact("source.publisher", source.publisher) : nothing}
      ${source.vintage ? fact("source.vintage", date(source.vintage)) : nothing}
      ${fact("source.licence", source.licence || t("source.licence.unknown"))}
      ${source.table ? fact("source.fills", `${table?.label ?? raster?.label ?? source.table}${typeof rows === "number" ? ` (${plural("rows", rows, { n: number(rows) })})` : ""}`) : nothing}
      ${source.imported_at ? fact("source.imported", date(source.imported_at, true)) : nothing}
      ${source.uri && /^https?:/.test(source.uri) ? fact("source.uri", html`<a href=${source.uri} rel="noreferrer">${source.uri}</a>`) : nothing}
      ${source.sha256 ? fact("source.sha256", html`<code class="sha">${source.sha256}</code>`) : nothing}
    </dl>`;
}

function fact(key: Parameters<typeof t>[0], value: unknown): TemplateResult {
  return html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`;
}

function tableRow(page: Page, table: TableInfo): TemplateResult {
  const formats = table.geometry ? ["csv", "parquet", "geojson", "fgb"] : ["csv", "parquet"];
  return html`<tr>
    <th scope="row">${table.label}</th>
    <td class="figure">${number(table.count)}</td>
    <td class="formats">${formats.map(
      (format) => html`<a class="link-button" download
        href=${page.link(`collections/${table.name}/items`, { f: format })}
        aria-label=${`${table.label}, ${FORMATS[format]}`}>${FORMATS[format]}</a>`,
    )}</td>
  </tr>`;
}
