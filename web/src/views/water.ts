// SPDX-License-Identifier: EUPL-1.2
/** Eau: the networks, what colours them, where they lack pressure, what they are made of. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { bar, domain } from "../components/bars";
import { keyFigure } from "../components/figure";
import { icon } from "../components/icons";
import { empty, ready } from "../components/states";
import { cardOf } from "../event";
import { number, percent, quantity, typeset } from "../format";
import { maybe, plural, t } from "../i18n";
import { shownAt } from "../map/moments";
import { classColours } from "../map/network";
import type { Page } from "../page";
import type {
  Findings,
  Indicator,
  PipeShare,
  Rows,
  RunCard,
  Severity,
  WaterNetwork,
} from "../types";
import {
  type Coloured,
  choices,
  coloured,
  computed,
  hasNetwork,
  networks,
  type Shown,
  seriesOf,
  shownOf,
  times,
  together,
  WORKSITE,
} from "../water";
import { model } from "./card";
import { duties } from "./duties";
import { placing } from "./element";
import { inText } from "./fields";
import { leakSection } from "./leaks";
import { plain } from "./lighting";

/** Figures of the headline, in this order. */
const HEADLINE = [
  "water_service_level",
  "water_low_pressure_nodes",
  "water_supplied",
  "water_length",
  "water_pump_energy",
  "water_pump_specific",
];
/** Elements listed: the first ones; all of them are in the file beside. */
const FIRST = 10;

export function water(page: Page): TemplateResult {
  return html`<section>
    <h2>${t("worksite.water")}</h2>
    <p class="lede">${t("water.lede")}</p>
    ${
      hasNetwork(page.territory)
        ? ready(page, networks(page), ({ rows }) => whole(page, rows))
        : empty(t("water.none.title"), t("water.none.text"), "jumeau add DIR FILE.inp")
    }
  </section>`;
}

function whole(page: Page, rows: WaterNetwork[]): TemplateResult {
  return html`${rows.map((row) => network(row))}
    ${computed(page) ? leakSection(page) : nothing}
    ${computed(page) ? figures(page) : empty(t("water.never.title"), t("water.never.text"), "jumeau run DIR water")}
    ${colouring(page, rows)}
    ${computed(page) ? duties(page) : nothing}
    ${composition(t("water.materials"), together(rows, "materials"))}
    ${composition(t("water.decades"), together(rows, "decades"), true)}
    ${noted(page)}
    ${computed(page) ? ran(page) : nothing}
    <p class="actions">
      ${computed(page) ? html`<a class="link-button" download href=${page.link("api/indicators", { worksite: WORKSITE, f: "csv" })}>${icon("download")} ${t("lighting.csv")}</a>` : nothing}
      <a class="link-button" download href=${page.link("collections/pipe/items", { f: "csv" })}>${icon("download")} ${t("water.csv.pipes")}</a>
    </p>`;
}

/** What a network holds, and how sure its place is. */
function network(row: WaterNetwork): TemplateResult {
  const told = placing(row);
  const parts = row.counts.map(({ table, count, label }) => {
    const word = count === 1 ? maybe(`one.${table}`, label) : maybe(`layer.${table}`, label);
    return `${number(count)} ${inText(word)}`;
  });
  return html`<p class="sheet-sentence"><strong>${row.name || row.id || t("water.unnamed")}</strong> ·
      ${t("water.holds", { length: quantity(row.length_m, "m"), list: parts.join(", ") })}</p>
    ${row.description ? html`<p class="quiet">${row.description}</p>` : nothing}
    ${
      told
        ? html`<p class="notice notice-placed">${icon(row.placement === "invented" ? "degrades" : "target")} <span>${told}</span></p>`
        : nothing
    }`;
}

function figures(page: Page): TemplateResult | typeof nothing {
  const resource = page.read<Rows<Indicator>>("api/indicators", {
    scope: "territory",
    worksite: WORKSITE,
  });
  return ready(page, resource, ({ rows }) => {
    const main = HEADLINE.flatMap((name) => rows.filter(({ indicator }) => indicator === name));
    const rest = rows.filter((row) => !main.includes(row) && row.value !== null);
    return html`<dl class="key-figures">
        ${main.map((row) => keyFigure(page, row.label, row, { table: "indicator", id: row.id }))}
      </dl>
      ${rest.length ? html`<h3>${t("lighting.others")}</h3>${plain(page, rest)}` : nothing}`;
  });
}

