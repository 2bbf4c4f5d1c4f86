/**
 * Spacing: how near to one another the partitions of one node, or of one zone, stand on the circle.
 *
 * A list is read off N consecutive partitions. If a node stands in them twice, the walk has to go further; so a good ring
 * has N different nodes in every window of N, and in as many zones as can be. Whatever falls short of that is a
 * **conflict**: a pair of partitions, less than N apart on the circle, of one node; or less than `zoneReach` apart, of one
 * zone.
 *
 * A planner asks the same two questions very often: how many conflicts would partition q have if node x owned it, and by
 * how much would all conflicts change if q and r swapped owners? Both look only at the windows round q and r. That the
 * answers are those of a full recount is law R14.
 *
 * Inside, nodes are numbers: their place in the sorted list of ids.
 *
 * @module
 */

/** Nobody's partition. */
export const NOBODY: number = -1;

/**
 * What two partitions of one node within a window weigh; two of one zone weigh 1. It is more than all zones in a window
 * could make up for, so that nodes always come first.
 */
export const NODE_CONFLICT = 64;

/** What counts as too near. */
export interface SpacingRule {
  /** The zone of each node. */
  readonly zoneOf: readonly number[];
  /** Two partitions of a node should be at least so far apart: N. */
  readonly nodeReach: number;
  /** Two partitions of a zone should be at least so far apart. At most `nodeReach`. */
  readonly zoneReach: number;
}

/**
 * A circle of owners that knows its conflicts.
 *
 * @example Two neighbours of one node, and what a swap would mend
 * ```ts
 * import { NODE_CONFLICT, Spacing } from "./spacing.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const circle = new Spacing([0, 0, 1, 1], { zoneOf: [0, 1], nodeReach: 2, zoneReach: 1 });
 * assertEquals(circle.total(), 2 * NODE_CONFLICT);
 * assertEquals(circle.swapChange(1, 2), -2 * NODE_CONFLICT);
 * ```
 */
export class Spacing {
  /** Who owns each partition: the number of a node, or {@linkcode NOBODY}. */
  readonly #owners: Int32Array;
  readonly #rule: SpacingRule;
  /** Neighbours farther than half the circle are nearer on the other side. */
  readonly #nodeReach: number;

  /** The circle of these owners; it keeps a copy. */
  constructor(owners: ArrayLike<number>, rule: SpacingRule) {
    this.#owners = Int32Array.from(owners);
    this.#rule = rule;
    this.#nodeReach = Math.min(rule.nodeReach - 1, Math.floor(owners.length / 2));
  }

  /** Q. */
  get size(): number {
    return this.#owners.length;
  }

  /** The owners as they are now: a copy. */
  get owners(): number[] {
    return [...this.#owners];
  }

  /** Who owns the partition. */
  ownerOf(at: number): number {
    return this.#owners[at]!;
  }

  /** Gives the partition to a node. */
  give(at: number, owner: number): void {
    this.#owners[at] = owner;
  }

  /** Two partitions swap their owners. */
  swap(a: number, b: number): void {
    const owner = this.#owners[a]!;
    this.#owners[a] = this.#owners[b]!;
    this.#owners[b] = owner;
  }

  /** What the conflicts of this partition with its neighbours would weigh if it were `owner`'s. */
  conflicts(at: number, owner: number): number {
    const size = this.size;
    let weight = 0;
    for (let far = 1; far <= this.#nodeReach; far++) {
      const after = at + far < size ? at + far : at + far - size;
      weight += this.#between(owner, this.#owners[after]!, far);
      if (2 * far === size) continue; // the neighbour opposite is one, not two
      const before = at - far >= 0 ? at - far : at - far + size;
      weight += this.#between(owner, this.#owners[before]!, far);
    }
    return weight;
  }

  /** What the present owner's conflicts at this partition weigh. */
  conflictsAt(at: number): number {
    return this.conflicts(at, this.#owners[at]!);
  }

  /** By how much {@linkcode total} would change if the two swapped owners. */
  swapChange(a: number, b: number): number {
    const before = this.conflictsAt(a) + this.conflictsAt(b);
    this.swap(a, b);
    const after = this.conflictsAt(a) + this.conflictsAt(b);
    this.swap(a, b);
    return after - before;
  }

  /** What all conflicts weigh, each pair once. */
  total(): number {
    let twice = 0;
    for (let at = 0; at < this.size; at++) twice += this.conflictsAt(at);
    return twice / 2;
  }

  /** True if no node is too near itself. */
  nodesApart(): boolean {
    return !this.#owners.some((owner, at) => this.conflicts(at, owner) >= NODE_CONFLICT);
  }

  #between(owner: number, other: number, far: number): number {
    if (other === NOBODY || owner === NOBODY) return 0;
    if (other === owner) return NODE_CONFLICT;
    const { zoneOf, zoneReach } = this.#rule;
    return far < zoneReach && zoneOf[owner] === zoneOf[other] ? 1 : 0;
  }
}
