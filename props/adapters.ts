/**
 * rotor's own parts as the kit wants to see them (`kit.ts`): what anybody writes to hold an implementation to the laws.
 *
 * @module
 */
import { MerkleTree } from "../src/anti_entropy/merkle_tree.ts";
import { diff } from "../src/anti_entropy/merkle_tree_compare.ts";
import type { LeafKey } from "../src/anti_entropy/merkle_tree_key.ts";
import { type Actor, MAX_COUNTER, type NodeId, nodeId, type WriteId } from "../src/id.ts";
import type { Standing } from "../src/protocol/message.ts";
import { Tally } from "../src/quorum/tally.ts";
import { integerOf, positionAt, RING_SIZE } from "../src/ring/hash.ts";
import { place } from "../src/ring/partition.ts";
import { preferenceList } from "../src/ring/preference_list.ts";
import { Ring } from "../src/ring/ring.ts";
import { containerDigest } from "../src/version/digest.ts";
import { type Container, EMPTY, sync, write } from "../src/version/siblings.ts";
import {
  covers,
  descends,
  dominates,
  FRESH,
  increment,
  merge,
  order,
  sortedEntries,
  type VersionVector,
} from "../src/version/version_vector.ts";
import { actor, clockOf, objectName, tombstone, version } from "./generators.ts";
import type { ClockImplementation } from "./kit/clock.ts";
import type { Write } from "./kit/histories.ts";
import type { MerkleImplementation } from "./kit/merkle.ts";
import type { QuorumImplementation } from "./kit/quorum.ts";
import type { RingImplementation } from "./kit/ring.ts";
import type { SiblingImplementation } from "./kit/siblings.ts";
import { brief, dotsOf } from "./oracle_events.ts";
import { leafKeyOf, neighbours, nextTo } from "./oracle_tree.ts";

/** Actors under names that can be read, for theirs are bytes. Many are of one node: its record was lost in between. */
const ACTORS: ReadonlyMap<string, Actor> = new Map([
  ["a1", actor("a")],
  ["b1", actor("b")],
  ["c1", actor("c")],
  ["a2", actor("a", 2)],
  ...Array.from({ length: 60 }, (_, i) => [`d${i + 1}`, actor("d", i + 1)] as const),
]);
const NAMES = new Map([...ACTORS].map(([name, actor]) => [actor, name]));

/** rotor's version vectors. */
export const rotorClock: ClockImplementation<VersionVector> = {
  fresh: FRESH,
  increment: (clock, name) => increment(clock, ACTORS.get(name)!),
  merge,
  descends,
  count: (clock, name) => clock.get(ACTORS.get(name)!) ?? 0,
  dominates,
  order,
  covers: (clock, name, counter) => covers(clock, { actor: ACTORS.get(name)!, counter }),
  entries: (clock) => sortedEntries(clock).map(([actor, n]) => [NAMES.get(actor)!, n]),
  of: (counts) => new Map(counts.map(([name, n]) => [ACTORS.get(name)!, n])),
  greatest: MAX_COUNTER,
  actors: [...ACTORS.keys()],
};

/** rotor's containers. The write id stands for the value: it says which write it is, of a tombstone too. */
export const rotorSiblings: SiblingImplementation<Container> = {
  empty: EMPTY,
  sync,
  put: (held, seen, write_) => write(held, seen?.clock ?? FRESH, dotOf(write_), versionOf(write_)),
  values: ({ siblings }) => siblings.map(({ version }) => version.writeId),
  show: brief,
  events: (held) => ({ seen: dotsOf(held), live: held.siblings.map(({ dot }) => dot) }),
  of: (seen, live) => ({
    clock: new Map(seen.map(({ actor, counter }) => [actor as Actor, counter])),
    siblings: live.map((write) => ({ dot: dotOf(write), version: versionOf(write) })),
  }),
  actorName: actor,
};

function dotOf({ actor, counter }: Write) {
  return { actor: actor as Actor, counter };
}

function versionOf({ value, deletes }: Write) {
  const named = { writeId: value as WriteId };
  return deletes ? tombstone(value, named) : version(value, named);
}

/** rotor's ring, placed by the paper's first strategy: ranges end where tokens stand. */
export const rotorRing: RingImplementation<Ring> = {
  size: RING_SIZE,
  make: (tokens) => {
    const owners = new Map(tokens.map(({ at, node }) => [positionAt(at), nodeId(node)]));
    const nodes = new Set(owners.values());
    return new Ring({
      placement: place(1, 1, owners),
      active: [...nodes].map((node) => ({ node, zone: "", weight: 1 })),
    });
  },
  list: (ring, position, n) => ring.owners(positionAt(position), n),
  listWithout: (ring, position, n, down) =>
    preferenceList(ring, positionAt(position), n).map(({ node }) => node)
      .filter((node) => !down.includes(node)).slice(0, n),
  ranges: (ring) =>
    ring.ends.map((end, i) => ({
      after: integerOf(ring.ends.at(i - 1)!),
      to: integerOf(end),
      node: ring.owners(end, 1)[0]!,
    })),
};

/** rotor's tally, of nodes that serve a seat each. */
export const rotorQuorum: QuorumImplementation = {
  decide: ({ asked, want, answers }) => {
    const seats = asked.length;
    const tally = new Tally({ r: { want, yields: false } }, { n: seats, seats });
    for (const node of asked) tally.ask({ node: node as NodeId, seat: null, role: "primary" });
    for (const { node, counts } of answers) {
      if (!tally.awaits(node as NodeId)) continue;
      const standing = { ...STANDING, seat: asked.indexOf(node), seats };
      tally.record(node as NodeId, counts ? "found" : "failed", standing, counts ? ["r"] : []);
    }
    return tally.enough ? "enough" : tally.hopeless ? "hopeless" : "open";
  },
};

const STANDING = { recovering: false, history: "", registerSeq: 0 } as unknown as Standing;

/** rotor's Merkle trees. A version is a clock of so many events. */
export const rotorTree: MerkleImplementation<MerkleTree> = treesWith((key) =>
  leafKeyOf(named(key))
);

/** The same among {@linkcode neighbours}: one key more and the whole tree is cut up, one fewer and it is whole again. */
export const rotorTreeAmongNeighbours: MerkleImplementation<MerkleTree> = {
  ...treesWith(nextTo),
  make: () => {
    const tree = new MerkleTree();
    for (const { key, digest } of neighbours) tree.put(key, digest);
    return tree;
  },
};

function treesWith(placeOf: (key: string) => LeafKey): MerkleImplementation<MerkleTree> {
  const keys = new Map<LeafKey, string>();
  const place = (key: string) => {
    const placed = placeOf(key);
    keys.set(placed, key);
    return placed;
  };
  return {
    make: () => new MerkleTree(),
    put: (tree, key, version) => {
      const held = { clock: clockOf({ a: Number(version) }), siblings: [] };
      tree.put(place(key), containerDigest(named(key), held));
      return tree;
    },
    remove: (tree, key) => {
      tree.remove(place(key));
      return tree;
    },
    root: (tree) => tree.root() ?? "",
    diff: (a, b) => diff(a, b).keys.map((key) => keys.get(key)!),
  };
}

function named(key: string) {
  return objectName("b", key);
}
