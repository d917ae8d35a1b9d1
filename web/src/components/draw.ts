// SPDX-License-Identifier: EUPL-1.2
/** The tools with which an area is drawn. */

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../i18n";
import { type Draft, finish, type Shape } from "../map/draw";
import { icon } from "./icons";

export interface DrawActs {
  begin(shape: Shape): void;
  view(): void;
  undo(): void;
  finish(): void;
  stop(): void;
  clear(): void;
}

export function drawTools(draft: Draft | null, drawn: boolean, act: DrawActs): TemplateResult {
  return html`<div class="draw-tools" role="group" aria-label=${t("draw.title")}>
    ${draft ? drawing(draft, act) : choices(drawn, act)}
  </div>`;
}

function choices(drawn: boolean, act: DrawActs): TemplateResult {
  return html`<p class="label">${t("draw.title")}</p>
    <button class="tool-button" @click=${() => act.begin("rectangle")}>${icon("rectangle")} ${t("draw.rectangle")}</button>
    <button class="tool-button" @click=${() => act.begin("polygon")}>${icon("polygon")} ${t("draw.polygon")}</button>
    <button class="tool-button" @click=${act.view}>${icon("whole")} ${t("draw.view")}</button>
    ${drawn ? html`<button class="tool-button" @click=${act.clear}>${icon("close")} ${t("draw.clear")}</button>` : nothing}`;
}

function drawing(draft: Draft, act: DrawActs): TemplateResult {
  const { corners, shape } = draft;
  return html`<p class="draw-help">${t(`draw.help.${shape}`)} <span class="draw-keys">${t("draw.keys")}</span></p>
    ${finish(draft) ? html`<button class="tool-button" @click=${act.finish}>${icon("check")} ${t("draw.finish")}</button>` : nothing}
    ${corners.length ? html`<button class="tool-button" @click=${act.undo}>${icon("back")} ${t("draw.undo")}</button>` : nothing}
    <button class="tool-button" @click=${act.stop}>${icon("close")} ${t("draw.stop")}</button>`;
}
