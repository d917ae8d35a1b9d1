// SPDX-License-Identifier: EUPL-1.2
/** Numbers, units, intervals and dates in the reader's language. */

import { language, locale, maybe, t } from "./i18n";
import type { Figure } from "./types";

const NO_BREAK = "\u00a0";
const NARROW = "\u202f";

/** Clauses of one sentence: French sets its semicolon apart. */
export function clauses(parts: readonly string[]): string {
  return parts.join(language() === "fr" ? " ; " : "; ");
}

/** A number as written in the language, with a true minus sign; `fixed` keeps final zeros. */
export function number(value: number, digits = 0, fixed = false): string {
  const text = new Intl.NumberFormat(locale(), {
    maximumFractionDigits: digits,
    minimumFractionDigits: fixed ? digits : 0,
  }).format(value);
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

/** Decimals that leave about three figures that mean something; negative: rounded to tens. */
export function decimals(value: number): number {
  const size = Math.abs(value);
  return size === 0 ? 0 : Math.min(6, 2 - Math.floor(Math.log10(size)));
}

/** A number rounded to so many decimals, tens or hundreds included. */
function rounded(value: number, digits: number, fixed = false): string {
  if (digits >= 0) return number(value, digits, fixed);
  const step = 10 ** -digits;
  return number(Math.round(value / step) * step);
}

interface Unit {
  /** Unit without its "per year". */
  base: string;
  yearly: boolean;
}

/** Splits "kWh/yr" into its base and its period. */
export function parseUnit(unit: string | null | undefined): Unit {
  // "kWh/(lamp·yr)" is a yearly "kWh/lamp".
  const text = (unit ?? "").trim().replace(/\/\((.+)·(?:yr|an)\)$/, "/$1/yr");
  const cut = text.match(/^(.*?)\s*(?:\/\s*(?:yr|year|an|a)|[_ ]year)$/);
  const base = (cut ? (cut[1] ?? "") : text)
    .replace(/^EUR$/i, "€")
    .replace(/(^|\/)(k?g|t)CO2e?/i, "$1$2 CO₂e");
  return { base: base === "1" ? "" : base, yearly: Boolean(cut) };
}

const SCALES: Record<string, [from: number, unit: string][]> = {
  kWh: [
    [1e6, "GWh"],
    [1e4, "MWh"],
  ],
  W: [
    [1e6, "MW"],
    [1e4, "kW"],
  ],
  kW: [[1e4, "MW"]],
  "€": [
    [1e6, "M€"],
    [1e5, "k€"],
  ],
  m: [[1e4, "km"]],
};
/** Below two years, months are what people count in. */
const MONTHS = { unit: "month", factor: 1 / 12 };
const isYears = (base: string): boolean => /^(yr|y|a|years?)$/.test(base);

const FACTORS: Record<string, number> = {
  MWh: 1e3,
  GWh: 1e6,
  kW: 1e3,
  MW: 1e6,
  "M€": 1e6,
  "k€": 1e3,
  km: 1e3,
};

/** The unit that a size reads best in, and what to divide by. */
export function scale(size: number, base: string): { unit: string; factor: number } {
  if (isYears(base)) return Math.abs(size) < 2 && size !== 0 ? MONTHS : { unit: base, factor: 1 };
  const step = SCALES[base]?.find(([from]) => Math.abs(size) >= from);
  if (!step) return { unit: base, factor: 1 };
  const factor = FACTORS[step[1]] ?? 1;
  return { unit: step[1], factor: base === "kW" ? factor / 1e3 : factor };
}

/** A unit in words or signs: "GWh par an" in sentences, "GWh/an" in tables; "1 mois", "1 month". */
export function unitText(base: string, yearly: boolean, sentence: boolean, count = 2): string {
  const one = new Intl.PluralRules(locale()).select(Math.abs(count)) === "one";
  const word = maybe(`unit.${base}${one ? ".one" : ""}`, maybe(`unit.${base}`, base));
  // A tonne stays with what it is of, and a year with what it counts.
  const whole = word.replace(" CO₂", `${NO_BREAK}CO₂`);
  if (!yearly) return whole;
  return whole + (sentence ? `${NO_BREAK}${t("unit.per_year")}` : t("unit.slash_year"));
}

function withUnit(text: string, unit: string): string {
  if (!unit) return text;
  return text + (unit === "%" ? NARROW : NO_BREAK) + unit;
}

/** One value with its unit, scaled; `about` when the value is uncertain and its last figures say nothing. */
export function quantity(
  value: number | null | undefined,
  unit: string,
  sentence = false,
  about = false,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return t("none");
  const { base, yearly } = parseUnit(unit);
  const scaled = scale(value, base);
  const shown = value / scaled.factor;
  const digits = digitsFor(shown, scaled.unit);
  const kept = about ? digits : Math.max(0, digits);
  const count = Math.round(shown * 10 ** kept) / 10 ** kept;
  return withUnit(rounded(shown, kept), unitText(scaled.unit, yearly, sentence, count));
}

/** A figure and its unit apart, so that the number can stand out: ["≈ 405", "MWh/an"]. */
export function parts(text: string): [number: string, unit: string] {
  const cut = text.match(/^((?:≈\s)?[−\d][\d.,\s]*\d|(?:≈\s)?−?\d)\s(\D.*)$/);
  return cut ? [cut[1] as string, cut[2] as string] : [text, ""];
}

/** The central value of an uncertain figure: « ≈ 405 MWh par an »; a sure one is given whole. */
export function central(figure: Figure, sentence = false): string {
  const sure = !hasInterval(figure);
  return (sure ? "" : `≈${NO_BREAK}`) + quantity(figure.value, figure.unit, sentence, !sure);
}

/** Three figures are enough, and what is counted in years or months needs no more than tenths. */
function digitsFor(value: number, unit: string): number {
  if (unit === "" && Number.isInteger(value)) return 0;
  if (unit === "month") return 0;
  return Math.min(isYears(unit) ? 1 : 6, decimals(value));
}

const known = (x: number | null | undefined): x is number => Number.isFinite(x);

/** Whether an interval says more than the value; one of its ends may be unknown. */
export function hasInterval({ low, high, value }: Figure): boolean {
  if (!known(low) || !known(high)) return known(low) || known(high);
  return Math.abs(high - low) > 1e-9 * Math.max(1, Math.abs(value ?? high));
}

/** An interval in words, in the unit its value reads best in: « entre 9,1 et 14,2 GWh par an ». */
export function interval({ value, low, high, unit }: Figure, sentence = true): string {
  const { base, yearly } = parseUnit(unit);
  const both = [low, high].filter(known);
  const largest = Math.max(...both.map(Math.abs));
  const scaled = scale(known(value) && value !== 0 ? value : largest, base);
  const ends = both.map((end) => end / scaled.factor);
  const digits = digitsFor(largest / scaled.factor, scaled.unit);
  // Both ends show the same decimals, and none when neither has any: « entre 2,4 et 4,0 ».
  const fewest = [...Array(Math.max(0, digits)).keys()].find((count) =>
    ends.every((end) => number(end, count) === number(end, digits)),
  );
  const [first = "", second = ""] = ends.map((end) => rounded(end, fewest ?? digits, true));
  const text =
    both.length === 2
      ? t("between", { low: first, high: second })
      : t(known(low) ? "at_least" : "at_most", { end: first });
  return withUnit(text, unitText(scaled.unit, yearly, sentence));
}

/** A figure in a sentence: its interval when there is one, else its value. */
export function inWords(figure: Figure): string {
  return hasInterval(figure) ? interval(figure) : quantity(figure.value, figure.unit, true);
}

/** A yearly figure as a day of it, for what is paid all year round. */
export function perDay(figure: Figure): Figure | undefined {
  const { base, yearly } = parseUnit(figure.unit);
  if (!yearly) return undefined;
  const day = (value: number | null | undefined) => (known(value) ? value / 365.25 : null);
  return {
    value: day(figure.value),
    low: day(figure.low),
    high: day(figure.high),
    unit: `${base}/d`,
  };
}

export function percent(share: number): string {
  return `${number(share * 100, share > 0 && share < 0.1 ? 1 : 0)}${NARROW}%`;
}

/** A date in full; with its time when asked. */
export function date(value: string | null | undefined, time = false): string {
  if (!value) return t("none");
  // A vintage may be a year, or words.
  if (!/^\d{4}-\d\d-\d\d/.test(value)) return value;
  const moment = new Date(/^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T12:00:00` : value);
  if (Number.isNaN(moment.getTime())) return value;
  const day = new Intl.DateTimeFormat(locale(), { dateStyle: "long" }).format(moment);
  if (!time) return day;
  const clock = new Intl.DateTimeFormat(locale(), { timeStyle: "short" }).format(moment);
  // « à 9 h 05 », as French writes hours.
  const hour =
    language() === "fr" ? clock.replace(/^0?(\d+):/, `$1${NO_BREAK}h${NO_BREAK}`) : clock;
  return t("date.at", { day, hour });
}

/** A date where there is little room: « 12 mars 2024 », « 31 déc. 2024 ». */
export function shortDate(value: string): string {
  const moment = new Date(`${value.slice(0, 10)}T12:00:00`);
  if (Number.isNaN(moment.getTime())) return value;
  return new Intl.DateTimeFormat(locale(), {
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(moment);
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${number(seconds, seconds < 10 ? 1 : 0)}${NO_BREAK}s`;
  return `${number(Math.floor(seconds / 60))}${NO_BREAK}min ${number(seconds % 60)}${NO_BREAK}s`;
}

/** A time since the beginning of an event: hours and minutes. */
export function clock(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [h, min] = [Math.floor(minutes / 60), minutes % 60];
  const hours = h ? `${number(h)}${NO_BREAK}h` : "";
  return [hours, min || !h ? `${min}${NO_BREAK}min` : ""].filter(Boolean).join(NO_BREAK);
}

/** A time of day, from midnight [s]: « 8 h 05 », 8:05; of a later day, with its number. */
export function hour(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [day, h, min] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const text =
    language() === "fr"
      ? `${h}${NO_BREAK}h${min ? `${NO_BREAK}${String(min).padStart(2, "0")}` : ""}`
      : `${h}:${String(min).padStart(2, "0")}`;
  return day ? t("water.time.later", { time: text, day: number(day + 1) }) : text;
}

/** A sentence of the server with the spaces of its language: French signs never begin a line. */
export function typeset(text: string): string {
  if (language() !== "fr") return text;
  return text
    .replace(/ ([;:?!»%])/g, `${NO_BREAK}$1`)
    .replace(/« /g, `«${NO_BREAK}`)
    .replace(/(\d) (?=\d{3}\b)/g, `$1${NARROW}`)
    .replaceAll("'", "’");
}

/** Any value of a row, as text. */
export function any(value: unknown, unit = ""): string {
  if (value === null || value === undefined || value === "") return t("none");
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (typeof value === "number")
    return Number.isInteger(value) && !unit ? String(value) : quantity(value, unit);
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? date(text) : text;
}
