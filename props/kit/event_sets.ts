/**
 * The truth about versions, told so simply that it cannot be wrong: **every event has a name, and a state is two sets of
 * names**, those that were seen and those that are live. No counters stand for ranges, nothing is compressed.
 *
 * @module
 */
import type { EventName, PlayedHistory } from "./histories.ts";

/** What a replica holds, as two sets of event names. */
export interface EventSets {
  /** Every event that it has heard of, by itself or in what it merged. */
  readonly seen: ReadonlySet<string>;
  /** Those of which it holds the version. */
  readonly live: ReadonlySet<string>;
}

/** An event's name as one text. */
export function eventName({ actor, counter }: EventName): string {
  return JSON.stringify([actor, counter]);
}

/** The operations on event sets. */
export const EVENT_SETS = {
  empty: { seen: new Set(), live: new Set() } as EventSets,
  sync: (a: EventSets, b: EventSets): EventSets => ({
    seen: new Set([...a.seen, ...b.seen]),
    // Dead is what somebody has seen and holds no more.
    live: new Set(
      [...a.live, ...b.live].filter((event) =>
        (a.live.has(event) || !a.seen.has(event)) && (b.live.has(event) || !b.seen.has(event))
      ),
    ),
  }),
  put: (held: EventSets, seen: EventSets | null, event: EventName): EventSets => {
    const before = seen?.seen ?? new Set();
    const name = eventName(event);
    return {
      seen: new Set([...held.seen, ...before, name]),
      live: new Set([...held.live].filter((other) => !before.has(other)).concat(name)),
    };
  },
};

/**
 * What happened before what, from the writes of a history alone: an event overwrites those that its client had seen. Of
 * a set of events, the live ones are those that none of the others overwrites.
 */
export function maximalEvents(
  seen: ReadonlySet<string>,
  { writes }: PlayedHistory<EventSets>,
): string[] {
  const overwritten = new Set<string>();
  for (const { write, seen: before } of writes) {
    if (seen.has(eventName(write))) before?.seen.forEach((event) => overwritten.add(event));
  }
  return [...seen].filter((event) => !overwritten.has(event)).sort();
}
