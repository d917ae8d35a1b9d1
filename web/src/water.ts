// SPDX-License-Identifier: EUPL-1.2
/** What the views, the sheet and the map ask of the water networks: the same requests, once. */

import type { Resource } from "./api";
import { chances, dayAt, days, searched, shownLeaks } from "./leaks";
import type { Page } from "./page";
import type { State } from "./state";
import type { AssetValues, PipeShare, Rows, Territory, WaterNetwork, WaterSeries } from "./types";

export const WORKSITE = "water";
/** Tables of a network's elements: they are of this worksite on the map. */
export const ELEMENTS: ReadonlySet<string> = new Set([
  "pipe",
  "junction",
  "tank",
  "reservoir",
  "pump",
  "valve",
  "hydrant",
  "isolation_valve",
  "service_connection",
  "meter",
  "district_metered_area",
]);

/** What can colour the network. */
export const SHOWN = [
  "pressure",
  "velocity",
  "flow",
  "age",
  "criticality",
  "leaks",
  "breaks",
  "material",
  "year",
] as const;
export type Shown = (typeof SHOWN)[number];

/** How a quantity is obtained and cut into classes. */
interface Quantity {
  table: "junction" | "pipe";
  /** Its series over the day. */
  series?: "pressure_m" | "velocity_m_s" | "flow_m3_h" | "age_h";
  /** Its figure for the whole day. */
  indicator?: string;
  /** What stands for the day: the lowest values, or the largest. */
  day: "low" | "high";
  unit: string;
  /** Bounds of the classes; none: they follow the values. */
  steps?: readonly number[];
}

const QUANTITIES: Partial<Record<Shown, Quantity>> = {
  pressure: {
    table: "junction",
    series: "pressure_m",
    indicator: "water_pressure_min",
    day: "low",
    unit: "m",
    steps: [0, 10, 20, 30, 40, 50, 60, 80],
  },
  velocity: {
    table: "pipe",
    series: "velocity_m_s",
    indicator: "water_velocity_max",
    day: "high",
    unit: "m/s",
    steps: [0.01, 0.1, 0.3, 0.6, 1, 2],
  },
  flow: { table: "pipe", series: "flow_m3_h", day: "high", unit: "m³/h" },
  age: {
    table: "junction",
    series: "age_h",
    indicator: "water_age",
    day: "high",
    unit: "h",
    steps: [6, 12, 24, 48, 72, 120],
  },
  criticality: { table: "pipe", indicator: "water_criticality", day: "high", unit: "m³/h" },
  leaks: { table: "pipe", day: "high", unit: "%", steps: [2, 5, 10, 20, 40] },
  breaks: { table: "pipe", indicator: "water_break_rate", day: "high", unit: "/yr" },
};
/** Classes of pipes by decade of laying, from the first one on. */
export const DECADES = [1950, 1960, 1970, 1980, 1990, 2000, 2010] as const;
/** Materials that have a colour of their own; the others share one. */
export const MOST_MATERIALS = 6;
/** Share of estimates from which a figure is said to rest on them. */
export const MOSTLY = 0.5;

/** What the map and the legend need of a quantity: a class for each element. */
export interface Coloured {
  shown: Shown;
  table: "junction" | "pipe";
  unit: string;
  steps: readonly number[];
  ids: readonly string[];
  values: readonly (number | null)[];
  classes: readonly number[];
  /** Elements of each class. */
  counts: readonly number[];
  /** Stands for the whole where looks are compared. */
  toJSON: () => string;
}

/** The networks; none until they are known. */
export function networks(page: Pick<Page, "read">): Resource<Rows<WaterNetwork>> {
  return page.read<Rows<WaterNetwork>>("api/water/networks");
}

/** Whether the territory has a network of water to draw. */
export function hasNetwork({ tables }: Pick<Territory, "tables">): boolean {
  return tables.some(({ name, count }) => (name === "pipe" || name === "junction") && count > 0);
}

/** Whether the worksite has computed anything here. */
export function computed({ territory }: Pick<Page, "territory">): boolean {
  return territory.worksites.some(({ name, last_run }) => name === WORKSITE && last_run);
}

/** What colours the network: before any run, only what is known of the pipes. */
export function shownOf(page: Pick<Page, "territory"> & { state: Pick<State, "network"> }): Shown {
  const { network } = page.state;
  return computed(page) || !QUANTITIES[network] ? network : "material";
}

/** What can be chosen here: leaks where they were searched, breaks where they were computed. */
export function choices(page: Pick<Page, "territory" | "read">): Shown[] {
  return SHOWN.filter((name) => {
    if (!computed(page)) return !QUANTITIES[name];
    if (name === "leaks") return searched(page) !== null;
    return name !== "breaks" || breaksKnown(page);
  });
}

/** Whether breaks to come are known of any pipe. */
export function breaksKnown(page: Pick<Page, "read">): boolean {
  const found = page.read<{ total: number }>("api/water/breaks", { limit: 1 });
  return found.status === "ok" && found.value.total > 0;
}

/** The series of what is shown; null for what has none. */
export function seriesOf(page: Pick<Page, "read">, shown: Shown): Resource<WaterSeries> | null {
  const quantity = QUANTITIES[shown]?.series;
  if (!quantity) return null;
  return page.read<WaterSeries>("api/water/series", { quantity, bounds: "false" });
}

