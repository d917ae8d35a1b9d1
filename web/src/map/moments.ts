// SPDX-License-Identifier: EUPL-1.2
/** The moments of an event at which layers are known, and what the map shows of it, in words. */

import { clock } from "../format";
import { t } from "../i18n";
import type { State } from "../state";
import type { Territory } from "../types";
import { type Asked, rasterOf, shown } from "./registry";

/** What is looked at, and of what. */
interface Shown {
  readonly state: Asked & Pick<State, "moment">;
  readonly territory: Territory;
}

/** The moments of the layers shown [s], in order; none when no layer has any. */
export function known({ state, territory }: Shown): number[] {
  const all = shown(state, territory).flatMap((name) => rasterOf(territory, name)?.moments ?? []);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Place of what is shown among the moments: that of its own, the end for the greatest values. */
export function place(page: Shown): number {
  const moments = known(page);
  const { moment } = page.state;
  const at = moment === null ? -1 : moments.indexOf(moment);
  return at < 0 ? moments.length : at;
}

/** What the map shows of the event. */
export function shownAt(page: Shown): string {
  const moment = known(page)[place(page)];
  return moment === undefined ? t("time.greatest") : t("time.at", { time: clock(moment) });
}
