// SPDX-License-Identifier: EUPL-1.2
/** The light of a street beside what its class asks (EN 13201), on its sheet and on one page. */

import { html, nothing, type TemplateResult } from "lit";
import type { Resource } from "../api";
import { estimated, why } from "../components/figure";
import { type IconName, icon } from "../components/icons";
import { ready } from "../components/states";
import {
  central,
  clauses,
  hasInterval,
  interval,
  inWords,
  number,
  quantity,
  typeset,
} from "../format";
import { maybe, plural, t } from "../i18n";
import type { Page } from "../page";
import type { Entity, Ref, Road, RoadFigure, RoadVerdict } from "../types";
import { inText } from "./fields";
import { remedy } from "./findings";

export const PREFIX = "lighting_road_";
const ICONS: Record<RoadVerdict, IconName> = {
  conform: "check",
  not_conform: "blocks",
  not_computable: "degrades",
  none: "informs",
};

/** What the worksite says of a street; null for other tables, and where it never ran. */
export function roadOf(page: Page, ref: Ref): Resource<Road> | null {
  const run = page.territory.worksites.find(({ name }) => name === "lighting")?.last_run;
  return ref.table === "street" && run ? page.read<Road>(pathOf(ref)) : null;
}

function pathOf({ id }: Ref): string {
  return `api/road/${encodeURIComponent(id)}`;
}

/** The light of a street; nothing for a street without lamps. */
export function road(page: Page, ref: Ref, entity: Entity): TemplateResult | typeof nothing {
  const resource = roadOf(page, ref);
  if (!resource) return nothing;
  return ready(page, resource, (found) =>
    found.rows.length || found.reasons.length || found.lighting_class
      ? results(page, ref, found, entity)
      : nothing,
  );
}

/** Codes of the findings that the results tell already. */
export function toldBy(resource: Resource<Road> | null): Set<string> {
  return new Set(resource?.status === "ok" ? resource.value.reasons.map(({ code }) => code) : []);
}

/** The results with what is asked, what is estimated, and why something is missing. */
function results(page: Page, ref: Ref, found: Road, entity: Entity): TemplateResult {
  const { rows, reasons, procedure, classes, energy } = found;
  return html`<section class="road" aria-labelledby="road-title">
    <h3 id="road-title">${t("road.title", { procedure })}</h3>
    ${classOf(found)}
    ${
      rows.length
        ? table(
            page,
            rows.filter(({ layout }) => !layout),
          )
        : nothing
    }
    ${layout(rows.filter(({ layout }) => layout))}
    ${reasons.length ? because(reasons) : nothing}
    ${supposed(found, entity)}
    <p class="quiet road-notes">${rows.some(isUncertain) ? t("road.uncertain.means") : nothing}
      ${t("road.notes", { procedure, classes, energy })}
      ${rows.some(({ requirement }) => requirement && !requirement.confirmed) ? t("road.to_confirm", { classes }) : nothing}</p>
    <p class="actions"><a class="link-button" download aria-label=${`CSV, ${t("road.title", { procedure })}`}
      href=${page.link(pathOf(ref), { f: "csv" })}>${icon("download")} CSV</a></p>
  </section>`;
}

/** The class, who says it, and whether the street meets it. */
function classOf({ lighting_class, verdict }: Road): TemplateResult {
  if (!lighting_class) return html`<p>${t("road.no_class")}</p>`;
  const { value, estimated, method } = lighting_class;
  return html`<p class="road-class">${said(verdict, t(`road.overall.${verdict}`, { name: value }))}</p>
    <p class="quiet">${estimated ? t("road.class.proposed", { name: value }) : t("road.class.given", { name: value })}
      ${estimated && method ? typeset(method) : nothing}</p>`;
}

/** A verdict as a sign and in words: colour never stands alone. */
export function said(verdict: RoadVerdict, words: string): TemplateResult {
  return html`<span class="road-verdict road-${verdict}">${icon(ICONS[verdict])}<span>${words}</span></span>`;
}

