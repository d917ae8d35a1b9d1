// SPDX-License-Identifier: EUPL-1.2
import { describe, expect, it } from "vitest";
import { isStep, parse, parseRef, type State, serialise } from "../src/state";

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
      table: true,
      layers: ["luminaire", "district"],
      map: [16.25, 43.61051, 3.87651],
      night: true,
      lang: "en",
      at: "2026-11-21",
      colour: "power_w",
      metric: "co2",
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

  it("leaves unknown layers out", () => {
    expect(parse("?layers=luminaire,secret").layers).toEqual(["luminaire"]);
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
