// SPDX-License-Identifier: EUPL-1.2
/** A leak on its sheet: one sentence, its flow, where to listen first, what its district shows. */

import { html, nothing, type TemplateResult } from "lit";
import { daily, dayOf } from "../components/days";
import { icon } from "../components/icons";
import { ready } from "../components/states";
import { number, percent, quantity } from "../format";
import { t } from "../i18n";
import { dayAt, searched } from "../leaks";
import type { Page } from "../page";
import type { Entity, Leak, LeakRow, Ref } from "../types";
import { districtCharts, sure } from "./leaks";

/** The body of a leak's sheet; nothing for another row. */
export function leakSheet(page: Page, ref: Ref): TemplateResult | typeof nothing {
  if (ref.table !== "leak") return nothing;
  const resource = page.read<Leak>(`api/water/leaks/${encodeURIComponent(ref.id)}`);
  return ready(page, resource, (leak) => body(page, leak));
}

/** The name of a leak for people: where to begin. */
export function leakTitle({ row }: Pick<Entity, "row">): string {
  return t("leak.title", { pipe: String(row.pipe_id ?? "") });
}

/** « Fuite probable, secteur Nord : 4,2 m³/h (3,6 à 5,2) depuis le 12 mars (82 %) : 81 € par jour. » */
export function told(leak: LeakRow): string {
  return t(leak.ended_at ? "leak.told.past" : "leak.told", {
    place: leak.district ? t("leak.place", { name: leak.district }) : "",
    flow: quantity(leak.flow_m3_h, "m³/h"),
    low: number(leak.flow_low ?? 0, 1),
    high: number(leak.flow_high ?? 0, 1),
    since: dayOf(leak.started_at),
    until: leak.ended_at ? dayOf(leak.ended_at) : "",
    share: percent(leak.probability ?? 0),
    cost: quantity(leak.eur_day, "€"),
  });
}

function body(page: Page, leak: Leak): TemplateResult {
  const found = searched(page);
  const span = { from: found?.first ?? leak.values.start, to: found?.last ?? leak.values.start };
  const day = found ? dayAt(found, page.state.moment) : null;
  return html`<p class="lede sheet-sentence">${told(leak)}</p>
    <p class="leak-sure">${sure(leak)}</p>
    <p>${t("leak.lost", { volume: quantity(leak.lost_m3, "m³"), cost: quantity(leak.lost_eur, "€") })}
      ${leak.kind ? t(`leak.kind.${leak.kind}`) : ""}
      ${leak.detected_at ? t("leak.detected", { date: dayOf(leak.detected_at) }) : ""}</p>
    ${daily(t("leak.flow"), "m³/h", leak.values, span, day, t("leak.band"))}
    ${listen(page, leak)}
    ${leak.balance.length ? html`<h3>${t("leak.district")}</h3>${districtCharts(leak.balance, span, day)}` : nothing}
    <p class="actions">
      <a class="link-button" download aria-label=${`CSV, ${t("leak.zone")}`} href=${page.link(`api/water/leaks/${encodeURIComponent(leak.id)}`, { f: "csv" })}>${icon("download")} CSV</a>
      <a class="link-button" download aria-label=${`GeoJSON, ${t("leak.zone")}`} href=${page.link(`api/water/leaks/${encodeURIComponent(leak.id)}`, { f: "geojson" })}>${icon("download")} GeoJSON</a>
    </p>`;
}

/** Pipes to listen to, the likeliest first, with the metres done once each is. */
function listen(page: Page, leak: Leak): TemplateResult {
  const most = Math.max(...leak.zone.map(({ share }) => share), 1e-9);
  const metres = leak.zone.at(-1)?.metres ?? 0;
  return html`<h3>${t("leak.zone")}</h3>
    <p class="quiet">${t("leak.zone.help", { length: quantity(metres, "m") })}</p>
    <table class="table leak-zone"><caption class="hidden-text">${t("leak.zone")}</caption>
      <thead><tr><th scope="col">${t("leak.pipe")}</th><th scope="col">${t("leak.share")}</th><th scope="col" class="figure">${t("leak.metres")}</th></tr></thead>
      <tbody>${leak.zone.map(
        ({ pipe, share, street, material, diameter_mm, metres: done }) => html`<tr>
          <th scope="row"><button class="row-link" @click=${() => page.go({ sheet: { table: "pipe", id: pipe } })}>${pipe}</button>
            <span class="range">${[street, material, diameter_mm ? `DN ${number(diameter_mm)}` : ""].filter(Boolean).join(" · ")}</span></th>
          <td><div class="classes-share"><svg width="100%" height="12" aria-hidden="true"><rect width="${(100 * share) / most}%" height="12" rx="2" fill="var(--climate-fill)" /></svg>
            <span>${percent(share)}</span></div></td>
          <td class="figure">${quantity(done, "m")}</td></tr>`,
      )}</tbody></table>`;
}
