/**
 * What one node takes and gives just now, and what each part of it waits for: `moves` of `/admin/transfers`.
 *
 * A node counts its own keys, and nobody else's: of a range that comes it knows how much is here, not how much there is.
 *
 * @module
 */
import type { TreesOverview } from "../anti_entropy/overview.ts";
import type { TransfersOverview } from "../handover/handover.ts";
import { hex, type NodeId } from "../id.ts";
import type { TreeName } from "../protocol/terms.ts";

/** A range, and how much of it is at this node. */
export interface MovingRange {
  /** The last position of the range. */
  readonly rangeEnd: string;
  readonly n: number;
  /** Keys of it that are here; null before the node has looked at all that it has. */
  readonly keys: number | null;
}

/** What moves to and from this node. */
export interface MovesPage {
  readonly arrivals: readonly (MovingRange & {
    /** Which of the seats of the range this node gets. */
    readonly seat: number;
    readonly from: readonly {
      readonly node: NodeId;
      /** `mark`: its promise to keep in mind what it stores. `copies`: what it holds. `seat`: that it lets go. */
      readonly waitsFor: "mark" | "copies" | "seat" | "nothing";
    }[];
    /** Members that have not said yet that they do not have the seat. */
    readonly claims: readonly NodeId[];
  })[];
  readonly departures: readonly (MovingRange & {
    readonly to: NodeId;
    readonly seat: number;
    /** `pass`: this node's own seat. `fill`: another seat, and this node keeps its own. */
    readonly kind: "pass" | "fill";
    /** `open`: it is being fetched. `closing`: writes wait. `giving`: it is being stored. `given`: the taker serves soon. */
    readonly phase: "open" | "closing" | "giving" | "given";
    /** Keys that were stored here since it was promised, and are not there yet. */
    readonly unsent: number;
  })[];
  /** Ranges that were given away, of which something may be here that not everybody has who serves them. */
  readonly drains: readonly MovingRange[];
  /** Keys of which a node that is out keeps what it has: it is too old to be given to anybody. */
  readonly aside: number;
}

/** What moves, with the keys that are here. */
export function movesPage(
  transfers: TransfersOverview | null,
  trees: Pick<TreesOverview, "isFull" | "plots"> | null,
): MovesPage {
  const { arrivals = [], departures = [], drains = [], aside = 0 } = transfers ?? {};
  const sizes = new Map(trees?.plots.map(({ end, n, tree }) => [`${n} ${end}`, tree.size]));
  const rangeOf = ({ end, n }: TreeName): MovingRange => ({
    rangeEnd: hex(end),
    n,
    keys: trees?.isFull ? sizes.get(`${n} ${end}`) ?? 0 : null,
  });
  return {
    arrivals: arrivals.map((arrival) => {
      const { seat, from, claims } = arrival;
      return { ...rangeOf(arrival), seat, from, claims };
    }),
    departures: departures.map((departure) => {
      const { to, seat, passes, phase, unsent } = departure;
      return { ...rangeOf(departure), to, seat, kind: passes ? "pass" : "fill", phase, unsent };
    }),
    drains: drains.map(rangeOf),
    aside,
  };
}
