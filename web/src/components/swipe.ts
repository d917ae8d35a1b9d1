// SPDX-License-Identifier: EUPL-1.2
/** The line between the night today and the night after: dragged, or moved with the arrow keys. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { percent } from "../format";
import { t } from "../i18n";
import { compared, optionName } from "../night";
import type { Page } from "../page";
import { icon } from "./icons";

/** Rest of the line after which the address follows [ms]. */
const REST = 300;

/** The line over the map; nothing when the two nights are not compared. */
export function swipe(page: Page, moved: (share: number) => void): TemplateResult | typeof nothing {
  if (compared(page) === null) return nothing;
  return html`<ju-swipe .page=${page} .moved=${moved}></ju-swipe>`;
}

/** What the right side shows: « Après », with the name of the option when it is known. */
export function afterText(page: Page): string {
  const option = optionName(page);
  return option ? t("compare.after.option", { option }) : t("compare.after");
}

export class JuSwipe extends LitElement {
  static override properties = {
    page: { attribute: false },
    moved: { attribute: false },
    share: { state: true },
  };
  declare page: Page;
  declare moved: (share: number) => void;
  /** Where the line is while it is dragged; null: where the address says. */
  declare share: number | null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.share = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private get at(): number {
    return this.share ?? compared(this.page) ?? 0;
  }

  protected override updated(_: PropertyValues): void {
    this.style.setProperty("--cut", `${this.at}%`);
  }

  /** The map follows at once, the address once the line rests. */
  private readonly slide = (event: Event): void => {
    const share = Number((event.target as HTMLInputElement).value);
    this.share = share;
    this.moved(share);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.share = null;
      this.page.go({ compare: share });
    }, REST);
  };

  protected override render(): TemplateResult {
    const { at } = this;
    const after = afterText(this.page);
    const text = t("compare.value", { share: percent(at / 100), after });
    return html`<div class="swipe" role="group" aria-label=${t("compare.title")}>
      <span class="swipe-line" aria-hidden="true"></span>
      <p class="swipe-side swipe-before"><span>${t("compare.before")}</span></p>
      <p class="swipe-side swipe-after"><span>${after}</span></p>
      <label class="swipe-range"><span class="hidden-text">${t("compare.slider")}</span>
        <input type="range" min="0" max="100" step="1" .value=${String(at)} aria-valuetext=${text} @input=${this.slide} />
        <span class="swipe-handle" aria-hidden="true">${icon("both")}</span></label>
      <button class="icon-button swipe-close" aria-label=${t("compare.close")} title=${t("compare.close")}
        @click=${() => this.page.go({ compare: null })}>${icon("close")}</button>
    </div>`;
  }
}

customElements.define("ju-swipe", JuSwipe);
