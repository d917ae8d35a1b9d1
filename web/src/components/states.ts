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

/** What stands for the words of a server that gave none. */
function standIn({ code, status }: ApiError): string {
  if (code === "offline") return t("state.offline.what");
  if (code === "slow" || status === 504) return t("state.slow.what");
  if (code === "unreadable") return t("state.unreadable.what");
  if (status === 429) return t("state.often.what");
  return t(status === 502 || status === 503 ? "state.busy.what" : "state.failed.what");
}

/** What failed, in words, and what to do. A lost server is told above, once, for all. */
export function failed(error: ApiError, retry: () => void): TemplateResult {
  const offline = error.code === "offline";
  const remedy = offline ? t("state.offline.remedy") : error.remedy;
  return html`<div class="notice notice-failed" role=${offline ? nothing : "alert"}>
    ${icon("degrades")}
    <div>
      <p><strong>${error.what || standIn(error)}</strong></p>
      ${error.why ? html`<p>${error.why}</p>` : nothing}
      ${remedy ? html`<p>${remedy}</p>` : nothing}
      ${error.after === null ? nothing : html`<p>${t("state.again", { n: error.after })}</p>`}
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
