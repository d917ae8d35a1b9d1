// SPDX-License-Identifier: EUPL-1.2
/** The night before and after: which layers they are, whether they are compared, and what changes. */

import { cardOf } from "./event";
import { rasterOf } from "./map/registry";
import type { Page } from "./page";
import type { State } from "./state";
import type { Option, Rows, RunCard, Territory } from "./types";

export const WORKSITE = "lighting";
export const BEFORE = "illuminance";
export const AFTER = "illuminance_after";
/** Where the comparison begins: the line in the middle [% of the map's width]. */
export const MIDDLE = 50;

/** Whether both nights are known. */
export function comparable(territory: Territory): boolean {
  return Boolean(rasterOf(territory, BEFORE) && rasterOf(territory, AFTER));
}

/** Share of the map's width that shows the night before [%]; null when nothing is compared. */
export function compared({
  state,
  territory,
}: {
  state: Pick<State, "compare" | "tab">;
  territory: Territory;
}): number | null {
  return state.tab === WORKSITE && comparable(territory) ? state.compare : null;
}

/** The layers shown, with both nights when they are compared. */
export function withNights(names: readonly string[], share: number | null): readonly string[] {
  return share === null ? names : [...new Set([...names, BEFORE, AFTER])];
}

/** What the last run of the worksite says of itself; null while it is not known. */
export function runCard(page: Page): RunCard | null {
  const run = page.territory.worksites.find(({ name }) => name === WORKSITE)?.last_run;
  if (!run) return null;
  const told = page.read<{ properties: { card?: RunCard | string | null } }>(
    `collections/run/items/${encodeURIComponent(run.id)}`,
  );
  return told.status === "ok" ? cardOf(told.value.properties.card) : null;
}

/** The name of the option that the night after shows, as the list of options has it. */
export function optionName(page: Page): string | null {
  const kind = comparable(page.territory) ? runCard(page)?.after?.option : undefined;
  if (!kind) return null;
  const options = page.read<Rows<Option>>("api/options");
  if (options.status !== "ok") return null;
  const found = options.value.rows.find(
    (option) => option.worksite === WORKSITE && option.kind === kind,
  );
  return found?.label ?? null;
}
