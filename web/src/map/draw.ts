// SPDX-License-Identifier: EUPL-1.2
/** Drawing an area, corner by corner: the same steps for a mouse, a finger and a keyboard. */

import { MOST_CORNERS, type Point } from "../state";
import type { Bounds } from "../types";

export type Shape = "polygon" | "rectangle";

/** An area on its way: its shape, the corners given so far. */
export interface Draft {
  shape: Shape;
  corners: readonly Point[];
}

/** A press this near to the first corner closes a polygon [px]. */
export const CLOSING = 12;

export function begin(shape: Shape): Draft {
  return { shape, corners: [] };
}

/** The four corners of a box, from the south-west. */
export function rectangle([west, south, east, north]: Bounds): Point[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
}

/** What a press adds: the draft with one more corner, or the area when it is complete. */
export function press(
  draft: Draft,
  place: Point,
  distance: (a: Point, b: Point) => number,
): { draft: Draft; area: null } | { draft: null; area: readonly Point[] } {
  const { corners, shape } = draft;
  const [first, last] = [corners[0], corners.at(-1)];
  // The second press of a double one says nothing new.
  if (last && distance(last, place) < 2) return { draft, area: null };
  if (shape === "rectangle" && first) {
    const [west, east] = [first[0], place[0]].sort((a, b) => a - b) as [number, number];
    const [south, north] = [first[1], place[1]].sort((a, b) => a - b) as [number, number];
    if (west === east || south === north) return { draft, area: null };
    return { draft: null, area: rectangle([west, south, east, north]) };
  }
  const closes = first && corners.length >= 3 && distance(first, place) <= CLOSING;
  if (closes || corners.length >= MOST_CORNERS - 1) {
    return { draft: null, area: closes ? corners : [...corners, place] };
  }
  return { draft: { shape, corners: [...corners, place] }, area: null };
}

/** The draft without its last corner. */
export function undo(draft: Draft): Draft {
  return { ...draft, corners: draft.corners.slice(0, -1) };
}

/** The area of a draft that has corners enough, or null. */
export function finish(draft: Draft): readonly Point[] | null {
  return draft.shape === "polygon" && draft.corners.length >= 3 ? draft.corners : null;
}

/** An area as the API takes it: GeoJSON, closed, to a decimetre. */
export function geometryOf(area: readonly Point[]): string {
  const ring = [...area, area[0] as Point].map(([lon, lat]) => [
    Number(lon.toFixed(6)),
    Number(lat.toFixed(6)),
  ]);
  return JSON.stringify({ type: "Polygon", coordinates: [ring] });
}

/** The same as a filter of items. */
export function filterOf(area: readonly Point[]): string {
  const ring = [...area, area[0] as Point].map(
    ([lon, lat]) => `${lon.toFixed(6)} ${lat.toFixed(6)}`,
  );
  return `S_INTERSECTS(geometry,POLYGON((${ring.join(",")})))`;
}
