// SPDX-License-Identifier: EUPL-1.2
/** A small picture of the map without the map: which tiles cover a box, and where each one goes. */

import type { Bounds, Territory } from "../types";
import { rasterOf } from "./registry";

const TILE = 256;
/** Width that the picture may have at most, in pixels of the tiles. */
const WIDEST = 640;
/** Zooms at which the rasters have tiles. */
const ZOOMS = { least: 10, most: 17 };

export interface Mosaic {
  /** Left, top, width and height of the box [px from the first tile]. */
  view: [number, number, number, number];
  tiles: { z: number; x: number; y: number; left: number; top: number }[];
}

/** The box of the water of the last event. */
export function bounds(territory: Territory): Bounds | null {
  return rasterOf(territory, "water_depth")?.bounds ?? null;
}

const east = (lon: number): number => (lon + 180) / 360;
const south = (lat: number): number =>
  0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

/** The tiles that cover a box, at the finest zoom whose picture stays small. */
export function tiles([w, s, e, n]: Bounds): Mosaic {
  const [left, right, top, bottom] = [east(w), east(e), south(n), south(s)];
  const span = Math.max(right - left, bottom - top, 1e-9);
  const fit = Math.floor(Math.log2(WIDEST / (TILE * span)));
  const z = Math.min(ZOOMS.most, Math.max(ZOOMS.least, fit));
  const scale = 2 ** z;
  const [x0, y0] = [Math.floor(left * scale), Math.floor(top * scale)];
  const found: Mosaic["tiles"] = [];
  for (let y = y0; y < bottom * scale; y++)
    for (let x = x0; x < right * scale; x++)
      found.push({ z, x, y, left: TILE * (x - x0), top: TILE * (y - y0) });
  const px = (share: number, first: number) => TILE * (share * scale - first);
  const place = [px(left, x0), px(top, y0)] as const;
  return {
    view: [...place, px(right, x0) - place[0], px(bottom, y0) - place[1]],
    tiles: found,
  };
}
