// SPDX-License-Identifier: EUPL-1.2
/** What the map is asked to show. */

import type { Colour, Point } from "../state";
import type { Territory } from "../types";
import type { Energy } from "./energy";
import type { Network } from "./network";

export interface Look {
  territory: Territory;
  /** Names of the layers shown. */
  layers: readonly string[];
  colour: Colour;
  night: boolean;
  at: string | null;
  /** Moment of the event shown [s]; null: its greatest values. */
  moment: number | null;
  /** Share of the map that shows the night before, the one after beside it [%]; null: no comparison. */
  compare: number | null;
  selected: GeoJSON.Geometry | null;
  area: readonly Point[] | null;
  volumes: boolean;
  /** What buildings are coloured by; null: by nothing but their being public. */
  energy: Energy | null;
  /** What water networks are coloured by; null: by nothing. */
  network: Network | null;
  /** Folder of the page: tiles are asked below it. */
  base: string;
}

/** The polygon of an area: its corners, the first one again at the end. */
export function polygon(corners: readonly Point[]): GeoJSON.Polygon {
  const [first] = corners;
  return { type: "Polygon", coordinates: [[...corners, ...(first ? [first] : [])]] };
}
