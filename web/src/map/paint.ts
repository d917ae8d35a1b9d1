// SPDX-License-Identifier: EUPL-1.2
/** Pieces that every part of the style is written with. */

import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  LayerSpecification,
} from "maplibre-gl";
import type { Palette } from "./palette";

/** Drawn by the browser from the page's own typeface: no server of glyphs. */
export const FONT = ["Atkinson Hyperlegible Next"];

export type Zoomed<T> = DataDrivenPropertyValueSpecification<T>;

/** A size that grows with the zoom, as maps on paper do with their scale. */
export const byZoom = (...stops: unknown[]): Zoomed<number> =>
  ["interpolate", ["exponential", 1.6], ["zoom"], ...stops] as unknown as Zoomed<number>;

/** A value that fades with the zoom. */
export const fade = (...stops: unknown[]): Zoomed<number> =>
  ["interpolate", ["linear"], ["zoom"], ...stops] as unknown as Zoomed<number>;

/** An expression built from lists, which the type cannot follow. */
export const expression = (...parts: unknown[]): ExpressionSpecification =>
  parts as unknown as ExpressionSpecification;

/** An attribute as lower-case text; empty when it is not known. */
export const word = (attribute: string): ExpressionSpecification =>
  expression("downcase", ["to-string", ["coalesce", ["get", attribute], ""]]);

export const has = (text: ExpressionSpecification, ...words: string[]): ExpressionSpecification =>
  expression("any", ...words.map((item) => ["in", item, text]));

/** Source and layer of a table: its name, in the tiles as in the style. */
export function of(table: string): { source: string; "source-layer": string } {
  return { source: table, "source-layer": table };
}

export function name(
  colours: Palette,
  table: string,
  more: {
    id?: string;
    size: Zoomed<number> | number;
    minzoom?: number;
    maxzoom?: number;
    layout?: object;
    filter?: ExpressionSpecification;
    colour?: string;
    halo?: number;
  },
): LayerSpecification {
  const { id = `${table}-name`, size, minzoom = 0, maxzoom = 24, layout, filter } = more;
  return {
    id,
    type: "symbol",
    ...of(table),
    minzoom,
    maxzoom,
    ...(filter ? { filter } : {}),
    layout: {
      "text-field": ["coalesce", ["get", "name"], ""],
      "text-font": FONT,
      "text-size": size,
      ...layout,
    },
    paint: {
      "text-color": more.colour ?? colours.text,
      "text-halo-color": colours.halo,
      "text-halo-width": more.halo ?? 1.6,
    },
  } as LayerSpecification;
}
