// SPDX-License-Identifier: EUPL-1.2
/** Public buildings by their final energy a square metre: darker is more, hatched is supposed. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { classOf, coloured, computed, INTENSITY, STEPS } from "../buildings";
import type { Page } from "../page";
import { expression, of } from "./paint";
import type { Palette } from "./palette";

/** Buildings of each class, and those whose figure rests mostly on estimates. */
export interface Energy {
  classes: readonly (readonly string[])[];
  supposed: readonly string[];
}

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
  if (resource.status !== "ok" || !resource.value.rows.length) return null;
  const classes: string[][] = [...STEPS, 0].map(() => []);
  const supposed: string[] = [];
  for (const { id, figures } of resource.value.rows) {
    const figure = figures[INTENSITY];
    if (!figure?.value) continue;
    classes[classOf(figure.value)]?.push(id);
    if ((figure.estimated_share ?? 0) > MOSTLY) supposed.push(id);
  }
  return { classes, supposed };
}

/** The colour of a building: that of its class, else the usual one. */
export function energyPaint(
  { classes }: Energy,
  night: boolean,
  otherwise: string,
): ExpressionSpecification | string {
  const colours = energyColours(night);
  const pairs = classes.flatMap((ids, i) => (ids.length ? [ids, colours[i]] : []));
  if (!pairs.length) return otherwise;
  return expression("match", ["to-string", ["get", "id"]], ...pairs, otherwise);
}

/** What is drawn over the buildings coloured: hatches, and an outline that shows small ones. */
export function energyMarks({ classes, supposed }: Energy, colours: Palette): LayerSpecification[] {
  const among = (ids: readonly string[]) =>
    expression("in", ["to-string", ["get", "id"]], ["literal", ids]);
  return [
    {
      id: "building-energy-supposed",
      type: "fill",
      ...of("building"),
      filter: among(supposed),
      paint: { "fill-pattern": "hatch-energy", "fill-opacity": 0.6 },
    },
    {
      id: "building-energy-line",
      type: "line",
      ...of("building"),
      filter: among(classes.flat()),
      paint: { "line-color": colours.groups.buildings, "line-width": 1.4 },
    },
  ];
}
