// SPDX-License-Identifier: EUPL-1.2
import { readFileSync } from "node:fs";
import { createExpression, validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { afterEach, describe, expect, it } from "vitest";
import { bounds, extremes, ticks } from "../src/components/day";
import { hour } from "../src/format";
import { setLanguage } from "../src/i18n";
import type { Look } from "../src/map/look";
import { isDay, known, place, shownAt } from "../src/map/moments";
import {
  classColours,
  decadeColours,
  materialColour,
  type Network,
  networkOf,
  Painter,
  RAMPS,
} from "../src/map/network";
import { layersOf, usual } from "../src/map/registry";
import { styleOf } from "../src/map/style";
import type { Page } from "../src/page";
import { parse } from "../src/state";
import type { ElementDay, TableInfo, Territory, WaterNetwork, WaterSeries } from "../src/types";
import { nameOf, placing } from "../src/views/element";
import { sentence } from "../src/views/sentence";
import { supplyCards } from "../src/views/supply";
import { classLabel } from "../src/views/water";
import {
  choices,
  classOf,
  coloured,
  materials,
  ofDay,
  roundSteps,
  SHOWN,
  shownOf,
  times,
  together,
} from "../src/water";

afterEach(() => setLanguage("fr"));

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const table = (name: string, geometry: string, worksite: string | null = null): TableInfo => ({
  name,
  label: name,
  count: 3,
  geometry,
  worksite,
});
const town = {
  bounds: [3.8, 43.6, 3.9, 43.7],
  version: 3,
  tables: [
    table("junction", "point"),
    table("pipe", "line"),
    table("tank", "point"),
    table("pump", "line"),
    table("valve", "line"),
    table("service_connection", "any"),
    table("district_metered_area", "polygon"),
    table("luminaire", "point", "lighting"),
    table("street", "line"),
  ],
  rasters: [],
  worksites: [{ name: "water", label: "", last_run: { id: "r", started_at: "" } }],
} as unknown as Territory;

const series: WaterSeries = {
  quantity: "pressure_m",
  table: "junction",
  unit: "m",
  times_s: [0, 3600, 7200],
  every: 1,
  ids: ["a", "b", "c"],
  values: [[25, 5, 30], [45, null, 44], null],
};
const share = (name: string, count: number, length_m: number) => ({ name, count, length_m });
const networks: WaterNetwork[] = [
  {
    id: "n",
    name: null,
    description: null,
    placement: "control points",
    placement_error_m: 4.2,
    length_m: 900,
    counts: [],
    materials: [share("PVC", 2, 300), share("Fonte", 1, 500), share("", 4, 100)],
    decades: [share("1970", 2, 300), share("", 1, 600)],
    series: [],
  },
];

/** A page that answers what it is given, by the beginning of the path. */
function pageOf(search: string, answers: Record<string, unknown> = {}, territory = town): Page {
  const found: Record<string, unknown> = {
    "api/water/networks": { rows: networks },
    "api/water/series": series,
    ...answers,
  };
  const kept = new Map(
    Object.entries(found).map(([name, value]) => [name, { status: "ok", value }]),
  );
  return {
    state: parse(search),
    territory,
    read: (path: string) => kept.get(path) ?? { status: "loading" },
  } as unknown as Page;
}

describe("classes of a network", () => {
  it("are where a value lies among the bounds", () => {
    expect([-1, 0, 9.9, 80].map((value) => classOf(value, [0, 10, 80]))).toEqual([0, 1, 1, 3]);
    expect(ofDay([3, null, -5], "low")).toBe(-5);
    expect(ofDay([3, null, -5], "high")).toBe(5);
    expect(ofDay([null], "low")).toBeNull();
    expect(ofDay(null, "high")).toBeNull();
  });

  it("have round bounds that follow the values", () => {
    expect(roundSteps([0, 180, -250, null])).toEqual([5, 10, 20, 50, 100]);
    expect(roundSteps([0.4, 3])).toEqual([0.1, 0.2, 0.5, 1, 2]);
    expect(roundSteps([])).toEqual([1]);
    for (const most of [1e-3, 0.7, 12, 9999]) {
      const steps = roundSteps([most]);
      expect([...steps].sort((a, b) => a - b)).toEqual(steps);
      expect(steps.at(-1)).toBeLessThan(most);
    }
  });

  it("stand for the day, or for one of its hours", () => {
    const day = coloured(pageOf("?tab=water"));
    expect(day?.values).toEqual([5, 44, null]);
    expect(day?.classes).toEqual([1, 5, -1]);
    expect(day?.counts).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 0]);
    const then = coloured(pageOf("?tab=water&moment=3600"));
    expect(then?.classes).toEqual([1, -1, -1]);
    // A moment that the day does not have is the day.
    expect(coloured(pageOf("?tab=water&moment=17"))?.values).toEqual([5, 44, null]);
  });

  it("are gathered once for one answer", () => {
    const page = pageOf("?tab=water");
    expect(coloured(page)).toBe(coloured(page));
    expect(JSON.stringify(coloured(page))).toMatch(/^"pressure \d+"$/);
  });

  it("come from the figures where there is no series", () => {
    const page = pageOf("?tab=water&network=criticality", {
      "api/values/pipe": { ids: ["x", "y"], values: [0, 30], estimated_shares: [0, 0], marked: [] },
    });
    expect(coloured(page)).toMatchObject({
      table: "pipe",
      steps: [1, 2, 5, 10, 20],
      classes: [0, 5],
    });
    expect(times(page)).toEqual([]);
  });

  it("are only facts before any run", () => {
    const never = { ...town, worksites: [{ name: "water", label: "", last_run: null }] };
    const page = pageOf("?tab=water", {}, never as Territory);
    expect(shownOf(page)).toBe("material");
    expect(choices(page)).toEqual(["material", "year"]);
    expect(coloured(page)).toBeNull();
    expect(times(page)).toEqual([]);
    // Leaks and breaks are offered once their answers are there.
    const usual = SHOWN.filter((name) => name !== "leaks" && name !== "breaks");
    expect(choices(pageOf("?"))).toEqual(usual);
  });

  it("are told in words", () => {
    const steps = { steps: [0, 10], unit: "m" };
    expect([0, 1, 2].map((at) => plain(classLabel(steps, at)))).toEqual([
      "moins de 0 m",
      "0 à 10 m",
      "10 m et plus",
    ]);
  });
});

