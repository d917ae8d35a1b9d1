// SPDX-License-Identifier: EUPL-1.2
/** Boxes: that of the first view, that of a geometry. */

import type { Bounds, Territory } from "../types";
import { isDrawn, rasterOf } from "./registry";

/** Facts that fill the place where people live; others (bridges, rivers) may be few or far away. */
const SETTLED = ["municipality", "district", "building", "street", "luminaire"];

/** The whole view: what both the light and the settled place cover (rivers may run far away). */
export function home(territory: Territory): Bounds | null {
  const bounds = (layer: string) => rasterOf(territory, layer)?.bounds;
  const ground = bounds("water_depth") ?? bounds("dtm");
  if (ground && !SETTLED.some((table) => isDrawn(territory, table))) return ground;
  const [all, light] = [territory.home ?? territory.bounds, bounds("illuminance")];
  if (!all || !light) return all ?? light ?? null;
  const [west, south] = [Math.max(all[0], light[0]), Math.max(all[1], light[1])];
  const [east, north] = [Math.min(all[2], light[2]), Math.min(all[3], light[3])];
  return west < east && south < north ? [west, south, east, north] : all;
}

/** The box around a geometry. */
export function extent(geometry: GeoJSON.Geometry): Bounds | null {
  const box: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") {
      const [x, y] = part as [number, number];
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
      return;
    }
    for (const inner of part) walk(inner);
  };
  if (geometry.type === "GeometryCollection") {
    for (const inner of geometry.geometries)
      walk("coordinates" in inner ? inner.coordinates : null);
  } else {
    walk(geometry.coordinates);
  }
  return Number.isFinite(box[0]) ? box : null;
}
