// SPDX-License-Identifier: EUPL-1.2
/** Décider: the options compared by the measure that matters to the reader. */

import { html, nothing, type TemplateResult } from "lit";
import { bar, type Domain, domain } from "../components/bars";
import { why } from "../components/figure";
import { icon } from "../components/icons";
import { empty, ready } from "../components/states";
import { term } from "../components/term";
import { central, hasInterval, interval, inWords, quantity, typeset } from "../format";
import { t } from "../i18n";
import type { Page } from "../page";
import { METRICS, type Metric } from "../state";
import type { Figure, Option, Rows } from "../types";
import { choice } from "./choice";
import { best, effectOf, isReference, sorted } from "./options";

export function decide(page: Page): TemplateResult {
  const { metric } = page.state;
  return html`<section>
    <h2>${t("tab.decide")}</h2>
    <p class="lede">${t("decide.lede")}</p>
    ${ready(page, page.read<Rows<Option>>("api/options"), ({ rows }) => {
      if (!rows.length)
        return empty(t("decide.empty.title"), t("decide.empty.text"), "jumeau run DIR");
      const order = sorted(rows, metric);
      const figures = order.map((option) => effectOf(option, metric));
      const scale = domain(figures.filter((figure): figure is Figure => figure !== undefined));
      return html`${segments(page)}
        <p class="quiet">${t(`metric.${metric}.help`)} ${t("decide.whisker")}</p>
        <ol class="options">
          ${order.map((option) => card(page, option, scale, option === best(rows)))}
        </ol>
        ${choice(page)}
        <h3>${t("decide.table")}</h3>
        ${table(page, order)}
        <p class="actions"><a class="link-button" href=${page.link("api/options", { f: "csv" })} download>
          ${icon("download")} CSV</a></p>`;
    })}
  </section>`;
}

function segments(page: Page): TemplateResult {
  return html`<fieldset class="segments">
    <legend>${t("decide.compare_by")}</legend>
    ${METRICS.map(
      (metric) => html`<label>
        <input type="radio" name="metric" .checked=${page.state.metric === metric}
          @change=${() => page.go({ metric })} />
        <span>${t(`metric.${metric}`)}</span>
      </label>`,
    )}
  </fieldset>`;
}

function card(page: Page, option: Option, scale: Domain, first: boolean): TemplateResult {
  const { metric } = page.state;
  const figure = effectOf(option, metric);
  return html`<li class="option">
    <div class="option-head">
      <h3>${option.label}</h3>
      ${first ? html`<span class="chip chip-plan">${icon("check")} ${t("decide.best")}</span>` : nothing}
      ${isReference(option) ? html`<span class="chip">${t("decide.reference")}</span>` : nothing}
    </div>
    ${option.description ? html`<p class="quiet">${typeset(option.description)}</p>` : nothing}
    <p class="option-figure">
      <span class="hidden-text">${t(`metric.${metric}`)} : </span>
      ${figure ? html`<strong>${inWords(figure)}</strong>` : html`<span class="quiet">${t(`metric.${metric}.none`)}</span>`}
    </p>
    ${figure ? bar(figure, scale, "plan") : nothing}
    <p class="actions">${why(page, { table: "option", id: option.id }, option.label)}
      <button class="link-button" @click=${() => page.go({ sheet: { table: "option", id: option.id } })}>
        ${icon("target")} ${t("decide.sheet")}<span class="hidden-text"> ${option.label}</span></button></p>
  </li>`;
}

function cell(figure: Figure | undefined, metric: Metric): TemplateResult {
  if (!figure) return html`<td class="figure quiet">${t(`metric.${metric}.none`)}</td>`;
  return html`<td class="figure">${central(figure)}
    ${hasInterval(figure) ? html`<span class="range">${interval(figure, false)}</span>` : nothing}
  </td>`;
}

function table(page: Page, options: Option[]): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t("decide.table")}>
    <table class="table">
      <caption class="hidden-text">${t("decide.lede")}</caption>
      <thead><tr>
        <th scope="col">${t("decide.option")}</th>
        ${METRICS.map((metric) => html`<th scope="col" class="figure">${term(t(`metric.${metric}`))}</th>`)}
        <th scope="col" class="figure">${t("decide.life")}</th>
        <th scope="col"><span class="hidden-text">${t("why.question")}</span></th>
      </tr></thead>
      <tbody>
        ${options.map(
          (option) => html`<tr>
            <th scope="row">${option.label}${
              option.price_year
                ? html`<span class="range">${t("decide.prices", { year: option.price_year })}</span>`
                : nothing
            }</th>
            ${METRICS.map((metric) => cell(effectOf(option, metric), metric))}
            <td class="figure">${option.life_years ? quantity(option.life_years, "yr") : t("none")}</td>
            <td>${why(page, { table: "option", id: option.id }, option.label, true)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