describe("the day of a network", () => {
  it("is what the slider goes through", () => {
    const page = pageOf("?tab=water&moment=7200");
    expect(isDay(page)).toBe(true);
    expect(known(page)).toEqual([0, 3600, 7200]);
    expect(place(page)).toBe(2);
    expect(plain(shownAt(page))).toBe("À 2 h");
    expect(shownAt(pageOf("?tab=water"))).toBe("Au plus bas du jour");
    expect(shownAt(pageOf("?tab=water&network=velocity"))).toBe("Au plus fort du jour");
    expect(known(pageOf("?tab=today"))).toEqual([]);
    expect(isDay(pageOf("?tab=climate"))).toBe(false);
  });

  it("writes its hours as the language does", () => {
    expect([0, 29_100, 90_000].map((s) => plain(hour(s)))).toEqual([
      "0 h",
      "8 h 05",
      "1 h, jour 2",
    ]);
    setLanguage("en");
    expect(hour(29_100)).toBe("8:05");
  });

  const day: ElementDay = {
    quantity: "pressure_m",
    unit: "m",
    times_s: [0, 3600, 7200],
    values: [30, null, 12],
    low: null,
    high: null,
  };
  it("has its extremes and a scale that holds them", () => {
    expect(extremes(day)).toEqual({ low: { value: 12, time: 7200 }, high: { value: 30, time: 0 } });
    expect(extremes({ ...day, values: [null, null, null] })).toBeNull();
    expect(bounds(day)).toEqual([0, 30]);
    expect(bounds({ ...day, high: [41, null, 20] })).toEqual([0, 45]);
    const [least, most] = bounds({ ...day, values: [7, 7, 7] });
    expect(least).toBeLessThan(most);
    expect(ticks(0, 86_400)).toEqual([0, 21_600, 43_200, 64_800, 86_400]);
    expect(ticks(0, 604_800)).toHaveLength(8);
  });

  it("calls the pressure in a tank its level", () => {
    expect(nameOf(day, "junction")).toBe("Pression");
    expect(nameOf(day, "tank")).toBe("Niveau d’eau");
  });
});

