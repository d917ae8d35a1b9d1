// SPDX-License-Identifier: EUPL-1.2
/** Indicators and duties of the water service: the figure, the verdict, its proof, what is missing. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import { ready } from "../components/states";
import { hasInterval, interval, quantity, typeset } from "../format";
import { plural, t } from "../i18n";
import type { Page } from "../page";
import type { Duty } from "../types";

const ICONS = { yes: "check", no: "blocks", unknown: "why" } as const;

/** The sheet of indicators; nothing while no service is known. */
export function duties(page: Page): TemplateResult | typeof nothing {
  const resource = page.read<{ year: number; rows: Duty[] }>("api/water/indicators");
  return ready(page, resource, ({ year, rows }) => {
    if (!rows.length) return nothing;
    const services = [...new Set(rows.map(({ network }) => network))];
    return html`<h3>${t("duties.title", { year })}</h3><p class="quiet">${t("duties.help")}</p>
      ${services.map((service) =>
        sheet(
          rows.filter(({ network }) => network === service),
          services.length > 1,
        ),
      )}
      <p class="actions"><a class="link-button" download aria-label=${`CSV, ${t("duties.title", { year })}`}
        href=${page.link("api/water/indicators", { year, f: "csv" })}>${icon("download")} CSV</a></p>`;
  });
}

function sheet(rows: Duty[], named: boolean): TemplateResult {
  const told = rows.filter(({ verdict, value }) => verdict !== "unknown" || value !== null);
  const rest = rows.filter((row) => !told.includes(row));
  return html`${named ? html`<h4>${rows[0]?.name ?? ""}</h4>` : nothing}
    ${told.length ? list(told) : nothing}
    ${
      rest.length
        ? html`<details ?open=${!told.length}><summary>${plural("duties.unknown", rest.length)}</summary>${list(rest)}</details>`
        : nothing
    }`;
}

function list(rows: Duty[]): TemplateResult {
  return html`<ul class="duties">${rows.map(
    (row) => html`<li class="duty duty-${row.verdict}">
      <p class="duty-head"><span><abbr>${row.indicator.replaceAll("_", " ")}</abbr> ${typeset(row.label)}</span>
        <strong>${figure(row)}</strong></p>
      <p class="duty-verdict">${icon(ICONS[row.verdict])} <span>${typeset(row.question)}
        <strong>${t(`duties.verdict.${row.verdict}`)}</strong></span></p>
      <details><summary>${t("duties.why")}</summary>
        <p>${typeset(row.proof)}</p>
        ${row.missing ? html`<p>${t("duties.missing")} ${typeset(row.missing)}. ${typeset(row.supply)}</p>` : nothing}
        ${row.published === null ? nothing : html`<p>${t("duties.published", { value: quantity(row.published, unit(row.unit)) })}</p>`}
      </details></li>`,
  )}</ul>`;
}

const unit = (name: string): string => (name === "1" ? "" : name);

function figure(row: Duty): string {
  const shown = { ...row, unit: unit(row.unit) };
  if (row.value !== null) return quantity(row.value, shown.unit);
  return hasInterval(shown) ? interval(shown, false) : t("none");
}
