// SPDX-License-Identifier: EUPL-1.2
/** Options as the page compares them: one figure per metric, and which option comes first. */

import type { Metric } from "../state";
import type { Figure, Option } from "../types";

/** The effects that carry a metric, first choice first. */
const QUANTITIES: Record<Exclude<Metric, "capex">, string[]> = {
  saving: ["saving_eur_year", "eur_year"],
  payback: ["payback_years"],
  npv: ["npv_eur"],
  co2: ["tco2e_year"],
};

/** The figure of an option for a metric; undefined when the option has none. */
export function effectOf(
  option: Pick<Option, "effects" | "capex_eur">,
  metric: Metric,
): Figure | undefined {
  if (metric === "capex") {
    const effect = option.effects.capex_eur;
    if (effect) return { value: effect.mean, low: effect.low, high: effect.high, unit: "€" };
    return option.capex_eur === null ? undefined : { value: option.capex_eur, unit: "€" };
  }
  for (const quantity of QUANTITIES[metric]) {
    const effect = option.effects[quantity];
    if (effect && effect.mean !== null && Number.isFinite(effect.mean)) {
      return { value: effect.mean, low: effect.low, high: effect.high, unit: effect.unit };
    }
  }
  return undefined;
}

/** Whether an option is the reference that changes nothing. */
export function isReference(option: Option): boolean {
  return /nothing|baseline|reference|status_quo/.test(option.kind);
}

/** For investment and payback less is better; for the rest, more. */
export function better(metric: Metric, a: Figure | undefined, b: Figure | undefined): number {
  if (a?.value === undefined || a.value === null) return 1;
  if (b?.value === undefined || b.value === null) return -1;
  return metric === "capex" || metric === "payback" ? a.value - b.value : b.value - a.value;
}

/** Options in the order of a metric. */
export function sorted(options: Option[], metric: Metric): Option[] {
  return [...options].sort((a, b) => better(metric, effectOf(a, metric), effectOf(b, metric)));
}

/** The option of highest net present value, when one earns more than doing nothing. */
export function best(options: Option[]): Option | undefined {
  const first = sorted(
    options.filter((option) => !isReference(option)),
    "npv",
  )[0];
  const npv = first && effectOf(first, "npv")?.value;
  return npv !== undefined && npv !== null && npv > 0 ? first : undefined;
}
