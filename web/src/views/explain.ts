// SPDX-License-Identifier: EUPL-1.2
/** « Pourquoi ce chiffre ? »: from the figure down to the files it rests on. */

import { html, nothing, type TemplateResult } from "lit";
import { rowPath } from "../api";
import { command } from "../components/command";
import { estimated, keyValue, why as whyButton } from "../components/figure";
import { icon } from "../components/icons";
import "../components/dialog";
import { ready } from "../components/states";
import {
  any,
  central,
  date,
  duration,
  hasInterval,
  interval,
  number,
  parseUnit,
  quantity,
  typeset,
  unitText,
} from "../format";
import { maybe, plural, t } from "../i18n";
import type { Page } from "../page";
import type {
  ExplainedEffect,
  Explanation,
  Figure,
  InputUsed,
  Parameter,
  PublisherLink,
  Quantity,
  Ref,
  RunInfo,
} from "../types";
import { sourceItem } from "./data";
import { remedy } from "./findings";
import { supposedText } from "./sheet";

export function explain(page: Page, ref: Ref): TemplateResult {
  const resource = page.read<Explanation>(rowPath("api/explain", ref.table, ref.id));
  const title = resource.status === "ok" ? resource.value.title : t("why.title");
  return html`<ju-dialog
    .kicker=${t("why.question")}
    .heading=${title}
    .onClose=${() => page.go({ why: null })}
    .body=${html`${ready(page, resource, (value) => chain(page, value), 8)}`}
  ></ju-dialog>`;
}

function chain(page: Page, why: Explanation): TemplateResult {
  const tables = (name: string): string =>
    page.territory.tables.find((table) => table.name === name)?.label ?? name;
  const sources = why.sources ?? [];
  return html`
    ${why.value ? value(why) : nothing}
    ${why.method ? html`<p class="method">${typeset(why.method)}</p>` : nothing}
    ${why.formula ? html`<pre class="formula"><code>${why.formula}</code></pre>` : nothing}
    ${why.reference ? html`<p class="quiet">${t("why.reference")} ${why.reference}</p>` : nothing}
    ${why.quantities?.length ? quantities(page, why.quantities) : nothing}
    ${why.effects?.length ? effects(why.effects) : nothing}
    ${why.inputs?.length ? inputs(why.inputs, tables) : nothing}
    ${why.parameters?.length ? parameters(why.parameters) : nothing}
    ${why.estimates?.length ? suppositions(why) : nothing}
    ${
      why.findings?.length
        ? html`<h3>${t("tab.findings")}</h3><ul class="findings">${why.findings.map(
            (
              finding,
            ) => html`<li class="finding finding-${finding.severity}"><p><strong>${typeset(finding.what)}</strong></p>
        ${finding.remedy ? remedy(finding.remedy) : nothing}<p class="quiet meta"><code>${finding.code}</code></p></li>`,
          )}</ul>`
        : nothing
    }
    ${why.links?.length ? links(why.links) : nothing}
    <h3>${t("why.sources")}</h3>
    ${
      sources.length
        ? html`<ul class="sources">${sources.map((source) => sourceItem(page, source))}</ul>`
        : html`<p class="quiet">${t("why.sources.none")}</p>`
    }
    ${why.run ? run(why.run) : nothing}
    ${why.command ? html`<h3>${t("why.reproduce")}</h3><p class="quiet">${t("why.reproduce.help")}</p>${command(why.command)}` : nothing}
    <p class="actions"><button class="link-button" @click=${() => print()}>${icon("print")} ${t("print")}</button></p>`;
}

function value(why: Explanation): TemplateResult {
  const figure = why.value as NonNullable<Explanation["value"]>;
  return html`<p class="why-value">
    ${keyValue(figure)}
    ${
      hasInterval(figure)
        ? html`<span>${interval(figure)} <span class="quiet">${t("why.interval")}</span></span>`
        : nothing
    }
    ${estimated(why.estimated_share)}
  </p>`;
}

/** Rates and chances are given as shares of 1. */
function effectFigure({ quantity: name, mean, low, high, unit }: ExplainedEffect): Figure {
  const share = name === "irr" || name.endsWith("_probability");
  const part = (x: number | null) => (share && x !== null ? 100 * x : x);
  return { value: part(mean), low: part(low), high: part(high), unit: share ? "%" : unit };
}

/** The figures that this one follows from, each with its own explanation. */
function quantities(page: Page, list: Quantity[]): TemplateResult {
  return html`<h3>${t("why.quantities")}</h3>
    <dl class="facts">
      ${list.map((figure) => {
        const label = figure.label || figure.indicator;
        return html`<div><dt>${label}</dt><dd>${central(figure)}
          ${hasInterval(figure) ? html`<span class="range">${interval(figure)}</span>` : nothing}
          ${whyButton(page, { table: "indicator", id: figure.id }, label)}</dd></div>`;
      })}
    </dl>`;
}

