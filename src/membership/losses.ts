/**
 * What removing nodes may lose (protocol.md, Part 2 c and d).
 *
 * Who leaves passes on what it has; who is removed passes on nothing that anybody may count on. So of each range that it
 * serves there must be others, and enough of them: a write that W seats have acknowledged is on one of the others only if
 * fewer than W seats are gone.
 *
 * | others that serve the range | what may be lost |
 * | --- | --- |
 * | none | all that is in it: `lost` |
 * | fewer than k - W + 1 | what exactly those have acknowledged who go: `doubtful` |
 * | more | nothing |
 *
 * Who recovers has not yet what it should have, and is no other to count on. k is the number of seats that the range is
 * known to have.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Ring } from "../ring/ring.ts";
import type { Registers } from "./registers.ts";
import type { KeyRange } from "./transfers.ts";

/** A range that a removal touches. */
export interface Loss extends KeyRange {
  readonly kind: "lost" | "doubtful";
  /** Those who serve it and go. */
  readonly removed: readonly NodeId[];
  /** Those who serve it and stay, recovering ones too. */
  readonly survivors: readonly NodeId[];
}

/** From what it follows. */
export interface LossOptions {
  /** The ring as it is. */
  readonly ring: Ring;
  readonly registers: Registers;
  /** The n's that are in use. */
  readonly ns: readonly number[];
  /** W by default. */
  readonly w: number;
}

/** What the removal of these nodes at once may lose, in the order of the ranges. */
export function lossesOf(
  removed: ReadonlySet<NodeId>,
  { ring, registers, ns, w }: LossOptions,
): Loss[] {
  const losses: Loss[] = [];
  if (removed.size === 0) return losses;
  for (const rangeEnd of ring.ends) {
    for (const n of ns) {
      const servers = registers.serversAt(rangeEnd, n);
      const gone = servers.filter(({ node }) => removed.has(node));
      if (gone.length === 0) continue;
      const staying = servers.filter(({ node }) => !removed.has(node));
      const sound = new Set(staying.filter((one) => !one.role.recovering).map(seatOf)).size;
      const seats = registers.seatsAt(rangeEnd, n);
      if (sound > seats - Math.min(w, seats)) continue;
      losses.push({
        rangeEnd,
        n,
        kind: sound === 0 ? "lost" : "doubtful",
        removed: gone.map(({ node }) => node),
        survivors: staying.map(({ node }) => node),
      });
    }
  }
  return losses;
}

function seatOf({ role }: { readonly role: { readonly seat: number } }): number {
  return role.seat;
}
