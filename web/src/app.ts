// SPDX-License-Identifier: EUPL-1.2
/** The page: keeps the state in the address, reads the API, lays out header, panel and map. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { address, Reader, type Resource, rowPath } from "./api";
import { patterns } from "./components/bars";
import { icon } from "./components/icons";
import { layers } from "./components/layers";
import { failed, loading } from "./components/states";
import { plural, setLanguage, t } from "./i18n";
import type { MapModule, TerritoryMap } from "./map/map";
import type { Look } from "./map/style";
import type { Page } from "./page";
import { isStep, parse, type State, serialise, TABS, type Tab } from "./state";
import type { Bounds, Entity, Territory } from "./types";
import { data } from "./views/data";
import { decide } from "./views/decide";
import { explain } from "./views/explain";
import { findings } from "./views/findings";
import { header } from "./views/header";
import { lighting } from "./views/lighting";
import { sheet } from "./views/sheet";
import { today } from "./views/today";
import { tableTwin } from "./views/twin";

const VIEWS: Record<Tab, (page: Page) => TemplateResult> = {
  today,
  lighting,
  decide,
  findings,
  data,
};
type PanelSize = "peek" | "half" | "full";
const NEXT_SIZE: Record<PanelSize, PanelSize> = { half: "full", full: "peek", peek: "half" };

export class JuApp extends LitElement {
  static override properties = {
    state: { state: true },
    layersOpen: { state: true },
    panelSize: { state: true },
    said: { state: true },
    mapFailed: { state: true },
  };
  declare state: State;
  declare layersOpen: boolean;
  declare panelSize: PanelSize;
  declare said: string;
  declare mapFailed: boolean;

  private readonly reader = new Reader(() => this.requestUpdate());
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private map: TerritoryMap | null = null;
  private mapAsked = false;
  private bounds: Bounds | null = null;
  private revealed = "";
  private territory: Territory | null = null;

  constructor() {
    super();
    this.state = parse(location.search);
    this.layersOpen = !matchMedia("(max-width: 60rem)").matches;
    this.panelSize = "half";
    this.said = "";
    this.mapFailed = false;
    this.dress();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.back);
    addEventListener("keydown", this.key);
    this.dark.addEventListener("change", this.redraw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.back);
    removeEventListener("keydown", this.key);
    this.dark.removeEventListener("change", this.redraw);
    this.map?.remove();
  }

  private readonly redraw = (): void => this.requestUpdate();

  private readonly back = (): void => {
    this.state = parse(location.search);
    if (this.state.map) this.map?.goTo(this.state.map);
  };

  /** Échap closes what is open, the innermost first; dialogs do it by themselves. */
  private readonly key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || this.querySelector("dialog[open]")) return;
    if (this.state.sheet) this.go({ sheet: null });
    else if (this.state.wide) this.go({ wide: false });
  };

  private get night(): boolean {
    return this.state.night ?? this.dark.matches;
  }

  private go(change: Partial<State>): void {
    const next = { ...this.state, ...change };
    const url = location.pathname + serialise(next);
    if (isStep(this.state, next)) history.pushState(null, "", url);
    else history.replaceState(null, "", url);
    this.state = next;
    if (change.sheet && this.panelSize === "peek") this.panelSize = "half";
  }

  private read<T>(path: string, query: Record<string, string | number> = {}): Resource<T> {
    return this.reader.get<T>(this.link(path, query));
  }

  private link(path: string, query: Record<string, string | number> = {}): string {
    return address(path, this.state, query);
  }

  private page(territory: Territory): Page {
    return {
      state: this.state,
      territory,
      go: (change) => this.go(change),
      read: (path, query) => this.read(path, query),
      link: (path, query) => this.link(path, query),
      retry: () => this.reader.retry(),
      announce: (sentence) => {
        this.said = sentence;
      },
    };
  }

  /** Language and theme of the document follow the state. */
  private dress(): void {
    setLanguage(this.state.lang);
    const root = document.documentElement;
    root.lang = this.state.lang;
    if (this.state.night === null) delete root.dataset.theme;
    else root.dataset.theme = this.state.night ? "night" : "day";
    document.title = [this.territory?.name, t(`tab.${this.state.tab}`), "Jumeau"]
      .filter(Boolean)
      .join(" · ");
  }

  protected override willUpdate(): void {
    const resource = this.read<Territory>("api/territory");
    // While another language or version loads, the page keeps showing the former one.
    if (resource.status === "ok") this.territory = resource.value;
    this.dress();
    this.toggleAttribute("data-wide", this.state.wide);
  }

  protected override updated(changed: PropertyValues): void {
    const { territory } = this;
    if (!territory) return;
    const selected = this.selected();
    const look = this.lookOf(territory, selected);
    if (this.map) this.map.update(look);
    else void this.start(look);
    if (selected) this.reveal(selected);
    if (!this.state.sheet) this.revealed = "";
    if (changed.has("state")) this.moveFocus(changed.get("state") as State | undefined);
  }

  private lookOf(territory: Territory, selected: GeoJSON.Geometry | null): Look {
    const { layers: shown, colour, at } = this.state;
    const base = new URL(".", document.baseURI).href;
    return { territory, layers: shown, colour, night: this.night, at, selected, base };
  }

  /** The text is there: now the map. */
  private async start(look: Look): Promise<void> {
    if (this.mapAsked || !look.territory.bounds) return;
    this.mapAsked = true;
    try {
      const module: MapModule = await import("./map/map");
      const container = this.querySelector<HTMLElement>(".map-canvas");
      if (!container) return;
      this.map = new module.TerritoryMap(container, look, this.state.map, {
        moved: (view, bounds, byHand) => {
          this.bounds = bounds;
          if (byHand) this.go({ map: view });
        },
        picked: (ref) => this.go({ sheet: ref }),
        settled: (lamps) => {
          this.said = plural("map.settled", lamps);
        },
      });
      this.bounds = this.map.bounds();
      this.requestUpdate();
    } catch (error) {
      console.warn(error);
      this.mapFailed = true;
      document.documentElement.dataset.ready = "no-map";
    }
  }

  private selected(): GeoJSON.Geometry | null {
    const { sheet: ref } = this.state;
    if (!ref) return null;
    const resource = this.read<Entity>(rowPath("api/entity", ref.table, ref.id));
    return resource.status === "ok" ? (resource.value.geometry ?? null) : null;
  }

  private reveal(geometry: GeoJSON.Geometry): void {
    const { sheet: ref } = this.state;
    const name = `${ref?.table}/${ref?.id}`;
    if (!this.map || this.revealed === name) return;
    this.revealed = name;
    this.map.reveal(geometry);
  }

  /** A new place begins at its top; a sheet opened takes the focus, so that it is read. */
  private moveFocus(before: State | undefined): void {
    if (!before || (before.tab === this.state.tab && before.sheet?.id === this.state.sheet?.id))
      return;
    const body = this.querySelector<HTMLElement>(".panel-body");
    body?.scrollTo(0, 0);
    if (this.state.sheet) body?.focus({ preventScroll: true });
    else if (before.sheet)
      this.querySelector<HTMLElement>("[role=tab][aria-selected=true]")?.focus();
  }

  protected override render(): TemplateResult {
    const { territory } = this;
    const page = territory ? this.page(territory) : null;
    return html`<a class="skip" href="#panel" @click=${this.skip}>${t("skip")}</a>
      ${patterns()} ${header(this.state, territory, this.night, (change) => this.go(change))}
      <main class="panel" data-size=${this.panelSize}>
        ${this.tabs()}
        <div class="panel-body" id="panel" role="tabpanel" aria-labelledby="tab-${this.state.tab}" tabindex="-1">
          ${page ? (this.state.sheet ? sheet(page, this.state.sheet) : VIEWS[this.state.tab](page)) : this.waiting()}
          ${territory ? this.imprint(territory) : nothing}
        </div>
      </main>
      ${this.mapArea(page)}
      ${page && this.state.table ? tableTwin(page, this.bounds) : nothing}
      ${page && this.state.why ? explain(page, this.state.why) : nothing}
      <p class="hidden-text" role="status" aria-live="polite">${this.said}</p>`;
  }

  private readonly skip = (event: Event): void => {
    event.preventDefault();
    this.querySelector<HTMLElement>(".panel-body")?.focus();
  };

  private waiting(): TemplateResult {
    const resource = this.read<Territory>("api/territory");
    if (resource.status !== "failed") return loading(8);
    document.documentElement.dataset.ready = "failed";
    return failed(resource.error, () => this.reader.retry());
  }

  private tabs(): TemplateResult {
    const grow = t(`panel.${this.panelSize}`);
    return html`<button class="handle" aria-label=${grow} @click=${() => {
      this.panelSize = NEXT_SIZE[this.panelSize];
    }}><svg width="40" height="5" aria-hidden="true"><rect width="40" height="5" rx="2.5" fill="currentColor" /></svg></button>
      <div class="tabs">
        <div class="tablist" role="tablist" aria-label=${t("tabs.label")} @keydown=${this.tabKey}>
          ${TABS.map((tab) => {
            const chosen = tab === this.state.tab;
            return html`<button role="tab" id="tab-${tab}" class="tab" aria-selected=${chosen} aria-controls="panel"
              tabindex=${chosen ? 0 : -1} @click=${() => this.openTab(tab)}>${t(`tab.${tab}`)}</button>`;
          })}
        </div>
        <button class="icon-button expand" aria-pressed=${this.state.wide} aria-label=${t("panel.wide")} title=${t("panel.wide")}
          @click=${() => this.go({ wide: !this.state.wide })}>${icon(this.state.wide ? "shrink" : "expand")}</button>
      </div>`;
  }

  private openTab(tab: Tab): void {
    this.go({ tab, sheet: null });
    if (this.panelSize === "peek") this.panelSize = "half";
  }

  /** Arrows, Home and End move between tabs. */
  private readonly tabKey = (event: KeyboardEvent): void => {
    const at = TABS.indexOf(this.state.tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = TABS[(to + TABS.length) % TABS.length] as Tab;
    this.openTab(tab);
    this.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
    this.querySelector<HTMLElement>(`#tab-${tab}`)?.scrollIntoView({
      inline: "nearest",
      block: "nearest",
    });
  };

  private mapArea(page: Page | null): TemplateResult {
    const nowhere = page && !page.territory.bounds;
    return html`<section class="map-area" aria-label=${t("map.area")}>
      <div class="map-canvas"></div>
      ${nowhere ? this.mapNote(t("map.empty.title"), t("map.empty.text")) : nothing}
      ${this.mapFailed ? this.mapNote(t("map.failed.title"), t("map.failed.text")) : nothing}
      ${
        page && !nowhere
          ? html`${layers(page, {
              open: this.layersOpen,
              night: this.night,
              toggle: () => {
                this.layersOpen = !this.layersOpen;
              },
            })}
            <div class="map-tools" role="group" aria-label=${t("map.tools")}>
              ${this.tool("plus", t("map.zoom_in"), () => this.map?.zoomIn())}
              ${this.tool("minus", t("map.zoom_out"), () => this.map?.zoomOut())}
              ${this.tool("whole", t("map.whole"), () => this.map?.whole())}
              ${this.tool("table", t("twin.open"), () => this.go({ table: true }))}
            </div>`
          : nothing
      }
      ${page ? this.attribution(page.territory) : nothing}
    </section>`;
  }

  /** Who is to be named under the map; the vintages and licences are one press away. */
  private attribution(territory: Territory): TemplateResult {
    const named = new Set(territory.attribution.map((line) => `© ${line.split(", ")[0]}`));
    return html`<p class="attribution">
      ${[...named, territory.licence].filter(Boolean).join(" · ")} ·
      <button class="row-link" @click=${() => this.openTab("data")}>${t("data.sources")}</button>
    </p>`;
  }

  private tool(name: Parameters<typeof icon>[0], label: string, act: () => void): TemplateResult {
    return html`<button class="icon-button" aria-label=${label} title=${label} @click=${act}>${icon(name)}</button>`;
  }

  private mapNote(title: string, text: string): TemplateResult {
    return html`<div class="map-note"><div><p><strong>${title}</strong></p><p>${text}</p></div></div>`;
  }

  /** What paper needs and the screen has elsewhere. */
  private imprint(territory: Territory): TemplateResult {
    return html`<p class="print-only quiet">${t("imprint", {
      version: territory.version,
      code: territory.code_version,
      licence: territory.licence,
    })} ${location.href}</p>`;
  }
}

customElements.define("ju-app", JuApp);