function table(page: Page, rows: RoadFigure[]): TemplateResult {
  const all = new Set(rows.filter(({ value }) => value !== null).map((row) => row.estimated_share));
  // The same for all of them: told once.
  const common = all.size === 1 ? [...all][0] : undefined;
  const inOrder = [...rows].sort((a, b) => Number(!a.requirement) - Number(!b.requirement));
  return html`${common === undefined ? nothing : html`<p>${estimated(common)}</p>`}
    <table class="table road-table">
    <caption class="hidden-text">${t("road.caption")}</caption>
    <thead><tr>
      <th scope="col">${t("road.quantity")}</th><th scope="col" class="figure">${t("road.result")}</th>
      <th scope="col">${t("road.asked")}</th><th scope="col"><span class="hidden-text">${t("why.question")}</span></th>
    </tr></thead>
    <tbody>${inOrder.map((row) => line(page, row, common === undefined))}</tbody>
  </table>`;
}

/** The layout of luminaires that the results stand for. */
function layout(rows: RoadFigure[]): TemplateResult | typeof nothing {
  if (!rows.length) return nothing;
  const told = typeset(clauses(rows.map((row) => `${inText(row.label)} ${inWords(row)}`)));
  return html`<h4>${t("road.layout")}</h4>
    <p>${told.charAt(0).toUpperCase()}${told.slice(1)}.</p>`;
}

function line(page: Page, row: RoadFigure, own: boolean): TemplateResult {
  const label = maybe(`road.q.${row.quantity}`, row.label);
  return html`<tr>
    <th scope="row">${label}</th>
    <td class="figure">${
      row.value === null
        ? t("none")
        : html`${central(row)}${hasInterval(row) ? html`<span class="range">${interval(row, false)}</span>` : nothing}
          ${own ? estimated(row.estimated_share) : nothing}`
    }</td>
    <td class="road-asked">${
      row.requirement
        ? html`<span>${asked(row)}</span> ${said(row.verdict, t(`road.${row.verdict}`))}`
        : t("none")
    }
      ${isUncertain(row) ? html`<span class="range">${t("road.uncertain")}</span>` : nothing}</td>
    <td>${row.id ? why(page, { table: "indicator", id: row.id }, label, true) : nothing}</td>
  </tr>`;
}

/** Whether the interval of a figure says both: that it conforms, and that it does not. */
function isUncertain(row: RoadFigure): boolean {
  return Boolean(row.requirement && row.value !== null && !row.certain && hasInterval(row));
}

/** What the class asks: at least, at most, or between. */
export function asked({ requirement, unit }: Pick<RoadFigure, "requirement" | "unit">): string {
  if (!requirement) return t("none");
  const { least, most } = requirement;
  if (least !== null && most !== null)
    return interval({ value: null, low: least, high: most, unit }, false);
  return least !== null ? `≥\u00a0${quantity(least, unit)}` : `≤\u00a0${quantity(most, unit)}`;
}

function because(reasons: Road["reasons"]): TemplateResult {
  return html`<h4>${t("road.because")}</h4>
    <ul class="bulleted">${reasons.map(
      ({
        what,
        why,
        remedy: how,
        code,
      }) => html`<li>${typeset(what)} ${why ? html`<span class="range">${typeset(why)}</span>` : nothing}
        ${how ? html`<div class="road-remedy">${remedy(how)}</div>` : nothing} <span class="quiet meta"><code>${code}</code></span></li>`,
    )}</ul>`;
}

/** What these results suppose: of the lamps, how many; of the street, what. */
function supposed({ supposed: lamps }: Road, entity: Entity): TemplateResult | typeof nothing {
  const street = (entity.estimates ?? []).filter(({ attribute }) => attribute !== "lighting_class");
  if (!lamps.length && !street.length) return html`<p>${t("road.supposed.nothing")}</p>`;
  return html`<h4>${t("road.supposed")}</h4>
    <ul class="bulleted road-supposed">
      ${street.map(
        (item) =>
          html`<li>${t("road.supposed.street", {
            label: item.label ?? item.attribute,
            value: item.text ? item.text_label || item.text : quantity(item.value, item.unit ?? ""),
          })}</li>`,
      )}
      ${lamps.map(
        ({ label, count, lamps }) =>
          html`<li>${plural("road.supposed.lamps", lamps, { label: inText(label), count: number(count), n: number(lamps) })}</li>`,
      )}
    </ul>`;
}
