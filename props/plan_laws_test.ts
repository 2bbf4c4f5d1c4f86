/**
 * The laws of the planner: balance, spacing and calm, from any ring to any members. The oracles count, compare every pair
 * and walk; they share no code with `src/ring`.
 *
 * Rings are reached by histories of members that come, go and change their weight, in small scopes by all of them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId } from "../src/id.ts";
import { deal, quotas } from "../src/ring/claim.ts";
import { equalEnds, type Member } from "../src/ring/partition.ts";
import { type Plan, plan } from "../src/ring/plan.ts";
import { Ring } from "../src/ring/ring.ts";
import { NODE_CONFLICT, Spacing } from "../src/ring/spacing.ts";

type Owners = readonly (NodeId | null)[];

/** One plan of a history: what was, for whom was planned, and what came out. */
interface Step {
  readonly before: Owners;
  readonly members: readonly Member[];
  readonly replicas: number;
  readonly plan: Plan;
}

// ------------------------------------------------------------------------------------------------ oracles

/** Pairs of partitions of one owner (or zone) less than `n` apart on the circle: every pair is looked at. */
function tooClose(labels: readonly unknown[], n: number): number {
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
function owned(owners: Owners, node: NodeId): number {
  return owners.filter((owner) => owner === node).length;
}

/** The zones of the owners. */
function zonesOf(owners: Owners, members: readonly Member[]): string[] {
  return owners.map((owner) => members.find(({ node }) => node === owner)!.zone);
}

/** How often the most frequent of them is there. */
function most(labels: readonly unknown[]): number {
  return Math.max(...labels.map((one) => labels.filter((other) => other === one).length));
}

/** How many partitions are not whose they were. */
function moved(before: Owners, after: Owners): number {
  return after.filter((owner, at) => owner !== before[at]).length;
}

/** The least that must move so that everybody owns as many as in `after`. */
function leastMoved({ before, members, plan }: Step): number {
  return members.reduce(
    (sum, { node }) => sum + Math.max(0, owned(plan.owners, node) - owned(before, node)),
    0,
  );
}

/** Who holds each partition: the first n nodes from there on, the first of each zone before the others. */
function lists(owners: Owners, members: readonly Member[], n: number): NodeId[][] {
  return owners.map((_, at) => {
    const walk: NodeId[] = [];
    for (const owner of [...owners.slice(at), ...owners.slice(0, at)]) {
      const isMember = members.some(({ node }) => node === owner);
      if (owner !== null && isMember && !walk.includes(owner)) walk.push(owner);
    }
    for (const { node } of members) if (!walk.includes(node)) walk.push(node);
    const zones = zonesOf(walk, members);
    const opensZone = walk.filter((_, i) => zones.indexOf(zones[i]!) === i);
    return [...opensZone, ...walk.filter((node) => !opensZone.includes(node))].slice(0, n);
  });
}

/** Whether N consecutive partitions on N nodes are possible with these counts (law R21, proved by trying elsewhere). */
function canBeSpaced({ members, replicas, plan }: Step): boolean {
  return members.length >= replicas &&
    most(plan.owners) <= Math.floor(plan.owners.length / replicas);
}

// ------------------------------------------------------------------------------------------------ histories

function member(name: number, zone = "", weight = 1): Member {
  return { node: nodeId(`n${String(name).padStart(2, "0")}`), zone, weight };
}

/** Plans for each of these sets of members in turn, from a ring that is nobody's or anything else. */
function live(
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
const someEvents = fc.array(
  fc.record({
    kind: fc.constantFrom("join", "join", "join", "group", "leave", "leave", "leaves", "weight"),
    which: fc.nat(60),
    weight: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 14, size: "max" },
);

/** Histories of up to 20 members. `zones` and `weights` are how many of each there are. */
function histories({ zones, weights }: { zones: number; weights: number }) {
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

const PLAIN = histories({ zones: 1, weights: 1 });
const MIXED = histories({ zones: 4, weights: 4 });
const ZONED = histories({ zones: 4, weights: 1 });

/** Histories of few more nodes than copies, where spacing is hard: one goes, one or two come, again and again. */
const NARROW = fc.record({
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
const someRing = fc.record({
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
function* everyStep(
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

const SCOPES = [
  { partitions: 6, replicas: 2, nodes: 4 },
  { partitions: 7, replicas: 3, nodes: 4 },
  { partitions: 8, replicas: 3, nodes: 4 },
  { partitions: 9, replicas: 3, nodes: 4 },
];

// ------------------------------------------------------------------------------------------------ balance

/** The counts of equal members, which may differ by one. */
function spread({ members, plan }: Step): number {
  const counts = members.map(({ node }) => owned(plan.owners, node));
  return Math.max(...counts) - Math.min(...counts);
}

Deno.test("R9 equal weights own floor or ceil of Q/S, from every ring that a small cluster reaches", () => {
  for (const scope of SCOPES) {
    for (const step of everyStep(scope)) assert(spread(step) <= 1, step.plan.owners.join());
  }
});

Deno.test("R9 equal weights own floor or ceil of Q/S, from any ring at all", () => {
  fc.assert(fc.property(someRing, ({ before, members, replicas }) => {
    const equal = members.map((one) => ({ ...one, weight: 3 }));
    const step = {
      before,
      members: equal,
      replicas,
      plan: plan(before, { members: equal, replicas }),
    };
    assertEquals(step.plan.owners.length, before.length);
    return spread(step) <= 1;
  }));
});

Deno.test("R27 everybody owns the capped share of their weight, within 1, from any ring at all", () => {
  let capped = 0;
  fc.assert(
    fc.property(fc.oneof(someRing.map((step) => [step]), MIXED), (steps) => {
      for (const { members, replicas, plan: { owners } } of steps) {
        const size = owners.length;
        const n = Math.min(replicas, members.length);
        const cap = Math.max(Math.floor(size / n), Math.ceil(size / members.length));
        // The share is min(cap, level * weight), at the level at which all shares make up Q: found by halving.
        let [low, high] = [0, cap];
        for (let i = 0; i < 60; i++) {
          const level = (low + high) / 2;
          const sum = members.reduce((sum, { weight }) => sum + Math.min(cap, level * weight), 0);
          if (sum < size) low = level;
          else high = level;
        }
        for (const { node, weight } of members) {
          const share = Math.min(cap, high * weight);
          const got = owned(owners, node);
          assert(Math.abs(got - share) < 1 + 1e-6 && got <= cap, `${got} for ${share}`);
          if (high * weight > cap) capped++;
        }
      }
      return true;
    }),
  );
  assert(capped > 50, `only ${capped} nodes were too heavy to be used fully`);
});

Deno.test("R13 the plan conserves: quotas sum to Q and are met, and who is no member owns nothing", () => {
  fc.assert(fc.property(fc.oneof(someRing.map((step) => [step]), MIXED), (steps) => {
    for (const { before, members, replicas, plan: { owners } } of steps) {
      const had = new Map(members.map(({ node }) => [node, owned(before, node)]));
      const want = quotas({ partitions: before.length, replicas, members, owned: had });
      assertEquals([...want.values()].reduce((sum, quota) => sum + quota, 0), before.length);
      assertEquals([...want.keys()], members.map(({ node }) => node).sort());
      for (const [node, quota] of want) assertEquals(owned(owners, node), quota);
      for (const owner of owners) assert(want.has(owner), `${owner} is no member`);
    }
    return true;
  }));
});

Deno.test("R13 nobody gives or takes more than agreed, where nothing had to be mended", () => {
  let seen = 0;
  fc.assert(fc.property(MIXED, (steps) => {
    for (const { before, members, replicas, plan: { owners, swaps, relaid } } of steps) {
      const isFree = members.length <= replicas || !members.some(({ node }) => owned(before, node));
      if (isFree || swaps > 0 || relaid) continue;
      for (const { node } of members) {
        const gave = before.filter((owner, at) => owner === node && owners[at] !== node).length;
        const took = owners.filter((owner, at) => owner === node && before[at] !== node).length;
        assert(gave === 0 || took === 0, `${node} gave ${gave} and took ${took}`);
        if (gave + took > 0) seen++;
      }
    }
    return true;
  }));
  assert(seen > 200, `only ${seen} nodes gave or took`);
});

Deno.test("R13 the odd partition stays with one who has it: of equal weights, nobody loses it to one who owned less", () => {
  fc.assert(fc.property(MIXED, (steps) => {
    for (const { before, members, plan: { owners } } of steps) {
      const counts = members.map(({ node, weight }) => ({
        weight,
        had: owned(before, node),
        has: owned(owners, node),
      }));
      for (const one of counts) {
        for (const other of counts.filter(({ weight }) => weight === one.weight)) {
          if (one.has <= other.has) continue; // then the other one has the whole part only
          const beyond = ({ had }: { had: number }) => Math.max(0, had - other.has);
          assert(beyond(one) >= beyond(other), `${before} became ${owners}`);
        }
      }
    }
    return true;
  }));
});

// ------------------------------------------------------------------------------------------------ spacing

Deno.test("R8 what can be spaced is spaced, over the wrap too: every ring that a small cluster reaches", () => {
  const checked = { steps: 0, spaced: 0 };
  for (const scope of [...SCOPES, { partitions: 8, replicas: 2, nodes: 5 }]) {
    for (const step of everyStep(scope)) {
      checked.steps++;
      if (!canBeSpaced(step)) continue;
      checked.spaced++;
      if (tooClose(step.plan.owners, scope.replicas) > 0) {
        throw new Error(`${step.before} became ${step.plan.owners}`);
      }
    }
  }
  assert(checked.steps > 100_000 && checked.spaced > 100_000, JSON.stringify(checked));
});

Deno.test("R21 N consecutive partitions are on N nodes iff no quota is above floor(Q/N): from any ring at all", () => {
  const seen = { spaced: 0, impossible: 0 };
  fc.assert(
    fc.property(fc.oneof(someRing.map((step) => [step]), MIXED), (steps) => {
      for (const step of steps) {
        if (Math.min(step.members.length, step.before.length) < step.replicas) continue;
        const isSpaced = tooClose(step.plan.owners, step.replicas) === 0;
        assertEquals(isSpaced, canBeSpaced(step), `${step.before} became ${step.plan.owners}`);
        isSpaced ? seen.spaced++ : seen.impossible++;
      }
      return true;
    }),
    { numRuns: 300 },
  );
  console.log(seen);assert(seen.spaced > 100 && seen.impossible > 10, JSON.stringify(seen));
});

Deno.test("R8 the histories reach what they are for: repair, relay, heavy weights, zones that cannot be spaced", () => {
  const seen = { repaired: 0, relaid: 0, heavy: 0, crowdedZone: 0, spacedZones: 0, fewNodes: 0 };
  fc.assert(
    fc.property(MIXED, (steps) => {
      for (const { members, replicas, plan: { owners, swaps, relaid } } of steps) {
        const room = Math.floor(owners.length / replicas);
        const zones = zonesOf(owners, members);
        const weights = members.reduce((sum, { weight }) => sum + weight, 0);
        if (members.length <= replicas) seen.fewNodes++;
        else if (relaid) seen.relaid++;
        else if (swaps > 0) seen.repaired++;
        if (members.some(({ weight }) => owners.length * weight > room * weights)) seen.heavy++;
        if (members.length > replicas && most(zones) > room) seen.crowdedZone++;
        if (replicas > 1 && tooClose(zones, replicas) === 0) seen.spacedZones++;
      }
      return true;
    }),
    { numRuns: 200 },
  );
  console.log(seen);for (const [what, times] of Object.entries(seen)) assert(times > 10, `${what}: ${times} times`);
});

Deno.test("R10 at once, in groups, singly, after leaves: the same members, equally balanced and spaced", () => {
  const someWays = fc.record({
    partitions: fc.constantFrom(16, 32, 48, 64),
    replicas: fc.integer({ min: 1, max: 4 }),
    names: fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 2, maxLength: 16 }),
    guests: fc.integer({ min: 1, max: 6 }),
    group: fc.integer({ min: 2, max: 4 }),
  });
  fc.assert(fc.property(someWays, ({ partitions, replicas, names, guests, group }) => {
    const all = names.map((name) => member(name));
    const passing = Array.from(
      { length: guests },
      (_, i) => ({ ...member(i), node: nodeId(`g${i}`) }),
    );
    const grown = (by: number) =>
      Array.from({ length: Math.ceil(all.length / by) }, (_, i) => all.slice(0, (i + 1) * by));
    const ways = {
      atOnce: [all],
      inGroups: grown(group),
      singly: grown(1),
      withGuests: [passing, [...passing, ...all.slice(0, 1)], [...passing, ...all], all],
      shrunk: [...all.keys()].map((i) => [...all, ...passing.slice(Math.min(i, guests))]),
    };
    for (const [way, sets] of Object.entries(ways)) {
      const last = live({ partitions, replicas, sets: [...sets, all] }).at(-1)!;
      assert(spread(last) <= 1, `${way}: ${last.plan.owners}`);
      if (canBeSpaced(last)) assertEquals(tooClose(last.plan.owners, replicas), 0, way);
    }
    return true;
  }));
});

Deno.test("R14 the conflicts that a planner counts as it goes are those of a full recount", () => {
  const someCircle = fc.record({
    owners: fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 12 }),
    zoneOf: fc.array(fc.nat(2), { minLength: 5, maxLength: 5 }),
    nodeReach: fc.integer({ min: 1, max: 6 }),
    zoneReach: fc.integer({ min: 1, max: 6 }),
    swaps: fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.integer({ min: -1, max: 4 })), {
      minLength: 1,
      maxLength: 6,
    }),
  });
  fc.assert(
    fc.property(someCircle, ({ owners, zoneOf, nodeReach, zoneReach, swaps }) => {
      const rule = { zoneOf, nodeReach, zoneReach: Math.min(zoneReach, nodeReach) };
      const recount = (now: readonly number[]) => {
        let weight = 0;
        for (let a = 0; a < now.length; a++) {
          for (let b = 0; b < a; b++) {
            const apart = Math.min(a - b, now.length - (a - b));
            const [one, other] = [now[a]!, now[b]!];
            if (one < 0 || other < 0) continue;
            if (one === other) weight += apart < rule.nodeReach ? NODE_CONFLICT : 0;
            else if (zoneOf[one] === zoneOf[other] && apart < rule.zoneReach) weight++;
          }
        }
        return weight;
      };
      const circle = new Spacing(owners, rule);
      const size = owners.length;
      for (const [x, y, owner] of swaps) {
        const [a, b] = [x % size, y % size];
        const was = recount(circle.owners);
        assertEquals(circle.total(), was);
        const nodes = circle.owners.map((one) => one < 0 ? null : one);
        assertEquals(circle.nodesApart(), tooClose(nodes, rule.nodeReach) === 0);
        const foreseen = circle.swapChange(a, b);
        assertEquals(recount(circle.owners), was, "asking changes nothing");
        circle.swap(a, b);
        assertEquals(recount(circle.owners), was + foreseen);
        circle.give(a, -1);
        const without = recount(circle.owners);
        const weight = circle.conflicts(a, owner);
        circle.give(a, owner);
        assertEquals(recount(circle.owners), without + weight);
      }
      return true;
    }),
    { numRuns: 500 },
  );
});

// ------------------------------------------------------------------------------------------------ zones

Deno.test("R15 a zone for each node is the same as one zone for all", () => {
  fc.assert(fc.property(PLAIN, (steps) => {
    for (const { before, members, replicas, plan: { owners } } of steps) {
      const apart = members.map((one) => ({ ...one, zone: one.node }));
      assertEquals(plan(before, { members: apart, replicas }).owners, owners);
    }
    return true;
  }));
});

Deno.test("R16 N consecutive partitions are in N zones wherever they can be, if the operator lets the ring be laid anew", () => {
  const seen = { solvable: 0, kept: 0 };
  fc.assert(
    fc.property(ZONED, (steps) => {
      for (const { before, members, replicas, plan: { owners } } of steps) {
        if (members.length < replicas) continue;
        const free = plan(before, { members, replicas, relay: "zones" });
        const zones = zonesOf(free.owners, members);
        if (most(zones) > Math.floor(owners.length / replicas)) continue;
        assertEquals(tooClose(zones, replicas), 0, `${zones}`);
        seen.solvable++;
        // Without that leave, a search by swaps gets there mostly.
        if (tooClose(zonesOf(owners, members), replicas) === 0) seen.kept++;
      }
      return true;
    }),
    { numRuns: 150 },
  );
  assert(seen.solvable > 100 && seen.kept > seen.solvable / 2, JSON.stringify(seen));
});

Deno.test("R16 zones never cost nodes their spacing: what can be spaced is spaced, in any zones", () => {
  let crowded = 0;
  fc.assert(fc.property(MIXED, fc.constantFrom("nodes", "zones"), (steps, relay) => {
    for (const step of steps) {
      const { before, members, replicas } = step;
      const { owners } = plan(before, { members, replicas, relay: relay as "nodes" | "zones" });
      if (!canBeSpaced(step)) continue;
      assertEquals(tooClose(owners, replicas), 0);
      if (tooClose(zonesOf(owners, members), replicas) > 0) crowded++;
    }
    return true;
  }));
  assert(crowded > 50, `only ${crowded} rings had a zone twice within N`);
});

Deno.test("R26 a list has min(n, zones) zones, also on planned rings whose zones cannot be spaced", () => {
  let crowded = 0;
  fc.assert(
    fc.property(MIXED, fc.integer({ min: 1, max: 5 }), (steps, n) => {
      const { members, replicas, plan: { owners } } = steps.at(-1)!;
      const ends = equalEnds(owners.length);
      const tokens = ends.map((end, i) => [end, owners[i]!] as const);
      const ring = new Ring({ placement: { tokens, ends }, active: members });
      const zones = new Set(members.map(({ zone }) => zone)).size;
      ends.forEach((end, at) => {
        const list = ring.owners(end, n);
        assertEquals(list, lists(owners, members, n)[at]);
        assertEquals(new Set(zonesOf(list, members)).size, Math.min(n, zones));
      });
      if (tooClose(zonesOf(owners, members), replicas) > 0) crowded++;
      return true;
    }),
    { numRuns: 40 },
  );
  assert(crowded > 5, `only ${crowded} rings had a zone twice within N`);
});

// ------------------------------------------------------------------------------------------------ calm

Deno.test("R22 a second plan moves nothing, in one zone: every ring that a small cluster reaches, and random ones", () => {
  for (const scope of SCOPES) {
    for (const { members, replicas, plan: { owners } } of everyStep(scope)) {
      assertEquals(plan(owners, { members, replicas }).owners, owners);
    }
  }
  fc.assert(fc.property(histories({ zones: 1, weights: 4 }), (steps) => {
    for (const { members, replicas, plan: { owners } } of steps) {
      const shuffled = members.toReversed(); // and the order of the members does not matter
      assertEquals(plan(owners, { members: shuffled, replicas }).owners, owners);
    }
    return true;
  }));
});

Deno.test("R19 who takes another's place takes its partitions, wherever its id sorts, and nothing else moves", () => {
  let seen = 0;
  fc.assert(
    fc.property(histories({ zones: 1, weights: 4 }), fc.nat(), fc.boolean(), (steps, at, low) => {
      const { members, replicas, plan: { owners } } = steps.at(-1)!;
      if (members.length <= replicas) return true; // there the shape is free, and ids shape it
      const old = members[at % members.length]!;
      const heir = nodeId(low ? "a" : "z");
      const translated = owners.map((owner) => owner === old.node ? heir : owner);
      const after = members.map((one) => one === old ? { ...one, node: heir } : one);
      assertEquals(plan(translated, { members: after, replicas }).owners, translated);
      seen++;
      return true;
    }),
  );
  assert(seen > 40, `only ${seen} rings had more nodes than copies`);
});

Deno.test("R23 a single join moves at most one partition more than it must, and to nobody but the newcomer unless it mends", () => {
  const seen = { joins: 0, mended: 0, extra: 0 };
  fc.assert(
    fc.property(fc.oneof(PLAIN, NARROW, NARROW), (steps) => {
      for (const [i, step] of steps.entries()) {
        const previous = steps[i - 1]?.members ?? [];
        const comers = step.members.filter(({ node }) =>
          !previous.some((one) => one.node === node)
        );
        const isJoin = comers.length === 1 && step.members.length === previous.length + 1;
        if (!isJoin || previous.length <= step.replicas) continue;
        const { before, plan: { owners, swaps, relaid } } = step;
        const extra = moved(before, owners) - leastMoved(step);
        assert(extra <= 1, `${extra} more: ${before} became ${owners}`);
        const strangers = owners.filter((owner, at) =>
          owner !== before[at] && owner !== comers[0]!.node
        ).length;
        if (swaps === 0) assertEquals({ strangers, relaid }, { strangers: 0, relaid: false });
        seen.joins++;
        if (swaps > 0) seen.mended++;
        if (extra > 0) seen.extra++;
      }
      return true;
    }),
    { numRuns: 300 },
  );
console.log(seen);
  assert(seen.joins > 300 && seen.mended > 10, JSON.stringify(seen));
});

Deno.test("R24 with N nodes or fewer no copy moves that need not; with more, at most 1.2 times the least in all", () => {
  const sum = { moved: 0, least: 0, few: 0 };
  fc.assert(
    fc.property(MIXED, (steps) => {
      for (const [i, { before, members, replicas, plan: { owners } }] of steps.entries()) {
        if (i === 0) continue;
        const was = lists(before, steps[i - 1]!.members, replicas);
        const is = lists(owners, members, replicas);
        const moved = is.flatMap((list, at) => list.filter((node) => !was[at]!.includes(node)));
        const holds = (all: NodeId[][], node: NodeId) =>
          all.filter((list) => list.includes(node)).length;
        const least = members.reduce(
          (sum, { node }) => sum + Math.max(0, holds(is, node) - holds(was, node)),
          0,
        );
        if (members.length <= replicas) {
          assertEquals(moved.length, least);
          sum.few++;
        } else {
          sum.moved += moved.length;
          sum.least += least;
        }
      }
      return true;
    }),
    { numRuns: 100 },
  );
  assert(sum.few > 20, `only ${sum.few} plans for N nodes or fewer`);
  const ratio = sum.moved / sum.least;
  console.log(sum, ratio);
  assert(ratio > 1 && ratio < 1.2, `${ratio.toFixed(3)} times the least`);
});

Deno.test("R24 an empty ring is dealt, and so is one of which no member owns anything", () => {
  fc.assert(fc.property(someRing, ({ before, members, replicas }) => {
    const dealt = deal({ partitions: before.length, replicas, members });
    const strangers = before.map((_, i) => i % 2 === 0 ? null : nodeId("stranger"));
    for (const empty of [before.map(() => null), strangers]) {
      const planned = plan(empty, { members, replicas });
      assertEquals(planned, { owners: dealt, swaps: 0, relaid: false });
    }
    return true;
  }));
});
