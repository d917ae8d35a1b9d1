// SPDX-License-Identifier: EUPL-1.2
/** Whether the server still answers, and whether it holds something newer than what is shown. */

import { ApiError, wait } from "./api";

/** What the server says of itself. */
export interface Heard {
  /** Version of the data. */
  version: number;
  /** Version of the program. */
  code_version: string;
}

/** Time between two looks while all is well [s]. */
const PACE = 30;

/** Looks at the server now and then, and more and more rarely while it is lost. */
export class Watch {
  /** Time of the next try [ms], null while the server answers. */
  lost: number | null = null;
  /** What the server said last. */
  latest: Heard | null = null;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private looking = false;

  /**
   * @param look asks the server; rejects when it does not answer
   * @param changed told when the server is lost, is found again, or has something newer
   */
  constructor(
    private readonly look: () => Promise<Heard>,
    private readonly changed: (found: boolean) => void,
  ) {}

  start(): void {
    this.plan(PACE);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Another part of the page had an answer, or had none. */
  heard(answered: boolean): void {
    if (answered) this.found();
    else if (this.lost === null) this.miss();
  }

  /** Asks the server now. */
  async now(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    clearTimeout(this.timer);
    try {
      const said = await this.look();
      const newer =
        said.version !== this.latest?.version || said.code_version !== this.latest?.code_version;
      this.latest = said;
      if (!this.found() && newer) this.changed(false);
      this.plan(PACE);
    } catch (thrown) {
      // An error of the server is an answer: it is busy, not lost.
      if (thrown instanceof ApiError && thrown.status >= 400) {
        if (!this.found()) this.plan(thrown.after ?? PACE);
      } else this.miss();
    } finally {
      this.looking = false;
    }
  }

  /** Whether this ends a loss. */
  private found(): boolean {
    if (this.lost === null) return false;
    this.lost = null;
    this.tries = 0;
    this.plan(PACE);
    this.changed(true);
    return true;
  }

  private miss(): void {
    const seconds = wait(this.tries);
    this.tries += 1;
    this.lost = Date.now() + seconds * 1000;
    this.plan(seconds);
    this.changed(false);
  }

  /** A hidden page does not ask; it does as soon as it is seen again. */
  private plan(seconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (document.visibilityState === "hidden" && this.lost === null) this.plan(PACE);
      else void this.now();
    }, seconds * 1000);
  }
}
