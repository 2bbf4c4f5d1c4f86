/**
 * Which seat of a range a node should have, and from whom (protocol.md, Part 2 a6).
 *
 * The ring names the owners of a range; registers name who has a role there. Owners who serve nothing yet are *takers*; who
 * serves and is no owner any more is a *giver*. Takers and givers are paired in the order of their names: the i-th taker has
 * the seat of the i-th giver **passed** to it. A taker for whom no giver is left **fills** a seat that nobody has: a new one,
 * because the cluster has grown towards n, or that of a node that is out.
 *
 * Everybody finds out for itself, from what it has heard, and need not be right: a giver passes its seat to one taker only,
 * and who fills a seat asks every member first. A wrong wish is refused, and costs time.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import type { Role } from "../protocol/change.ts";

/** Who has a role for a range, and which. */
export interface Holder {
  readonly node: NodeId;
  readonly role: Role;
}

/** What is known of a range. */
export interface Scene {
  /** Who asks. */
  readonly node: NodeId;
  /** Who should serve the range. */
  readonly owners: readonly NodeId[];
  /** Who has a role there: of nobody who is out. */
  readonly holders: readonly Holder[];
}

/** What a node wants of a range. */
export type Wish =
  /** To have a seat passed on by one of these: the first of them that will. */
  | {
    readonly kind: "pass";
    readonly from: readonly { readonly node: NodeId; readonly seat: number }[];
  }
  /** To have a seat that nobody has, with all that is known to those who serve the others. */
  | { readonly kind: "fill"; readonly seat: number; readonly from: readonly NodeId[] };

/** What the node wants; null if it has what it should have, or there is nothing to be had. */
export function wishOf({ node, owners, holders }: Scene): Wish | null {
  const own = holders.find((holder) => holder.node === node)?.role ?? null;
  if (own?.role === "serving") return null;
  const begun = own?.role === "receiving" ? passOf(node, own, holders) : null;
  if (begun !== null) return { kind: "pass", from: [begun] };
  if (!owners.includes(node)) return null;
  const servers = holders.filter(({ role }) => role.role === "serving").toSorted(byName);
  const givers = servers.filter((server) => !owners.includes(server.node));
  const serving = new Set(servers.map((server) => server.node));
  const takers = owners.filter((owner) => !serving.has(owner)).toSorted(compare);
  const index = takers.indexOf(node);
  if (index < givers.length) {
    const turned = [...givers.slice(index), ...givers.slice(0, index)]
      .map((giver) => ({ node: giver.node, seat: giver.role.seat }));
    const first = turned.filter((giver) => own?.role === "receiving" && isFrom(own, giver));
    return { kind: "pass", from: [...first, ...turned.filter((giver) => !first.includes(giver))] };
  }
  const seat = freeSeat(node, { own, owners, holders, nth: index - givers.length });
  return seat === null ? null : { kind: "fill", seat, from: servers.map((server) => server.node) };
}

/** Whoever has passed its seat to this node already: nobody else will have it, whatever the ring says by now. */
function passOf(
  node: NodeId,
  own: Role,
  holders: readonly Holder[],
): { node: NodeId; seat: number } | null {
  const giver = holders.find(({ role }) =>
    role.role === "released" && role.peers[0] === node && role.seat === own.seat && !role.recovering
  );
  const isServed = holders.some(({ role }) => role.role === "serving" && role.seat === own.seat);
  return giver === undefined || isServed ? null : { node: giver.node, seat: giver.role.seat };
}

function isFrom(own: Role, giver: { node: NodeId; seat: number }): boolean {
  return own.peers.length === 1 && own.peers[0] === giver.node && own.seat === giver.seat;
}

/** A seat that nobody serves, gets, or has just passed to somebody. */
function freeSeat(
  node: NodeId,
  { own, owners, holders, nth }: {
    readonly own: Role | null;
    readonly owners: readonly NodeId[];
    readonly holders: readonly Holder[];
    readonly nth: number;
  },
): number | null {
  const rivals = holders.filter((holder) =>
    holder.node !== node && (holder.role.role === "serving" ||
      (holder.role.role === "receiving" && owners.includes(holder.node)))
  );
  const taken = new Set(rivals.map(({ role }) => role.seat));
  // Of two who get the same seat one stays: if both gave way, and chose alike, they would do so for ever.
  const isKept = own?.role === "receiving" &&
    !rivals.some((rival) =>
      rival.role.seat === own.seat &&
      (rival.role.role === "serving" || compare(rival.node, node) < 0)
    );
  const seats = Math.max(owners.length, ...holders.map(({ role }) => role.seats));
  if (isKept) return own.seat;
  const free = Array.from({ length: seats }, (_, seat) => seat).filter((seat) => !taken.has(seat));
  return free[Math.min(nth, free.length - 1)] ?? null;
}

function byName(a: Holder, b: Holder): number {
  return compare(a.node, b.node);
}
