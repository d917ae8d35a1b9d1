// SPDX-License-Identifier: EUPL-1.2
import { afterEach, describe, expect, it } from "vitest";
import {
  any,
  central,
  date,
  decimals,
  duration,
  hasInterval,
  interval,
  inWords,
  number,
  parseUnit,
  parts,
  percent,
  quantity,
  scale,
} from "../src/format";
import { setLanguage } from "../src/i18n";

/** Spaces of all widths as plain ones, so that expectations can be read. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

afterEach(() => setLanguage("fr"));

describe("numbers", () => {
  it("are written as in French", () => {
    expect(plain(number(12345.6, 1))).toBe("12 345,6");
    expect(number(-3)).toBe("−3");
    expect(number(-0.01)).toBe("0");
  });

  it("are written as in English", () => {
    setLanguage("en");
    expect(number(12345.6, 1)).toBe("12,345.6");
  });

  it("keep three figures that mean something", () => {
    expect([88435, 1234, 123, 12.3, 1.23, 0.0123].map(decimals)).toEqual([-2, -1, 0, 1, 2, 4]);
    expect(decimals(0)).toBe(0);
  });
});

describe("units", () => {
  it("are split from their period", () => {
    expect(parseUnit("kWh/yr")).toEqual({ base: "kWh", yearly: true });
    expect(parseUnit("kWh/an")).toEqual({ base: "kWh", yearly: true });
    expect(parseUnit("€/year")).toEqual({ base: "€", yearly: true });
    expect(parseUnit("tCO2e/yr")).toEqual({ base: "t CO₂e", yearly: true });
    expect(parseUnit("lx")).toEqual({ base: "lx", yearly: false });
    expect(parseUnit("1")).toEqual({ base: "", yearly: false });
    expect(parseUnit(null)).toEqual({ base: "", yearly: false });
    expect(parseUnit("kWh/(lamp·yr)")).toEqual({ base: "kWh/lamp", yearly: true });
    expect(parseUnit("veh/d")).toEqual({ base: "veh/d", yearly: false });
  });

  it("change with the size", () => {
    expect(scale(9_100_000, "kWh")).toEqual({ unit: "GWh", factor: 1e6 });
    expect(scale(50_000, "kWh")).toEqual({ unit: "MWh", factor: 1e3 });
    expect(scale(500, "kWh")).toEqual({ unit: "kWh", factor: 1 });
    expect(scale(12_000, "kW")).toEqual({ unit: "MW", factor: 1e3 });
    expect(scale(-2_000_000, "€")).toEqual({ unit: "M€", factor: 1e6 });
    expect(scale(1e9, "lx")).toEqual({ unit: "lx", factor: 1 });
    expect(scale(0.4, "yr")).toEqual({ unit: "month", factor: 1 / 12 });
    expect(scale(6.7, "yr")).toEqual({ unit: "yr", factor: 1 });
  });
});

describe("quantities", () => {
  it("carry their unit, short in tables and in words in sentences", () => {
    expect(plain(quantity(404_700, "kWh/yr"))).toBe("405 MWh/an");
    expect(plain(quantity(404_700, "kWh/yr", true))).toBe("405 MWh par an");
    expect(plain(quantity(25_956, ""))).toBe("25 956");
    expect(plain(quantity(8.7, "lx"))).toBe("8,7 lx");
  });

  it("are whole when sure and rounded when not", () => {
    expect(plain(quantity(76_893, "€"))).toBe("76 893 €");
    expect(plain(quantity(76_893, "€", false, true))).toBe("76 900 €");
    expect(plain(central({ value: 76_893, low: 65_000, high: 88_000, unit: "€" }))).toBe(
      "≈ 76 900 €",
    );
    expect(plain(central({ value: 76_893, unit: "€" }))).toBe("76 893 €");
  });

  it("come apart into number and unit", () => {
    expect(parts(central({ value: 76_893, low: 1, high: 9e5, unit: "€/yr" })).map(plain)).toEqual([
      "≈ 76 900",
      "€/an",
    ]);
    expect(parts(quantity(-3, "lx")).map(plain)).toEqual(["−3", "lx"]);
    expect(parts(quantity(25_956, "")).map(plain)).toEqual(["25 956", ""]);
    expect(parts("—")).toEqual(["—", ""]);
  });

  it("that are missing are a dash", () => {
    for (const missing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(quantity(missing, "€")).toBe("—");
    }
  });
});

describe("units in words", () => {
  it("agree with their number", () => {
    expect(plain(quantity(1 / 12, "yr"))).toBe("1 mois");
    expect(plain(quantity(20, "yr"))).toBe("20 ans");
    setLanguage("en");
    expect(plain(quantity(0.09, "yr"))).toBe("1 month");
    expect(plain(quantity(0.2, "yr"))).toBe("2 months");
  });

  it("of gases are written as people do", () => {
    expect(parseUnit("gCO2e/kWh").base).toBe("g CO₂e/kWh");
    expect(parseUnit("€/tCO2e").base).toBe("€/t CO₂e");
    expect(parseUnit("tCO2e/yr")).toEqual({ base: "t CO₂e", yearly: true });
  });
});

describe("intervals", () => {
  it("are said in words, in one unit", () => {
    expect(plain(interval({ value: null, low: 9_100_000, high: 14_200_000, unit: "kWh/yr" }))).toBe(
      "entre 9,1 et 14,2 GWh par an",
    );
    expect(plain(interval({ value: null, low: 65_348, high: 88_435, unit: "€/yr" }))).toBe(
      "entre 65 300 et 88 400 € par an",
    );
    expect(plain(interval({ value: null, low: -44_160, high: -26_220, unit: "€" }))).toBe(
      "entre −44 200 et −26 200 €",
    );
    expect(plain(interval({ value: null, low: 2.4, high: 4, unit: "tCO2e/yr" }))).toBe(
      "entre 2,4 et 4,0 t CO₂e par an",
    );
    expect(plain(interval({ value: null, low: 48_000, high: 75_000, unit: "kWh/yr" }))).toBe(
      "entre 48 et 75 MWh par an",
    );
    expect(plain(interval({ value: null, low: 0.259, high: 0.446, unit: "yr" }))).toBe(
      "entre 3 et 5 mois",
    );
    setLanguage("en");
    expect(plain(interval({ value: null, low: 9_100_000, high: 14_200_000, unit: "kWh/yr" }))).toBe(
      "between 9.1 and 14.2 GWh a year",
    );
  });

  it("share the unit of their value", () => {
    const cost = { value: 800_000, low: 491_000, high: 1_220_000, unit: "€/yr" };
    expect(plain(central(cost))).toBe("≈ 800 k€/an");
    expect(plain(interval(cost, false))).toBe("entre 490 et 1 220 k€/an");
    const payback = { value: 1.5, low: 1, high: 3, unit: "yr" };
    expect(plain(`${central(payback)}, ${interval(payback)}`)).toBe(
      "≈ 18 mois, entre 12 et 36 mois",
    );
  });

  it("may have one end only", () => {
    expect(plain(interval({ value: 12, low: 6.2, high: null, unit: "yr" }))).toBe(
      "au moins 6,2 ans",
    );
    expect(plain(interval({ value: 1, low: null, high: 2, unit: "lx" }))).toBe("au plus 2 lx");
  });

  it("exist only when an end is known and says more than the value", () => {
    expect(hasInterval({ value: 1, low: 0, high: 2, unit: "" })).toBe(true);
    expect(hasInterval({ value: 1, low: 1, high: 1, unit: "" })).toBe(false);
    expect(hasInterval({ value: 1, low: null, high: null, unit: "" })).toBe(false);
    expect(hasInterval({ value: 1, unit: "" })).toBe(false);
    expect(plain(inWords({ value: 5, unit: "lx" }))).toBe("5 lx");
  });
});

describe("the rest", () => {
  it("writes shares, dates and durations", () => {
    expect(plain(percent(0.403))).toBe("40 %");
    expect(plain(percent(0.012))).toBe("1,2 %");
    expect(percent(0)).toBe("0\u202f%");
    expect(date("2026-11-21")).toBe("21 novembre 2026");
    expect(date("2024")).toBe("2024");
    expect(date("inconnue")).toBe("inconnue");
    expect(date(null)).toBe("—");
    expect(plain(date("2026-11-22T01:46:00", true))).toBe("22 novembre 2026 à 1 h 46");
    expect(plain(date("2026-11-22T13:05:00", true))).toBe("22 novembre 2026 à 13 h 05");
    expect(plain(duration(3.21))).toBe("3,2 s");
    expect(plain(duration(125))).toBe("2 min 5 s");
  });

  it("writes any value of a row", () => {
    expect(any(null)).toBe("—");
    expect(any(true)).toBe("oui");
    expect(any(1987)).toBe("1987");
    expect(plain(any(12.5, "m"))).toBe("12,5 m");
    expect(any("2020-02-03")).toBe("3 février 2020");
    expect(any({ a: 1 })).toBe('{"a":1}');
  });
});
