// SPDX-License-Identifier: EUPL-1.2
/** What the views, the sheet and the map ask of the figures of buildings: the same requests, once. */

import type { Resource } from "./api";
import type { Page } from "./page";
import type { AssetFigures, AssetRow, AssetValues, Figure } from "./types";

export const WORKSITE = "buildings";
export const INTENSITY = "buildings_final_kwh_m2";
export const FINAL = "buildings_final_kwh";
export const HEATING = "buildings_heating_kwh";
export const COOLING = "buildings_cooling_kwh";
/** Bounds of the classes of final energy [kWh/m²·yr]. */
export const STEPS = [50, 100, 150, 200, 300] as const;

/** Figures that the list can be in the order of, the largest first; the last one is the name. */
export const ORDERS = [`-${INTENSITY}`, `-${FINAL}`, "name"] as const;
export type Order = (typeof ORDERS)[number];

/** The order of the list; null in the address stands for the first one. */
export function orderOf(page: Page): Order {
  return ORDERS.find((order) => order === page.state.order) ?? ORDERS[0];
}

/** Whether the worksite has computed anything here. */
export function computed(page: Page): boolean {
  return page.territory.worksites.some(({ name, last_run }) => name === WORKSITE && last_run);
}

/** The query of the list of public buildings; of all of them when none is known to be public. */
export function listed(order: Order, everything = false): Record<string, string> {
  return {
    worksite: WORKSITE,
    ...(order === "name" ? {} : { sort: order }),
    ...(everything ? {} : { only: "public" }),
  };
}

/** What the map colours: every building computed, with those that are public told apart. */
export function coloured(page: Page): Resource<AssetValues> {
  return page.read<AssetValues>("api/values/building", {
    worksite: WORKSITE,
    indicator: INTENSITY,
    mark: "public",
  });
}

/** A figure of a row with its unit. */
export function figureOf(
  { columns }: AssetFigures,
  row: AssetRow,
  indicator: string,
): (Figure & { id: string; estimated_share: number | null }) | undefined {
  const found = row.figures[indicator];
  const unit = columns.find((column) => column.indicator === indicator)?.unit ?? "";
  return found && found.value !== null ? { ...found, unit } : undefined;
}

/** The class of a value: how many of the bounds it reaches. */
export function classOf(value: number): number {
  return STEPS.filter((step) => value >= step).length;
}
