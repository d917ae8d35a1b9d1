// SPDX-License-Identifier: EUPL-1.2
import { describe, expect, it } from "vitest";
import { ignored, isStep, parse, parseRef, type State, serialise } from "../src/state";

const start = parse("");

describe("the address", () => {
  it("of the first screen is empty", () => {
    expect(serialise(start)).toBe("?");
    expect(start).toMatchObject({ tab: "today", lang: "fr", night: null, sheet: null, at: null });
  });

  it("is read back as it was written", () => {
    const state: State = {
      tab: "decide",
      sheet: { table: "street", id: "34172/0012 é&=?#" },
      why: { table: "indicator", id: "a:b" },
      table: "street",
      sort: "-width_m",
      within: "area",
      order: "name",
      layers: ["luminaire", "district"],
      map: [16.25, 43.61051, 3.87651, -30, 45],
      moment: 1800,
      network: "age",
      compare: 35,
      area: [
        [3.87, 43.61],
        [3.88, 43.61],
        [3.88, 43.62],
      ],
      volumes: true,
      night: true,
      lang: "en",
      at: "2026-11-21",
      colour: "power_w",
      metric: "co2",
      severity: "degrades",
      about: "luminaire",
      origin: "lighting",
      code: "JUM-L011",
      more: 2,
      budget: 12_000.5,
      years: 10,
      climate: 250,
      prudence: 40,
      wide: true,
    };
    expect(parse(serialise(state))).toEqual(state);
  });

  it("keeps an empty list of layers apart from the default one", () => {
    expect(parse(serialise({ ...start, layers: [] })).layers).toEqual([]);
  });

  it("of day forced against a dark system is kept", () => {
    expect(parse(serialise({ ...start, night: false })).night).toBe(false);
  });

  it.each([
    "?tab=nope&lang=de&night=x&metric=&colour=red",
    "?map=1/2&sheet=street&why=/x",
    "?map=99/200/500&sheet=street/&why=DROP TABLE/1",
    "?map=//&at=<script>",
    "?map=NaN/NaN/NaN&layers=",
    "?%E0%A4%A",
  ])("that is malformed (%s) falls back to defaults", (search) => {
    expect(parse(search)).toMatchObject({
      tab: "today",
      lang: "fr",
      map: null,
      sheet: null,
      why: null,
      at: null,
    });
  });

  it("leaves out what cannot be the name of a layer, and what is said twice", () => {
    expect(parse("?layers=luminaire,<b>,luminaire").layers).toEqual(["luminaire"]);
  });

  it("of a map that lies flat, north up, needs three numbers", () => {
    expect(serialise({ ...start, map: [12, 43.6, 3.87, 0, 0] })).toBe(
      "?map=12.00/43.60000/3.87000",
    );
  });
});

describe("what an address asks in vain", () => {
  it("is nothing when it was written by the page", () => {
    const state: State = {
      ...start,
      tab: "data",
      layers: [],
      night: false,
      map: [12, 43.6, 3.87],
      sheet: { table: "street", id: "a/b" },
    };
    expect(ignored(serialise(state))).toEqual([]);
    expect(ignored("?tab=today&lang=fr&wide=0&table=0")).toEqual([]);
  });

  it("is said by name and value", () => {
    expect(ignored("?tab=nope&utm_source=x&night=maybe&lang=en")).toEqual([
      { name: "tab", value: "nope" },
      { name: "utm_source", value: "x" },
      { name: "night", value: "maybe" },
    ]);
  });

  it.each([
    "tab=constructor",
    "map=x/y/z",
    "map=1e999/0/0",
    "map=12/43.6",
    "layers=Secret,__proto__",
    "area=1,2;3,4",
    "area=1,2;3,4;5,600",
    "sort=a b",
    "within=moon",
    "at=<script>alert(1)</script>",
    "at=hier",
    "sheet=luminaire",
    "sheet=Luminaire/1",
    "why=/",
    "table=<yes>",
    "wide=true",
    "colour=red",
    "metric=",
    "lang=%FF%FE",
    `sheet=luminaire/${"x".repeat(100_000)}`,
    "__proto__=1",
    "toString=1",
  ])("is found out (%s), and the state is that of no address", (search) => {
    expect(ignored(`?${search}`)).toHaveLength(1);
    expect(parse(`?${search}`)).toEqual(start);
  });

  it("does not throw on any percent sign", () => {
    for (const search of ["?%", "?%zz=%", "?sheet=%E0%A4%A/%", "?%00=%00&tab=%"]) {
      expect(() => serialise(parse(search))).not.toThrow();
      expect(() => ignored(search)).not.toThrow();
    }
  });
});

describe("a reference", () => {
  it("is a table and an id that may hold slashes", () => {
    expect(parseRef("street/a/b")).toEqual({ table: "street", id: "a/b" });
    expect(parseRef("Street/a")).toBeNull();
    expect(parseRef(null)).toBeNull();
  });
});

describe("a step", () => {
  it("is another place, not another view of the same", () => {
    expect(isStep(start, { ...start, tab: "data" })).toBe(true);
    expect(isStep(start, { ...start, sheet: { table: "street", id: "1" } })).toBe(true);
    expect(isStep(start, { ...start, map: [1, 2, 3] })).toBe(false);
    expect(isStep(start, { ...start, night: true })).toBe(false);
    expect(isStep(start, start)).toBe(false);
  });
});
