/**
 * Claim: who owns which of Q equal partitions (paper, section 6.2, strategy 3).
 *
 * A key lives on the owners of N consecutive partitions, so two things matter. **Balance**: a node owns its share and
 * no more. **Spacing**: any N consecutive partitions, over the wrap too, belong to N nodes; else lists must walk further.
 *
 * Dealing is like dealing cards. Cut the ring into k = floor(Q/N) blocks of at least N partitions. Sort the nodes by how
 * many cards they get, and deal card j to block j mod k. A node with at most k cards never has two in one block, and
 * its cards in neighbouring blocks lie in the same row, so they are a block's length apart: N or more. One that has
 * exactly k would come too close where its cards wrap to the next row; dealt first, it never wraps. So a circle of Q
 * with every N neighbours apart exists whenever no quota is above floor(Q/N) (law R21); and never else, as N times
 * such a quota is more than Q.
 *
 * Everything is whole numbers and sorted ids: the same members give the same deal everywhere. A deal is recorded in the
 * history, and no history is ever folded with this code, so another version may deal otherwise and nobody moves.
 *
 * This deals an empty ring, which is all that founding a cluster takes. Changing a ring with the least movement is
 * `plan.ts`: it starts from the present owners, deals only the surplus, repairs spacing by swaps, and comes back here
 * when swaps do not get there.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import type { Member } from "./partition.ts";

/** What is dealt, and to whom. */
export interface DealOptions {
  /** Q. */
  readonly partitions: number;
  /** N: how many consecutive partitions should be on different nodes. */
  readonly replicas: number;
  /** In any order; no node twice. */
  readonly members: readonly Member[];
  /**
   * How many each owns now. Of nodes with equal fractions, those that own most beyond their whole parts get the odd
   * partitions, which so need not move. @default nobody owns any
   */
  readonly owned?: ReadonlyMap<NodeId, number>;
}

/** Greatest weight of a member, so that products of weights and partitions stay exact. */
export const MAX_WEIGHT = 2 ** 20;

/**
 * How many partitions each node gets: its share by weight, largest remainder first, but at most floor(Q/N), for more
 * cannot be spaced. What a heavy node cannot take, the others share. With too few nodes for that cap, it is ceil(Q/S).
 *
 * @example A node of half the weight cannot use it all
 * ```ts
 * import { quotas } from "./claim.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const members = [3, 1, 1, 1].map((weight, i) => ({ node: nodeId(`n${i}`), zone: "", weight }));
 * const share = quotas({ partitions: 12, replicas: 3, members });
 * assertEquals([...share.values()], [4, 3, 3, 2]);
 * ```
 */
export function quotas(options: DealOptions): Map<NodeId, number> {
  const { partitions, replicas, owned = new Map() } = options;
  const members = checked(options);
  const n = Math.min(replicas, members.length);
  const cap = Math.max(Math.floor(partitions / n), Math.ceil(partitions / members.length));

  // Whoever's share is above the cap gets the cap; that makes the others' shares greater, so ask again.
  const want = new Map<NodeId, number>();
  let free = members;
  let left = partitions;
  for (;;) {
    const sum = free.reduce((total, { weight }) => total + weight, 0);
    const over = new Set(free.filter(({ weight }) => left * weight > cap * sum));
    if (over.size === 0) return remainders({ free, left, sum, want, members, owned });
    for (const { node } of over) want.set(node, cap);
    left -= cap * over.size;
    free = free.filter((member) => !over.has(member));
  }
}

/** The whole parts of the shares, then one more for the largest fractions; the result is in the order of ids. */
function remainders(
  { free, left, sum, want, members, owned }: {
    free: readonly Member[];
    left: number;
    sum: number;
    want: Map<NodeId, number>;
    members: readonly Member[];
    owned: ReadonlyMap<NodeId, number>;
  },
): Map<NodeId, number> {
  for (const { node, weight } of free) want.set(node, Math.floor(left * weight / sum));
  const given = free.reduce((total, { node }) => total + want.get(node)!, 0);
  const fraction = ({ weight }: Member) => (left * weight) % sum;
  const beyond = ({ node }: Member) => Math.max(0, (owned.get(node) ?? 0) - want.get(node)!);
  free.toSorted((a, b) =>
    fraction(b) - fraction(a) || beyond(b) - beyond(a) || compare(a.node, b.node)
  )
    .slice(0, left - given)
    .forEach(({ node }) => want.set(node, want.get(node)! + 1));
  return new Map(members.map(({ node }) => [node, want.get(node)!]));
}

/**
 * Deals an empty ring: the owner of each of the Q partitions.
 *
 * Nodes of one zone are dealt together where the zones can be spaced like nodes can (no zone's quota above floor(Q/N)):
 * then N consecutive partitions are in N zones, too. Where they cannot, the lists look for zones themselves.
 *
 * @example Three nodes take turns
 * ```ts
 * import { deal } from "./claim.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const members = ["a", "b", "c"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
 * assertEquals(deal({ partitions: 6, replicas: 3, members }).join(""), "abcabc");
 * ```
 */
export function deal(options: DealOptions): NodeId[] {
  const { partitions, replicas } = options;
  const members = checked(options);
  const want = quotas(options);
  const blockCount = Math.max(1, Math.floor(partitions / Math.min(replicas, members.length)));

  const zoneWant = new Map<string, number>();
  for (const { node, zone } of members) {
    zoneWant.set(zone, (zoneWant.get(zone) ?? 0) + want.get(node)!);
  }
  const byZone = [...zoneWant.values()].every((quota) => quota <= blockCount);
  const order = members.toSorted((a, b) =>
    (byZone ? zoneWant.get(b.zone)! - zoneWant.get(a.zone)! || compare(a.zone, b.zone) : 0) ||
    want.get(b.node)! - want.get(a.node)! || compare(a.node, b.node)
  );

  const blocks: NodeId[][] = Array.from({ length: blockCount }, () => []);
  let card = 0;
  for (const { node } of order) {
    for (let i = want.get(node)!; i > 0; i--) blocks[card++ % blockCount]!.push(node);
  }
  return blocks.flat();
}

/** The members in the order of ids. @throws {RangeError} If what is asked makes no sense. */
function checked({ partitions, replicas, members }: DealOptions): Member[] {
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new RangeError(`Cannot deal: at least 1 partition wanted, got ${partitions}`);
  }
  if (!Number.isSafeInteger(replicas) || replicas < 1) {
    throw new RangeError(`Cannot deal: at least 1 replica wanted, got ${replicas}`);
  }
  if (members.length === 0) throw new RangeError("Cannot deal: at least 1 member wanted, got none");
  const sorted = members.toSorted((a, b) => compare(a.node, b.node));
  sorted.forEach(({ node, weight }, i) => {
    if (node === sorted[i - 1]?.node) throw new RangeError(`Cannot deal: ${node} is there twice`);
    if (!Number.isSafeInteger(weight) || weight < 1 || weight > MAX_WEIGHT) {
      throw new RangeError(`Cannot deal: a weight of 1 to ${MAX_WEIGHT} wanted, got ${weight}`);
    }
  });
  return sorted;
}
