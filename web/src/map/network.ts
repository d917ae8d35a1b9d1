// SPDX-License-Identifier: EUPL-1.2
/** Water networks: pipes as wide as they are, nodes, and a sign for each kind of equipment. */

import type { ExpressionSpecification, LayerSpecification, Map as LibreMap } from "maplibre-gl";
import { quantity } from "../format";
import { dayAt, flowOn, searched, shownLeaks } from "../leaks";
import type { Page } from "../page";
import {
  type Coloured,
  coloured,
  DECADES,
  hasNetwork,
  materials,
  networks,
  type Shown,
  shownOf,
  WORKSITE,
} from "../water";
import { byZoom, expression, FONT, fade, name, of } from "./paint";
import type { Palette } from "./palette";

/** What the map is asked to show of the networks. */
export interface Network {
  shown: Shown;
  /** Classes of the elements; null for what the tiles themselves bear, and until it is known. */
  coloured: Coloured | null;
  /** Materials that have a colour, in their order. */
  materials: readonly string[];
  /** Leaks drawn with their flow: those of the day looked at; null for those that still run. */
  leaks: readonly { readonly id: string; readonly flow: string }[] | null;
}

/** Ramps of the project's palettes, from dark to light; `base/palettes.csv` has the same. */
export const RAMPS = {
  blues: ["#0b2a5b", "#155a9c", "#3a8fd0", "#83c2ee", "#def1ff"],
  purples: ["#2c1457", "#5a2f92", "#8a63bd", "#b99fdd", "#efe6fb"],
  vermilions: ["#54130a", "#932a17", "#cf5130", "#ec9470", "#fde4d8"],
} as const;
const RAMP: Partial<Record<Shown, keyof typeof RAMPS>> = {
  velocity: "purples",
  flow: "blues",
  age: "vermilions",
  criticality: "vermilions",
  leaks: "vermilions",
  breaks: "purples",
  year: "vermilions",
};
/** Too little in vermilion, too much in dark blue; what is usual is the nearest to the ground. */
const PRESSURE: readonly [day: string, night: string][] = [
  ["#54130a", "#fde4d8"],
  ["#a83a1c", "#ffb08a"],
  ["#ec8a5c", "#c9542c"],
  ["#9cc7ea", "#24507e"],
  ["#6ba6d9", "#3570a8"],
  ["#3a83c6", "#4f93d1"],
  ["#1f66aa", "#77b4e8"],
  ["#154a85", "#a9d4f7"],
  ["#0b2a5b", "#e2f2ff"],
];
/** Hues that colour-blind readers tell apart; the last one is for all other materials. */
const MATERIALS: readonly [day: string, night: string][] = [
  ["#0b6fb0", "#6cb8f2"],
  ["#c4501f", "#ff9c66"],
  ["#0f8a6a", "#5fd6b4"],
  ["#7d4fb0", "#c3a5f2"],
  ["#a37a00", "#f0cf52"],
  ["#b33a78", "#f79ac6"],
  ["#5c6670", "#9aa6b2"],
];

/** Colours of the classes of a quantity, by day or by night. */
export function classColours(shown: Shown, count: number, night: boolean): string[] {
  const of = RAMP[shown];
  if (!of) return PRESSURE.map((pair) => pair[night ? 1 : 0]);
  // By day from light to dark, by night from dark to light: the least is the nearest to the ground.
  const [from, to] = night ? [0.32, 1] : [0.84, 0];
  const last = Math.max(1, count - 1);
  return Array.from({ length: count }, (_, i) =>
    between(RAMPS[of], from + ((to - from) * i) / last),
  );
}

/** The colour of a ramp at a share of its length. */
function between(ramp: readonly string[], share: number): string {
  const at = Math.max(0, Math.min(ramp.length - 1 - 1e-9, share * (ramp.length - 1)));
  const [low, high] = [ramp[Math.floor(at)] ?? "#000000", ramp[Math.floor(at) + 1] ?? "#000000"];
  const part = (hex: string, i: number) => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) =>
    Math.round(part(low, i) + (part(high, i) - part(low, i)) * (at % 1)),
  );
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

export function materialColour(at: number, night: boolean): string {
  const last = MATERIALS.length - 1;
  return (MATERIALS[at < 0 ? last : Math.min(at, last)] ?? ["", ""])[night ? 1 : 0];
}

/** What the map shows of the networks; null beside the other worksites. */
export function networkOf(page: Page): Network | null {
  if (page.state.tab !== WORKSITE || !hasNetwork(page.territory)) return null;
  const known = networks(page);
  return {
    shown: shownOf(page),
    coloured: coloured(page),
    materials: known.status === "ok" ? materials(known.value.rows) : [],
    leaks: shownOf(page) === "leaks" ? drops(page) : null,
  };
}

