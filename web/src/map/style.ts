// SPDX-License-Identifier: EUPL-1.2
/** The style of the map as a function of the state: MapLibre applies what differs. */

import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { AFTER, BEFORE } from "../night";
import type { Bounds, Territory } from "../types";
import { ELEMENTS } from "../water";
import * as base from "./base";
import { generic, genericNames } from "./generic";
import { lamps } from "./lamps";
import { type Look, polygon } from "./look";
import * as network from "./network";
import { collection, overlay } from "./overlay";
import { type Palette, palette } from "./palette";
import { rasterPaint, shadePaint } from "./ramp";
import { layersOf, type MapLayer, RELIEF, rasterLayer, rasterOf } from "./registry";
import { streetNames, streets } from "./streets";

/** Zoom below which the tiles of a table are not asked. */
const FROM: Record<string, number> = {
  municipality: 6,
  street: 8,
  district: 8,
  watercourse: 8,
  water_body: 9,
  vegetation: 10,
  place: 10,
  hazard_zone: 9,
  population: 10,
  luminaire: 11,
  pipe: 9,
  junction: 9,
  tank: 9,
  reservoir: 9,
  leak: 9,
  district_metered_area: 9,
  pump: 12,
  valve: 12,
  hydrant: 14,
  isolation_valve: 15,
  service_connection: 15,
  meter: 15,
  building: 13,
  tree: 14,
  parcel: 15,
  address: 16,
};
const TILES_END = 16;

/** Zoom from which buildings are asked where they tell the town: coloured, or without streets. */
const TOWN_FROM = 10;

/** A part of the drawing, and how high it lies. */
interface Part {
  height: number;
  layers: LayerSpecification[];
}

/** Heights of the parts: relief, ground, water, light, built, lines, limits, points, names. */
const HEIGHTS: Record<string, number> = {
  dtm: 1,
  place: 3,
  population: 3,
  vegetation: 4,
  water_body: 5,
  relief: 5.5,
  watercourse: 6,
  hazard_zone: 7,
  parcel: 12,
  building: 13,
  building_water: 13.5,
  street: 14,
  district: 15,
  district_metered_area: 15.5,
  municipality: 16,
  service_connection: 17.5,
  pipe: 18,
  pump: 18.5,
  valve: 18.5,
  tree: 21,
  address: 22,
  junction: 24,
  isolation_valve: 24.2,
  meter: 24.2,
  luminaire: 25,
  hydrant: 25.5,
  tank: 26,
  reservoir: 26,
  leak: 27,
};
const [RASTER, POLYGON, LINE, POINT] = [10, 11, 17, 23];

export function styleOf(look: Look): StyleSpecification {
  const { night } = look;
  const colours = palette(night);
  const on = drawn(look);
  const lit = on.some(({ kind, group }) => kind === "raster" && group !== "twin");
  const parts = on.map(
    (layer): Part => ({ height: height(layer), layers: body(layer, look, lit) }),
  );
  parts.sort((a, b) => a.height - b.height);
  const above = on
    // The only commune of a territory is named by the page already.
    .filter(({ name }) => name !== "municipality" || countOf(look.territory, name) > 1)
    .map((layer): Part => ({ height: height(layer), layers: names(layer, look, colours) }))
    .sort((a, b) => a.height - b.height);
  return {
    version: 8,
    sources: sources(look, on),
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colours.ground } },
      ...parts.flatMap((part) => part.layers),
      ...overlay(colours),
      ...above.flatMap((part) => part.layers),
    ],
    transition: { duration: 0, delay: 0 },
  };
}

/** The layers shown; the night after just above the one before. */
function drawn({ territory, layers }: Look): MapLayer[] {
  const after = rasterOf(territory, AFTER);
  return layersOf(territory)
    .filter(({ name }) => layers.includes(name))
    .flatMap((layer) =>
      layer.name === BEFORE && after && layers.includes(AFTER)
        ? [layer, rasterLayer(after)]
        : [layer],
    );
}

function countOf(territory: Territory, table: string): number {
  return territory.tables.find(({ name }) => name === table)?.count ?? 0;
}

function height({ name, kind, geometry }: MapLayer): number {
  const own = HEIGHTS[name];
  if (own !== undefined) return own;
  if (kind === "raster") return RASTER;
  return geometry === "point" ? POINT : geometry === "line" ? LINE : POLYGON;
}

