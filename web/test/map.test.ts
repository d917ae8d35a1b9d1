// SPDX-License-Identifier: EUPL-1.2
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createExpression, validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import { address, rowPath } from "../src/api";
import { extent, home } from "../src/map/extent";
import type { Look } from "../src/map/look";
import { lampColour, lampTypes } from "../src/map/palette";
import { byDay, rasterPaint, steps } from "../src/map/ramp";
import { layersOf, shown, switched, usual } from "../src/map/registry";
import { rank } from "../src/map/streets";
import { styleOf } from "../src/map/style";
import type { RasterInfo, Territory } from "../src/types";

const raster: RasterInfo = {
  layer: "illuminance",
  label: "Éclairement",
  unit: "lx",
  classes: [0.1, 1, 10],
  colors: ["#1b0c41", "#cf4446", "#fcffa4"],
  tiles_url: "/tiles/raster/illuminance/{z}/{x}/{y}.png",
  worksite: "lighting",
};

const territory: Territory = {
  name: "Essai",
  insee: [],
  crs: "EPSG:2154",
  bounds: [3.8, 43.6, 3.9, 43.7],
  center: null,
  version: 12,
  versions: [],
  licence: "",
  attribution: [],
  tables: ["luminaire", "street", "building", "district", "place"].map((name) => ({
    name,
    label: name,
    count: 1,
    geometry: "point",
    worksite: name === "luminaire" ? "lighting" : null,
  })),
  rasters: [raster],
  worksites: [],
  code_version: "0",
};

const look: Look = {
  territory,
  layers: ["illuminance", "luminaire", "street", "building", "district", "place"],
  colour: "lamp_type",
  night: false,
  at: null,
  moment: null,
  compare: null,
  selected: null,
  area: null,
  volumes: false,
  energy: null,
  network: null,
  base: "http://x/y/",
};

