// SPDX-License-Identifier: EUPL-1.2
/** The card of a run: what was computed, with what, and how far to trust it. */

import { html, nothing, type TemplateResult } from "lit";
import { typeset } from "../format";
import { t } from "../i18n";
import type { Page } from "../page";
import type { RunCard } from "../types";

export function model(card: RunCard | null, page: Page): TemplateResult | typeof nothing {
  if (!card?.shown?.length) return nothing;
  const french = page.state.lang === "fr";
  return html`<details class="model-card" open>
    <summary>${t("climate.card")}</summary>
    <dl class="facts">${card.shown.map(
      (line) => html`<div><dt>${french ? line.label_fr : line.label_en}</dt>
        <dd>${typeset(french ? line.text_fr : line.text_en)}</dd></div>`,
    )}</dl>
  </details>`;
}
