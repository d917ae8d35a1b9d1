// SPDX-License-Identifier: EUPL-1.2
/** Icons of the open set Lucide (ISC), and our own mark: a lighthouse with four beams. */

import { html, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import back from "lucide-static/icons/arrow-left.svg?raw";
import arrow from "lucide-static/icons/arrow-right.svg?raw";
import building from "lucide-static/icons/building-2.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import down from "lucide-static/icons/chevron-down.svg?raw";
import up from "lucide-static/icons/chevron-up.svg?raw";
import shrink from "lucide-static/icons/chevrons-left.svg?raw";
import expand from "lucide-static/icons/chevrons-right.svg?raw";
import why from "lucide-static/icons/circle-help.svg?raw";
import climate from "lucide-static/icons/cloud-rain-wind.svg?raw";
import copy from "lucide-static/icons/copy.svg?raw";
import download from "lucide-static/icons/download.svg?raw";
import water from "lucide-static/icons/droplets.svg?raw";
import district from "lucide-static/icons/hexagon.svg?raw";
import buildings from "lucide-static/icons/house-plug.svg?raw";
import informs from "lucide-static/icons/info.svg?raw";
import luminaire from "lucide-static/icons/lamp.svg?raw";
import layers from "lucide-static/icons/layers.svg?raw";
import target from "lucide-static/icons/map-pin.svg?raw";
import whole from "lucide-static/icons/maximize.svg?raw";
import minus from "lucide-static/icons/minus.svg?raw";
import moon from "lucide-static/icons/moon.svg?raw";
import both from "lucide-static/icons/move-horizontal.svg?raw";
import blocks from "lucide-static/icons/octagon-x.svg?raw";
import pause from "lucide-static/icons/pause.svg?raw";
import draw from "lucide-static/icons/pencil-ruler.svg?raw";
import polygon from "lucide-static/icons/pentagon.svg?raw";
import play from "lucide-static/icons/play.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";
import print from "lucide-static/icons/printer.svg?raw";
import tilt from "lucide-static/icons/rotate-3d.svg?raw";
import street from "lucide-static/icons/route.svg?raw";
import plan from "lucide-static/icons/sliders-horizontal.svg?raw";
import rectangle from "lucide-static/icons/square-dashed.svg?raw";
import sun from "lucide-static/icons/sun.svg?raw";
import table from "lucide-static/icons/table-2.svg?raw";
import degrades from "lucide-static/icons/triangle-alert.svg?raw";
import close from "lucide-static/icons/x.svg?raw";

const drawings = {
  both,
  pause,
  play,
  plan,
  buildings,
  water,
  tilt,
  rectangle,
  polygon,
  draw,
  climate,
  arrow,
  back,
  blocks,
  building,
  check,
  close,
  copy,
  degrades,
  district,
  down,
  download,
  expand,
  informs,
  layers,
  luminaire,
  minus,
  moon,
  plus,
  print,
  shrink,
  street,
  sun,
  table,
  target,
  up,
  whole,
  why,
};
export type IconName = keyof typeof drawings;

const cleaned = new Map<IconName, string>();

/** An icon beside a text: hidden from screen readers, in the colour of the text. */
export function icon(name: IconName): TemplateResult {
  let drawing = cleaned.get(name);
  if (!drawing) {
    drawing = drawings[name]
      .replace(/<!--.*?-->\s*/s, "")
      .replace(/width="24"\s+height="24"/, 'width="20" height="20" aria-hidden="true"')
      .replace(/class="[^"]*"/, 'class="icon"')
      .replace('stroke-width="2"', 'stroke-width="1.75"');
    cleaned.set(name, drawing);
  }
  return html`${unsafeHTML(drawing)}`;
}

/** The icon of a table of the twin. */
export function tableIcon(table: string): TemplateResult {
  return icon(table in drawings ? (table as IconName) : "target");
}

/** The lighthouse: one beam per worksite. */
export function mark(): TemplateResult {
  return html`<svg viewBox="0 0 32 32" aria-hidden="true">
    <path d="M14 9.5 1 3v6.5l13 2z" fill="var(--lighting-fill)" />
    <path d="M18 9.5 31 3v6.5l-13 2z" fill="var(--water-fill)" />
    <path d="M14 11.8 1 13v6.5l13-6z" fill="var(--climate-fill)" />
    <path d="m18 11.8 13 1.2v6.5l-13-6z" fill="var(--buildings-fill)" />
    <path d="M16 2.5 12.2 7h7.6zM12.8 8h6.4v5.4h-6.4zM12.4 14.6h7.2L22 27.5H10zM8 28.6h16V31H8z" fill="currentColor" />
    <path d="M14.6 9.3h2.8v3h-2.8z" fill="var(--surface)" />
  </svg>`;
}
