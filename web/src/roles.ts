// SPDX-License-Identifier: EUPL-1.2
/** What an indicator tells, whatever its worksite called it: read from its unit, then its name. */

import { parseUnit } from "./format";
import type { Indicator } from "./types";

export type Role = "energy" | "cost" | "co2" | "power" | "count" | "other";

/** The order in which figures are shown. */
export const ROLES: readonly Role[] = ["energy", "cost", "co2", "power", "count"];

export function roleOf(indicator: Pick<Indicator, "indicator" | "unit">): Role {
  const { base, yearly } = parseUnit(indicator.unit);
  const name = indicator.indicator.toLowerCase();
  // What an event touches is no stock, be it lamps; buildings and water have their own view.
  if (/^(climate|buildings|water)_/.test(name)) return "other";
  if (/^[kMG]?Wh$/.test(base))
    return yearly || /year|annual|energy/.test(name) ? "energy" : "other";
  if (base === "€" && yearly && !/saving|spared/.test(name)) return "cost";
  if (/CO.?[2₂]/i.test(base)) return "co2";
  if (/^[kM]?W$/.test(base)) return "power";
  if (/(^|_)(count|lamps|luminaires|light_points|points)(_|$)/.test(name)) return "count";
  return "other";
}

/** The row that plays a role; the most recent when there are several years. */
export function withRole(rows: Indicator[], role: Role): Indicator | undefined {
  return rows
    .filter((row) => roleOf(row) === role && row.value !== null)
    .sort((a, b) => (b.year ?? 0) - (a.year ?? 0))[0];
}

/** Rows of one scope and one role, largest first. */
export function ranking(rows: Indicator[], scope: string, role: Role): Indicator[] {
  return rows
    .filter((row) => row.scope === scope && roleOf(row) === role && row.value !== null)
    .sort((a, b) => (b.value as number) - (a.value as number));
}

/** The name to show for what a row is about. */
export function entityName(row: Indicator): string {
  return row.entity_label || row.entity || "";
}