// -- what colours the network ---------------------------------------------------------------
function colouring(page: Page, rows: WaterNetwork[]): TemplateResult {
  const shown = shownOf(page);
  // Facts that are known of no pipe colour nothing.
  const known = (choice: Shown) =>
    (choice !== "material" && choice !== "year") ||
    together(rows, choice === "material" ? "materials" : "decades").some(({ name }) => name);
  return html`<h3>${t("water.colour")}</h3>
    <fieldset class="segments" role="radiogroup">
      <legend class="hidden-text">${t("water.colour")}</legend>
      ${choices(page)
        .filter((choice) => choice === shown || known(choice))
        .map(
          (choice) => html`<label><input type="radio" name="network" .checked=${choice === shown}
          @change=${() => choose(page, choice)} /><span>${t(`water.shown.${choice}`)}</span></label>`,
        )}
    </fieldset>
    ${shown === "material" || shown === "year" ? told(shown, rows) : quantities(page, shown)}`;
}

function choose(page: Page, network: Shown): void {
  // A day of a year is no hour of a day.
  const apart = (network === "leaks") !== (shownOf(page) === "leaks");
  page.go(apart ? { network, moment: null } : { network });
  page.announce(t("water.coloured", { what: t(`water.shown.${network}`) }));
}

/** The facts of pipes are coloured as they are: their parts are listed below. */
function told(shown: "material" | "year", rows: WaterNetwork[]): TemplateResult {
  const parts = together(rows, shown === "material" ? "materials" : "decades");
  const all = parts.reduce((sum, { length_m }) => sum + (length_m ?? 0), 0);
  const known = parts.filter(({ name }) => name).reduce((sum, p) => sum + (p.length_m ?? 0), 0);
  return html`<p>${t(`water.known.${shown}`, { share: percent(all ? known / all : 0) })}</p>`;
}

function quantities(page: Page, shown: Shown): TemplateResult | typeof nothing {
  if (shown === "leaks")
    return html`<p>${t("water.means.leaks")} <strong>${shownAt(page)}</strong>.</p>`;
  const series = seriesOf(page, shown);
  if (series?.status === "loading" || series?.status === "failed")
    return ready(page, series, () => nothing);
  const found = coloured(page);
  if (!found?.ids.length) return html`<p class="quiet">${t("water.colour.none")}</p>`;
  const timed = times(page).length > 0;
  return html`<p>${t(`water.means.${shown}` as "water.means.pressure")} ${timed ? html`<strong>${shownAt(page)}</strong>. <span class="quiet">${t("water.slide")}</span>` : nothing}</p>
    ${classTable(page, found)} ${extreme(page, found)}
    <p class="actions"><a class="link-button" download aria-label=${`CSV, ${t(`water.shown.${shown}`)}`}
      href=${
        timed
          ? page.link("api/water/series", {
              quantity: series?.status === "ok" ? series.value.quantity : "",
              f: "csv",
            })
          : page.link(`api/figures/${found.table}`, { worksite: WORKSITE, f: "csv" })
      }>${icon("download")} CSV</a></p>`;
}

/** The bounds of a class in words. */
export function classLabel({ steps, unit }: Pick<Coloured, "steps" | "unit">, at: number): string {
  const [from, to] = [steps[at - 1], steps[at]];
  if (from === undefined) return t("water.class.below", { to: quantity(to, unit) });
  if (to === undefined) return t("water.class.above", { from: quantity(from, unit) });
  return t("water.class.between", { from: number(from, 2), to: quantity(to, unit) });
}

/** Classes, how many elements each has, and its share: the legend is a table. */
function classTable(page: Page, found: Coloured): TemplateResult {
  const night = isNight(page);
  const colours = classColours(found.shown, found.counts.length, night);
  const all = Math.max(
    1,
    found.counts.reduce((sum, count) => sum + count, 0),
  );
  const most = Math.max(1, ...found.counts);
  return html`<table class="table classes">
    <caption>${t(`water.classes.${found.table}`)}</caption>
    <thead class="hidden-text"><tr>
      <th scope="col">${t(`water.shown.${found.shown}`)}</th><th scope="col">${t("value")}</th><th scope="col">%</th>
    </tr></thead>
    <tbody>${found.counts.map(
      (count, i) => html`<tr>
        <th scope="row">${swatch(colours[i] ?? "", found.table === "pipe")} ${classLabel(found, i)}</th>
        <td class="figure">${number(count)}</td>
        <td><div class="classes-share"><svg width="100%" height="12" aria-hidden="true"><rect width="${(100 * count) / most}%" height="12" rx="2" fill="var(--water-fill)" /></svg>
          <span>${percent(count / all)}</span></div></td>
      </tr>`,
    )}</tbody>
  </table>`;
}

