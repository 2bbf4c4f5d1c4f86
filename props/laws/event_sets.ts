/**
 * Containers as sets of event names, for laws about requests; and cases that are mostly usual.
 *
 * @module
 */
import fc from "fast-check";
import type { Container } from "../../src/version/siblings.ts";
import { type EventSets, eventsOf, liveEventsOf } from "../oracle_events.ts";

/** A container as two sets of event names. */
export function setsOf(container: Container): EventSets {
  return { seen: new Set(eventsOf(container)), live: new Set(liveEventsOf(container)) };
}

/** What a container has seen, and what is live in it. */
export function shown(container: Container): [string[], string[]] {
  return [eventsOf(container), liveEventsOf(container)];
}

/** Both sets, sorted, to compare. */
export function shownSets({ seen, live }: EventSets): [string[], string[]] {
  return [[...seen].sort(), [...live].sort()];
}

/** One of the first, but in one case of nine one of the others. */
export function mostly<T>(usual: readonly T[], rare: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
}
