// SPDX-License-Identifier: EUPL-1.2
/** The style of the map as a function of the state: MapLibre applies what differs. */

import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { maybe } from "../i18n";
import type { Colour, Layer } from "../state";
import type { Bounds, RasterInfo, Territory } from "../types";
import { lampColour, lampTypes, type Palette, POWER_STEPS, palette, powerColours } from "./palette";
import { rasterPaint, reliefPaint } from "./ramp";

export interface Look {
  territory: Territory;
  layers: readonly Layer[];
  colour: Colour;
  night: boolean;
  at: string | null;
  selected: GeoJSON.Geometry | null;
  /** Folder of the page: tiles are asked below it. */
  base: string;
}

const FONT = ["Atkinson Hyperlegible Next"];
/** Tables drawn, each with the zoom below which its tiles are not asked. */
const TILED: Record<string, number> = {
  municipality: 6,
  district: 8,
  place: 10,
  street: 11,
  building: 13,
  luminaire: 11,
  watercourse: 11,
  water_body: 11,
  vegetation: 13,
  hazard_zone: 11,
  parcel: 15,
};
const TILES_END = 16;
export const CLICKABLE = ["luminaire", "building", "street-hit", "district"];

type Zoomed = DataDrivenPropertyValueSpecification<number>;
const byZoom = (...stops: number[]): Zoomed =>
  ["interpolate", ["exponential", 1.6], ["zoom"], ...stops] as unknown as Zoomed;

/** Whether a table of the territory can be drawn. */
export function isDrawn(territory: Territory, table: string): boolean {
  return territory.tables.some((info) => info.name === table && info.geometry && info.count > 0);
}

/** Raster layers drawn: the relief below everything, the light above grass and water. */
const RASTERS = ["dtm", "illuminance"] as const;

export function rasterOf(territory: Territory, layer: string): RasterInfo | undefined {
  if (!(RASTERS as readonly string[]).includes(layer)) return undefined;
  return territory.rasters.find((raster) => raster.layer === layer);
}

export function styleOf(look: Look): StyleSpecification {
  const colours = palette(look.night);
  const tables = Object.keys(TILED).filter((table) => isDrawn(look.territory, table));
  const shows = (layer: Layer) => look.layers.includes(layer);
  const raster = (layer: Layer) => shows(layer) && rasterOf(look.territory, layer);
  const layers: LayerSpecification[] = [
    { id: "ground", type: "background", paint: { "background-color": colours.ground } },
  ];
  const on = (layer: Layer) => tables.includes(layer) && shows(layer);
  if (raster("dtm")) {
    layers.push({ id: "dtm", type: "raster", source: "dtm", paint: reliefPaint(look.night) });
  }
  if (on("place")) layers.push(...places(colours));
  if (on("vegetation")) layers.push(area("vegetation", colours.park));
  if (on("water_body")) layers.push(area("water_body", colours.water));
  if (on("watercourse")) layers.push(watercourses(colours));
  if (on("hazard_zone")) layers.push(hazards(colours));
  if (raster("illuminance")) {
    layers.push({
      id: "illuminance",
      type: "raster",
      source: "illuminance",
      paint: rasterPaint(look.night),
    });
  }
  if (on("parcel")) layers.push(parcels(colours));
  if (on("building")) layers.push(...buildings(colours, look.night));
  if (on("street")) layers.push(...streets(colours, look.night));
  if (on("district")) layers.push(...districts(colours));
  if (tables.includes("municipality")) layers.push(...limits(colours));
  if (on("luminaire")) layers.push(...lamps(colours, look));
  if (on("street")) layers.push(streetNames(colours));
  if (on("place")) layers.push(placeNames(colours));
  if (on("district")) layers.push(districtNames(colours));
  layers.push(...selection(colours));
  return {
    version: 8,
    sources: sources(look, tables),
    layers,
    transition: { duration: 0, delay: 0 },
  };
}

