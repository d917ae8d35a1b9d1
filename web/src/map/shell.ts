// SPDX-License-Identifier: EUPL-1.2
/** The place of the map: loads it after the text, and holds its tools, its legend and its table. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { drawTools } from "../components/draw";
import { icon } from "../components/icons";
import { layers } from "../components/layers";
import { paperLegend } from "../components/legend";
import { afterText, swipe } from "../components/swipe";
import { timeline } from "../components/timeline";
import { maybe, plural, t } from "../i18n";
import { zoneOf } from "../leaks";
import { compared, withNights } from "../night";
import type { Page } from "../page";
import type { Point } from "../state";
import type { Bounds, Entity, Territory } from "../types";
import { tableTwin, twinBody } from "../views/twin";
import { begin, type Draft, finish, press, rectangle, type Shape, undo } from "./draw";
import { energyOf } from "./energy";
import { type Look, polygon } from "./look";
import type { MapModule, TerritoryMap } from "./map";
import { known, shownAt } from "./moments";
import { networkOf } from "./network";
import { isDrawn, layersOf, shown } from "./registry";
import { type Found, next } from "./under";

const NARROW = "(max-width: 60rem)";

export class JuMap extends LitElement {
  static override properties = {
    page: { attribute: false },
    night: { attribute: false },
    chosen: { state: true },
    failed: { state: true },
    holes: { state: true },
    drawing: { state: true },
    draft: { state: true },
    printing: { state: true },
  };
  declare page: Page | null;
  declare night: boolean;
  /** Whether the reader opened or folded the legend; null: as the room there is allows. */
  declare chosen: boolean | null;
  declare failed: boolean;
  /** Tiles that could not be had. */
  declare holes: number;
  /** Whether the tools of drawing are open. */
  declare drawing: boolean;
  declare draft: Draft | null;
  declare printing: boolean;

  map: TerritoryMap | null = null;
  private readonly narrow = matchMedia(NARROW);
  private wide = false;
  private asked = false;
  private bounds: Bounds | null = null;
  private revealed = "";
  /** The view last written in the address: another one comes from the back button. */
  private written = "";

  constructor() {
    super();
    this.page = null;
    this.night = false;
    this.chosen = null;
    this.failed = false;
    this.holes = 0;
    this.drawing = false;
    this.draft = null;
    this.printing = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key, { capture: true });
    this.narrow.addEventListener("change", this.refold);
    addEventListener("beforeprint", this.print);
    addEventListener("afterprint", this.printed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.key, { capture: true });
    this.narrow.removeEventListener("change", this.refold);
    removeEventListener("beforeprint", this.print);
    removeEventListener("afterprint", this.printed);
    this.map?.remove();
  }

  /** Another room for the map: the legend is folded or not as if the page were opened now. */
  private readonly refold = (): void => {
    this.chosen = null;
    this.requestUpdate();
  };

  /** The legend lies open where it leaves enough of the map to see. */
  private get open(): boolean {
    return this.chosen ?? !(this.narrow.matches || this.page?.state.wide);
  }

  /** Keys of the drawing and of the map; the others are the page's. */
  private readonly key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || this.querySelector("dialog[open]"))
      return;
    const inMap = event.target instanceof Element && event.target.matches(".map-canvas canvas");
    const { draft, page } = this;
    let done = true;
    if (draft && event.key === "Escape") this.stop();
    else if (draft && inMap && event.key === "Backspace") this.draft = undo(draft);
    else if (inMap && event.key.toLowerCase() === "t") page?.go({ table: "" });
    else done = false;
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  /** Paper is drawn when it is asked for, before the browser takes the page. */
  private readonly print = (): void => {
    this.printing = true;
    this.performUpdate();
    const paper = this.querySelector<HTMLCanvasElement>(".map-paper canvas");
    if (paper) this.map?.picture(paper);
  };

  private readonly printed = (): void => {
    this.printing = false;
  };

  protected override willUpdate(): void {
    const wide = this.page?.state.wide ?? false;
    if (wide !== this.wide) this.chosen = null;
    this.wide = wide;
  }

  protected override updated(changed: PropertyValues): void {
    const { page } = this;
    if (!page) return;
    const look = this.look(page);
    if (this.map) this.map.update(look);
    else void this.start(page, look);
    const place = look.selected ?? zoneOf(page);
    if (place) this.reveal(place);
    if (!page.state.sheet) this.revealed = "";
    const view = page.state.map;
    if (view && this.map && view.join() !== this.written) {
      this.written = view.join();
      this.map.goTo(view);
    }
    if (changed.has("draft") || this.draft) this.map?.draft(this.draft?.corners ?? []);
  }

  private look(page: Page): Look {
    const { state, territory } = page;
    const { colour, at, area, volumes, moment } = state;
    const base = new URL(".", document.baseURI).href;
    const selected = this.selected(page);
    const compare = compared(page);
    const names = withNights(shown(state, territory), compare);
    return {
      territory,
      layers: names,
      colour,
      night: this.night,
      at,
      moment,
      compare,
      selected,
      area,
      volumes,
      energy: energyOf(page),
      network: networkOf(page),
      base,
    };
  }

  private selected(page: Page): GeoJSON.Geometry | null {
    const { sheet } = page.state;
    // The place of a leak is its zone, whose pipes are coloured: its point is where to begin.
    if (!sheet || sheet.table === "leak") return null;
    const resource = page.read<Entity>(rowPath("api/entity", sheet.table, sheet.id));
    return resource.status === "ok" ? (resource.value.geometry ?? null) : null;
  }

  /** The text is there: now the map. */
  private async start(page: Page, look: Look): Promise<void> {
    if (this.asked || !look.territory.bounds) return;
    this.asked = true;
    this.written = page.state.map?.join() ?? "";
    try {
      const module: MapModule = await import("./map");
      const container = this.querySelector<HTMLElement>(".map-canvas");
      if (!container) return;
      this.map = new module.TerritoryMap(container, look, page.state.map, {
        moved: (view, bounds, byHand) => {
          this.bounds = bounds;
          if (!byHand) return;
          this.written = view.join();
          this.page?.go({ map: view });
        },
        pressed: (place, found) => this.pressed(place, found),
        pointed: (found, pixel) => this.tip(found, pixel),
        settled: (drawn, middle) => this.settled(drawn, middle),
        holes: (count) => {
          this.holes = count;
        },
      });
      this.bounds = this.map.bounds();
      if (look.area && !page.state.map) this.map.reveal(polygon(look.area));
      this.requestUpdate();
    } catch (error) {
      console.warn(error);
      this.failed = true;
      document.documentElement.dataset.ready = "no-map";
    }
  }

  private reveal(geometry: GeoJSON.Geometry): void {
    const { page } = this;
    const ref = page?.state.sheet;
    if (!page || !ref) return;
    const name = `${ref.table}/${ref.id}`;
    if (!this.map || this.revealed === name) return;
    this.revealed = name;
    this.map.reveal(geometry, page.state.map === null || ref.table === "leak");
  }

  // -- pressing, pointing --------------------------------------------------------------------
  private pressed(place: Point, found: Found[]): void {
    const { page, draft, map } = this;
    if (!page || !map) return;
    if (draft) {
      const after = press(draft, place, (a, b) => map.distance(a, b));
      if (after.area) this.take(after.area);
      else {
        this.draft = after.draft;
        page.announce(plural("draw.corners", after.draft.corners.length));
      }
      return;
    }
    const chosen = next(found, page.state.sheet);
    if (!chosen) return;
    // What is pressed is in view already.
    this.revealed = `${chosen.table}/${chosen.id}`;
    page.go({ sheet: { table: chosen.table, id: chosen.id } });
  }

  /** The name of what is pointed at, beside it; its own element, so that nothing else is drawn again. */
  private tip(found: Found | null, pixel: { x: number; y: number } | null): void {
    const tip = this.querySelector<HTMLElement>(".map-tip");
    if (!tip) return;
    tip.hidden = !found || !pixel;
    if (!found || !pixel) return;
    tip.textContent = this.nameOf(found);
    const width = this.querySelector(".map-canvas")?.clientWidth ?? 0;
    const left = pixel.x > width - 220;
    tip.style.transform = `translate(${Math.round(pixel.x)}px, ${Math.round(pixel.y)}px) translate(${left ? "calc(-100% - 14px)" : "14px"}, 14px)`;
  }

  private nameOf({ table, id, name }: Found): string {
    const label = maybe(
      `one.${table}`,
      this.page?.territory.tables.find((info) => info.name === table)?.label ?? table,
    );
    return `${label} ${name || id}`;
  }

  /** What screen readers hear once the map has settled: what it shows, what its middle lies on. */
  private settled(drawn: Map<string, number>, middle: Found | null): void {
    const { page } = this;
    if (!page) return;
    const lamps = drawn.get("luminaire") ?? 0;
    const all = [...drawn.values()].reduce((sum, each) => sum + each, 0);
    const seen = drawn.has("luminaire") ? plural("map.settled", lamps) : plural("map.drawn", all);
    const what = this.draft ? plural("draw.corners", this.draft.corners.length) : seen;
    page.announce(middle ? `${what} ${t("map.middle", { name: this.nameOf(middle) })}` : what);
  }

  // -- drawing -------------------------------------------------------------------------------
  private begin(shape: Shape): void {
    this.draft = begin(shape);
    this.page?.announce(`${t(`draw.help.${shape}`)} ${t("draw.keys")}`);
    this.map?.focus();
  }

  private stop(): void {
    this.draft = null;
    this.page?.announce(t("draw.stopped"));
  }

  private take(area: readonly Point[]): void {
    this.draft = null;
    this.drawing = false;
    this.page?.go({ area, sheet: null });
    this.page?.announce(t("draw.done"));
  }

  // -- what is on the screen -----------------------------------------------------------------
  protected override render(): TemplateResult {
    const { page } = this;
    const nowhere = page && !page.territory.bounds;
    const ready = page && !nowhere && !this.failed;
    return html`<section class="map-area" aria-label=${t("map.area")}>
        <div class="map-canvas" ?hidden=${this.failed}></div>
        <p class="hidden-text" id="map-keys">${t("map.keys")}</p>
        ${page && !nowhere && !this.map && !this.failed ? html`<p class="map-loading quiet">${t("map.loading")}</p>` : nothing}
        ${nowhere ? this.note(t("map.empty.title"), t("map.empty.text")) : nothing}
        ${page && this.failed ? this.instead(page) : nothing}
        ${
          ready
            ? html`<span class="map-cross" aria-hidden="true"></span>
              <p class="map-tip" aria-hidden="true" hidden></p>
              ${this.tools(page)} ${this.legend(page)} ${timeline(page)} ${swipe(page, this.cut)} ${this.missing()}`
            : nothing
        }
        ${page ? this.attribution(page) : nothing}
      </section>
      ${ready && this.printing ? this.paper(page) : nothing}
      ${page && page.state.table !== null ? tableTwin(page, this.bounds) : nothing}`;
  }

  private readonly cut = (share: number): void => this.map?.cut(share);

  private legend(page: Page): TemplateResult {
    return layers(page, {
      open: this.open,
      night: this.night,
      toggle: () => {
        this.chosen = !this.open;
      },
    });
  }

  private tools(page: Page): TemplateResult {
    const { volumes } = page.state;
    const standing = isDrawn(page.territory, "building");
    return html`<div class="map-tools" role="group" aria-label=${t("map.tools")}>
        ${this.tool("plus", t("map.zoom_in"), () => this.map?.zoomIn())}
        ${this.tool("minus", t("map.zoom_out"), () => this.map?.zoomOut())}
        ${this.tool("whole", t("map.whole"), () => this.map?.whole())}
        ${
          standing
            ? html`<button class="icon-button" aria-pressed=${volumes} aria-label=${t("map.volumes")}
              title=${t("map.volumes")} @click=${() => this.stand(page)}><span class="tool-text">3D</span></button>`
            : nothing
        }
        ${volumes ? this.tool("tilt", t("map.tilt"), () => this.map?.tilt()) : nothing}
        <button class="icon-button" aria-pressed=${this.drawing} aria-expanded=${this.drawing} aria-label=${t("draw.open")}
          title=${t("draw.open")} @click=${() => this.toggleDrawing()}>${icon("draw")}</button>
        ${this.tool("table", t("twin.open"), () => page.go({ table: "" }))}
      </div>
      ${
        this.drawing
          ? drawTools(this.draft, page.state.area !== null, {
              begin: (shape) => this.begin(shape),
              view: () => this.bounds && this.take(rectangle(this.bounds)),
              undo: () => {
                this.draft = this.draft && undo(this.draft);
              },
              finish: () => {
                const area = this.draft && finish(this.draft);
                if (area) this.take(area);
              },
              stop: () => this.stop(),
              clear: () => page.go({ area: null }),
            })
          : nothing
      }`;
  }

  private toggleDrawing(): void {
    this.drawing = !this.drawing;
    if (!this.drawing) this.draft = null;
    // On a small screen the tools of drawing take the place of the legend.
    if (this.drawing && this.narrow.matches) this.chosen = false;
  }

  private stand(page: Page): void {
    const volumes = !page.state.volumes;
    page.go({ volumes });
    page.announce(t(volumes ? "map.volumes.on" : "map.volumes.off"));
  }

  private tool(name: Parameters<typeof icon>[0], label: string, act: () => void): TemplateResult {
    return html`<button class="icon-button" aria-label=${label} title=${label} @click=${act}>${icon(name)}</button>`;
  }

  private note(title: string, text: string): TemplateResult {
    return html`<div class="map-note"><div><p><strong>${title}</strong></p><p>${text}</p></div></div>`;
  }

  /** Parts of the map that did not come. */
  private missing(): TemplateResult | typeof nothing {
    if (!this.holes) return nothing;
    return html`<p class="map-holes" role="status">${plural("map.holes", this.holes)}
      <button class="row-link" @click=${() => {
        this.holes = 0;
        this.map?.refresh();
      }}>${t("state.retry")}</button></p>`;
  }

  /** Without WebGL, the rows that the map would have drawn. */
  private instead(page: Page): TemplateResult {
    return html`<div class="map-instead">
      <p><strong>${t("map.failed.title")}</strong></p>
      <p>${t("map.failed.text")}</p>
      ${twinBody(page, null)}
    </div>`;
  }

  /** Who is to be named under the map; the vintages and licences are one press away. */
  private attribution({ territory, go }: Page): TemplateResult {
    return html`<p class="attribution">
      ${credits(territory)} ·
      <button class="row-link" @click=${() => go({ tab: "data", sheet: null, area: null })}>${t("data.sources")}</button>
    </p>`;
  }

  /** On paper: the map as it is, its legend beside it. */
  private paper(page: Page): TemplateResult {
    const drawn = layersOf(page.territory).filter(({ name }) =>
      shown(page.state, page.territory).includes(name),
    );
    return html`<figure class="map-paper print-only">
      <canvas></canvas>
      <figcaption>${t("map.paper", { name: page.territory.name })}
        ${known(page).length ? html`<p>${shownAt(page)}</p>` : nothing}
        ${compared(page) === null ? nothing : html`<p>${t("compare.paper", { after: afterText(page) })}</p>`}
        ${drawn.length ? paperLegend(page, drawn, this.night) : nothing}
        <p>${credits(page.territory)}</p></figcaption>
    </figure>`;
  }
}

/** Who is to be named, and the licence of the whole. */
function credits({ attribution, licence }: Territory): string {
  const named = new Set(attribution.map((line) => `© ${line.split(", ")[0]}`));
  return [...named, licence].filter(Boolean).join(" · ");
}

customElements.define("ju-map", JuMap);
