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
  ) {
    super(`${code} ${what}`);
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

async function readError(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => null);
  const error = body?.error;
  if (error?.code) {
    return new ApiError(error.code, error.what, error.why, error.remedy, response.status);
  }
  return new ApiError(`HTTP ${response.status}`, "", "", "", response.status);
}

async function fetchJson<T>(url: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept: "application/json, application/geo+json" } });
  } catch {
    throw new ApiError("offline", "");
  }
  if (!response.ok) throw await readError(response);
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError("unreadable", "");
  }
}

/** Remembers what was read, and tells when something arrives. */
export class Reader {
  private readonly known = new Map<string, Resource<unknown>>();

  constructor(private readonly changed: () => void) {}

  /** What is known of a resource; the first call starts reading it. */
  get<T>(url: string): Resource<T> {
    const known = this.known.get(url);
    if (known) return known as Resource<T>;
    const loading: Resource<T> = { status: "loading" };
    this.known.set(url, loading);
    fetchJson<T>(url).then(
      (value) => this.arrive(url, { status: "ok", value }),
      (error: ApiError) => this.arrive(url, { status: "failed", error }),
    );
    return loading;
  }

  /** Forgets the failures, so that they are read again. */
  retry(): void {
    for (const [url, resource] of this.known) {
      if (resource.status === "failed") this.known.delete(url);
    }
    this.changed();
  }

  private arrive(url: string, resource: Resource<unknown>): void {
    this.known.set(url, resource);
    this.changed();
  }
}
