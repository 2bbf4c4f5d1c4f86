/**
 * What laws are checked on: fast-check arbitraries over deliberately small spaces (a few nodes, a few actors, a few
 * clients), because a bug that needs four replicas and forty keys almost always shows with two and one.
 *
 * Containers are never made up: they are **reached**, by a {@linkcode History} of puts, syncs and losses that
 * {@linkcode play} plays through. A container that no history reaches breaks the invariants that the laws rest on, so
 * a law which fails on one says nothing. Two containers that a law compares must be of one history, for only then are
 * their dots names of the same events: take them with {@linkcode pick} from {@linkcode Played.every}.
 *
 * `play` knows nothing of rotor's containers. It plays a history over any {@linkcode Algebra}: the real one, an oracle
 * of explicit event sets, or a mutant that a law must kill.
 *
 * @module
 */
import fc from "fast-check";
import {
  type Actor,
  actorOf,
  type Boot,
  bytesOf,
  type Digest,
  digestOf,
  type Dot,
  MAX_COUNTER,
  type NodeId,
  nodeId,
  type ObjectName,
  type Position,
  type WriteId,
} from "../src/id.ts";
import type { StoredRecord } from "../src/protocol/event.ts";
import type { Context } from "../src/version/context.ts";
import { type Container, EMPTY, sync, type Version, write } from "../src/version/siblings.ts";
import { FRESH, type VersionVector } from "../src/version/version_vector.ts";

/** A version with `text` (chars 0–255) as its content; what else it says is fixed, or taken from `more`. */
export function version(text: string, more: Partial<Version> = {}): Version {
  return {
    tombstone: false,
    content: bytesOf(text),
    contentType: "text/plain",
    headers: [],
    lastModifiedMs: 1_700_000_000_000,
    stamp: 1_700_000_000_000_000,
    expiresAtMs: null,
    writeId: digestOf(bytesOf(text)) as string as WriteId,
    ...more,
  };
}

/** A delete. */
export function tombstone(text: string, more: Partial<Version> = {}): Version {
  return version(text, { tombstone: true, content: new Uint8Array(0), contentType: "", ...more });
}

/** The boot of tests that need only one. */
export const BOOT = "\0\0\0\0\0\0\0\x01" as Boot;

/** The `seq`-th actor of `node` in {@linkcode BOOT}. */
export function actor(node: string, seq = 1): Actor {
  return actorOf(nodeId(node), BOOT, seq);
}

/** Short for a name of the default type. */
export function objectName(bucket: string, key: string): ObjectName {
  return { type: "default", bucket, key };
}

/** A clock by node: `clockOf({ a: 2 })` has seen two events of a's first actor. */
export function clockOf(counters: Readonly<Record<string, number>>): VersionVector {
  return new Map(Object.entries(counters).map(([node, counter]) => [actor(node), counter]));
}

// ---- Histories

/** The replicas of a history. */
export const REPLICAS: readonly NodeId[] = ["a", "b", "c"].map(nodeId);

/**
 * One thing that happens in a history. Numbers are taken modulo what there is, so that every history can be played and
 * shrinks well.
 */
export type Act =
  /** A client puts at replica `at`, having seen what `seen` moments ago was the newest container; null is blind. */
  | { readonly kind: "put"; readonly at: number; readonly seen: number | null }
  /** As `put`, of a tombstone. */
  | { readonly kind: "delete"; readonly at: number; readonly seen: number | null }
  /** `to` merges what `from` holds. */
  | { readonly kind: "sync"; readonly from: number; readonly to: number }
  /** `at` merges what was the newest container `back` moments ago: a late message. */
  | { readonly kind: "late"; readonly at: number; readonly back: number }
  /** `at` goes back to the container of `back` moments ago, or to nothing (null): a wipe, or a restored backup. */
  | { readonly kind: "lose"; readonly at: number; readonly back: number | null };

/** A history: what happens, in order. */
export type History = readonly Act[];

/** The operations that a history is played over. */
export interface Algebra<C> {
  /** What a replica holds that has heard nothing. */
  readonly empty: C;
  /** What a replica holds after a message from another. */
  sync(a: C, b: C): C;
  /** The container after a put at a replica that holds `held`, by a client that has seen `seen`. */
  put(held: C, seen: C | null, dot: Dot, version: Version): C;
}

