// SPDX-License-Identifier: EUPL-1.2
/** The moments at which layers or networks are known, and what the map shows of them, in words. */

import { clock, hour, shortDate } from "../format";
import { t } from "../i18n";
import { dayAt, searched } from "../leaks";
import type { Page } from "../page";
import type { State } from "../state";
import type { Territory } from "../types";
import { shownOf, times, WORKSITE } from "../water";
import { type Asked, rasterOf, shown } from "./registry";

/** What is looked at, and of what. */
interface Shown {
  readonly state: Asked & Pick<State, "moment"> & Partial<Pick<State, "network">>;
  readonly territory: Territory;
  readonly read?: Page["read"];
}

type Day = Shown & { readonly state: Pick<State, "network">; readonly read: Page["read"] };

/** Whether the times are those of a water network's day. */
export function isDay(page: Shown): page is Day {
  return page.state.tab === WORKSITE && page.read !== undefined;
}

/** The moments of what is shown [s], in order; none when nothing has any. */
export function known(page: Shown): number[] {
  const { state, territory } = page;
  if (isDay(page)) {
    const drawn = shown(state, territory);
    return drawn.includes("pipe") || drawn.includes("junction") ? times(page) : [];
  }
  const all = shown(state, territory).flatMap((name) => rasterOf(territory, name)?.moments ?? []);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Whether the times are the days of a search of leaks. */
export function isYear(page: Shown): boolean {
  return isDay(page) && shownOf(page) === "leaks";
}

/** Place of what is shown among the moments: that of its own, the end for the greatest values. */
export function place(page: Shown): number {
  const moments = known(page);
  const { moment } = page.state;
  const whole = moment !== null && isYear(page) ? moment - (moment % 86_400) : moment;
  const at = whole === null ? -1 : moments.indexOf(whole);
  return at < 0 ? moments.length : at;
}

/** What the map shows of the event. */
export function shownAt(page: Shown): string {
  const moment = known(page)[place(page)];
  if (isDay(page) && isYear(page)) {
    const found = searched(page);
    return found ? t("leaks.at", { date: shortDate(dayAt(found, moment ?? null)) }) : "";
  }
  if (isDay(page)) {
    const whole = shownOf(page) === "pressure" ? "water.time.lowest" : "water.time.highest";
    return moment === undefined ? t(whole) : t("water.time.at", { time: hour(moment) });
  }
  return moment === undefined ? t("time.greatest") : t("time.at", { time: clock(moment) });
}
