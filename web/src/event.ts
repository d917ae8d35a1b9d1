// SPDX-License-Identifier: EUPL-1.2
/** Events: what a process takes, as people write it, and the card of what was computed. */

import type { InputSpec, ProcessInfo, RunCard } from "./types";

/** The inputs that one line of text can give: the others are for programs. */
export function asked(process: Pick<ProcessInfo, "inputs">): [name: string, spec: InputSpec][] {
  return Object.entries(process.inputs).filter(([, { schema }]) =>
    ["string", "number", "integer"].includes(schema.type),
  );
}

/** A text as the value of an input: French writes its numbers with a comma. */
export function valueFrom({ schema }: InputSpec, text: string): string | number {
  return schema.type === "string" ? text.trim() : Number(text.trim().replace(",", "."));
}

/** A card comes as an object, or as the text of one. */
export function cardOf(card: RunCard | string | null | undefined): RunCard | null {
  if (typeof card !== "string") return card ?? null;
  try {
    return JSON.parse(card) as RunCard;
  } catch {
    return null;
  }
}
