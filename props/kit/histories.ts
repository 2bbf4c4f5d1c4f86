/**
 * Histories of one key on three replicas: puts, deletes, messages between replicas, late ones, and losses.
 *
 * States are never made up, they are **reached**: {@linkcode playWrites} plays a history over any {@linkcode Store}, a
 * real one, a dumb oracle, or one that a law must refuse. A state that no history reaches may break what the laws rest
 * on, so a law which fails on one says nothing. Two states that a law compares must be of one history, for only then are
 * their events the same: take them with {@linkcode pick} from {@linkcode PlayedHistory.every}.
 *
 * Spaces are deliberately small: a bug that needs four replicas almost always shows with two.
 *
 * @module
 */
import fc from "fast-check";

/** Names of the replicas. */
export const REPLICA_NAMES: readonly string[] = ["a", "b", "c"];

/**
 * One thing that happens in a history. Numbers are taken modulo what there is, so that every history can be played and
 * shrinks well.
 */
export type Act =
  /** A client puts at replica `at`, having seen what `seen` moments ago was the newest state; null is blind. */
  | { readonly kind: "put"; readonly at: number; readonly seen: number | null }
  /** As `put`, of a tombstone. */
  | { readonly kind: "delete"; readonly at: number; readonly seen: number | null }
  /** `to` merges what `from` holds. */
  | { readonly kind: "sync"; readonly from: number; readonly to: number }
  /** `at` merges what was the newest state `back` moments ago: a late message. */
  | { readonly kind: "late"; readonly at: number; readonly back: number }
  /** `at` goes back to the state of `back` moments ago, or to nothing (null): a wipe, or a restored backup. */
  | { readonly kind: "lose"; readonly at: number; readonly back: number | null };

/** A history: what happens, in order. */
export type History = readonly Act[];

/** An event's name: the `counter`-th write that `actor` coordinated for this key. The first is 1. */
export interface EventName {
  /** Who coordinated it. */
  readonly actor: string;
  /** Which of its writes. */
  readonly counter: number;
}

/** One write of a history: the event, and what it wrote. */
export interface Write extends EventName {
  /** What was written: no other write of the history has the same. */
  readonly value: string;
  /** True if it is a delete. Then `value` names the tombstone; a store without tombstones writes it as a value. */
  readonly deletes: boolean;
}

/** The operations that a history is played over. */
export interface Store<Held> {
  /** What a replica holds that has heard nothing. */
  readonly empty: Held;
  /** What a replica holds after a message from another. */
  sync(a: Held, b: Held): Held;
  /** What a replica that holds `held` has after a write by a client that has read `seen`; null: that has read nothing. */
  put(held: Held, seen: Held | null, write: Write): Held;
}

/** One write of a history, as it was done. */
export interface PlayedWrite<Held> {
  /** The write. */
  readonly write: Write;
  /** What the coordinator held before. */
  readonly held: Held;
  /** What the client had seen; null is nothing. */
  readonly seen: Held | null;
  /** What the coordinator holds after. */
  readonly after: Held;
}

/** What came of a history. */
export interface PlayedHistory<Held> {
  /** What each replica holds at the end. */
  readonly replicas: readonly Held[];
  /** Every state that any replica ever had, oldest first; the first is the empty one. */
  readonly every: readonly Held[];
  /** The writes, in order. */
  readonly writes: readonly PlayedWrite<Held>[];
}

/** Names the actor of a replica's `life`-th record: a1, a2, b1. */
export type ActorName = (replica: string, life: number) => string;

/**
 * Plays a history. Events are named as they must be: a replica counts on only while it has its own record, and takes a
 * new actor whenever it has lost it.
 */