/** rotor's containers. */
export const CONTAINERS: Algebra<Container> = {
  empty: EMPTY,
  sync,
  put: (held, seen, dot, version) => write(held, seen?.clock ?? FRESH, dot, version),
};

/** One put of a history, as it was done. */
export interface PlayedPut<C> {
  /** The dot that was issued for it. */
  readonly dot: Dot;
  /** What was written. */
  readonly version: Version;
  /** What the coordinator held before. */
  readonly held: C;
  /** What the client had seen; null is nothing. */
  readonly seen: C | null;
  /** What the coordinator holds after. */
  readonly after: C;
}

/** What came of a history. */
export interface Played<C> {
  /** What each replica holds at the end. */
  readonly replicas: readonly C[];
  /** Every container that any replica ever held, oldest first; the first is the empty one. */
  readonly every: readonly C[];
  /** The puts, in order. */
  readonly puts: readonly PlayedPut<C>[];
}

/**
 * Plays a history. Dots are issued as protocol.md, Part 1 b wants it: a replica counts on only while it has its own
 * record, and takes a new actor whenever it has lost it.
 */
export function play<C>(history: History, { empty, sync, put }: Algebra<C>): Played<C> {
  const replicas = REPLICAS.map((node) => ({ node, held: empty, seq: 1, counter: 0 }));
  const every: C[] = [empty];
  const puts: PlayedPut<C>[] = [];
  const replica = (index: number) => replicas[index % replicas.length]!;
  const ago = (moments: number) => every[every.length - 1 - (moments % every.length)]!;
  for (const act of history) {
    if (act.kind === "sync") {
      const to = replica(act.to);
      every.push(to.held = sync(to.held, replica(act.from).held));
      continue;
    }
    const at = replica(act.at);
    if (act.kind === "late") {
      at.held = sync(at.held, ago(act.back));
    } else if (act.kind === "lose") {
      at.held = act.back === null ? empty : ago(act.back);
      at.seq++;
      at.counter = 0;
    } else {
      const seen = act.seen === null ? null : ago(act.seen);
      const dot = { actor: actorOf(at.node, BOOT, at.seq), counter: ++at.counter };
      const text = `v${puts.length + 1}`;
      const stamp = 1_000_000 + puts.length;
      const written = act.kind === "put" ? version(text, { stamp }) : tombstone(text, { stamp });
      const held = at.held;
      at.held = put(held, seen, dot, written);
      puts.push({ dot, version: written, held, seen, after: at.held });
    }
    every.push(at.held);
  }
  return { replicas: replicas.map(({ held }) => held), every, puts };
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
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("put" as const), at: index, seen }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), at: index, seen }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("sync" as const), from: index, to: index }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("late" as const),
        at: index,
        back: fc.nat({ max: 10 }),
      }),
    },
    {
      weight: lossless ? 0 : 1,
      arbitrary: fc.record({
        kind: fc.constant("lose" as const),
        at: index,
        back: fc.option(fc.nat({ max: 10 })),
      }),
    },
  );
  // Cut from twice the length, so that half of the histories are as long as may be and yet all of them shrink to nothing.
  return fc.array(act, { maxLength: 2 * maxLength, size: "max" })
    .map((acts) => acts.slice(0, maxLength));
}

/** Containers of one history: each pick counts back from the newest of {@linkcode Played.every}. */
export function pick<C>(played: Played<C>, picks: readonly number[]): C[] {
  const { every } = played;
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

/** `count` containers that one history reached. */
export function containers(count: number): fc.Arbitrary<Container[]> {
  return fc.tuple(histories(), picks(count)).map(([history, picked]) =>
    pick(play(history, CONTAINERS), picked)
  );
}

/** One container that a history reached. */
export const container: fc.Arbitrary<Container> = containers(1).map(([only]) => only!);

// ---- Names and values

/** A string of chars 0–255, not only of letters. */
export function byteStrings(
  { minLength = 0, maxLength = 8 }: { minLength?: number; maxLength?: number } = {},
): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength, maxLength, size: "max" })
    .map((bytes) => String.fromCharCode(...bytes));
}

