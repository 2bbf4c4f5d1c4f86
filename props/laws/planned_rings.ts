/**
 * What the laws of the planner are checked on: rings that are reached by histories of members that come, go and change their
 * weight, in small scopes by all of them; and oracles that count, compare every pair and walk. They share no code with
 * `src/ring`.
 *
 * @module
 */
import fc from "fast-check";
import { type NodeId, nodeId } from "../../src/id.ts";
import type { Member } from "../../src/ring/partition.ts";
import { type Plan, plan } from "../../src/ring/plan.ts";

export type Owners = readonly (NodeId | null)[];

/** One plan of a history: what was, for whom was planned, and what came out. */
export interface Step {
  readonly before: Owners;
  readonly members: readonly Member[];
  readonly replicas: number;
  readonly plan: Plan;
}

/** Pairs of partitions of one owner (or zone) less than `n` apart on the circle: every pair is looked at. */
export function tooClose(labels: readonly unknown[], n: number): number {
  let pairs = 0;
  for (let a = 0; a < labels.length; a++) {
    for (let b = 0; b < a; b++) {
      const apart = Math.min(a - b, labels.length - (a - b));
      if (labels[a] !== null && labels[a] === labels[b] && apart < n) pairs++;
    }
  }
  return pairs;
}

/** How many partitions this one owns. */
export function owned(owners: Owners, node: NodeId): number {
  return owners.filter((owner) => owner === node).length;
}

/** The zones of the owners. */
export function zonesOf(owners: Owners, members: readonly Member[]): string[] {
  return owners.map((owner) => members.find(({ node }) => node === owner)!.zone);
}

/** How often the most frequent of them is there. */
export function most(labels: readonly unknown[]): number {
  return Math.max(...labels.map((one) => labels.filter((other) => other === one).length));
}

/** How many partitions are not whose they were. */
export function moved(before: Owners, after: Owners): number {
  return after.filter((owner, at) => owner !== before[at]).length;
}

/** The least that must move so that everybody owns as many as in `after`. */
export function leastMoved({ before, members, plan }: Step): number {
  return members.reduce(
    (sum, { node }) => sum + Math.max(0, owned(plan.owners, node) - owned(before, node)),
    0,
  );
}

/** Who holds each partition: the first n nodes from there on, the first of each zone before the others. */
export function lists(owners: Owners, members: readonly Member[], n: number): NodeId[][] {
  return owners.map((_, at) => {
    const walk: NodeId[] = [];
    for (const owner of [...owners.slice(at), ...owners.slice(0, at)]) {
      const isMember = members.some(({ node }) => node === owner);
      if (owner !== null && isMember && !walk.includes(owner)) walk.push(owner);
    }
    const byId = members.map(({ node }) => node).sort(); // those without a partition come last
    walk.push(...byId.filter((node) => !walk.includes(node)));
    const zones = zonesOf(walk, members);
    const opensZone = walk.filter((_, i) => zones.indexOf(zones[i]!) === i);
    return [...opensZone, ...walk.filter((node) => !opensZone.includes(node))].slice(0, n);
  });
}

/** Whether N consecutive partitions on N nodes are possible with these counts (law R21, proved by trying elsewhere). */
export function canBeSpaced({ members, replicas, plan }: Step): boolean {
  return members.length >= replicas &&
    most(plan.owners) <= Math.floor(plan.owners.length / replicas);
}

export function member(name: number, zone = "", weight = 1): Member {
  return { node: nodeId(`n${String(name).padStart(2, "0")}`), zone, weight };
}

/** Plans for each of these sets of members in turn, from a ring that is nobody's or anything else. */
export function live(
  { partitions, replicas, sets, from }: {
    partitions: number;
    replicas: number;
    sets: readonly (readonly Member[])[];
    from?: Owners;
  },
): Step[] {
  let before = from ?? new Array<null>(partitions).fill(null);
  return sets.map((members) => {
    const step = { before, members, replicas, plan: plan(before, { members, replicas }) };
    before = step.plan.owners;
    return step;
  });
}