/** Lightness as the eye sees it, 0 to 1. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map(
    (i) => (Number.parseInt(hex.slice(i, i + 2), 16) / 255) ** 2.2,
  ) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe("the style", () => {
  it.each([
    [true, "lamp_type"],
    [false, "lamp_type"],
    [true, "power_w"],
    [false, "power_w"],
  ] as const)("is valid by night %s, coloured by %s", (night, colour) => {
    expect(validateStyleMin(styleOf({ ...look, night, colour }) as never)).toEqual([]);
  });

  it("asks tiles below the page, at the version looked at", () => {
    const tiles = (at: string | null) =>
      (styleOf({ ...look, at }).sources.luminaire as { tiles: string[] }).tiles[0];
    expect(tiles(null)).toBe("http://x/y/tiles/luminaire/{z}/{x}/{y}.mvt?v=12");
    expect(tiles("3")).toBe("http://x/y/tiles/luminaire/{z}/{x}/{y}.mvt?at=3");
  });

  it("asks no host but its own", () => {
    expect(
      JSON.stringify(styleOf(look))
        .match(/https?:\/\/[^/"]+/g)
        ?.every((host) => host === "http://x"),
    ).toBe(true);
  });

  it("draws what is switched on and present, and nothing else", () => {
    const ids = (change: Partial<Look>) =>
      styleOf({ ...look, ...change }).layers.map((layer) => layer.id);
    expect(ids({})).toContain("luminaire");
    expect(ids({ layers: ["street"] })).not.toContain("luminaire");
    expect(ids({ layers: ["street"] })).toContain("street-name");
    expect(ids({ territory: { ...territory, tables: [], rasters: [] } })).not.toContain("street");
    expect(ids({ territory: { ...territory, rasters: [] } })).not.toContain("illuminance");
  });

  it("draws relief only when asked, below everything, and the limit of the commune as any layer", () => {
    const tables = [
      ...territory.tables,
      { name: "municipality", label: "", count: 1, geometry: "polygon" },
    ];
    const both = { ...territory, tables, rasters: [raster, { ...raster, layer: "dtm" }] };
    const ids = (layers: Look["layers"]) =>
      styleOf({ ...look, territory: both, layers }).layers.map((layer) => layer.id);
    expect(ids(["dtm", "place", "illuminance"]).slice(0, 3)).toEqual(["ground", "dtm", "place"]);
    expect(ids([])).not.toContain("dtm");
    expect(ids(["municipality"])).toContain("municipality-line");
    expect(ids(["relief"])).toContain("relief");
    const relief = { ...raster, layer: "dtm", worksite: null };
    expect(steps(relief, false)[0]?.color).not.toBe(steps(raster, false)[0]?.color);
  });

  it("draws light below the streets and lamps above them", () => {
    const ids = styleOf(look).layers.map((layer) => layer.id);
    expect(ids.indexOf("illuminance")).toBeLessThan(ids.indexOf("street"));
    expect(ids.indexOf("street")).toBeLessThan(ids.indexOf("luminaire"));
  });

  it("needs no glyphs from anywhere: letters are drawn by the browser", () => {
    expect(styleOf(look).glyphs).toBeUndefined();
  });
});

describe("layers", () => {
  const info = (name: string, geometry: string, worksite: string | null = null, count = 1) => ({
    name,
    label: name,
    count,
    geometry,
    worksite,
  });
  const many: Territory = {
    ...territory,
    tables: [
      info("pipe", "line", "water"),
      info("luminaire", "point", "lighting"),
      info("street", "line"),
      info("parcel", "polygon"),
      info("tree", "point", null, 0),
      info("option", "any"),
    ],
    rasters: [
      raster,
      { ...raster, layer: "water_depth", worksite: "climate" },
      { ...raster, layer: "dtm", worksite: null },
    ],
  };

  it("are those that hold something, by worksite, whatever their names", () => {
    expect(layersOf(many).map(({ name, group }) => `${group}:${name}`)).toEqual([
      "lighting:illuminance",
      "lighting:luminaire",
      "water:pipe",
      "climate:water_depth",
      "plan:option",
      "twin:street",
      "twin:parcel",
      "twin:relief",
      "twin:dtm",
    ]);
  });

  it("shown first are those of the worksites and the usual facts", () => {
    // The water of an event would cover the rest: it is shown beside its figures (climate.test.ts).
    expect(usual(many)).toEqual(["illuminance", "luminaire", "pipe", "street", "relief"]);
    expect(shown({ layers: null }, many)).toEqual(usual(many));
    expect(shown({ layers: ["parcel", "secret", "luminaire"] }, many)).toEqual([
      "luminaire",
      "parcel",
    ]);
  });

  it("switched back are the usual ones again, which the address leaves out", () => {
    const without = switched({ layers: null }, many, ["pipe"], false);
    expect(without).not.toContain("pipe");
    expect(switched({ layers: without }, many, ["pipe"], true)).toBeNull();
    const alone = { layers: ["pipe"] };
    expect(switched(alone, many, ["luminaire", "illuminance"], true)).toEqual([
      "illuminance",
      "luminaire",
      "pipe",
    ]);
  });

  it("of any kind make a valid style, standing buildings and hazards included", () => {
    const all = {
      ...many,
      tables: [
        ...many.tables,
        info("building", "polygon"),
        info("hazard_zone", "polygon"),
        info("population", "polygon"),
        info("municipality", "polygon", null, 3),
        info("cabinet", "point", "lighting"),
        info("watercourse", "line"),
        info("place", "any"),
      ],
    };
    const layers = layersOf(all).map(({ name }) => name);
    for (const night of [true, false]) {
      const style = styleOf({ ...look, territory: all, layers, night, volumes: true });
      expect(validateStyleMin(style as never)).toEqual([]);
      const ids = style.layers.map(({ id }) => id);
      expect(ids.length).toBe(new Set(ids).size);
      expect(ids).toContain("building-3d");
      expect(ids).toContain("municipality-name");
    }
  });

  it("of light are turned by day, those of other worksites are shown as they are", () => {
    const depth: RasterInfo = {
      ...raster,
      worksite: "climate",
      colors: ["#eff3ff", "#6baed6", "#08519c"],
    };
    expect(rasterPaint(depth, false)).toMatchObject({ "raster-hue-rotate": 0 });
    expect(steps(depth, false)[2]?.color).not.toBe(steps(depth, false)[0]?.color);
  });
});

describe("a road", () => {
  const rankOf = (hierarchy: string | null) => {
    const compiled = createExpression(rank() as never, {} as never);
    if (compiled.result === "error") throw new Error(String(compiled.value));
    const properties = hierarchy === null ? {} : { hierarchy };
    return compiled.value.evaluate({ zoom: 12 }, { type: "LineString", properties } as never);
  };

  it.each([
    ["1", 1],
    ["Autoroute", 1],
    ["motorway_link", 1],
    ["Nationale", 2],
    ["départementale", 3],
    ["Route départementale 12", 3],
    ["tertiary", 3],
    ["communale", 4],
    ["residential", 4],
    ["5", 4],
    ["chemin rural", 5],
    ["Sentier", 5],
    ["footway", 5],
    [null, 4],
  ])("%s has rank %s, whoever publishes it", (hierarchy, expected) => {
    expect(rankOf(hierarchy)).toBe(expected);
  });
});

describe("the ramp", () => {
  it("goes from dark to bright by night and from bright to dark by day", () => {
    const night = steps(raster, true).map((step) => luminance(step.color));
    const day = steps(raster, false).map((step) => luminance(step.color));
    expect(night).toEqual([...night].sort((a, b) => a - b));
    expect(day).toEqual([...day].sort((a, b) => b - a));
  });

  it("turns black into white and keeps orange orange, as the map does", () => {
    expect(byDay("#000000")).toBe("#ffffff");
    expect(byDay("#ff8000")).toBe("#ff8000");
    expect(rasterPaint(raster, false)).toMatchObject({
      "raster-brightness-min": 1,
      "raster-brightness-max": 0,
      "raster-hue-rotate": 180,
    });
  });

  it("labels classes by their lower value, edges, thresholds or names", () => {
    const labels = (classes: (number | string)[]) =>
      steps({ ...raster, classes }, true).map((step) => step.label);
    expect(labels([0.1, 1, 10])).toEqual(["0,1", "1", "10"]);
    expect(labels([0, 1, 10, 100])).toEqual(["0", "1", "10"]);
    expect(labels([1, 10])).toEqual(["< 1", "1", "10"]);
    expect(labels(["a", "b", "c"])).toEqual(["a", "b", "c"]);
  });
});

describe("lamp colours", () => {
  it("exist for each code of the schema", () => {
    const schema = readFileSync(
      join(import.meta.dirname, "../../src/jumeau/twin/schema/luminaire.csv"),
      "utf8",
    );
    const codes = schema.match(/^lamp_type,.*,([A-Z|]+)$/m)?.[1]?.split("|");
    expect(lampTypes()).toEqual(codes);
  });

  it("are all different, by day and by night", () => {
    for (const night of [true, false]) {
      expect(new Set(lampTypes().map((type) => lampColour(type, night))).size).toBe(
        lampTypes().length,
      );
    }
  });

  it("fall back on that of other lamps", () => {
    expect(lampColour("NEW", true)).toBe(lampColour("OTHER", true));
  });
});

describe("addresses of the API", () => {
  it("carry language and version, and escape identifiers", () => {
    globalThis.document = { baseURI: "http://h/prefix/" } as Document;
    expect(address("/api/options", { lang: "fr", at: null }, { f: "csv" })).toBe(
      "http://h/prefix/api/options?f=csv&lang=fr",
    );
    expect(address("api/options", { lang: "en", at: "7" })).toBe(
      "http://h/prefix/api/options?lang=en&at=7",
    );
    expect(rowPath("api/entity", "street", "a/b?c")).toBe("api/entity/street/a%2Fb%3Fc");
  });
});

describe("the first view", () => {
  const seen = (bounds: Territory["bounds"], light: Territory["bounds"]) =>
    home({ ...territory, bounds, rasters: light ? [{ ...raster, bounds: light }] : [] });

  it("is what both the facts and the light cover", () => {
    expect(seen([0, 0, 10, 10], [5, 5, 20, 20])).toEqual([5, 5, 10, 10]);
    expect(seen([0, 0, 10, 10], null)).toEqual([0, 0, 10, 10]);
    expect(seen(null, [1, 1, 2, 2])).toEqual([1, 1, 2, 2]);
    expect(seen([0, 0, 1, 1], [5, 5, 6, 6])).toEqual([0, 0, 1, 1]);
    expect(seen(null, null)).toBeNull();
  });

  it("is the ground where the facts are some bridges only", () => {
    const ground = { ...raster, layer: "dtm", bounds: [0, 0, 4, 4] as Territory["bounds"] };
    const bridges = { name: "bridge", label: "", count: 3, geometry: "polygon", worksite: null };
    const bare = { ...territory, bounds: [1, 1, 2, 2] as Territory["bounds"], rasters: [ground] };
    expect(home({ ...bare, tables: [bridges] })).toEqual([0, 0, 4, 4]);
    const town = [bridges, { ...bridges, name: "building" }];
    expect(home({ ...bare, tables: town })).toEqual([1, 1, 2, 2]);
  });
});

describe("the box of a geometry", () => {
  it("holds all its points, whatever its kind", () => {
    expect(extent({ type: "Point", coordinates: [3, 43] })).toEqual([3, 43, 3, 43]);
    const ring = [
      [0, 0],
      [2, 0],
      [2, 5],
      [0, 0],
    ];
    expect(
      extent({
        type: "MultiPolygon",
        coordinates: [[ring], [ring.map(([x, y]) => [(x as number) - 1, y as number])]],
      }),
    ).toEqual([-1, 0, 2, 5]);
    expect(
      extent({
        type: "GeometryCollection",
        geometries: [
          { type: "Point", coordinates: [1, 2] },
          { type: "Point", coordinates: [-3, 4] },
        ],
      }),
    ).toEqual([-3, 2, 1, 4]);
    expect(extent({ type: "MultiPoint", coordinates: [] })).toBeNull();
  });
});
