// SPDX-License-Identifier: EUPL-1.2
import { afterEach, describe, expect, it } from "vitest";
import { classOf, figureOf, INTENSITY, listed, orderOf } from "../src/buildings";
import { monthName } from "../src/components/months";
import { setLanguage } from "../src/i18n";
import { energyColours, energyMarks, energyOf, energyPaint } from "../src/map/energy";
import type { Look } from "../src/map/look";
import { DAY } from "../src/map/palette";
import { layersOf, usual } from "../src/map/registry";
import { styleOf } from "../src/map/style";
import type { Page } from "../src/page";
import { roleOf } from "../src/roles";
import { parse } from "../src/state";
import type {
  AssetFigures,
  AssetValues,
  Indicator,
  RasterInfo,
  TableInfo,
  Territory,
} from "../src/types";
import { byMonth } from "../src/views/buildings";
import { inText, valueText } from "../src/views/fields";
import { stockCards } from "../src/views/stock";

afterEach(() => setLanguage("fr"));

const raster = (layer: string, worksite: string): RasterInfo => ({
  layer,
  label: layer,
  unit: "",
  classes: [],
  colors: [],
  tiles_url: "/t",
  worksite,
});
const table = (name: string, worksite: string | null = null): TableInfo => ({
  name,
  label: name,
  count: 3,
  geometry: "polygon",
  worksite,
});
const town = {
  tables: [table("building"), table("luminaire", "lighting")],
  rasters: [raster("illuminance", "lighting"), raster("solar_irradiation", "buildings")],
  worksites: [{ name: "buildings", label: "", last_run: { id: "r", started_at: "" } }],
} as unknown as Territory;

const row = (id: string, value: number | null, share: number) => ({
  id,
  label: id,
  facts: {},
  figures: { [INTENSITY]: { id: `i${id}`, value, low: null, high: null, estimated_share: share } },
});
const found: AssetFigures = {
  rows: [row("a", 20, 0.1), row("b", 150, 0.9), row("c", 900, 0.2), row("d", 0, 0.9)],
  columns: [{ indicator: INTENSITY, label: "E", unit: "kWh/(m²·yr)", digits: 0 }],
  total: 4,
};
const values: AssetValues = {
  ids: ["a", "b", "c", "d", "e"],
  values: [20, 150, 900, 0, null],
  estimated_shares: [0.1, 0.9, 0.2, 0.9, null],
  marked: ["c", "d"],
};
const page = (search: string, territory = town) =>
  ({
    state: parse(search),
    territory,
    read: (path: string) => ({ status: "ok", value: path.includes("values") ? values : found }),
  }) as unknown as Page;

describe("classes of energy", () => {
  it("begin at their bounds", () => {
    expect([0, 49.9, 50, 100, 299, 300, 5000].map(classOf)).toEqual([0, 0, 1, 2, 4, 5, 5]);
    expect(energyColours(false)).toHaveLength(6);
    expect(new Set([...energyColours(false), ...energyColours(true)]).size).toBe(12);
  });

  it("gather buildings; what is not heated has none, what is mostly supposed is hatched", () => {
    const energy = energyOf(page("?tab=buildings"));
    expect(energy?.classes).toEqual([["a"], [], [], ["b"], [], ["c"]]);
    expect(energy?.supposed).toEqual(["b"]);
    const paint = energy && energyPaint(energy, false, "#grey");
    expect(JSON.stringify(paint)).toContain(JSON.stringify(["a"]).slice(1, -1));
    expect(paint?.at(-1)).toEqual(["case", ["has", "id"], "#grey", energyColours(false)[3]]);
    expect(energy?.marked).toEqual(["c"]);
    const marks = energy ? energyMarks(energy, DAY) : [];
    expect(marks.map(({ id }) => id)).toEqual(["building-energy-supposed", "building-energy-line"]);
    const filters = marks.map((layer) => JSON.stringify("filter" in layer ? layer.filter : null));
    expect(filters[0]).toContain('["b"],true,false');
    expect(filters[1]).toContain('["c"],true,false');
  });

  it("are gathered once an answer, and compared by its number", () => {
    const [one, two] = [energyOf(page("?tab=buildings")), energyOf(page("?tab=buildings"))];
    expect(one).toBe(two);
    expect(JSON.stringify(one)).toMatch(/^\d+$/);
  });

  it("hold tens of thousands of buildings: each is told in a layer's rule at most once", () => {
    const ids = Array.from({ length: 60_000 }, (_, i) => `b${i}`);
    const many = { ids, values: ids.map((_, i) => i % 400), estimated_shares: [], marked: [] };
    const energy = energyOf({
      ...page("?tab=buildings"),
      read: () => ({ status: "ok", value: many }),
    } as unknown as Page);
    expect(energy?.classes.flat()).toHaveLength(60_000 - 150);
    const paint = energy && energyPaint(energy, false, "#grey");
    expect(paint).toHaveLength(2 + 6 * 2 + 1);
    expect(energy && energyMarks(energy, DAY)[1]).toMatchObject({ filter: ["literal", false] });
  });

  it("are asked for from afar, as elsewhere they are not", () => {
    const look = (search: string, more: TableInfo[] = [table("street")]) =>
      styleOf({
        territory: { ...town, tables: [...town.tables, ...more], version: 1, bounds: null },
        layers: ["building"],
        night: false,
        energy: energyOf(page(search)),
      } as unknown as Look);
    expect(look("?tab=buildings").sources.building).toMatchObject({ minzoom: 10 });
    expect(look("?tab=climate").sources.building).toMatchObject({ minzoom: 13 });
    // Where no street tells the town, its buildings do.
    expect(look("?tab=climate", []).sources.building).toMatchObject({ minzoom: 10 });
  });

  it("colour nothing elsewhere, nor where nothing was computed", () => {
    expect(energyOf(page("?tab=climate"))).toBeNull();
    expect(energyOf(page("?tab=buildings", { ...town, worksites: [] }))).toBeNull();
    expect(
      energyPaint({ classes: [[], []], supposed: [], marked: [], middle: 0 }, false, "#grey"),
    ).toBe("#grey");
  });
});

