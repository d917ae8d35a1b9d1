// SPDX-License-Identifier: EUPL-1.2
/** A command line with its copy button. */

import { html, LitElement } from "lit";
import { t } from "../i18n";
import { icon } from "./icons";

export class JuCommand extends LitElement {
  static override properties = { line: {}, copied: { state: true } };
  declare line: string;
  declare copied: boolean;

  constructor() {
    super();
    this.line = "";
    this.copied = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.line);
    } catch {
      // Without the clipboard (http on a LAN), select the text so that Ctrl+C takes it.
      const code = this.querySelector("code");
      if (code) getSelection()?.selectAllChildren(code);
      return;
    }
    this.copied = true;
    setTimeout(() => {
      this.copied = false;
    }, 2000);
  }

  protected override render() {
    return html`<code>${this.line}</code>
      <button class="icon-button" @click=${() => this.copy()} aria-label=${t("copy")}>
        ${icon(this.copied ? "check" : "copy")}
      </button>
      <span class="hidden-text" role="status">${this.copied ? t("copied") : ""}</span>`;
  }
}

customElements.define("ju-command", JuCommand);

export function command(line: string) {
  return html`<ju-command class="command" .line=${line}></ju-command>`;
}
