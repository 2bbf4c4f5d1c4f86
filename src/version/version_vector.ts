/**
 * Version vectors: what has been seen of a key (paper, section 4.4).
 *
 * A vector says of each actor how many of its events are in it: `{a: 2}` holds a's first and second event. One vector
 * **descends** another if it has seen all that the other has. Two that do not descend one another are concurrent.
 *
 * Invariants: every counter is at least 1 (an actor that was never seen is not an entry). Vectors are never changed in
 * place. Nothing here ever takes an entry away: merge and store must not (protocol.md, Part 1 b).
 *
 * @module
 */
import { type Actor, type Dot, MAX_COUNTER } from "../id.ts";

/** Actor to the count of its events that have been seen. */
export type VersionVector = ReadonlyMap<Actor, number>;

/** The vector that has seen nothing. */
export const FRESH: VersionVector = new Map();

/** How two vectors stand to one another. */
export type Ordering = "equal" | "before" | "after" | "concurrent";

/**
 * True if `a` has seen all that `b` has seen.
 *
 * @example A later clock descends an earlier one
 * ```ts
 * import { descends, FRESH, increment } from "./version_vector.ts";
 * import type { Actor } from "../id.ts";
 * import { assert } from "@std/assert";
 *
 * const one = increment(FRESH, "a" as Actor);
 * assert(descends(increment(one, "a" as Actor), one));
 * assert(!descends(one, increment(FRESH, "b" as Actor)));
 * ```
 */
export function descends(a: VersionVector, b: VersionVector): boolean {
  for (const [actor, counter] of b) {
    if ((a.get(actor) ?? 0) < counter) return false;
  }
  return true;
}

/** True if `a` descends `b` and is not equal to it. */
export function dominates(a: VersionVector, b: VersionVector): boolean {
  // Both halves are needed: vectors of equal size may differ, and one may descend the other with more entries.
  return descends(a, b) && !descends(b, a);
}

/** Where `a` stands to `b`: `before` means that `b` has seen all of `a` and more. */
export function order(a: VersionVector, b: VersionVector): Ordering {
  const after = descends(a, b);
  const before = descends(b, a);
  return after ? (before ? "equal" : "after") : before ? "before" : "concurrent";
}

/** True if the event that `dot` names has been seen. */
export function covers(clock: VersionVector, dot: Dot): boolean {
  return (clock.get(dot.actor) ?? 0) >= dot.counter;
}

/** The least vector that descends both: the greater counter of each actor. */
export function merge(a: VersionVector, b: VersionVector): VersionVector {
  if (descends(a, b)) return a;
  const merged = new Map(a);
  for (const [actor, counter] of b) {
    if ((merged.get(actor) ?? 0) < counter) merged.set(actor, counter);
  }
  return merged;
}

/**
 * The vector that has seen one more event of `actor`.
 *
 * @throws {RangeError} If the counter is the greatest there is: whoever issues events takes a new actor before that.
 */
export function increment(clock: VersionVector, actor: Actor): VersionVector {
  const counter = clock.get(actor) ?? 0;
  if (counter >= MAX_COUNTER) {
    throw new RangeError(`Cannot count an event: a counter below 2^53-1 wanted, got ${counter}`);
  }
  return new Map(clock).set(actor, counter + 1);
}

/** The vector's entries in the one order of actors: equal vectors give equal lists. */
export function sortedEntries(clock: VersionVector): [Actor, number][] {
  return [...clock].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
