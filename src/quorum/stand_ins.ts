/**
 * Who stands in for whom within one request (paper, section 4.6): the first N *healthy* nodes of the walk take part.
 *
 * A primary that is held to be down is passed over at once. One that turns out to be unreachable, refuses, or is silent for
 * `fallbackAfterMs` is stood in for then; it may still answer. Each seat is stood in for once, each fallback stands in once
 * (protocol.md, Part 1 a).
 *
 * A strict request (`sloppy_quorum=false`) has nobody who could.
 *
 * @module
 */
import type { NodeId } from "../id.ts";

/** The fallbacks of one request. */
export class StandIns {
  readonly #left: NodeId[];
  readonly #stoodFor = new Set<number>();

  /** @param fallbacks Healthy ones, in the order of the walk. */
  constructor(fallbacks: readonly NodeId[]) {
    this.#left = [...fallbacks];
  }

  /** Whether there is anybody left. */
  get any(): boolean {
    return this.#left.length > 0;
  }

  /** Who stands in for this seat from now on; null if somebody does, or nobody is left. */
  take(seat: number): NodeId | null {
    if (this.#stoodFor.has(seat)) return null;
    const node = this.#left.shift();
    if (node === undefined) return null;
    this.#stoodFor.add(seat);
    return node;
  }

  /** The seat is stood in for by somebody who is none of these. */
  settle(seat: number): void {
    this.#stoodFor.add(seat);
  }

  /** Of these seats, those that somebody may still stand in for. */
  open(seats: readonly (number | null)[]): number[] {
    if (!this.any) return [];
    return seats.filter((seat): seat is number => seat !== null && !this.#stoodFor.has(seat));
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { left: [...this.#left], stoodFor: [...this.#stoodFor] };
  }
}
