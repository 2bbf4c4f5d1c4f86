/**
 * Who is who, for whoever looks after a node: members as the history has them, what each owns and serves, and who waits
 * outside to be joined.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import type { Health, PeerHealth } from "../membership/health.ts";
import type { ClusterView, Status } from "../membership/history.ts";
import { outIn } from "../membership/outline.ts";
import type { Roster } from "../membership/roster.ts";
import { type Share, sharesOf } from "../membership/shares.ts";
import { nsOf } from "../membership/staged_steps.ts";
import { unsettledRanges } from "../membership/transfers.ts";

/** What a node is in the cluster: `outside` is one that has called, and is no member yet. */
export type Standing = Status | "outside";

/** A member, as this node sees it. */
export interface MemberStatus {
  readonly node: NodeId;
  /** True: it is this node itself. */
  readonly self: boolean;
  readonly status: Standing;
  /** Null of who is outside. */
  readonly zone: string | null;
  readonly weight: number | null;
  /** Shares of the key space, from 0 to 1: each key counts at each of its owners. */
  readonly owns: number;
  readonly serves: number;
  /** Ranges that it owns and does not serve yet, and that it serves and does not own any more. */
  readonly takes: number;
  readonly gives: number;
  /** Null of who is outside, or out: nobody watches it. */
  readonly health: Health | null;
  /** For how long it has been in trouble; null if it is up. Of who is outside: since when it is silent. In ms. */
  readonly forMs: number | null;
}

/** What {@linkcode memberStatuses} looks at. */
export interface MemberOptions {
  readonly id: NodeId;
  readonly roster: Pick<Roster, "view" | "registers" | "outsiders">;
  readonly peers: readonly PeerHealth[];
  /** By the clock that the node is stepped with. */
  readonly nowMs: number;
}

const NOTHING: Share = { owns: 0, serves: 0, takes: 0, gives: 0 };
const ORDER: readonly Standing[] = ["in", "leaving", "outside", "out"];

/** Everybody: members by id, then those outside, then those who have left. */
export function memberStatuses({ id, roster, peers, nowMs }: MemberOptions): MemberStatus[] {
  const { view, registers, outsiders } = roster;
  const { ring, genesis: { replicas: n } } = view;
  const shares = sharesOf({ ring, registers, n });
  const watched = new Map(peers.map((peer) => [peer.node, peer]));
  const since = (ms: number | null) => ms === null ? null : Math.round(nowMs - ms);
  const members = [...view.status].map(([node, status]): MemberStatus => {
    const { zone, weight } = view.members.get(node)!;
    const { health = "up", troubledMs = null } = watched.get(node) ?? {};
    const watches = status === "out" ? null : health;
    const forMs = status === "out" ? null : since(troubledMs);
    const share = shares.get(node) ?? NOTHING;
    return { node, self: node === id, status, zone, weight, ...share, health: watches, forMs };
  });
  const callers = outsiders.map(({ node, heardMs }): MemberStatus => ({
    ...{ node, self: false, status: "outside", zone: null, weight: null },
    ...NOTHING,
    ...{ health: null, forMs: since(heardMs) },
  }));
  const own = view.status.has(id) ? [] : [ownOutside(id)];
  return [...members, ...callers, ...own].sort((a, b) =>
    rank(a.status) - rank(b.status) || compare(a.node, b.node)
  );
}

/** How many ranges are on the move. */
export function unsettledIn({ view, registers }: Pick<Roster, "view" | "registers">): number {
  const { ring: now } = view;
  return unsettledRanges({ now, registers, ns: nsOf(view), out: outIn(view) }).size;
}

/** What this node is. */
export function standingOf({ status }: ClusterView, id: NodeId): Standing {
  return status.get(id) ?? "outside";
}

function ownOutside(node: NodeId): MemberStatus {
  return {
    ...{ node, self: true, status: "outside", zone: null, weight: null },
    ...NOTHING,
    ...{ health: null, forMs: null },
  };
}

/** Leavers are members like others; those outside come after them, and those who have left last. */
function rank(status: Standing): number {
  return Math.max(1, ORDER.indexOf(status));
}
