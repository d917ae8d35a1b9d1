// SPDX-License-Identifier: EUPL-1.2
/** The address is the state: what is shown can be bookmarked, sent and gone back to. */

import type { Ref, Severity } from "./types";
import { SHOWN, type Shown } from "./water";

export const TABS = [
  "today",
  "lighting",
  "water",
  "climate",
  "buildings",
  "decide",
  "findings",
  "data",
] as const;
export type Tab = (typeof TABS)[number];

export const METRICS = ["saving", "capex", "payback", "npv", "co2"] as const;
export type Metric = (typeof METRICS)[number];

export const SEVERITIES = ["blocks", "degrades", "informs"] as const satisfies readonly Severity[];

export type Lang = "fr" | "en";
export type Colour = "lamp_type" | "power_w";

/** Zoom, latitude, longitude; then, when the map is turned or tilted, bearing and pitch [°]. */
export type View = [zoom: number, lat: number, lon: number, bearing?: number, pitch?: number];

/** Longitude and latitude. */
export type Point = [lon: number, lat: number];
/** What the table twin is limited to. */
export const EXTENTS = ["view", "area", "all"] as const;
export type Extent = (typeof EXTENTS)[number];
/** Corners that a drawn area may have: as many as an address can bear. */
export const MOST_CORNERS = 200;

export interface State {
  tab: Tab;
  /** Asset whose sheet is open. */
  sheet: Ref | null;
  /** Figure being explained. */
  why: Ref | null;
  /** Table whose rows stand for the map; "" for the first one drawn, null when it is closed. */
  table: string | null;
  /** Attribute that the rows are sorted by, a minus sign before it for the largest first. */
  sort: string | null;
  within: Extent;
  /** Figure that buildings are listed by, a minus sign before it for the largest first; null: by need a square metre. */
  order: string | null;
  /** Layers shown; null: those that the territory shows by default. */
  layers: readonly string[] | null;
  map: View | null;
  /** Moment shown: of an event since it began, of a water network's day since midnight [s]; null: the greatest values, or those that stand for the day. */
  moment: number | null;
  /** What colours the water network. */
  network: Shown;
  /** Share of the map that shows the night before, the one after beside it [%]; null: no comparison. */
  compare: number | null;
  /** Corners of the area drawn on the map. */
  area: readonly Point[] | null;
  /** Whether buildings stand up. */
  volumes: boolean;
  /** null: as the system prefers. */
  night: boolean | null;
  lang: Lang;
  /** Version or date looked at; null: the latest. */
  at: string | null;
  colour: Colour;
  /** Quantity the options are compared by. */
  metric: Metric;
  /** Findings shown: of one severity, about one table, raised by one worksite; null: all. */
  severity: Severity | null;
  about: string | null;
  origin: string | null;
  /** Kind of finding that is unfolded. */
  code: string | null;
  /** Further pages of that kind. */
  more: number;
  /** Investment that the choice may take [€]; null: as much as is useful. */
  budget: number | null;
  /** Years that the choice counts; null: the longest life of the options. */
  years: number | null;
  /** What a tonne of CO₂e avoided is worth to the reader beyond its money [€/t]. */
  climate: number;
  /** From 0, options judged on their mean, to 100, on the low end of their interval [%]. */
  prudence: number;
  /** Panel over most of the screen. */
  wide: boolean;
}

/** How one parameter is read and written; what cannot be read is undefined. */
interface Field<T> {
  readonly otherwise: T;
  read(text: string): T | undefined;
  write(value: T): string | null;
  /** Part of a text that was read nevertheless, and says nothing; "" when all of it does. */
  vain?(text: string): string;
}

/** Longest reference that is looked at: the server takes identifiers of 300 characters. */
const LONGEST = 400;

function oneOf<T extends string>(allowed: readonly T[], otherwise: T): Field<T> {
  return {
    otherwise,
    read: (text) => allowed.find((item) => item === text),
    write: (value) => value,
  };
}

function flag(): Field<boolean> {
  return {
    otherwise: false,
    read: (text) => (text === "1" ? true : text === "0" ? false : undefined),
    write: (value) => (value ? "1" : null),
  };
}

