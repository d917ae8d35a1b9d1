// SPDX-License-Identifier: EUPL-1.2
/** The versions of the twin: each can be looked at again. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import { date } from "../format";
import { maybe, t } from "../i18n";
import type { Page } from "../page";
import type { Version } from "../types";
import { tableLabel } from "./fields";

/** Versions shown before the others are asked for. */
const FEW = 5;

/** What a version brought, in the reader's words: the twin writes « add FILE as TABLE ». */
export function messageText(page: Page, message: string): string {
  const added = message.match(/^add (.+) as ([a-z_]+)$/);
  if (added?.[1] && added[2])
    return t("version.add", { file: added[1], table: tableLabel(page, added[2]) });
  const run = message.match(/^run ([a-z_]+)(?: \((.+)\))?$/);
  if (run?.[1]) {
    const worksite = maybe(`worksite.${run[1]}`, run[1]);
    return run[2]
      ? t("version.run.scenario", { worksite, scenario: run[2] })
      : t("version.run", { worksite });
  }
  return message === "create" ? t("version.create") : message;
}

export function versions(page: Page): TemplateResult | typeof nothing {
  const known = [...page.territory.versions].sort((a, b) => b.version - a.version);
  if (!known.length) return nothing;
  const [latest] = known;
  const item = (version: Version): TemplateResult => one(page, version, version === latest);
  return html`<h3>${t("data.history")}</h3>
    <p class="quiet">${t("data.history.help")}</p>
    <ol class="plain history">${known.slice(0, FEW).map(item)}</ol>
    ${
      known.length > FEW
        ? html`<details><summary>${t("data.history.more")}</summary>
            <ol class="plain history">${known.slice(FEW).map(item)}</ol></details>`
        : nothing
    }`;
}

function one(page: Page, version: Version, latest: boolean): TemplateResult {
  const shown = version.version === page.territory.version;
  return html`<li>
    <button class="row-link" aria-current=${shown}
      @click=${() => page.go({ at: latest ? null : String(version.version) })}>
      ${t("version.label", { n: version.version, date: date(version.time, true) })}</button>
    ${version.message ? html`<span class="range">${messageText(page, version.message)}</span>` : nothing}
    ${shown ? html`<span class="chip">${icon("check")} ${t("version.shown")}</span>` : nothing}
  </li>`;
}
