// SPDX-License-Identifier: EUPL-1.2
/** The night on the page: how to see it, how to compare it, and why it cannot be compared. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import { afterText } from "../components/swipe";
import { t } from "../i18n";
import { rasterOf, shown, switched } from "../map/registry";
import { BEFORE, comparable, compared, MIDDLE } from "../night";
import type { Page } from "../page";

/** The light on the ground, today and after an option; nothing when it was never computed. */
export function night(page: Page): TemplateResult | typeof nothing {
  const { state, territory } = page;
  if (!rasterOf(territory, BEFORE)) return nothing;
  const lit = shown(state, territory).includes(BEFORE);
  const layers = lit ? state.layers : switched(state, territory, [BEFORE], true);
  const comparing = compared(page) !== null;
  const dark = state.night === true && lit;
  return html`<section aria-labelledby="night-title">
    <h3 id="night-title">${t("night.title")}</h3>
    <p>${t("night.text")}</p>
    <p class="actions">
      ${dark ? nothing : html`<button class="button" @click=${() => page.go({ night: true, layers })}>${icon("moon")} ${t("night.see")}</button>`}
      ${
        comparable(territory)
          ? html`<button class="button" aria-pressed=${comparing}
              @click=${() => page.go(comparing ? { compare: null } : { compare: MIDDLE, night: true, layers })}>${icon("both")} ${t("compare.open")}</button>`
          : nothing
      }
    </p>
    ${
      comparable(territory)
        ? html`<p class="quiet">${t("compare.help", { after: afterText(page) })}</p>`
        : html`<p class="quiet">${t("compare.absent")}</p>`
    }
  </section>`;
}