function sources(look: Look, tables: string[]): Record<string, SourceSpecification> {
  const { territory } = look;
  const query = look.at ? `?at=${encodeURIComponent(look.at)}` : `?v=${territory.version}`;
  const bounds: { bounds?: Bounds } = territory.bounds ? { bounds: margin(territory.bounds) } : {};
  const all: Record<string, SourceSpecification> = {
    selected: {
      type: "geojson",
      data: { type: "FeatureCollection", features: look.selected ? [feature(look.selected)] : [] },
    },
  };
  for (const table of tables) {
    all[table] = {
      type: "vector",
      tiles: [`${look.base}tiles/${table}/{z}/{x}/{y}.mvt${query}`],
      minzoom: TILED[table] ?? 0,
      maxzoom: TILES_END,
      ...bounds,
    };
  }
  for (const layer of RASTERS) {
    const raster = rasterOf(territory, layer);
    if (!raster) continue;
    const path = raster.tiles_url.replace(/^\//, "");
    const url = /^https?:/.test(path) ? path : look.base + path;
    all[layer] = {
      type: "raster",
      tiles: [url + (url.includes("?") ? query.replace("?", "&") : query)],
      tileSize: 256,
      minzoom: 10,
      maxzoom: 19,
      ...(raster.bounds ? { bounds: raster.bounds } : bounds),
    };
  }
  return all;
}

function feature(geometry: GeoJSON.Geometry): GeoJSON.Feature {
  return { type: "Feature", geometry, properties: {} };
}

/** A tile that only touches the edge must still be asked for. */
function margin([west, south, east, north]: Bounds): Bounds {
  return [west - 0.002, south - 0.002, east + 0.002, north + 0.002];
}

function kindHas(...words: string[]): ExpressionSpecification {
  const kind: ExpressionSpecification = [
    "downcase",
    ["to-string", ["coalesce", ["get", "kind"], ""]],
  ];
  return ["any", ...words.map((word) => ["in", word, kind])] as ExpressionSpecification;
}

function places(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "place",
      type: "fill",
      source: "place",
      "source-layer": "place",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: {
        "fill-color": [
          "case",
          kindHas("water", "eau", "river", "lake"),
          colours.water,
          kindHas("park", "green", "vert", "wood", "bois"),
          colours.park,
          colours.place,
        ],
        "fill-opacity": ["case", kindHas("municipality", "commune"), 0, 1],
      },
    },
    {
      id: "place-line",
      type: "line",
      source: "place",
      "source-layer": "place",
      filter: kindHas("water", "eau", "river"),
      paint: { "line-color": colours.water, "line-width": byZoom(11, 0.8, 18, 6) },
    },
  ];
}

function area(table: "vegetation" | "water_body", colour: string): LayerSpecification {
  return {
    id: table,
    type: "fill",
    source: table,
    "source-layer": table,
    paint: { "fill-color": colour },
  };
}

function watercourses(colours: Palette): LayerSpecification {
  return {
    id: "watercourse",
    type: "line",
    source: "watercourse",
    "source-layer": "watercourse",
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": colours.stream,
      "line-width": byZoom(11, 1, 15, 2.2, 18, 12),
      // A ditch that runs only after rain is thinner on the eye.
      "line-opacity": [
        "case",
        ["in", "intermit", ["downcase", ["to-string", ["coalesce", ["get", "persistence"], ""]]]],
        0.4,
        1,
      ],
    },
  };
}

/** Where zones of several scenarios lie over one another, the most frequent one is the darkest. */
function hazards(colours: Palette): LayerSpecification {
  return {
    id: "hazard_zone",
    type: "fill",
    source: "hazard_zone",
    "source-layer": "hazard_zone",
    paint: { "fill-color": colours.hazard, "fill-opacity": 0.22 },
  };
}

function parcels(colours: Palette): LayerSpecification {
  return {
    id: "parcel",
    type: "line",
    source: "parcel",
    "source-layer": "parcel",
    paint: { "line-color": colours.parcel, "line-width": byZoom(15, 0.5, 18, 1.2) },
  };
}

