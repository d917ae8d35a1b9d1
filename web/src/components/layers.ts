// SPDX-License-Identifier: EUPL-1.2
/** Layers and legend in one list: what is switched on is explained where it is switched. */

import { html, nothing, type TemplateResult } from "lit";
import { maybe, t } from "../i18n";
import { GROUPS, type Group, layersOf, type MapLayer, shown, switched } from "../map/registry";
import type { Page } from "../page";
import { type IconName, icon } from "./icons";
import { legendOf, swatch } from "./legend";

interface Panel {
  open: boolean;
  night: boolean;
  toggle(): void;
}

const ICONS: Record<Group, IconName> = {
  lighting: "luminaire",
  water: "water",
  climate: "climate",
  buildings: "buildings",
  plan: "plan",
  twin: "layers",
};

export function layers(page: Page, panel: Panel): TemplateResult {
  const all = layersOf(page.territory);
  return html`<section class="layers" ?data-open=${panel.open} aria-label=${t("layers.title")}>
    <button class="layers-head" aria-expanded=${panel.open} aria-controls="layers-body" @click=${panel.toggle}>
      ${icon("layers")} <span>${t("layers.title")}</span> ${icon(panel.open ? "up" : "down")}
    </button>
    <div class="layers-body" id="layers-body" ?hidden=${!panel.open}>
      ${GROUPS.map((group) => {
        const list = all.filter((layer) => layer.group === group);
        return list.length ? part(page, panel.night, group, list) : empty(page, group);
      })}
    </div>
  </section>`;
}

function part(page: Page, night: boolean, group: Group, list: MapLayer[]): TemplateResult {
  const on = new Set(shown(page.state, page.territory));
  const some = list.some(({ name }) => on.has(name));
  const whole = group !== "twin" && list.length > 1;
  const title = titleOf(page, group);
  return html`<fieldset class="layer-group layer-group-${group}">
    <legend>${icon(ICONS[group])} ${title}</legend>
    ${
      whole
        ? html`<label class="switch switch-group">
          <input type="checkbox" role="switch" .checked=${some} @change=${() => flip(page, list, !some, title)} />
          <span class="switch-track"></span><span>${t("layers.all")}</span>
        </label>`
        : nothing
    }
    ${list.map(
      (layer) => html`<label class="switch">
          <input type="checkbox" role="switch" .checked=${on.has(layer.name)}
            @change=${() => flip(page, [layer], !on.has(layer.name), nameOf(layer))} />
          <span class="switch-track"></span>
          ${swatch(layer, night)}<span>${nameOf(layer)}</span>
        </label>
        ${on.has(layer.name) ? legendOf(page, layer, night) : nothing}`,
    )}
  </fieldset>`;
}

/** A worksite that knows nothing of this territory yet: said, so that it is not looked for. */
function empty(page: Page, group: Group): TemplateResult | typeof nothing {
  if (!page.territory.worksites.some(({ name }) => name === group)) return nothing;
  return html`<div class="layer-group layer-group-${group}">
    <p class="layer-title">${icon(ICONS[group])} ${titleOf(page, group)}</p>
    <p class="quiet">${t("layers.nothing")}</p>
  </div>`;
}

function titleOf(page: Page, group: Group): string {
  if (group === "twin") return t("layers.base");
  if (group === "plan") return t("layers.plan");
  const worksite = page.territory.worksites.find(({ name }) => name === group);
  return maybe(`worksite.${group}`, worksite?.label ?? group);
}

/** The name of a layer, for people. */
export function nameOf({ name, label }: MapLayer): string {
  return maybe(`layer.${name}`, label);
}

function flip(page: Page, list: readonly MapLayer[], on: boolean, name: string): void {
  const names = list.map((layer) => layer.name);
  page.go({ layers: switched(page.state, page.territory, names, on) });
  page.announce(t(on ? "layers.on" : "layers.off", { layer: name }));
}
