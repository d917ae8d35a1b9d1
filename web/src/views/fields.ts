// SPDX-License-Identifier: EUPL-1.2
/** Labels and units of the twin's columns, as its schema gives them. */

import { any, number } from "../format";
import { maybe, plural } from "../i18n";
import type { Page } from "../page";
import type { Attribute } from "../types";

interface Fields {
  tables?: Record<string, Attribute[]> | { name: string; attributes: Attribute[] }[];
  schema?: Fields["tables"];
}

/** The columns of a table in the schema's order; empty until they are known. */
export function attributesOf(page: Page, table: string): Map<string, Attribute> {
  const resource = page.read<Fields>("api/fields");
  if (resource.status !== "ok") return new Map();
  const tables = resource.value.tables ?? resource.value.schema;
  const list = Array.isArray(tables)
    ? tables.find((candidate) => candidate.name === table)?.attributes
    : tables?.[table];
  return new Map((list ?? []).map((attribute) => [attribute.name, attribute]));
}

/** The name of a table or of a raster layer, for people. */
export function tableLabel(page: Page, name: string): string {
  const { tables, rasters } = page.territory;
  return (
    tables.find((table) => table.name === name)?.label ??
    rasters.find((raster) => raster.layer === name)?.label ??
    name
  );
}

/** A value of a row in words: its code's label, its number with its unit, its date in full. */
export function valueText(attribute: Attribute | undefined, value: unknown): string {
  const codes = attribute?.codes;
  const label = codes && !Array.isArray(codes) ? codes[String(value)] : undefined;
  const name = attribute?.name;
  if (name === "lamp_type") return maybe(`lamp.${value}`, label ?? String(value));
  if (name === "assets" && value !== null && typeof value === "object") {
    const { count, ids } = value as { count?: number; ids?: unknown[] };
    const n = count ?? ids?.length ?? 0;
    return plural("rows", n, { n: number(n) });
  }
  // Words of OpenStreetMap are English; those of French publishers are said as they are.
  if (name === "use" && typeof value === "string") return maybe(`use.${value}`, label ?? value);
  if (name === "worksite" || name === "actor") return maybe(`${name}.${value}`, String(value));
  return label || any(value, attribute?.unit ?? "");
}

/** A label inside a sentence: its capital goes, a symbol stays (« U des murs »). */
export function inText(label: string): string {
  return /^.[\p{Ll}’']/u.test(label) ? label.charAt(0).toLocaleLowerCase() + label.slice(1) : label;
}
