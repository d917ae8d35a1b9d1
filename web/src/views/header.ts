// SPDX-License-Identifier: EUPL-1.2
/** The band on top: whose twin this is, which version, in which language, by day or by night. */

import { html, nothing, type TemplateResult } from "lit";
import { icon, mark } from "../components/icons";
import { date } from "../format";
import { t } from "../i18n";
import type { State } from "../state";
import type { Territory } from "../types";

type Go = (change: Partial<State>) => void;

export function header(
  state: State,
  territory: Territory | null,
  night: boolean,
  go: Go,
): TemplateResult {
  const other = state.lang === "fr" ? "en" : "fr";
  return html`<header class="header">
    <div class="brand">
      ${mark()}
      <div>
        <p class="brand-name">Jumeau</p>
        <h1>${territory?.name ?? t("app.title")}</h1>
      </div>
    </div>
    <div class="header-tools">
      ${territory ? versions(state, territory, go) : nothing}
      <button class="tool-button" aria-pressed=${night} @click=${() => go({ night: !night })}>
        ${icon(night ? "sun" : "moon")}<span class="wide-only">${t(night ? "view.day" : "view.night")}</span>
        <span class="hidden-text narrow-only">${t(night ? "view.day" : "view.night")}</span>
      </button>
      <button class="tool-button" lang=${other} @click=${() => go({ lang: other })}>
        <span aria-hidden="true">${other.toUpperCase()}</span>
        <span class="hidden-text">${other === "fr" ? "Passer en français" : "Switch to English"}</span>
      </button>
    </div>
  </header>`;
}

function versions(state: State, territory: Territory, go: Go): TemplateResult | typeof nothing {
  const known = [...territory.versions].sort((a, b) => b.version - a.version);
  const current = known.find((v) => v.version === territory.version);
  if (known.length === 0) return nothing;
  const label = (version: number, time: string | undefined) =>
    t("version.label", { n: version, date: date(time) });
  return html`<label class="version">
    <span class="hidden-text">${t("version.choose")}</span>
    <select @change=${(event: Event) => {
      const chosen = (event.target as HTMLSelectElement).value;
      go({ at: chosen === String(known[0]?.version) ? null : chosen });
    }}>
      ${current ? nothing : html`<option selected>${label(territory.version, undefined)}</option>`}
      ${known.map(
        (v) => html`<option value=${v.version} ?selected=${v.version === territory.version}>
          ${label(v.version, v.time)}
        </option>`,
      )}
    </select>
    ${state.at ? html`<span class="chip">${t("version.past")}</span>` : nothing}
  </label>`;
}