describe("the list of buildings", () => {
  it("follows the address, and falls back on the need a square metre", () => {
    expect(orderOf(page("?tab=buildings"))).toBe(`-${INTENSITY}`);
    expect(orderOf(page("?order=name"))).toBe("name");
    expect(orderOf(page("?order=nonsense"))).toBe(`-${INTENSITY}`);
    expect(listed("name")).toEqual({ worksite: "buildings", only: "public" });
    expect(listed("-buildings_final_kwh", true)).toEqual({
      worksite: "buildings",
      sort: "-buildings_final_kwh",
    });
  });

  it("gives a figure its unit, and nothing for what is not known", () => {
    const [first] = found.rows;
    expect(first && figureOf(found, first, INTENSITY)?.unit).toBe("kWh/(m²·yr)");
    expect(figureOf(found, row("e", null, 0), INTENSITY)).toBeUndefined();
    expect(first && figureOf(found, first, "other")).toBeUndefined();
  });
});

describe("the layers of buildings", () => {
  it("leave their view to the buildings: no lamp, no light; no sun elsewhere", () => {
    expect(usual(town, "buildings")).toEqual(["building"]);
    expect(usual(town, "lighting")).toContain("illuminance");
    expect(usual(town, "lighting")).not.toContain("solar_irradiation");
    expect(layersOf(town).map(({ name }) => name)).toContain("solar_irradiation");
  });
});

describe("the months", () => {
  const month = (indicator: string, entity: string, value: number): Indicator =>
    ({
      id: entity,
      indicator,
      label: indicator,
      scope: "m",
      entity,
      value,
      unit: "kWh",
    }) as Indicator;

  it("are read from the end of their entity, each quantity apart", () => {
    const series = byMonth([
      month("buildings_heating_kwh", "01", 5),
      month("buildings_heating_kwh", "B/12/02", 7),
      month("buildings_cooling_kwh", "07", 2),
      month("buildings_final_kwh", "01", 9),
    ]);
    expect(series.map(({ tone }) => tone)).toEqual(["buildings", "water"]);
    expect([...(series[0]?.months.keys() ?? [])]).toEqual([1, 2]);
    expect(series[1]?.months.get(7)?.value).toBe(2);
    expect(byMonth([])).toEqual([]);
  });

  it("are named in the language", () => {
    expect(monthName(8)).toBe("août");
    setLanguage("en");
    expect(monthName(1, "short")).toBe("Jan");
  });
});

describe("words", () => {
  it("lose their capital in a sentence, symbols do not", () => {
    expect(inText("Énergie de chauffage")).toBe("énergie de chauffage");
    expect(inText("U des murs")).toBe("U des murs");
  });

  it("never take the energy of buildings for that of lamps", () => {
    expect(roleOf({ indicator: "buildings_final_kwh", unit: "kWh/yr" })).toBe("other");
  });
});

describe("the card of the day", () => {
  const line = (indicator: string, entity: string, value: number, unit: string) => ({
    id: `${indicator}${entity}`,
    indicator,
    label: indicator,
    scope: "public",
    entity,
    value,
    low: null,
    high: null,
    unit,
    estimated_share: 0.4,
  });
  const rows = [
    line("buildings_final_kwh", "yes", 1_200_000, "kWh/yr"),
    line("buildings_final_kwh_m2", "yes", 185, "kWh/(m²·yr)"),
    line("buildings_count", "yes", 14, "1"),
    line("buildings_final_kwh", "no", 9, "kWh/yr"),
  ];
  const told = (kept: typeof rows) =>
    ({
      ...page(""),
      read: (_: string, { scope }: { scope: string }) => ({
        status: "ok",
        value: { rows: scope === "public" ? kept : [{ ...rows[0], entity: "" }, rows[2]] },
      }),
    }) as unknown as Page;

  it("says what public buildings use in a year, per square metre too", () => {
    const [card] = stockCards(told(rows));
    const plain = (text?: string) => text?.replace(/\s/g, " ");
    expect(plain(card?.sentence)).toBe("Les 14 bâtiments publics consomment 1,2 GWh par an.");
    expect(plain(card?.detail)).toContain("Par mètre carré chauffé : 185 kWh/m² par an.");
    expect(card?.share).toBe(0.4);
    setLanguage("en");
    expect(plain(stockCards(told(rows))[0]?.sentence)).toContain("The 14 public buildings use");
  });

  it("speaks of all buildings when none is known to be public, and of none before a run", () => {
    expect(stockCards(told([]))[0]?.sentence).not.toContain("publics");
    expect(stockCards(page("", { ...town, worksites: [] }))).toEqual([]);
  });
});

describe("a use", () => {
  const use = { name: "use", label: "Usage" } as unknown as Parameters<typeof valueText>[0];

  it("is said in the reader's language, as it is when it has no word, and not when unknown", () => {
    expect(valueText(use, "hospital")).toBe("Hôpital");
    expect(valueText(use, "Résidentiel")).toBe("Résidentiel");
    expect(valueText(use, null)).toBe(valueText({ ...use, name: "x" } as typeof use, null));
    setLanguage("en");
    expect(valueText(use, "semidetached_house")).toBe("Semi-detached house");
  });
});
