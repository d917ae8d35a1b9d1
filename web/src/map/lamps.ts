// SPDX-License-Identifier: EUPL-1.2
/** Lamps: coloured by family or by power; a fact is a disc, an estimate a ring. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { maybe } from "../i18n";
import type { Colour } from "../state";
import { byZoom, expression, FONT, fade, of } from "./paint";
import { lampColour, lampTypes, type Palette, POWER_STEPS, palette, powerColours } from "./palette";

/** What colours a lamp: a fact of the inventory, else the estimate beside it, else nothing. */
function paintOf(attribute: Colour, night: boolean) {
  const value = expression("coalesce", ["get", attribute], ["get", `${attribute}_estimated`]);
  const { unknown } = palette(night);
  if (attribute === "lamp_type") {
    const pairs = lampTypes().flatMap((type) => [type, lampColour(type, night)]);
    return expression("match", ["to-string", value], ...pairs, unknown);
  }
  const ramp = powerColours(night);
  const stops = POWER_STEPS.flatMap((step, i) => [step, ramp[i + 1]]);
  const power = expression("step", ["to-number", value, 0], ramp[0], ...stops);
  return expression("case", ["==", ["to-number", value, -1], -1], unknown, power);
}

/** By power, size says it too: colour never stands alone. */
function radius(attribute: Colour, extra = 0) {
  if (attribute !== "power_w")
    return byZoom(11, 0.6 + extra / 4, 14, 1.6 + extra / 2, 16, 3.6 + extra, 19, 8.5 + extra);
  const value = ["coalesce", ["get", "power_w"], ["get", "power_w_estimated"]];
  const size = (least: number, most: number) => [
    "interpolate",
    ["linear"],
    ["to-number", value, 0],
    20,
    least + extra,
    250,
    most + extra,
  ];
  return byZoom(11, 0.7, 14, size(1.1, 2.4), 16, size(2.4, 5.4), 19, size(5.5, 12));
}

export function lamps(colours: Palette, attribute: Colour, night: boolean): LayerSpecification[] {
  const colour = paintOf(attribute, night);
  const estimated: ExpressionSpecification = ["!", ["has", attribute]];
  return [
    {
      ...of("luminaire"),
      id: "luminaire-rim",
      type: "circle",
      minzoom: 15,
      paint: {
        "circle-color": colours.lampRim,
        "circle-radius": radius(attribute, 2.2),
        "circle-opacity": fade(15, 0, 16, 0.85),
      },
    },
    {
      ...of("luminaire"),
      id: "luminaire",
      type: "circle",
      paint: {
        "circle-color": colour,
        "circle-radius": radius(attribute),
        "circle-opacity": fade(14, 0.8, 15.5, ["case", estimated, 0.2, 1]),
        "circle-stroke-color": colour,
        "circle-stroke-width": fade(14, 0, 15.5, ["case", estimated, 1.4, 0], 18, [
          "case",
          estimated,
          2.2,
          0,
        ]),
      },
    },
    {
      ...of("luminaire"),
      id: "luminaire-name",
      type: "symbol",
      minzoom: 17.5,
      layout: {
        "text-field": ["concat", shortType(), ["case", ["has", "power_w"], power(), ""]],
        "text-font": FONT,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 0.9],
        "text-optional": true,
      },
      paint: {
        "text-color": colours.text,
        "text-halo-color": colours.halo,
        "text-halo-width": 1.4,
      },
    },
  ];
}

function power(): ExpressionSpecification {
  return expression(
    "concat",
    " ",
    ["number-format", ["get", "power_w"], { "max-fraction-digits": 0 }],
    " W",
  );
}

/** The lamp type as the trade abbreviates it. */
function shortType(): ExpressionSpecification {
  const pairs = lampTypes().flatMap((type) => [type, maybe(`lamp.short.${type}`, type)]);
  return expression("match", ["get", "lamp_type"], ...pairs, "");
}
