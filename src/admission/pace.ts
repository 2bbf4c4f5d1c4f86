/**
 * How much background work may be done: additive increase, multiplicative decrease (paper, section 6.5).
 *
 * The *size* is how many slices may begin in a period, 0 to {@linkcode MOST}. It is judged twice a second, by what clients
 * have seen since the last judgement:
 *
 * ```text
 * the 99th percentile of requests and that of the disk are within the target    one more
 * one of them is above it                                                        half as many
 * nobody came, or too few to say                                                 as many as before
 * ```
 *
 * A judgement uses its evidence up. Judged again and again by the same slow second, half would soon be nothing.
 *
 * @module
 */
import type { Evidence, Tally } from "./meter.ts";

/** A period. In ms. */
export const PERIOD_MS = 100;
/** Slices that may begin in a period, at most; and that may be under way at a time. */
export const MOST = 32;
/** How often it is judged, at most. In ms. */
export const JUDGE_MS = 500;
/** Of fewer than this, one that is slow says nothing. */
const ENOUGH = 100;
/** What few clients have seen is kept for so long, until there is enough. In ms. */
const KEEP_MS = 10_000;

/** What a judgement came to. */
export type Judgement = "more" | "less" | "same";

/**
 * How many slices may begin.
 *
 * @example A slow second costs half
 * ```ts
 * import { MOST, Pace } from "./pace.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const pace = new Pace();
 * const none = { all: 0, slow: 0 };
 * pace.judge({ requests: { all: 100, slow: 2 }, disk: none }, 1_000);
 * assertEquals(pace.size, MOST / 2);
 * pace.judge({ requests: { all: 100, slow: 1 }, disk: none }, 2_000);
 * assertEquals(pace.size, MOST / 2 + 1);
 * ```
 */
export class Pace {
  #size = MOST;
  #judgedMs = -Infinity;
  /** When the evidence began. */
  #sinceMs = -Infinity;

  /** Slices that may begin in a period: a whole number of at least 0. */
  get size(): number {
    return this.#size;
  }

  /** Whether it is time to judge. */
  isDue(nowMs: number): boolean {
    return nowMs - this.#judgedMs >= JUDGE_MS;
  }

  /** Judges. Returns what it came to, and whether the evidence is used up. */
  judge(
    { requests, disk }: Evidence,
    nowMs: number,
  ): { readonly judgement: Judgement; readonly isUsedUp: boolean } {
    this.#judgedMs = nowMs;
    if (this.#sinceMs === -Infinity) this.#sinceMs = nowMs;
    const judgement = isBad(requests) || isBad(disk)
      ? "less"
      : requests.all + disk.all > 0 && isGood(requests) && isGood(disk)
      ? "more"
      : "same";
    if (judgement === "less") this.#size = this.#size >> 1;
    if (judgement === "more") this.#size = Math.min(MOST, this.#size + 1);
    const isOld = nowMs - this.#sinceMs >= KEEP_MS;
    // Requests may be few where the disk has much to do: they are not forgotten before there are enough of them.
    const isEnough = [requests, disk].every(({ all }) => all === 0 || all >= ENOUGH);
    const isUsedUp = judgement === "less" || isEnough || isOld;
    if (isUsedUp) this.#sinceMs = nowMs;
    return { judgement, isUsedUp };
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { size: this.#size, judgedMs: this.#judgedMs, sinceMs: this.#sinceMs };
  }
}

/** The 99th percentile is above the target; of few, more than one is. */
function isBad({ all, slow }: Tally): boolean {
  return slow * 100 > Math.max(all, ENOUGH);
}

/** It is not. */
function isGood({ all, slow }: Tally): boolean {
  return slow * 100 <= all;
}
