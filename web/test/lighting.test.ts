// SPDX-License-Identifier: EUPL-1.2
import type { Map as LibreMap } from "maplibre-gl";
import { afterEach, describe, expect, it } from "vitest";
import { outline, ring } from "../src/components/polar";
import { setLanguage } from "../src/i18n";
import type { Look } from "../src/map/look";
import { layersOf, shown, usual } from "../src/map/registry";
import { styleOf } from "../src/map/style";
import { Swipe } from "../src/map/swipe";
import { comparable, compared, optionName, withNights } from "../src/night";
import type { Page } from "../src/page";
import { isStep, parse, serialise } from "../src/state";
import type { Photometry, RasterInfo, RoadFigure, Territory } from "../src/types";
import { asked } from "../src/views/road";

afterEach(() => setLanguage("fr"));

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const raster = (layer: string): RasterInfo => ({
  layer,
  label: layer,
  unit: "lx",
  classes: [0.1, 1],
  colors: ["#000000", "#ffffff"],
  tiles_url: `/tiles/raster/${layer}/{z}/{x}/{y}.png`,
  worksite: "lighting",
});
const town = (...layers: string[]) =>
  ({
    version: 3,
    bounds: [3.8, 43.6, 3.9, 43.7],
    tables: [
      { name: "street", label: "", count: 3, geometry: "line", worksite: null },
      { name: "luminaire", label: "", count: 3, geometry: "point", worksite: "lighting" },
    ],
    rasters: layers.map(raster),
    worksites: [{ name: "lighting", label: "", last_run: { id: "r", started_at: "" } }],
  }) as unknown as Territory;
const both = town("illuminance", "illuminance_after", "illuminance_other");
const one = town("illuminance");

describe("the night after", () => {
  it("is compared where both nights are known, in the view of lighting", () => {
    const at = (search: string, territory = both) => compared({ state: parse(search), territory });
    expect(at("?tab=lighting&compare=30")).toBe(30);
    expect(at("?tab=lighting&compare=0")).toBe(0);
    expect(at("?tab=lighting")).toBeNull();
    expect(at("?tab=climate&compare=30")).toBeNull();
    expect(at("?tab=lighting&compare=30", one)).toBeNull();
    expect([comparable(both), comparable(one), comparable(town())]).toEqual([true, false, false]);
  });

  it("is no layer of its own: it would cover the night before", () => {
    expect(layersOf(both).map(({ name }) => name)).not.toContain("illuminance_after");
    expect(usual(both)).toContain("illuminance");
    expect(shown(parse("?layers=illuminance_after,street"), both)).toEqual(["street"]);
  });

  it("comes with the night before, even where this one was switched off", () => {
    expect(withNights(["street"], null)).toEqual(["street"]);
    expect(withNights(["street"], 0)).toEqual(["street", "illuminance", "illuminance_after"]);
    expect(withNights(["illuminance"], 50)).toEqual(["illuminance", "illuminance_after"]);
  });

  it("lies just above the night before, in the style", () => {
    const look = { territory: both, night: true, at: null, moment: null, energy: null } as Look;
    const order = (layers: string[]) =>
      styleOf({ ...look, layers, colour: "lamp_type", area: null, selected: null, base: "/" })
        .layers.map(({ id }) => id)
        .filter((id) => id.startsWith("illuminance"));
    const all = ["illuminance", "illuminance_other", "illuminance_after"];
    expect(order(all)).toEqual(["illuminance", "illuminance_after", "illuminance_other"]);
    expect(order(["illuminance"])).toEqual(["illuminance"]);
  });

  it("keeps its line in the address, and moving it is no step back", () => {
    const state = parse("?tab=lighting&compare=62");
    expect(serialise(state)).toBe("?tab=lighting&compare=62");
    expect(isStep(state, { ...state, compare: 10 })).toBe(false);
    expect(parse("?compare=101").compare).toBeNull();
    expect(parse("?compare=-1").compare).toBeNull();
  });

  it("bears the name of the option that the run says", () => {
    const page = (kind: string) =>
      ({
        territory: both,
        read: (path: string) => ({
          status: "ok",
          value: path.startsWith("collections")
            ? { properties: { card: JSON.stringify({ after: { option: kind } }) } }
            : { rows: [{ id: "o", worksite: "lighting", kind: "led", label: "Passage en LED" }] },
        }),
      }) as unknown as Page;
    expect(optionName(page("led"))).toBe("Passage en LED");
    expect(optionName(page("other"))).toBeNull();
    expect(optionName({ ...page("led"), territory: one })).toBeNull();
  });
});

