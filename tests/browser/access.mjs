// SPDX-License-Identifier: EUPL-1.2
// RGAA and WCAG 2.2 AA: axe in every view, and by our own means what axe cannot see.

import { strict as assert } from "node:assert";
import { DESK, PHONE, Reader } from "./browser.mjs";

const SHEETS = ["luminaire/PL000", "street/V00", "building/B00", "district/Q1"];

/** A map without layers is at rest at once; the first view keeps those of every reader. */
const BARE = "&layers=";

/** Every view of the page: its tabs as the page itself lists them, then what opens over them. */
async function views(reader) {
  const tabs = await reader.page.evaluate(() => [...document.querySelectorAll("[role=tab]")].map((tab) => tab.id.replace("tab-", "")));
  assert.ok(tabs.length >= 5, `${tabs}`);
  const row = await reader.context.request.get(`${reader.base}api/indicators?scope=territory&limit=1`);
  const figure = (await row.json()).rows[0].id;
  return [...tabs.map((tab) => `tab=${tab}`), ...SHEETS.map((sheet) => `sheet=${sheet}`), "table=1", `why=indicator/${figure}`, "why=option/o-led", "tab=decide&wide=1"];
}

/** Moves at once: what these scenarios look at is at rest anyway. */
const STILL = { reducedMotion: "reduce" };
/** Views in which every piece of the page is drawn, for the dresses that only change colours, words or room. */
const EVERYWHERE = ["tab=lighting", "tab=decide", "sheet=luminaire/PL000", "table=1"];
const DRESSES = [0, 1].flatMap((night) => ["fr", "en"].flatMap((lang) => [DESK, PHONE].map((size) => ({ night, lang, size }))));

/** Every view as it opens, then each theme, language and width on a few; JUMEAU_AXE=all crosses them all. */
export async function axe_finds_nothing_in_any_view({ browser, base }) {
  const reader = await Reader.open(browser, base, "", STILL);
  const list = await views(reader);
  const whole = process.env.JUMEAU_AXE === "all";
  const faults = [];
  for (const [rank, { night, lang, size }] of DRESSES.entries()) {
    await reader.page.setViewportSize(size);
    for (const view of whole || rank === 0 ? list : list.filter((name) => EVERYWHERE.includes(name))) {
      const bare = view === list[0] ? "" : BARE;
      await reader.step(`?${view}&night=${night}&lang=${lang}${bare}`);
      const found = await reader.faults();
      faults.push(...found.map((fault) => `${view} night=${night} lang=${lang} ${size.width} px: ${fault}`));
    }
  }
  assert.deepEqual(faults, []);
  await reader.close();
}

export async function landmarks_and_headings_tell_the_page({ browser, base }) {
  const reader = await Reader.open(browser, base, "", STILL);
  for (const view of await views(reader)) {
    await reader.step(`?${view}${BARE}`);
    const told = await reader.page.evaluate(() => {
      const seen = (element) => element.checkVisibility();
      const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(seen).map((element) => Number(element.tagName[1]));
      const dialog = document.querySelector("dialog[open]");
      return {
        mains: document.querySelectorAll("main").length,
        banners: document.querySelectorAll("ju-app > header").length,
        tops: levels.filter((level) => level === 1).length,
        jumps: levels.filter((level, i) => i > 0 && level > levels[i - 1] + 1),
        title: document.title,
        dialog: dialog && document.getElementById(dialog.getAttribute("aria-labelledby"))?.textContent.trim(),
        nameless: [...document.querySelectorAll("section[aria-label=''], dialog:not([aria-labelledby])")].length,
      };
    });
    const { title, dialog, ...rest } = told;
    assert.deepEqual(rest, { mains: 1, banners: 1, tops: 1, jumps: [], nameless: 0 }, view);
    assert.match(title, /Le Bourg/, view);
    if (/why|table/.test(view)) assert.ok(dialog, `the dialog of ${view} has a name`);
  }
  await reader.close();
}

