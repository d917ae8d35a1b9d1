// SPDX-License-Identifier: EUPL-1.2
/** The page: keeps the state in the address, reads the API, lays out header, panel and map. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { address, fetchJson, Reader, type Resource } from "./api";
import { patterns } from "./components/bars";
import { icon } from "./components/icons";
import { notices } from "./components/notices";
import { failed, loading } from "./components/states";
import { setLanguage, t } from "./i18n";
import type { TerritoryMap } from "./map/map";
import "./map/shell";
import type { JuMap } from "./map/shell";
import type { Page } from "./page";
import {
  type Ignored,
  ignored,
  isStep,
  parse,
  type State,
  serialise,
  TABS,
  type Tab,
} from "./state";
import type { Territory } from "./types";
import { areaSheet } from "./views/area";
import { buildings } from "./views/buildings";
import { climate } from "./views/climate";
import { data } from "./views/data";
import { decide } from "./views/decide";
import { explain } from "./views/explain";
import { findings } from "./views/findings";
import { header } from "./views/header";
import { lighting } from "./views/lighting";
import { sheet } from "./views/sheet";
import { today } from "./views/today";
import { water } from "./views/water";
import { type Heard, Watch } from "./watch";

const VIEWS: Record<Tab, (page: Page) => TemplateResult> = {
  today,
  lighting,
  water,
  climate,
  buildings,
  decide,
  findings,
  data,
};
type PanelSize = "peek" | "half" | "full";
const NEXT_SIZE: Record<PanelSize, PanelSize> = { half: "full", full: "peek", peek: "half" };

export class JuApp extends LitElement {
  static override properties = {
    state: { state: true },
    panelSize: { state: true },
    said: { state: true },
    vain: { state: true },
  };
  declare state: State;
  declare panelSize: PanelSize;
  declare said: string;
  /** Parts of the address that were left aside. */
  declare vain: readonly Ignored[];

  private readonly reader: Reader = new Reader(
    () => this.requestUpdate(),
    (answered) => this.watch.heard(answered),
  );
  private readonly watch: Watch = new Watch(
    () => fetchJson<Heard>(address("api/territory", { ...this.state, at: null }), "no-cache"),
    (found) => this.heard(found),
  );
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private toSay: ReturnType<typeof setTimeout> | undefined;
  /** Where the focus goes when the sheet is closed: what opened it, or its name. */
  private opener: { element: HTMLElement; name: string } | null = null;
  private toFocus = false;
  private territory: Territory | null = null;
  /** The version that the page shows: that of the address once its territory is there. */
  private at: string | null = null;

  constructor() {
    super();
    this.state = parse(location.search);
    this.panelSize = "half";
    this.said = "";
    this.vain = ignored(location.search);
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
    addEventListener("online", this.look);
    document.addEventListener("visibilitychange", this.look);
    this.watch.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.back);
    removeEventListener("keydown", this.key);
    this.dark.removeEventListener("change", this.redraw);
    removeEventListener("online", this.look);
    document.removeEventListener("visibilitychange", this.look);
    this.watch.stop();
    clearTimeout(this.toSay);
  }

  private readonly redraw = (): void => this.requestUpdate();

  /** A page seen again, or a network found again, asks how the server is. */
  private readonly look = (): void => {
    if (document.visibilityState === "visible") void this.watch.now();
  };

  /** The server was lost, has been found again, or holds something newer. */
  private heard(found: boolean): void {
    if (found) {
      this.say(t("news.found"));
      this.reader.retry();
      this.map?.refresh();
    }
    this.requestUpdate();
  }

  /** Says a sentence to screen readers; of several in a row, the last one. */
  private say(sentence: string): void {
    clearTimeout(this.toSay);
    this.toSay = setTimeout(() => {
      this.said = sentence;
    }, 250);
  }

  private readonly back = (): void => {
    this.state = parse(location.search);
    this.vain = ignored(location.search);
  };

  /** The map once it is there. */
  get map(): TerritoryMap | null {
    return this.querySelector<JuMap>("ju-map")?.map ?? null;
  }

  /** Échap closes what is open, the innermost first; dialogs do it by themselves. */
  private readonly key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || this.querySelector("dialog[open]")) return;
    if (this.state.sheet) this.go({ sheet: null });
    else if (this.state.area) this.go({ area: null });
    else if (this.state.wide) this.go({ wide: false });
  };

  private get night(): boolean {
    return this.state.night ?? this.dark.matches;
  }

  private go(change: Partial<State>): void {
    const next = { ...this.state, ...change };
    const active = document.activeElement;
    const opens = (next.sheet && !this.state.sheet) || (next.area && !this.state.area);
    if (opens && active instanceof HTMLElement)
      this.opener = { element: active, name: nameOf(active) };
    const url = location.pathname + serialise(next);
    if (isStep(this.state, next)) history.pushState(null, "", url);
    else history.replaceState(null, "", url);
    this.state = next;
    if ((change.sheet || change.area) && this.panelSize === "peek") this.panelSize = "half";
  }

  private read<T>(path: string): Resource<T> {
    return this.reader.get<T>(address(path, this.state));
  }

  /** What the views are given: they read the version that they show. */
  private page(territory: Territory): Page {
    const link: Page["link"] = (path, query) =>
      address(path, { lang: this.state.lang, at: this.at }, query);
    return {
      state: this.state,
      territory,
      go: (change) => this.go(change),
      read: (path, query) => this.reader.get(link(path, query)),
      link,
      retry: () => this.reader.retry(),
      refresh: () => {
        this.reader.refresh();
        void this.watch.now();
      },
      announce: (sentence) => this.say(sentence),
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
    let resource = this.read<Territory>("api/territory");
    if (this.state.at && this.isVain(this.state.at, resource)) {
      this.vain = [...this.vain, { name: "at", value: this.state.at }];
      this.state = { ...this.state, at: null };
      resource = this.read<Territory>("api/territory");
    }
    // While another language or version loads, the page keeps showing the former one.
    if (resource.status === "ok") {
      this.territory = resource.value;
      this.at = this.state.at;
    }
    this.dress();
    this.toggleAttribute("data-wide", this.state.wide);
  }

  /** Whether an address asks for a version that is not there, or for one yet to come. */
  private isVain(at: string, resource: Resource<Territory>): boolean {
    if (resource.status === "failed") return [400, 404, 422].includes(resource.error.status);
    return !/^\d{1,12}$/.test(at) && Date.parse(at) > Date.now();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("state")) this.moveFocus(changed.get("state") as State | undefined);
    if (changed.has("state")) this.showTab(changed.get("state") as State | undefined);
    this.focusSheet();
  }

  /** The tabs may be wider than their room: the one chosen is always seen. */
  private showTab(before: State | undefined): void {
    if (before?.tab === this.state.tab) return;
    const tab = this.querySelector<HTMLElement>("[role=tab][aria-selected=true]");
    const list = tab?.parentElement;
    if (!tab || !list) return;
    const end = tab.offsetLeft + tab.offsetWidth - list.offsetLeft;
    if (end > list.clientWidth) list.scrollLeft = end - list.clientWidth + 24;
  }

  /** A new place begins at its top; a sheet opened takes the focus, so that it is read. */
  private moveFocus(before: State | undefined): void {
    const { sheet, tab, area } = this.state;
    const place = (s: State): string => JSON.stringify([s.tab, s.sheet?.id, s.area]);
    if (!before || place(before) === place(this.state)) return;
    this.querySelector(".panel-body")?.scrollTo(0, 0);
    this.toFocus = Boolean(sheet ?? area);
    if (!sheet && !area && (before.sheet || before.area) && before.tab === tab) this.comeBack();
  }

  /** The title of the sheet, as soon as it is there. */
  private focusSheet(): void {
    const title = this.querySelector<HTMLElement>("#sheet-title");
    if (!this.toFocus || !title || this.querySelector("dialog[open]")) return;
    this.toFocus = false;
    title.focus({ preventScroll: true });
  }

  /** Back to what opened the sheet; when it was drawn anew, to what bears its name. */
  private comeBack(): void {
    const { opener } = this;
    const again = opener?.element.isConnected
      ? opener.element
      : [...this.querySelectorAll<HTMLElement>(".panel-body :is(a, button)")].find(
          (element) => nameOf(element) === opener?.name,
        );
    const tab = this.querySelector<HTMLElement>("[role=tab][aria-selected=true]");
    (again ?? tab)?.focus();
  }

  protected override render(): TemplateResult {
    const { territory } = this;
    const page = territory ? this.page(territory) : null;
    return html`<a class="skip" href="#panel" @click=${this.skip}>${t("skip")}</a>
      ${patterns()} ${header(this.state, territory, this.night, (change) => this.go(change))}
      ${this.notices()}
      <main class="panel" data-size=${this.panelSize}>
        ${this.tabs()}
        <div class="panel-body" id="panel" role="tabpanel" aria-labelledby="tab-${this.state.tab}" tabindex="-1">
          ${page ? this.content(page) : this.waiting()}
          ${territory ? this.imprint(territory) : nothing}
        </div>
      </main>
      <ju-map .page=${page} .night=${this.night}></ju-map>
      ${page && this.state.why ? explain(page, this.state.why) : nothing}
      <p class="hidden-text" role="status" aria-live="polite">${this.said}</p>`;
  }

  private notices(): TemplateResult {
    const { watch, territory: shown, vain } = this;
    const news = { lost: watch.lost !== null, latest: watch.latest, shown };
    return notices(
      { ...news, past: this.state.at !== null, ignored: vain },
      {
        retry: () => void watch.now(),
        refresh: () => this.reader.refresh(),
        reload: () => location.reload(),
        dismiss: () => {
          this.vain = [];
          history.replaceState(null, "", location.pathname + serialise(this.state));
          this.querySelector<HTMLElement>(".panel-body")?.focus({ preventScroll: true });
        },
      },
    );
  }

  /** What is open: an asset, an area, else the view of the tab. */
  private content(page: Page): TemplateResult {
    const { sheet: ref, area, tab } = this.state;
    if (ref) return sheet(page, ref);
    return area ? areaSheet(page, area) : VIEWS[tab](page);
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
    this.go({ tab, sheet: null, area: null });
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

  /** What paper needs and the screen has elsewhere. */
  private imprint(territory: Territory): TemplateResult {
    return html`<p class="print-only quiet">${t("imprint", {
      version: territory.version,
      code: territory.code_version,
      licence: territory.licence,
    })} ${location.href}</p>`;
  }
}

function nameOf(element: HTMLElement): string {
  return element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "";
}

customElements.define("ju-app", JuApp);
