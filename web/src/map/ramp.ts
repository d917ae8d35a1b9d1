// SPDX-License-Identifier: EUPL-1.2
/**
 * The ramp of a raster: bright on dark as the server draws it, and its reverse for the day view.
 *
 * By day MapLibre turns the hue by 180° and reverses the lightness of each pixel; the legend goes
 * through the same arithmetic, so that its colours stay those of the map.
 */

import { number } from "../format";
import { t } from "../i18n";
import type { RasterInfo } from "../types";
import { palette } from "./palette";

export interface Step {
  color: string;
  label: string;
}

type Rgb = [red: number, green: number, blue: number];

function parse(color: string): Rgb {
  const hex = color.replace("#", "");
  return [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255) as Rgb;
}

function write(rgb: Rgb): string {
  const part = (x: number) =>
    Math.round(255 * Math.min(1, Math.max(0, x)))
      .toString(16)
      .padStart(2, "0");
  return `#${rgb.map(part).join("")}`;
}

/** What the map makes of a pixel by day: hue turned by half a circle, then lightness reversed. */
export function byDay(color: string): string {
  const rgb = parse(color);
  const sum = rgb[0] + rgb[1] + rgb[2];
  return write(rgb.map((x) => 1 - ((2 / 3) * sum - x)) as Rgb);
}

/** How a raster is seen: facts lie faint below all else, what glows is reversed by day. */
interface Seen {
  opacity: number;
  reversed: boolean;
}

function seenAs(raster: RasterInfo, night: boolean): Seen {
  if (!raster.worksite) return { opacity: night ? 0.35 : 0.5, reversed: false };
  const [first, last] = [raster.colors[0], raster.colors.at(-1)];
  const glows = Boolean(first && last && sum(first) < sum(last));
  if (!glows) return { opacity: 0.8, reversed: false };
  return { opacity: night ? 0.92 : 0.62, reversed: !night };
}

/** The reverse of the day as the matrix of an SVG filter, for pictures without the map. */
export const BY_DAY = [0, 1, 2]
  .map((own) => `${[0, 1, 2].map((band) => (band === own ? 1 / 3 : -2 / 3)).join(" ")} 0 1`)
  .concat("0 0 0 1 0")
  .join(" ");

/** Whether a raster is seen reversed. */
export function isReversed(raster: RasterInfo, night: boolean): boolean {
  return seenAs(raster, night).reversed;
}

function sum(color: string): number {
  return parse(color).reduce((all, part) => all + part, 0);
}

/** A colour seen through the raster's opacity, over the ground of the map. */
function over(color: string, ground: string, share: number): string {
  const [a, b] = [parse(color), parse(ground)];
  return write(a.map((x, i) => share * x + (1 - share) * (b[i] as number)) as Rgb);
}

/** The paint properties that do the same on the map. */
export function rasterPaint(raster: RasterInfo, night: boolean): Record<string, number | string> {
  const { opacity, reversed } = seenAs(raster, night);
  return {
    "raster-opacity": opacity,
    "raster-hue-rotate": reversed ? 180 : 0,
    "raster-brightness-min": reversed ? 1 : 0,
    "raster-brightness-max": reversed ? 0 : 1,
    "raster-resampling": "linear",
    "raster-fade-duration": 0,
  };
}

/** Shadow and light of the relief: black and white already, fainter by night. */
export function shadePaint(night: boolean): Record<string, number | string> {
  return {
    "raster-opacity": night ? 0.5 : 0.55,
    "raster-resampling": "linear",
    "raster-fade-duration": 0,
  };
}

/** The classes of a raster with the values that bound them. */
export function steps(raster: RasterInfo, night: boolean): Step[] {
  const { classes, colors } = raster;
  const { ground } = palette(night);
  const { opacity, reversed } = seenAs(raster, night);
  const seen = (color: string): string => over(reversed ? byDay(color) : color, ground, opacity);
  const shown = colors.map(seen);
  return shown.map((color, i) => ({ color, label: label(classes, colors.length, i) }));
}

/** Classes may be names, lower bounds, edges, or inner thresholds. */
function label(classes: (number | string)[], count: number, i: number): string {
  const text = (value: number | string | undefined): string =>
    typeof value === "number" ? number(value, 2) : (value ?? "");
  if (classes.length === count - 1) {
    return i === 0 ? t("legend.below", { value: text(classes[0]) }) : text(classes[i - 1]);
  }
  return text(classes[i]);
}
