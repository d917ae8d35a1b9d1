// SPDX-License-Identifier: EUPL-1.2
/** Leaks in the view of water: what runs, what it costs, since when, how sure; districts; sensors. */

import { html, nothing, type TemplateResult } from "lit";
import { ceiling, daily, dayOf, spark } from "../components/days";
import { icon } from "../components/icons";
import { ready } from "../components/states";
import { date, number, percent, quantity } from "../format";
import { maybe, plural, t } from "../i18n";
import { dayAt, flowOn, running, searched } from "../leaks";
import type { Page } from "../page";
import type { DistrictDays, LeakRow, LeakSearch, Leaks, Rows } from "../types";
import { shownOf } from "../water";

/** The section of leaks; nothing where none was searched. */
export function leakSection(page: Page): TemplateResult | typeof nothing {
  const found = searched(page);
  return found ? body(page, found) : nothing;
}

function body(page: Page, found: Leaks): TemplateResult {
  const onMap = shownOf(page) === "leaks";
  const day = dayAt(found, onMap ? page.state.moment : null);
  const now = running(found.rows, day);
  const flow = now.reduce((sum, each) => sum + each.flow, 0);
  const price = now.reduce((sum, each) => sum + costOn(each.leak, each.flow), 0);
  const ids = new Set(now.map(({ leak }) => leak.id));
  const others = found.rows.filter(({ id }) => !ids.has(id));
  return html`<h3 id="leaks">${t("leaks.title")}</h3>
    <p class="leaks-sum">${
      now.length
        ? plural("leaks.sum", now.length, {
            n: number(now.length),
            date: date(day),
            flow: quantity(flow, "m³/h"),
            cost: quantity(price, "€"),
          })
        : t("leaks.sum.none", { date: date(day) })
    }</p>
    ${
      onMap
        ? html`<p class="quiet">${t("leaks.slide")}</p>`
        : html`<p class="actions"><button class="link-button strong" @click=${() => page.go({ network: "leaks", moment: null })}>
            ${t("leaks.show")} ${icon("arrow")}</button></p>`
    }
    ${list(page, found, now, day)}
    ${
      others.length
        ? html`<details class="leaks-past"><summary>${plural("leaks.past", others.length, { n: number(others.length) })}</summary>
            ${list(
              page,
              found,
              others.map((leak) => ({ leak, flow: leak.flow_m3_h ?? 0 })),
              day,
              true,
            )}</details>`
        : nothing
    }
    ${found.searches.map((search) => reference(search))}
    <p class="actions">
      <a class="link-button" download aria-label=${`CSV, ${t("leaks.title")}`} href=${page.link("api/water/leaks", { f: "csv" })}>${icon("download")} CSV</a>
      <a class="link-button" download aria-label=${`GeoJSON, ${t("leaks.title")}`} href=${page.link("api/water/leaks", { f: "geojson" })}>${icon("download")} GeoJSON</a>
    </p>
    ${districts(page, found, day)} ${sensors(found)}`;
}

/** What a flow costs a day, at the price that the leak was counted at. */
function costOn({ eur_day, flow_m3_h }: LeakRow, flow: number): number {
  return flow_m3_h ? ((eur_day ?? 0) * flow) / flow_m3_h : 0;
}

function list(
  page: Page,
  { rows, first, last }: Leaks,
  shown: readonly { leak: LeakRow; flow: number }[],
  day: string,
  past = false,
): TemplateResult | typeof nothing {
  if (!shown.length) return nothing;
  const span = { from: first ?? day, to: last ?? day };
  const most = ceiling(rows.flatMap(({ values }) => [...values.values]));
  const ranked = [...shown].sort((a, b) => costOn(b.leak, b.flow) - costOn(a.leak, a.flow));
  return html`<ol class="leaks">${ranked.map(
    ({ leak, flow }) => html`<li class="leak" ?data-past=${past}>
      <button class="leak-open" @click=${() => open(page, leak)}>
        <span class="leak-name">${leak.district ? `${leak.district} · ` : ""}${t("leaks.pipe", { pipe: leak.pipe_id })}</span>
        <span class="leak-cost">${past ? quantity(leak.lost_eur, "€") : t("leaks.a_day", { cost: quantity(costOn(leak, flow), "€") })}</span>
        ${spark(leak.values, span, most)}
        <span class="leak-facts">${past ? over(leak) : facts(leak, flow, day)}</span>
        <span class="leak-sure">${sure(leak)}</span>
      </button></li>`,
  )}</ol>`;
}

/** Opens the sheet of a leak, its zone on the map. */
function open(page: Page, { id }: LeakRow): void {
  page.go({ sheet: { table: "leak", id }, network: "leaks" });
}