function reference(): Field<Ref | null> {
  return {
    otherwise: null,
    read: (text) => parseRef(text) ?? undefined,
    write: (value) => value && writeRef(value),
  };
}

/** Reads "table/id"; the id may itself contain a slash. */
export function parseRef(value: string | null): Ref | null {
  const cut = value?.indexOf("/") ?? -1;
  if (!value || cut < 1 || cut === value.length - 1 || value.length > LONGEST) return null;
  const table = value.slice(0, cut);
  return /^[a-z_]+$/.test(table) ? { table, id: value.slice(cut + 1) } : null;
}

export function writeRef(ref: Ref): string {
  return `${ref.table}/${ref.id}`;
}

const numbers = (text: string, by: string): number[] =>
  text.split(by).map((part) => (part.trim() === "" ? Number.NaN : Number(part)));

function isPlace(lon: number, lat: number): boolean {
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
}

const view: Field<View | null> = {
  otherwise: null,
  read: (text) => {
    const parts = numbers(text, "/");
    const [zoom = Number.NaN, lat = 0, lon = 0, bearing = 0, pitch = 0] = parts;
    const sound =
      (parts.length === 3 || parts.length === 5) &&
      parts.every(Number.isFinite) &&
      zoom >= 0 &&
      zoom <= 24 &&
      isPlace(lon, lat) &&
      Math.abs(bearing) <= 180 &&
      pitch >= 0 &&
      pitch <= 85;
    if (!sound) return undefined;
    return parts.length === 3 ? [zoom, lat, lon] : [zoom, lat, lon, bearing, pitch];
  },
  write: (value) => {
    if (!value) return null;
    const [zoom, lat, lon, bearing = 0, pitch = 0] = value;
    const turned = Math.abs(bearing) >= 0.05 || pitch >= 0.05;
    const place = [zoom.toFixed(2), lat.toFixed(5), lon.toFixed(5)];
    return [...place, ...(turned ? [bearing.toFixed(1), pitch.toFixed(1)] : [])].join("/");
  },
};

const NAME = /^[a-z][a-z0-9_]{0,60}$/;

/** Names of layers are those of the territory, which is not known yet: their form is checked. */
const layers: Field<readonly string[] | null> = {
  otherwise: null,
  read: (text) => {
    const names = [...new Set(text.split(",", 60))].filter((name) => NAME.test(name));
    return names.length || text === "" ? names : undefined;
  },
  write: (value) => value?.join(",") ?? null,
  vain: (text) =>
    text
      .split(",")
      .filter((name) => name && !NAME.test(name))
      .join(","),
};

/** Corners of an area, "lon,lat;lon,lat;…", three at least. */
const area: Field<readonly Point[] | null> = {
  otherwise: null,
  read: (text) => {
    const corners = text.split(";", MOST_CORNERS + 1).map((corner) => numbers(corner, ","));
    const sound =
      corners.length >= 3 &&
      corners.length <= MOST_CORNERS &&
      corners.every(
        ([lon = Number.NaN, lat = Number.NaN, ...more]) => isPlace(lon, lat) && !more.length,
      );
    return sound ? (corners as Point[]) : undefined;
  },
  write: (value) =>
    value?.map((corner) => corner.map((part) => part.toFixed(6)).join(",")).join(";") ?? null,
};

/** "1" asks for the first table drawn, a name for that one. */
const table: Field<string | null> = {
  otherwise: null,
  read: (text) => (text === "1" ? "" : text === "0" ? null : NAME.test(text) ? text : undefined),
  write: (value) => (value === "" ? "1" : value),
};

const sort: Field<string | null> = {
  otherwise: null,
  read: (text) => (NAME.test(text.replace(/^-/, "")) ? text : undefined),
  write: (value) => value,
};

const night: Field<boolean | null> = {
  otherwise: null,
  read: (text) => ({ "1": true, "0": false })[text],
  write: (value) => (value === null ? null : value ? "1" : "0"),
};

const at: Field<string | null> = {
  otherwise: null,
  read: (text) => (/^\d[\d:T.Z+-]{0,39}$/.test(text) ? text : undefined),
  write: (value) => value,
};

