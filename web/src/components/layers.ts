// SPDX-License-Identifier: EUPL-1.2
/** Layers and legend in one list: what is switched on is explained where it is switched. */

import { html, nothing, type TemplateResult } from "lit";
import { maybe, t } from "../i18n";
import { lampColour, lampTypes, POWER_STEPS, palette, powerColours } from "../map/palette";
import { steps } from "../map/ramp";
import { isDrawn, rasterOf } from "../map/style";
import type { Page } from "../page";
import { LAYERS, type Layer } from "../state";
import type { Indicator, Rows } from "../types";
import { icon } from "./icons";

interface Panel {
  open: boolean;
  night: boolean;
  toggle(): void;
}

export function layers(page: Page, panel: Panel): TemplateResult {
  const available = LAYERS.filter(
    (layer) => rasterOf(page.territory, layer) ?? isDrawn(page.territory, layer),
  );
  const lighting: Layer[] = available.filter(
    (layer) => layer === "illuminance" || layer === "luminaire",
  );
  const base = available.filter((layer) => !lighting.includes(layer));
  return html`<section class="layers" ?data-open=${panel.open} aria-label=${t("layers.title")}>
    <button class="layers-head" aria-expanded=${panel.open} aria-controls="layers-body" @click=${panel.toggle}>
      ${icon("layers")} <span>${t("layers.title")}</span> ${icon(panel.open ? "up" : "down")}
    </button>
    <div class="layers-body" id="layers-body" ?hidden=${!panel.open}>
      ${lighting.length ? group(page, panel.night, "lighting", t("worksite.lighting"), lighting) : nothing}
      ${base.length ? group(page, panel.night, "twin", t("layers.base"), base) : nothing}
    </div>
  </section>`;
}

function group(
  page: Page,
  night: boolean,
  tone: string,
  title: string,
  list: Layer[],
): TemplateResult {
  return html`<fieldset class="layer-group layer-group-${tone}">
    <legend>${title}</legend>
    ${list.map((layer) => {
      const on = page.state.layers.includes(layer);
      return html`<label class="switch">
          <input type="checkbox" role="switch" .checked=${on} @change=${() => flip(page, layer)} />
          <span class="switch-track"></span>
          <span>${name(page, layer)}</span>
        </label>
        ${on ? rampLegend(page, layer, night) : nothing}
        ${on && layer === "luminaire" ? lampLegend(page, night) : nothing}`;
    })}
  </fieldset>`;
}

function name(page: Page, layer: Layer): string {
  return maybe(
    `layer.${layer}`,
    page.territory.tables.find((table) => table.name === layer)?.label ?? layer,
  );
}

function flip(page: Page, layer: Layer): void {
  const on = page.state.layers.includes(layer);
  page.go({
    layers: LAYERS.filter((other) => (other === layer ? !on : page.state.layers.includes(other))),
  });
  page.announce(t(on ? "layers.off" : "layers.on", { layer: name(page, layer) }));
}

/** The classes of a raster, side by side, each under its lower value. */
function rampLegend(page: Page, layer: Layer, night: boolean): TemplateResult | typeof nothing {
  const raster = rasterOf(page.territory, layer);
  if (!raster) return nothing;
  const list = steps(raster, night);
  return html`<figure class="ramp">
    <ol>
      ${list.map(
        (
          step,
        ) => html`<li><svg width="100%" height="14" aria-hidden="true"><rect width="100%" height="14" fill=${step.color} /></svg>
          <span>${step.label}</span></li>`,
      )}
    </ol>
    <figcaption>${t(layer === "dtm" ? "legend.dtm" : "legend.illuminance", { unit: raster.unit })}</figcaption>
  </figure>`;
}

function lampLegend(page: Page, night: boolean): TemplateResult {
  const { colour } = page.state;
  return html`<div class="lamp-legend">
    <fieldset class="segments segments-small">
      <legend class="hidden-text">${t("legend.colour_by")}</legend>
      ${(["lamp_type", "power_w"] as const).map(
        (choice) => html`<label><input type="radio" name="colour" .checked=${colour === choice}
          @change=${() => page.go({ colour: choice })} /><span>${t(`legend.${choice}`)}</span></label>`,
      )}
    </fieldset>
    <ul>
      ${colour === "lamp_type" ? types(page).map((type) => dot(lampColour(type, night), maybe(`lamp.${type}`, type), night)) : power(night)}
      <li>${ring(night)} <span>${t("legend.estimated")}</span></li>
    </ul>
  </div>`;
}

/** The lamp types there are, as the indicators list them; all of them when they do not. */
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
    return dot(color, label, night);
  });
}

function dot(color: string, label: string, night: boolean): TemplateResult {
  return html`<li><svg width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="6"
    fill=${color} stroke=${palette(night).lampRim} /></svg> <span>${label}</span></li>`;
}

function ring(night: boolean) {
  const ink = palette(night).unknown;
  return html`<svg width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="5.5"
    fill=${ink} fill-opacity="0.15" stroke=${ink} stroke-width="1.75" /></svg>`;
}
