// SPDX-License-Identifier: EUPL-1.2
/** What the buildings use in a year, in a few sentences: the public ones when any is known. */

import { computed, FINAL, INTENSITY, WORKSITE } from "../buildings";
import { inWords, quantity } from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import type { Indicator, Rows } from "../types";
import type { Card } from "./today";

const COUNT = "buildings_count";
const CARBON = "buildings_tco2e";

/** The card of the buildings; nothing before they are computed. */
export function stockCards(page: Page): Card[] {
  if (!computed(page)) return [];
  const read = (scope: string) =>
    page.read<Rows<Indicator>>("api/indicators", { scope, worksite: WORKSITE });
  const [owned, all] = [read("public"), read("territory")];
  if (owned.status !== "ok" || all.status !== "ok") return [];
  const mine = owned.value.rows.filter(({ entity }) => entity === "yes");
  const rows = mine.length ? mine : all.value.rows;
  const figure = (name: string) => rows.find(({ indicator }) => indicator === name);
  const [energy, count, each, carbon] = [FINAL, COUNT, INTENSITY, CARBON].map(figure);
  if (!energy?.value || !count?.value) return [];
  const detail = [
    each?.value ? t("today.energy_of_buildings.intensity", { amount: inWords(each) }) : "",
    carbon?.value ? t("today.energy_of_buildings.co2", { amount: inWords(carbon) }) : "",
    t("today.energy_of_buildings.model"),
  ];
  const words = mine.length ? "public" : "all";
  return [
    {
      mood: WORKSITE,
      icon: WORKSITE,
      lead: t("worksite.buildings"),
      sentence: plural(`today.energy_of_buildings.${words}`, count.value, {
        n: quantity(count.value, ""),
        amount: inWords(energy),
      }),
      detail: detail.filter(Boolean).join(" "),
      share: energy.estimated_share,
      explained: { table: "indicator", id: energy.id },
      action: {
        label: t("today.see_buildings"),
        run: () => page.go({ tab: "buildings", sheet: null }),
      },
    },
  ];
}
