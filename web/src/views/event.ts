// SPDX-License-Identifier: EUPL-1.2
/** The last event in a few sentences and a picture: what was computed, what the water reaches. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { cardOf } from "../event";
import { clauses, inWords } from "../format";
import { plural, t } from "../i18n";
import { bounds, tiles } from "../map/picture";
import { BY_DAY, isReversed } from "../map/ramp";
import { RELIEF, rasterOf } from "../map/registry";
import type { Page } from "../page";
import type { Indicator, Rows, RunCard } from "../types";
import type { Card } from "./today";

const NAME = "climate";
const COUNT = "climate_buildings";
/** What else the water reaches, in the order of the sentence. */
const ALSO = [
  "climate_public_buildings",
  "climate_streets",
  "climate_lamps",
  "climate_flooded_area",
] as const;

/** What is known of the last event: its figures and its name; nothing while they come. */
export function event(page: Page): { rows: Indicator[]; card: RunCard | null } | null {
  const run = page.territory.worksites.find(({ name }) => name === NAME)?.last_run;
  if (!run) return null;
  const figures = page.read<Rows<Indicator>>("api/indicators", {
    scope: "territory",
    worksite: NAME,
  });
  const told = page.read<{ properties: { card?: RunCard | string | null } }>(
    `collections/run/items/${encodeURIComponent(run.id)}`,
  );
  if (figures.status !== "ok" || told.status !== "ok" || !figures.value.rows.length) return null;
  return { rows: figures.value.rows, card: cardOf(told.value.properties.card) };
}

/** Whether the water of the last event reaches a building. */
export function reaches(page: Page): boolean {
  return (event(page)?.rows ?? []).some(
    ({ indicator, value, high }) => indicator === COUNT && ((value ?? 0) > 0 || (high ?? 0) > 0),
  );
}

/** The card of the last event. */
export function eventCards(page: Page): Card[] {
  const found = event(page);
  const name = found?.card?.event?.[page.state.lang];
  if (!found || !name) return [];
  const figure = (indicator: string) => found.rows.find((row) => row.indicator === indicator);
  const count = figure(COUNT);
  const others = ALSO.flatMap((indicator) => {
    const row = figure(indicator);
    return row?.value ? [plural(`today.${indicator}`, row.value, { amount: inWords(row) })] : [];
  });
  const also = clauses(others);
  const many = Math.max(count?.value ?? 0, count?.high ?? 0);
  const sentence = !count
    ? t("today.event.unknown", { event: name })
    : many
      ? plural("today.event", many, { event: name, n: inWords(count) })
      : t("today.event.none", { event: name });
  const usual = found.card?.asked === false;
  const open = () => page.go({ tab: "climate", sheet: null });
  return [
    {
      mood: NAME,
      icon: NAME,
      lead: t(usual ? "today.event.usual" : "today.event.lead"),
      sentence,
      detail: `${also ? `${also.charAt(0).toUpperCase()}${also.slice(1)}. ` : ""}${t("today.event.model")}`,
      share: count?.estimated_share,
      explained: count ? { table: "indicator", id: count.id } : undefined,
      picture: picture(page, open),
      action: { label: t("today.see_water"), run: open },
    },
  ];
}

/** The water on the shaded ground: tiles of the map, put together small. */
function picture(page: Page, open: () => void): TemplateResult | typeof nothing {
  const box = bounds(page.territory);
  if (!box) return nothing;
  const mosaic = tiles(box);
  const night = page.state.night ?? matchMedia("(prefers-color-scheme: dark)").matches;
  const layers = [RELIEF, "water_depth", "building_water"].flatMap((name) => {
    const raster = rasterOf(page.territory, name === RELIEF ? "dtm" : name);
    const filter = raster && isReversed(raster, night) ? "url(#by-day)" : "none";
    return raster ? [{ name, url: raster.tiles_url, filter }] : [];
  });
  const address = (url: string, name: string, at: { z: number; x: number; y: number }) =>
    page.link(
      url.replace(/^\//, "").replace(/\{([zxy])\}/g, (_, key: "z" | "x" | "y") => String(at[key])),
      name === RELIEF ? { style: "hillshade" } : {},
    );
  return html`<button class="card-picture" @click=${open} aria-label=${t("today.see_water")} title=${t("today.see_water")}>
    <svg viewBox=${mosaic.view.join(" ")} preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <filter id="by-day" color-interpolation-filters="sRGB"><feColorMatrix values=${BY_DAY} /></filter>
      ${layers.map(({ name, url, filter }) =>
        mosaic.tiles.map(
          (at) =>
            svg`<image href=${address(url, name, at)} x=${at.left} y=${at.top} width="256" height="256" filter=${filter} />`,
        ),
      )}
    </svg>
  </button>`;
}
