// SPDX-License-Identifier: EUPL-1.2
/** Aujourd'hui: at most seven sentences, worst first, each with its proof and one thing to do. */

import { html, nothing, type TemplateResult } from "lit";
import { estimated, why } from "../components/figure";
import { type IconName, icon } from "../components/icons";
import { empty, failed, loading } from "../components/states";
import {
  clauses,
  date,
  hasInterval,
  inWords,
  number,
  percent,
  perDay,
  quantity,
  typeset,
} from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import { entityName, withRole } from "../roles";
import type { State, Tab } from "../state";
import type { FindingKind, Findings, Indicator, Option, Ref, Rows, Severity } from "../types";
import { eventCards, reaches } from "./event";
import { best, effectOf } from "./options";
import { stockCards } from "./stock";
import { lacks, leakCards, supplyCards } from "./supply";

type Mood = Severity | "stale" | "lighting" | "water" | "climate" | "buildings" | "plan";

export interface Card {
  mood: Mood;
  icon: IconName;
  lead: string;
  sentence: string;
  detail?: string | undefined;
  share?: number | null | undefined;
  explained?: Ref | undefined;
  picture?: TemplateResult | typeof nothing;
  action?: { label: string; run: () => void };
}

const MOST = 7;

export function today(page: Page): TemplateResult {
  const figures = page.read<Rows<Indicator>>("api/indicators", {
    scope: "territory",
    worksite: "lighting",
  });
  const options = page.read<Rows<Option>>("api/options");
  const findings = page.read<Findings>("api/findings", { limit: 1 });
  const all = [figures, options, findings];
  const rows = figures.status === "ok" ? figures.value.rows : [];
  const kinds = findings.status === "ok" ? findings.value.kinds : [];
  const failure = all.find((resource) => resource.status === "failed");
  const waiting = all.some((resource) => resource.status === "loading");
  const cards = [
    ...blocked(page, kinds),
    ...stale(page),
    ...leakCards(page),
    ...eventCards(page),
    ...supplyCards(page),
    ...bill(page, rows),
    ...stockCards(page),
    ...(options.status === "ok" ? option(page, options.value.rows) : []),
    ...district(page, rows),
    ...gaps(page, kinds),
    ...notes(page, kinds),
  ].slice(0, MOST);
  const never = page.territory.worksites.every((worksite) => !worksite.last_run);
  const well = findings.status === "ok" && !kinds.some((kind) => kind.severity !== "informs");
  return html`<section>
    <h2>${t("tab.today")}</h2>
    <p class="lede">${checked(page)}</p>
    ${failure?.status === "failed" ? failed(failure.error, () => page.retry()) : nothing}
    ${waiting ? nothing : never ? begin(page) : well && !reaches(page) && !lacks(page) && !leakCards(page).length ? fine(page) : nothing}
    <ol class="cards">${cards.map((card) => show(page, card))}</ol>
    ${waiting ? loading(5) : nothing}
  </section>`;
}

/** Number of rows of a table. */
function rowsOf(page: Page, name: string): number {
  return page.territory.tables.find((table) => table.name === name)?.count ?? 0;
}

/** Nothing was computed yet: what is missing first. */
function begin(page: Page): TemplateResult {
  if (!page.territory.bounds)
    return empty(t("today.empty.title"), t("today.empty.text"), "jumeau add DIR FILE");
  if (!rowsOf(page, "luminaire"))
    return empty(
      t("today.no_lamp.title"),
      t("today.no_lamp.text"),
      "jumeau add DIR FILE --as luminaire",
    );
  return empty(t("today.never.title"), t("today.never.text"), "jumeau run DIR");
}

/** Nothing is wrong: said as plainly as the rest. */
function fine(page: Page): TemplateResult {
  if (page.territory.worksites.some((worksite) => worksite.last_run?.stale?.length)) return html``;
  return html`<p class="notice notice-well">${icon("check")}
    <span><strong>${t("today.well.title")}</strong> ${t("today.well.text")}</span></p>`;
}