describe("the map of a network", () => {
  const look = {
    territory: town,
    colour: "lamp_type",
    night: false,
    at: null,
    moment: null,
    compare: null,
    selected: null,
    area: null,
    volumes: false,
    energy: null,
    base: "http://x/",
    layers: layersOf(town).map(({ name }) => name),
  } as unknown as Look;

  it("belongs to the worksite, and shows all of it there, its mains on the first page", () => {
    expect(layersOf(town).filter(({ group }) => group === "water")).toHaveLength(7);
    expect(usual(town, "water")).toContain("junction");
    expect(usual(town, "water")).not.toContain("luminaire");
    expect(usual(town, "water")).not.toContain("service_connection");
    expect(usual(town)).toEqual(expect.arrayContaining(["pipe", "tank", "street", "luminaire"]));
    expect(usual(town)).not.toContain("junction");
    expect(usual(town, "buildings")).not.toContain("pipe");
  });

  it.each([...SHOWN])("makes a sound style by %s, by day and by night", (shown) => {
    const answers = {
      "api/values/pipe": { ids: ["x"], values: [3], estimated_shares: [0], marked: [] },
    };
    const network = networkOf(pageOf(`?tab=water&network=${shown}`, answers));
    expect(network?.shown).toBe(shown);
    for (const night of [false, true]) {
      const style = styleOf({ ...look, network, night });
      expect(validateStyleMin(style)).toEqual([]);
      expect(style.sources.pipe).toMatchObject({ promoteId: "id" });
      expect(style.sources.street).not.toHaveProperty("promoteId");
    }
  });

  it("colours pipes by material, what is not known apart", () => {
    const network: Network = {
      shown: "material",
      coloured: null,
      materials: ["Fonte", "PVC"],
      leaks: null,
    };
    const style = styleOf({ ...look, network });
    const layer = style.layers.find(({ id }) => id === "pipe");
    const made = createExpression(
      (layer as unknown as { paint: Record<string, never> }).paint["line-color"],
      {
        type: "color",
        "property-type": "data-driven",
        expression: { parameters: ["feature"] },
      } as never,
    );
    if (made.result !== "success") throw new Error("no expression");
    const of = (properties: object) =>
      String(made.value.evaluate({ zoom: 15 }, { type: 2, properties } as never));
    const [iron, pvc, other, unknown] = [
      of({ material: "Fonte" }),
      of({ material: "PVC" }),
      of({ material: "Béton" }),
      of({}),
    ];
    expect(new Set([iron, pvc, other, unknown]).size).toBe(4);
  });

  it("has as many colours as classes, the least the nearest to the ground", () => {
    const light = (hex: string) => Number.parseInt(hex.slice(3, 5), 16);
    for (const shown of ["velocity", "flow", "age", "criticality"] as const) {
      const [day, night] = [classColours(shown, 6, false), classColours(shown, 6, true)];
      expect(
        new Set([...day, ...night].filter((c) => /^#[0-9a-f]{6}$/.test(c))).size,
      ).toBeGreaterThan(10);
      expect(light(day[0] ?? "")).toBeGreaterThan(light(day[5] ?? ""));
      expect(light(night[0] ?? "")).toBeLessThan(light(night[5] ?? ""));
      expect(day).not.toContain("#000000");
    }
    expect(classColours("pressure", 9, false)).toHaveLength(9);
    expect(decadeColours(false)).toHaveLength(8);
    expect(materialColour(-1, false)).toBe(materialColour(99, false));
  });

  it("takes its ramps from the palettes of the project", () => {
    const file = new URL("../../src/jumeau/base/palettes.csv", import.meta.url);
    const rows = readFileSync(file, "utf8").trim().split("\n").slice(1);
    for (const [name, colours] of Object.entries(RAMPS)) {
      const own = rows.map((row) => row.split(",")).filter(([palette]) => palette === name);
      expect(own.map(([, , color]) => color)).toEqual([...colours]);
    }
  });

  it("writes each class beside its element, and only when it changes", () => {
    const written: string[] = [];
    const sources: Record<string, object> = { junction: {}, pipe: {} };
    const map = {
      getSource: (name: string) => sources[name],
      removeFeatureState: ({ source }: { source: string }) => written.push(`-${source}`),
      setFeatureState: ({ id }: { id: string }, { c }: { c: number }) => written.push(`${id}=${c}`),
    } as never;
    const painter = new Painter();
    const at = (search: string) => networkOf(pageOf(search));
    painter.paint(map, at("?tab=water"));
    expect(written).toEqual(["-pipe", "-junction", "a=1", "b=5", "c=-1"]);
    written.length = 0;
    painter.paint(map, at("?tab=water"));
    expect(written).toEqual([]);
    painter.paint(map, at("?tab=water&moment=0"));
    expect(written).toEqual(["a=3", "b=5", "c=-1"]);
    // The style was made anew: its sources know nothing.
    written.length = 0;
    sources.junction = {};
    painter.paint(map, at("?tab=water&moment=0"));
    expect(written.filter((line) => line.includes("="))).toHaveLength(3);
    written.length = 0;
    painter.paint(map, null);
    expect(written).toEqual(["-junction"]);
  });
});

describe("what is said of a network", () => {
  it("puts together what several are made of, the unknown last", () => {
    const two = [...networks, ...networks];
    expect(together(two, "materials").map(({ name, count }) => [name, count])).toEqual([
      ["Fonte", 2],
      ["PVC", 4],
      ["", 8],
    ]);
    expect(together(two, "decades").map(({ name }) => name)).toEqual(["1970", ""]);
    expect(materials(two)).toEqual(["Fonte", "PVC"]);
  });

  it("says when its place is not surveyed", () => {
    const placed = { id: "n", name: null, placement_error_m: null };
    expect(placing({ ...placed, placement: "invented" })).toMatch(/^Lieu inventé/);
    expect(
      plain(placing({ ...placed, placement: "control points", placement_error_m: 4.2 })),
    ).toMatch(/\(écart moyen aux points : 4,2 m\)/);
    expect(placing({ ...placed, placement: "surveyed" })).toBe("");
    expect(placing({ ...placed, placement: null })).toBe("");
  });

  it("makes a card of what lacks, with what it costs", () => {
    const row = (indicator: string, value: number, unit: string) => ({
      id: indicator,
      indicator,
      label: indicator,
      scope: "territory",
      entity: null,
      value,
      low: null,
      high: null,
      unit,
      estimated_share: 0.3,
    });
    const rows = [
      row("water_low_pressure_nodes", 4, "1"),
      row("water_service_level", 87.5, "%"),
      row("water_pump_energy", 21_900, "kWh/yr"),
    ];
    const [card] = supplyCards(pageOf("?", { "api/indicators": { rows } }));
    expect(card?.sentence).toBe(
      "Au plus bas de la journée, 4 nœuds du réseau d’eau manquent de pression.",
    );
    expect(plain(card?.detail ?? "")).toBe(
      "Demande servie à la pression voulue : 87,5 %. Le pompage demande 21,9 MWh par an. Un calcul hydraulique, pas une mesure.",
    );
    const well = [row("water_low_pressure_nodes", 0, "1")];
    expect(supplyCards(pageOf("?", { "api/indicators": { rows: well } }))[0]?.sentence).toMatch(
      /partout/,
    );
    expect(supplyCards(pageOf("?", { "api/indicators": { rows: [] } }))).toEqual([]);
  });

  it("says of a pipe what is known", () => {
    const pipe = {
      row: {
        diameter_mm: 100,
        material: "PVC",
        length_m: 120,
        installed_from: 1970,
        installed_to: 1979,
        status: "closed",
      },
      label: "",
    };
    const attributes = new Map([
      ["diameter_mm", { name: "diameter_mm", label: "", unit: "mm" }],
      ["length_m", { name: "length_m", label: "", unit: "m" }],
    ]);
    expect(plain(sentence({ table: "pipe", entity: pipe, attributes, around: null }))).toBe(
      "Conduite d’eau, diamètre 100 mm, matériau PVC, longue de 120 m, posée entre 1970 et 1979. Elle est fermée.",
    );
  });
});
