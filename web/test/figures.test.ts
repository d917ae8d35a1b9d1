// SPDX-License-Identifier: EUPL-1.2
import { describe, expect, it } from "vitest";
import { domain, position } from "../src/components/bars";
import { ranking, roleOf, withRole } from "../src/roles";
import type { Indicator, Option } from "../src/types";
import { best, effectOf, isReference, sorted } from "../src/views/options";

const row = (
  indicator: string,
  unit: string,
  value: number | null,
  scope = "territory",
  year = 2026,
): Indicator => ({
  id: `${indicator}-${scope}-${value}-${year}`,
  indicator,
  label: indicator,
  scope,
  entity: null,
  year,
  value,
  unit,
});

const option = (
  id: string,
  kind: string,
  capex: number | null,
  effects: Record<string, number>,
): Option => ({
  id,
  worksite: "lighting",
  kind,
  label: id,
  capex_eur: capex,
  effects: Object.fromEntries(
    Object.entries(effects).map(([name, mean]) => [
      name,
      { mean, low: mean - 1, high: mean + 1, unit: "€" },
    ]),
  ),
});

describe("roles of indicators", () => {
  it.each([
    ["electricity_kwh_year", "kWh/yr", "energy"],
    ["energy_kwh_year", "kWh", "energy"],
    ["energy_cost_eur_year", "€/yr", "cost"],
    ["co2_t_year", "tCO2e/yr", "co2"],
    ["co2_t_year", "t CO₂e/yr", "co2"],
    ["installed_power_w", "W", "power"],
    ["luminaire_count", "", "count"],
    ["lamps", "1", "count"],
    ["illuminance_mean", "lx", "other"],
    ["energy_intensity", "kWh/km", "other"],
    ["lighting_electricity_per_lamp", "kWh/(lamp·yr)", "other"],
    ["lighting_electricity", "kWh/yr", "energy"],
    ["lighting_lamps", "1", "count"],
    ["saving_eur_year", "€/yr", "other"],
    ["unit_price", "€", "other"],
  ])("%s in %s is %s", (indicator, unit, role) => {
    expect(roleOf({ indicator, unit })).toBe(role);
  });

  it("take the most recent year, and no empty value", () => {
    const rows = [
      row("e_energy", "kWh/yr", 1, "territory", 2024),
      row("e_energy", "kWh/yr", 2, "territory", 2025),
      row("e_energy", "kWh/yr", null, "territory", 2026),
    ];
    expect(withRole(rows, "energy")?.value).toBe(2);
    expect(withRole([], "energy")).toBeUndefined();
  });

  it("rank one scope, largest first", () => {
    const rows = [
      row("e_energy", "kWh/yr", 1, "street"),
      row("e_energy", "kWh/yr", 3, "street"),
      row("e_energy", "kWh/yr", 9),
    ];
    expect(ranking(rows, "street", "energy").map((r) => r.value)).toEqual([3, 1]);
  });
});

describe("scales of bars", () => {
  it("hold zero, values and whiskers", () => {
    expect(domain([{ value: 5, low: 3, high: 8, unit: "" }])).toEqual({ min: 0, max: 8 });
    expect(domain([{ value: -5, low: -9, high: 2, unit: "" }])).toEqual({ min: -9, max: 2 });
    expect(domain([{ value: null, unit: "" }])).toEqual({ min: 0, max: 1 });
    expect(domain([])).toEqual({ min: 0, max: 1 });
  });

  it("place values in proportion", () => {
    expect(position(0, { min: -25, max: 75 })).toBe(25);
    expect(position(75, { min: -25, max: 75 })).toBe(100);
  });
});

describe("options", () => {
  const nothing = option("nothing", "do_nothing", 0, { npv_eur: 0 });
  const night = option("night", "part_night", 10, {
    npv_eur: 130,
    saving_eur_year: 20,
    payback_years: 0.5,
  });
  const led = option("led", "led", 400, { npv_eur: -30, saving_eur_year: 30, payback_years: 14 });

  it("are sorted best first, small payback and investment being better", () => {
    const ids = (metric: Parameters<typeof sorted>[1]) =>
      sorted([led, nothing, night], metric).map((o) => o.id);
    expect(ids("npv")).toEqual(["night", "nothing", "led"]);
    expect(ids("saving")).toEqual(["led", "night", "nothing"]);
    expect(ids("payback")).toEqual(["night", "led", "nothing"]);
    expect(ids("capex")).toEqual(["nothing", "night", "led"]);
  });

  it("have no figure where nothing was computed", () => {
    expect(effectOf(nothing, "payback")).toBeUndefined();
    expect(effectOf(option("x", "led", null, {}), "capex")).toBeUndefined();
    expect(effectOf(led, "capex")).toEqual({ value: 400, unit: "€" });
    expect(effectOf(led, "npv")).toEqual({ value: -30, low: -31, high: -29, unit: "€" });
  });

  it("are praised only when they earn something", () => {
    expect(best([led, nothing, night])?.id).toBe("night");
    expect(best([led, nothing])).toBeUndefined();
    expect(best([])).toBeUndefined();
    expect(isReference(nothing)).toBe(true);
  });
});
