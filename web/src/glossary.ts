// SPDX-License-Identifier: EUPL-1.2
/** The words of the trade and their meaning, as the glossary of the documentation gives them. */

import fr from "../../docs/glossary.fr.md?raw";
import en from "../../docs/glossary.md?raw";
import { language } from "./i18n";
import type { Lang } from "./state";

/** Reads a glossary: a Markdown table whose words come first and whose meaning comes last. */
export function read(text: string, column: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    const [words, meaning] = [cells[column], cells.at(-1)];
    if (cells.length < 4 || !words || !meaning || /^-+$/.test(words)) continue;
    for (const word of words.split(",")) found.set(fold(word), meaning);
  }
  return found;
}

/** A word without case, without code marks. */
function fold(word: string): string {
  return word.replaceAll("`", "").trim().toLowerCase();
}

const known: Partial<Record<Lang, Map<string, string>>> = {};

/** What a word means in the reader's language, if the glossary has it. */
export function meaning(word: string): string | undefined {
  const lang = language();
  known[lang] ??= read(lang === "fr" ? fr : en, 0);
  return known[lang].get(fold(word));
}
