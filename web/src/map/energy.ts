// SPDX-License-Identifier: EUPL-1.2
/** Buildings by their final energy a square metre: darker is more, hatched is supposed. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { classOf, coloured, computed, STEPS } from "../buildings";
import type { Page } from "../page";
import type { AssetValues } from "../types";
import { byZoom, expression, of } from "./paint";
import type { Palette } from "./palette";

/** Buildings of each class, those whose figure rests mostly on estimates, and the public ones. */
export interface Energy {
  classes: readonly (readonly string[])[];
  supposed: readonly string[];
  marked: readonly string[];
  /** Class of the building in the middle of all: that of small ones gathered from afar. */
  middle: number;
  /** Stands for the whole where styles are compared: tens of thousands of names are not written. */
  toJSON?: () => number;
}

/** Zoom from which hatches can be told from one another. */
const HATCHED_FROM = 15;
/** Zoom from which a building is wider than its outline. */
export const OUTLINED_FROM = 14;
/** What was gathered of each answer, and its number. */
const gathered = new WeakMap<AssetValues, Energy>();
let answers = 0;

/** Share of estimates from which a figure is hatched. */
const MOSTLY = 0.5;
/** One hue; the least is the nearest to the ground, by day as by night. */
const COLOURS: readonly [day: string, night: string][] = [
  ["#cfe8d5", "#1d3a2a"],
  ["#a3d3b1", "#23573b"],
  ["#74b98a", "#2f7a52"],
  ["#459a66", "#4aa46d"],
  ["#1f7145", "#86d0a0"],
  ["#0a4428", "#d2f5de"],
];

export function energyColours(night: boolean): string[] {
  return COLOURS.map((pair) => pair[night ? 1 : 0]);
}

/** What colours the buildings of the map; null when the view is another, or nothing is known. */
export function energyOf(page: Page): Energy | null {
  if (page.state.tab !== "buildings" || !computed(page)) return null;
  const resource = coloured(page);
  if (resource.status !== "ok" || !resource.value.ids.length) return null;
  const known = gathered.get(resource.value);
  if (known) return known;
  const energy = gather(resource.value);
  gathered.set(resource.value, energy);
  return energy;
}

function gather({ ids, values, estimated_shares, marked }: AssetValues): Energy {
  const classes: string[][] = [...STEPS, 0].map(() => []);
  const supposed: string[] = [];
  const told = new Set<string>();
  ids.forEach((id, i) => {
    const value = values[i];
    if (!value) return;
    told.add(id);
    classes[classOf(value)]?.push(id);
    if ((estimated_shares[i] ?? 0) > MOSTLY) supposed.push(id);
  });
  answers += 1;
  const number = answers;
  let before = 0;
  const middle = classes.findIndex((part) => {
    before += part.length;
    return 2 * before >= told.size;
  });
  return {
    classes,
    supposed,
    middle,
    marked: marked.filter((id) => told.has(id)),
    toJSON: () => number,
  };
}

/** The colour of a building: that of its class, else the usual one; what stands for many has no id. */
export function energyPaint(
  { classes, middle }: Energy,
  night: boolean,
  otherwise: string,
): ExpressionSpecification | string {
  const colours = energyColours(night);
  const pairs = classes.flatMap((ids, i) => (ids.length ? [ids, colours[i]] : []));
  if (!pairs.length) return otherwise;
  const rest = ["case", ["has", "id"], otherwise, colours[middle] ?? otherwise];
  return expression("match", ["to-string", ["get", "id"]], ...pairs, rest);
}

/** What is drawn over the buildings coloured: hatches, and an outline of the public ones. */
export function energyMarks({ supposed, marked }: Energy, colours: Palette): LayerSpecification[] {
  // A match finds a name among tens of thousands at once; an "in" would read them all.
  const among = (ids: readonly string[]) =>
    ids.length
      ? expression("match", ["to-string", ["get", "id"]], ids, true, false)
      : expression("literal", false);
  return [
    {
      id: "building-energy-supposed",
      type: "fill",
      ...of("building"),
      minzoom: HATCHED_FROM,
      filter: among(supposed),
      paint: { "fill-pattern": "hatch-energy", "fill-opacity": 0.6 },
    },
    {
      id: "building-energy-line",
      type: "line",
      ...of("building"),
      // From afar outlines would hide the colours.
      minzoom: OUTLINED_FROM,
      filter: among(marked),
      paint: {
        "line-color": colours.groups.buildings,
        "line-width": byZoom(OUTLINED_FROM, 0.8, 17, 2.4),
      },
    },
  ];
}