/** The leaks of the day looked at, as the map writes them. */
function drops(page: Page): { id: string; flow: string }[] {
  const found = searched(page);
  const day = found ? dayAt(found, page.state.moment) : "";
  return shownLeaks(page).map((leak) => ({
    id: leak.id,
    flow: quantity(flowOn(leak, day) ?? leak.flow_m3_h, "m³/h"),
  }));
}

const state = expression("coalesce", ["feature-state", "c"], -1);
const diameter = expression(
  "to-number",
  ["get", "diameter_mm"],
  ["get", "diameter_mm_estimated"],
  100,
);

/**
 * A width that follows the diameter, between that of a service pipe and that of a main; more of it
 * where an element has a class, when only some of them have one.
 */
function width(extra = 0, marked = 0) {
  const more = marked ? ["case", [">=", state, 0], extra + marked, extra] : extra;
  const wide = (least: number, most: number) => [
    "interpolate",
    ["linear"],
    diameter,
    40,
    marked ? ["+", least, more] : least + extra,
    400,
    marked ? ["+", most, more] : most + extra,
  ];
  return byZoom(10, wide(0.5, 1.6), 14, wide(1.4, 5), 18, wide(4, 16));
}

/** The colour of a class written beside each element. */
function byClass(network: Network, night: boolean, otherwise: string): ExpressionSpecification {
  const colours = classColours(network.shown, network.coloured?.counts.length ?? 0, night);
  const pairs = colours.flatMap((colour, i) => [i, colour]);
  return pairs.length ? expression("match", state, ...pairs, otherwise) : always(otherwise);
}

/**
 * A colour for all, as an expression of the state nevertheless: MapLibre fails when what it told
 * the state to has become a constant.
 */
const always = (colour: string) => expression("match", state, -9, colour, colour);

function pipeColour(
  network: Network | null,
  colours: Palette,
  night: boolean,
): ExpressionSpecification {
  if (network?.coloured?.table === "pipe") return byClass(network, night, colours.unknown);
  if (network?.shown === "material") {
    const pairs = network.materials.flatMap((name, i) => [name, materialColour(i, night)]);
    if (!pairs.length) return always(colours.unknown);
    const other = materialColour(-1, night);
    const named = expression("match", ["to-string", ["get", "material"]], ...pairs, other);
    return expression("case", ["has", "material"], named, colours.unknown);
  }
  if (network?.shown === "year") {
    const ramp = decadeColours(night);
    const year = expression("to-number", ["get", "installed_to"], ["get", "installed_from"], 0);
    const steps = DECADES.flatMap((decade, i) => [decade, ramp[i + 1]]);
    return expression("case", ["==", year, 0], colours.unknown, ["step", year, ramp[0], ...steps]);
  }
  // Nodes tell their colours apart on grey pipes only.
  return always(network?.coloured ? colours.unknown : colours.groups.water);
}

/** Colours of the decades of laying: the oldest is the farthest from the ground. */
export function decadeColours(night: boolean): string[] {
  return classColours("year", DECADES.length + 1, night).reverse();
}

export function pipes(
  colours: Palette,
  night: boolean,
  network: Network | null,
): LayerSpecification[] {
  const round = { "line-cap": "round" as const, "line-join": "round" as const };
  // Beside nodes that are coloured, pipes are what holds them together.
  const quiet = !network || network.coloured?.table === "junction";
  // A zone to search stands out of the pipes that have nothing to do with it.
  const zones = network?.shown === "leaks" ? 3 : 0;
  const plain = quiet ? (night ? 0.5 : 0.55) : 1;
  return [
    {
      id: "pipe-casing",
      type: "line",
      ...of("pipe"),
      minzoom: 12,
      layout: round,
      paint: {
        "line-color": colours.halo,
        "line-width": width(2, zones),
        "line-opacity": fade(12, 0.2, 15, quiet ? 0.6 : 0.9),
      },
    },
    {
      id: "pipe",
      type: "line",
      ...of("pipe"),
      layout: round,
      paint: {
        "line-color": pipeColour(network, colours, night),
        "line-width": width(0, zones),
        // An expression of the state whatever is shown: see `always`.
        "line-opacity": expression(
          "case",
          [">=", state, 0],
          zones ? 1 : plain,
          zones ? 0.45 : plain,
        ),
      },
    },
    {
      // A pipe that is closed is crossed at intervals: its colour alone would not say so.
      id: "pipe-closed",
      type: "line",
      ...of("pipe"),
      minzoom: 13,
      filter: ["==", ["get", "status"], "closed"],
      paint: {
        "line-color": colours.text,
        "line-width": width(1),
        "line-dasharray": [0.35, 2.2],
      },
    },
    {
      id: "pipe-hit",
      type: "line",
      ...of("pipe"),
      paint: { "line-color": colours.halo, "line-opacity": 0, "line-width": byZoom(11, 5, 18, 18) },
    },
  ];
}

