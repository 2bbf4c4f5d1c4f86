/**
 * What laws are checked on: fast-check arbitraries over deliberately small spaces (a few nodes, a few actors, a few
 * clients), because a bug that needs four replicas and forty keys almost always shows with two and one.
 *
 * Containers are never made up: they are **reached**, by a {@linkcode History} (`kit/histories.ts`) that {@linkcode play}
 * plays through with rotor's dots and versions, over any {@linkcode Algebra}: the real one, an oracle of explicit event
 * sets, or a mutant that a law must kill.
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
import {
  histories,
  type History,
  pick,
  picks,
  playWrites,
  REPLICA_NAMES,
} from "./kit/histories.ts";

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

export { type Act, histories, type History, pick, picks } from "./kit/histories.ts";

/** The replicas of a history. */
export const REPLICAS: readonly NodeId[] = REPLICA_NAMES.map(nodeId);

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
 * Plays a history with rotor's dots and versions. Dots are issued as protocol.md, Part 1 b wants it: a replica counts on
 * only while it has its own record, and takes a new actor whenever it has lost it.
 */
export function play<C>(history: History, { empty, sync, put }: Algebra<C>): Played<C> {
  const puts: PlayedPut<C>[] = [];
  const { replicas, every } = playWrites<C>(history, {
    empty,
    sync,
    put: (held, seen, { actor, counter, value, deletes }) => {
      const dot = { actor: actor as Actor, counter };
      const version = versionOf(value, { deletes, stamp: 1_000_000 + puts.length });
      const after = put(held, seen, dot, version);
      puts.push({ dot, version, held, seen, after });
      return after;
    },
  }, actor);
  return { replicas, every, puts };
}

function versionOf(text: string, { deletes, stamp }: { deletes: boolean; stamp: number }): Version {
  return deletes ? tombstone(text, { stamp }) : version(text, { stamp });
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

/** A record: a container, an own last dot that its clock covers, or none, and perhaps when all agreed on it. */
export const record: fc.Arbitrary<StoredRecord> = fc.tuple(
  richContainer,
  fc.option(fc.nat()),
  fc.option(wallMs),
).map(([container, own, agreedMs]) => {
  const entries = [...container.clock];
  const entry = own === null ? undefined : entries[own % Math.max(1, entries.length)];
  const mine = entry ? { actor: entry[0], counter: entry[1] } : null;
  return agreedMs === null ? { container, mine } : { container, mine, agreedMs };
});

/** A context. */
export const context: fc.Arbitrary<Context> = fc.record({
  clock,
  stamp,
  fastest: fc.option(node),
});
