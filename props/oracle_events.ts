/**
 * How rotor's containers are compared with the truth about versions, which is two sets of event names
 * (`kit/event_sets.ts`) and shares no code with `src/`.
 *
 * @module
 */
import { type Dot, nodeOf } from "../src/id.ts";
import type { Container } from "../src/version/siblings.ts";
import type { Algebra } from "./generators.ts";
import * as truth from "./kit/event_sets.ts";

export { eventName, type EventSets } from "./kit/event_sets.ts";

/** Containers as sets of events: what rotor's must agree with at every moment of every history (law D1). */
export const EVENT_SETS: Algebra<truth.EventSets> = truth.EVENT_SETS;

/** The events that a clock says were seen: `{a: 2}` is a's first and second. */
export function dotsOf({ clock }: Container): Dot[] {
  return [...clock].flatMap(([actor, counter]) =>
    Array.from({ length: counter }, (_, i) => ({ actor, counter: i + 1 }))
  );
}

/** The same, by name and sorted. */
export function eventsOf(container: Container): string[] {
  return dotsOf(container).map(truth.eventName).sort();
}

/** The live events of a container, by name. */
export function liveEventsOf(container: Container): string[] {
  return container.siblings.map(({ dot }) => truth.eventName(dot)).sort();
}

/** One text for one container, contents included: equal texts, equal containers. Keeps the order of siblings. */
export function show({ clock, siblings }: Container): string {
  const events = [...clock].map(([actor, counter]) => truth.eventName({ actor, counter })).sort();
  const live = siblings.map(({ dot, version }) => `${truth.eventName(dot)}=${version.content}`);
  return `{${events}}|${live}`;
}

/** The same for people to read: `{a:2, b:1}|milk@a:2`. Actors of one boot only, for it leaves the boot out. */
export function brief({ clock, siblings }: Container): string {
  const event = ({ actor, counter }: Dot) => {
    const seq = actor.charCodeAt(actor.length - 1);
    return `${nodeOf(actor)}${seq > 1 ? `#${seq}` : ""}:${counter}`;
  };
  const seen = [...clock].map(([actor, counter]) => event({ actor, counter })).sort();
  const live = siblings.map(({ dot, version }) =>
    `${version.tombstone ? "tombstone" : String.fromCharCode(...version.content)}@${event(dot)}`
  );
  return `{${seen.join(", ")}}|${live.join(", ")}`;
}