function swatch(colour: string, line: boolean): TemplateResult {
  return html`<svg class="swatch" width="20" height="14" aria-hidden="true">${
    line
      ? svg`<rect y="4" width="20" height="6" rx="3" fill=${colour} stroke="var(--ink-2)" stroke-width="0.5" />`
      : svg`<circle cx="10" cy="7" r="6" fill=${colour} stroke="var(--ink-2)" stroke-width="0.5" />`
  }</svg>`;
}

/** Whether the page is dark now: the map and its legend share their colours. */
function isNight({ state }: Page): boolean {
  return state.night ?? matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The elements where the quantity is worst: for who does not see the map, and for who wants names. */
function extreme(page: Page, found: Coloured): TemplateResult | typeof nothing {
  const low = found.shown === "pressure";
  const size = (value: number) => (low ? value : -Math.abs(value));
  const first = found.ids
    .map((id, i) => ({ id, value: found.values[i] ?? null }))
    .filter((row): row is { id: string; value: number } => row.value !== null)
    .sort((a, b) => size(a.value) - size(b.value))
    .slice(0, FIRST);
  if (!first.length) return nothing;
  const one = maybe(`one.${found.table}`, found.table);
  return html`<table class="table">
    <caption>${plural(low ? "water.lowest" : "water.highest", first.length, { n: number(first.length) })}</caption>
    <thead class="hidden-text"><tr><th scope="col">${one}</th><th scope="col">${t(`water.shown.${found.shown}`)}</th></tr></thead>
    <tbody>${first.map(
      ({ id, value }) => html`<tr>
        <th scope="row"><button class="row-link" @click=${() => page.go({ sheet: { table: found.table, id } })}>${one} ${id}</button></th>
        <td class="figure">${quantity(value, found.unit)}</td></tr>`,
    )}</tbody>
  </table>`;
}

// -- what it is made of ------------------------------------------------------------------------
function composition(
  title: string,
  parts: PipeShare[],
  decades = false,
): TemplateResult | typeof nothing {
  if (!parts.some(({ name }) => name)) return nothing;
  const figures = parts.map(({ length_m }) => ({
    value: length_m,
    low: null,
    high: null,
    unit: "m",
  }));
  const scale = domain(figures);
  return html`<h3>${title}</h3><table class="table chart">
    <caption class="hidden-text">${title}</caption>
    <thead class="hidden-text"><tr><th scope="col">${title}</th><th scope="col">${t("water.length")}</th></tr></thead>
    <tbody>${parts.map((part, i) => {
      const figure = figures[i];
      const name = !part.name
        ? t("water.unknown")
        : decades
          ? t("water.decade", { from: part.name, to: Number(part.name) + 9 })
          : part.name;
      return html`<tr><th scope="row">${name} <span class="range">${plural("water.pipes", part.count, { n: number(part.count) })}</span></th>
          <td class="figure">${quantity(part.length_m, "m")}</td></tr>
        <tr class="bar-row" aria-hidden="true"><td colspan="2">${figure ? bar(figure, scale, "water") : nothing}</td></tr>`;
    })}</tbody>
  </table>`;
}

// -- what was found ------------------------------------------------------------------------------
function noted(page: Page): TemplateResult | typeof nothing {
  const resource = page.read<Findings>("api/findings", { worksite: WORKSITE, limit: 1 });
  return ready(page, resource, ({ kinds }) => {
    if (!kinds.length) return nothing;
    return html`<h3>${t("tab.findings")}</h3>
      <ul class="findings">${kinds.slice(0, 3).map(
        ({ severity, example, count }) => html`<li class="finding finding-${severity}">
          <p>${icon(severity as Severity)} ${typeset(example.what)}
            ${count > 1 ? html`<span class="quiet">${plural("findings", count, { n: number(count) })}</span>` : nothing}</p></li>`,
      )}</ul>
      <p class="actions"><button class="link-button strong" @click=${() => page.go({ tab: "findings", origin: WORKSITE, severity: null, about: null })}>
        ${t("today.see_findings")} ${icon("arrow")}</button></p>`;
  });
}

function ran(page: Page): TemplateResult | typeof nothing {
  const run = page.territory.worksites.find(({ name }) => name === WORKSITE)?.last_run?.id ?? "";
  const card = page.read<{ properties: { card?: RunCard | string | null } }>(
    `collections/run/items/${encodeURIComponent(run)}`,
  );
  return ready(page, card, ({ properties }) => model(cardOf(properties.card), page));
}
