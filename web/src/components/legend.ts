// SPDX-License-Identifier: EUPL-1.2
/** What the colours, hatches and signs of the map say, in words and values. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { computed, STEPS } from "../buildings";
import { number } from "../format";
import { maybe, t } from "../i18n";
import { energyColours } from "../map/energy";
import { CLASSES, GRADED, hue, sign } from "../map/generic";
import { PIECES } from "../map/images";
import {
  classColours,
  decadeColours,
  leakColour,
  materialColour,
  networkOf,
  SIGNS,
} from "../map/network";
import { lampColour, lampTypes, POWER_STEPS, palette, powerColours } from "../map/palette";
import { steps } from "../map/ramp";
import { type MapLayer, rasterOf } from "../map/registry";
import type { Page } from "../page";
import type { Indicator, Rows } from "../types";
import { attributesOf } from "../views/fields";
import { DECADES, MOST_MATERIALS } from "../water";

type Drawn = TemplateResult | typeof nothing;

/** The legend below the switch of a layer, when its colours say values. */
export function legendOf(page: Page, layer: MapLayer, night: boolean): Drawn {
  if (layer.kind === "raster") return ramp(page, layer, night);
  if (layer.name === "luminaire") return lamps(page, night);
  if (layer.name === "building" && page.state.tab === "buildings" && computed(page))
    return energy(night);
  if (layer.name === "building" && page.state.volumes) return volumes(night);
  if (layer.name in GRADED) return graded(page, layer, night);
  if (layer.name === "pipe" || layer.name === "junction") return network(page, layer, night);
  return nothing;
}

/** The sign of a layer as the map draws it: shape and pattern, not its colour alone. */
export function swatch(layer: MapLayer, night: boolean): Drawn {
  const drawn = shape(layer, night);
  if (!drawn) return nothing;
  return html`<svg class="swatch" width="20" height="14" aria-hidden="true">${drawn}</svg>`;
}

function shape(layer: MapLayer, night: boolean) {
  const { name, geometry, group } = layer;
  const colours = palette(night);
  const colour = hue(colours, group, name);
  const box = (fill: string, line: string, dash = "") =>
    svg`<rect x="1" y="1" width="18" height="12" fill=${fill} stroke=${line} stroke-dasharray=${dash} />`;
  const line = (stroke: string, width: number, dash = "") =>
    svg`<path d="M1 10 C6 2 13 13 19 4" fill="none" stroke=${stroke} stroke-width=${width} stroke-dasharray=${dash} />`;
  switch (name) {
    case "street":
      return svg`${line(colours.hover, 5)}${line(colours.street, 3.4)}`;
    case "building":
      return box(colours.building, colours.hover);
    case "watercourse":
      return line(colours.stream, 2.5);
    case "water_body":
      return box(colours.water, colours.stream);
    case "vegetation":
      return box(colours.park, colours.tree);
    case "district":
      return box("none", colours.district, "4 3");
    case "municipality":
      return box("none", colours.limit, "5 2 1 2");
    case "parcel":
      return box("none", colours.parcel);
    case "hazard_zone":
      return svg`${box("none", colours.hazard)}<path d="M2 12 12 2M8 13 18 3M1 7 7 1M14 13l5-5" stroke=${colours.hazard} />`;
    case "place":
      return svg`<circle cx="10" cy="7" r="3.5" fill=${colours.halo} stroke=${colours.placeName} stroke-width="1.6" />`;
    case "luminaire":
      return null;
    default:
      if (layer.kind === "raster") return null;
  }
  const piece = PIECES[name === "leak" ? name : (SIGNS[name]?.[1] ?? "")];
  if (piece)
    return svg`<g transform="translate(3 0) scale(0.44)"><path d=${piece[0]} fill=${name === "leak" ? leakColour(night) : colour} />
      <path d=${piece[1]} fill="none" stroke=${colours.halo} stroke-width="2.4" /></g>`;
  if (geometry === "line") return line(colour, 2.5);
  if (geometry !== "point") return box(colour, colour);
  if (sign(name) === "square")
    return svg`<rect x="5" y="2" width="10" height="10" fill=${colour} />`;
  if (sign(name) === "triangle") return svg`<path d="M10 1 16 13H4z" fill=${colour} />`;
  return svg`<circle cx="10" cy="7" r=${sign(name) === "dot" ? 2.5 : 5} fill=${colour} />`;
}