export function playWrites<Held>(
  history: History,
  store: Store<Held>,
  actorName: ActorName = (replica, life) => `${replica}${life}`,
): PlayedHistory<Held> {
  const replicas = REPLICA_NAMES.map((name) => ({ name, held: store.empty, life: 1, counter: 0 }));
  const every: Held[] = [store.empty];
  const writes: PlayedWrite<Held>[] = [];
  const replica = (index: number) => replicas[index % replicas.length]!;
  const ago = (moments: number) => every[every.length - 1 - (moments % every.length)]!;
  for (const act of history) {
    if (act.kind === "sync") {
      const to = replica(act.to);
      every.push(to.held = store.sync(to.held, replica(act.from).held));
      continue;
    }
    const at = replica(act.at);
    if (act.kind === "late") {
      at.held = store.sync(at.held, ago(act.back));
    } else if (act.kind === "lose") {
      at.held = act.back === null ? store.empty : ago(act.back);
      at.life++;
      at.counter = 0;
    } else {
      const seen = act.seen === null ? null : ago(act.seen);
      const actor = actorName(at.name, at.life);
      const value = `v${writes.length + 1}`;
      const write = { actor, counter: ++at.counter, value, deletes: act.kind === "delete" };
      const held = at.held;
      at.held = store.put(held, seen, write);
      writes.push({ write, held, seen, after: at.held });
    }
    every.push(at.held);
  }
  return { replicas: replicas.map(({ held }) => held), every, writes };
}

const index = fc.nat({ max: 2 });
// Some clients are up to date, some are stale, some are blind: with fewer of the last, replicas are hardly ever concurrent.
const seen = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat({ max: 6 }) },
  { weight: 2, arbitrary: fc.constant(null) },
);

/** A history of at most `maxLength` acts; without losses if `lossless`. */
export function histories(
  { maxLength = 16, lossless = false }: { maxLength?: number; lossless?: boolean } = {},
): fc.Arbitrary<History> {
  const kind = <Kind extends string>(kind: Kind) => fc.constant(kind);
  const moments = fc.nat({ max: 10 });
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: kind("put"), at: index, seen }) },
    { weight: 1, arbitrary: fc.record({ kind: kind("delete"), at: index, seen }) },
    { weight: 5, arbitrary: fc.record({ kind: kind("sync"), from: index, to: index }) },
    { weight: 1, arbitrary: fc.record({ kind: kind("late"), at: index, back: moments }) },
    {
      weight: lossless ? 0 : 1,
      arbitrary: fc.record({ kind: kind("lose"), at: index, back: fc.option(moments) }),
    },
  );
  // Cut from twice the length, so that half of the histories are as long as may be and yet all of them shrink to nothing.
  return fc.array(act, { maxLength: 2 * maxLength, size: "max" })
    .map((acts) => acts.slice(0, maxLength));
}

/** States of one history: each pick counts back from the newest of `every`. */
export function pick<Held>(
  { every }: { every: readonly Held[] },
  picks: readonly number[],
): Held[] {
  return picks.map((n) => every[every.length - 1 - (n % every.length)]!);
}

/** `count` numbers for {@linkcode pick}, late moments more often. */
export function picks(count: number): fc.Arbitrary<number[]> {
  const ago = fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: 4 }) },
    { weight: 1, arbitrary: fc.nat({ max: 14 }) },
  );
  return fc.array(ago, { minLength: count, maxLength: count });
}

/** All histories of `length` of these acts. */
export function* everyHistory(acts: readonly Act[], length: number): Generator<History> {
  if (length === 0) return yield [];
  for (const history of everyHistory(acts, length - 1)) {
    for (const act of acts) yield [...history, act];
  }
}

/** A history for people to read: `put v1 at a, blind; b hears a`. */
export function showHistory(history: History): string {
  const name = (at: number) => REPLICA_NAMES[at % REPLICA_NAMES.length];
  const ago = (moments: number) => (moments === 0 ? "newest" : `newest but ${moments}`);
  let writes = 0;
  return history.map((act) => {
    if (act.kind === "sync") return `${name(act.to)} hears ${name(act.from)}`;
    if (act.kind === "late") return `${name(act.at)} hears the ${ago(act.back)}`;
    if (act.kind === "lose") {
      return `${name(act.at)} ${
        act.back === null ? "is wiped" : `goes back to the ${ago(act.back)}`
      }`;
    }
    const reader = act.seen === null ? "blind" : `having read the ${ago(act.seen)}`;
    return `${act.kind} v${++writes} at ${name(act.at)}, ${reader}`;
  }).join("; ") || "nothing";
}