/** What an option brings, each with its interval and the way it is obtained. */
function effects(list: ExplainedEffect[]): TemplateResult {
  return html`<h3>${t("why.effects")}</h3>
    <dl class="facts">
      ${list.map((effect) => {
        const figure = effectFigure(effect);
        const named = effect.label && effect.label !== effect.quantity ? effect.label : "";
        return html`<div><dt>${named || maybe(`effect.${effect.quantity}`, effect.quantity)}</dt><dd>${central(figure)}
          ${hasInterval(figure) ? html`<span class="range">${interval(figure)}</span>` : nothing}
          ${effect.method ? html`<span class="range">${effect.method}</span>` : nothing}
          ${effect.formula ? html`<code class="range">${effect.formula}</code>` : nothing}</dd></div>`;
      })}
    </dl>`;
}

function inputs(list: InputUsed[], label: (table: string) => string): TemplateResult {
  return html`<h3>${t("why.inputs")}</h3>
    <ul class="plain inputs">
      ${list.map((input) => {
        const rows = input.rows ?? 0;
        return html`<li><strong>${input.label ?? label(input.table)}</strong>
          ${input.rows === null || input.rows === undefined ? nothing : plural("rows", rows, { n: number(rows) })}
          ${input.estimated ? html`<span class="quiet">${plural("why.estimated_rows", input.estimated, { n: number(input.estimated) })}</span>` : nothing}
        </li>`;
      })}
    </ul>`;
}

function parameters(list: Parameter[]): TemplateResult {
  return html`<h3>${t("why.parameters")}</h3>
    <table class="table">
      <thead class="hidden-text"><tr><th scope="col">${t("why.parameter")}</th><th scope="col">${t("value")}</th></tr></thead>
      <tbody>${list.map(
        (parameter) => html`<tr>
          <th scope="row">${parameter.label || parameter.name}
            <span class="range">${parameter.default ? html`<span class="chip chip-default">${t("why.default")}</span> ` : nothing}${parameter.source}</span></th>
          <td class="figure">${parameterValue(parameter)}</td>
        </tr>`,
      )}</tbody>
    </table>`;
}

/** A parameter is shown as it was used, never scaled, with the interval it was drawn from. */
function parameterValue({ value, unit, low, high }: Parameter): TemplateResult | string {
  if (typeof value !== "number") return any(value);
  const { base, yearly } = parseUnit(unit);
  const word = unitText(base, yearly, false, value);
  const known = typeof low === "number" && typeof high === "number" && low < high;
  return html`${number(value, 6)}${word ? `\u00a0${word}` : ""}${
    known
      ? html`<span class="range">${t("between", { low: number(low, 6), high: number(high, 6) })}</span>`
      : nothing
  }`;
}

function suppositions(why: Explanation): TemplateResult {
  return html`<h3>${t("sheet.estimates")}</h3>
    <dl class="facts facts-estimated">${why.estimates?.map((estimate) => {
      const figure = {
        value: estimate.value,
        low: estimate.low ?? null,
        high: estimate.high ?? null,
        unit: estimate.unit ?? "",
      };
      return html`<div><dt>${estimate.label ?? estimate.attribute}</dt><dd>
        <strong class="supposed">${supposedText(estimate) || (hasInterval(figure) ? interval(figure) : quantity(figure.value, figure.unit))}</strong>
        ${estimate.method ? html`<span class="range">${estimate.method}</span>` : nothing}</dd></div>`;
    })}</dl>`;
}

/** The publishers that know this object, and what each of them gave. */
export function links(list: PublisherLink[]): TemplateResult {
  return html`<h3>${t("why.links")}</h3>
    <p class="quiet">${t("why.links.help")}</p>
    <dl class="facts">${list.map(
      (link) => html`<div><dt>${link.publisher}</dt><dd>
        <code>${link.publisher_id}</code>
        ${typeof link.confidence === "number" ? html`<span class="range">${t("why.links.confidence", { share: number(100 * link.confidence, 0) })}</span>` : nothing}
        ${link.filled?.length ? html`<span class="range">${t("why.links.gave", { list: link.filled.map((item) => item.label.toLowerCase()).join(", ") })}</span>` : nothing}
      </dd></div>`,
    )}</dl>`;
}

function run(info: RunInfo): TemplateResult {
  const facts: [Parameters<typeof t>[0], string | TemplateResult][] = [
    ["run.id", html`<code>${info.id}</code>`],
    ["run.started", date(info.started_at, true)],
  ];
  if (info.duration_s !== null && info.duration_s !== undefined)
    facts.push(["run.duration", duration(info.duration_s)]);
  if (info.code_version) facts.push(["run.code", `Jumeau ${info.code_version}`]);
  if (info.snapshot !== undefined) facts.push(["run.snapshot", String(info.snapshot)]);
  if (info.scenario) facts.push(["run.scenario", info.scenario]);
  if (info.seed !== null && info.seed !== undefined) facts.push(["run.seed", String(info.seed)]);
  return html`<h3>${t("why.run")}</h3>
    <dl class="facts">${facts.map(([key, text]) => html`<div><dt>${t(key)}</dt><dd>${text}</dd></div>`)}</dl>`;
}
