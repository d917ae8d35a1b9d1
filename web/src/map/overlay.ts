// SPDX-License-Identifier: EUPL-1.2
/** What the reader points at, chose or draws: over the map, below its names. */

import type { LayerSpecification } from "maplibre-gl";
import { byZoom } from "./paint";
import type { Palette } from "./palette";

export function collection(geometries: readonly GeoJSON.Geometry[]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: geometries.map((geometry) => ({ type: "Feature", geometry, properties: {} })),
  };
}

const round = { "line-cap": "round" as const, "line-join": "round" as const };

export function overlay(colours: Palette): LayerSpecification[] {
  return [...area(colours), ...hover(colours), ...selection(colours), ...draft(colours)];
}

function area(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "area-fill",
      type: "fill",
      source: "area",
      paint: { "fill-color": colours.drawn, "fill-opacity": 0.08 },
    },
    {
      id: "area-rim",
      type: "line",
      source: "area",
      layout: round,
      paint: { "line-color": colours.selectedRim, "line-width": 5 },
    },
    {
      id: "area-line",
      type: "line",
      source: "area",
      paint: { "line-color": colours.drawn, "line-width": 2.5, "line-dasharray": [3, 1.5] },
    },
  ];
}

function hover(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "hover-line",
      type: "line",
      source: "hover",
      filter: ["!=", ["geometry-type"], "Point"],
      layout: round,
      paint: { "line-color": colours.hover, "line-width": 2 },
    },
    {
      id: "hover-point",
      type: "circle",
      source: "hover",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": byZoom(11, 5, 16, 8, 19, 14),
        "circle-opacity": 0,
        "circle-stroke-color": colours.hover,
        "circle-stroke-width": 2,
      },
    },
  ];
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
      layout: round,
      paint: { "line-color": colours.selectedRim, "line-width": 7 },
    },
    {
      id: "selected-line",
      type: "line",
      source: "selected",
      layout: round,
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

function draft(colours: Palette): LayerSpecification[] {
  return [
    {
      id: "draft-line",
      type: "line",
      source: "draft",
      layout: round,
      paint: { "line-color": colours.drawn, "line-width": 2.5 },
    },
    {
      id: "draft-point",
      type: "circle",
      source: "draft",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 6,
        "circle-color": colours.selectedRim,
        "circle-stroke-color": colours.drawn,
        "circle-stroke-width": 3,
      },
    },
  ];
}
