// SPDX-License-Identifier: EUPL-1.2
/** The energy of one building on its sheet: figures, months, meters, and what would make it surer. */

import { html, nothing, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { FINAL, HEATING, INTENSITY, WORKSITE } from "../buildings";
import { curve } from "../components/curve";
import { keyFigure } from "../components/figure";
import { icon } from "../components/icons";
import { months } from "../components/months";
import { hasInterval, percent } from "../format";
import { t } from "../i18n";
import type { Page } from "../page";
import type { Attribute, Curve, Entity, Indicator, Ref, Rows } from "../types";
import { ELEMENTS } from "../water";
import { byMonth } from "./buildings";
import { inText } from "./fields";
import { plain } from "./lighting";

/** Figures shown large, in this order. */
const MAIN = [
  INTENSITY,
  FINAL,
  HEATING,
  "buildings_tco2e",
  "buildings_heating_peak_kw",
  "buildings_discomfort_h",
  "buildings_pv_kwh",
];
/** Facts that the computation reads, those that tell most first. */
const TELLING = [
  "heating_energy",
  "built_year",
  "floor_area_m2",
  "height_m",
  "energy_class",
  "wall_u",
  "roof_u",
  "window_u",
  "window_ratio",
];
/** Facts that any caretaker knows; the others ask for an audit. */
const ASKED = 4;

/** The figures of the worksite, apart from those of the others. */
export function energyOf(entity: Entity): Indicator[] {
  return (entity.indicators ?? []).filter(({ indicator }) => indicator.startsWith(`${WORKSITE}_`));
}

/** What a building needs; nothing when it was not computed. */
export function energy(
  page: Page,
  ref: Ref,
  entity: Entity,
  attributes: Map<string, Attribute>,
): TemplateResult | typeof nothing {
  const rows = energyOf(entity);
  if (ref.table !== "building" || !rows.length) return nothing;
  const main = MAIN.flatMap((name) =>
    rows.filter(({ indicator, value }) => indicator === name && value),
  );
  const rest = rows.filter((row) => !main.includes(row) && row.value);
  return html`<section class="energy" aria-labelledby="energy-title">
    <h3 id="energy-title">${t("building.energy")}</h3>
    ${
      main.length
        ? html`<dl class="key-figures">${main.map((row) => keyFigure(page, row.label, row, { table: "indicator", id: row.id }))}</dl>`
        : html`<p>${t("building.unheated")}</p>`
    }
    ${rest.length ? plain(page, rest) : nothing}
    ${months(t("building.months"), byMonth(entity.months ?? []))}
    ${surer(entity, rows, attributes)}
  </section>`;
}

/** What supplying the missing facts would change. */
function surer(
  entity: Entity,
  rows: Indicator[],
  attributes: Map<string, Attribute>,
): TemplateResult | typeof nothing {
  const missing = TELLING.filter((name) => attributes.has(name) && isUnknown(entity.row[name]));
  const figure = rows.find(({ indicator }) => indicator === INTENSITY);
  if (!missing.length || !figure || !hasInterval(figure)) return nothing;
  const label = (names: string[]) =>
    names.map((name) => inText(attributes.get(name)?.label ?? name)).join(", ");
  const [known, audited] = [
    missing.filter((name) => TELLING.indexOf(name) < ASKED),
    missing.filter((name) => TELLING.indexOf(name) >= ASKED),
  ];
  return html`<h4>${t("building.surer")}</h4>
    <p>${t("building.surer.share", { share: percent(figure.estimated_share ?? 0) })}</p>
    <ul class="bulleted">
      ${known.length ? html`<li>${t("building.surer.known", { list: label(known) })}</li>` : nothing}
      ${audited.length ? html`<li>${t("building.surer.audit", { list: label(audited) })}</li>` : nothing}
    </ul>`;
}

function isUnknown(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

/** What the meters of a building, or the sensors of a water network, read; nothing when there is none. */
export function meters(page: Page, ref: Ref): TemplateResult | typeof nothing {
  const sensors = page.territory.tables.find(({ name }) => name === "sensor")?.count ?? 0;
  const water = ELEMENTS.has(ref.table);
  if (!(water || ref.table === "building") || !sensors) return nothing;
  const title = t(water ? "water.sensors" : "building.meters");
  const path = rowPath("api/readings", ref.table, ref.id);
  const weeks = page.read<Rows<Curve>>(path, { step: "week" });
  const monthly = page.read<Rows<Curve>>(path, { step: "month" });
  if (weeks.status !== "ok" || !weeks.value.rows.some(({ rows }) => rows.length)) return nothing;
  const byId = new Map(
    monthly.status === "ok" ? monthly.value.rows.map((row) => [row.id, row]) : [],
  );
  return html`<h3>${title}</h3>
    ${weeks.value.rows.map((row) => curve(row, byId.get(row.id)))}
    <p class="actions"><a class="link-button" download aria-label=${`CSV, ${title}`}
      href=${page.link(path, { step: "hour", f: "csv" })}>${icon("download")} CSV</a></p>`;
}
