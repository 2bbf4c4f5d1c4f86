/**
 * The planner: from who owns what now, and who is to own from now on, to who should own what (paper, section 6.2,
 * strategy 3).
 *
 * Three things are wanted of a ring, in this order. **Balance**: everybody owns exactly the quota of their weight.
 * **Spacing**: N consecutive partitions belong to N nodes, and to as many zones as can be. **Calm**: as little as
 * possible changes hands. The plan goes from the cheapest means to the dearest:
 *
 * 1. *Deal the surplus.* Whoever lacks partitions takes them, in turns, from those who have too many and from those who
 *    go: one that stands in nobody's way where it comes, and was in somebody's way where it was.
 * 2. *Repair.* While something is too near, swap two owners (`repair.ts`).
 * 3. *Lay anew.* If a node is still too near itself although it need not be, deal the whole ring (`claim.ts`), turned so
 *    that most stays. So spacing is reached whenever it can be reached (law R21), at a price that the operator may refuse.
 *
 * With S <= N nodes every list holds every node, so the shape of the ring costs no transfer: then, and if no member owns
 * anything yet, the ring is laid anew at once. It is also the best shape to grow from.
 *
 * Whole numbers, sorted ids, no chance: the same arguments give the same plan everywhere. Yet what counts is what a
 * change of the history has recorded (`membership/plan.ts`): no ring is ever computed with this, so another version may
 * plan otherwise and nothing moves.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import { deal, quotas } from "./claim.ts";
import type { Member } from "./partition.ts";
import { repair } from "./repair.ts";
import { NOBODY, Spacing } from "./spacing.ts";

/** For whom is planned, and what it may cost. */
export interface PlanOptions {
  /** The nodes that are to own the ring; in any order. */
  readonly members: readonly Member[];
  /** N. */
  readonly replicas: number;
  /**
   * When the ring may be laid anew, which moves much of it: `never` (lists may have to walk further), for `nodes` that
   * are too near themselves, or for `zones`, too. @default "nodes"
   */
  readonly relay?: "never" | "nodes" | "zones";
}

/** A planned ring. */
export interface Plan {
  /** Who owns each partition. */
  readonly owners: readonly NodeId[];
  /** How many swaps the repair took. */
  readonly swaps: number;
  /** Whether swaps were not enough, and the ring was laid anew. */
  readonly relaid: boolean;
}

/**
 * Who should own each partition, if these own it now. An owner who is no member is as good as none.
 *
 * @throws {RangeError} If there is no member, a member stands there twice, or a number makes no sense.
 *
 * @example A fourth node takes its share, and nothing else moves
 * ```ts
 * import { plan } from "./plan.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b, c, d] = ["a", "b", "c", "d"].map(nodeId);
 * const members = [a, b, c, d].map((node) => ({ node: node!, zone: "", weight: 1 }));
 * const now = [a, b, c, a, b, c, a, b].map((node) => node!);
 *
 * const { owners } = plan(now, { members, replicas: 2 });
 * const moved = owners.filter((owner, at) => owner !== now[at]);
 * assertEquals(moved, [d!, d!]);
 * assertEquals(plan(owners, { members, replicas: 2 }).owners, owners);
 * ```
 */
export function plan(owners: readonly (NodeId | null)[], options: PlanOptions): Plan {
  const { replicas, relay = "nodes" } = options;
  const members = options.members.toSorted((a, b) => compare(a.node, b.node));
  const index = new Map(members.map(({ node }, i) => [node, i]));
  const base = owners.map((owner) => owner === null ? NOBODY : index.get(owner) ?? NOBODY);
  const have = counts(base, members.length);
  const owned = new Map(members.map(({ node }, i) => [node, have[i]!]));
  const shares = { partitions: owners.length, replicas, members, owned };
  const want = [...quotas(shares).values()]; // in the order of ids, too
  const named = (numbers: readonly number[]) => numbers.map((number) => members[number]!.node);
  const anew = () => named(turned(deal(shares).map((node) => index.get(node)!), base));

  const isFree = members.length <= replicas || base.every((owner) => owner === NOBODY);
  if (isFree) return { owners: anew(), swaps: 0, relaid: false };

  const { zoneOf, most } = zonesOf(members, want);
  const zoneReach = widestReach(most, { partitions: owners.length, replicas });
  const circle = new Spacing(base, { zoneOf, nodeReach: replicas, zoneReach });
  dealSurplus(circle, want);
  const swaps = repair(circle, base);

  const room = Math.floor(owners.length / replicas);
  const nodesClash = !circle.nodesApart() && Math.max(...want) <= room;
  const zonesClash = circle.total() > 0 && most <= room;
  const relaid = (relay !== "never" && nodesClash) || (relay === "zones" && zonesClash);
  return { owners: relaid ? anew() : named(circle.owners), swaps, relaid };
}

