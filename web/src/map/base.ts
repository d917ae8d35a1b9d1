// SPDX-License-Identifier: EUPL-1.2
/** The base map, drawn from the twin itself: ground, water, green, buildings, limits, names. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { type Energy, energyMarks, energyPaint, OUTLINED_FROM } from "./energy";
import { byZoom, expression, fade, has, name, of, word } from "./paint";
import type { Palette } from "./palette";

const kind = word("kind");
const named = expression("has", "name");

export function places(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "place",
      type: "fill",
      ...of("place"),
      filter: [
        "all",
        ["==", ["geometry-type"], "Polygon"],
        ["!", has(kind, "municipality", "commune")],
      ],
      paint: {
        "fill-color": [
          "case",
          has(kind, "water", "eau", "river", "lake"),
          colours.water,
          has(kind, "park", "green", "vert", "wood", "bois"),
          colours.park,
          colours.place,
        ],
      },
    },
    {
      id: "place-point",
      type: "circle",
      ...of("place"),
      minzoom: 13.5,
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": colours.halo,
        "circle-radius": byZoom(13.5, 1.6, 18, 4),
        "circle-stroke-color": colours.placeName,
        "circle-stroke-width": 1.4,
      },
    },
  ];
}

/** Names of places that are points: hamlets first, then town hall, school… */
export function placeNames(colours: Palette): LayerSpecification {
  const hamlet = has(kind, "lieu-dit", "hameau", "village", "bourg", "hamlet", "quartier");
  return name(colours, "place", {
    size: fade(12, 11, 17, 14),
    minzoom: 12,
    filter: expression("all", ["==", ["geometry-type"], "Point"], named, [
      "any",
      hamlet,
      [">=", ["zoom"], 14],
    ]),
    layout: {
      "text-max-width": 8,
      "text-padding": 4,
      "text-anchor": "top",
      "text-offset": [0, 0.4],
      "symbol-sort-key": ["case", hamlet, 0, 1],
    },
    colour: colours.placeName,
  });
}

export function area(table: "vegetation" | "water_body", colour: string): LayerSpecification[] {
  return [{ id: table, type: "fill", ...of(table), paint: { "fill-color": colour } }];
}

export function watercourses(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "watercourse",
      type: "line",
      ...of("watercourse"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": colours.stream,
        "line-width": byZoom(8, 0.6, 11, 1, 15, 2.2, 18, 12),
        // A ditch that runs only after rain is thinner on the eye.
        "line-opacity": ["case", has(word("persistence"), "intermit"), 0.4, 1],
      },
    },
  ];
}

export function waterNames(colours: Palette): LayerSpecification {
  return name(colours, "watercourse", {
    size: fade(12, 11, 17, 14),
    minzoom: 12,
    filter: named,
    layout: { "symbol-placement": "line", "symbol-spacing": 420, "text-letter-spacing": 0.06 },
    colour: colours.waterName,
  });
}

/** Where zones of several scenarios lie over one another, the most frequent one is the darkest. */
export function hazards(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "hazard_zone",
      type: "fill",
      ...of("hazard_zone"),
      paint: { "fill-color": colours.hazard, "fill-opacity": 0.14 },
    },
    {
      id: "hazard_zone-hatch",
      type: "fill",
      ...of("hazard_zone"),
      paint: { "fill-pattern": "hatch-hazard", "fill-opacity": 0.75 },
    },
    {
      id: "hazard_zone-line",
      type: "line",
      ...of("hazard_zone"),
      paint: { "line-color": colours.hazard, "line-width": 1.2 },
    },
  ];
}

export function hazardNames(colours: Palette): LayerSpecification {
  return name(colours, "hazard_zone", {
    size: 12,
    minzoom: 13,
    filter: named,
    layout: { "symbol-placement": "line", "symbol-spacing": 360, "text-offset": [0, 0.9] },
    colour: colours.hazardName,
  });
}

