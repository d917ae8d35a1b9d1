// SPDX-License-Identifier: EUPL-1.2
/** A word of the trade, whose meaning shows on hover and on focus, and goes away with Échap. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { meaning } from "../glossary";

export class JuTerm extends LitElement {
  static override properties = { word: {}, text: {}, shown: { state: true } };
  declare word: string;
  declare text: string;
  declare shown: boolean;
  private static last = 0;
  private readonly tip = `term-${++JuTerm.last}`;

  constructor() {
    super();
    this.word = "";
    this.text = "";
    this.shown = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("mouseenter", this.show);
    this.addEventListener("mouseleave", this.hide);
    this.addEventListener("focusin", this.show);
    this.addEventListener("focusout", this.hide);
    this.addEventListener("keydown", this.key);
  }

  private readonly show = (): void => {
    this.shown = true;
  };

  private readonly hide = (): void => {
    if (!this.matches(":hover, :focus-within")) this.shown = false;
  };

  private readonly key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.shown) return;
    event.stopPropagation();
    this.shown = false;
  };

  protected override render(): TemplateResult {
    return html`<button type="button" class="term" aria-describedby=${this.tip} @click=${this.show}>${this.text}</button
      ><span class="term-tip" role="tooltip" id=${this.tip} ?hidden=${!this.shown}>${meaning(this.word) ?? nothing}</span>`;
  }
}

customElements.define("ju-term", JuTerm);

/** A word as it is to be read; with its meaning when the glossary has it. */
export function term(word: string, text = word): TemplateResult | string {
  if (!meaning(word)) return text;
  return html`<ju-term .word=${word} .text=${text}></ju-term>`;
}
