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
  if (shape in PIECES) piece(context, shape, colour, halo);
  else if (name === "hatch-energy") hatch(context, night ? groups.buildings : halo);
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

/** Signs of a water network: what is filled, and what is drawn over it in the colour of the rim. */
export const PIECES: Record<string, readonly [body: string, marks: string]> = {
  // A tank on its foot, with the level of its water.
  tank: ["M6 5H26V20H20V27H12V20H6Z", "M8 11H24"],
  // Water that comes from outside: a drop.
  source: ["M16 3C21 10 25 14 25 19A9 9 0 0 1 7 19C7 14 11 10 16 3Z", "M12 20A4 4 0 0 0 16 24"],
  // A leak: a drop that points at its pipe.
  leak: ["M16 31C13 25 6 20 6 13A10 10 0 0 1 26 13C26 20 19 25 16 31Z", "M11 13H21M16 8V18"],
  // A pump: a disc and the way of the water.
  pump: ["M16 4A12 12 0 1 1 15.9 4Z", "M12 9L23 16L12 23Z"],
  // A valve: two triangles that meet.
  valve: ["M4 7L16 16L4 25ZM28 7L16 16L28 25Z", ""],
  shut: ["M8 10L16 16L8 22ZM24 10L16 16L24 22Z", ""],
  // A hydrant: a square on its corner, and its outlet.
  hydrant: ["M16 4L28 16L16 28L4 16Z", "M12 11V21M20 11V21M12 16H20"],
  meter: ["M8 8H24V24H8Z", "M12 20L20 12"],
};

function piece(context: CanvasRenderingContext2D, shape: string, fill: string, rim: string): void {
  const [body, marks] = PIECES[shape] ?? ["", ""];
  const path = new Path2D(body);
  context.lineJoin = "round";
  context.strokeStyle = rim;
  context.lineWidth = 3.5;
  context.stroke(path);
  context.fillStyle = fill;
  context.fill(path);
  context.lineWidth = 2.2;
  context.lineCap = "round";
  context.stroke(new Path2D(marks));
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
