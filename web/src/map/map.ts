// SPDX-License-Identifier: EUPL-1.2
/** The map itself: a thin, imperative shell around MapLibre, loaded after the text. */

import {
  type GeoJSONSource,
  Map as LibreMap,
  type LngLatBoundsLike,
  type MapMouseEvent,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { language, t } from "../i18n";
import type { View } from "../state";
import type { Bounds, Ref } from "../types";
import { extent, home } from "./extent";
import { CLICKABLE, type Look, styleOf } from "./style";

setWorkerUrl(workerUrl);

export interface Hooks {
  moved(view: View, bounds: Bounds, byHand: boolean): void;
  picked(ref: Ref): void;
  /** Lamps drawn, told when the map has settled after a move by hand. */
  settled(lamps: number): void;
}

export type MapModule = typeof import("./map");

export class TerritoryMap {
  private readonly map: LibreMap;
  private look: Look;
  private askedByHand = false;

  constructor(container: HTMLElement, look: Look, view: View | null, hooks: Hooks) {
    this.look = look;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = new LibreMap({
      container,
      style: styleOf(look),
      ...start(home(look.territory), view, room(container)),
      attributionControl: false,
      maxZoom: 20,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: still ? 0 : 150,
      locale: { "Map.Title": t("map.label") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-left");
    this.listen(hooks);
  }

  private listen(hooks: Hooks): void {
    const root = document.documentElement;
    this.map.on("movestart", (event) => {
      root.dataset.ready = "busy";
      if (event.originalEvent) this.askedByHand = true;
    });
    this.map.on("moveend", () => hooks.moved(this.view(), this.bounds(), this.askedByHand));
    this.map.on("idle", () => {
      root.dataset.ready = "map";
      if (!this.askedByHand) return;
      this.askedByHand = false;
      hooks.settled(this.lampsInView());
    });
    this.map.on("click", (event) => {
      const ref = this.under(event);
      if (ref) hooks.picked(ref);
    });
    this.map.on("mousemove", (event) => {
      this.map.getCanvas().style.cursor = this.under(event, 4) ? "pointer" : "";
    });
    // A tile that fails is a hole on the map, not an error of the page.
    this.map.on("error", (event) => {
      if (!("tile" in event)) console.warn(event.error?.message ?? event);
    });
  }

  /** Lamps drawn; at low zooms one stands for several and says for how many. */
  private lampsInView(): number {
    if (!this.map.getLayer("luminaire")) return 0;
    const drawn = this.map.queryRenderedFeatures({ layers: ["luminaire"] });
    const lamps = new Map(drawn.map(({ properties }) => [properties.id, properties.one_in ?? 1]));
    return [...lamps.values()].reduce((sum, each) => sum + Number(each), 0);
  }

  /** The asset under the pointer: a lamp before a building, a building before its district. */
  private under({ point }: MapMouseEvent, slack = 8): Ref | null {
    const layers = CLICKABLE.filter((layer) => this.map.getLayer(layer));
    const box: [[number, number], [number, number]] = [
      [point.x - slack, point.y - slack],
      [point.x + slack, point.y + slack],
    ];
    const near = this.map.queryRenderedFeatures(box, {
      layers: layers.filter((layer) => layer === "luminaire"),
    });
    const below = near.length ? near : this.map.queryRenderedFeatures(point, { layers });
    const first = layers
      .map((layer) => below.find((feature) => feature.layer.id === layer))
      .find(Boolean);
    const id = first?.properties.id ?? first?.id;
    return first && id !== undefined ? { table: String(first.sourceLayer), id: String(id) } : null;
  }

  /** Draws another state of the same territory; only what differs is applied. */
  update(look: Look): void {
    const same = this.look;
    this.look = look;
    if (JSON.stringify(styleKey(same)) === JSON.stringify(styleKey(look))) {
      if (same.selected !== look.selected) this.select(look.selected);
      return;
    }
    document.documentElement.dataset.ready = "busy";
    this.map.getCanvas().setAttribute("aria-label", t("map.label"));
    this.map.setStyle(styleOf(look));
    this.map.triggerRepaint();
  }

  private select(geometry: GeoJSON.Geometry | null): void {
    const source = this.map.getSource<GeoJSONSource>("selected");
    source?.setData({
      type: "FeatureCollection",
      features: geometry ? [{ type: "Feature", geometry, properties: {} }] : [],
    });
  }

  /** Brings a geometry into view when it is out of it. */
  reveal(geometry: GeoJSON.Geometry): void {
    const box = extent(geometry);
    if (!box) return;
    const [west, south, east, north] = box;
    const shown = this.map.getBounds();
    const inside = shown.contains([west, south]) && shown.contains([east, north]);
    const point = west === east && south === north;
    if (inside && (!point || this.map.getZoom() >= 15)) return;
    this.map.fitBounds([west, south, east, north], { padding: 60, maxZoom: point ? 17.5 : 17 });
  }

  /** Goes to a view of the address; the back button comes here. */
  goTo(view: View): void {
    const [zoom, lat, lon] = view;
    const now = this.view();
    if (
      Math.abs(now[0] - zoom) < 0.01 &&
      Math.abs(now[1] - lat) < 1e-5 &&
      Math.abs(now[2] - lon) < 1e-5
    )
      return;
    this.map.jumpTo({ zoom, center: [lon, lat] });
  }

  zoomIn(): void {
    this.askedByHand = true;
    this.map.zoomIn();
  }

  zoomOut(): void {
    this.askedByHand = true;
    this.map.zoomOut();
  }

  whole(): void {
    const { bounds } = this.look.territory;
    this.askedByHand = true;
    if (bounds)
      this.map.fitBounds(bounds as LngLatBoundsLike, { padding: room(this.map.getContainer()) });
  }

  view(): View {
    const { lat, lng } = this.map.getCenter();
    return [this.map.getZoom(), lat, lng];
  }

  bounds(): Bounds {
    return this.map.getBounds().toArray().flat() as Bounds;
  }

  remove(): void {
    this.map.remove();
  }
}

/** Everything in a look but the selection, which has its own way. */
function styleKey({ territory, layers, colour, night, at }: Look): unknown {
  return [territory.version, layers, colour, night, at, language()];
}

/** Margins of a whole view: on a wide screen the legend lies over the right side. */
function room(container: HTMLElement): {
  top: number;
  bottom: number;
  left: number;
  right: number;
} {
  const wide = container.clientWidth > 760;
  return { top: 24, bottom: 32, left: wide ? 72 : 24, right: wide ? 328 : 24 };
}

function start(bounds: Bounds | null, view: View | null, padding: object): object {
  if (view) return { zoom: view[0], center: [view[2], view[1]] };
  if (bounds) return { bounds, fitBoundsOptions: { padding, maxZoom: 17 } };
  return { zoom: 5, center: [2.5, 46.6] };
}
