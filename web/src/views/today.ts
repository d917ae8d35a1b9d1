// SPDX-License-Identifier: EUPL-1.2
/** Aujourd'hui: at most seven sentences, worst first, each with its proof and one thing to do. */

import { html, nothing, type TemplateResult } from "lit";
import { estimated, why } from "../components/figure";
import { type IconName, icon } from "../components/icons";
import { empty, failed, loading } from "../components/states";
import { date, inWords, percent, quantity } from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import { entityName, ranking, withRole } from "../roles";
import type { Tab } from "../state";
import type { Finding, Indicator, Option, Ref, Rows } from "../types";
import { best, effectOf } from "./options";

type Mood = "blocks" | "degrades" | "informs" | "lighting" | "plan";

interface Card {
  mood: Mood;
  icon: IconName;
  lead: string;
  sentence: string;
  detail?: string | undefined;
  share?: number | null | undefined;
  explained?: Ref | undefined;
  action?: { label: string; run: () => void };
}

const MOST = 7;

export function today(page: Page): TemplateResult {
  const figures = page.read<Rows<Indicator>>("api/indicators", { scope: "territory" });
  const districts = page.read<Rows<Indicator>>("api/indicators", { scope: "district" });
  const options = page.read<Rows<Option>>("api/options");
  const findings = page.read<Rows<Finding>>("api/findings");
  const all = [figures, options, findings];
  const rows = <T>(resource: typeof figures | typeof options | typeof findings): T[] =>
    resource.status === "ok" ? (resource.value.rows as T[]) : [];
  const cards = [
    ...findingCards(page, rows<Finding>(findings), "blocks", 2),
    ...figureCards(page, rows<Indicator>(figures)),
    ...optionCard(page, rows<Option>(options)),
    ...(districts.status === "ok" ? districtCard(page, districts.value.rows) : []),
    ...findingCards(page, rows<Finding>(findings), "degrades", 2),
    ...findingCards(page, rows<Finding>(findings), "informs", 1),
  ].slice(0, MOST);
  const failure = all.find((resource) => resource.status === "failed");
  const waiting = all.some((resource) => resource.status === "loading");
  const never = page.territory.worksites.every((worksite) => !worksite.last_run);
  return html`<section>
    <h2>${t("tab.today")}</h2>
    <p class="lede">${lastRun(page)}</p>
    ${failure?.status === "failed" ? failed(failure.error, () => page.retry()) : nothing}
    ${never && !waiting ? empty(t("today.never.title"), t("today.never.text"), "jumeau run DIR") : nothing}
    <ol class="cards">${cards.map((card) => show(page, card))}</ol>
    ${waiting ? loading(5) : nothing}
    ${!waiting && !failure && !never && !cards.length ? empty(t("today.well.title"), lastRun(page)) : nothing}
  </section>`;
}

function lastRun(page: Page): string {
  const runs = page.territory.worksites.filter((worksite) => worksite.last_run);
  const last = runs
    .map((worksite) => worksite.last_run?.started_at ?? "")
    .sort()
    .at(-1);
  if (!last) return t("today.no_run");
  const names = runs.map((worksite) => worksite.label || worksite.name).join(", ");
  return t("today.last_run", { worksites: names, date: date(last, true) });
}

function show(page: Page, card: Card): TemplateResult {
  return html`<li class="card card-${card.mood}">
    <p class="card-lead">${icon(card.icon)} ${card.lead}</p>
    <p class="card-sentence">${card.sentence}</p>
    ${card.detail ? html`<p class="card-detail">${card.detail}</p>` : nothing}
    ${estimated(card.share)}
    <p class="actions">
      ${
        card.action
          ? html`<button class="link-button strong" @click=${card.action.run}>${card.action.label} ${icon("arrow")}</button>`
          : nothing
      }
      ${card.explained ? why(page, card.explained, card.sentence) : nothing}
    </p>
  </li>`;
}

function open(page: Page, tab: Tab, key: Parameters<typeof t>[0]): NonNullable<Card["action"]> {
  return { label: t(key), run: () => page.go({ tab, sheet: null }) };
}

