// SPDX-License-Identifier: EUPL-1.2
/** A pipe, a node, a tank, a pump, a valve on its sheet: what was computed of it over the day. */

import { html, nothing, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { day } from "../components/day";
import { keyFigure } from "../components/figure";
import { icon } from "../components/icons";
import { ready } from "../components/states";
import { quantity } from "../format";
import { maybe, t } from "../i18n";
import type { Page } from "../page";
import type { ElementDay, Entity, Indicator, Placed, Ref, WaterElement } from "../types";
import { computed, ELEMENTS, WORKSITE } from "../water";

/** Order of the curves: what a technician reads first. */
const ORDER = ["pressure_m", "flow_m3_h", "velocity_m_s", "head_m", "age_h"];
/** Order of the figures; the others follow. */
const FIGURES = ["water_pressure_min", "water_pressure_mean", "water_velocity_max", "water_age"];
/** Tables of what the hydraulic model holds. */
const MODELLED = new Set(["pipe", "junction", "tank", "reservoir", "pump", "valve"]);

/** The figures of the worksite, apart from those of the others. */
export function waterOf(entity: Entity): Indicator[] {
  return (entity.indicators ?? []).filter(({ indicator }) => indicator.startsWith(`${WORKSITE}_`));
}

/** What an element of a network did over the day; nothing for another row. */
export function element(page: Page, ref: Ref, entity: Entity): TemplateResult | typeof nothing {
  if (!ELEMENTS.has(ref.table)) return nothing;
  const resource = page.read<WaterElement>(rowPath("api/water/element", ref.table, ref.id));
  return ready(page, resource, (found) => body(page, ref, entity, found));
}

function body(page: Page, ref: Ref, entity: Entity, found: WaterElement): TemplateResult {
  const rank = ({ indicator }: Indicator) => FIGURES.indexOf(indicator) + 1 || FIGURES.length + 1;
  const figures = waterOf(entity)
    .filter(({ value }) => value !== null)
    .sort((a, b) => rank(a) - rank(b));
  const rows = [...found.rows].sort(
    (a, b) => ORDER.indexOf(a.quantity) - ORDER.indexOf(b.quantity),
  );
  return html`<section class="element" aria-labelledby="element-title">
    ${ends(page, found)}
    ${placed(found.network)}
    <h3 id="element-title">${t("water.element")}</h3>
    ${
      figures.length
        ? html`<dl class="key-figures">${figures.map((row) => keyFigure(page, row.label, row, { table: "indicator", id: row.id }))}</dl>`
        : nothing
    }
    ${rows.map((row) => day(nameOf(row, ref.table), row, page.state.moment))}
    ${rows.length || figures.length ? nothing : absent(page, ref)}
    ${
      rows.length
        ? html`<p class="actions"><a class="link-button" download aria-label=${`CSV, ${t("water.element")}`}
            href=${page.link(rowPath("api/water/element", ref.table, ref.id), { f: "csv" })}>${icon("download")} CSV</a></p>`
        : nothing
    }
  </section>`;
}

/** The pressure at the bottom of a tank is the depth of its water. */
export function nameOf({ quantity }: Pick<ElementDay, "quantity">, table: string): string {
  const level = quantity === "pressure_m" && table === "tank";
  return level ? t("water.quantity.level") : maybe(`water.quantity.${quantity}`, quantity);
}

function absent(page: Page, { table }: Ref): TemplateResult {
  const key = !computed(page) ? "never" : MODELLED.has(table) ? "none" : "apart";
  return html`<p class="quiet">${t(`water.element.${key}`)}</p>`;
}

/** The two ends of a link, each a step away. */
function ends(page: Page, { nodes }: WaterElement): TemplateResult | typeof nothing {
  const [from, to] = nodes;
  if (!from || !to) return nothing;
  const button = ({ table, id, label }: typeof from) =>
    html`<button class="row-link" @click=${() => page.go({ sheet: { table, id } })}>${label}</button>`;
  return html`<p>${t("water.ends")} ${button(from)} ${t("water.ends.and")} ${button(to)}</p>`;
}

/** How a network that was not surveyed came to its place: its sheet must not say more than it knows. */
export function placed(network: Placed | null): TemplateResult | typeof nothing {
  const text = network && placing(network);
  if (!text) return nothing;
  return html`<p class="notice notice-placed">${icon(network.placement === "invented" ? "degrades" : "target")}
    <span>${text}</span></p>`;
}

/** What is said of the place of a network; empty when it was surveyed, or nothing is known. */
export function placing({ placement, placement_error_m: error }: Placed): string {
  if (placement === "invented") return t("water.placed.invented");
  if (placement === "declared") return t("water.placed.declared");
  if (placement !== "control points") return "";
  return error === null
    ? t("water.placed.points")
    : t("water.placed.points.error", { error: quantity(error, "m") });
}
