// SPDX-License-Identifier: EUPL-1.2
/** Words of the page: two catalogues with the same keys. */

import en from "./i18n/en.json";
import fr from "./i18n/fr.json";
import type { Lang } from "./state";

export type Key = keyof typeof fr;
type Values = Record<string, string | number>;

const catalogues: Record<Lang, Record<Key, string>> = { fr, en };
let current: Lang = "fr";

export function setLanguage(lang: Lang): void {
  current = lang;
}

export function language(): Lang {
  return current;
}

/** The locale that numbers and dates are written in. */
export function locale(): string {
  return current === "fr" ? "fr-FR" : "en-GB";
}

/** The sentence of a key, its {names} replaced. */
export function t(key: Key, values: Values = {}): string {
  return catalogues[current][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

/** The sentence for a count: keys end in .one and .other. */
export function plural(key: string, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(locale()).select(count) === "one" ? "one" : "other";
  return t(`${key}.${form}` as Key, { n: count, ...values });
}

/** The sentence of a key built from data, or what stands for it. */
export function maybe(key: string, otherwise: string): string {
  return key in catalogues[current] ? t(key as Key) : otherwise;
}