/** What may happen to the members: one comes, some come, one goes, some go, one changes its weight. */
export const someEvents = fc.array(
  fc.record({
    kind: fc.constantFrom("join", "join", "join", "group", "leave", "leave", "leaves", "weight"),
    which: fc.nat(60),
    weight: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 14, size: "max" },
);

/** Histories of up to 20 members. `zones` and `weights` are how many of each there are. */
export function histories({ zones, weights }: { zones: number; weights: number }) {
  return fc.record({
    partitions: fc.constantFrom(6, 8, 12, 16, 17, 24, 32, 48, 64),
    replicas: fc.integer({ min: 1, max: 5 }),
    founders: fc.integer({ min: 1, max: 9 }),
    zoneCount: fc.integer({ min: 1, max: zones }),
    names: fc.uniqueArray(fc.integer({ min: 0, max: 99 }), {
      minLength: 60,
      maxLength: 60,
      size: "max",
    }),
    events: someEvents,
  }).map(({ partitions, replicas, founders, zoneCount, names, events }) => {
    let next = 0;
    const comer = (weight: number) =>
      member(names[next]!, `z${next++ % zoneCount}`, 1 + (weight - 1) % weights);
    let members = Array.from({ length: founders }, (_, i) => comer(1 + i % 4));
    const sets = [members];
    for (const { kind, which, weight } of events) {
      const at = which % members.length;
      if (kind === "join" && members.length < 20) members = [...members, comer(weight)];
      if (kind === "group" && members.length < 18) {
        members = [...members, ...[1, 2, 3].map((i) => comer(weight + i))];
      }
      if (kind === "leave" && members.length > 1) members = members.filter((_, i) => i !== at);
      if (kind === "leaves" && members.length > 3) {
        members = members.filter((_, i) => (i - at) % 3 !== 0);
      }
      if (kind === "weight") {
        members = members.map((one, i) =>
          i === at ? { ...one, weight: 1 + (weight - 1) % weights } : one
        );
      }
      sets.push(members);
    }
    return live({ partitions, replicas, sets });
  });
}

export const PLAIN = histories({ zones: 1, weights: 1 });
export const MIXED = histories({ zones: 4, weights: 4 });
export const ZONED = histories({ zones: 4, weights: 1 });

/** Histories of few more nodes than copies, where spacing is hard: one goes, one or two come, again and again. */
export const NARROW = fc.record({
  partitions: fc.constantFrom(24, 32, 48, 64),
  replicas: fc.integer({ min: 3, max: 5 }),
  more: fc.integer({ min: 1, max: 3 }),
  names: fc.uniqueArray(fc.integer({ min: 0, max: 99 }), {
    minLength: 40,
    maxLength: 40,
    size: "max",
  }),
  leavers: fc.array(fc.nat(20), { minLength: 4, maxLength: 8, size: "max" }),
}).map(({ partitions, replicas, more, names, leavers }) => {
  const comers = names.map((name) => member(name));
  let members = comers.splice(0, replicas + more);
  const sets = [members];
  for (const leaver of leavers) {
    const at = leaver % members.length;
    sets.push(members = members.filter((_, i) => i !== at || members.length <= replicas + 1));
    if (members.length < replicas + 4) sets.push(members = [...members, comers.pop()!]);
  }
  return live({ partitions, replicas, sets });
});

/** A ring that no planner would make: anybody's, strangers' and nobody's partitions, in any order. */
export const someRing = fc.record({
  owners: fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 40 }),
  replicas: fc.integer({ min: 1, max: 5 }),
  members: fc.uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(2), fc.integer({ min: 1, max: 5 })),
    { minLength: 1, maxLength: 8, selector: ([name]) => name },
  ),
}).map(({ owners, replicas, members }): Step => {
  const before = owners.map((name) => name === null ? null : member(name).node);
  const placed = members.map(([name, zone, weight]) => member(name, `z${zone}`, weight));
  const options = { members: placed, replicas };
  return { before, members: placed, replicas, plan: plan(before, options) };
});

/**
 * Every ring that any history reaches, in a small scope: from each of them the planner is asked for each set of the
 * nodes. Few rings are ever reached, as the planner forgets nothing but what it moves.
 */
export function* everyStep(
  { partitions, replicas, nodes }: { partitions: number; replicas: number; nodes: number },
): Generator<Step> {
  const sets = Array.from(
    { length: 2 ** nodes - 1 },
    (_, i) => Array.from({ length: nodes }, (_, n) => n).filter((n) => (i + 1) & 2 ** n),
  ).map((names) => names.map((name) => member(name)));
  const seen = new Set<string>();
  const queue: Owners[] = [new Array<null>(partitions).fill(null)];
  while (queue.length > 0) {
    const before = queue.pop()!;
    for (const members of sets) {
      const step = { before, members, replicas, plan: plan(before, { members, replicas }) };
      yield step;
      const name = step.plan.owners.join();
      if (!seen.has(name)) queue.push(step.plan.owners);
      seen.add(name);
    }
  }
}

export const SCOPES = [
  { partitions: 6, replicas: 2, nodes: 4 },
  { partitions: 7, replicas: 3, nodes: 4 },
  { partitions: 8, replicas: 3, nodes: 4 },
  { partitions: 9, replicas: 3, nodes: 4 },
];

/** The counts of equal members, which may differ by one. */
export function spread({ members, plan }: Step): number {
  const counts = members.map(({ node }) => owned(plan.owners, node));
  return Math.max(...counts) - Math.min(...counts);
}

/** Histories that are the same in every run, whatever draws the cases of other laws: chance is a few lines. */
export function* fixedHistories(
  { zones, weights, count }: { zones: number; weights: number; count: number },
): Generator<Step> {
  let state = 7;
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % below;
  };
  for (let i = 0; i < count; i++) {
    const partitions = [24, 32, 48, 64][draw(4)]!;
    const replicas = 2 + draw(3);
    let name = draw(97);
    const comer = () => {
      name = (name + 37) % 97; // a prime: no name comes twice
      return member(name, `z${name % zones}`, 1 + draw(weights));
    };
    let members = Array.from({ length: replicas + 1 + draw(3) }, comer);
    const sets = [members];
    while (sets.length < 12) {
      const leaver = draw(members.length);
      const grows = members.length < replicas + 3 || (members.length < 14 && draw(2) === 0);
      members = grows ? [...members, comer()] : members.filter((_, i) => i !== leaver);
      sets.push(members);
    }
    yield* live({ partitions, replicas, sets }).slice(1);
  }
}