function body(layer: MapLayer, look: Look, lit: boolean): LayerSpecification[] {
  const { name } = layer;
  const { night } = look;
  const colours = palette(night);
  if (layer.kind === "raster") {
    const raster = rasterOf(look.territory, name);
    const paint = raster ? rasterPaint(raster, night) : shadePaint(night);
    return [{ id: name, type: "raster", source: name, paint }];
  }
  switch (name) {
    case "place":
      return base.places(colours);
    case "vegetation":
      return base.area(name, colours.park);
    case "water_body":
      return base.area(name, colours.water);
    case "watercourse":
      return base.watercourses(colours);
    case "hazard_zone":
      return base.hazards(colours);
    case "parcel":
      return base.parcels(colours);
    case "building":
      return [
        ...base.buildings(colours, night, look.energy),
        ...(look.volumes ? base.volumes(colours, night, look.energy) : []),
      ];
    case "street":
      return streets(colours, night, lit);
    case "district":
      return base.districts(colours);
    case "municipality":
      return base.limits(colours);
    case "luminaire":
      return lamps(colours, look.colour, night).slice(0, 2);
    case "pipe":
      return network.pipes(colours, night, look.network);
    case "junction":
      return network.junctions(colours, night, look.network);
    case "district_metered_area":
      return network.areas(colours);
    case "service_connection":
      return network.connections(colours);
    case "leak":
      return network.leakPoints(colours, night, look.network);
    default:
      if (name in network.SIGNS) return network.equipment(name, layer.geometry, colours);
      return generic(layer, colours);
  }
}

/** Words lie over everything drawn, those of the twin below those of its assets. */
function names(layer: MapLayer, look: Look, colours: Palette): LayerSpecification[] {
  switch (layer.name) {
    case "street":
      return [streetNames(colours)];
    case "place":
      return [base.placeNames(colours)];
    case "watercourse":
      return [base.waterNames(colours)];
    case "district":
      return [base.districtNames(colours)];
    case "municipality":
      return [base.limitNames(colours)];
    case "hazard_zone":
      return [base.hazardNames(colours)];
    case "luminaire":
      return lamps(colours, "lamp_type", colours === palette(true)).slice(2);
    case "pipe":
      return [network.pipeNames(colours, look.network)];
    case "junction":
      return [network.junctionNames(colours)];
    case "vegetation":
    case "water_body":
    case "parcel":
    case "building":
    case "tree":
    case "population":
    case "address":
      return [];
    case "service_connection":
    case "leak":
      return [];
    default:
      if (layer.name in network.SIGNS)
        return [network.equipmentNames(layer.name, layer.geometry, colours)];
      return layer.kind === "table" ? [genericNames(layer, colours)] : [];
  }
}

function sources(look: Look, on: MapLayer[]): Record<string, SourceSpecification> {
  const { territory } = look;
  const query = look.at ? `?at=${encodeURIComponent(look.at)}` : `?v=${territory.version}`;
  const bounds: { bounds?: Bounds } = territory.bounds ? { bounds: margin(territory.bounds) } : {};
  const empty: SourceSpecification = { type: "geojson", data: collection([]) };
  const all: Record<string, SourceSpecification> = {
    area: { type: "geojson", data: collection(look.area ? [polygon(look.area)] : []) },
    draft: empty,
    hover: empty,
    selected: { type: "geojson", data: collection(look.selected ? [look.selected] : []) },
  };
  const town = look.energy !== null || !countOf(territory, "street");
  for (const { name, kind } of on) {
    if (kind === "table") {
      all[name] = {
        type: "vector",
        tiles: [`${look.base}tiles/${name}/{z}/{x}/{y}.mvt${query}`],
        minzoom: name === "building" && town ? TOWN_FROM : (FROM[name] ?? 10),
        maxzoom: TILES_END,
        // What colours them is written beside each of them, by its identifier.
        ...(ELEMENTS.has(name) ? { promoteId: "id" } : {}),
        ...bounds,
      };
      continue;
    }
    const raster = rasterOf(territory, name === RELIEF ? "dtm" : name);
    if (!raster) continue;
    const path = raster.tiles_url.replace(/^\//, "");
    const url = /^https?:/.test(path) ? path : look.base + path;
    const { moment } = look;
    const then = moment !== null && raster.moments?.includes(moment);
    const style =
      name === RELIEF ? `${query}&style=hillshade` : then ? `${query}&moment=${moment}` : query;
    all[name] = {
      type: "raster",
      tiles: [url + (url.includes("?") ? style.replace("?", "&") : style)],
      tileSize: 256,
      minzoom: name === RELIEF ? 8 : 10,
      maxzoom: name === RELIEF ? 17 : 19,
      ...(raster.bounds ? { bounds: raster.bounds } : bounds),
    };
  }
  return all;
}

/** A tile that only touches the edge must still be asked for. */
function margin([west, south, east, north]: Bounds): Bounds {
  return [west - 0.002, south - 0.002, east + 0.002, north + 0.002];
}
