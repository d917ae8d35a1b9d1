// SPDX-License-Identifier: EUPL-1.2
/** What the map is asked to show. */

import type { Colour, Point } from "../state";
import type { Territory } from "../types";

export interface Look {
  territory: Territory;
  /** Names of the layers shown. */
  layers: readonly string[];
  colour: Colour;
  night: boolean;
  at: string | null;
  /** Moment of the event shown [s]; null: its greatest values. */
  moment: number | null;
  selected: GeoJSON.Geometry | null;
  area: readonly Point[] | null;
  volumes: boolean;
  /** Folder of the page: tiles are asked below it. */
  base: string;
}

/** The polygon of an area: its corners, the first one again at the end. */
export function polygon(corners: readonly Point[]): GeoJSON.Polygon {
  const [first] = corners;
  return { type: "Polygon", coordinates: [[...corners, ...(first ? [first] : [])]] };
}
