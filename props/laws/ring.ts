/**
 * The laws of placement: lookup, walks, lists. The oracles scan, sort and count; they share no code with
 * `src/ring`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId, type Position } from "../../src/id.ts";
import { integerOf, positionAt, positionOf, RING_SIZE } from "../../src/ring/hash.ts";
import { equalEnds, type Member, place, type Strategy } from "../../src/ring/partition.ts";
import { preferenceList } from "../../src/ring/preference_list.ts";
import { Ring } from "../../src/ring/ring.ts";
import { example, type Law, random } from "../law.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "R1",
    "lookup equals a linear scan, on, before and after every boundary and over the wrap",
    (run) => {
      run.forAll(somePlan, fc.array(somewhere), ({ plan, ring }, more) => {
        for (const at of [...edges(plan), ...more]) {
          assertEquals(integerOf(ring.rangeEnd(positionAt(at))), dumbEnd(plan, at));
        }
        return true;
      });
    },
  ),
  example(
    "R2",
    "end i of Q is floor(i * 2^128 / Q), and lookup is its inverse and monotone",
    () => {
      for (const partitions of [1, 2, 3, 7, 8, 64, 100, 256, 1000]) {
        const ends = equalEnds(partitions);
        assertEquals(ends.map(integerOf), dumbEnds(partitions));
        const ring = ringOf({
          strategy: 3,
          tokens: dumbEnds(partitions).map((at) => ({ at, node: NODES[0]! })),
          ends: dumbEnds(partitions),
          active: [{ node: NODES[0]!, zone: "", weight: 1 }],
        }, partitions);
        for (const end of ends) assertEquals(ring.rangeEnd(end), end);
        let last = 0n;
        for (let i = 0n; i < 500n; i++) { // after the last end comes the first, once
          const found = integerOf(ring.rangeEnd(positionAt(i * (RING_SIZE / 500n))));
          const wrapped = i * (RING_SIZE / 500n) > integerOf(ends.at(-1)!);
          assert(wrapped ? found === 0n : found >= last, `${found} after ${last} of ${partitions}`);
          if (!wrapped) last = found;
        }
      }
    },
  ),
  random("R3", "ranges tile the ring: one range a position, no gap, no overlap", (run) => {
    run.forAll(somePlan, somewhere, ({ plan, ring }, at) => {
      const ends = [...plan.ends].sort((x, y) => x < y ? -1 : 1);
      // A range is (the end before, its end]; of one end alone it is all of the ring.
      const holding = ends.filter((end, i) => {
        const before = ends.at(i - 1)!;
        if (ends.length === 1) return true;
        return before < end ? before < at && at <= end : at > before || at <= end;
      });
      assertEquals(holding, [integerOf(ring.rangeEnd(positionAt(at)))]);
      return true;
    });
  }),
  random("R4", "the owners are the first min(n, active) distinct nodes of the walk", (run) => {
    run.forAll(somePlan, somewhere, fc.integer({ min: 1, max: 8 }), ({ plan, ring }, at, n) => {
      const owners = ring.owners(positionAt(at), n);
      assertEquals(owners, dumbWalk(plan, at).slice(0, n));
      assertEquals(owners.length, Math.min(n, plan.active.length));
      assertEquals(new Set(owners).size, owners.length);
      assertEquals(ring.seats(n), owners.length);
      return true;
    });
  }),
  random("R6", "a longer list only appends", (run) => {
    run.forAll(somePlan, somewhere, fc.integer({ min: 1, max: 8 }), ({ ring }, at, n) => {
      const position = positionAt(at);
      const longer = ring.owners(position, n + 1);
      assertEquals(ring.owners(position, n), longer.slice(0, ring.seats(n)));
      const nodes = (m: number) => preferenceList(ring, position, m).map(({ node }) => node);
      assertEquals(nodes(n), nodes(n + 1));
      return true;
    });
  }),
  random(
    "R7",
    "the list is the owners with their seats, then the rest; leaving nodes out keeps the others' order",
    (run) => {
      run.forAll(
        somePlan,
        somewhere,
        fc.integer({ min: 1, max: 8 }),
        fc.subarray(NODES),
        ({ plan, ring }, at, n, down) => {
          const list = preferenceList(ring, positionAt(at), n);
          const k = Math.min(n, plan.active.length);
          assertEquals(list.map(({ seat }) => seat), list.map((_, i) => i < k ? i : null));
          assertEquals(
            list.map(({ role }) => role),
            list.map((_, i) => i < k ? "primary" : "fallback"),
          );
          assertEquals(
            list.map(({ node }) => node).toSorted(),
            plan.active.map((m) => m.node).sort(),
          );
          // In one zone, passing over who is down is the same as a ring on which they never were.
          const flat = plan.active.map((member) => ({ ...member, zone: "" }));
          const up = flat.filter(({ node }) => !down.includes(node));
          const flatRing = new Ring({ placement: ring.placement, active: flat });
          const flatList = preferenceList(flatRing, positionAt(at), n).map(({ node }) => node);
          assertEquals(
            flatList.filter((node) => !down.includes(node)),
            up.length === 0 ? [] : dumbWalk({ ...plan, active: up }, at),
          );
          return true;
        },
      );
    },
  ),
  example("R20", "keys fall evenly: chi-square over 256 partitions is in its band", () => {
    const counts = new Map<Position, number>();
    const ring = ringOf({
      strategy: 3,
      tokens: dumbEnds(256).map((at) => ({ at, node: NODES[0]! })),
      ends: dumbEnds(256),
      active: [{ node: NODES[0]!, zone: "", weight: 1 }],
    }, 256);
    const keys = 25_600;
    for (let i = 0; i < keys; i++) {
      const end = ring.rangeEnd(positionOf({ type: "default", bucket: "b", key: `key-${i}` }));
      counts.set(end, (counts.get(end) ?? 0) + 1);
    }
    let chi = 0;
    for (const end of ring.ends) chi += ((counts.get(end) ?? 0) - keys / 256) ** 2 / (keys / 256);
    // 255 degrees of freedom: mean 255, deviation 22.6; the band is 4 deviations to either side.
    assert(chi > 165 && chi < 345, `chi-square ${chi}`);
  }),
  random("R25", "splitting a range changes no list", (run) => {
    run.forAll(somePlan, somewhere, fc.array(somewhere), ({ plan, partitions }, cut, more) => {
      // Strategy 1 keeps the place of a token that is gone: an end at which nobody's token stands.
      const one: Plan = { ...plan, strategy: 1, ends: plan.tokens.map(({ at }) => at) };
      if (one.ends.includes(cut)) return true;
      const split: Plan = {
        ...one,
        tokens: [...one.tokens, { at: cut, node: null }],
        ends: [...one.ends, cut],
      };
      const [before, after] = [ringOf(one, partitions), ringOf(split, partitions)];
      for (const at of [...edges(split), ...more]) {
        assertEquals(after.walk(positionAt(at)), before.walk(positionAt(at)));
      }
      return true;
    });
  }),
  random("R25", "the three strategies agree with one dumb walk over tokens and ends", (run) => {
    const seen = new Sometimes();
    run.forAll(somePlan, ({ plan, ring }) => {
      seen.begin();
      seen.saw(`strategy ${plan.strategy}`);
      for (const at of edges(plan)) {
        assertEquals([...ring.walk(positionAt(at))], dumbWalk(plan, at));
      }
      return true;
    });
    seen.demand(300, { "strategy 1": 50, "strategy 2": 50, "strategy 3": 50 });
  }),
  random("R26", "a list has min(n, zones) zones, whatever the shape of the ring", (run) => {
    run.forAll(somePlan, somewhere, fc.integer({ min: 1, max: 6 }), ({ plan, ring }, at, n) => {
      const zoneOf = (node: NodeId) => plan.active.find((member) => member.node === node)!.zone;
      const zones = new Set(plan.active.map(({ zone }) => zone)).size;
      const reached = new Set(ring.owners(positionAt(at), n).map(zoneOf)).size;
      assertEquals(reached, Math.min(n, zones));
      return true;
    });
  }),
];

const NODES = ["a", "b", "c", "d", "e", "f"].map(nodeId);

/** A ring as plain data, so that the oracle can read it without asking the ring. */
interface Plan {
  readonly strategy: Strategy;
  readonly tokens: readonly { at: bigint; node: NodeId | null }[];
  readonly ends: readonly bigint[];
  readonly active: readonly Member[];
}

