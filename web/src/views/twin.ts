// SPDX-License-Identifier: EUPL-1.2
/** The table twin of the map: the rows of any layer shown, facts and estimates apart. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Resource } from "../api";
import { icon } from "../components/icons";
import { nameOf } from "../components/layers";
import "../components/dialog";
import { empty, ready } from "../components/states";
import { any, hasInterval, interval, number, quantity } from "../format";
import { maybe, plural, t } from "../i18n";
import { filterOf } from "../map/draw";
import { layersOf, type MapLayer, tablesShown } from "../map/registry";
import type { Page } from "../page";
import { EXTENTS, type Extent } from "../state";
import type { Attribute, Bounds, Estimate } from "../types";
import { attributesOf } from "./fields";

const ROWS = 100;
/** Columns that serve the machine. */
const QUIET = new Set(["id", "geometry", "source_id", "run_id"]);

type Query = Record<string, string | number>;

interface Feature {
  id?: string | number;
  properties: Record<string, unknown>;
}

interface Items {
  features: Feature[];
  numberMatched?: number;
  links?: { rel: string; href: string }[];
}

interface Supposed extends Estimate {
  entity: string;
}

export function tableTwin(page: Page, bounds: Bounds | null): TemplateResult {
  return html`<ju-dialog
    .kicker=${t("twin.kicker")}
    .heading=${t("twin.title")}
    .onClose=${() => page.go({ table: null, sort: null })}
    .body=${twinBody(page, bounds)}
  ></ju-dialog>`;
}

/** The table alone, where there is no map to lay it over. */
export function twinBody(page: Page, bounds: Bounds | null): TemplateResult {
  return html`<ju-twin .page=${page} .bounds=${bounds}></ju-twin>`;
}

/** The tables offered: those shown on the map; the one asked for, even when it is not. */
function offered(page: Page): MapLayer[] {
  const { state, territory } = page;
  const shown = tablesShown(state, territory);
  const asked = layersOf(territory).find(({ name }) => name === state.table);
  return !asked || shown.some(({ name }) => name === asked.name) ? shown : [asked, ...shown];
}

/** What the rows are limited to: the query that says it. */
function limits(page: Page, bounds: Bounds | null): { within: Extent; query: Query } {
  const { area, within } = page.state;
  if (within === "area" && area) return { within, query: { filter: filterOf(area) } };
  if (within === "all" || !bounds) return { within: "all", query: {} };
  return { within: "view", query: { bbox: bounds.map((x) => x.toFixed(6)).join(",") } };
}

export class JuTwin extends LitElement {
  static override properties = {
    page: { attribute: false },
    bounds: { attribute: false },
    tokens: { state: true },
  };
  declare page: Page;
  declare bounds: Bounds | null;
  /** Tokens of the pages gone through, to go back. */
  declare tokens: readonly Query[];
  private about = "";
  /** What was shown last: it stays while other rows of the same table are on their way. */
  private last: { table: string; items: Items; supposed: Map<string, Supposed> } | null = null;

