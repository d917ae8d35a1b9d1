// SPDX-License-Identifier: EUPL-1.2
/** Roads by hierarchy: wide and early when they matter, thin and late when they do not. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { byZoom, expression, fade, has, name, of, word } from "./paint";
import type { Palette } from "./palette";

const hierarchy = word("hierarchy");

/**
 * Rank of a road, 1 for a motorway to 5 for a path, from the words of its publisher: the importance
 * of BD TOPO ("1" to "6"), the classes of OpenStreetMap, the legal classes of French roads.
 */
export function rank(): ExpressionSpecification {
  return expression(
    "match",
    hierarchy,
    ["1", "motorway", "trunk", "motorway_link", "trunk_link", "autoroute", "autoroutière"],
    1,
    ["2", "primary", "primary_link", "nationale", "route nationale"],
    2,
    ["3", "secondary", "secondary_link", "tertiary", "tertiary_link", "départementale"],
    3,
    ["6", "track", "path", "footway", "cycleway", "steps", "bridleway", "pedestrian", "sentier"],
    5,
    // Words that a publisher joins to others: "chemin rural", "route départementale 12".
    [
      "case",
      has(hierarchy, "autorout"),
      1,
      has(hierarchy, "national"),
      2,
      has(hierarchy, "départemental", "departemental"),
      3,
      has(hierarchy, "chemin", "sentier", "piste", "escalier"),
      5,
      4,
    ],
  );
}

/** Roads that a scale has room for. */
const seen = expression("<=", rank(), ["step", ["zoom"], 2, 10, 3, 12, 4, 14, 5]);

/** A width for each rank at a few zooms. */
function widths(...rows: [zoom: number, ...widths: number[]][]) {
  const stops = rows.flatMap(([zoom, ...width]) => [
    zoom,
    ["match", rank(), ...width.slice(0, -1).flatMap((each, i) => [i + 1, each]), width.at(-1)],
  ]);
  return byZoom(...stops);
}

const CASING = widths([8, 1.6, 1.2, 0.9, 0.5, 0.4], [13, 5, 4, 3, 1.6, 1], [18, 26, 22, 18, 14, 5]);
const FILL = widths([8, 1, 0.7, 0.5, 0.3, 0.3], [13, 3.6, 2.8, 2, 1, 0.7], [18, 22, 18, 15, 11, 3]);

/** Over the light a street is a thin line: the light on it is the subject. */
export function streets(
  colours: Palette,
  night: boolean,
  underLight: boolean,
): LayerSpecification[] {
  const common = {
    type: "line" as const,
    ...of("street"),
    filter: seen,
    layout: {
      "line-cap": "round" as const,
      "line-join": "round" as const,
      "line-sort-key": expression("-", 6, rank()),
    },
  };
  const [thin, thinner] = night ? [0.25, 0.15] : [0.5, 0.35];
  return [
    {
      ...common,
      id: "street-casing",
      paint: {
        "line-color": colours.casing,
        "line-width": CASING,
        "line-opacity": underLight ? fade(14, 0.9, 17, thinner) : 0.95,
      },
    },
    {
      ...common,
      id: "street",
      paint: {
        "line-color": ["match", rank(), 1, colours.motorway, 2, colours.mainRoad, colours.street],
        "line-width": FILL,
        "line-opacity": underLight ? fade(13, 0.95, 17, thin) : 1,
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

/** Names along the lines, the most important roads first. */
export function streetNames(colours: Palette): LayerSpecification {
  return name(colours, "street", {
    size: fade(12.5, 10.5, 18, 15),
    minzoom: 12.5,
    filter: expression(
      "all",
      ["has", "name"],
      ["<=", rank(), ["step", ["zoom"], 3, 14, 4, 15.5, 5]],
    ),
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 320,
      "symbol-sort-key": rank(),
      "text-max-angle": 30,
      "text-padding": 6,
    },
  });
}