/** The times of the day that the map can show [s]; none where the quantity has no series. */
export function times(
  page: Pick<Page, "territory" | "read"> & { state: Pick<State, "network"> },
): number[] {
  if (!computed(page)) return [];
  if (shownOf(page) === "leaks") {
    const found = searched(page);
    return found ? days(found) : [];
  }
  const resource = seriesOf(page, shownOf(page));
  return resource?.status === "ok" && resource.value.ids.length ? resource.value.times_s : [];
}

/** Where a moment lies among times; −1 for the day as a whole. */
export function timeAt(all: readonly number[], moment: number | null): number {
  return moment === null ? -1 : all.indexOf(moment);
}

/** What stands for a day: its lowest value, or its largest whatever the direction. */
export function ofDay(values: readonly (number | null)[] | null, day: "low" | "high") {
  const known = (values ?? []).filter((value): value is number => value !== null);
  if (!known.length) return null;
  return day === "low" ? Math.min(...known) : Math.max(...known.map(Math.abs));
}

/** The class of a value: how many of the bounds it reaches. */
export function classOf(value: number, steps: readonly number[]): number {
  return steps.filter((step) => value >= step).length;
}

/** Four bounds in round numbers below the largest value, and one that tells nothing from little. */
export function roundSteps(values: readonly (number | null)[]): number[] {
  const most = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  if (!(most > 0)) return [1];
  const round: number[] = [];
  for (let power = Math.floor(Math.log10(most)); round.length < 5; power -= 1) {
    for (const digit of [5, 2, 1]) {
      const step = Number((digit * 10 ** power).toPrecision(1));
      if (step <= most * 0.75 && round.length < 5) round.push(step);
    }
  }
  return round.reverse();
}

/** Answers gathered once: by what they came from, then by time. */
const gathered = new WeakMap<object, Map<string, Coloured>>();
let answers = 0;

/** What colours the network now; null for what is no quantity, or is not known yet. */
export function coloured(page: Page): Coloured | null {
  const shown = shownOf(page);
  const quantity = QUANTITIES[shown];
  if (!quantity || !computed(page)) return null;
  if (shown === "leaks") return colouredLeaks(page, quantity);
  const series = seriesOf(page, shown);
  if (series?.status === "ok" && series.value.ids.length) {
    const found = series.value;
    const at = timeAt(found.times_s, page.state.moment);
    return remember(found, `${shown} ${at}`, () => {
      const whole = quantity.steps ?? roundSteps(found.values.map((day) => ofDay(day, "high")));
      const values = found.values.map((day) =>
        at < 0 ? ofDay(day, quantity.day) : (day?.[at] ?? null),
      );
      return gather(shown, quantity, whole, found.ids, values);
    });
  }
  if (!quantity.indicator || series?.status === "loading") return null;
  const figures = page.read<AssetValues>(`api/values/${quantity.table}`, {
    worksite: WORKSITE,
    indicator: quantity.indicator,
  });
  if (figures.status !== "ok") return null;
  const { ids, values } = figures.value;
  return remember(figures.value, shown, () =>
    gather(shown, quantity, quantity.steps ?? roundSteps(values), ids, values),
  );
}

/** The zones of the leaks shown: the chance of a leak on each of their pipes. */
function colouredLeaks(page: Page, quantity: Quantity): Coloured | null {
  const found = searched(page);
  if (!found) return null;
  const { sheet, moment } = page.state;
  const rows = shownLeaks(page);
  const key = `leaks ${sheet?.table === "leak" ? sheet.id : dayAt(found, moment)}`;
  return remember(found, key, () => {
    const each = chances(rows);
    return gather("leaks", quantity, quantity.steps ?? [], [...each.keys()], [...each.values()]);
  });
}

function remember(source: object, key: string, make: () => Coloured): Coloured {
  const known = gathered.get(source) ?? new Map<string, Coloured>();
  gathered.set(source, known);
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

function gather(
  shown: Shown,
  { table, unit }: Quantity,
  steps: readonly number[],
  ids: readonly string[],
  values: readonly (number | null)[],
): Coloured {
  // Water may flow either way: what counts of a flow or of a velocity is its size.
  const size = (value: number) => (table === "pipe" ? Math.abs(value) : value);
  const classes = values.map((value) => (value === null ? -1 : classOf(size(value), steps)));
  const counts = [...steps, 0].map((_, i) => classes.filter((each) => each === i).length);
  answers += 1;
  const name = `${shown} ${answers}`;
  return { shown, table, unit, steps, ids, values, classes, counts, toJSON: () => name };
}

/** The parts of all networks together, those of most length first; what is not known comes last. */
export function together(
  rows: readonly WaterNetwork[],
  part: "materials" | "decades",
): PipeShare[] {
  const found = new Map<string, PipeShare>();
  for (const share of rows.flatMap((row) => row[part])) {
    const before = found.get(share.name) ?? { name: share.name, count: 0, length_m: 0 };
    found.set(share.name, {
      name: share.name,
      count: before.count + share.count,
      length_m: (before.length_m ?? 0) + (share.length_m ?? 0),
    });
  }
  const length = ({ length_m }: PipeShare) => length_m ?? 0;
  const order = (a: PipeShare, b: PipeShare) =>
    part === "decades" ? a.name.localeCompare(b.name) : length(b) - length(a);
  return [...found.values()].sort((a, b) => Number(!a.name) - Number(!b.name) || order(a, b));
}

/** The materials that have a colour of their own, the longest first. */
export function materials(rows: readonly WaterNetwork[]): string[] {
  return together(rows, "materials")
    .map(({ name }) => name)
    .filter(Boolean)
    .slice(0, MOST_MATERIALS);
}
