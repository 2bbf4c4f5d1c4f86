/**
 * What a replica's copy of one key is to the laws (paper, section 4.4): six functions, and some that it may have. And
 * all such copies over three events, for laws that look at every case.
 *
 * @module
 */
import type { ActorName, EventName, Store, Write } from "./histories.ts";

/**
 * Somebody's siblings: versions of one key, some of them concurrent. What is optional may be absent: then the laws about
 * it are left out.
 *
 * @typeParam Held Whatever a replica holds of a key. It must not change in place.
 */
export interface SiblingImplementation<Held> extends Store<Held> {
  /** What a replica holds that has heard nothing of the key. */
  readonly empty: Held;
  /** What a replica holds after it has heard what another holds. */
  sync(a: Held, b: Held): Held;
  /** What a replica that holds `held` has after a write by a client that has read `seen`; null: that has read nothing. */
  put(held: Held, seen: Held | null, write: Write): Held;
  /** The values that a reader gets, each as often as it was written concurrently, in any order. */
  values(held: Held): readonly string[];
  /** One text for one state: equal texts, equal states. */
  show(held: Held): string;
  /** Which events it has seen, and which of them are live, each once. The values are of the live ones, in that order. */
  events?(held: Held): { readonly seen: readonly EventName[]; readonly live: readonly EventName[] };
  /** The state that has seen these events and holds these versions. Laws D3 and D17 then look at all of a small scope. */
  of?(seen: readonly EventName[], live: readonly Write[]): Held;
  /** Names actors, for stores that do not take any string. @default a1, a2, b1 */
  readonly actorName?: ActorName;
}

/** What may be said of an event: never heard of, heard of and held, heard of and overwritten. */
const STATES = ["unseen", "live", "dead"] as const;

/** A small state: what each of three events is. */
export interface SmallState {
  /** Those that are not unseen. */
  readonly seen: readonly EventName[];
  /** Those that are live. */
  readonly live: readonly EventName[];
}

/**
 * All 21 states over the first two events of one actor and the first of another. They are contiguous: an actor's second
 * event is not seen before its first. Those with fewer events come first.
 */
export function smallStates([x, y]: readonly [string, string]): SmallState[] {
  const events = [{ actor: x, counter: 1 }, { actor: x, counter: 2 }, { actor: y, counter: 1 }];
  return STATES.flatMap((first) =>
    STATES.flatMap((second) =>
      STATES.flatMap((other) => {
        if (first === "unseen" && second !== "unseen") return [];
        const states = [first, second, other];
        return [{
          seen: events.filter((_, i) => states[i] !== "unseen"),
          live: events.filter((_, i) => states[i] === "live"),
        }];
      })
    )
  ).sort((a, b) => a.seen.length - b.seen.length);
}

/**
 * The laws of a join, on every triple of states; null, or a sentence about the first that fails. States come as functions
 * that make them, so that a state may meet its equal and not only itself.
 */
export function joinFailure<Held>(
  states: readonly (() => Held)[],
  store: { sync(a: Held, b: Held): Held; show(held: Held): string },
): string | null {
  const show = (held: Held) => store.show(held);
  for (const a of states) {
    if (show(store.sync(a(), a())) !== show(a())) return `not idempotent: ${show(a())}`;
  }
  for (const a of states) {
    for (const b of states) {
      if (show(store.sync(a(), b())) !== show(store.sync(b(), a()))) {
        return `not commutative: ${[a(), b()].map(show).join(" and ")}`;
      }
    }
  }
  for (const a of states) {
    for (const b of states) {
      for (const c of states) {
        const left = show(store.sync(store.sync(a(), b()), c()));
        const right = show(store.sync(a(), store.sync(b(), c())));
        if (left !== right) return `not associative: ${[a(), b(), c()].map(show).join(" and ")}`;
      }
    }
  }
  return null;
}
