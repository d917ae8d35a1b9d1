// SPDX-License-Identifier: EUPL-1.2
/** A modal dialog: the browser keeps the focus inside, Échap closes, the focus goes back. */

import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { t } from "../i18n";
import { icon } from "./icons";

export class JuDialog extends LitElement {
  static override properties = {
    heading: {},
    kicker: {},
    body: { attribute: false },
    onClose: { attribute: false },
  };
  declare heading: string;
  declare kicker: string;
  declare body: TemplateResult;
  declare onClose: () => void;
  private opener: Element | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  private get dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }

  protected override firstUpdated(): void {
    this.opener = document.activeElement;
    this.dialog?.showModal();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    const back = this.opener;
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("heading") && changed.get("heading") !== undefined) {
      this.dialog?.querySelector(".dialog-body")?.scrollTo(0, 0);
    }
  }

  /** A press on the backdrop closes; a press inside does not. */
  private backdrop(event: MouseEvent): void {
    if (event.target === this.dialog) this.onClose();
  }

  /** Keeps Tab inside even where the browser would go to its own bars. */
  private keep(event: KeyboardEvent): void {
    if (event.key !== "Tab") return;
    const inside = [
      ...this.querySelectorAll<HTMLElement>(
        "a[href], button, summary, select, input, [tabindex='0']",
      ),
    ].filter((element) => element.checkVisibility());
    const [first, last] = [inside[0], inside.at(-1)];
    const edge = event.shiftKey ? first : last;
    if (document.activeElement === edge || !this.contains(document.activeElement)) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  }

  protected override render(): TemplateResult {
    return html`<dialog class="dialog" aria-labelledby="dialog-title"
      @cancel=${(event: Event) => {
        event.preventDefault();
        this.onClose();
      }}
      @mousedown=${this.backdrop} @keydown=${this.keep}>
      <div class="dialog-frame">
        <header class="dialog-head">
          <div>
            <p class="card-lead">${this.kicker}</p>
            <h2 id="dialog-title">${this.heading}</h2>
          </div>
          <button class="icon-button close" aria-label=${t("close")} @click=${() => this.onClose()}>${icon("close")}</button>
        </header>
        <div class="dialog-body">${this.body}</div>
      </div>
    </dialog>`;
  }
}

customElements.define("ju-dialog", JuDialog);
