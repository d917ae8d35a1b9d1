// SPDX-License-Identifier: EUPL-1.2
/** Labels and units of the twin's columns, as its schema gives them. */

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
