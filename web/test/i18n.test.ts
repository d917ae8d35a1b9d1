// SPDX-License-Identifier: EUPL-1.2
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { language, locale, maybe, plural, setLanguage, t } from "../src/i18n";
import en from "../src/i18n/en.json";
import fr from "../src/i18n/fr.json";

const source = join(import.meta.dirname, "../src");
const code = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join(source, name), "utf8"))
  .join("\n");

afterEach(() => setLanguage("fr"));

describe("catalogues", () => {
  it("have the same keys in the same order", () => {
    expect(Object.keys(en)).toEqual(Object.keys(fr));
  });

  it("leave no sentence empty and no placeholder out", () => {
    for (const key of Object.keys(fr) as (keyof typeof fr)[]) {
      const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
      expect(fr[key].trim(), key).not.toBe("");
      expect(names(en[key]), key).toEqual(names(fr[key]));
    }
  });

  it("hold every key that the code writes out", () => {
    const asked = [...code.matchAll(/\bt\(\s*"([^"]+)"/g)].map((m) => m[1]);
    expect(asked.length).toBeGreaterThan(60);
    expect(asked.filter((key) => !((key as string) in fr))).toEqual([]);
  });

  it("hold no key that nothing uses", () => {
    const built =
      /^(unit|lamp|use|attribute|layer|metric|tab|severity|panel|legend|effect|one|actor|history|worksite|draw\.help|carrier|end_use|buildings\.order|twin\.within|choice\.(?:left|budget|years|climate|prudence)|roads?|leaks?\.(?:fault|quantity|kind)|duties\.verdict|water\.(?:shown|means|known|classes|element|quantity))\.|\.(one|other)$/;
    const unused = Object.keys(fr).filter((key) => !built.test(key) && !code.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });

  it("write French with its own spaces and apostrophes", () => {
    for (const [key, text] of Object.entries(fr)) {
      expect(text, key).not.toMatch(/'/);
      expect(text, key).not.toMatch(/[^\u00a0][?!;»]|«[^\u00a0]| [:%]/);
    }
  });
});

describe("language", () => {
  it("is French unless told", () => {
    expect(language()).toBe("fr");
    expect(t("tab.today")).toBe("Aujourd’hui");
    expect(locale()).toBe("fr-FR");
  });

  it("changes for everything at once", () => {
    setLanguage("en");
    expect(t("tab.today")).toBe("Today");
    expect(locale()).toBe("en-GB");
  });

  it("fills the placeholders and leaves unknown ones visible", () => {
    expect(t("estimated.share", { share: "40 %" })).toBe("part estimée\u00a0: 40 %");
    expect(t("estimated.share")).toBe("part estimée\u00a0: {share}");
  });

  it("counts as the language does: zero is singular in French only", () => {
    expect(plural("findings", 0)).toBe("0 constat");
    expect(plural("findings", 2)).toBe("2 constats");
    setLanguage("en");
    expect(plural("findings", 0)).toBe("0 findings");
    expect(plural("findings", 1)).toBe("1 finding");
  });

  it("falls back on the given text for a key built from data", () => {
    expect(maybe("lamp.HPS", "HPS")).toBe("Sodium haute pression (SHP)");
    expect(maybe("lamp.XYZ", "XYZ")).toBe("XYZ");
  });
});