/** Runs in the page: whether the focus is seen, on the screen, and under nothing. */
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const shape = element.matches("input") ? (element.closest("label") ?? element) : element;
  const box = shape.getBoundingClientRect();
  const ring = [element, ...shape.querySelectorAll("*"), shape].some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
  });
  const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
  const points = [[0.5, 0.5], [0.05, 0.2], [0.95, 0.8], [0.05, 0.8], [0.95, 0.2]];
  const reached = points.some(([x, y]) => {
    const at = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
    return at && (shape.contains(at) || at.contains(shape));
  });
  const by = document.getElementById(element.getAttribute("aria-labelledby")?.split(" ")[0] ?? "");
  const name = element.getAttribute("aria-label") ?? (by ?? element.labels?.[0] ?? element).textContent;
  window.order ??= new WeakMap();
  const again = window.order.has(element);
  window.order.set(element, true);
  return { tag: element.tagName.toLowerCase(), name: name.trim().replace(/\s+/g, " ").slice(0, 50), ring, inside, reached, again };
}

export async function tab_goes_through_everything_once_and_is_always_seen({ browser, base }) {
  const reader = await Reader.open(browser, base, "", STILL);
  for (const [size, list] of [[DESK, await views(reader)], [{ width: 720, height: 450 }, ["tab=decide", "tab=lighting"]], [PHONE, ["tab=today", "sheet=street/V00"]]]) {
    await reader.page.setViewportSize(size);
    for (const view of list.filter((name) => !/why|table/.test(name))) {
      await reader.page.evaluate(() => {
        document.activeElement?.blur();
        delete window.order;
      });
      await reader.step(`?${view}${BARE}`);
      await reader.page.evaluate(() => document.querySelector(".skip").focus());
      await reader.page.evaluate(focused);
      const expected = await reader.page.evaluate(
        () =>
          [...document.querySelectorAll("a[href], button, select, input, summary, textarea, [tabindex='0']")].filter(
            (element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }),
          ).length,
      );
      const faults = [];
      let stops = 1;
      for (; stops <= expected; stops++) {
        await reader.page.keyboard.press("Tab");
        const stop = await reader.page.evaluate(focused);
        if (stop === null || stop.again) break;
        if (!stop.ring || !stop.inside || !stop.reached || !(stop.name || stop.tag === "canvas")) faults.push(stop);
      }
      assert.deepEqual(faults, [], `${view} at ${size.width} px`);
      // Radio buttons of one group are one stop.
      assert.ok(stops >= 0.6 * expected, `${view} at ${size.width} px: ${stops} stops of ${expected}`);
    }
  }
  await reader.close();
}

export async function targets_are_large_enough_everywhere({ browser, base }) {
  const reader = await Reader.open(browser, base, "", { ...STILL, viewport: PHONE, hasTouch: true });
  const small = [];
  for (const view of await views(reader)) {
    await reader.step(`?${view}${BARE}`);
    const found = await reader.page.evaluate(() =>
      [...document.querySelectorAll("button, select, summary, input, a[href]")]
        .map((element) => (element.matches("input") ? (element.closest("label") ?? element) : element))
        .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".maplibregl-control-container, .skip"))
        .map((element) => {
          const box = element.getBoundingClientRect();
          // A word inside a sentence is as high as its line (WCAG 2.5.8, inline); in a list or a cell, 24 px.
          const inline = element.matches(".term, p a");
          const least = inline ? 0 : element.matches(".row-link, li a:not(.link-button), td a, dd a, .attribution *") ? 23.5 : 43.5;
          return { box, least, text: (element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 40) };
        })
        .filter(({ box, least }) => box.width > 0 && (box.height < least || box.width < Math.min(least, 24)))
        .map(({ box, text, least }) => `${text}: ${Math.round(box.width)} × ${Math.round(box.height)} for ${Math.ceil(least)}`),
    );
    small.push(...found.map((text) => `${view} ${text}`));
  }
  assert.deepEqual([...new Set(small)], []);
  await reader.close();
}

