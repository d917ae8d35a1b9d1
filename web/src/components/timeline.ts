// SPDX-License-Identifier: EUPL-1.2
/** The time of an event or of a day: a slider over the moments known, and the whole of it at its end. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { t } from "../i18n";
import { isDay, isYear, known, place, shownAt } from "../map/moments";
import type { Page } from "../page";
import { icon } from "./icons";

/** Time that each moment stays when they follow by themselves [ms]. */
const PACE = 1200;
/** The same for the hours of a day, which need no tile. */
const DAY_PACE = 600;
/** The same for the days of a year. */
const YEAR_PACE = 100;

export function timeline(page: Page): TemplateResult | typeof nothing {
  return known(page).length ? html`<ju-timeline .page=${page}></ju-timeline>` : nothing;
}

export class JuTimeline extends LitElement {
  static override properties = {
    page: { attribute: false },
    playing: { state: true },
  };
  declare page: Page;
  declare playing: boolean;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.playing = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.still.addEventListener("change", this.stop);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.still.removeEventListener("change", this.stop);
    clearInterval(this.timer);
  }

  private show(at: number): void {
    this.page.go({ moment: known(this.page)[at] ?? null });
  }

  private readonly stop = (): void => {
    clearInterval(this.timer);
    this.playing = false;
    this.requestUpdate();
  };

  private toggle(): void {
    if (this.playing) {
      this.stop();
      this.page.announce(shownAt(this.page));
      return;
    }
    this.playing = true;
    if (place(this.page) >= known(this.page).length - 1) this.show(0);
    this.timer = setInterval(
      () => {
        this.show(place(this.page) + 1);
        // The greatest values are no moment: they end the show.
        if (place(this.page) >= known(this.page).length) {
          this.stop();
          this.page.announce(shownAt(this.page));
        }
      },
      isYear(this.page) ? YEAR_PACE : isDay(this.page) ? DAY_PACE : PACE,
    );
  }

  protected override render(): TemplateResult {
    const last = known(this.page).length;
    const text = shownAt(this.page);
    const title = isYear(this.page)
      ? "leaks.time"
      : isDay(this.page)
        ? "water.time.title"
        : "time.title";
    return html`<div class="timeline" ?data-day=${isDay(this.page)} role="group" aria-label=${t(title)}>
      ${
        this.still.matches
          ? nothing
          : html`<button class="icon-button" aria-pressed=${this.playing} aria-label=${t("time.play")}
              title=${t("time.play")} @click=${() => this.toggle()}>${icon(this.playing ? "pause" : "play")}</button>`
      }
      <label class="timeline-range"><span class="hidden-text">${t("time.slider")}</span>
        <input type="range" min="0" max=${last} step="1" .value=${String(place(this.page))} aria-valuetext=${text}
          @input=${(event: Event) => {
            this.stop();
            this.show(Number((event.target as HTMLInputElement).value));
          }} /></label>
      <output class="timeline-text" aria-hidden="true">${text}</output>
    </div>`;
  }
}

customElements.define("ju-timeline", JuTimeline);