function buildings(colours: Palette, night: boolean): LayerSpecification[] {
  return [
    {
      id: "building",
      type: "fill",
      source: "building",
      "source-layer": "building",
      paint: {
        "fill-color": colours.building,
        "fill-outline-color": colours.buildingLine,
        "fill-opacity": night ? 0.9 : 0.85,
      },
    },
  ];
}

function streets(colours: Palette, night: boolean): LayerSpecification[] {
  const common = {
    type: "line" as const,
    source: "street",
    "source-layer": "street",
    layout: { "line-cap": "round" as const, "line-join": "round" as const },
  };
  // Over the light a street is a thin line: the light on it is the subject.
  return [
    {
      ...common,
      id: "street-casing",
      paint: {
        "line-color": colours.casing,
        "line-width": byZoom(11, 0.6, 14, 1.6, 18, 14),
        "line-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.9, 17, night ? 0.15 : 0.35],
      },
    },
    {
      ...common,
      id: "street",
      paint: {
        "line-color": colours.street,
        "line-width": byZoom(11, 0.4, 14, 1, 18, 11),
        "line-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0.95, 17, night ? 0.25 : 0.5],
      },
    },
    {
      ...common,
      id: "street-hit",
      paint: {
        "line-color": colours.street,
        "line-opacity": 0,
        "line-width": byZoom(11, 5, 18, 18),
      },
    },
  ];
}

function districts(colours: Palette): LayerSpecification[] {
  const common = { source: "district", "source-layer": "district" };
  return [
    {
      ...common,
      id: "district",
      type: "fill",
      paint: { "fill-color": colours.district, "fill-opacity": 0.06 },
    },
    {
      ...common,
      id: "district-line",
      type: "line",
      paint: { "line-color": colours.district, "line-width": 1.25, "line-dasharray": [4, 3] },
    },
  ];
}

/** The limit of each commune: a light line under a dotted one, as on French maps. */
function limits(colours: Palette): LayerSpecification[] {
  const common = {
    type: "line" as const,
    source: "municipality",
    "source-layer": "municipality",
    layout: { "line-join": "round" as const },
  };
  return [
    {
      ...common,
      id: "municipality-halo",
      paint: { "line-color": colours.halo, "line-width": byZoom(6, 1, 14, 5), "line-opacity": 0.7 },
    },
    {
      ...common,
      id: "municipality",
      paint: {
        "line-color": colours.limit,
        "line-width": byZoom(6, 0.4, 14, 2),
        "line-dasharray": [5, 2, 1, 2],
      },
    },
  ];
}

/** What colours a lamp: a fact of the inventory, else the estimate beside it, else nothing. */
function lampPaint(look: Look): {
  colour: ExpressionSpecification | string;
  estimated: ExpressionSpecification;
} {
  const attribute = look.colour;
  const supposed = `${attribute}_estimated`;
  const value: ExpressionSpecification = ["coalesce", ["get", attribute], ["get", supposed]];
  const unknown = palette(look.night).unknown;
  const estimated: ExpressionSpecification = ["!", ["has", attribute]];
  if (attribute === "lamp_type") {
    const pairs = lampTypes().flatMap((type) => [type, lampColour(type, look.night)]);
    const colour = [
      "match",
      ["to-string", value],
      ...pairs,
      unknown,
    ] as unknown as ExpressionSpecification;
    return { colour, estimated };
  }
  const ramp = powerColours(look.night);
  const stops = POWER_STEPS.flatMap((step, i) => [step, ramp[i + 1]]);
  const power = [
    "step",
    ["to-number", value, 0],
    ramp[0],
    ...stops,
  ] as unknown as ExpressionSpecification;
  return { colour: ["case", ["==", ["to-number", value, -1], -1], unknown, power], estimated };
}

