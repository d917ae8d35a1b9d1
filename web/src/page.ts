// SPDX-License-Identifier: EUPL-1.2
/** What every view is given: the state, the territory, and how to read and to move. */

import type { Resource } from "./api";
import type { State } from "./state";
import type { Territory } from "./types";

export interface Page {
  readonly state: State;
  readonly territory: Territory;
  /** Changes the state, and with it the address. */
  go(change: Partial<State>): void;
  /** What is known of a resource of the API; asks for it when it is not known yet. */
  read<T>(path: string, query?: Record<string, string | number>): Resource<T>;
  /** Address of a resource, for a link. */
  link(path: string, query?: Record<string, string | number>): string;
  /** Reads again what failed. */
  retry(): void;
  /** Reads everything again: something has been written. */
  refresh(): void;
  /** Says a sentence to screen readers, politely. */
  announce(sentence: string): void;
}
