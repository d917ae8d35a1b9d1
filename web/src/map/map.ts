// SPDX-License-Identifier: EUPL-1.2
/** The map itself: a thin, imperative shell around MapLibre, loaded after the text. */

import {
  type GeoJSONSource,
  Map as LibreMap,
  type LngLatBoundsLike,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { language, t } from "../i18n";
import { AFTER, BEFORE } from "../night";
import type { Point, View } from "../state";
import type { Bounds } from "../types";
import { extent, home } from "./extent";
import { supply } from "./images";
import { type Look, polygon } from "./look";
import { Painter } from "./network";
import { collection } from "./overlay";
import { styleOf } from "./style";
import { Swipe } from "./swipe";
import { type Found, outline, under } from "./under";

setWorkerUrl(workerUrl);

/** Tilt of the map when buildings stand up [°]. */
const TILT = 50;
/** Share of the map's side from which an asset is seen without coming closer. */
const SEEN = 0.3;
/** Zoom from which a lamp is told from its neighbours. */
const NEAR = 16.5;

export interface Hooks {
  moved(view: View, bounds: Bounds, byHand: boolean): void;
  /** A press, or Enter on the middle of the map: where, and what is there, topmost first. */
  pressed(place: Point, found: Found[], pixel: { x: number; y: number }): void;
  /** What the pointer is over, or what lies under the crosshair; null when it is nothing. */
  pointed(found: Found | null, pixel: { x: number; y: number } | null): void;
  /** Objects drawn, by table, told when the map has settled after a move by hand. */
  settled(drawn: Map<string, number>, middle: Found | null): void;
  /** Tiles that could not be had. */
  holes(count: number): void;
}

export type MapModule = typeof import("./map");

export class TerritoryMap {
  readonly map: LibreMap;
  private readonly swipe: Swipe;
  private readonly painter: Painter = new Painter();
  private look: Look;
  /** Whether there is a style to colour by. */
  private styled = false;
  private askedByHand = false;
  private holes = 0;
  private pointing = 0;
  /** What the pointer is over. */
  private over = "";

  constructor(
    container: HTMLElement,
    look: Look,
    view: View | null,
    private readonly hooks: Hooks,
  ) {
    this.look = look;
    this.map = new LibreMap({
      container,
      style: styleOf(look),
      ...start(home(look.territory), view, room(container), look.volumes),
      attributionControl: false,
      maxZoom: 20,
      maxPitch: 70,
      dragRotate: true,
      fadeDuration: 0,
      locale: { "Map.Title": t("map.label") },
    });
    this.swipe = new Swipe(this.map, BEFORE, AFTER);
    this.swipe.move(look.compare ?? 0);
    this.map.addControl(new ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-left");
    const canvas = this.map.getCanvas();
    // Its arrows and signs are its own: a screen reader must let them through.
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-describedby", "map-keys");
    this.turns();
    this.listen();
  }

  /** Turning and tilting only make sense once buildings stand up. */
  private turns(): void {
    const { map } = this;
    const handlers = [map.dragRotate, map.touchPitch];
    for (const handler of handlers) this.look.volumes ? handler.enable() : handler.disable();
    if (this.look.volumes) map.touchZoomRotate.enableRotation();
    else map.touchZoomRotate.disableRotation();
    if (this.look.volumes) map.keyboard.enableRotation();
    else map.keyboard.disableRotation();
  }

  private listen(): void {
    const { map, hooks } = this;
    const root = document.documentElement;
    const canvas = map.getCanvas();
    map.setMissingStyleImageResolver((id) => supply(map, id, this.look.night));
    map.on("styledata", () => this.swipe.place());
    map.on("style.load", () => {
      this.styled = true;
      this.paint();
    });
    map.on("movestart", (event) => {
      root.dataset.ready = "busy";
      if (event.originalEvent) this.askedByHand = true;
    });
    map.on("moveend", () => hooks.moved(this.view(), this.bounds(), this.askedByHand));
    map.on("idle", () => {
      root.dataset.ready = "map";
      if (this.holes) hooks.holes(this.holes);
      if (document.activeElement === canvas) this.pointMiddle();
      if (!this.askedByHand) return;
      this.askedByHand = false;
      hooks.settled(this.drawn(), under(map, this.middle())[0] ?? null);
    });
    map.on("click", ({ point, lngLat }) => {
      hooks.pressed([lngLat.lng, lngLat.lat], under(map, point), point);
    });
    map.on("mousemove", ({ point }) => {
      cancelAnimationFrame(this.pointing);
      this.pointing = requestAnimationFrame(() => this.point(point));
    });
    map.on("mouseout", () => this.point(null));
    canvas.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      const at = this.middle();
      const { lng, lat } = map.unproject([at.x, at.y]);
      hooks.pressed([lng, lat], under(map, at), at);
    });
    canvas.addEventListener("focus", () => this.pointMiddle());
    canvas.addEventListener("blur", () => this.point(null));
    // A tile that fails is a hole on the map, not an error of the page.
    map.on("error", (event) => {
      if ("tile" in event || "sourceId" in event) this.holes += 1;
      else console.warn(event.error?.message ?? event);
    });
  }

  /** Outlines what a pixel shows, and tells it. */
  private point(at: { x: number; y: number } | null): void {
    if (!this.map.isStyleLoaded()) return;
    const found = at ? (under(this.map, at)[0] ?? null) : null;
    const name = found ? `${found.table}/${found.id}` : "";
    this.hooks.pointed(found, at);
    if (name === this.over) return;
    this.over = name;
    this.map.getCanvas().style.cursor = found ? "pointer" : "";
    this.put("hover", found ? outline(this.map, found) : []);
  }

  private pointMiddle(): void {
    // A press with the pointer also gives the focus; the crosshair is for the keyboard.
    if (this.map.getCanvas().matches(":focus-visible")) this.point(this.middle());
  }

  private middle(): { x: number; y: number } {
    const { clientWidth, clientHeight } = this.map.getContainer();
    return { x: clientWidth / 2, y: clientHeight / 2 };
  }

  /** Objects drawn by table; at low zooms one stands for several and says for how many. */
  private drawn(): Map<string, number> {
    const counted = new Map<string, Map<unknown, number>>();
    for (const { sourceLayer, properties } of this.map.queryRenderedFeatures()) {
      if (!sourceLayer || properties.id === undefined) continue;
      const rows = counted.get(sourceLayer) ?? new Map();
      counted.set(sourceLayer, rows.set(properties.id, Number(properties.one_in ?? 1)));
    }
    const sum = (rows: Map<unknown, number>) => [...rows.values()].reduce((a, b) => a + b, 0);
    return new Map([...counted].map(([table, rows]) => [table, sum(rows)]));
  }

  /** Colours the elements of the water networks; until the style is there, it does so by itself. */
  private paint(): void {
    if (this.styled) this.painter.paint(this.map, this.look.network);
  }

  /** Draws another state of the same territory; only what differs is applied. */
  update(look: Look): void {
    const before = this.look;
    this.look = look;
    if (look.compare !== null) this.swipe.move(look.compare);
    if (JSON.stringify(styleKey(before)) === JSON.stringify(styleKey(look))) {
      if (before.selected !== look.selected)
        this.put("selected", look.selected ? [look.selected] : []);
      if (before.area !== look.area) this.put("area", look.area ? [polygon(look.area)] : []);
      this.paint();
      return;
    }
    document.documentElement.dataset.ready = "busy";
    this.over = "";
    this.map.getCanvas().setAttribute("aria-label", t("map.label"));
    if (before.night !== look.night) {
      for (const name of this.map.listImages()) this.map.removeImage(name);
    }
    this.map.setStyle(styleOf(look));
    this.swipe.place();
    this.paint();
    if (before.volumes !== look.volumes) {
      this.turns();
      this.map.easeTo({ pitch: look.volumes ? TILT : 0, bearing: 0, duration: pace() });
    }
    this.map.triggerRepaint();
  }

  private put(source: string, geometries: GeoJSON.Geometry[]): void {
    this.map.getSource<GeoJSONSource>(source)?.setData(collection(geometries));
  }

  /** Shows an area being drawn: its corners, and the line that joins them. */
  draft(corners: readonly Point[]): void {
    const points = corners.map((corner): GeoJSON.Point => ({ type: "Point", coordinates: corner }));
    const line: GeoJSON.LineString = { type: "LineString", coordinates: [...corners] };
    this.put("draft", corners.length > 1 ? [line, ...points] : points);
    this.map.doubleClickZoom[corners.length ? "disable" : "enable"]();
  }

  /** Pixels between two places, as the map is now. */
  distance(a: Point, b: Point): number {
    const [from, to] = [this.map.project(a), this.map.project(b)];
    return Math.hypot(from.x - to.x, from.y - to.y);
  }

  /** Asks again for the tiles that could not be had. */
  refresh(): void {
    this.holes = 0;
    this.map.setStyle(styleOf({ ...this.look, layers: [] }));
    this.map.setStyle(styleOf(this.look));
    this.swipe.place();
    this.paint();
  }

  /** Moves the line between two nights, before the address says so [% of the width]. */
  cut(share: number): void {
    this.swipe.move(share);
  }

  /** Brings a geometry into view when it is out of it, or so small there that it is not seen. */
  reveal(geometry: GeoJSON.Geometry, closer = false): void {
    const box = extent(geometry);
    if (!box) return;
    const [west, south, east, north] = box;
    const shown = this.map.getBounds();
    const inside = shown.contains([west, south]) && shown.contains([east, north]);
    const container = this.map.getContainer();
    const side = Math.min(container.clientWidth, container.clientHeight);
    const point = west === east && south === north;
    const large = this.distance([west, south], [east, north]) >= side * SEEN;
    const seen = point ? this.map.getZoom() >= (closer ? NEAR : 15) : large || !closer;
    if (inside && seen) return;
    const { bottom, left, right, top } = room(container);
    const more = Math.min(60, container.clientHeight / 8);
    const padding = { bottom: bottom + more, left, right, top: top + more };
    this.map.fitBounds([west, south, east, north], {
      padding: left + right < 0.7 * container.clientWidth ? padding : more,
      maxZoom: 17.5,
      duration: pace(),
    });
  }

  /** Goes to a view of the address; the back button comes here. */
  goTo(view: View): void {
    const [zoom, lat, lon, bearing = 0, pitch = this.look.volumes ? TILT : 0] = view;
    const now = this.view();
    if (
      Math.abs(now[0] - zoom) < 0.01 &&
      Math.abs(now[1] - lat) < 1e-5 &&
      Math.abs(now[2] - lon) < 1e-5
    )
      return;
    this.map.jumpTo({ zoom, center: [lon, lat], bearing, pitch });
  }

  zoomIn(): void {
    this.askedByHand = true;
    this.map.zoomIn({ duration: pace() });
  }

  zoomOut(): void {
    this.askedByHand = true;
    this.map.zoomOut({ duration: pace() });
  }

  whole(): void {
    const { bounds } = this.look.territory;
    this.askedByHand = true;
    if (bounds)
      this.map.fitBounds(bounds as LngLatBoundsLike, {
        padding: room(this.map.getContainer()),
        duration: pace(),
      });
  }

  /** Tilts by a step, flat again after the last one. */
  tilt(): void {
    this.askedByHand = true;
    const pitch = this.map.getPitch() >= 65 ? 0 : Math.min(65, this.map.getPitch() + 22);
    this.map.easeTo({ pitch, duration: pace() });
  }

  view(): View {
    const { lat, lng } = this.map.getCenter();
    return [this.map.getZoom(), lat, lng, this.map.getBearing(), this.map.getPitch()];
  }

  bounds(): Bounds {
    return this.map.getBounds().toArray().flat() as Bounds;
  }

  focus(): void {
    this.map.getCanvas().focus();
  }

  /** The map as it is now, on a canvas that a printer can take. */
  picture(paper: HTMLCanvasElement): void {
    this.map.redraw();
    const drawn = this.map.getCanvas();
    paper.width = drawn.width;
    paper.height = drawn.height;
    paper.getContext("2d")?.drawImage(drawn, 0, 0);
  }

  remove(): void {
    this.map.remove();
  }
}