function lamps(colours: Palette, look: Look): LayerSpecification[] {
  const { colour, estimated } = lampPaint(look);
  const common = { source: "luminaire", "source-layer": "luminaire" };
  return [
    {
      ...common,
      id: "luminaire-rim",
      type: "circle",
      minzoom: 15,
      paint: {
        "circle-color": colours.lampRim,
        "circle-radius": byZoom(15, 4.2, 16, 5.8, 19, 12),
        "circle-opacity": ["interpolate", ["linear"], ["zoom"], 15, 0, 16, 0.85],
      },
    },
    {
      ...common,
      id: "luminaire",
      type: "circle",
      paint: {
        "circle-color": colour,
        "circle-radius": byZoom(11, 0.6, 14, 1.6, 16, 3.6, 19, 8.5),
        // An estimate is a ring, a fact a disc.
        "circle-opacity": [
          "interpolate",
          ["linear"],
          ["zoom"],
          14,
          0.8,
          15.5,
          ["case", estimated, 0.2, 1],
        ],
        "circle-stroke-color": colour,
        "circle-stroke-width": [
          "interpolate",
          ["linear"],
          ["zoom"],
          14,
          0,
          15.5,
          ["case", estimated, 1.4, 0],
          18,
          ["case", estimated, 2.2, 0],
        ],
      },
    },
    {
      ...common,
      id: "luminaire-name",
      type: "symbol",
      minzoom: 17.5,
      layout: {
        "text-field": [
          "concat",
          shortType(),
          [
            "case",
            ["has", "power_w"],
            [
              "concat",
              " ",
              ["number-format", ["get", "power_w"], { "max-fraction-digits": 0 }],
              " W",
            ],
            "",
          ],
        ],
        "text-font": FONT,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 0.9],
        "text-optional": true,
      },
      paint: {
        "text-color": colours.text,
        "text-halo-color": colours.halo,
        "text-halo-width": 1.4,
      },
    },
  ];
}

/** The lamp type as the trade abbreviates it. */
function shortType(): ExpressionSpecification {
  const pairs = lampTypes().flatMap((type) => [type, maybe(`lamp.short.${type}`, type)]);
  return ["match", ["get", "lamp_type"], ...pairs, ""] as unknown as ExpressionSpecification;
}

function streetNames(colours: Palette): LayerSpecification {
  return {
    id: "street-name",
    type: "symbol",
    source: "street",
    "source-layer": "street",
    minzoom: 14.5,
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 320,
      "text-field": ["coalesce", ["get", "name"], ""],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 14.5, 11, 18, 15],
      "text-max-angle": 30,
      "text-padding": 6,
    },
    paint: { "text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 1.6 },
  };
}

/** Names of places that are points: hamlets, town hall, school… */
function placeNames(colours: Palette): LayerSpecification {
  return {
    id: "place-name",
    type: "symbol",
    source: "place",
    "source-layer": "place",
    minzoom: 13.5,
    filter: ["all", ["==", ["geometry-type"], "Point"], ["has", "name"]],
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 13.5, 11, 17, 14],
      "text-max-width": 8,
      "text-padding": 4,
    },
    paint: {
      "text-color": colours.placeName,
      "text-halo-color": colours.halo,
      "text-halo-width": 1.6,
    },
  };
}

function districtNames(colours: Palette): LayerSpecification {
  return {
    id: "district-name",
    type: "symbol",
    source: "district",
    "source-layer": "district",
    maxzoom: 15.5,
    layout: {
      "text-field": ["coalesce", ["get", "name"], ""],
      "text-font": FONT,
      "text-size": 15,
      "text-letter-spacing": 0.02,
      "text-padding": 40,
    },
    paint: { "text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 2 },
  };
}

function selection(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "selected-fill",
      type: "fill",
      source: "selected",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": colours.selected, "fill-opacity": 0.15 },
    },
    {
      id: "selected-rim",
      type: "line",
      source: "selected",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colours.selectedRim, "line-width": 7 },
    },
    {
      id: "selected-line",
      type: "line",
      source: "selected",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colours.selected, "line-width": 4 },
    },
    {
      id: "selected-point",
      type: "circle",
      source: "selected",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": byZoom(11, 7, 16, 11, 19, 18),
        "circle-opacity": 0,
        "circle-stroke-color": colours.selected,
        "circle-stroke-width": 3.5,
      },
    },
  ];
}
