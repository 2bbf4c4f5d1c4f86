/**
 * The last of many durations, and how they are spread: for people.
 *
 * @module
 */

/** So many are kept: enough for a 99th percentile, few enough to sort when somebody looks. */
const KEPT = 1_000;

/** How durations are spread. All 0 if there were none. */
export interface Spread {
  /** How many of the last ones this is about. */
  readonly count: number;
  /** Half of them took no longer. In µs. */
  readonly p50Us: number;
  /** 99 of 100 took no longer. In µs. */
  readonly p99Us: number;
  /** The longest. In µs. */
  readonly maxUs: number;
}

/**
 * The last durations.
 *
 * @example
 * ```ts
 * import { Recent } from "./recent.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const recent = new Recent();
 * for (let us = 1; us <= 100; us++) recent.add(us);
 * assertEquals(recent.spread, { count: 100, p50Us: 50, p99Us: 99, maxUs: 100 });
 * ```
 */
export class Recent {
  readonly #durationsUs: number[] = [];
  #next = 0;

  /** One more, in whole µs. The oldest goes, if there are too many. */
  add(durationUs: number): void {
    this.#durationsUs[this.#next] = durationUs;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** How those that are kept are spread. */
  get spread(): Spread {
    const sorted = [...this.#durationsUs].sort((a, b) => a - b);
    const at = (percent: number) => sorted[Math.ceil(sorted.length * percent / 100) - 1] ?? 0;
    return { count: sorted.length, p50Us: at(50), p99Us: at(99), maxUs: at(100) };
  }
}