/** A name of the territory, whose form alone is checked. */
const named: Field<string | null> = {
  otherwise: null,
  read: (text) => (NAME.test(text) ? text : undefined),
  write: (value) => value,
};

const severity: Field<Severity | null> = {
  otherwise: null,
  read: (text) => SEVERITIES.find((item) => item === text),
  write: (value) => value,
};

const code: Field<string | null> = {
  otherwise: null,
  read: (text) => (/^[A-Z]{2,8}-[A-Z]{1,4}\d{1,5}$/.test(text) ? text : undefined),
  write: (value) => value,
};

/** A number within its bounds; what is beyond them cannot be read. */
function amount<T extends number | null>(
  least: number,
  most: number,
  otherwise: T,
): Field<number | T> {
  return {
    otherwise,
    read: (text) => {
      const value = /^\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
    write: (value) => (value === null ? null : String(value)),
  };
}

/** The parameters of the address. */
const FIELDS: { readonly [Name in keyof State]: Field<State[Name]> } = {
  tab: oneOf(TABS, "today"),
  sheet: reference(),
  why: reference(),
  table,
  sort,
  within: oneOf(EXTENTS, "view"),
  order: sort,
  layers,
  map: view,
  moment: amount<null>(0, 1e8, null),
  network: oneOf(SHOWN, "pressure"),
  compare: amount<null>(0, 100, null),
  area,
  volumes: flag(),
  night,
  lang: oneOf(["fr", "en"] as const, "fr"),
  at,
  colour: oneOf(["lamp_type", "power_w"] as const, "lamp_type"),
  metric: oneOf(METRICS, "npv"),
  severity,
  about: named,
  origin: named,
  code,
  more: amount<number>(0, 9, 0),
  budget: amount<null>(0, 1e12, null),
  years: amount<null>(1, 60, null),
  climate: amount<number>(0, 100_000, 0),
  prudence: amount<number>(0, 100, 0),
  wide: flag(),
};
const NAMES = Object.keys(FIELDS) as (keyof State)[];

/** A parameter of the address that says nothing to the page. */
export interface Ignored {
  name: string;
  value: string;
}

function asked(search: string): URLSearchParams {
  return new URLSearchParams(search);
}

/** Reads an address; what is malformed falls back to its default. */
export function parse(search: string): State {
  const query = asked(search);
  const value = <T>(name: string, field: Field<T>): T => {
    const text = query.get(name);
    return (text === null ? undefined : field.read(text)) ?? field.otherwise;
  };
  return Object.fromEntries(
    NAMES.map((name) => [name, value(name, FIELDS[name] as Field<unknown>)]),
  ) as unknown as State;
}

/** What an address asks for and the page cannot give: unknown names, malformed values. */
export function ignored(search: string): Ignored[] {
  return [...new URLSearchParams(search)].flatMap(([name, text]) => {
    const known = NAMES.find((field) => field === name);
    const field = known && (FIELDS[known] as Field<unknown>);
    const read = field && field.read(text) !== undefined;
    const vain = read ? (field.vain?.(text) ?? "") : text;
    return read && !vain ? [] : [{ name, value: vain }];
  });
}

/** Writes the address of a state; defaults are left out, so that addresses stay short. */
export function serialise(state: State): string {
  const query = new URLSearchParams();
  for (const name of NAMES) {
    const field = FIELDS[name] as Field<unknown>;
    const text = field.write(state[name]);
    if (text !== null && text !== field.write(field.otherwise)) query.set(name, text);
  }
  const text = query
    .toString()
    .replaceAll("%2F", "/")
    .replaceAll("%2C", ",")
    .replaceAll("%3B", ";");
  return text ? `?${text}` : "?";
}

/** Settings that change what a place shows without leaving it. */
const QUIET: Partial<State> = {
  map: null,
  moment: null,
  network: "pressure",
  compare: null,
  night: null,
  metric: "npv",
  sort: null,
  order: null,
  code: null,
  more: 0,
  budget: null,
  years: null,
  climate: 0,
  prudence: 0,
};

/** Whether going from one state to the next is a step that the back button should undo. */
export function isStep(from: State, to: State): boolean {
  const place = (s: State): string => serialise({ ...s, ...QUIET });
  return place(from) !== place(to);
}