/** What was computed last, or what came in last. */
function checked(page: Page): string {
  const { worksites, versions } = page.territory;
  const runs = worksites.filter((worksite) => worksite.last_run);
  const last = runs
    .map((worksite) => worksite.last_run?.started_at ?? "")
    .sort()
    .at(-1);
  if (last) {
    const names = runs.map((worksite) => worksite.label || worksite.name).join(", ");
    return t("today.last_run", { worksites: names, date: date(last, true) });
  }
  const change = versions
    .map((version) => version.time)
    .sort()
    .at(-1);
  return change && page.territory.bounds
    ? `${t("today.no_run")} ${t("today.last_change", { date: date(change, true) })}`
    : t("today.no_run");
}

function show(page: Page, card: Card): TemplateResult {
  return html`<li class="card card-${card.mood}">
    <p class="card-lead">${icon(card.icon)} ${card.lead}</p>
    <p class="card-sentence">${card.sentence}</p>
    ${card.detail ? html`<p class="card-detail">${card.detail}</p>` : nothing}
    ${estimated(card.share)}
    ${card.picture ?? nothing}
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

function open(
  page: Page,
  tab: Tab,
  key: Parameters<typeof t>[0],
  more: Partial<State> = {},
): NonNullable<Card["action"]> {
  return { label: t(key), run: () => page.go({ tab, sheet: null, ...more }) };
}

/** What stopped a computation: one card a kind. */
function blocked(page: Page, kinds: FindingKind[]): Card[] {
  return kinds
    .filter((kind) => kind.severity === "blocks")
    .slice(0, 2)
    .map((kind) => ({
      mood: "blocks",
      icon: "blocks",
      lead:
        t("severity.blocks") +
        (kind.count > 1 ? ` · ${plural("findings", kind.count, { n: number(kind.count) })}` : ""),
      sentence: typeset(kind.example.what),
      detail: typeset(kind.example.why ?? ""),
      action: open(page, "findings", "today.see_remedy", { severity: "blocks" }),
    }));
}

/** Facts changed since the figures were computed: the figures say so themselves. */
function stale(page: Page): Card[] {
  return page.territory.worksites.flatMap((worksite) => {
    const changed = worksite.last_run?.stale ?? [];
    const [latest] = changed;
    if (!latest) return [];
    return [
      {
        mood: "stale" as const,
        icon: "degrades" as const,
        lead: worksite.label,
        sentence: t("today.stale", {
          tables: changed.map((table) => table.label.toLowerCase()).join(", "),
        }),
        detail: t("today.stale.detail", {
          changed: date(latest.time, true),
          run: date(worksite.last_run?.started_at, true),
        }),
        action: open(page, "data", "today.see_data"),
      },
    ];
  });
}

function bill(page: Page, rows: Indicator[]): Card[] {
  const energy = withRole(rows, "energy");
  const cost = withRole(rows, "cost");
  const co2 = withRole(rows, "co2");
  const count = withRole(rows, "count");
  const cards: Card[] = [];
  if (cost) {
    const day = perDay(cost);
    const emits = co2 ? t("today.co2", { amount: inWords(co2) }) : "";
    cards.push({
      mood: "lighting",
      icon: "luminaire",
      lead: t("today.cost.lead"),
      sentence: t("today.cost", { amount: inWords(cost) }),
      detail: [day ? t("today.cost.day", { amount: inWords(day) }) : "", emits, sure(cost)]
        .filter(Boolean)
        .join(" "),
      share: cost.estimated_share,
      explained: { table: "indicator", id: cost.id },
      action: open(page, "decide", "today.see_options"),
    });
  }
  if (energy) {
    const lamps = count?.value;
    cards.push({
      mood: "lighting",
      icon: "luminaire",
      lead: t("worksite.lighting"),
      sentence: t("today.energy", { amount: inWords(energy) }),
      detail: [
        lamps ? plural("today.energy.for", lamps, { n: quantity(lamps, "") }) : "",
        cost ? "" : sure(energy),
      ]
        .filter(Boolean)
        .join(" "),
      share: energy.estimated_share,
      explained: { table: "indicator", id: energy.id },
      action: open(page, "lighting", "today.see_lighting"),
    });
  }
  return cards;
}

/** How sure an interval is. */
function sure(figure: Indicator): string {
  return hasInterval(figure) ? t("today.sure") : "";
}

function option(page: Page, options: Option[]): Card[] {
  const first = best(options);
  if (!first) return [];
  const saving = effectOf(first, "saving");
  const payback = effectOf(first, "payback");
  const npv = effectOf(first, "npv");
  const parts = [
    first.capex_eur
      ? t("today.option.capex", { amount: quantity(first.capex_eur, "€") })
      : t("today.option.free"),
    payback?.value ? t("today.option.payback", { amount: inWords(payback) }) : "",
    npv ? t("today.option.npv", { amount: inWords(npv) }) : "",
  ].filter(Boolean);
  // Money may be lost: a mayor must read it here, not find it in an interval.
  const risky = typeof npv?.low === "number" && npv.low < 0;
  return [
    {
      mood: "plan",
      icon: "check",
      lead: t("today.option.lead"),
      sentence: saving
        ? t("today.option", { name: first.label, amount: inWords(saving) })
        : first.label,
      detail: `${clauses(parts)}.${risky ? ` ${t("today.option.risk")}` : ""}`,
      explained: { table: "option", id: first.id },
      action: open(page, "decide", "today.compare"),
    },
  ];
}

/** The district that spends most; asked for alone, whatever their number. */
function district(page: Page, rows: Indicator[]): Card[] {
  const total = withRole(rows, "energy");
  if (!total?.value || rowsOf(page, "district") < 3) return [];
  const resource = page.read<Rows<Indicator>>("api/indicators", {
    scope: "district",
    indicator: total.indicator,
    sort: "-value",
    limit: 1,
  });
  const [first] = resource.status === "ok" ? resource.value.rows : [];
  if (!first?.entity || !first.value) return [];
  const entity = first.entity;
  return [
    {
      mood: "lighting",
      icon: "district",
      lead: t("today.district.lead"),
      sentence: t("today.district", {
        name: entityName(first),
        share: percent(first.value / total.value),
      }),
      detail: t("today.district.amount", { amount: inWords(first) }),
      share: first.estimated_share,
      explained: { table: "indicator", id: first.id },
      action: {
        label: t("today.see_district"),
        run: () => page.go({ sheet: { table: "district", id: entity } }),
      },
    },
  ];
}

/** What a computation lacked: one card for all, the worst in its own words. */
function gaps(page: Page, kinds: FindingKind[]): Card[] {
  const mine = kinds.filter((kind) => kind.severity === "degrades");
  const [first] = mine;
  if (!first) return [];
  const others = mine.reduce((sum, kind) => sum + kind.count, 0) - 1;
  return [
    {
      mood: "degrades",
      icon: "degrades",
      lead: t("today.gaps.lead"),
      sentence: typeset(first.example.what),
      detail: [
        typeset(first.example.why ?? ""),
        others ? plural("today.gaps.others", others, { n: number(others) }) : "",
      ]
        .filter(Boolean)
        .join(" "),
      action: open(page, "findings", "today.see_remedies", { severity: "degrades" }),
    },
  ];
}

/** What a computation noted; what an import did is said with the data. */
function notes(page: Page, kinds: FindingKind[]): Card[] {
  const mine = kinds.filter((kind) => kind.severity === "informs" && kind.worksite !== "import");
  const [first] = mine;
  if (!first) return [];
  const count = mine.reduce((sum, kind) => sum + kind.count, 0);
  return [
    {
      mood: "informs",
      icon: "informs",
      lead: `${t("severity.informs")} · ${plural("findings", count, { n: number(count) })}`,
      sentence: typeset(first.example.what),
      detail: typeset(first.example.why ?? ""),
      action: open(page, "findings", "today.see_findings", { severity: "informs" }),
    },
  ];
}