/** What the map writes along a pipe: its diameter, and what it is coloured by when that is a fact. */
export function pipeNames(colours: Palette, network: Network | null): LayerSpecification {
  const size = ["number-format", ["get", "diameter_mm"], { "max-fraction-digits": 0 }];
  const bore = ["case", ["has", "diameter_mm"], ["concat", "DN ", size], ""];
  const year = ["to-string", ["coalesce", ["get", "installed_to"], ["get", "installed_from"], ""]];
  const fact =
    network?.shown === "material"
      ? ["to-string", ["coalesce", ["get", "material"], ""]]
      : network?.shown === "year"
        ? year
        : "";
  return name(colours, "pipe", {
    size: 11.5,
    minzoom: 16,
    layout: {
      "text-field": fact ? ["concat", fact, ["case", ["==", fact, ""], "", " "], bore] : bore,
      "symbol-placement": "line",
      "symbol-spacing": 260,
      "text-padding": 6,
    },
  });
}

/** Nodes: coloured when what is shown is theirs, else small, and from near only. */
export function junctions(
  colours: Palette,
  night: boolean,
  network: Network | null,
): LayerSpecification[] {
  const mine = network?.coloured?.table === "junction";
  // The lowest classes of pressure are larger: what lacks is seen without its colour.
  const last = mine && network?.shown === "pressure" ? 2 : -2;
  const low = ["all", [">=", state, 0], ["<=", state, last]];
  const size = (usual: number) => ["case", low, usual * 1.7, usual];
  return [
    {
      id: "junction",
      type: "circle",
      ...of("junction"),
      minzoom: mine ? 9 : 15.5,
      paint: {
        "circle-color":
          mine && network ? byClass(network, night, colours.unknown) : always(colours.halo),
        "circle-radius": mine
          ? byZoom(10, size(1.4), 13, size(2.9), 16, size(5.4), 19, size(9))
          : byZoom(15.5, size(1.2), 19, size(4.5)),
        "circle-stroke-color": mine ? colours.halo : colours.groups.water,
        "circle-stroke-width": mine ? byZoom(12, 0.3, 16, 1.2) : byZoom(15.5, 0.8, 19, 1.6),
      },
    },
  ];
}

export function junctionNames(colours: Palette): LayerSpecification {
  return name(colours, "junction", {
    size: 11.5,
    minzoom: 17.5,
    layout: {
      "text-field": ["coalesce", ["get", "name"], ["get", "id"]],
      "text-anchor": "top",
      "text-offset": [0, 0.8],
      "text-optional": true,
      "text-padding": 4,
    },
  });
}

/** Equipment that has a sign of its own, the zoom from which it is drawn and the sign. */
export const SIGNS: Record<string, readonly [from: number, sign: string]> = {
  tank: [10, "tank"],
  reservoir: [10, "source"],
  pump: [12, "pump"],
  valve: [12, "valve"],
  hydrant: [14.5, "hydrant"],
  isolation_valve: [15.5, "shut"],
  meter: [16, "meter"],
};

/** A piece of equipment: its line when it is one, and its sign in the middle. */
export function equipment(table: string, geometry: string, colours: Palette): LayerSpecification[] {
  const [from, sign] = SIGNS[table] ?? [14, "square"];
  const colour = colours.groups.water;
  const along = geometry === "line";
  const drawn: LayerSpecification[] = [
    {
      id: `${table}-point`,
      type: "symbol",
      ...of(table),
      minzoom: from,
      layout: {
        "icon-image": `${sign}-${colour}`,
        "icon-size": byZoom(from, 0.7, Math.max(17, from + 1), 1.2, 20, 1.5),
        "icon-allow-overlap": true,
        ...(along ? { "symbol-placement": "line-center" as const } : {}),
        ...(along && sign !== "valve" ? { "icon-rotation-alignment": "viewport" as const } : {}),
      },
    },
  ];
  if (along)
    drawn.unshift({
      id: table,
      type: "line",
      ...of(table),
      paint: { "line-color": colour, "line-width": byZoom(12, 1, 18, 4) },
    });
  return drawn;
}

