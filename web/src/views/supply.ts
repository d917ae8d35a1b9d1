// SPDX-License-Identifier: EUPL-1.2
/** The supply of water in a few sentences: whether pressure lacks somewhere, and what pumping costs. */

import { hasInterval, inWords, quantity } from "../format";
import { plural, t } from "../i18n";
import { running, searched } from "../leaks";
import type { Page } from "../page";
import type { Indicator, Rows } from "../types";
import { computed, WORKSITE } from "../water";
import { told } from "./leak";
import type { Card } from "./today";

const LOW = "water_low_pressure_nodes";

/** The figures of the networks by name; null before they are computed. */
function figures(page: Page): ((name: string) => Indicator | undefined) | null {
  if (!computed(page)) return null;
  const read = page.read<Rows<Indicator>>("api/indicators", {
    scope: "territory",
    worksite: WORKSITE,
  });
  if (read.status !== "ok") return null;
  return (name) =>
    read.value.rows.find(({ indicator, value }) => indicator === name && value !== null);
}

/** Whether pressure lacks somewhere: then not all is well. */
export function lacks(page: Page): boolean {
  return (figures(page)?.(LOW)?.value ?? 0) > 0;
}

/** Leaks that have a card of their own. */
const MOST_LEAKS = 2;

/** The leaks that still run, the dearest first: one sentence each, and the way to its zone. */
export function leakCards(page: Page): Card[] {
  const found = computed(page) ? searched(page) : null;
  if (!found?.last) return [];
  return running(found.rows, found.last)
    .slice(0, MOST_LEAKS)
    .map(({ leak }) => ({
      mood: "degrades",
      icon: WORKSITE,
      lead: t("leaks.title"),
      sentence: told(leak),
      action: {
        label: t("leaks.see"),
        run: () =>
          page.go({
            tab: WORKSITE,
            network: "leaks",
            moment: null,
            sheet: { table: "leak", id: leak.id },
          }),
      },
    }));
}

/** The card of the water networks; nothing before they are computed. */
export function supplyCards(page: Page): Card[] {
  const figure = figures(page);
  if (!figure) return [];
  const [low, served, energy, supplied] = [
    LOW,
    "water_service_level",
    "water_pump_energy",
    "water_supplied",
  ].map(figure);
  const main = low ?? served;
  if (!main) return [];
  const lacking = low?.value ?? 0;
  const detail = [
    served ? t("today.water.served", { share: inWords(served) }) : "",
    supplied?.value ? t("today.water.supplied", { amount: inWords(supplied) }) : "",
    energy?.value ? t("today.water.energy", { amount: inWords(energy) }) : "",
    main.estimated_share || hasInterval(main) ? t("today.water.model") : "",
  ];
  return [
    {
      mood: WORKSITE,
      icon: WORKSITE,
      lead: t("worksite.water"),
      sentence:
        lacking > 0
          ? plural("today.water.low", lacking, { n: quantity(lacking, "") })
          : t("today.water.well"),
      detail: detail.filter(Boolean).join(" "),
      share: main.estimated_share,
      explained: { table: "indicator", id: main.id },
      action: {
        label: t("today.see_network"),
        run: () => page.go({ tab: WORKSITE, sheet: null, network: "pressure" }),
      },
    },
  ];
}
