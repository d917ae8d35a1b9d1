// SPDX-License-Identifier: EUPL-1.2
/** Any other table, from its kind of geometry and the hue of its worksite: nothing to declare. */

import type { LayerSpecification } from "maplibre-gl";
import { byZoom, expression, name, of } from "./paint";
import type { Palette } from "./palette";
import type { Group, MapLayer } from "./registry";

/** Classes of a density, drawn in one hue: darker is more. */
export interface Graded {
  attribute: string;
  steps: readonly number[];
}

/** Tables whose areas are coloured by a quantity. */
export const GRADED: Record<string, Graded> = {
  population: { attribute: "inhabitants", steps: [1, 10, 50, 100, 200] },
};

/** Opacity of each class, the hue being that of the group. */
export const CLASSES = [0.1, 0.22, 0.36, 0.52, 0.7];

/** Symbols that are not discs: a reader tells them apart without their colours. */
const SIGNS: Record<string, string> = { cabinet: "square", sensor: "triangle", address: "dot" };

export function sign(table: string): string {
  return SIGNS[table] ?? "disc";
}

export function hue(colours: Palette, group: Group, table = ""): string {
  return table === "tree" ? colours.tree : colours.groups[group];
}

export function generic(layer: MapLayer, colours: Palette): LayerSpecification[] {
  const { name: table, geometry } = layer;
  const colour = hue(colours, layer.group, table);
  const drawn: LayerSpecification[] = [];
  if (geometry === "polygon" || geometry === "any") drawn.push(...areas(table, colour));
  if (geometry === "line" || geometry === "any") drawn.push(line(table, colour, geometry));
  if (geometry === "point" || geometry === "any") drawn.push(points(table, colour, colours));
  return drawn;
}

function areas(table: string, colour: string): LayerSpecification[] {
  const polygon = expression("==", ["geometry-type"], "Polygon");
  const graded = GRADED[table];
  const opacity = graded
    ? expression(
        "step",
        ["to-number", ["get", graded.attribute], 0],
        0,
        ...graded.steps.flatMap((step, i) => [step, CLASSES[i]]),
      )
    : 0.16;
  return [
    {
      id: table,
      type: "fill",
      ...of(table),
      filter: polygon,
      paint: { "fill-color": colour, "fill-opacity": opacity },
    },
    {
      id: `${table}-outline`,
      type: "line",
      ...of(table),
      filter: polygon,
      paint: { "line-color": colour, "line-width": byZoom(11, 0.3, 18, 1.2), "line-opacity": 0.8 },
    },
  ];
}

function line(table: string, colour: string, geometry: string): LayerSpecification {
  return {
    id: geometry === "any" ? `${table}-line` : table,
    type: "line",
    ...of(table),
    filter: ["==", ["geometry-type"], "LineString"],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": byZoom(10, 0.8, 14, 2, 18, 5) },
  };
}

function points(table: string, colour: string, colours: Palette): LayerSpecification {
  const id = `${table}-point`;
  if (table in SIGNS) {
    return {
      id,
      type: "symbol",
      ...of(table),
      minzoom: table === "address" ? 16 : 13,
      filter: ["==", ["geometry-type"], "Point"],
      layout: {
        "icon-image": `${sign(table)}-${colour}`,
        "icon-size": byZoom(13, 0.4, 17, 0.8, 19, 1),
        "icon-allow-overlap": true,
      },
    };
  }
  return {
    id,
    type: "circle",
    ...of(table),
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-color": colour,
      "circle-opacity": 0.85,
      "circle-radius": byZoom(11, 0.5, 14, 1.4, 17, 4, 19, 7),
      "circle-stroke-color": colours.halo,
      "circle-stroke-width": byZoom(14, 0, 17, 1),
    },
  };
}

/** Names of what has one, once there is room for them. */
export function genericNames(layer: MapLayer, colours: Palette): LayerSpecification {
  const along = layer.geometry === "line";
  return name(colours, layer.name, {
    size: 12,
    minzoom: 15.5,
    filter: expression("has", "name"),
    layout: {
      "symbol-placement": along ? "line" : "point",
      "text-anchor": along ? "center" : "top",
      "text-offset": along ? [0, 0] : [0, 0.8],
      "text-optional": true,
    },
  });
}
