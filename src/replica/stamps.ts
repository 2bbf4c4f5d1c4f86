/**
 * Stamps for last-writer-wins: a hybrid logical clock, in µs. It follows the wall clock, never goes back while that does
 * not, and goes ahead of every stamp that this node has seen, so that a write is stamped above what it overwrites although
 * clocks differ.
 *
 * A clock a year ahead somewhere must not drag every node along: remote stamps more than a minute ahead of the own wall
 * clock are not followed (protocol.md, Part 1 d), and the own ones go no further: else coordinators that follow one
 * another would creep ahead of all wall clocks, a µs a put. Within one key a put is stamped above all that its coordinator held
 * anyway; that is the caller's floor.
 *
 * @module
 */
import type { Now } from "../protocol/event.ts";

/** How far ahead of the own wall clock a remote stamp may be and still be followed. In ms. */
export const MAX_AHEAD_MS = 60_000;

/** The stamp clock of one node. */
export class Stamps {
  #last = 0;

  /**
   * A stamp above `floor`, not below the wall clock, and above all earlier ones of this node, but for those more than a
   * minute ahead of the wall clock.
   */
  next(floor: number, now: Now): number {
    const own = Math.min(this.#last + 1, mostOf(now));
    this.#last = Math.max(own, Math.floor(now.wallMs) * 1000);
    return Math.max(this.#last, floor + 1);
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { last: this.#last };
  }

  /** Follows a stamp that came from elsewhere, unless it is too far ahead. */
  observe(stamp: number, now: Now): void {
    if (stamp <= mostOf(now)) this.#last = Math.max(this.#last, stamp);
  }
}

/** The greatest stamp that is followed. */
function mostOf({ wallMs }: Now): number {
  return (Math.floor(wallMs) + MAX_AHEAD_MS) * 1000;
}
