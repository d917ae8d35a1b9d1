// SPDX-License-Identifier: EUPL-1.2
/** What to carry out with a budget, and what priorities cost; the server's decision layer chooses. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import { ready } from "../components/states";
import { central, hasInterval, interval, inWords, number, percent, quantity } from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import type { State } from "../state";
import type { Choice, Effect, Figure } from "../types";

/** Worths of a tonne that the slider goes to [€/t]; the State's own is 256 € in 2025. */
const MOST_CLIMATE = 1000;
const STEPS = 100;

function asked({ budget, years, climate, prudence }: State): Record<string, string | number> {
  return {
    ...(budget !== null && { budget }),
    ...(years !== null && { years }),
    ...(climate > 0 && { climate }),
    ...(prudence > 0 && { prudence: prudence / 100 }),
  };
}

export function choice(page: Page): TemplateResult {
  const query = asked(page.state);
  return html`<h3>${t("choice.title")}</h3>
    <p class="quiet">${t("choice.help")}</p>
    ${ready(
      page,
      page.read<Choice>("api/choice", {}),
      (whole) => html`${sliders(page, whole)}
        ${ready(page, page.read<Choice>("api/choice", query), (found) => answer(page, found))}`,
      6,
    )}`;
}

interface Slider {
  name: "budget" | "years" | "climate" | "prudence";
  label: string;
  value: number;
  least: number;
  most: number;
  step: number;
  text: string;
}

function sliders(page: Page, whole: Choice): TemplateResult {
  const { budget, years, climate, prudence } = page.state;
  const most = roundUp(Math.max(whole.most_budget_eur, 1));
  const spent = budget ?? most;
  const horizon = years ?? whole.years;
  const list: Slider[] = [
    {
      name: "budget",
      label: t("choice.budget"),
      value: Math.min(spent, most),
      least: 0,
      most,
      step: most / STEPS,
      text: quantity(spent, "€"),
    },
    {
      name: "years",
      label: t("choice.years"),
      value: horizon,
      least: 1,
      most: Math.max(30, horizon),
      step: 1,
      text: plural("choice.year", horizon, { n: number(horizon) }),
    },
    {
      name: "climate",
      label: t("choice.climate"),
      value: Math.min(climate, MOST_CLIMATE),
      least: 0,
      most: MOST_CLIMATE,
      step: 10,
      text: t("choice.climate.value", { n: number(climate) }),
    },
    {
      name: "prudence",
      label: t("choice.prudence"),
      value: prudence,
      least: 0,
      most: 100,
      step: 5,
      text: percent(prudence / 100),
    },
  ];
  return html`<form class="sliders" @submit=${(event: Event) => event.preventDefault()}>
    ${list.map(
      (slider) => html`<label class="slider">
        <span>${slider.label}</span> <output>${slider.text}</output>
        <input type="range" name=${slider.name} aria-label=${slider.label} min=${slider.least} max=${slider.most} step=${slider.step}
          .value=${String(slider.value)} aria-valuetext=${slider.text}
          @change=${(event: Event) => page.go({ [slider.name]: Number((event.target as HTMLInputElement).value) })} />
        <span class="range">${t(`choice.${slider.name}.help`)}</span>
      </label>`,
    )}
    ${
      budget === null && years === null && !climate && !prudence
        ? nothing
        : html`<p class="actions"><button type="button" class="link-button"
            @click=${() => page.go({ budget: null, years: null, climate: 0, prudence: 0 })}>${t("choice.reset")}</button></p>`
    }
  </form>`;
}

/** The next round figure: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((digit) => digit * power >= value) ?? 10) * power;
}

const figure = ({ mean, low, high, unit }: Effect): Figure => ({ value: mean, low, high, unit });

function answer(page: Page, found: Choice): TemplateResult {
  const { chosen, left, totals } = found;
  if (!chosen.length && !left.length) return html`<p class="quiet">${t("choice.none")}</p>`;
  const npv = figure(totals.npv_eur);
  return html`<div class="verdict" role="status">
      ${
        chosen.length
          ? html`<p class="card-sentence">${t("choice.chosen", {
              names: chosen.map((option) => option.label).join(" + "),
              capex: quantity(found.capex_eur, "€"),
            })}</p>
            <p>${t("choice.brings", {
              years: plural("choice.year", found.years, { n: number(found.years) }),
              npv: inWords(npv),
              saving: inWords(figure(totals.saving_eur_year)),
              co2: inWords(figure(totals.tco2e_year)),
            })}</p>
            ${typeof npv.low === "number" && npv.low < 0 ? html`<p>${t("today.option.risk")}</p>` : nothing}`
          : html`<p class="card-sentence">${t("choice.nothing")}</p>`
      }
      ${price(found)}
    </div>
    ${
      left.length
        ? html`<ul class="plain left">${left.map(
            (option) =>
              html`<li><strong>${option.label}</strong><span class="range">${t(`choice.left.${option.reason}`)}</span></li>`,
          )}</ul>`
        : nothing
    }
    ${curve(page, found)}
    <p class="quiet">${t("choice.limits")}</p>`;
}

/** What the priorities cost, in euros, and what they buy. */
function price({ price_eur, price_tco2e_year }: Choice): TemplateResult | typeof nothing {
  if (price_eur < 1) return nothing;
  const tonnes = quantity(price_tco2e_year, "tCO2e/yr", true);
  return html`<p class="price">${icon("informs")} <span>${
    price_tco2e_year > 0.005
      ? t("choice.price.climate", { amount: quantity(price_eur, "€"), tonnes })
      : t("choice.price", { amount: quantity(price_eur, "€") })
  }</span></p>`;
}

/** What each useful budget allows: the steps of a staircase, as a table. */
function curve(page: Page, found: Choice): TemplateResult | typeof nothing {
  const { steps } = found;
  if (steps.length < 2) return nothing;
  return html`<h4>${t("choice.steps")}</h4>
    <table class="table steps">
      <thead><tr><th scope="col">${t("choice.from")}</th><th scope="col">${t("choice.then")}</th>
        <th scope="col" class="figure">${t("metric.npv")}</th></tr></thead>
      <tbody>${steps.map((step) => {
        const names = step.chosen.join(" + ") || t("choice.nothing.short");
        const on = step.chosen.join() === found.chosen.map((option) => option.label).join();
        const npv = {
          value: step.npv_eur,
          low: step.npv_low_eur,
          high: step.npv_high_eur,
          unit: "€",
        };
        return html`<tr aria-current=${on ? "true" : nothing}>
          <td><button class="row-link" @click=${() => page.go({ budget: Math.ceil(step.capex_eur) })}>${quantity(step.capex_eur, "€")}</button></td>
          <th scope="row">${names}</th>
          <td class="figure">${central(npv)}${hasInterval(npv) ? html`<span class="range">${interval(npv, false)}</span>` : nothing}</td>
        </tr>`;
      })}</tbody>
    </table>
    <p class="actions"><a class="link-button" href=${page.link("api/choice", { ...asked(page.state), f: "csv" })} download>${icon("download")} ${t("choice.csv")}</a></p>`;
}
