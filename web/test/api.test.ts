// SPDX-License-Identifier: EUPL-1.2
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, Reader, retryAfter, wait } from "../src/api";
import { failed } from "../src/components/states";
import { Watch } from "../src/watch";

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });
const coded = {
  error: { code: "JUM-A011", what: "Trop de demandes.", why: "", remedy: "Attendez." },
};

/** Answers given one after the other; the last one again and again. */
function server(...answers: (() => Response)[]): { asked: string[] } {
  const asked: string[] = [];
  let next = 0;
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    const answer = answers[Math.min(next++, answers.length - 1)] as () => Response;
    return answer();
  });
  return { asked };
}
const gone = (): Response => {
  throw new TypeError("network");
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { visibilityState: "visible" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the time before the next try", () => {
  it("doubles up to half a minute", () => {
    expect([0, 1, 2, 3, 4, 5, 50].map((tries) => wait(tries))).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  it("is what the server asks, within reason", () => {
    expect(wait(0, 7)).toBe(7);
    expect(wait(3, 86_400)).toBe(120);
  });

  it("is read from seconds and from dates", () => {
    const now = Date.parse("2026-11-22T10:00:00Z");
    expect(retryAfter("12", now)).toBe(12);
    expect(retryAfter("Sun, 22 Nov 2026 10:00:30 GMT", now)).toBe(30);
    expect(retryAfter("Sun, 22 Nov 2026 09:00:00 GMT", now)).toBe(1);
    expect(retryAfter("soon", now)).toBeNull();
    expect(retryAfter(null, now)).toBeNull();
  });
});

describe("the reader", () => {
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  it("asks once, and tells when the answer is there", async () => {
    const { asked } = server(() => json({ n: 1 }));
    const changed = vi.fn();
    const reader = new Reader(changed);
    expect(reader.get("/a").status).toBe("loading");
    reader.get("/a");
    await settle();
    expect(asked).toEqual(["/a"]);
    expect(changed).toHaveBeenCalledOnce();
    expect(reader.get("/a")).toEqual({ status: "ok", value: { n: 1 } });
  });

  it.each([429, 503, 504])("asks a busy server (%d) again when it said", async (status) => {
    const busy = (): Response => json(coded, status, { "retry-after": "5" });
    const { asked } = server(busy, () => json({ n: 2 }));
    const reader = new Reader(() => {});
    reader.get("/a");
    await settle();
    const first = reader.get("/a");
    expect(first).toMatchObject({
      status: "failed",
      error: { code: "JUM-A011", status, after: 5 },
    });
    await vi.advanceTimersByTimeAsync(4_900);
    reader.get("/a");
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    reader.get("/a");
    await settle();
    expect(reader.get("/a")).toEqual({ status: "ok", value: { n: 2 } });
  });

  it("gives up by itself after a while, and not when the reader insists", async () => {
    const { asked } = server(() => json(coded, 503));
    const reader = new Reader(() => {});
    for (let second = 0; second < 200; second++) {
      reader.get("/a");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(asked).toHaveLength(6);
    expect(reader.get("/a")).toMatchObject({ error: { after: null } });
    reader.retry();
    reader.get("/a");
    expect(asked).toHaveLength(7);
  });

  it("does not ask again for what is not there", async () => {
    const { asked } = server(() => json(coded, 404));
    const reader = new Reader(() => {});
    reader.get("/a");
    await vi.advanceTimersByTimeAsync(60_000);
    reader.get("/a");
    expect(asked).toHaveLength(1);
  });

  it("shows the former value until the new one is there", async () => {
    let version = 1;
    server(() => json({ version }));
    const reader = new Reader(() => {});
    reader.get("/a");
    await settle();
    version = 2;
    reader.refresh();
    expect(reader.get("/a")).toEqual({ status: "ok", value: { version: 1 } });
    await settle();
    expect(reader.get("/a")).toEqual({ status: "ok", value: { version: 2 } });
  });

  it("tells apart no server, an unreadable answer and an error without words", async () => {
    const heard = vi.fn();
    for (const [answer, code, answered] of [
      [gone, "offline", false],
      [() => new Response("<html>"), "unreadable", true],
      [() => new Response("<html>", { status: 504 }), "HTTP 504", true],
    ] as const) {
      server(answer);
      const reader = new Reader(() => {}, heard);
      reader.get("/a");
      await settle();
      expect(reader.get("/a")).toMatchObject({ status: "failed", error: { code } });
      expect(heard).toHaveBeenLastCalledWith(answered);
    }
  });
});

describe("what failed", () => {
  const words = (error: ApiError): string => JSON.stringify(failed(error, () => {}));

  it.each([
    [new ApiError("offline", ""), "ne répond pas"],
    [new ApiError("slow", ""), "trop longtemps"],
    [new ApiError("HTTP 504", "", "", "", 504), "trop longtemps"],
    [new ApiError("HTTP 503", "", "", "", 503, 5), "occupé ou redémarre"],
    [new ApiError("HTTP 503", "", "", "", 503, 5), "Nouvel essai dans 5 s"],
    [new ApiError("HTTP 429", "", "", "", 429, 1), "Trop de demandes"],
    [new ApiError("JUM-I019", "Trop long.", "Parce que.", "Réduisez.", 503), "Réduisez."],
    [new ApiError("HTTP 500", "", "", "", 500), "n’a pas su répondre"],
  ])("is said (%s)", (error, sentence) => {
    expect(words(error)).toContain(sentence);
  });
});

describe("the watch", () => {
  const said = { version: 4, code_version: "1.0" };

  it("asks every half minute while all is well, and tells what is newer", async () => {
    const answers = [said, said, { ...said, version: 5 }];
    const look = vi.fn(async () => answers.shift() ?? said);
    const changed = vi.fn();
    const watch = new Watch(look, changed);
    watch.start();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(look).toHaveBeenCalledTimes(2);
    expect(changed).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(watch.latest?.version).toBe(5);
    expect(changed).toHaveBeenCalledTimes(2);
    watch.stop();
  });

  it("tries a lost server less and less often, and tells when it is found", async () => {
    let there = false;
    const look = vi.fn(async () => {
      if (!there) throw new ApiError("offline", "");
      return said;
    });
    const found = vi.fn();
    const watch = new Watch(look, found);
    watch.heard(false);
    expect(watch.lost).not.toBeNull();
    watch.heard(false);
    await vi.advanceTimersByTimeAsync(31_500);
    expect(look).toHaveBeenCalledTimes(5);
    there = true;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(watch.lost).toBeNull();
    expect(found).toHaveBeenLastCalledWith(true);
    watch.stop();
  });

  it("takes an error of the server for an answer", async () => {
    const watch = new Watch(
      async () => {
        throw new ApiError("JUM-I022", "", "", "", 503, 5);
      },
      () => {},
    );
    await watch.now();
    expect(watch.lost).toBeNull();
    watch.stop();
  });

  it("does not ask from a hidden page", async () => {
    vi.stubGlobal("document", { visibilityState: "hidden" });
    const look = vi.fn(async () => said);
    const watch = new Watch(look, () => {});
    watch.start();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(look).not.toHaveBeenCalled();
    watch.stop();
  });
});