/** A map that keeps the order of its layers, as MapLibre does. */
class Drawn {
  readonly made = new Map<string, { render(gl: unknown): void }>();
  repainted = 0;
  constructor(readonly order: string[]) {}
  getLayersOrder = () => [...this.order];
  addLayer(layer: { id: string; render(gl: unknown): void }, before?: string) {
    this.made.set(layer.id, layer);
    this.insert(layer.id, before);
  }
  moveLayer(id: string, before?: string) {
    this.removeLayer(id);
    this.insert(id, before);
  }
  removeLayer(id: string) {
    this.order.splice(this.order.indexOf(id), 1);
  }
  triggerRepaint() {
    this.repainted += 1;
  }
  private insert(id: string, before?: string) {
    this.order.splice(before ? this.order.indexOf(before) : this.order.length, 0, id);
  }
}

describe("the line between two rasters", () => {
  const swipe = (order: string[]): [Swipe, Drawn] => {
    const map = new Drawn(order);
    return [new Swipe(map as unknown as LibreMap, "a", "b"), map];
  };
  const whole = ["ground", "swipe-before", "a", "swipe-after", "b", "swipe-end", "street"];

  it("parts the two, wherever the style put them, and only once", () => {
    const [line, map] = swipe(["ground", "a", "b", "street"]);
    line.place();
    expect(map.order).toEqual(whole);
    line.place();
    expect(map.order).toEqual(whole);
    map.removeLayer("b");
    map.order.splice(map.order.indexOf("street"), 0, "b");
    line.place();
    expect(map.order).toEqual(whole);
    const [last, top] = swipe(["a", "b"]);
    last.place();
    expect(top.order).toEqual(whole.slice(1, -1));
  });

  it("is taken away with either raster", () => {
    for (const gone of ["a", "b"]) {
      const [line, map] = swipe(["ground", "a", "b", "street"]);
      line.place();
      map.removeLayer(gone);
      line.place();
      expect(map.order).toEqual(["ground", gone === "a" ? "b" : "a", "street"]);
    }
  });

  it("draws each raster on its side, and everything again above them", () => {
    const [line, map] = swipe(["a", "b"]);
    line.place();
    line.move(25);
    const done: unknown[][] = [];
    const gl = {
      SCISSOR_TEST: "scissor",
      drawingBufferWidth: 801,
      drawingBufferHeight: 600,
      enable: (what: string) => done.push(["on", what]),
      disable: (what: string) => done.push(["off", what]),
      scissor: (...box: number[]) => done.push(box),
    };
    for (const id of ["swipe-before", "swipe-after", "swipe-end"]) map.made.get(id)?.render(gl);
    expect(done).toEqual([
      ["on", "scissor"],
      [0, 0, 200, 600],
      ["on", "scissor"],
      [200, 0, 601, 600],
      ["off", "scissor"],
    ]);
    line.move(25);
    expect(map.repainted, "a line that rests draws nothing").toBe(1);
  });
});

describe("a polar curve", () => {
  const curve = {
    gamma: [0, 90, 180],
    planes: [
      { c: 0, values: [100, 50, 0] },
      { c: 180, values: [100, 20, 0] },
    ],
  } as unknown as Photometry;

  it("shows light down as down, C0 on the right", () => {
    const points = outline(curve, [0, 180], 100)
      .slice(1, -1)
      .split("L")
      .map((point) => point.split(" ").map(Number));
    expect(points).toHaveLength(6);
    expect(points).toContainEqual([50, 0]);
    expect(points).toContainEqual([-20, 0]);
    expect(points.filter(([, y]) => y === 100)).toHaveLength(2);
  });

  it("has three to five circles of a round value", () => {
    for (const most of [0.7, 3, 49, 50, 51, 99, 100, 230, 399, 401, 999]) {
      const count = Math.ceil(most / ring(most) - 1e-9);
      expect(count, String(most)).toBeGreaterThanOrEqual(3);
      expect(count, String(most)).toBeLessThanOrEqual(5);
    }
    expect(ring(393)).toBe(100);
  });
});

describe("what a class asks", () => {
  const row = (least: number | null, most: number | null, unit: string) =>
    ({ requirement: { least, most, source: "", confirmed: true }, unit }) as RoadFigure;

  it("is written at least, at most, or between", () => {
    expect(plain(asked(row(0.75, null, "cd/m²")))).toBe("≥ 0,75 cd/m²");
    expect(plain(asked(row(null, 15, "%")))).toBe("≤ 15 %");
    expect(plain(asked(row(0.4, null, "1")))).toBe("≥ 0,4");
    expect(plain(asked(row(7.5, 11.25, "lx")))).toBe("entre 7,5 et 11,3 lx");
    expect(asked({ requirement: null, unit: "lx" })).toBe("—");
    setLanguage("en");
    expect(plain(asked(row(0.75, null, "cd/m²")))).toBe("≥ 0.75 cd/m²");
  });
});