/** The end of the range, by looking at every end. */
function dumbEnd(plan: Plan, position: bigint): bigint {
  let best: bigint | null = null;
  let least = plan.ends[0]!;
  for (const end of plan.ends) {
    if (end < least) least = end;
    if (end >= position && (best === null || end < best)) best = end;
  }
  return best ?? least;
}

/** Every active node in walk order, by laying all tokens out from the range's end. */
function dumbWalk(plan: Plan, position: bigint): NodeId[] {
  const end = dumbEnd(plan, position);
  const distance = (at: bigint) => at >= end ? at - end : at - end + (1n << 128n);
  const laid = plan.tokens
    .map(({ at, node }) => ({ far: distance(at), node }))
    .sort((x, y) => x.far < y.far ? -1 : 1);
  const raw: NodeId[] = [];
  for (const { node } of laid) {
    const isActive = plan.active.some((member) => member.node === node);
    if (node !== null && isActive && !raw.includes(node)) raw.push(node);
  }
  for (const { node } of [...plan.active].sort((x, y) => x.node < y.node ? -1 : 1)) {
    if (!raw.includes(node)) raw.push(node);
  }
  const zoneOf = (node: NodeId) => plan.active.find((member) => member.node === node)!.zone;
  const opensZone = (node: NodeId) => raw.find((other) => zoneOf(other) === zoneOf(node)) === node;
  return [...raw.filter(opensZone), ...raw.filter((node) => !opensZone(node))];
}

