/**
 * The preference list of a key (paper, section 4.3): who should hold it, and who stands in when one of those cannot.
 *
 * First come the owners, each with its seat: they are the **primaries**. Then come all other active nodes, in the order
 * of the walk: the **fallbacks**. Nobody stands twice. Passing over a node that is down means leaving its line out; the
 * others keep their order (law R7). Who is down is not known here.
 *
 * @module
 */
import type { NodeId, Position } from "../id.ts";
import type { Ring } from "./ring.ts";

/** A line of the list. */
export interface Entry {
  /** Whom to ask. */
  readonly node: NodeId;
  /** An owner of the key, or who stands in for one. */
  readonly role: "primary" | "fallback";
  /** Which of the k places of the range, 0..k-1; null for a fallback, which stands in for whoever is missing. */
  readonly seat: number | null;
}

/**
 * All active nodes, in the order in which a key at this position asks them.
 *
 * @example Two seats and a fallback
 * ```ts
 * import { preferenceList } from "./preference_list.ts";
 * import { deal } from "./claim.ts";
 * import { positionAt } from "./hash.ts";
 * import { equalEnds } from "./partition.ts";
 * import { Ring } from "./ring.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const members = ["a", "b", "c"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
 * const owners = deal({ partitions: 6, replicas: 2, members });
 * const ends = equalEnds(6);
 * const tokens = ends.map((end, i) => [end, owners[i]!] as const);
 * const ring = new Ring({ placement: { tokens, ends }, active: members });
 *
 * const list = preferenceList(ring, positionAt(0n), 2);
 * assertEquals(list.map((entry) => entry.role), ["primary", "primary", "fallback"]);
 * assertEquals(list.map((entry) => entry.seat), [0, 1, null]);
 * ```
 */
export function preferenceList(ring: Ring, position: Position, n: number): Entry[] {
  const seats = ring.seats(n);
  return ring.walk(position).map((node, i) =>
    i < seats ? { node, role: "primary", seat: i } : { node, role: "fallback", seat: null }
  );
}
