/**
 * The ring: who should hold a key (paper, sections 4.2, 4.3 and 6.2).
 *
 * A key belongs to the range that its position falls into. From the range's *end* one walks the tokens clockwise and
 * notes each node when it first turns up; whoever is not active is stepped over. The first min(n, active) nodes are the
 * range's **owners** for n, and the rest, in the same order, are those who stand in for them.
 *
 * Zones come first: the first node of each zone is moved to the front, in walk order. So n owners lie in min(n, zones)
 * zones, whatever the shape of the ring (law R26), and the order does not depend on n: the owners for n are the first of
 * the owners for n+1 (law R6).
 *
 * The walk is total. Nodes without a token come last, by id, so an unbalanced or half-planned ring is still a correct
 * one. A ring has at least one active node, always (law G30).
 *
 * A ring is a value: nothing changes it. It remembers the walks that it was asked for, within a bound. It knows owners,
 * not roles: a node may own a range that it does not serve yet (`membership/register.ts`).
 *
 * @module
 */
import { ByteWriter, compare, type Digest, digestOf, type NodeId, type Position } from "../id.ts";
import { firstFrom, type Member, type Placement, startOf } from "./partition.ts";

/** How many list entries a ring remembers, over all ranges: about 8 MB. */
const MEMORY = 1_000_000;

/** What a ring is made of. */
export interface RingParts {
  /** Where tokens and range ends stand. */
  readonly placement: Placement;
  /** The nodes that are `in`. At least one; the order does not matter. */
  readonly active: readonly Member[];
}

/**
 * Who owns which range.
 *
 * @example Two of three nodes own a key; a leaver is stepped over
 * ```ts
 * import { Ring } from "./ring.ts";
 * import { equalEnds } from "./partition.ts";
 * import { positionAt } from "./hash.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const a = nodeId("a"), b = nodeId("b"), c = nodeId("c");
 * const ends = equalEnds(3);
 * const placement = { ends, tokens: ends.map((end, i) => [end, [a, b, c][i]!] as const) };
 * const ringOf = (nodes: (typeof a)[]) =>
 *   new Ring({ placement, active: nodes.map((node) => ({ node, zone: "", weight: 1 })) });
 *
 * assertEquals(ringOf([a, b, c]).owners(positionAt(1n), 2), [b, c]);
 * assertEquals(ringOf([a, c]).owners(positionAt(1n), 2), [c, a]);
 * ```
 */
export class Ring {
  /** Where tokens and ends stand. */
  readonly placement: Placement;
  /** The active nodes, sorted by id. */
  readonly active: readonly Member[];
  /** Tokens of active nodes: where they stand, and whose they are (an index into `active`). */
  readonly #tokenPositions: readonly Position[];
  readonly #tokenOwners: readonly number[];
  readonly #zoneCount: number;
  readonly #walks = new Map<number, readonly NodeId[]>();
  #cut: Digest | null = null;

  /**
   * The ring of these tokens, for these nodes.
   *
   * @throws {RangeError} If no node is active.
   */
  constructor({ placement, active }: RingParts) {
    if (active.length === 0) throw new RangeError("Cannot make a ring: an active node is wanted");
    this.placement = placement;
    this.active = active.toSorted((a, b) => compare(a.node, b.node));
    this.#zoneCount = new Set(this.active.map(({ zone }) => zone)).size;
    const index = new Map(this.active.map(({ node }, i) => [node, i]));
    const tokens = placement.tokens.filter(([, node]) => index.has(node));
    this.#tokenPositions = tokens.map(([position]) => position);
    this.#tokenOwners = tokens.map(([, node]) => index.get(node)!);
  }

  /** The ends of all ranges, sorted. */
  get ends(): readonly Position[] {
    return this.placement.ends;
  }

  /** The end of the range that the position falls into: the first end at or after it, over the wrap. */
  rangeEnd(position: Position): Position {
    return this.ends[this.#rangeIndex(position)]!;
  }

  /** Where the range begins that the position falls into: behind this position. */
  rangeStart(position: Position): Position {
    return startOf(this.ends, this.rangeEnd(position));
  }

  /** Digest of all ends: rings for which it is the same cut the positions into the same ranges. */
  get cut(): Digest {
    return this.#cut ??= digestOf(
      this.ends.reduce((out, end) => out.raw(end), new ByteWriter()).toBytes(),
    );
  }

  /** k: how many owners, and so seats, a range has for n. */
  seats(n: number): number {
    return Math.min(n, this.active.length);
  }

  /** The nodes that should hold a key at this position: as many as there are seats, in the order of the seats. */
  owners(position: Position, n: number): NodeId[] {
    const index = this.#rangeIndex(position);
    // Few tokens tell the first n; a whole walk may have to see most of the ring.
    const walk = this.#walks.get(index) ?? this.#zonesFirst(this.#nodesFrom(this.ends[index]!, n));
    return walk.slice(0, this.seats(n));
  }

  /** Every active node, once, in the order in which a key at this position looks for a home. */
  walk(position: Position): readonly NodeId[] {
    const index = this.#rangeIndex(position);
    const known = this.#walks.get(index);
    if (known !== undefined) return known;
    if ((this.#walks.size + 1) * this.active.length > MEMORY) this.#walks.clear();
    const walk = this.#zonesFirst(this.#nodesFrom(this.ends[index]!, this.active.length));
    this.#walks.set(index, walk);
    return walk;
  }

  #rangeIndex(position: Position): number {
    const index = firstFrom(this.ends, position);
    return index === this.ends.length ? 0 : index;
  }

  /**
   * Active nodes (as indices), each at its first token from `end` on: at least as many as put the first n in order,
   * zones first. Those without a token come last.
   */
  #nodesFrom(end: Position, n: number): Set<number> {
    const owners = this.#tokenOwners;
    const start = firstFrom(this.#tokenPositions, end);
    const nodes = new Set<number>();
    const zones = new Set<string>();
    for (let i = 0; i < owners.length; i++) {
      const owner = owners[(start + i) % owners.length]!;
      nodes.add(owner);
      zones.add(this.active[owner]!.zone);
      if (nodes.size >= this.seats(n) && zones.size >= Math.min(n, this.#zoneCount)) return nodes;
    }
    for (let i = 0; i < this.active.length; i++) nodes.add(i);
    return nodes;
  }

  #zonesFirst(walk: Iterable<number>): NodeId[] {
    const zones = new Set<string>();
    const first: NodeId[] = [];
    const rest: NodeId[] = [];
    for (const index of walk) {
      const { node, zone } = this.active[index]!;
      (zones.has(zone) ? rest : first).push(node);
      zones.add(zone);
    }
    return [...first, ...rest];
  }
}
