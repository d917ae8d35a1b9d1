// SPDX-License-Identifier: EUPL-1.2
/** Reads the API: addresses relative to the page, language and version on every one. */

import type { Lang } from "./state";

/** An answer that is on its way, here, or failed. */
export type Resource<T> =
  | { status: "loading" }
  | { status: "ok"; value: T }
  | { status: "failed"; error: ApiError };

/** The coded error of the API, or what stands for it when the server cannot be reached. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly what: string,
    readonly why = "",
    readonly remedy = "",
    readonly status = 0,
    /** Seconds that the server asks to wait before the next try. */
    readonly after: number | null = null,
  ) {
    super(`${code} ${what}`);
  }

  /** Whether asking again later may help: no server, a busy one, or a proxy without it. */
  get passing(): boolean {
    return this.code === "offline" || [429, 502, 503, 504].includes(this.status);
  }
}

export interface Scope {
  lang: Lang;
  at: string | null;
}

type Query = Record<string, string | number | null | undefined>;

/** Address of a resource, for links as well as for reading. */
export function address(path: string, scope: Scope, query: Query = {}): string {
  const url = new URL(path.replace(/^\//, ""), document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "")
      url.searchParams.set(name, String(value));
  }
  url.searchParams.set("lang", scope.lang);
  if (scope.at) url.searchParams.set("at", scope.at);
  return url.href;
}

/** Path of a row below a prefix, whatever its identifier contains. */
export function rowPath(prefix: string, table: string, id: string): string {
  return `${prefix}/${encodeURIComponent(table)}/${encodeURIComponent(id)}`;
}

/** Longest that an answer is waited for [ms]: the server itself gives up after half of it. */
const PATIENCE = 60_000;
/** Tries again by itself that a busy server gets; the reader's own come on top. */
const TRIES = 5;
const LONGEST_WAIT = 120;

/** Time before the next try [s]: what the server asked, or twice as long each time. */
export function wait(tries: number, after: number | null = null): number {
  return Math.min(LONGEST_WAIT, after ?? Math.min(30, 2 ** tries));
}

/** Seconds of a Retry-After header, which may also be a date. */
export function retryAfter(header: string | null, now = Date.now()): number | null {
  if (!header) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : null;
}

async function readError(response: Response): Promise<ApiError> {
  const after = retryAfter(response.headers.get("retry-after"));
  const body = await response.json().catch(() => null);
  const error = body?.error;
  if (error?.code) {
    return new ApiError(error.code, error.what, error.why, error.remedy, response.status, after);
  }
  return new ApiError(`HTTP ${response.status}`, "", "", "", response.status, after);
}

/** Reads JSON, or throws the coded error of the server, or what stands for it. */
export function fetchJson<T>(url: string, cache: RequestCache = "default"): Promise<T> {
  return ask<T>(url, { cache });
}

/** Asks the server to do something, with a body of JSON or none. */
export function send<T>(url: string, method: "POST" | "DELETE", body?: unknown): Promise<T> {
  if (body === undefined) return ask<T>(url, { method });
  const headers = { "content-type": "application/json" };
  return ask<T>(url, { method, headers, body: JSON.stringify(body) });
}

async function ask<T>(url: string, how: RequestInit): Promise<T> {
  const signal = AbortSignal.timeout(PATIENCE);
  let response: Response;
  try {
    const headers = { accept: "application/json, application/geo+json", ...how.headers };
    response = await fetch(url, { ...how, headers, signal });
  } catch {
    throw new ApiError(signal.aborted ? "slow" : "offline", "");
  }
  if (!response.ok) throw await readError(response);
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError(signal.aborted ? "slow" : "unreadable", "");
  }
}

/** Remembers what was read, tries again what may pass, and tells when something arrives. */
export class Reader {
  private readonly known = new Map<string, Resource<unknown>>();
  private readonly stale = new Set<string>();
  private readonly tries = new Map<string, number>();

  /**
   * @param changed told when something arrives
   * @param heard told after each try whether the server answered at all
   */
  constructor(
    private readonly changed: () => void,
    private readonly heard: (answered: boolean) => void = () => {},
  ) {}

  /** What is known of a resource; the first call starts reading it. */
  get<T>(url: string): Resource<T> {
    const known = this.known.get(url);
    if (known && !this.stale.has(url)) return known as Resource<T>;
    this.stale.delete(url);
    const shown: Resource<T> = (known as Resource<T>) ?? { status: "loading" };
    this.known.set(url, shown);
    void this.load(url);
    return shown;
  }

  /** Forgets the failures, so that they are read again. */
  retry(): void {
    for (const [url, resource] of this.known) {
      if (resource.status === "failed") this.known.delete(url);
    }
    this.tries.clear();
    this.changed();
  }

  /** Reads everything again when it is asked for; the former values stand meanwhile. */
  refresh(): void {
    for (const [url, resource] of this.known) {
      if (resource.status === "ok") this.stale.add(url);
    }
    this.retry();
  }

  private async load(url: string): Promise<void> {
    try {
      const value = await fetchJson(url);
      this.tries.delete(url);
      this.known.set(url, { status: "ok", value });
      this.heard(true);
    } catch (thrown) {
      const error = thrown as ApiError;
      this.known.set(url, { status: "failed", error: this.again(url, error) });
      this.heard(error.code !== "offline");
    }
    this.changed();
  }

  /** A busy server is asked again by itself, a few times; a lost one when it is found again. */
  private again(url: string, error: ApiError): ApiError {
    const tries = this.tries.get(url) ?? 0;
    if (!error.passing || error.code === "offline" || tries >= TRIES) return error;
    this.tries.set(url, tries + 1);
    const seconds = wait(tries, error.after);
    setTimeout(() => {
      if (this.known.get(url)?.status !== "failed") return;
      this.known.delete(url);
      this.changed();
    }, seconds * 1000);
    const { code, what, why, remedy, status } = error;
    return new ApiError(code, what, why, remedy, status, seconds);
  }
}
