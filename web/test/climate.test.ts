// SPDX-License-Identifier: EUPL-1.2
import { afterEach, describe, expect, it } from "vitest";
import { asked, cardOf, valueFrom } from "../src/event";
import { clock } from "../src/format";
import { setLanguage } from "../src/i18n";
import { known, place, shownAt } from "../src/map/moments";
import { tiles } from "../src/map/picture";
import { BY_DAY, byDay } from "../src/map/ramp";
import { layersOf, shown, switched, usual } from "../src/map/registry";
import { styleOf } from "../src/map/style";
import { roleOf } from "../src/roles";
import { isStep, parse, serialise } from "../src/state";
import type { InputSpec, RasterInfo, Territory } from "../src/types";

afterEach(() => setLanguage("fr"));

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

function raster(layer: string, worksite: string | null, moments: number[] = []): RasterInfo {
  return {
    layer,
    label: layer,
    unit: "m",
    classes: [0.05, 0.5],
    colors: ["#0b2a5b", "#def1ff"],
    tiles_url: `tiles/raster/${layer}/{z}/{x}/{y}.png`,
    worksite,
    moments,
  };
}

const town: Territory = {
  name: "Bourg",
  insee: [],
  crs: "EPSG:2154",
  bounds: [3, 43, 4, 44],
  center: [3.5, 43.5],
  version: 5,
  versions: [],
  licence: "",
  attribution: [],
  tables: [
    { name: "street", label: "Voies", count: 3, geometry: "line", worksite: null },
    { name: "luminaire", label: "Lampes", count: 9, geometry: "point", worksite: "lighting" },
  ],
  rasters: [
    raster("dtm", null),
    raster("illuminance", "lighting"),
    raster("water_depth", "climate", [600, 1800, 3600]),
    raster("water_speed", "climate"),
    raster("building_water", "climate"),
  ],
  worksites: [],
  code_version: "0",
};
const page = (search: string) => ({ state: parse(search), territory: town });

describe("the layers of an event", () => {
  it("are those of their view: the water and what it reaches there, none elsewhere", () => {
    expect(usual(town)).toEqual(["illuminance", "luminaire", "street", "relief"]);
    expect(usual(town, "climate")).toEqual(["water_depth", "building_water", "street", "relief"]);
    expect(shown(parse("?tab=climate"), town)).toContain("water_depth");
    expect(shown(parse("?tab=climate&layers=street"), town)).toEqual(["street"]);
  });

  it("are switched like the others", () => {
    const state = parse("?tab=climate");
    const more = switched(state, town, ["water_speed"], true);
    expect(more).toEqual(["water_depth", "water_speed", "building_water", "street", "relief"]);
    expect(switched({ ...state, layers: more }, town, ["water_speed"], false)).toBeNull();
    expect(layersOf(town).filter(({ group }) => group === "climate")).toHaveLength(3);
  });
});

describe("the time of an event", () => {
  it("has the moments of the layers shown, and only then", () => {
    expect(known(page("?tab=climate"))).toEqual([600, 1800, 3600]);
    expect(known(page("?tab=today"))).toEqual([]);
    expect(known(page("?tab=climate&layers=water_speed"))).toEqual([]);
  });

  it("ends with the greatest values, where it begins", () => {
    expect(place(page("?tab=climate"))).toBe(3);
    expect(place(page("?tab=climate&moment=1800"))).toBe(1);
    expect(place(page("?tab=climate&moment=1801"))).toBe(3);
  });

  it("is said in words", () => {
    expect(plain(shownAt(page("?tab=climate&moment=600")))).toBe("10 min après le début");
    expect(shownAt(page("?tab=climate"))).toBe("Les plus grandes valeurs");
    setLanguage("en");
    expect(plain(shownAt(page("?tab=climate&moment=3600")))).toBe("1 h after the beginning");
  });

  it.each([
    [0, "0 min"],
    [90, "2 min"],
    [3600, "1 h"],
    [5400, "1 h 30 min"],
    [90_000, "25 h"],
  ])("of %d s reads %s", (seconds, text) => {
    expect(plain(clock(seconds))).toBe(text);
  });

  it("stands in the address without filling the way back", () => {
    const [from, to] = [parse("?tab=climate"), parse("?tab=climate&moment=600")];
    expect(serialise(to)).toBe("?tab=climate&moment=600");
    expect(isStep(from, to)).toBe(false);
    expect(parse("?moment=-3").moment).toBeNull();
    expect(parse("?moment=soon").moment).toBeNull();
  });

  it("is asked of the tiles that know it", () => {
    const look = {
      territory: town,
      layers: ["water_depth", "water_speed"],
      colour: "lamp_type" as const,
      night: false,
      at: null,
      compare: null,
      selected: null,
      area: null,
      volumes: false,
      energy: null,
      network: null,
      base: "http://x/",
    };
    const tiles = (moment: number | null, layer: string) => {
      const source = styleOf({ ...look, moment }).sources[layer];
      return source?.type === "raster" ? source.tiles?.[0] : undefined;
    };
    const base = "http://x/tiles/raster/water_depth/{z}/{x}/{y}.png?v=5";
    expect(tiles(600, "water_depth")).toBe(`${base}&moment=600`);
    expect(tiles(601, "water_depth")).toBe(base);
    expect(tiles(null, "water_depth")).toBe(base);
    expect(tiles(600, "water_speed")).not.toContain("moment");
    // What the water does to buildings lies over their outlines, its depth below them.
    const built = { name: "building", label: "", count: 2, geometry: "polygon", worksite: null };
    const territory = { ...town, tables: [built] };
    const layers = ["water_depth", "building", "building_water"];
    const order = styleOf({ ...look, moment: null, territory, layers }).layers.map(({ id }) => id);
    const [depth, top] = ["water_depth", "building_water"].map((id) => order.indexOf(id));
    const places = order.flatMap((id, at) => (id.startsWith("building") && at !== top ? [at] : []));
    expect(places.length).toBeGreaterThan(0);
    expect(depth).toBeLessThan(Math.min(...places));
    expect(top).toBeGreaterThan(Math.max(...places));
  });
});

