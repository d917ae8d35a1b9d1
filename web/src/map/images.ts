// SPDX-License-Identifier: EUPL-1.2
/** Signs and hatches that the style names: drawn here when MapLibre misses them, asked of no one. */

import type { Map as LibreMap } from "maplibre-gl";
import { palette } from "./palette";

const SIZE = 32;

/** Draws the image of a name of the style: "square-#7d4600", "hatch-hazard". */
export function supply(map: LibreMap, name: string, night: boolean): void {
  if (map.hasImage(name)) return;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const context = canvas.getContext("2d");
  if (!context) return;
  const cut = name.indexOf("-");
  const [shape, colour] = [name.slice(0, cut), name.slice(cut + 1)];
  const { hazard, halo, groups } = palette(night);
  if (name === "hatch-energy") hatch(context, night ? groups.buildings : halo);
  else if (shape === "hatch") hatch(context, hazard);
  else sign(context, shape, colour, halo);
  map.addImage(name, context.getImageData(0, 0, SIZE, SIZE), { pixelRatio: 2 });
}

function hatch(context: CanvasRenderingContext2D, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  for (const from of [-SIZE / 2, 0, SIZE / 2, SIZE]) {
    context.beginPath();
    context.moveTo(from, SIZE);
    context.lineTo(from + SIZE, 0);
    context.stroke();
  }
}

function sign(context: CanvasRenderingContext2D, shape: string, fill: string, rim: string): void {
  const [low, high, middle] = [5, SIZE - 5, SIZE / 2];
  context.beginPath();
  if (shape === "triangle") {
    context.moveTo(middle, low);
    context.lineTo(high, high);
    context.lineTo(low, high);
    context.closePath();
  } else if (shape === "square") {
    context.rect(low + 1, low + 1, high - low - 2, high - low - 2);
  } else {
    context.arc(middle, middle, 5, 0, 2 * Math.PI);
  }
  context.fillStyle = fill;
  context.strokeStyle = rim;
  context.lineWidth = 3;
  context.stroke();
  context.fill();
}
