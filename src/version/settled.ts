/**
 * What may become of a container once it is certain that nothing older is anywhere (protocol.md, Part 1 c): all of it may go, if
 * nothing of it is left to be shown; else the entries of its clock that nothing live depends on.
 *
 * Nothing else in rotor takes an entry from a clock. Merge and store must not: a replica that cuts alone has its entry back
 * with the next exchange, and where all cut alike, one that was away brings back what they had overwritten (law V17).
 *
 * @module
 */
import type { Container } from "./siblings.ts";

/** A clock that is longer than this is shortened when it can be. */
export const LONG_CLOCK = 32;

/**
 * From when on nothing of a container is shown to anybody: 0 if all of it is deleted; else when the last version has expired.
 * By any wall clock. Null: never.
 */
export function goneFromMs({ siblings }: Container): number | null {
  if (siblings.length === 0) return null;
  let fromMs = 0;
  for (const { version: { tombstone, expiresAtMs } } of siblings) {
    if (tombstone) continue;
    if (expiresAtMs === null) return null;
    fromMs = Math.max(fromMs, expiresAtMs);
  }
  return fromMs;
}

/**
 * The container without those entries of its clock of which no event is live.
 *
 * @example Whoever has written what is live stays
 * ```ts
 * import { shortened } from "./settled.ts";
 * import { EMPTY, write } from "./siblings.ts";
 * import { FRESH } from "./version_vector.ts";
 * import { actor, version } from "../../props/generators.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = [actor("a"), actor("b")];
 * const milk = write(EMPTY, FRESH, { actor: a, counter: 1 }, version("milk"));
 * const bread = write(milk, milk.clock, { actor: b, counter: 1 }, version("bread"));
 * assertEquals(shortened(bread), { ...bread, clock: new Map([[b, 1]]) });
 * ```
 */
export function shortened({ clock, siblings }: Container): Container {
  const alive = new Set(siblings.map(({ dot }) => dot.actor));
  return { clock: new Map([...clock].filter(([actor]) => alive.has(actor))), siblings };
}

/** Whether a container's clock is longer than it should be, and can be shortened. */
export function isLong(container: Container): boolean {
  const { clock, siblings } = container;
  if (clock.size <= LONG_CLOCK) return false;
  return new Set(siblings.map(({ dot }) => dot.actor)).size < clock.size;
}
