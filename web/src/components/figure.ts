// SPDX-License-Identifier: EUPL-1.2
/** A figure never comes alone: its interval, what is estimated in it, and why it is what it is. */

import { html, nothing, type TemplateResult } from "lit";
import { central, hasInterval, interval, parts, percent } from "../format";
import { t } from "../i18n";
import type { Page } from "../page";
import type { Figure, Ref } from "../types";
import { icon } from "./icons";

/** « Pourquoi ce chiffre ? », in full beside a sentence, as a sign in a table. */
export function why(
  page: Page,
  ref: Ref,
  label: string,
  compact = false,
  question = t("why.question"),
): TemplateResult {
  const open = () => page.go({ why: ref });
  if (compact) {
    return html`<button class="why icon-button" @click=${open} aria-label=${`${t("why.question")} ${label}`}
      title=${t("why.question")}>${icon("why")}</button>`;
  }
  return html`<button class="why link-button" @click=${open}>
    ${icon("why")}<span>${question}<span class="hidden-text"> ${label}</span></span>
  </button>`;
}

/** How much of a figure rests on estimates, in words and as a hatched strip. */
export function estimated(share: number | null | undefined): TemplateResult | typeof nothing {
  if (share === null || share === undefined || share <= 0) return nothing;
  return html`<span class="estimated">${hatchStrip(share)}${t("estimated.share", { share: percent(share) })}</span>`;
}

function hatchStrip(share: number): TemplateResult {
  const solid = `${100 * (1 - share)}%`;
  return html`<svg class="strip" width="28" height="10" aria-hidden="true">
    <rect width="100%" height="100%" rx="2" fill="url(#hatch)" />
    <rect width=${solid} height="100%" rx="2" fill="currentColor" />
    <rect x="0.5" y="0.5" width="27" height="9" rx="2" fill="none" stroke="currentColor" />
  </svg>`;
}

/** The number large, its unit beside it in the size of the text. */
export function keyValue(figure: Figure): TemplateResult {
  const [value, unit] = parts(central(figure));
  return html`<span class="key-value">${value}${unit ? html` <small>${unit}</small>` : nothing}</span>`;
}

/** The value large, its interval below in words. */
export function keyFigure(
  page: Page,
  label: string,
  figure: Figure & { estimated_share?: number | null },
  ref: Ref,
): TemplateResult {
  return html`<div class="key-figure">
    <dt>${label}</dt>
    <dd>
      ${keyValue(figure)}
      ${hasInterval(figure) ? html`<span class="key-interval">${interval(figure)}</span>` : nothing}
      ${estimated(figure.estimated_share)} ${why(page, ref, label)}
    </dd>
  </div>`;
}
