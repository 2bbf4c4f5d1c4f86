/**
 * The paper's three placement strategies (section 6.2) as three values of one type.
 *
 * Two things stand on the ring. **Tokens** are places that a node owns. **Ends** cut the ring into ranges: what is
 * transferred, compared and served as one. The strategies differ only in where the two stand:
 *
 * | strategy | tokens | ends |
 * | --- | --- | --- |
 * | 1 | T random ones a node | every position that ever was a token, so that ranges only ever split |
 * | 2 | T random ones a node | Q equal ones |
 * | 3 | one at each end, Q/S a node | Q equal ones |
 *
 * Invariants of a {@linkcode Placement}:
 * 1. tokens are sorted by position and ends are sorted; no position stands twice in either;
 * 2. there is at least one end. A range is (the end before, its end]: the ends tile the ring, the first range wraps;
 * 3. every token is owned; who of the owners is active is not said here (`ring.ts` skips those who are not).
 *
 * Who owns what is decided elsewhere (`claim.ts`) and recorded in the history; nothing here decides.
 *
 * @module
 */
import { compare, type NodeId, type Position } from "../id.ts";
import { positionAt, RING_SIZE } from "./hash.ts";

/** Which of the paper's strategies a cluster places by; fixed when it is founded. */
export type Strategy = 1 | 2 | 3;

/** A node as the operator placed it. Weight is a positive whole number; zone may be empty, which is a zone like another. */
export interface Member {
  /** Its id. */
  readonly node: NodeId;
  /** Whatever fails together: a rack, a room. */
  readonly zone: string;
  /** Its share beside the others'. */
  readonly weight: number;
}

/** Where tokens and ends stand. */
export interface Placement {
  /** Sorted by position. */
  readonly tokens: readonly (readonly [position: Position, node: NodeId])[];
  /** Sorted. */
  readonly ends: readonly Position[];
}

/** Every position that ever was a token, and who owns it now: null is nobody. */
export type Owners = ReadonlyMap<Position, NodeId | null>;

/**
 * The ends of Q equal ranges: end i is floor(i * 2^128 / Q).
 *
 * @example Four quarters
 * ```ts
 * import { equalEnds } from "./partition.ts";
 * import { hex } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(equalEnds(4).map((end) => hex(end).slice(0, 2)), ["00", "40", "80", "c0"]);
 * ```
 */
export function equalEnds(partitions: number): Position[] {
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new RangeError(`Cannot part the ring: at least 1 partition wanted, got ${partitions}`);
  }
  const q = BigInt(partitions);
  return Array.from({ length: partitions }, (_, i) => positionAt(BigInt(i) * RING_SIZE / q));
}

/** The placement that these owners give. */
export function place(strategy: Strategy, partitions: number, owners: Owners): Placement {
  const sorted = [...owners].sort((a, b) => compare(a[0], b[0]));
  return {
    tokens: sorted.flatMap(([position, node]) => node === null ? [] : [[position, node] as const]),
    ends: strategy === 1 ? sorted.map(([position]) => position) : equalEnds(partitions),
  };
}

/**
 * Whether a position is in the range (start, end], which may go over the wrap. Where both are the same the range is the
 * whole ring.
 *
 * @example Behind the start, and up to the end
 * ```ts
 * import { isWithin } from "./partition.ts";
 * import { positionAt } from "./hash.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [one, two, three] = [1n, 2n, 3n].map(positionAt);
 * assertEquals([one!, two!, three!].map((at) => isWithin(at, one!, three!)), [false, true, true]);
 * assertEquals([one!, two!, three!].map((at) => isWithin(at, three!, one!)), [true, false, false]);
 * ```
 */
export function isWithin(position: Position, start: Position, end: Position): boolean {
  return start < end ? start < position && position <= end : start < position || position <= end;
}

/** Those of the sorted `ends` that are in the range (start, end], in the order in which one meets them from its start. */
export function endsWithin(ends: readonly Position[], start: Position, end: Position): Position[] {
  const found: Position[] = [];
  const from = firstFrom(ends, start);
  const first = ends[from] === start ? from + 1 : from;
  for (let i = 0; i < ends.length; i++) {
    const next = ends[(first + i) % ends.length]!;
    if (!isWithin(next, start, end)) break;
    found.push(next);
    if (next === end) break;
  }
  return found;
}

/** Where the range with this end begins: behind the one of the sorted `ends` that comes before it. */
export function startOf(ends: readonly Position[], end: Position): Position {
  return ends[(firstFrom(ends, end) + ends.length - 1) % ends.length]!;
}

/** Index of the first of `sorted` that is `position` or after it; its length if there is none. */
export function firstFrom(sorted: readonly Position[], position: Position): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