export function parcels(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "parcel",
      type: "fill",
      ...of("parcel"),
      minzoom: 15,
      paint: { "fill-color": colours.parcel, "fill-opacity": 0.01 },
    },
    {
      id: "parcel-line",
      type: "line",
      ...of("parcel"),
      minzoom: 15,
      paint: { "line-color": colours.parcel, "line-width": byZoom(15, 0.5, 18, 1.2) },
    },
  ];
}

/** Flat buildings; what has no height stays so when the others stand up. */
export function buildings(
  colours: Palette,
  night: boolean,
  energy: Energy | null,
): LayerSpecification[] {
  const usual = publicOr(colours, colours.building);
  const fill = energy ? energyPaint(energy, night, colours.building) : usual;
  return [
    {
      id: "building",
      type: "fill",
      ...of("building"),
      paint: {
        "fill-color": fill,
        "fill-outline-color": energy
          ? expression("step", ["zoom"], fill, OUTLINED_FROM, colours.buildingLine)
          : colours.buildingLine,
        "fill-opacity": night || energy ? 0.9 : 0.85,
      },
    },
    ...(energy ? energyMarks(energy, colours) : []),
  ];
}

function publicOr(colours: Palette, otherwise: string): ExpressionSpecification {
  return ["case", ["==", ["get", "public"], true], colours.publicBuilding, otherwise];
}

/** Buildings that stand: a known height is full, an estimated one is lighter and seen through. */
export function volumes(
  colours: Palette,
  night: boolean,
  energy: Energy | null,
): LayerSpecification[] {
  const common = { type: "fill-extrusion" as const, ...of("building"), minzoom: 13 };
  return [
    {
      ...common,
      id: "building-3d-estimated",
      filter: ["all", ["!", ["has", "height_m"]], ["has", "height_m_estimated"]],
      paint: {
        "fill-extrusion-height": ["to-number", ["get", "height_m_estimated"], 0],
        "fill-extrusion-color": colours.volumeEstimated,
        "fill-extrusion-opacity": 0.5,
      },
    },
    {
      ...common,
      id: "building-3d",
      filter: ["has", "height_m"],
      paint: {
        "fill-extrusion-height": ["to-number", ["get", "height_m"], 0],
        "fill-extrusion-color": energy
          ? energyPaint(energy, night, colours.volume)
          : publicOr(colours, colours.volume),
        "fill-extrusion-opacity": 0.92,
      },
    },
  ];
}

export function districts(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "district",
      type: "fill",
      ...of("district"),
      paint: { "fill-color": colours.district, "fill-opacity": 0.06 },
    },
    {
      id: "district-line",
      type: "line",
      ...of("district"),
      paint: { "line-color": colours.district, "line-width": 1.25, "line-dasharray": [4, 3] },
    },
  ];
}

export function districtNames(colours: Palette): LayerSpecification {
  return name(colours, "district", {
    size: 15,
    minzoom: 11,
    maxzoom: 15.5,
    layout: { "text-letter-spacing": 0.02, "text-padding": 40 },
    halo: 2,
  });
}

/** The limit of each commune: a light line under a dotted one, as on French maps. */
export function limits(colours: Palette): LayerSpecification[] {
  const line = {
    type: "line" as const,
    ...of("municipality"),
    layout: { "line-join": "round" as const },
  };
  return [
    {
      id: "municipality",
      type: "fill",
      ...of("municipality"),
      maxzoom: 13,
      paint: { "fill-color": colours.limit, "fill-opacity": 0.01 },
    },
    {
      ...line,
      id: "municipality-halo",
      paint: { "line-color": colours.halo, "line-width": byZoom(6, 1, 14, 5), "line-opacity": 0.7 },
    },
    {
      ...line,
      id: "municipality-line",
      paint: {
        "line-color": colours.limit,
        "line-width": byZoom(6, 0.4, 14, 2),
        "line-dasharray": [5, 2, 1, 2],
      },
    },
  ];
}

/** Names of the communes, from the département to the edge of the town. */
export function limitNames(colours: Palette): LayerSpecification {
  return name(colours, "municipality", {
    size: fade(8, 10.5, 12, 15),
    minzoom: 8,
    maxzoom: 12,
    layout: { "text-padding": 12, "text-max-width": 7 },
    halo: 1.8,
  });
}