/** Gives those who lack partitions what others have too many of, and what is nobody's. */
function dealSurplus(circle: Spacing, want: readonly number[]): void {
  const have = counts(circle.owners, want.length);
  const lack = (node: number) => want[node]! - have[node]!;
  let takers = [...want.keys()].filter((node) => lack(node) > 0)
    .sort((a, b) => lack(b) - lack(a) || a - b);
  while (takers.length > 0) {
    for (const taker of takers) {
      const at = bestTake(circle, { taker, want, have });
      const giver = circle.ownerOf(at);
      if (giver !== NOBODY) have[giver]!--;
      have[taker]!++;
      circle.give(at, taker);
    }
    takers = takers.filter((node) => lack(node) > 0);
  }
}

/**
 * Which partition the taker takes next: the one that leaves the fewest conflicts; of those, one of whoever has most too
 * many; of those, the one nearest to the ideal place. While somebody lacks a partition there is one to take.
 */
function bestTake(
  circle: Spacing,
  { taker, want, have }: {
    taker: number;
    want: readonly number[];
    have: readonly number[];
  },
): number {
  // Takes that are equal steps apart come out evenly round the circle, so a node has many neighbours, and when it fails its
  // load falls on many (paper, section 4.2). Every taker begins elsewhere, so two that join on two sides of a split take
  // different partitions, and keep most of them when it heals.
  const start = Math.floor(taker * circle.size / want.length);
  const ideal = start + Math.floor(have[taker]! * circle.size / want[taker]!);
  let best = -1;
  let bestCost = Infinity;
  for (let far = 0; far < circle.size; far++) {
    const at = (ideal + far) % circle.size;
    const giver = circle.ownerOf(at);
    const surplus = giver === NOBODY ? 0 : have[giver]! - want[giver]!;
    if (giver !== NOBODY && surplus <= 0) continue;
    const change = circle.conflicts(at, taker) - circle.conflicts(at, giver);
    const cost = change * circle.size - surplus; // a surplus is less than the circle: it only breaks ties
    if (cost < bestCost) {
      best = at;
      bestCost = cost;
    }
  }
  return best;
}

/** The zone of each node as a number, and how many partitions the greatest zone gets. */
function zonesOf(members: readonly Member[], want: readonly number[]) {
  const zones = [...new Set(members.map(({ zone }) => zone))];
  const zoneOf = members.map(({ zone }) => zones.indexOf(zone));
  const zoneWant = zones.map(() => 0);
  zoneOf.forEach((zone, node) => zoneWant[zone]! += want[node]!);
  return { zoneOf, most: Math.max(...zoneWant) };
}

/** The greatest distance, up to N, at which partitions of one zone can be kept (law R21, with zones for nodes). */
function widestReach(
  most: number,
  { partitions, replicas }: { partitions: number; replicas: number },
): number {
  let reach = replicas;
  while (reach > 1 && most > Math.floor(partitions / reach)) reach--;
  return reach;
}

/** The sequence, turned round the circle so that most partitions stay where they are. */
function turned(sequence: readonly number[], base: readonly number[]): number[] {
  const size = sequence.length;
  const places = new Map<number, number[]>();
  sequence.forEach((owner, at) => {
    const known = places.get(owner);
    if (known === undefined) places.set(owner, [at]);
    else known.push(at);
  });
  const stay = new Array<number>(size).fill(0); // by turn
  base.forEach((owner, at) => {
    for (const place of places.get(owner) ?? []) stay[(place - at + size) % size]!++;
  });
  const turn = stay.indexOf(stay.reduce((most, count) => Math.max(most, count)));
  return sequence.map((_, at) => sequence[(at + turn) % size]!);
}

/** How many partitions each node owns. */
function counts(owners: readonly number[], nodes: number): number[] {
  const have = new Array<number>(nodes).fill(0);
  for (const owner of owners) if (owner !== NOBODY) have[owner]!++;
  return have;
}
