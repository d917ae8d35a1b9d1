// SPDX-License-Identifier: EUPL-1.2
import { afterEach, describe, expect, it } from "vitest";
import { perDay, typeset } from "../src/format";
import { meaning, read } from "../src/glossary";
import { setLanguage } from "../src/i18n";
import { isStep, parse, serialise } from "../src/state";
import type { Around, Attribute, Entity } from "../src/types";
import { roundUp } from "../src/views/choice";
import { meanShare } from "../src/views/completeness";
import { effectOf } from "../src/views/options";
import { sentence } from "../src/views/sentence";

afterEach(() => setLanguage("fr"));

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const attributes = new Map<string, Attribute>([
  ["lamp_type", { name: "lamp_type", label: "Type" }],
  ["power_w", { name: "power_w", label: "Puissance", unit: "W" }],
  ["height_m", { name: "height_m", label: "Hauteur", unit: "m" }],
  ["floor_area_m2", { name: "floor_area_m2", label: "Surface", unit: "m²" }],
]);

function entity(row: Record<string, unknown>, more: Partial<Entity> = {}): Entity {
  return { row, label: "", ...more };
}

function around(...ties: [table: string, label: string][]): Around {
  const related = ties.map(([table, label]) => ({
    table,
    label: table,
    known: "fact" as Around["related"][0]["known"],
    count: 1,
    attribute: null,
    rows: [{ id: "x", label }],
  }));
  return { related, options: [], sources: [], findings: [] };
}

describe("the sentence of a sheet", () => {
  it("says of a lamp what is known, and that the rest is supposed", () => {
    const lamp = entity(
      { lamp_type: "HPS", power_w: 100, installed_on: "1998-03-01" },
      { estimates: [{ attribute: "height_m", value: 9, low: 7, high: 12, unit: "m" }] },
    );
    const said = sentence({
      table: "luminaire",
      entity: lamp,
      attributes,
      around: around(["street", "Rue du Lavoir"], ["cabinet", "Armoire 9"], ["district", "Bourg"]),
    });
    expect(plain(said)).toBe(
      "Lampe de type Sodium haute pression (SHP), puissance 100 W, hauteur de feu entre 7 et 12 m (supposé), Rue du Lavoir, alimentée par « Armoire 9 ». Posée en 1998. Quartier : Bourg.",
    );
  });

  it("never gives a supposed value as a fact", () => {
    const lamp = entity(
      {},
      { estimates: [{ attribute: "power_w", value: 80, low: 50, high: 120, unit: "W" }] },
    );
    const said = sentence({ table: "luminaire", entity: lamp, attributes, around: null });
    expect(plain(said)).toBe("Point lumineux, puissance entre 50 et 120 W (supposé).");
  });

  it("says what the lighting of a street uses and costs", () => {
    const figure = { scope: "street", entity: "V1", low: null, high: null };
    const street = entity(
      {},
      {
        indicators: [
          { ...figure, id: "1", indicator: "lighting_lamps", label: "", value: 6, unit: "1" },
          { ...figure, id: "2", indicator: "electricity", label: "", value: 2300, unit: "kWh/yr" },
          { ...figure, id: "3", indicator: "cost", label: "", value: 390, unit: "€/yr" },
        ],
      },
    );
    const said = sentence({ table: "street", entity: street, attributes, around: null });
    expect(plain(said)).toBe(
      "6 points lumineux : 2 300 kWh par an d’électricité, soit 390 € par an.",
    );
  });

  it("describes a building, and says nothing of what it does not know", () => {
    const town = entity({ use: "Administratif", height_m: 8.2, floors: 1, built_year: 1878 });
    const said = sentence({ table: "building", entity: town, attributes, around: null });
    expect(plain(said)).toBe(
      "Bâtiment d’usage administratif, 8,2 m de haut, 1 niveau, bâti en 1878.",
    );
    expect(sentence({ table: "tree", entity: entity({}), attributes, around: null })).toBe("");
  });

  it("is complete in English", () => {
    setLanguage("en");
    const town = entity({ use: "School", height_m: 8.2, floors: 2 });
    const said = sentence({ table: "building", entity: town, attributes, around: null });
    expect(plain(said)).toBe("Building, use: school, 8.2 m tall, 2 floors.");
  });
});

describe("a supposed neighbour", () => {
  it("is said to be supposed", () => {
    const near = around(["street", "Rue du Lavoir"]);
    for (const tie of near.related) tie.known = "estimate";
    const lamp = entity({ power_w: 35 });
    const said = sentence({ table: "luminaire", entity: lamp, attributes, around: near });
    expect(plain(said)).toBe("Point lumineux, puissance 35 W, Rue du Lavoir (supposé).");
  });
});

describe("the glossary", () => {
  it("gives the meaning of each word of a row, whatever its case", () => {
    const text =
      "| mot | code | norme | sens |\n|---|---|---|---|\n| VAN, TRI | npv | — | en euros |";
    const words = read(text, 0);
    expect(words.get("van")).toBe("en euros");
    expect(words.get("tri")).toBe("en euros");
    expect(words.has("---")).toBe(false);
  });

  it("is that of the documentation, in both languages", () => {
    expect(meaning("Éclairement")).toMatch(/lux/);
    expect(meaning("mot inconnu")).toBeUndefined();
    setLanguage("en");
    expect(meaning("illuminance")).toMatch(/lux/);
  });
});

describe("figures and sentences", () => {
  it("spread a yearly cost over its days", () => {
    const day = perDay({ value: 3652.5, low: 1826.25, high: null, unit: "€/yr" });
    expect(day).toEqual({ value: 10, low: 5, high: null, unit: "€/d" });
    expect(perDay({ value: 3, unit: "€" })).toBeUndefined();
  });

  it("write French as French is written", () => {
    expect(typeset("connue à ±10 % ; « coupure » : l'an")).toBe(
      "connue à ±10\u00a0%\u00a0; «\u00a0coupure\u00a0»\u00a0: l’an",
    );
    setLanguage("en");
    expect(typeset("it's 10 % ; so")).toBe("it's 10 % ; so");
  });

  it("keep the mean of the shares, and none of nothing", () => {
    const share = (known_share: number) => ({ known_share }) as Parameters<typeof meanShare>[0][0];
    expect(meanShare([share(1), share(0.5)])).toBe(0.75);
    expect(meanShare([])).toBe(0);
  });

  it("round a budget up to a figure that is easily said", () => {
    expect([1, 216_706, 500_000, 0.3].map(roundUp)).toEqual([1, 500_000, 500_000, 0.5]);
  });

  it("take the investment of an option as certain when no effect says more", () => {
    expect(effectOf({ capex_eur: 4000, effects: {} }, "capex")).toEqual({ value: 4000, unit: "€" });
  });
});

describe("the address of the views", () => {
  it("keeps filters, and takes no nonsense", () => {
    const state = parse("?tab=findings&severity=degrades&about=luminaire&code=JUM-L011");
    expect(serialise(state)).toBe("?tab=findings&severity=degrades&about=luminaire&code=JUM-L011");
    const wild = parse("?severity=x&about=DROP TABLE&code=<b>&budget=-3&years=900&prudence=101");
    expect(serialise(wild)).toBe("?");
  });

  it("moves a slider without a step back, and a filter with one", () => {
    const start = parse("");
    expect(isStep(start, { ...start, budget: 5000, years: 6, climate: 10, prudence: 5 })).toBe(
      false,
    );
    expect(isStep(start, { ...start, severity: "blocks" })).toBe(true);
  });
});