/** Runs in the page: text that is cut off, when it was not before. */
function cut() {
  return [...document.querySelectorAll("ju-app *")]
    .filter((element) => element.checkVisibility() && !element.closest(".hidden-text, svg, .maplibregl-map, select") && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((element) => {
      const { overflowX, overflowY } = getComputedStyle(element);
      const wide = overflowX !== "visible" && overflowX !== "auto" && element.scrollWidth > element.clientWidth + 1;
      const high = overflowY !== "visible" && overflowY !== "auto" && element.scrollHeight > element.clientHeight + 1;
      return wide || high;
    })
    .map((element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
}

export async function text_spacing_of_the_reader_cuts_nothing({ browser, base }) {
  const reader = await Reader.open(browser, base, "", STILL);
  const list = await views(reader);
  for (const size of [DESK, PHONE]) {
    await reader.page.setViewportSize(size);
    for (const view of list) {
      await reader.step(`?${view}${BARE}`);
      await reader.page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }");
        document.adoptedStyleSheets = [sheet];
      });
      assert.deepEqual(await reader.page.evaluate(cut), [], `${view} at ${size.width} px`);
      assert.equal(await reader.overflows(), false, `${view} at ${size.width} px sticks out`);
    }
  }
  await reader.close();
}

export async function a_strong_zoom_loses_nothing({ browser, base }) {
  // 1440 × 900 at 200 %, 1280 × 1024 at 400 %.
  for (const [width, height, deviceScaleFactor] of [[720, 450, 2], [320, 256, 4]]) {
    const reader = await Reader.open(browser, base, "", { ...STILL, viewport: { width, height }, deviceScaleFactor: Math.min(2, deviceScaleFactor) });
    for (const view of await views(reader)) {
      await reader.step(`?${view}${BARE}`);
      assert.equal(await reader.overflows(), false, `${view} at ${width} px sticks out`);
      assert.deepEqual(await reader.page.evaluate(cut), [], `${view} at ${width} px`);
      const lost = await reader.page.evaluate(() => {
        const over = document.querySelector("dialog[open]");
        return [...(over ?? document).querySelectorAll("button, select, h2, h3, a[href]")]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".hidden-text, .skip"))
          .filter((element) => {
            element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
            const box = element.getBoundingClientRect();
            const [x, y] = [Math.max(1, box.left + Math.min(box.width, innerWidth) / 2), box.top + Math.min(box.height / 2, 10)];
            const at = document.elementFromPoint(x, y);
            return !at || !(element.contains(at) || at.contains(element));
          })
          .map((element) => (element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 40));
      });
      assert.deepEqual(lost, [], `${view} at ${width} px: out of reach`);
    }
    await reader.close();
  }
}