/** Names of equipment; of a valve, its type and what it is set to. */
export function equipmentNames(
  table: string,
  geometry: string,
  colours: Palette,
): LayerSpecification {
  const set = ["number-format", ["get", "setting"], { "max-fraction-digits": 1 }];
  const valve = [
    "concat",
    ["to-string", ["coalesce", ["get", "type"], ""]],
    ["case", ["has", "setting"], ["concat", " ", set], ""],
  ];
  const large = table === "tank" || table === "reservoir";
  const from = { isolation_valve: 17.5, meter: 18.5 }[table] ?? 15.5;
  return {
    id: `${table}-name`,
    type: "symbol",
    ...of(table),
    minzoom: large ? 13 : from,
    layout: {
      "text-field": table === "valve" ? valve : ["coalesce", ["get", "name"], ["get", "id"]],
      "text-font": FONT,
      "text-size": large ? 13 : 12,
      "text-anchor": "top",
      "text-offset": [0, 1.1],
      "text-optional": true,
      ...(geometry === "line"
        ? { "symbol-placement": "line-center", "text-rotation-alignment": "viewport" }
        : {}),
    },
    paint: {
      "text-color": colours.text,
      "text-halo-color": colours.halo,
      "text-halo-width": 1.6,
    },
  } as LayerSpecification;
}

/** Probable leaks: a drop at the pipe to begin with, and how much it loses. */
export function leakPoints(
  colours: Palette,
  night: boolean,
  network: Network | null,
): LayerSpecification[] {
  const drops = network?.leaks ?? null;
  const drawn = drops
    ? expression("in", ["get", "id"], ["literal", drops.map(({ id }) => id)])
    : expression("!", ["has", "ended_at"]);
  const texts = (drops ?? []).flatMap(({ id, flow }) => [id, flow]);
  const flow = texts.length ? expression("match", ["get", "id"], ...texts, "") : "";
  return [
    {
      id: "leak-point",
      type: "symbol",
      ...of("leak"),
      filter: drawn,
      layout: {
        "icon-image": `leak-${leakColour(night)}`,
        "icon-size": byZoom(9, 0.9, 14, 1.5, 18, 2),
        "icon-anchor": "bottom",
        "icon-allow-overlap": true,
        "text-field": flow,
        "text-font": FONT,
        "text-size": 13,
        "text-anchor": "top",
        "text-offset": [0, 0.2],
        "text-optional": true,
      },
      paint: {
        "text-color": colours.text,
        "text-halo-color": colours.halo,
        "text-halo-width": 1.8,
      },
    },
  ];
}

/** The colour of leaks: the far end of the ramp of their zones. */
export function leakColour(night: boolean): string {
  return RAMPS.vermilions[night ? 3 : 1];
}

/** Service connections: thin, from the main to the house. */
export function connections(colours: Palette): LayerSpecification[] {
  const table = "service_connection";
  return [
    {
      id: table,
      type: "line",
      ...of(table),
      filter: ["==", ["geometry-type"], "LineString"],
      paint: { "line-color": colours.groups.water, "line-width": byZoom(15, 0.5, 19, 2) },
    },
    {
      id: `${table}-point`,
      type: "circle",
      ...of(table),
      minzoom: 16,
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": colours.groups.water, "circle-radius": byZoom(16, 1.2, 19, 3) },
    },
  ];
}

/** Limits of the areas whose inflow is metered. */
export function areas(colours: Palette): LayerSpecification[] {
  const table = "district_metered_area";
  return [
    {
      id: table,
      type: "fill",
      ...of(table),
      paint: { "fill-color": colours.groups.water, "fill-opacity": 0.05 },
    },
    {
      id: `${table}-line`,
      type: "line",
      ...of(table),
      paint: {
        "line-color": colours.groups.water,
        "line-width": 1,
        "line-opacity": 0.6,
        "line-dasharray": [3, 3],
      },
    },
  ];
}

/** Writes the class of each element beside it, where its table is drawn: the style then colours it. */
export class Painter {
  private readonly done = new Map<string, { source: unknown; coloured: Coloured | null }>();

  paint(map: LibreMap, network: Network | null): void {
    for (const table of ["pipe", "junction"]) {
      const source = map.getSource(table);
      const wanted = network?.coloured?.table === table ? network.coloured : null;
      const before = this.done.get(table);
      if (!source) this.done.delete(table);
      if (!source || (before?.source === source && before.coloured === wanted)) continue;
      this.done.set(table, { source, coloured: wanted });
      const target = { source: table, sourceLayer: table };
      if (!wanted || before?.coloured?.ids !== wanted.ids) map.removeFeatureState(target);
      wanted?.ids.forEach((id, i) => {
        map.setFeatureState({ ...target, id }, { c: wanted.classes[i] ?? -1 });
      });
    }
  }
}
