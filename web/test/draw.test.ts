// SPDX-License-Identifier: EUPL-1.2
import { describe, expect, it } from "vitest";
import {
  begin,
  type Draft,
  filterOf,
  finish,
  geometryOf,
  press,
  rectangle,
  undo,
} from "../src/map/draw";
import { type Found, next, withoutSeams } from "../src/map/under";
import { MOST_CORNERS, type Point } from "../src/state";
import { token } from "../src/views/twin";

/** A map on which a degree is a thousand pixels. */
const distance = (a: Point, b: Point) => 1000 * Math.hypot(a[0] - b[0], a[1] - b[1]);

function draw(shape: "polygon" | "rectangle", ...places: Point[]) {
  let draft: Draft = begin(shape);
  for (const place of places) {
    const after = press(draft, place, distance);
    if (after.area) return after.area;
    draft = after.draft;
  }
  return draft;
}

describe("drawing an area", () => {
  it("takes two opposite corners for a rectangle, in any order", () => {
    const expected = rectangle([1, 2, 3, 4]);
    expect(draw("rectangle", [1, 2], [3, 4])).toEqual(expected);
    expect(draw("rectangle", [3, 4], [1, 2])).toEqual(expected);
    expect(draw("rectangle", [3, 2], [1, 4])).toEqual(expected);
  });

  it("refuses a rectangle without a surface and waits for another corner", () => {
    expect(draw("rectangle", [1, 2], [1, 4])).toEqual({ shape: "rectangle", corners: [[1, 2]] });
  });

  it("closes a polygon on its first corner, not before the third one", () => {
    const corners: Point[] = [
      [0, 0],
      [1, 0],
      [1, 1],
    ];
    expect(draw("polygon", ...corners, [0.005, 0])).toEqual(corners);
    expect(draw("polygon", [0, 0], [1, 0], [0.005, 0])).toMatchObject({
      corners: [
        [0, 0],
        [1, 0],
        [0.005, 0],
      ],
    });
  });

  it("takes a double press for one", () => {
    expect(draw("polygon", [0, 0], [0.001, 0])).toMatchObject({ corners: [[0, 0]] });
  });

  it("ends by itself with as many corners as an address can bear", () => {
    const round = Array.from({ length: MOST_CORNERS + 5 }, (_, i): Point => [i, i * i]);
    expect(draw("polygon", ...round)).toHaveLength(MOST_CORNERS);
  });

  it("can be finished once it has three corners, and undone corner by corner", () => {
    const draft = draw("polygon", [0, 0], [1, 0], [1, 1]) as Draft;
    expect(finish(draft)).toHaveLength(3);
    expect(undo(draft).corners).toHaveLength(2);
    expect(finish(undo(draft))).toBeNull();
    expect(finish(draw("rectangle", [0, 0]) as Draft)).toBeNull();
  });

  it("is written closed, as GeoJSON and as a filter", () => {
    const area: Point[] = [
      [3.87, 43.6],
      [3.88, 43.6],
      [3.88, 43.61],
    ];
    expect(JSON.parse(geometryOf(area)).coordinates[0]).toEqual([...area, area[0]]);
    expect(filterOf(area)).toBe(
      "S_INTERSECTS(geometry,POLYGON((3.870000 43.600000,3.880000 43.600000,3.880000 43.610000,3.870000 43.600000)))",
    );
  });
});

describe("a press on the map", () => {
  const at = (table: string, id: string): Found => ({
    table,
    id,
    name: "",
    geometry: { type: "Point", coordinates: [0, 0] },
  });
  const found = [at("luminaire", "1"), at("building", "b"), at("district", "d")];

  it("opens the topmost, then what lies below it, then the topmost again", () => {
    expect(next(found, null)?.table).toBe("luminaire");
    expect(next(found, { table: "luminaire", id: "1" })?.table).toBe("building");
    expect(next(found, { table: "district", id: "d" })?.table).toBe("luminaire");
    expect(next(found, { table: "street", id: "x" })?.table).toBe("luminaire");
    expect(next([], null)).toBeUndefined();
  });
});

describe("the next page of a table", () => {
  it("continues where the link says, at the same version", () => {
    expect(token("http://h/collections/street/items?limit=50&after=row%3A12&at=7&lang=fr")).toEqual(
      { after: "row:12", at: "7" },
    );
    expect(token("/collections/street/items")).toEqual({});
  });
});

describe("the outline of a shape cut by tiles", () => {
  const zoom = 14;
  const lon = (x: number) => (x / 2 ** zoom) * 360 - 180;
  const lat = (y: number) =>
    (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** zoom))) * 180) / Math.PI;
  const edge = 8368 + 1 + 64 / 4096;
  const ring = (right: number): Point[] => [
    [lon(8368.5), lat(5972.2)],
    [lon(right), lat(5972.3)],
    [lon(right), lat(5972.8)],
    [lon(8368.4), lat(5972.7)],
    [lon(8368.5), lat(5972.2)],
  ];

  it("leaves out the side that follows the edge of the tile", () => {
    const cut = withoutSeams({ type: "Polygon", coordinates: [ring(edge)] }, zoom);
    expect(cut).toMatchObject({ type: "MultiLineString" });
    expect((cut as GeoJSON.MultiLineString).coordinates.map((line) => line.length)).toEqual([2, 3]);
  });

  it("keeps the same side anywhere else, and lines as they are", () => {
    const whole = withoutSeams({ type: "Polygon", coordinates: [ring(8368.9)] }, zoom);
    expect((whole as GeoJSON.MultiLineString).coordinates).toEqual([ring(8368.9)]);
    const line: GeoJSON.LineString = { type: "LineString", coordinates: ring(edge) };
    expect(withoutSeams(line, zoom)).toBe(line);
  });
});
