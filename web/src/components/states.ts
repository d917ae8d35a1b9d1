// SPDX-License-Identifier: EUPL-1.2
/** The states that are not "all is well": loading, failed, empty. */

import { html, nothing, type TemplateResult } from "lit";
import type { ApiError, Resource } from "../api";
import { t } from "../i18n";
import type { Page } from "../page";
import { command } from "./command";
import { icon } from "./icons";

/** Grey lines where text will be. */
export function loading(lines = 4): TemplateResult {
  return html`<div class="skeleton" role="status">
    <span class="hidden-text">${t("state.loading")}</span>
    ${Array.from({ length: lines }, () => html`<span></span>`)}
  </div>`;
}

/** What failed, in words, and what to do. */
export function failed(error: ApiError, retry: () => void): TemplateResult {
  const offline = error.code === "offline";
  const what = offline
    ? t("state.offline.what")
    : error.code === "unreadable"
      ? t("state.unreadable.what")
      : error.what || t("state.failed.what");
  const remedy = offline ? t("state.offline.remedy") : error.remedy;
  return html`<div class="notice notice-failed" role="alert">
    ${icon("degrades")}
    <div>
      <p><strong>${what}</strong></p>
      ${error.why ? html`<p>${error.why}</p>` : nothing}
      ${remedy ? html`<p>${remedy}</p>` : nothing}
      ${/^(JUM|HTTP)/.test(error.code) ? html`<p class="quiet">${error.code}</p>` : nothing}
      <button class="button" @click=${retry}>${t("state.retry")}</button>
    </div>
  </div>`;
}

/** Nothing here yet, why, and the command that would fill it. */
export function empty(title: string, text: string, line = ""): TemplateResult {
  return html`<div class="notice">
    ${icon("informs")}
    <div>
      <p><strong>${title}</strong></p>
      <p>${text}</p>
      ${line ? command(line) : nothing}
    </div>
  </div>`;
}

/** Shows a resource when it is here, and its other states otherwise. */
export function ready<T>(
  page: Page,
  resource: Resource<T>,
  view: (value: T) => TemplateResult | typeof nothing,
  lines = 4,
): TemplateResult | typeof nothing {
  if (resource.status === "loading") return loading(lines);
  if (resource.status === "failed") return failed(resource.error, () => page.retry());
  return view(resource.value);
}
