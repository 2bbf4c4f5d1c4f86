/**
 * How much of the ring each node owns and serves, and how much is still to come or to go: what operators look at.
 *
 * A share is of the key space, by width: 1 is all keys. Each key lives on k nodes, so the shares of all nodes together are k.
 *
 * @module
 */
import type { NodeId, Position } from "../id.ts";
import { integerOf, RING_SIZE } from "../ring/hash.ts";
import type { Ring } from "../ring/ring.ts";
import type { Registers } from "./registers.ts";

/** One node's part. */
export interface Share {
  /** Of the key space that it owns. */
  readonly owns: number;
  /** Of the key space that it serves. */
  readonly serves: number;
  /** Ranges that it owns and does not serve yet. */
  readonly takes: number;
  /** Ranges that it serves and does not own any more. */
  readonly gives: number;
}

const NOTHING: Share = { owns: 0, serves: 0, takes: 0, gives: 0 };

/** The share of everybody who has one. */
export function sharesOf(
  { ring, registers, n }: {
    readonly ring: Ring;
    readonly registers: Registers;
    readonly n: number;
  },
): ReadonlyMap<NodeId, Share> {
  const shares = new Map<NodeId, Share>();
  const widths = widthsOf(ring.ends);
  for (const [i, rangeEnd] of ring.ends.entries()) {
    const owners = new Set(ring.owners(rangeEnd, n));
    const servers = new Set(registers.serversAt(rangeEnd, n).map(({ node }) => node));
    for (const node of owners.union(servers)) {
      const { owns, serves, takes, gives } = shares.get(node) ?? NOTHING;
      const [isOwner, isServer] = [owners.has(node), servers.has(node)];
      shares.set(node, {
        owns: owns + (isOwner ? widths[i]! : 0),
        serves: serves + (isServer ? widths[i]! : 0),
        takes: takes + (isOwner && !isServer ? 1 : 0),
        gives: gives + (isServer && !isOwner ? 1 : 0),
      });
    }
  }
  return shares;
}

/**
 * What part of the key space each range is: from the end before it to its own, over the wrap.
 *
 * @example A ring of one range, and one of four
 * ```ts
 * import { widthsOf } from "./shares.ts";
 * import { equalEnds } from "../ring/partition.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(widthsOf(equalEnds(1)), [1]);
 * assertEquals(widthsOf(equalEnds(4)), [0.25, 0.25, 0.25, 0.25]);
 * ```
 */
export function widthsOf(ends: readonly Position[]): number[] {
  return ends.map((end, i) => {
    const width = integerOf(end) - integerOf(ends.at(i - 1)!);
    return Number(width > 0n ? width : width + RING_SIZE) / Number(RING_SIZE);
  });
}