/** Time of a move [ms]: none for those who ask for less motion. */
function pace(): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300;
}

/** Everything in a look but the selection and the area, which have their own way. */
function styleKey(look: Look): unknown {
  const { territory, layers, colour, night, at, moment, volumes, energy, network } = look;
  // The classes of a network's elements have their own way too: the style only knows their colours.
  const water = network && [
    network.shown,
    network.materials,
    network.coloured?.table,
    network.coloured?.counts.length,
    network.leaks,
  ];
  // A moment of a network's day changes no layer, that of an event changes its rasters.
  const then = network ? null : moment;
  return [territory.version, layers, colour, night, at, then, volumes, energy, water, language()];
}

/** Margins of a whole view: on a wide screen the legend lies over the right side. */
function room(container: HTMLElement): {
  top: number;
  bottom: number;
  left: number;
  right: number;
} {
  const wide = container.clientWidth > 760;
  return { top: 24, bottom: 32, left: wide ? 72 : 24, right: wide ? 348 : 24 };
}

function start(
  bounds: Bounds | null,
  view: View | null,
  padding: object,
  standing: boolean,
): object {
  const tilt = standing ? TILT : 0;
  if (view) {
    const [zoom, lat, lon, bearing = 0, pitch = tilt] = view;
    return { zoom, center: [lon, lat], bearing, pitch };
  }
  if (bounds) return { bounds, pitch: tilt, fitBoundsOptions: { padding, maxZoom: 17 } };
  return { zoom: 5, center: [2.5, 46.6] };
}
