// SPDX-License-Identifier: EUPL-1.2
/** What lies under a point of the map: the topmost first, each asset once. */

import type { Map as LibreMap, MapGeoJSONFeature } from "maplibre-gl";
import type { Ref } from "../types";

export interface Found extends Ref {
  name: string;
  geometry: GeoJSON.Geometry;
}

/** Sources that are ours to draw with, not assets. */
const OURS = new Set(["selected", "hover", "area", "draft"]);
/** Reach of the pointer around points and around lines [px]. */
const NEAR = { circle: 8, line: 4 };

type Box = [[number, number], [number, number]];

const around = ({ x, y }: { x: number; y: number }, reach: number): Box => [
  [x - reach, y - reach],
  [x + reach, y + reach],
];

/** Assets under a pixel, topmost first; points and lines are found from a little farther. */
export function under(map: LibreMap, at: { x: number; y: number }): Found[] {
  const layers = map
    .getLayersOrder()
    .map((id) => map.getLayer(id))
    .filter((layer) => layer?.source && !OURS.has(layer.source));
  const ids = (...types: string[]) =>
    layers.flatMap((layer) => (layer && types.includes(layer.type) ? [layer.id] : []));
  const near = (reach: number, names: string[]) =>
    names.length ? map.queryRenderedFeatures(around(at, reach), { layers: names }) : [];
  const points = near(NEAR.circle, ids("circle")).sort(byDistance(map, at));
  const lines = near(NEAR.line, ids("line"));
  const exact = map.queryRenderedFeatures([at.x, at.y], {
    layers: ids("fill", "fill-extrusion", "symbol"),
  });
  const outlined = new Set(["Polygon", "MultiPolygon"]);
  return distinct([
    ...points,
    ...exact.filter(({ layer }) => layer.type === "symbol"),
    ...lines.filter(({ geometry }) => !outlined.has(geometry.type)),
    ...exact.filter(({ layer }) => layer.type !== "symbol"),
  ]);
}

function byDistance(map: LibreMap, at: { x: number; y: number }) {
  const far = (feature: MapGeoJSONFeature): number => {
    if (feature.geometry.type !== "Point") return 0;
    const { x, y } = map.project(feature.geometry.coordinates as [number, number]);
    return (x - at.x) ** 2 + (y - at.y) ** 2;
  };
  return (a: MapGeoJSONFeature, b: MapGeoJSONFeature) => far(a) - far(b);
}

function distinct(features: MapGeoJSONFeature[]): Found[] {
  const found = new Map<string, Found>();
  for (const { id, properties, sourceLayer, geometry } of features) {
    const own = properties.id ?? id;
    if (own === undefined || !sourceLayer) continue;
    const key = `${sourceLayer}/${own}`;
    const name = String(properties.name ?? properties.number ?? "");
    if (!found.has(key)) found.set(key, { table: sourceLayer, id: String(own), name, geometry });
  }
  return [...found.values()];
}

/** Margin of our tiles around their square, as a share of its side. */
const MARGIN = 64 / 4096;
const TILES_END = 16;

/** The shape of an asset as far as its tiles are here, without the seams where they cut it. */
export function outline(map: LibreMap, { table, id, geometry }: Found): GeoJSON.Geometry[] {
  if (geometry.type === "Point" || geometry.type === "MultiPoint") return [geometry];
  const filter = ["==", ["to-string", ["get", "id"]], id] as never;
  const parts = map.querySourceFeatures(table, { sourceLayer: table, filter });
  const zoom = Math.min(TILES_END, Math.floor(map.getZoom()));
  return (parts.length ? parts.map((part) => part.geometry) : [geometry]).map((part) =>
    withoutSeams(part, zoom),
  );
}

/** The rings of polygons as lines, but for the segments that follow the edge of a tile. */
export function withoutSeams(geometry: GeoJSON.Geometry, zoom: number): GeoJSON.Geometry {
  const polygons =
    geometry.type === "Polygon"
      ? [geometry.coordinates]
      : geometry.type === "MultiPolygon"
        ? geometry.coordinates
        : null;
  if (!polygons) return geometry;
  const side = 2 ** zoom;
  const onEdge = (share: number): boolean => {
    const place = (((share * side) % 1) + 1) % 1;
    return Math.abs(place - MARGIN) < 3e-4 || Math.abs(place - (1 - MARGIN)) < 3e-4;
  };
  const east = (lon: number) => (lon + 180) / 360;
  const south = (lat: number) =>
    0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  const seam = (a: GeoJSON.Position, b: GeoJSON.Position): boolean => {
    const [x, y] = [east(a[0] ?? 0), south(a[1] ?? 0)];
    const [far, low] = [east(b[0] ?? 0), south(b[1] ?? 0)];
    const step = 1e-4 / side;
    return (Math.abs(x - far) < step && onEdge(x)) || (Math.abs(y - low) < step && onEdge(y));
  };
  const lines: GeoJSON.Position[][] = [];
  for (const ring of polygons.flat()) {
    let line: GeoJSON.Position[] = [];
    ring.forEach((corner, i) => {
      const before = ring[i - 1];
      if (before && seam(before, corner)) {
        if (line.length > 1) lines.push(line);
        line = [];
      }
      line.push(corner);
    });
    if (line.length > 1) lines.push(line);
  }
  return { type: "MultiLineString", coordinates: lines };
}

/** The asset to open: the topmost, or the one below that which is open already. */
export function next(found: readonly Found[], open: Ref | null): Found | undefined {
  const at = found.findIndex(({ table, id }) => table === open?.table && id === open.id);
  return found[(at + 1) % Math.max(1, found.length)];
}
