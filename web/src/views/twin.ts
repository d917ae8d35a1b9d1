// SPDX-License-Identifier: EUPL-1.2
/** The table twin of the map: the lamps in view, as rows. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../components/icons";
import "../components/dialog";
import { empty, ready } from "../components/states";
import { any } from "../format";
import { maybe, plural, t } from "../i18n";
import type { Page } from "../page";
import type { Bounds } from "../types";
import { attributesOf } from "./fields";

const MOST = 100;
const COLUMNS = ["lamp_type", "power_w", "height_m", "street_id", "support"];

interface Feature {
  id?: string | number;
  properties: Record<string, unknown>;
}

interface Items {
  features: Feature[];
  links?: { rel: string; href: string }[];
}

export function tableTwin(page: Page, bounds: Bounds | null): TemplateResult {
  const bbox = bounds?.map((x) => x.toFixed(6)).join(",");
  const query: Record<string, string | number> = bbox ? { bbox } : {};
  const resource = page.read<Items>("collections/luminaire/items", { limit: MOST, ...query });
  return html`<ju-dialog
    .kicker=${t("twin.kicker")}
    .heading=${t("twin.title")}
    .onClose=${() => page.go({ table: false })}
    .body=${html`${ready(page, resource, (items) => rows(page, items, query), 10)}`}
  ></ju-dialog>`;
}

function rows(page: Page, items: Items, query: Record<string, string | number>): TemplateResult {
  const { features } = items;
  if (!features.length) return empty(t("twin.empty.title"), t("twin.empty.text"));
  const attributes = attributesOf(page, "luminaire");
  const columns = COLUMNS.filter((name) =>
    features.some((feature) => feature.properties[name] ?? false),
  );
  const more = items.links?.some((link) => link.rel === "next");
  return html`<p>${more ? t("twin.first", { n: features.length }) : plural("twin.all", features.length)}
      <a class="link-button" download href=${page.link("collections/luminaire/items", { f: "csv", ...query })}>${icon("download")} ${t("twin.csv")}</a></p>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("twin.title")}>
      <table class="table">
        <thead><tr><th scope="col">${t("sheet.id")}</th>${columns.map(
          (name) =>
            html`<th scope="col">${attributes.get(name)?.label ?? maybe(`attribute.${name}`, name)}</th>`,
        )}</tr></thead>
        <tbody>${features.map((feature) => {
          const id = String(feature.id ?? feature.properties.id ?? "");
          return html`<tr>
            <th scope="row"><button class="row-link" @click=${() => page.go({ table: false, sheet: { table: "luminaire", id } })}>${id}</button></th>
            ${columns.map((name) => html`<td>${cell(name, feature.properties[name], attributes.get(name)?.unit ?? "")}</td>`)}
          </tr>`;
        })}</tbody>
      </table>
    </div>
    ${columns.length < 2 ? html`<p class="quiet">${t("twin.sparse")}</p>` : nothing}`;
}

function cell(name: string, value: unknown, unit: string): string {
  if (name === "lamp_type" && value) return maybe(`lamp.${value}`, String(value));
  return any(value, unit);
}
