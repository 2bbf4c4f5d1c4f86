/**
 * The truth about versions, told so simply that it cannot be wrong: **every event has a name, and a container is two
 * sets of names**, those that were seen and those that are live. No counters stand for ranges, nothing is compressed.
 * It shares no code with `src/`; an event's name is the text of its dot.
 *
 * @module
 */
import type { Dot } from "../src/id.ts";
import type { Container } from "../src/version/siblings.ts";
import type { Algebra, Played } from "./generators.ts";

/** A container as two sets of event names. */
export interface EventSets {
  readonly seen: ReadonlySet<string>;
  readonly live: ReadonlySet<string>;
}

/** An event's name. */
export function eventName({ actor, counter }: Dot): string {
  return JSON.stringify([actor, counter]);
}

/** Containers as sets of events: what rotor's must agree with at every moment of every history (law D1). */
export const EVENT_SETS: Algebra<EventSets> = {
  empty: { seen: new Set(), live: new Set() },
  sync: (a, b) => ({
    seen: new Set([...a.seen, ...b.seen]),
    // Dead is what somebody has seen and holds no more.
    live: new Set(
      [...a.live, ...b.live].filter((event) =>
        (a.live.has(event) || !a.seen.has(event)) && (b.live.has(event) || !b.seen.has(event))
      ),
    ),
  }),
  put: (held, seen, dot) => {
    const before = seen?.seen ?? new Set();
    return {
      seen: new Set([...held.seen, ...before, eventName(dot)]),
      live: new Set([...held.live].filter((event) => !before.has(event)).concat(eventName(dot))),
    };
  },
};

/** The events that a clock says were seen, each by name: `{a: 2}` is a's first and second. */
export function eventsOf(container: Container): string[] {
  return [...container.clock].flatMap(([actor, counter]) =>
    Array.from({ length: counter }, (_, i) => eventName({ actor, counter: i + 1 }))
  ).sort();
}

/** The live events of a container, by name. */
export function liveEventsOf(container: Container): string[] {
  return container.siblings.map(({ dot }) => eventName(dot)).sort();
}

/**
 * What happened before what, from the puts of a history alone: an event overwrites those that its client had seen. Of a
 * set of events, the live ones are those that none of the others overwrites.
 */
export function maximalEvents(seen: Iterable<string>, { puts }: Played<EventSets>): string[] {
  const all = new Set(seen);
  const overwritten = new Set<string>();
  for (const put of puts) {
    if (all.has(eventName(put.dot))) put.seen?.seen.forEach((event) => overwritten.add(event));
  }
  return [...all].filter((event) => !overwritten.has(event)).sort();
}

/** One text for one container, contents included: equal texts, equal containers. Keeps the order of siblings. */
export function show({ clock, siblings }: Container): string {
  const events = [...clock].map(([actor, counter]) => eventName({ actor, counter })).sort();
  const live = siblings.map(({ dot, version }) => `${eventName(dot)}=${version.content}`);
  return `{${events}}|${live}`;
}
