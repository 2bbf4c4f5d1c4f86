/**
 * What the laws of the three strategies are checked on: tokens that are drawn as members come, go and change their weight,
 * with chance that often draws what is taken; and oracles that scan, sort and add up. They share no code with `src/ring`.
 *
 * @module
 */
import fc from "fast-check";
import { type NodeId, nodeId, type Position } from "../../src/id.ts";
import { integerOf, positionAt, RING_SIZE } from "../../src/ring/hash.ts";
import { type Member, type Owners, place, type Strategy } from "../../src/ring/partition.ts";
import { Ring } from "../../src/ring/ring.ts";
import { type Draw, planTokens } from "../../src/ring/tokens.ts";

/** floor(i * 2^128 / Q), from the definition. */
export function dumbEnds(partitions: number): Position[] {
  const end = (i: number) => (BigInt(i) * 2n ** 128n) / BigInt(partitions);
  return Array.from({ length: partitions }, (_, i) => positionAt(end(i)));
}

/** The one walk: from the end of the key's range on, the active nodes as their tokens come, zones first. */
export function dumbWalk(
  { owners, ends, active }: {
    owners: Owners;
    ends: readonly Position[];
    active: readonly Member[];
  },
  position: Position,
): NodeId[] {
  const sorted = ends.toSorted();
  const end = sorted.find((one) => one >= position) ?? sorted[0]!;
  const tokens = [...owners].sort(([a], [b]) => (a < b ? -1 : 1));
  const ahead = [...tokens.filter(([at]) => at >= end), ...tokens.filter(([at]) => at < end)];
  const nodes = [...ahead.map(([, node]) => node), ...active.map(({ node }) => node).sort()];
  const walk = nodes.filter((node, i): node is NodeId =>
    nodes.indexOf(node) === i && active.some((member) => member.node === node)
  );
  const zones = walk.map((node) => active.find((member) => member.node === node)!.zone);
  const opens = (i: number) => zones.indexOf(zones[i]!) === i;
  return [...walk.filter((_, i) => opens(i)), ...walk.filter((_, i) => !opens(i))];
}

/** How many tokens the node has. */
export function tokensOf(owners: Owners, node: NodeId): number {
  return [...owners.values()].filter((owner) => owner === node).length;
}

/** The greatest share of the ring that a node owns, beside the mean: 1 is perfect. By adding up the ranges. */
export function maxToMean(
  { owners, strategy, partitions = 1, active }: {
    owners: Owners;
    strategy: Strategy;
    partitions?: number;
    active: readonly Member[];
  },
): number {
  const ring = new Ring({ placement: place(strategy, partitions, owners), active });
  const load = new Map<NodeId, number>();
  let before = Number(integerOf(ring.ends.at(-1)!)) - Number(RING_SIZE);
  for (const end of ring.ends) {
    const here = Number(integerOf(end));
    const [owner] = ring.owners(end, 1);
    load.set(owner!, (load.get(owner!) ?? 0) + here - before);
    before = here;
  }
  const weights = active.reduce((sum, { weight }) => sum + weight, 0);
  const shares = active.map(({ node, weight }) => (load.get(node) ?? 0) / weight);
  return Math.max(...shares) * weights / Number(RING_SIZE);
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

export function members(count: number, weight = 1): Member[] {
  return Array.from({ length: count }, (_, i) => ({ node: nodeId(`n${i}`), zone: "", weight }));
}

/** Chance that often draws what is taken: one of few positions, in an order that a seed gives. */
export function crowded(seed: number, places: number): Draw {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return positionAt(BigInt(state >>> 16) % BigInt(places) * (RING_SIZE / BigInt(places)));
  };
}

export const someMembers = fc.uniqueArray(
  fc.record({
    node: fc.constantFrom(..."abcdefgh").map(nodeId),
    zone: fc.constantFrom("", "east", "west"),
    weight: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 6, selector: ({ node }) => node },
);

export interface Reached {
  readonly owners: Owners;
  readonly active: readonly Member[];
}

/** Members come, go and change their weight; each time tokens are planned. */
export const someLife = fc.record({
  sets: fc.array(someMembers, { minLength: 1, maxLength: 6, size: "max" }),
  tokens: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(2 ** 32 - 1),
}).map(({ sets, tokens, seed }) => {
  const draw = crowded(seed, 512);
  let owners: Owners = new Map();
  const reached = sets.map((active): Reached => ({
    owners: owners = planTokens(owners, { members: active, tokens, draw }),
    active,
  }));
  return { reached, tokens };
});

export const someAt = fc.oneof(
  fc.bigInt(0n, RING_SIZE - 1n),
  fc.nat(511).map((i) => BigInt(i) * (RING_SIZE / 512n)),
).map(positionAt);

/** What a model measured, and a band about each: medians of 30 rings or more, from fixed seeds. */
export const BANDS = [
  { nodes: 10, tokens: 1, measured: 3.1, band: 0.6 },
  { nodes: 10, tokens: 16, measured: 1.44, band: 0.15 },
  { nodes: 10, tokens: 64, measured: 1.2, band: 0.07 },
  { nodes: 10, tokens: 256, measured: 1.1, band: 0.04 },
  { nodes: 100, tokens: 1, measured: 4.9, band: 0.8 },
  { nodes: 100, tokens: 16, measured: 1.7, band: 0.15 },
];