  constructor() {
    super();
    this.bounds = null;
    this.tokens = [];
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(_: PropertyValues): void {
    const { table, sort, within, area, at } = this.page.state;
    const about = JSON.stringify([table, sort, within, area, at, this.bounds]);
    if (about !== this.about) this.tokens = [];
    this.about = about;
  }

  protected override render(): TemplateResult {
    const { page, bounds } = this;
    const tables = offered(page);
    const layer = tables.find(({ name }) => name === page.state.table) ?? tables[0];
    if (!layer) return empty(t("twin.none.title"), t("twin.none.text"));
    const { within, query } = limits(page, bounds);
    const { sort } = page.state;
    const sorted: Query = sort ? { sortby: sort } : {};
    const asked: Query = {
      limit: ROWS,
      "skip-geometry": "true",
      ...query,
      ...sorted,
      ...(within === "all" ? {} : { count: "true" }),
      ...this.tokens.at(-1),
    };
    const path = `collections/${layer.name}/items`;
    const csv = page.link(path, { f: "csv", ...query, ...sorted });
    return html`<div class="twin-head">
        ${this.choices(tables, layer)} ${this.extents(within)}
        <a class="link-button" download href=${csv}>${icon("download")} ${t("twin.csv")}</a>
      </div>
      ${this.content(layer, page.read<Items>(path, asked), within)}`;
  }

  private content(layer: MapLayer, resource: Resource<Items>, within: Extent) {
    const supposed = resource.status === "ok" ? this.estimates(layer, resource.value) : null;
    if (resource.status === "ok" && supposed)
      this.last = { table: layer.name, items: resource.value, supposed };
    const { last } = this;
    if (resource.status === "failed" || last?.table !== layer.name) {
      const waiting: Resource<Items> = resource.status === "ok" ? { status: "loading" } : resource;
      return ready(this.page, waiting, () => nothing, 10);
    }
    const busy = !(resource.status === "ok" && supposed);
    return this.rows(layer, last.items, last.supposed, within, busy);
  }

  private choices(tables: MapLayer[], chosen: MapLayer): TemplateResult {
    return html`<label class="choice">${t("twin.table")}
      <select @change=${(event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        this.page.go({ table: value, sort: null });
      }}>${tables.map((layer) => html`<option value=${layer.name} ?selected=${layer === chosen}>${nameOf(layer)}</option>`)}</select>
    </label>`;
  }

  private extents(within: Extent): TemplateResult {
    const possible = EXTENTS.filter(
      (extent) =>
        extent === "all" || (extent === "view" ? this.bounds !== null : this.page.state.area),
    );
    return html`<fieldset class="segments segments-small">
      <legend class="hidden-text">${t("twin.within")}</legend>
      ${possible.map(
        (extent) => html`<label><input type="radio" name="within" .checked=${within === extent}
          @change=${() => this.page.go({ within: extent })} /><span>${t(`twin.within.${extent}`)}</span></label>`,
      )}
    </fieldset>`;
  }

  private rows(
    layer: MapLayer,
    items: Items,
    supposed: Map<string, Supposed>,
    within: Extent,
    busy: boolean,
  ): TemplateResult {
    const { page } = this;
    const { features } = items;
    if (!features.length) return empty(t("twin.empty.title"), t("twin.empty.text"));
    const attributes = [...attributesOf(page, layer.name).values()].filter(
      ({ name }) =>
        !QUIET.has(name) &&
        (features.some(({ properties }) => !isMissing(properties[name])) ||
          supposed.has(`*/${name}`)),
    );
    const label = nameOf(layer);
    return html`<p role="status">${this.position(layer, items, within)}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${label} aria-busy=${busy}>
        <table class="table twin">
          <caption class="hidden-text">${label}</caption>
          <thead><tr><th scope="col">${t("sheet.id")}</th>${attributes.map((attribute) => this.head(attribute))}</tr></thead>
          <tbody>${features.map((feature) => this.row(layer, feature, attributes, supposed))}</tbody>
        </table>
      </div>
      ${supposed.size ? html`<p class="quiet">${t("twin.supposed")}</p>` : nothing}
      ${this.pager(items)}
      ${attributes.length < 2 ? html`<p class="quiet">${t("twin.sparse")}</p>` : nothing}`;
  }

  private position(layer: MapLayer, items: Items, within: Extent): string {
    const info = this.page.territory.tables.find(({ name }) => name === layer.name);
    const total = within === "all" && !this.page.state.at ? info?.count : items.numberMatched;
    const from = this.tokens.length * ROWS + 1;
    const to = from + items.features.length - 1;
    if (total === undefined) return t("twin.rows", { from: number(from), to: number(to) });
    if (total === items.features.length) return plural("twin.all", total);
    return t("twin.rows.of", { from: number(from), to: number(to), n: number(total) });
  }

  /** A column: its name, its unit, and the order of its values when it is pressed. */
  private head({ name, label, unit, type }: Attribute): TemplateResult {
    const { sort } = this.page.state;
    const [up, down] = [sort === name, sort === `-${name}`];
    const order = up ? "ascending" : down ? "descending" : "none";
    const text = html`${label}${unit ? html` <span class="unit">(${maybe(`unit.${unit}`, unit)})</span>` : nothing}`;
    if (type === "json") return html`<th scope="col">${text}</th>`;
    return html`<th scope="col" aria-sort=${order}><button class="sort" title=${t("twin.sort")}
      @click=${() => this.page.go({ sort: up ? `-${name}` : down ? null : name })}>${text}
      ${up ? icon("up") : down ? icon("down") : nothing}</button></th>`;
  }

  private row(
    layer: MapLayer,
    { id, properties }: Feature,
    attributes: Attribute[],
    supposed: Map<string, Supposed>,
  ): TemplateResult {
    const own = String(id ?? properties.id ?? "");
    const open = () =>
      this.page.go({ table: null, sort: null, sheet: { table: layer.name, id: own } });
    return html`<tr>
      <th scope="row"><button class="row-link" @click=${open}>${own}</button></th>
      ${attributes.map((attribute) => {
        const value = properties[attribute.name];
        const estimate = supposed.get(`${own}/${attribute.name}`);
        const figure = typeof value === "number" || typeof estimate?.value === "number";
        return html`<td class=${figure ? "figure" : ""}>${
          isMissing(value) && estimate ? guess(estimate, attribute) : cell(value, attribute)
        }</td>`;
      })}
    </tr>`;
  }

  /** What was supposed of the rows shown: row/attribute → estimate, and "*\/attribute" for any;
   * null until they are known: columns do not come one after the other. */
  private estimates(layer: MapLayer, { features }: Items): Map<string, Supposed> | null {
    const { page } = this;
    const found = new Map<string, Supposed>();
    if (!page.territory.tables.some(({ name, count }) => name === "estimate" && count))
      return found;
    const ids = features.map(({ id, properties }) => String(id ?? properties.id ?? ""));
    const list = ids.map((id) => `'${id.replaceAll("'", "''")}'`).join(",");
    const resource = page.read<{ features: { properties: Supposed }[] }>(
      "collections/estimate/items",
      { table: layer.name, filter: `entity IN (${list})`, limit: 1000 },
    );
    if (resource.status === "loading") return null;
    if (resource.status === "failed") return found;
    for (const { properties } of resource.value.features) {
      found.set(`${properties.entity}/${properties.attribute}`, properties);
      found.set(`*/${properties.attribute}`, properties);
    }
    return found;
  }

  private pager(items: Items): TemplateResult | typeof nothing {
    const next = items.links?.find(({ rel }) => rel === "next");
    if (!next && !this.tokens.length) return nothing;
    const go = (tokens: readonly Query[]) => {
      this.tokens = tokens;
      this.querySelector(".scroll")?.scrollTo(0, 0);
    };
    return html`<p class="actions">
      <button class="button" ?disabled=${!this.tokens.length} @click=${() => go(this.tokens.slice(0, -1))}>${t("twin.before")}</button>
      <button class="button" ?disabled=${!next} @click=${() => next && go([...this.tokens, token(next.href)])}>${t("twin.after")}</button>
    </p>`;
  }
}

/** What a link "next" adds to the query: where to continue, at which version. */
export function token(href: string): Query {
  const query = new URL(href, "http://localhost/").searchParams;
  const found: Query = {};
  for (const name of ["after", "at"]) {
    const value = query.get(name);
    if (value) found[name] = value;
  }
  return found;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

/** A fact; its unit stands in the head of the column. */
function cell(value: unknown, { name, codes }: Attribute): string {
  if (isMissing(value)) return "";
  if (codes && !Array.isArray(codes) && String(value) in codes)
    return maybe(`lamp.${value}`, codes[String(value)] ?? String(value));
  if (typeof value === "number" && !/year|insee|code/.test(name)) return quantity(value, "");
  return any(value);
}

/** An estimate never looks like a fact: its sign, its interval, its dashes. */
function guess(estimate: Supposed, attribute: Attribute): TemplateResult {
  const { value, low, high, text, method } = estimate;
  if (text) {
    return html`<span class="supposed" title=${method ?? ""}><span class="hidden-text">${t("twin.estimated")} </span>${cell(text, attribute)}</span>`;
  }
  const figure = { value, low: low ?? null, high: high ?? null, unit: "" };
  return html`<span class="supposed" title=${method ?? ""}><span class="hidden-text">${t("twin.estimated")} </span>≈ ${quantity(value, "", false, true)}</span>${
    hasInterval(figure) ? html`<span class="range">${interval(figure)}</span>` : nothing
  }`;
}

customElements.define("ju-twin", JuTwin);