export async function live_regions_say_what_counts_and_no_more({ browser, base }) {
  const reader = await Reader.open(browser, base);
  await reader.page.evaluate(() => {
    window.told = [];
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const region = (target.nodeType === 3 ? target.parentElement : target)?.closest("[aria-live], [role=status], [role=alert]");
        const text = region?.textContent.trim().replace(/\s+/g, " ");
        if (text && text !== window.told.at(-1)) window.told.push(text);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const told = async () => {
    await reader.page.waitForTimeout(500);
    return reader.page.evaluate(() => window.told.splice(0));
  };
  await reader.page.locator(".maplibregl-canvas").focus();
  for (let i = 0; i < 4; i++) await reader.page.keyboard.press("+");
  await reader.ready();
  const moved = await told();
  assert.ok(moved.length >= 1 && moved.length <= 2, `four presses are told at most twice: ${JSON.stringify(moved)}`);
  assert.match(moved.at(-1), /points? lumineux/);
  await reader.tab("Décider").click();
  await reader.ready();
  const opened = await told();
  assert.ok(opened.length <= 2, `a tab speaks by its focus, not by a region: ${JSON.stringify(opened)}`);
  await reader.close();
}

export async function dialogs_have_a_name_hold_the_focus_and_give_it_back({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=lighting");
  const { keyboard } = reader.page;
  for (const open of [reader.button(/^Pourquoi ce chiffre/).first(), reader.button(/en tableau/).first()]) {
    const name = await open.evaluate((element) => element.getAttribute("aria-label") ?? element.textContent.trim());
    await open.focus();
    await keyboard.press("Enter");
    await reader.page.locator("dialog[open]").waitFor();
    await reader.ready();
    assert.ok((await reader.page.getByRole("dialog").getAttribute("aria-labelledby"))?.length, name);
    for (const key of ["Shift+Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"]) {
      await keyboard.press(key);
      assert.ok((await reader.focus()).inDialog, `${key} leaves the dialog of ${name}`);
    }
    await keyboard.press("Escape");
    await reader.page.locator("dialog").waitFor({ state: "detached" });
    assert.equal((await reader.focus()).text, name, "the focus goes back");
  }
  await reader.close();
}

export async function a_sheet_takes_the_focus_and_gives_it_back({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=lighting");
  const link = reader.page.locator(".panel-body .row-link").first();
  const name = (await link.innerText()).trim();
  await link.focus();
  await reader.page.keyboard.press("Enter");
  await reader.page.locator(".sheet h2").waitFor();
  await reader.ready();
  assert.equal((await reader.focus()).tag, "h2", "the title is read first");
  await reader.page.keyboard.press("Escape");
  await reader.page.locator(".sheet").waitFor({ state: "detached" });
  assert.equal((await reader.focus()).text, name, "back on the link that opened it");
  await reader.close();
}

export async function what_is_under_the_pointer_still_reads({ browser, base }) {
  const reader = await Reader.open(browser, base);
  const faults = [];
  for (const night of [0, 1]) {
    for (const [view, selectors] of [["tab=decide", [".button", ".link-button", ".segments label:nth-of-type(2)", ".tab[aria-selected=false]", ".tool-button", ".icon-button"]], ["tab=lighting", [".row-link", ".why", ".switch", ".layers-head"]]]) {
      await reader.step(`?${view}&night=${night}${BARE}`);
      for (const selector of selectors) {
        const one = reader.page.locator(selector).filter({ visible: true }).first();
        if ((await one.count()) === 0) continue;
        await one.hover();
        await reader.page.waitForTimeout(200);
        const mark = await one.evaluate((element) => {
          element.dataset.hovered = "";
          return "[data-hovered]";
        });
        faults.push(...(await reader.faults(mark)).filter((fault) => /contrast/.test(fault)).map((fault) => `${selector} night=${night}: ${fault}`));
        await one.evaluate((element) => delete element.dataset.hovered);
      }
    }
  }
  assert.deepEqual(faults, []);
  await reader.close();
}

export async function high_contrast_keeps_every_state_apart({ browser, base }) {
  const reader = await Reader.open(browser, base, "?tab=decide", { forcedColors: "active" });
  const looks = await reader.page.evaluate(() => {
    const look = (selector) => {
      const { color, backgroundColor, borderBlockEndColor, borderBlockEndStyle } = getComputedStyle(document.querySelector(selector));
      return [color, backgroundColor, borderBlockEndStyle === "none" ? "" : borderBlockEndColor].join(" ");
    };
    return {
      tab: [look(".tab[aria-selected=true]"), look(".tab[aria-selected=false]")],
      choice: [look(".segments input:checked + span"), look(".segments input:not(:checked) + span")],
      option: getComputedStyle(document.querySelector(".option")).borderBlockEndStyle,
    };
  });
  assert.notEqual(...looks.tab, "the tab chosen is told from the others");
  assert.notEqual(...looks.choice, "the choice made is told from the others");
  assert.equal(looks.option, "solid");
  await reader.page.keyboard.press("Tab");
  await reader.page.keyboard.press("Tab");
  const { ring } = await reader.page.evaluate(focused);
  assert.ok(ring, "the focus is outlined");
  const [on, off] = await reader.page.evaluate(() => {
    const look = (input) => getComputedStyle(input.nextElementSibling).backgroundColor;
    return [look(document.querySelector(".switch input:checked")), look(document.querySelector(".switch input:not(:checked)"))];
  });
  assert.notEqual(on, off, "a switch that is on is told from one that is off");
  await reader.close();
}
