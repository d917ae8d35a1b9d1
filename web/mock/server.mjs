// SPDX-License-Identifier: EUPL-1.2
/** Serves the built page and an invented town, for work on the page without a twin: npm run mock. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { GeoJSONVT } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import { answers, ramp } from "./answers.mjs";
import { png } from "./png.mjs";
import { lightAround, town } from "./town.mjs";

const STATIC = fileURLToPath(new URL("../../src/jumeau/web/static", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
export const CSP =
  "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const place = town();
const api = answers(place);
const light = lightAround(place.tables.luminaire);
const indexes = Object.fromEntries(
  Object.entries(place.tables).map(([name, features]) => [
    name,
    new GeoJSONVT({ type: "FeatureCollection", features }, { maxZoom: 16, indexMaxZoom: 4 }),
  ]),
);

function vectorTile(table, z, x, y) {
  const tile = indexes[table]?.getTile(z, x, y);
  return tile?.features.length
    ? Buffer.from(fromGeojsonVt({ [table]: tile }, { version: 2 }))
    : null;
}

function rasterTile(z, x, y) {
  const lon = (i) => (360 * (x + i / 256)) / 2 ** z - 180;
  const lat = (j) =>
    (180 / Math.PI) * Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + j / 256)) / 2 ** z)));
  const [w, s, e, n] = place.bounds;
  return png((i, j) => {
    const [a, b] = [lon(i + 0.5), lat(j + 0.5)];
    if (a < w || a > e || b < s || b > n) return [0, 0, 0, 0];
    const value = light(a, b);
    const step = Math.max(
      0,
      ramp.classes.findLastIndex((from) => value >= from),
    );
    const hex = ramp.colors[step].slice(1);
    return [0, 2, 4]
      .map((k) => Number.parseInt(hex.slice(k, k + 2), 16))
      .concat(value < ramp.classes[0] ? 90 : 255);
  });
}

function items(table, url) {
  const box = url.searchParams.get("bbox")?.split(",").map(Number);
  const inside = ({ geometry }) => {
    const [x, y] = geometry.coordinates.flat(3);
    return !box || (x >= box[0] && y >= box[1] && x <= box[2] && y <= box[3]);
  };
  const found = place.tables[table]?.filter(inside) ?? [];
  const limit = Number(url.searchParams.get("limit") ?? 100);
  return {
    type: "FeatureCollection",
    features: found.slice(0, limit),
    links: found.length > limit ? [{ rel: "next", href: "#" }] : [],
  };
}

function ranked(rows, url) {
  const limit = Number(url.searchParams.get("limit") ?? rows.length);
  const sorted = url.searchParams.get("sort") === "-value";
  return (sorted ? [...rows].sort((a, b) => b.value - a.value) : rows).slice(0, limit);
}

function json(path, url) {
  const [, , kind, table, id] = path.split("/").map(decodeURIComponent);
  const filter = (rows, names) =>
    rows.filter((row) =>
      names.every(
        (name) => !url.searchParams.get(name) || row[name] === url.searchParams.get(name),
      ),
    );
  switch (kind) {
    case "territory":
      return api.territory;
    case "indicators":
      return { rows: ranked(filter(api.indicators, ["scope", "entity", "indicator"]), url) };
    case "options":
      return { rows: api.options };
    case "findings":
      return { rows: filter(api.findings, ["severity"]) };
    case "sources":
      return { rows: api.sources };
    case "fields":
      return { tables: {} };
    case "roads":
      return { rows: [], total: 0, counts: {}, procedure: "EN 13201-3:2015" };
    case "road":
      return { rows: [], reasons: [], supposed: [], lighting_class: null };
    case "photometry":
      return { reason: "none", planes: [], gamma: [] };
    case "explain":
      return api.explain(table, id);
    case "entity":
      return api.entity(table, id);
    default:
      return null;
  }
}

async function answer(request, response) {
  const url = new URL(request.url, "http://mock");
  const path = url.pathname;
  const send = (status, type, body) => {
    response.writeHead(status, { "content-type": type, "content-security-policy": CSP });
    response.end(body);
  };
  const tile = path.match(/^\/tiles\/(raster\/)?(\w+)\/(\d+)\/(\d+)\/(\d+)\./);
  if (tile) {
    const [z, x, y] = tile.slice(3).map(Number);
    if (tile[1]) return send(200, "image/png", rasterTile(z, x, y));
    const body = vectorTile(tile[2], z, x, y);
    return body
      ? send(200, "application/vnd.mapbox-vector-tile", body)
      : send(204, "text/plain", "");
  }
  if (path.startsWith("/api/") || path.startsWith("/collections/")) {
    const body = path.startsWith("/api/") ? json(path, url) : items(path.split("/")[2], url);
    const missing = {
      error: {
        code: "JUM-A001",
        what: `Rien à l’adresse ${path}.`,
        why: "",
        remedy: "Vérifiez l’identifiant.",
      },
    };
    return send(body ? 200 : 404, "application/json", JSON.stringify(body ?? missing));
  }
  const file = normalize(path === "/" ? "/index.html" : path);
  try {
    return send(
      200,
      TYPES[extname(file)] ?? "application/octet-stream",
      await readFile(join(STATIC, file)),
    );
  } catch {
    return send(404, "text/plain", "");
  }
}

const port = Number(process.env.PORT ?? 8123);
createServer(answer).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/`));
