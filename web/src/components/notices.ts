// SPDX-License-Identifier: EUPL-1.2
/** What the page has to say of itself: a server lost, newer data, an address half understood. */

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../i18n";
import type { Ignored } from "../state";
import type { Territory } from "../types";
import type { Heard } from "../watch";
import { icon } from "./icons";

export interface News {
  /** Whether the server does not answer. */
  lost: boolean;
  /** What the server said last; null before the first look. */
  latest: Heard | null;
  /** What is shown; null before it is there. */
  shown: Territory | null;
  /** Whether a former version is shown on purpose. */
  past: boolean;
  /** Parts of the address that were left aside. */
  ignored: readonly Ignored[];
}

export interface Acts {
  retry(): void;
  refresh(): void;
  reload(): void;
  dismiss(): void;
}

/** Longest part of a hostile address that is repeated. */
const LONGEST = 40;
const MOST = 5;

/** The band below the header. It is a live region: it stays, what it says comes and goes. */
export function notices(news: News, acts: Acts): TemplateResult {
  return html`<div class="news" role="status">
    ${[lost(news, acts), newer(news, acts), ignored(news, acts)]}
  </div>`;
}

type Part = TemplateResult | typeof nothing;

function line(text: string, act: Part): TemplateResult {
  return html`<p class="news-line">${icon("informs")}<span>${text}</span>${act}</p>`;
}

function button(text: string, act: () => void): TemplateResult {
  return html`<button class="button" @click=${act}>${text}</button>`;
}

function lost({ lost }: News, { retry }: Acts): Part {
  return lost ? line(t("news.lost"), button(t("news.retry"), retry)) : nothing;
}

/** A program that has changed comes with its own page: reload; newer data: read again. */
function newer({ latest, shown, past, lost }: News, { refresh, reload }: Acts): Part {
  if (!latest || !shown || lost) return nothing;
  if (latest.code_version !== shown.code_version) {
    return line(t("news.code", { code: latest.code_version }), button(t("news.reload"), reload));
  }
  if (past || latest.version <= shown.version) return nothing;
  const versions = { n: latest.version, shown: shown.version };
  return line(t("news.version", versions), button(t("news.refresh"), refresh));
}

function ignored({ ignored }: News, { dismiss }: Acts): Part {
  if (ignored.length === 0) return nothing;
  const list = ignored.slice(0, MOST).map(({ name, value }) => {
    const pair = { name: short(name), value: short(value) };
    return t(value ? "news.pair" : "news.bare", pair);
  });
  if (ignored.length > MOST) list.push("…");
  return line(t("news.ignored", { list: list.join(", ") }), button(t("news.dismiss"), dismiss));
}

function short(text: string): string {
  const whole = [...text.replace(/\s+/g, " ")];
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST).join("")}…` : whole.join("");
}
