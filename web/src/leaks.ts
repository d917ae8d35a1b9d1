// SPDX-License-Identifier: EUPL-1.2
/** Leaks: what the list, the map and the slider know of them, day by day. */

import type { Resource } from "./api";
import type { Page } from "./page";
import type { LeakRow, Leaks } from "./types";

const DAY = 86_400;
const MS = 1000 * DAY;

/** The leaks found, and what they were searched with. */
export function leaks(page: Pick<Page, "read">): Resource<Leaks> {
  return page.read<Leaks>("api/water/leaks");
}

/** The answer once it is there, when leaks were searched at all. */
export function searched(page: Pick<Page, "read">): Leaks | null {
  const found = leaks(page);
  return found.status === "ok" && found.value.searches.length ? found.value : null;
}

/** The instant at which a day begins, whatever the clocks of the reader. */
export function instant(day: string): number {
  return Date.parse(`${day.slice(0, 10)}T00:00:00Z`);
}

/** A day some days after another one. */
export function after(day: string, days: number): string {
  return new Date(instant(day) + days * MS).toISOString().slice(0, 10);
}

/** How many days lie between two days. */
export function between(from: string, to: string): number {
  return Math.round((instant(to) - instant(from)) / MS);
}

/** The days that the slider goes through [s since the first one]; its end stands for the last. */
export function days({ first, last }: Pick<Leaks, "first" | "last">): number[] {
  if (!first || !last) return [];
  return Array.from({ length: Math.max(0, between(first, last)) }, (_, i) => i * DAY);
}

/** The day that is looked at: that of a moment, or the last one. */
export function dayAt({ first, last }: Pick<Leaks, "first" | "last">, moment: number | null) {
  const end = last ?? first ?? "";
  if (!first || moment === null) return end;
  const day = after(first, Math.floor(moment / DAY));
  return day < end ? day : end;
}

/** The flow of a leak on a day [m³/h]; null when it does not run. */
export function flowOn(leak: Pick<LeakRow, "values" | "ended_at">, day: string): number | null {
  const { start, values } = leak.values;
  const at = between(start, day);
  if (at < 0 || !values.length) return null;
  const value = at < values.length ? values[at] : leak.ended_at ? null : values.at(-1);
  return value !== null && value !== undefined && value > 0 ? value : null;
}

/** The leaks that run on a day, with their flow. */
export function running(rows: readonly LeakRow[], day: string): { leak: LeakRow; flow: number }[] {
  return rows.flatMap((leak) => {
    const flow = flowOn(leak, day);
    return flow === null ? [] : [{ leak, flow }];
  });
}

/** The chance that one of some leaks is on each pipe [%]. */
export function chances(rows: readonly LeakRow[]): Map<string, number> {
  const spared = new Map<string, number>();
  for (const { zone, probability } of rows)
    for (const { pipe, share } of zone)
      spared.set(pipe, (spared.get(pipe) ?? 1) * (1 - (probability ?? 0) * share));
  return new Map([...spared].map(([pipe, left]) => [pipe, 100 * (1 - left)]));
}

/** What the map shows: the leak whose sheet is open, or those that run on the day looked at. */
export function shownLeaks(page: Pick<Page, "read" | "state">): LeakRow[] {
  const found = searched(page);
  if (!found) return [];
  const { sheet, moment } = page.state;
  const open = sheet?.table === "leak" ? found.rows.find(({ id }) => id === sheet.id) : undefined;
  if (open) return [open];
  return running(found.rows, dayAt(found, moment)).map(({ leak }) => leak);
}

/** The rectangle that holds the zone of the leak whose sheet is open: what the map goes to. */
export function zoneOf(page: Pick<Page, "read" | "state">): GeoJSON.Geometry | null {
  const { sheet } = page.state;
  if (sheet?.table !== "leak") return null;
  const bounds = searched(page)?.rows.find(({ id }) => id === sheet.id)?.bounds;
  if (!bounds) return null;
  const [west, south, east, north] = bounds;
  const corners = [
    [west, south],
    [east, north],
  ];
  return { type: "LineString", coordinates: corners };
}