/** One of a few node ids, one of them as long as may be. */
export const node: fc.Arbitrary<NodeId> = fc.constantFrom(
  ...["a", "b", "c", "node-1", "z".repeat(32)].map(nodeId),
);
/** A boot. */
export const boot = byteStrings({ minLength: 8, maxLength: 8 }) as fc.Arbitrary<Boot>;
/** A digest. */
export const digest = byteStrings({ minLength: 16, maxLength: 16 }) as fc.Arbitrary<Digest>;
/** A position. */
export const position = byteStrings({ minLength: 16, maxLength: 16 }) as fc.Arbitrary<Position>;
/** A write id. */
export const writeId = byteStrings({ minLength: 16, maxLength: 16 }) as fc.Arbitrary<WriteId>;

/** Any actor: node, boot and seq at will. */
export const anyActor: fc.Arbitrary<Actor> = fc.tuple(node, boot, fc.nat({ max: 2 ** 32 - 1 }))
  .map(([node, boot, seq]) => actorOf(node, boot, seq));

/** One of four actors. */
export const fewActors: fc.Arbitrary<Actor> = fc.constantFrom(
  actor("a"),
  actor("a", 2),
  actor("b"),
  actor("c"),
);

/** A counter: small ones mostly, and the greatest. */
export const counter: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: MAX_COUNTER }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 32 - 1, 2 ** 32, MAX_COUNTER - 1, MAX_COUNTER) },
);

/** A dot. */
export const dot: fc.Arbitrary<Dot> = fc.record({ actor: fewActors, counter });

/** A clock over few actors. Laws of clocks alone need no history: every clock is some history's. */
export const clock: fc.Arbitrary<VersionVector> = fc
  .uniqueArray(fc.tuple(fewActors, counter), { selector: ([actor]) => actor, maxLength: 4 })
  .map((entries) => new Map(entries));

/** A name: few and short ones mostly, so that they meet; some of any bytes. */
export const name: fc.Arbitrary<ObjectName> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("default"),
      bucket: fc.constantFrom("", "b", "bb"),
      key: fc.constantFrom("k", "kk", "b"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: byteStrings(),
      bucket: byteStrings(),
      key: byteStrings({ minLength: 1, maxLength: 40 }),
    }),
  },
);

/** Headers as a version has them: lower-case names, sorted, each once. */
const headers = fc.dictionary(
  fc.stringMatching(/^x-riak-meta-[a-z]{1,5}$/),
  byteStrings({ maxLength: 12 }),
  { maxKeys: 3, noNullPrototype: true },
).map((record) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Milliseconds of a wall clock. */
export const wallMs = fc.integer({ min: 0, max: 4_000_000_000_000 });
/** A stamp: microseconds. */
export const stamp = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

/** Any version, any bytes. */
export const anyVersion: fc.Arbitrary<Version> = fc.record({
  tombstone: fc.boolean(),
  content: fc.uint8Array({ maxLength: 40, size: "max" }),
  contentType: fc.constantFrom("", "text/plain", "application/octet-stream"),
  headers,
  lastModifiedMs: wallMs,
  stamp,
  expiresAtMs: fc.option(wallMs),
  writeId,
}).map((version) =>
  version.tombstone
    ? { ...version, content: new Uint8Array(0), contentType: "", headers: [] }
    : version
);

/** A container that a history reached, with versions of any bytes in it. */
export const richContainer: fc.Arbitrary<Container> = fc
  .tuple(container, fc.array(anyVersion, { minLength: 1, maxLength: 4 }))
  .map(([{ clock, siblings }, versions]) => ({
    clock,
    siblings: siblings.map(({ dot }, i) => ({ dot, version: versions[i % versions.length]! })),
  }));

/** A record: a container, and an own last dot that its clock covers, or none. */
export const record: fc.Arbitrary<StoredRecord> = fc.tuple(richContainer, fc.option(fc.nat()))
  .map(([container, own]) => {
    const entries = [...container.clock];
    const entry = own === null ? undefined : entries[own % Math.max(1, entries.length)];
    return { container, mine: entry ? { actor: entry[0], counter: entry[1] } : null };
  });

/** A context. */
export const context: fc.Arbitrary<Context> = fc.record({
  clock,
  stamp,
  fastest: fc.option(node),
});