function facts(leak: LeakRow, flow: number, day: string): string {
  const ratio = leak.flow_m3_h ? flow / leak.flow_m3_h : 1;
  const [low, high] = [leak.flow_low, leak.flow_high].map((end) => (end ?? 0) * ratio);
  const same = flowOn(leak, day) === null;
  return t("leaks.facts", {
    flow: quantity(flow, "m³/h"),
    low: number(low ?? 0, flow < 1 ? 2 : 1),
    high: number(high ?? 0, flow < 1 ? 2 : 1),
    since: dayOf(same ? leak.started_at : leak.values.start),
  });
}

function over(leak: LeakRow): string {
  return t("leaks.over", {
    from: dayOf(leak.started_at),
    to: leak.ended_at ? dayOf(leak.ended_at) : t("leaks.later"),
    lost: quantity(leak.lost_m3, "m³"),
  });
}

/** How probable a leak is: in words, and as a bar. */
export function sure({ probability }: Pick<LeakRow, "probability">): TemplateResult {
  const share = probability ?? 0;
  return html`<svg class="leak-share" width="96" height="8" aria-hidden="true">
      <rect width="${100 * share}%" height="8" /></svg>
    ${t("leaks.sure", { share: percent(share) })}`;
}

/** What the search was compared with: a leak that already ran then is not told. */
function reference({ train, train_chosen, from, to }: LeakSearch): TemplateResult {
  return html`<p class="quiet">${t("leaks.read", { from: date(from), to: date(to) })}
    ${t(train_chosen ? "leaks.train.chosen" : "leaks.train.told", { from: date(train[0]), to: date(train[1]) })}</p>`;
}

// -- districts -----------------------------------------------------------------------------------
/** The charts of a district: what the balance loses, what runs at night. */
export function districtCharts(
  rows: readonly DistrictDays[],
  span: { from: string; to: string },
  day: string | null,
): TemplateResult[] {
  return rows.map(
    (row) =>
      html`${daily(
        t("leaks.of", { quantity: t(`leaks.quantity.${row.quantity}`), name: row.label }),
        row.unit,
        { start: row.start, values: row.values ?? [], low: row.low, high: row.high },
        span,
        day,
        latest(row),
      )}`,
  );
}

function latest({ values, unit }: DistrictDays): string {
  const value = [...(values ?? [])].reverse().find((each) => each !== null);
  return value === undefined || value === null
    ? ""
    : t("leaks.latest", { value: quantity(value, unit) });
}

function districts(page: Page, found: Leaks, day: string): TemplateResult | typeof nothing {
  const resource = page.read<Rows<DistrictDays>>("api/water/balance");
  const span = { from: found.first ?? day, to: found.last ?? day };
  return ready(page, resource, ({ rows }) => {
    if (!rows.length) return nothing;
    const names = [...new Set(rows.map(({ entity }) => entity))];
    return html`<h3>${t("leaks.districts")}</h3><p class="quiet">${t("leaks.districts.help")}</p>
      ${names.map((name, i) => {
        const mine = rows.filter(({ entity }) => entity === name);
        return html`<details ?open=${i === 0}><summary>${mine[0]?.label ?? name}</summary>
          ${districtCharts(mine, span, day)}</details>`;
      })}
      <p class="actions"><a class="link-button" download aria-label=${`CSV, ${t("leaks.districts")}`}
        href=${page.link("api/water/balance", { f: "csv" })}>${icon("download")} CSV</a></p>`;
  });
}

/** Faults of readings rather than of sensors: counted only. */
const MINOR: ReadonlySet<string> = new Set(["gap", "spike", "duplicate", "summer time"]);

// -- sensors -------------------------------------------------------------------------------------
/** Sensors that were not trusted: what they did, and when. */
function sensors({ searches }: Leaks): TemplateResult | typeof nothing {
  const faults = searches.flatMap((search) => search.faults);
  const own = faults.filter(({ kind }) => !MINOR.has(kind));
  const minor = faults.length - own.length;
  if (!faults.length) return nothing;
  return html`<h3>${t("leaks.sensors")}</h3><p class="quiet">${t("leaks.sensors.help")}</p>
    ${
      own.length
        ? html`<table class="table"><caption class="hidden-text">${t("leaks.sensors")}</caption>
      <thead><tr><th scope="col">${t("leaks.sensor")}</th><th scope="col">${t("leaks.fault")}</th><th scope="col">${t("leaks.when")}</th></tr></thead>
      <tbody>${own.map(
        ({ label, kind, start, end }) => html`<tr><th scope="row">${label}</th>
          <td>${maybe(`leaks.fault.${kind.replace(" ", "_")}`, kind)}</td>
          <td>${start ? (end && end.slice(0, 10) !== start.slice(0, 10) ? t("leaks.span", { from: dayOf(start), to: dayOf(end) }) : dayOf(start)) : t("leaks.always")}</td></tr>`,
      )}</tbody></table>`
        : nothing
    }
    ${minor ? html`<p class="quiet">${plural("leaks.minor", minor, { n: number(minor) })}</p>` : nothing}`;
}