/** The classes of a raster, side by side, each under its lower value. */
function ramp(page: Page, layer: MapLayer, night: boolean): Drawn {
  const raster = rasterOf(page.territory, layer.name);
  if (!raster) return nothing;
  return classes(
    steps(raster, night).map(({ color, label }) => ({ color, label, opacity: 1 })),
    t("legend.from", { label: raster.label, unit: raster.unit }),
  );
}

function classes(list: { color: string; label: string; opacity: number }[], caption: string) {
  return html`<figure class="ramp">
    <ol>
      ${list.map(
        ({ color, label, opacity }) => html`<li><svg width="100%" height="14" aria-hidden="true">
          <rect width="100%" height="14" fill=${color} fill-opacity=${opacity} /></svg><span>${label}</span></li>`,
      )}
    </ol>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** A quantity of an area: one hue, darker for more. */
function graded(page: Page, layer: MapLayer, night: boolean): Drawn {
  const rule = GRADED[layer.name];
  if (!rule) return nothing;
  const attribute = attributesOf(page, layer.name).get(rule.attribute);
  const color = hue(palette(night), layer.group, layer.name);
  const label = attribute?.label ?? rule.attribute;
  const unit = maybe(`unit.${attribute?.unit}`, attribute?.unit ?? "");
  return classes(
    rule.steps.map((step, i) => ({ color, label: number(step), opacity: CLASSES[i] ?? 1 })),
    unit.toLowerCase() === label.toLowerCase()
      ? t("legend.from.plain", { label })
      : t("legend.from", { label, unit }),
  );
}

/** What colours the pipes or the nodes of water networks. */
function network(page: Page, layer: MapLayer, night: boolean): Drawn {
  const found = networkOf(page);
  if (!found) return nothing;
  const label = t(`water.shown.${found.shown}`);
  if (found.coloured) {
    if (found.coloured.table !== layer.name) return closed(layer, night);
    const { steps, counts, unit } = found.coloured;
    const colours = classColours(found.shown, counts.length, night);
    const bound = (i: number) =>
      i ? number(steps[i - 1] ?? 0, 2) : t("legend.below", { value: number(steps[0] ?? 0, 2) });
    return html`${classes(
      colours.map((color, i) => ({ color, label: bound(i), opacity: 1 })),
      t("legend.from", { label, unit }),
    )}${closed(layer, night)}`;
  }
  if (layer.name !== "pipe") return nothing;
  const unknown = palette(night).unknown;
  const row = (color: string, words: string) =>
    html`<li><svg width="20" height="14" aria-hidden="true"><rect y="4" width="20" height="6" rx="3" fill=${color} /></svg> <span>${words}</span></li>`;
  const rows =
    found.shown === "material"
      ? found.materials.map((name, i) => row(materialColour(i, night), name))
      : found.shown === "year"
        ? decadeColours(night).map((color, i) => row(color, decade(i)))
        : [];
  if (!rows.length) return closed(layer, night);
  const other =
    found.shown === "material" && found.materials.length === MOST_MATERIALS
      ? row(materialColour(-1, night), t("water.other"))
      : nothing;
  return html`<ul class="signs">${rows} ${other} ${row(unknown, t("water.unknown"))}</ul>${closed(layer, night)}`;
}

function decade(at: number): string {
  const [from, to] = [DECADES[at - 1], DECADES[at]];
  if (from === undefined) return t("water.before", { year: to ?? "" });
  if (to === undefined) return t("water.since", { year: from });
  return t("water.decade", { from, to: from + 9 });
}

/** What pipes say besides their colour. */
function closed(layer: MapLayer, night: boolean): Drawn {
  if (layer.name !== "pipe") return nothing;
  const { text, groups } = palette(night);
  return html`<ul class="signs">
    <li><svg width="20" height="14" aria-hidden="true"><rect y="5" width="20" height="4" fill=${groups.water} />
      <path d="M4 2v10M10 2v10M16 2v10" stroke=${text} stroke-width="2" /></svg> <span>${t("water.closed")}</span></li>
    <li>${t("water.width")}</li>
  </ul>`;
}

/** Buildings by their energy a square metre. */
function energy(night: boolean): TemplateResult {
  const bounds = [0, ...STEPS];
  return html`${classes(
    energyColours(night).map((color, i) => ({ color, label: number(bounds[i] ?? 0), opacity: 1 })),
    t("buildings.legend"),
  )}
    <ul class="signs">
      <li>${t("buildings.legend.public")}</li>
      <li>${t("buildings.legend.estimated")}</li>
      <li>${t("buildings.legend.none")}</li>
      <li>${t("buildings.legend.gathered")}</li>
    </ul>`;
}

function volumes(night: boolean): TemplateResult {
  const { volume, volumeEstimated, hover } = palette(night);
  const block = (fill: string, opacity: number, words: string) => html`<li>
    <svg width="20" height="14" aria-hidden="true"><path d="M3 5 8 2h9v8l-5 3H3zM3 5h9v8m0-8 5-3"
      fill=${fill} fill-opacity=${opacity} stroke=${hover} stroke-dasharray=${opacity < 1 ? "2 2" : ""} /></svg>
    <span>${words}</span></li>`;
  return html`<ul class="signs">
    ${block(volume, 1, t("legend.height.known"))}
    ${block(volumeEstimated, 0.5, t("legend.height.estimated"))}
    <li>${t("legend.height.unknown")}</li>
  </ul>`;
}

/** The legend of what is drawn, without its switches: for paper. */
export function paperLegend(page: Page, list: readonly MapLayer[], night: boolean): TemplateResult {
  return html`<ul class="paper-legend">
    ${list.map(
      (layer) => html`<li>${swatch(layer, night)} ${maybe(`layer.${layer.name}`, layer.label)}
        ${layer.name === "luminaire" ? lamps(page, night, true) : legendOf(page, layer, night)}</li>`,
    )}
  </ul>`;
}

function lamps(page: Page, night: boolean, paper = false): TemplateResult {
  const { colour } = page.state;
  const choices = html`<fieldset class="segments segments-small">
      <legend class="hidden-text">${t("legend.colour_by")}</legend>
      ${(["lamp_type", "power_w"] as const).map(
        (choice) => html`<label><input type="radio" name="colour" .checked=${colour === choice}
          @change=${() => page.go({ colour: choice })} /><span>${t(`legend.${choice}`)}</span></label>`,
      )}
    </fieldset>`;
  return html`<div class="lamp-legend">
    ${paper ? nothing : choices}
    <ul>
      ${colour === "lamp_type" ? types(page).map((type) => dot(lampColour(type, night), maybe(`lamp.${type}`, type), night)) : power(night)}
      <li>${ring(night)} <span>${t("legend.estimated")}</span></li>
    </ul>
  </div>`;
}

/** The lamp types there are, as the indicators list them; none until they are known. */
function types(page: Page): string[] {
  const resource = page.read<Rows<Indicator>>("api/indicators", { scope: "lamp_type" });
  if (resource.status !== "ok") return [];
  const present = new Set(resource.value.rows.map((row) => row.entity));
  return lampTypes().filter((type) => present.has(type));
}

function power(night: boolean): TemplateResult[] {
  const colours = powerColours(night);
  const last = POWER_STEPS.length;
  return colours.map((color, i) => {
    const [from, to] = [POWER_STEPS[i - 1], POWER_STEPS[i]];
    const label =
      i === 0
        ? t("legend.power.below", { to: String(to) })
        : i === last
          ? t("legend.power.above", { from: String(from) })
          : t("legend.power.between", { from: String(from), to: String(to) });
    return dot(color, label, night, 3 + i);
  });
}

function dot(color: string, label: string, night: boolean, radius = 6): TemplateResult {
  return html`<li><svg width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r=${radius}
    fill=${color} stroke=${palette(night).lampRim} /></svg> <span>${label}</span></li>`;
}

function ring(night: boolean): TemplateResult {
  const ink = palette(night).unknown;
  return html`<svg width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="5.5"
    fill=${ink} fill-opacity="0.15" stroke=${ink} stroke-width="1.75" /></svg>`;
}
