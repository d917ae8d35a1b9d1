// SPDX-License-Identifier: EUPL-1.2
/** The layers of the map, as the territory's tables and rasters make them: nothing is listed twice. */

import type { State, Tab } from "../state";
import type { RasterInfo, TableInfo, Territory } from "../types";
import { ELEMENTS } from "../water";

/** A worksite, "plan" for what could be done, "twin" for the facts below them all. */
export type Group = "lighting" | "water" | "climate" | "buildings" | "plan" | "twin";
export const GROUPS: readonly Group[] = [
  "lighting",
  "water",
  "climate",
  "buildings",
  "plan",
  "twin",
];

export interface MapLayer {
  name: string;
  kind: "raster" | "table";
  group: Group;
  label: string;
  /** point, line, polygon or any; empty for a raster. */
  geometry: string;
}

export const RELIEF = "relief";
/** Facts drawn before anything is asked; the layers of worksites are shown too. */
const USUAL = new Set([
  "municipality",
  "place",
  "street",
  "building",
  "watercourse",
  "water_body",
  "vegetation",
  RELIEF,
]);
/** Worksites whose rasters cover the rest: shown when they are asked for. */
const COVERING = new Set<Group>(["climate", "buildings"]);
/** What the view of the climate shows of an event: its water, and what it touches. */
const WATER = new Set(["water_depth", "building_water"]);
/** What the first view shows of a water network: the rest is for its own. */
const MAINS = new Set(["pipe", "tank", "reservoir"]);
/** Thousands of pieces on private ground: they would hide the network, and are shown when asked for. */
const PRIVATE = new Set(["service_connection", "meter"]);
/** Order of the facts in the list; the others follow as the schema has them. */
const ORDER = [
  ...ELEMENTS,
  "street",
  "building",
  "district",
  "municipality",
  "place",
  "watercourse",
  "water_body",
  "vegetation",
  "tree",
  "hazard_zone",
  "parcel",
  "address",
  "population",
  RELIEF,
  "dtm",
];
/** What stands in the twin for other uses than a map. */
const APART = new Set(["building_link", "finding"]);
/** Rasters that are seen beside another one only, never by themselves. */
const BESIDE = new Set(["illuminance_after"]);

/** Whether a table of the territory can be drawn. */
export function isDrawn(territory: Territory, table: string): boolean {
  return territory.tables.some((info) => info.name === table && info.geometry && info.count > 0);
}

export function rasterOf(territory: Territory, layer: string): RasterInfo | undefined {
  return territory.rasters.find((raster) => raster.layer === layer);
}

/** Every layer that holds something, worksites first. */
export function layersOf(territory: Territory): MapLayer[] {
  const rasters = territory.rasters
    .filter(({ layer }) => !BESIDE.has(layer))
    .map((raster): MapLayer => rasterLayer(raster));
  const tables = territory.tables.filter(({ name }) => isDrawn(territory, name)).map(fromTable);
  // The terrain is also shaded by a low sun: the base that everything lies on.
  const relief: MapLayer[] = rasterOf(territory, "dtm")
    ? [{ name: RELIEF, kind: "raster", group: "twin", label: RELIEF, geometry: "" }]
    : [];
  return [...rasters, ...relief, ...tables.filter(({ name }) => !APART.has(name))].sort(
    (a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || rank(a) - rank(b),
  );
}

export function rasterLayer({ layer, label, worksite }: RasterInfo): MapLayer {
  return { name: layer, kind: "raster", group: groupOf(worksite), label, geometry: "" };
}

function fromTable({ name, label, geometry, worksite }: TableInfo): MapLayer {
  const own = ELEMENTS.has(name) ? "water" : groupOf(worksite);
  const group = name === "option" ? "plan" : own;
  return { name, kind: "table", group, label, geometry: String(geometry) };
}

function groupOf(worksite: string | null | undefined): Group {
  return GROUPS.find((group) => group === worksite) ?? "twin";
}

function rank({ name }: MapLayer): number {
  const at = ORDER.indexOf(name);
  return at < 0 ? ORDER.length : at;
}

/** What the choice of layers depends on: those chosen, and the view that is open. */
export type Asked = Pick<State, "layers"> & Partial<Pick<State, "tab">>;

/**
 * What is shown until the reader chooses: the usual facts, and what the worksites know. The water
 * of an event covers the rest: it is there, with what it touches, beside the climate's figures.
 */
export function usual(territory: Territory, tab?: Tab): string[] {
  const all = layersOf(territory);
  return all
    .filter(({ name, group, kind }) => {
      if (group === "twin") return USUAL.has(name);
      // Water and what it touches are seen without lamps over them.
      if (tab === "climate") return WATER.has(name);
      // Buildings are coloured by their energy: neither lamps nor light over them.
      if (tab === "buildings") return group === "buildings" && kind === "table";
      if (tab === "water") return group === "water" && kind === "table" && !PRIVATE.has(name);
      if (group === "water" && ELEMENTS.has(name))
        return (tab ?? "today") === "today" && MAINS.has(name);
      return group !== "plan" && !(kind === "raster" && COVERING.has(group));
    })
    .map(({ name }) => name);
}

/** The layers shown: those chosen that exist, in the order of the list. */
export function shown(state: Asked, territory: Territory): string[] {
  const chosen = state.layers ?? usual(territory, state.tab);
  return layersOf(territory)
    .filter(({ name }) => chosen.includes(name))
    .map(({ name }) => name);
}

/** The tables shown, the one of a worksite first: what the table twin offers. */
export function tablesShown(state: Asked, territory: Territory): MapLayer[] {
  const names = new Set(shown(state, territory));
  return layersOf(territory).filter(({ name, kind }) => kind === "table" && names.has(name));
}

/** The layers once one is switched: null when they are the usual ones again. */
export function switched(
  state: Asked,
  territory: Territory,
  names: readonly string[],
  on: boolean,
): readonly string[] | null {
  const before = shown(state, territory);
  const after = layersOf(territory)
    .map(({ name }) => name)
    .filter((name) => (names.includes(name) ? on : before.includes(name)));
  return after.join() === usual(territory, state.tab).join() ? null : after;
}
