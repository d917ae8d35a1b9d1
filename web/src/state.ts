// SPDX-License-Identifier: EUPL-1.2
/** The address is the state: what is shown can be bookmarked, sent and gone back to. */

import type { Ref } from "./types";

export const TABS = ["today", "lighting", "decide", "findings", "data"] as const;
export type Tab = (typeof TABS)[number];

export const LAYERS = [
  "illuminance",
  "luminaire",
  "street",
  "building",
  "district",
  "watercourse",
  "water_body",
  "vegetation",
  "place",
  "hazard_zone",
  "parcel",
  "dtm",
] as const;
export type Layer = (typeof LAYERS)[number];
const DEFAULT_LAYERS: readonly Layer[] = [
  "illuminance",
  "luminaire",
  "street",
  "building",
  "watercourse",
  "water_body",
  "vegetation",
  "place",
];

export const METRICS = ["saving", "capex", "payback", "npv", "co2"] as const;
export type Metric = (typeof METRICS)[number];

export type Lang = "fr" | "en";
export type Colour = "lamp_type" | "power_w";

/** Zoom, latitude, longitude. */
export type View = [zoom: number, lat: number, lon: number];

export interface State {
  tab: Tab;
  /** Asset whose sheet is open. */
  sheet: Ref | null;
  /** Figure being explained. */
  why: Ref | null;
  /** Whether the table twin of the map is open. */
  table: boolean;
  layers: readonly Layer[];
  map: View | null;
  /** null: as the system prefers. */
  night: boolean | null;
  lang: Lang;
  /** Version or date looked at; null: the latest. */
  at: string | null;
  colour: Colour;
  /** Quantity the options are compared by. */
  metric: Metric;
  /** Panel over most of the screen. */
  wide: boolean;
}

function oneOf<T extends string>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.find((item) => item === value) ?? otherwise;
}

/** Reads "table/id"; the id may itself contain a slash. */
export function parseRef(value: string | null): Ref | null {
  const cut = value?.indexOf("/") ?? -1;
  if (!value || cut < 1 || cut === value.length - 1) return null;
  const table = value.slice(0, cut);
  return /^[a-z_]+$/.test(table) ? { table, id: value.slice(cut + 1) } : null;
}

export function writeRef(ref: Ref): string {
  return `${ref.table}/${ref.id}`;
}

function parseView(value: string | null): View | null {
  const parts = (value ?? "").split("/").map((part) => (part === "" ? Number.NaN : Number(part)));
  const [zoom, lat, lon] = parts;
  if (parts.length !== 3 || zoom === undefined || lat === undefined || lon === undefined)
    return null;
  const sound =
    zoom >= 0 &&
    zoom <= 24 &&
    Math.abs(lat) <= 85 &&
    Math.abs(lon) <= 180 &&
    !parts.some(Number.isNaN);
  return sound ? [zoom, lat, lon] : null;
}

function parseLayers(value: string | null): readonly Layer[] {
  if (value === null) return DEFAULT_LAYERS;
  const asked = value.split(",");
  return LAYERS.filter((layer) => asked.includes(layer));
}

/** Reads an address; what is malformed falls back to its default. */
export function parse(search: string): State {
  const query = new URLSearchParams(search);
  const night = query.get("night");
  return {
    tab: oneOf(query.get("tab"), TABS, "today"),
    sheet: parseRef(query.get("sheet")),
    why: parseRef(query.get("why")),
    table: query.get("table") === "1",
    layers: parseLayers(query.get("layers")),
    map: parseView(query.get("map")),
    night: night === "1" ? true : night === "0" ? false : null,
    lang: oneOf(query.get("lang"), ["fr", "en"], "fr"),
    at: /^[\d:T.Z+-]{1,40}$/.test(query.get("at") ?? "") ? query.get("at") : null,
    colour: oneOf(query.get("colour"), ["lamp_type", "power_w"], "lamp_type"),
    metric: oneOf(query.get("metric"), METRICS, "npv"),
    wide: query.get("wide") === "1",
  };
}

/** Writes the address of a state; defaults are left out, so that addresses stay short. */
export function serialise(state: State): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | null, byDefault: string | null = null): void => {
    if (value !== null && value !== byDefault) query.set(name, value);
  };
  put("tab", state.tab, "today");
  put("sheet", state.sheet && writeRef(state.sheet));
  put("why", state.why && writeRef(state.why));
  put("table", state.table ? "1" : null);
  put("layers", state.layers.join(","), DEFAULT_LAYERS.join(","));
  put("map", state.map?.map((part, i) => part.toFixed(i ? 5 : 2)).join("/") ?? null);
  put("night", state.night === null ? null : state.night ? "1" : "0");
  put("lang", state.lang, "fr");
  put("at", state.at);
  put("colour", state.colour, "lamp_type");
  put("metric", state.metric, "npv");
  put("wide", state.wide ? "1" : null);
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return text ? `?${text}` : "?";
}

/** Whether going from one state to the next is a step that the back button should undo. */
export function isStep(from: State, to: State): boolean {
  const place = (s: State): string => serialise({ ...s, map: null, night: null, metric: "npv" });
  return place(from) !== place(to);
}