describe("an event asked from the page", () => {
  const spec = (type: string): InputSpec => ({ title: "", description: "", schema: { type } });

  it("takes what one line of text can say", () => {
    const inputs = { rain: spec("string"), hyetograph: spec("array"), sea_level: spec("number") };
    expect(asked({ inputs }).map(([name]) => name)).toEqual(["rain", "sea_level"]);
    expect(valueFrom(spec("number"), " 4,2 ")).toBe(4.2);
    expect(valueFrom(spec("string"), " 60mm/1h ")).toBe("60mm/1h");
  });

  it("has a card, whatever form it comes in", () => {
    const card = { event: { fr: "60 mm en 1 h" } };
    expect(cardOf(JSON.stringify(card))).toEqual(card);
    expect(cardOf(card)).toEqual(card);
    expect(cardOf(null)).toBeNull();
    expect(cardOf("{")).toBeNull();
  });

  it("does not pass for the stock of lamps", () => {
    expect(roleOf({ indicator: "climate_lamps", unit: "1" })).toBe("other");
    expect(roleOf({ indicator: "lighting_lamps", unit: "1" })).toBe("count");
  });
});

describe("the small picture of an event", () => {
  it("has by day the colours of the map", () => {
    const matrix = BY_DAY.split(" ").map(Number);
    expect(matrix).toHaveLength(20);
    for (const color of ["#155a9c", "#def1ff", "#83c2ee"]) {
      const rgb = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
      const seen = [0, 1, 2].map((row) => {
        const [r = 0, g = 0, b = 0, , more = 0] = matrix.slice(5 * row, 5 * row + 5);
        const value = r * (rgb[0] ?? 0) + g * (rgb[1] ?? 0) + b * (rgb[2] ?? 0) + more;
        return Math.round(255 * Math.min(1, Math.max(0, value)));
      });
      expect(`#${seen.map((part) => part.toString(16).padStart(2, "0")).join("")}`).toBe(
        byDay(color),
      );
    }
  });

  const box = [-2.524, 48.4598, -2.5096, 48.4694] as const;
  const { view, tiles: found } = tiles([...box]);
  const [left, top, width, height] = view;

  it("is cut from few tiles that cover the box", () => {
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThanOrEqual(16);
    const right = Math.max(...found.map((tile) => tile.left + 256));
    const bottom = Math.max(...found.map((tile) => tile.top + 256));
    expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
    expect(left + width).toBeLessThanOrEqual(right);
    expect(top + height).toBeLessThanOrEqual(bottom);
    expect(Math.max(width, height)).toBeGreaterThan(320);
    expect(Math.max(width, height)).toBeLessThanOrEqual(640);
  });

  it("keeps the shape of the ground: a kilometre is as long both ways", () => {
    const metres = [(box[2] - box[0]) * Math.cos((48.465 * Math.PI) / 180), box[3] - box[1]];
    expect(width / height).toBeCloseTo((metres[0] ?? 0) / (metres[1] ?? 1), 2);
  });

  it("holds at the ends: a point, the whole of a département", () => {
    expect(tiles([3, 43, 3, 43]).tiles.length).toBeLessThanOrEqual(4);
    expect(tiles([2.5, 43, 3.5, 44]).tiles.every(({ z }) => z === 10)).toBe(true);
  });
});