function figureCards(page: Page, rows: Indicator[]): Card[] {
  const energy = withRole(rows, "energy");
  const cost = withRole(rows, "cost");
  const co2 = withRole(rows, "co2");
  const count = withRole(rows, "count");
  const cards: Card[] = [];
  if (energy) {
    cards.push({
      mood: "lighting",
      icon: "luminaire",
      lead: t("worksite.lighting"),
      sentence: t("today.energy", { amount: inWords(energy) }),
      detail: count?.value ? t("today.energy.for", { n: quantity(count.value, "") }) : undefined,
      share: energy.estimated_share,
      explained: { table: "indicator", id: energy.id },
      action: open(page, "lighting", "today.see_lighting"),
    });
  }
  if (cost) {
    cards.push({
      mood: "lighting",
      icon: "luminaire",
      lead: t("today.cost.lead"),
      sentence: t("today.cost", { amount: inWords(cost) }),
      detail: co2 ? t("today.co2", { amount: inWords(co2) }) : undefined,
      share: cost.estimated_share,
      explained: { table: "indicator", id: cost.id },
    });
  }
  return cards;
}

function optionCard(page: Page, options: Option[]): Card[] {
  const option = best(options);
  if (!option) return [];
  const saving = effectOf(option, "saving");
  const payback = effectOf(option, "payback");
  const npv = effectOf(option, "npv");
  const parts = [
    option.capex_eur
      ? t("today.option.capex", { amount: quantity(option.capex_eur, "€") })
      : t("today.option.free"),
    payback?.value ? t("today.option.payback", { amount: inWords(payback) }) : "",
    npv ? t("today.option.npv", { amount: inWords(npv) }) : "",
  ].filter(Boolean);
  return [
    {
      mood: "plan",
      icon: "check",
      lead: t("today.option.lead"),
      sentence: saving
        ? t("today.option", { name: option.label, amount: inWords(saving) })
        : option.label,
      detail: `${parts.join(" ; ")}.`,
      explained: { table: "option", id: option.id },
      action: open(page, "decide", "today.compare"),
    },
  ];
}

function districtCard(page: Page, rows: Indicator[]): Card[] {
  const ranked = ranking(rows, "district", "energy");
  const [first] = ranked;
  const total = ranked.reduce((sum, row) => sum + (row.value ?? 0), 0);
  if (!first?.entity || ranked.length < 3 || !total) return [];
  const entity = first.entity;
  return [
    {
      mood: "lighting",
      icon: "district",
      lead: t("today.district.lead"),
      sentence: t("today.district", {
        name: entityName(first),
        share: percent((first.value ?? 0) / total),
      }),
      share: first.estimated_share,
      explained: { table: "indicator", id: first.id },
      action: {
        label: t("today.see_district"),
        run: () => page.go({ sheet: { table: "district", id: entity } }),
      },
    },
  ];
}

/** What a computation lacked matters more here than what an import repaired. */
function fromRun(same: Finding[]): number {
  return same[0]?.run_id ? 1 : 0;
}

/** The same finding on many rows is one card with a count. */
function findingCards(
  page: Page,
  rows: Finding[],
  severity: Finding["severity"],
  most: number,
): Card[] {
  const codes = new Map<string, Finding[]>();
  for (const row of rows.filter((finding) => finding.severity === severity)) {
    codes.set(row.code, [...(codes.get(row.code) ?? []), row]);
  }
  return [...codes.values()]
    .sort((a, b) => fromRun(b) - fromRun(a) || b.length - a.length)
    .slice(0, most)
    .map((same) => {
      const [first] = same as [Finding, ...Finding[]];
      return {
        mood: severity,
        icon: severity,
        lead:
          t(`severity.${severity}`) +
          (same.length > 1 ? ` · ${plural("findings", same.length)}` : ""),
        sentence: first.what,
        detail: first.remedy ?? first.why ?? undefined,
        action: open(page, "findings", "today.see_findings"),
      };
    });
}
