// SPDX-License-Identifier: EUPL-1.2
import { afterEach, describe, expect, it } from "vitest";
import { ceiling, monthly, months, pieces } from "../src/components/days";
import { setLanguage } from "../src/i18n";
import {
  after,
  between,
  chances,
  dayAt,
  days,
  flowOn,
  running,
  searched,
  shownLeaks,
  zoneOf,
} from "../src/leaks";
import type { Page } from "../src/page";
import type { LeakRow, Leaks } from "../src/types";
import { told } from "../src/views/leak";
import { choices, coloured, times } from "../src/water";

const leak = (id: string, more: Partial<LeakRow> = {}): LeakRow => ({
  id,
  label: id,
  pipe_id: "C00",
  network_id: "bourg",
  district_id: "S1",
  district: "Secteur du Bas",
  kind: "burst",
  started_at: "2024-03-02T06:00:00+00:00",
  ended_at: null,
  detected_at: "2024-03-04T06:00:00+00:00",
  flow_m3_h: 2.5,
  flow_low: 2.1,
  flow_high: 3,
  probability: 0.8,
  eur_day: 48,
  lost_m3: 1740,
  lost_eur: 1392,
  pipes: 2,
  zone_km: 0.24,
  bounds: [3, 43, 3.1, 43.1],
  zone: [
    { pipe: "C00", share: 0.5 },
    { pipe: "C01", share: 0.3 },
  ],
  values: { start: "2024-03-02", step_s: 86_400, values: [2, 2.5, 2.5], low: [], high: [] },
  ...more,
});
const past = leak("past", {
  ended_at: "2024-01-04T10:00:00+00:00",
  probability: 0.5,
  zone: [{ pipe: "C00", share: 0.4 }],
  values: { start: "2024-01-02", step_s: 86_400, values: [1, null, 1], low: [], high: [] },
});
const answer: Leaks = {
  rows: [leak("alive"), past],
  searches: [
    {
      network: "bourg",
      from: "2024-01-01",
      to: "2024-03-05",
      train: ["2024-01-01", "2024-01-01"],
      train_chosen: true,
      leaks: 2,
      faults: [],
    },
  ],
  first: "2024-01-01",
  last: "2024-03-05",
};

/** A page whose server has searched leaks. */
function page(state: object, found: Leaks = answer): Page {
  const read = (path: string) =>
    path === "api/water/leaks"
      ? { status: "ok", value: found }
      : path === "api/water/breaks"
        ? { status: "ok", value: { total: 3 } }
        : { status: "loading" };
  return {
    state: { tab: "water", network: "leaks", moment: null, sheet: null, ...state },
    territory: {
      tables: [{ name: "pipe", count: 2 }],
      worksites: [{ name: "water", last_run: { id: "r" } }],
    },
    read,
  } as unknown as Page;
}

afterEach(() => setLanguage("fr"));

describe("days of a search", () => {
  it("go from the first to the last, which the end of the slider stands for", () => {
    const all = days(answer);
    expect(all.length).toBe(64);
    expect(dayAt(answer, all[1] ?? null)).toBe("2024-01-02");
    expect(dayAt(answer, null)).toBe("2024-03-05");
    expect(dayAt(answer, 9e7)).toBe("2024-03-05");
    expect(days({ first: null, last: null })).toEqual([]);
  });

  it("are counted whatever the clocks of the reader", () => {
    expect(between("2024-03-30", "2024-04-01")).toBe(2);
    expect(after("2024-02-28", 2)).toBe("2024-03-01");
  });
});

describe("leaks on a day", () => {
  it("run between their first day and their repair", () => {
    expect(flowOn(past, "2024-01-01")).toBeNull();
    expect(flowOn(past, "2024-01-02")).toBe(1);
    expect(flowOn(past, "2024-01-03")).toBeNull();
    expect(flowOn(past, "2024-02-01")).toBeNull();
    expect(flowOn(leak("alive"), "2024-03-05")).toBe(2.5);
    expect(running(answer.rows, "2024-01-04").map(({ leak: { id } }) => id)).toEqual(["past"]);
  });

  it("give each pipe the chance that one of them is there", () => {
    const found = chances(answer.rows);
    expect(found.get("C00")).toBeCloseTo(100 * (1 - 0.6 * 0.8));
    expect(found.get("C01")).toBeCloseTo(24);
  });

  it("colour the zones of the day, or of the one whose sheet is open", () => {
    expect(coloured(page({}))?.ids).toEqual(["C00", "C01"]);
    expect(coloured(page({}))?.classes).toEqual([5, 4]);
    expect(coloured(page({ moment: 86_400 }))?.ids).toEqual(["C00"]);
    const sheet = { table: "leak", id: "past" };
    expect(shownLeaks(page({ sheet })).map(({ id }) => id)).toEqual(["past"]);
    expect(zoneOf(page({ sheet }))).toMatchObject({ type: "LineString" });
    expect(zoneOf(page({}))).toBeNull();
    expect(times(page({})).length).toBe(64);
  });

  it("are offered only where they were searched", () => {
    expect(choices(page({}))).toContain("leaks");
    expect(choices(page({}))).toContain("breaks");
    const none = page({}, { ...answer, rows: [], searches: [] });
    expect(searched(none)).toBeNull();
    expect(choices(none)).not.toContain("leaks");
  });
});

describe("a leak in one sentence", () => {
  it("tells place, flow, since when, how sure and how much", () => {
    const text = told(leak("alive"));
    expect(text).toMatch(/Secteur du Bas.*2,5.*m³\/h.*2 mars 2024.*80.%.*48.€ par jour/);
    setLanguage("en");
    expect(told(past)).toMatch(/^Leak repaired.*4 January 2024/);
  });
});

describe("charts of days", () => {
  it("have months below and a round top", () => {
    expect(months({ from: "2024-01-15", to: "2024-03-02" })).toEqual(["2024-02-01", "2024-03-01"]);
    expect(ceiling([0.2, 7.1])).toBe(8);
    expect(ceiling([null, 0])).toBe(1);
  });

  it("are cut where a day is not known", () => {
    const series = { start: "2024-01-02", values: [1, 2, null, 3, 4] };
    const span = { from: "2024-01-01", to: "2024-01-06" };
    expect(
      pieces(
        series,
        span,
        (x) => x,
        (y) => y,
      ),
    ).toEqual(["1.0,1.0 2.0,2.0", "4.0,3.0 5.0,4.0"]);
  });

  it("stand as means of months in their table", () => {
    const [january, february] = monthly({ start: "2024-01-31", values: [2, 4, null, 6] });
    expect(january).toMatchObject({ month: "2024-01", value: 2, days: 1 });
    expect(february).toMatchObject({ month: "2024-02", value: 5, low: 5, high: 5, days: 2 });
  });
});
