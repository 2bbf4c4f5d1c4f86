/**
 * Who serves each position of the ring, for one n: what all registers say, laid over one another.
 *
 * Each role is about a range of its own, and not all nodes cut the ring alike at one time: under strategy 1 ranges split,
 * and not everybody hears of it at once. So the ring is cut wherever any role begins or ends, and of each piece it is noted
 * who serves it. Where all cut alike a piece is a range.
 *
 * @module
 */
import { compare, type NodeId, type Position } from "../id.ts";
import type { Role } from "../protocol/change.ts";
import { firstFrom, isWithin } from "../ring/partition.ts";

/** Who says that it serves a range, and how. */
export interface Server {
  /** Who. */
  readonly node: NodeId;
  /** What it has said of a range. */
  readonly role: Role;
}

/**
 * A step function from positions to those who serve there.
 *
 * @example One has said something of the whole, the other of a part
 * ```ts
 * import { ServingSteps } from "./serving_steps.ts";
 * import { positionAt } from "../ring/hash.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [one, two, three] = [1n, 2n, 3n].map(positionAt);
 * const serving = { n: 2, role: "serving", seats: 2, tenure: 1, recovering: false, peers: [] } as const;
 * const steps = new ServingSteps([
 *   { node: nodeId("a"), role: { ...serving, seat: 0, rangeStart: one!, rangeEnd: three! } },
 *   { node: nodeId("b"), role: { ...serving, seat: 1, rangeStart: two!, rangeEnd: three! } },
 * ]);
 * assertEquals(steps.at(two!).map(({ node }) => node), ["a"]);
 * assertEquals(steps.at(three!).map(({ node }) => node), ["a", "b"]);
 * assertEquals(steps.within(one!, three!), ["a", "b"]);
 * ```
 */
export class ServingSteps {
  /** Where a piece ends, sorted. The first goes over the wrap. */
  readonly #ends: readonly Position[];
  readonly #servers: readonly Server[][];

  /** Those who serve, each with one role, in any order. */
  constructor(servers: readonly Server[]) {
    const ends = servers.flatMap(({ role: { rangeStart, rangeEnd } }) => [rangeStart, rangeEnd]);
    this.#ends = [...new Set(ends)].sort(compare);
    this.#servers = this.#ends.map(() => []);
    for (const server of servers) {
      const { rangeStart, rangeEnd } = server.role;
      for (const piece of this.#pieces(rangeStart, rangeEnd)) this.#servers[piece]!.push(server);
    }
    for (const there of this.#servers) {
      there.sort((a, b) => a.role.seat - b.role.seat || compare(a.node, b.node));
    }
  }

  /** Who serves a position, by seat, then node. */
  at(position: Position): readonly Server[] {
    return this.#servers[this.#pieceOf(position)] ?? [];
  }

  /** Who serves any part of the range (start, end], each once. */
  within(start: Position, end: Position): readonly NodeId[] {
    if (this.#ends.length === 0) return [];
    const nodes = new Set<NodeId>();
    for (const piece of this.#pieces(start, end)) {
      for (const { node } of this.#servers[piece]!) nodes.add(node);
    }
    return [...nodes];
  }

  #pieceOf(position: Position): number {
    const index = firstFrom(this.#ends, position);
    return index === this.#ends.length ? 0 : index;
  }

  /** The pieces that have a part of (start, end]. */
  *#pieces(start: Position, end: Position): Generator<number> {
    const ends = this.#ends;
    const at = this.#pieceOf(start);
    const first = ends[at] === start ? (at + 1) % ends.length : at;
    const last = this.#pieceOf(end);
    // Both in one piece: the range lies in it, or goes round the whole ring.
    const isRound = first === last && !isWithin(end, start, ends[last]!);
    const count = isRound ? ends.length : (last - first + ends.length) % ends.length + 1;
    for (let i = 0; i < count; i++) yield (first + i) % ends.length;
  }
}
