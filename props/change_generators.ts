/**
 * Arbitraries of what membership keeps and gossips: changes, registers, bucket properties, metadata, rumors.
 *
 * @module
 */
import fc from "fast-check";
import { MAX_EXPIRES_IN_S, type PropEntry, type Quorum } from "../src/protocol/bucket_props.ts";
import type { Change, Move, Register, Step } from "../src/protocol/change.ts";
import { MAX_N } from "../src/protocol/config.ts";
import type { MetaValue } from "../src/protocol/effect.ts";
import type { Held, Rumor } from "../src/protocol/rumor.ts";
import { boot, byteStrings, counter, digest, node, position, wallMs } from "./generators.ts";

/** An arbitrary for each kind of a union. */
export type Kinds<T extends { readonly kind: string }> = {
  readonly [K in T["kind"]]: fc.Arbitrary<Extract<T, { readonly kind: K }>>;
};
/** Any of a union. */
export function anyOf<T extends { readonly kind: string }>(kinds: Kinds<T>): fc.Arbitrary<T> {
  return fc.oneof(...Object.values(kinds) as fc.Arbitrary<T>[]);
}
/** One kind. */
export function kind<K extends string>(kind: K): fc.Arbitrary<K> {
  return fc.constant(kind);
}

const n = fc.integer({ min: 1, max: MAX_N });
const small = fc.nat({ max: 5 });

/** A quorum, as a number or a word. */
export const quorum: fc.Arbitrary<Quorum> = fc.oneof(
  fc.nat({ max: 4 }),
  fc.constantFrom<Quorum>("one", "quorum", "all", "default"),
);

/** A lifetime in seconds. */
export const seconds = fc.integer({ min: 1, max: MAX_EXPIRES_IN_S });

/** One cell of the lattice of properties. */
export const propEntry: fc.Arbitrary<PropEntry> = fc.record({
  type: fc.constant("default"),
  bucket: byteStrings(),
  prop: fc.constantFrom("r", "w", "dw", "pr", "pw", "allow_mult", "last_write_wins", "expires_in"),
  value: fc.option(fc.oneof(quorum, fc.boolean(), seconds)),
  counter,
  node,
});

const weight = fc.integer({ min: 1, max: 4 });
const zone = fc.constantFrom("", "z1", "z2");
const member = fc.record({ node, zone, weight });
const moves: fc.Arbitrary<Move[]> = fc.array(fc.record({ position, node: fc.option(node) }), {
  maxLength: 3,
});

/** A step of a change. */
export const step: fc.Arbitrary<Step> = anyOf<Step>({
  join: fc.record({ kind: kind("join"), node, zone, weight }),
  leave: fc.record({ kind: kind("leave"), node }),
  stay: fc.record({ kind: kind("stay"), node }),
  left: fc.record({ kind: kind("left"), node }),
  remove: fc.record({ kind: kind("remove"), node, acceptLoss: fc.boolean() }),
  replace: fc.record({ kind: kind("replace"), old: node, new: node }),
  weight: fc.record({ kind: kind("weight"), node, weight }),
  zone: fc.record({ kind: kind("zone"), node, zone }),
  nval: fc.record({ kind: kind("nval"), bucket: byteStrings(), n }),
});

/** A change, with any ids: for codecs, not for folding. */
export const change: fc.Arbitrary<Change> = anyOf<Change>({
  genesis: fc.record({
    kind: kind("genesis"),
    id: digest,
    strategy: fc.constantFrom(1, 2, 3),
    partitions: fc.integer({ min: 1, max: 256 }),
    tokens: fc.nat({ max: 256 }),
    replicas: n,
    members: fc.array(member, { maxLength: 3 }),
    moves,
  }),
  revision: fc.record({
    kind: kind("revision"),
    id: digest,
    cluster: digest,
    height: fc.integer({ min: 1, max: 9 }),
    parents: fc.array(digest, { maxLength: 2 }),
    base: digest,
    author: fc.option(node),
    wallMs,
    steps: fc.array(step, { maxLength: 3 }),
    moves,
  }),
});

/** A register. */
export const register: fc.Arbitrary<Register> = fc.record({
  node,
  generation: fc.nat(),
  seq: fc.nat(),
  nonce: boot,
  addresses: fc.array(fc.constantFrom("127.0.0.1:8098", "[::1]:80"), { maxLength: 2 }),
  speaks: fc.record({ wire: small, planner: small }),
  history: digest,
  tick: fc.nat(),
  resumed: fc.nat(),
  roles: fc.array(
    fc.record({
      rangeStart: position,
      rangeEnd: position,
      n,
      role: fc.constantFrom("receiving", "serving", "released"),
      seat: fc.integer({ min: 0, max: MAX_N - 1 }),
      seats: fc.integer({ min: 1, max: MAX_N }),
      tenure: small,
      recovering: fc.boolean(),
      peers: fc.array(node, { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
});

/** A piece of metadata. */
export const meta: fc.Arbitrary<MetaValue> = anyOf<MetaValue>({
  history: fc.record({ kind: kind("history"), changes: fc.array(change, { maxLength: 3 }) }),
  register: fc.record({
    kind: kind("register"),
    register,
    ticks: fc.array(fc.record({ node, nonce: boot, tick: fc.nat() }), { maxLength: 3 }),
  }),
  props: fc.record({ kind: kind("props"), entries: fc.array(propEntry, { maxLength: 3 }) }),
});

/** Something that is gossiped. */
export const rumor: fc.Arbitrary<Rumor> = anyOf<Rumor>({
  change: fc.record({ kind: kind("change"), change }),
  register: fc.record({ kind: kind("register"), register }),
  prop: fc.record({ kind: kind("prop"), entry: propEntry }),
});
/** The name of one. */
export const rumorKey = byteStrings({ minLength: 1, maxLength: 20 });
/** How new one is. */
export const held: fc.Arbitrary<Held> = fc.record({
  key: rumorKey,
  major: fc.nat(),
  minor: fc.nat(),
  tag: byteStrings({ maxLength: 16 }),
});
