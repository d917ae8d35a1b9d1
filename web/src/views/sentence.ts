// SPDX-License-Identifier: EUPL-1.2
/** What an asset is, in one plain sentence; what is supposed is said to be. */

import { any, hasInterval, interval, inWords, quantity } from "../format";
import { plural, t } from "../i18n";
import { withRole } from "../roles";
import type { Around, Attribute, Entity, Estimate } from "../types";
import { valueText } from "./fields";

interface Subject {
  table: string;
  entity: Entity;
  attributes: Map<string, Attribute>;
  /** What surrounds it; null while it is on its way. */
  around: Around | null;
}

/** The sentence on top of a sheet; empty when nothing is known that a sentence could say. */
export function sentence(subject: Subject): string {
  const parts = [
    ...(subject.table === "luminaire" ? lamp(subject) : []),
    ...(subject.table === "building" ? building(subject) : []),
    ...(subject.table === "pipe" ? pipe(subject) : []),
    ...lit(subject),
    ...where(subject),
  ];
  return parts.map(closed).join(" ");
}

/** A sentence begins with a capital and ends with a full stop. */
function closed(text: string): string {
  const begun = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** An attribute in words, known or supposed. */
function said({ entity, attributes }: Subject, name: string): string {
  const attribute = attributes.get(name);
  const value = entity.row[name];
  if (value !== null && value !== undefined && value !== "") return valueText(attribute, value);
  const estimate = entity.estimates?.find((item) => item.attribute === name);
  return estimate ? t("sentence.supposed", { value: supposed(estimate) }) : "";
}

function supposed(estimate: Estimate): string {
  if (estimate.text) return estimate.text_label || estimate.text;
  const figure = {
    value: estimate.value,
    low: estimate.low ?? null,
    high: estimate.high ?? null,
    unit: estimate.unit ?? "",
  };
  return hasInterval(figure) ? interval(figure) : quantity(figure.value, figure.unit);
}

/** The first row that a table ties to the asset. */
function tied({ around }: Subject, table: string): string {
  const tie = around?.related.find((item) => item.table === table && item.count === 1);
  const label = tie?.rows[0]?.label ?? "";
  return label && tie?.known === "estimate" ? t("sentence.supposed", { value: label }) : label;
}

function lamp(subject: Subject): string[] {
  const type = said(subject, "lamp_type");
  const power = said(subject, "power_w");
  const height = said(subject, "height_m");
  const street = tied(subject, "street");
  const cabinet = tied(subject, "cabinet");
  const parts = [
    type ? t("sentence.lamp", { type }) : t("one.luminaire"),
    power && t("sentence.power", { power }),
    height && t("sentence.height", { height }),
    street && t("sentence.street", { street }),
    cabinet && t("sentence.cabinet", { cabinet }),
  ];
  const year = String(subject.entity.row.installed_on ?? "").slice(0, 4);
  return [parts.filter(Boolean).join(", "), year && t("sentence.installed", { year })].filter(
    Boolean,
  );
}

function building(subject: Subject): string[] {
  const { row } = subject.entity;
  const height = said(subject, "height_m");
  const area = said(subject, "floor_area_m2");
  const floors = Number(row.floors ?? 0);
  const parts = [
    row.use
      ? t("sentence.building", {
          use: valueText(subject.attributes.get("use"), row.use).toLocaleLowerCase(),
        })
      : t("one.building"),
    height && t("sentence.tall", { height }),
    floors > 0 && plural("sentence.floors", floors),
    area && t("sentence.area", { area }),
    row.built_year ? t("sentence.built", { year: any(row.built_year) }) : "",
  ];
  return [parts.filter(Boolean).join(", ")];
}

function pipe(subject: Subject): string[] {
  const { row } = subject.entity;
  const [from, to] = [row.installed_from, row.installed_to].map((year) => Number(year ?? 0));
  const [bore, material, long] = ["diameter_mm", "material", "length_m"].map((name) =>
    said(subject, name),
  );
  const laid =
    from && to && from !== to
      ? t("sentence.laid.between", { from, to })
      : from || to
        ? t("sentence.laid", { year: from || to || "" })
        : "";
  const parts = [
    t("sentence.pipe"),
    bore && t("sentence.bore", { value: bore }),
    material && t("sentence.material", { value: material }),
    long && t("sentence.long", { value: long }),
    laid,
  ];
  return [
    parts.filter(Boolean).join(", "),
    ...(row.status === "closed" ? [t("sentence.closed")] : []),
  ];
}

/** What the lighting of a place costs; or only how many lamps it has. */
function lit({ table, entity, around }: Subject): string[] {
  const rows = entity.indicators ?? [];
  const energy = withRole(rows, "energy");
  const cost = withRole(rows, "cost");
  const count =
    withRole(rows, "count")?.value ??
    around?.related.find((item) => item.table === "luminaire")?.count ??
    0;
  if (table === "luminaire" || !count) return [];
  const lamps = plural("sentence.lamps", count, { n: quantity(count, "") });
  if (!energy) return [lamps];
  const uses = t("sentence.energy", { lamps, energy: inWords(energy) });
  return [cost ? t("sentence.cost", { uses, cost: inWords(cost) }) : uses];
}

function where(subject: Subject): string[] {
  const district = subject.table === "district" ? "" : tied(subject, "district");
  return district ? [t("sentence.where", { district })] : [];
}