/** The real ring of a plan. */
function ringOf(plan: Plan, partitions: number): Ring {
  const owners = new Map(plan.tokens.map(({ at, node }) => [positionAt(at), node]));
  return new Ring({ placement: place(plan.strategy, partitions, owners), active: plan.active });
}

/** floor(i * 2^128 / Q), from the definition. */
function dumbEnds(partitions: number): bigint[] {
  const ends = [];
  for (let i = 0; i < partitions; i++) ends.push((BigInt(i) * 2n ** 128n) / BigInt(partitions));
  return ends;
}

// Positions are drawn near one another, near boundaries and at both ends of the ring, or anywhere.
const somewhere = fc.oneof(
  fc.bigInt(0n, RING_SIZE - 1n),
  fc.bigInt(0n, 15n).map((i) => i * (RING_SIZE / 16n)),
  fc.bigInt(0n, 3n),
  fc.bigInt(RING_SIZE - 4n, RING_SIZE - 1n),
);

const someNode = fc.constantFrom<NodeId | null>(...NODES, null);
const someActive = fc.subarray(NODES, { minLength: 1 }).chain((nodes) =>
  fc.array(fc.constantFrom("", "east", "west"), {
    minLength: nodes.length,
    maxLength: nodes.length,
  }).map((zones): Member[] => nodes.map((node, i) => ({ node, zone: zones[i]!, weight: 1 })))
);

/** Any ring of any strategy: inactive owners, nobody's tokens, nodes without a token. */
const somePlan = fc.record({
  strategy: fc.constantFrom<Strategy>(1, 2, 3),
  partitions: fc.integer({ min: 1, max: 20 }),
  drawn: fc.uniqueArray(fc.record({ at: somewhere, node: someNode }), {
    minLength: 1,
    maxLength: 20,
    selector: ({ at }) => at,
  }),
  owners: fc.array(someNode, { minLength: 20, maxLength: 20 }),
  active: someActive,
}).map(({ strategy, partitions, drawn, owners, active }) => {
  const equal = dumbEnds(partitions);
  const tokens = strategy === 3 ? equal.map((at, i) => ({ at, node: owners[i]! })) : drawn;
  const ends = strategy === 1 ? drawn.map(({ at }) => at) : equal;
  const plan: Plan = { strategy, tokens, ends, active };
  return { plan, partitions, ring: ringOf(plan, partitions) };
});

/** Where lookups go wrong first: on every end, one before, one after, and the ends of the ring. */
function edges(plan: Plan): bigint[] {
  const near = plan.ends.flatMap((end) => [end - 1n, end, end + 1n]);
  return [...near, 0n, RING_SIZE - 1n].filter((at) => at >= 0n && at < RING_SIZE);
}
