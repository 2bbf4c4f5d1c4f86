/**
 * How rooms see the cluster: narrow views of what the membership knows, one for each room that asks.
 *
 * @module
 */
import type { Exchange } from "./anti_entropy/exchange.ts";
import type { Land } from "./anti_entropy/forest.ts";
import { leafKey } from "./anti_entropy/merkle_tree_key.ts";
import type { Moving } from "./anti_entropy/moving.ts";
import type { Recovery, RecoveryOptions } from "./anti_entropy/recovery.ts";
import type { Handover, HandoverOptions } from "./handover/handover.ts";
import type { Stage } from "./handover/stage.ts";
import type { Handoff } from "./handoff/handoff.ts";
import type { NodeId, ObjectName, Position } from "./id.ts";
import type { Gossip } from "./membership/gossip.ts";
import type { Detector } from "./membership/health.ts";
import type { Membership } from "./membership/membership.ts";
import type { Props } from "./membership/props.ts";
import type { Quorum } from "./protocol/bucket_props.ts";
import type { Config } from "./protocol/config.ts";
import type { Locator } from "./protocol/locator.ts";
import type { TreeName } from "./protocol/terms.ts";
import type { Outbox } from "./protocol/outbox.ts";
import { countOf } from "./quorum/needs.ts";
import type { Replica } from "./replica/replica.ts";
import { positionOf } from "./ring/hash.ts";
import type { Led } from "./settle/waiting.ts";

/** What views are made of. */
export interface Viewed {
  readonly node: NodeId;
  readonly membership: Membership;
  /** n of a key's bucket. */
  readonly nOf: (name: ObjectName) => number;
}

/** Where keys belong, for the trees. `moving` is the room that moves them. */
export function landOf({ membership, nOf }: Viewed, moving: () => Pick<Handover, "gives">): Land {
  const role = (range: TreeName) => membership.role(range);
  const serve = ({ end, n }: TreeName, peer: NodeId) =>
    role({ end, n })?.role === "serving" && membership.servers(end, n).includes(peer);
  return {
    ends: () => membership.ring.ends,
    cut: () => membership.ring.cut,
    rangeEnd: (position) => membership.ring.rangeEnd(position),
    nOf,
    holds: (name, n) => role(rangeOf(membership, name, n)) !== null,
    fetches: (range, peer) => {
      const own = role(range);
      return own?.role === "receiving" ? own.peers.includes(peer) : serve(range, peer);
    },
    gives: (range, peer) => serve(range, peer) || moving().gives(range, peer),
  };
}

/** What this node's roles are, and what they should be, for the room that moves ranges. */
export function stageOf(
  { node, membership }: Viewed,
  { isWhole, isConfirmed, isDown }: {
    readonly isWhole: () => boolean;
    readonly isConfirmed: () => boolean;
    readonly isDown: (node: NodeId) => boolean;
  },
): Stage {
  return {
    node,
    get isReady() {
      return membership.ready;
    },
    get history() {
      return membership.history;
    },
    get members() {
      return membership.members;
    },
    get ranges() {
      const n = membership.view.genesis.replicas;
      return membership.ring.ends.map((end) => ({ end, n }));
    },
    owners: ({ end, n }) => membership.ring.owners(end, n),
    holders: ({ end, n }) => membership.registers.holdersAt(end, n),
    own: (range) => membership.role(range),
    get roles() {
      return membership.roles;
    },
    isTurning: (range) => membership.isTurning(range),
    turn: (range, role, out) => membership.turn(range, role, out),
    get isWhole() {
      return isWhole();
    },
    get isConfirmed() {
      return isConfirmed();
    },
    get isOut() {
      return membership.status === "out";
    },
    get acceptsLoss() {
      return membership.view.acceptsLoss;
    },
    isDown,
  };
}

/** The range and n of a key that this node leads; null if it does not. */
export function leadOf(viewed: Viewed, name: ObjectName): Led | null {
  const range = rangeOf(viewed.membership, name, viewed.nOf(name));
  return leads(viewed, range) ? range : null;
}

/** The ends of all ranges that this node leads. */
export function ledBy(viewed: Viewed): Set<Position> {
  const { ring, view } = viewed.membership;
  const n = view.genesis.replicas;
  return new Set(ring.ends.filter((end) => leads(viewed, { end, n })));
}

/** Whether this node leads a range: it is the first of its owners, and all of them serve it, and nobody else has a role there. */
function leads({ node, membership }: Viewed, { end, n }: TreeName): boolean {
  const owners = membership.ring.owners(end, n);
  if (owners[0] !== node) return false;
  const holders = membership.registers.holdersAt(end, n);
  return holders.length === owners.length &&
    holders.every(({ node, role }) => role.role === "serving" && owners.includes(node));
}

/** The range of a key. */
export function rangeOf(membership: Membership, name: ObjectName, n: number): TreeName {
  return { end: membership.ring.rangeEnd(positionOf(name)), n };
}

/** What this node holds of ranges, and may do with them, for the room that moves them. */
export function handoverViewOf(
  viewed: Viewed,
  { locator, detector, gossip, recovery, exchange, handoff, replica }: {
    readonly locator: Locator;
    readonly detector: Detector;
    readonly gossip: Pick<Gossip, "isConfirmed">;
    readonly recovery: Recovery;
    readonly exchange: Exchange;
    readonly handoff: Handoff;
    readonly replica: Replica;
  },
): Omit<HandoverOptions, "slices" | "next" | "reapAfterMs"> {
  const { membership, nOf } = viewed;
  const { forest } = exchange;
  return {
    stage: stageOf(viewed, {
      isWhole: () => recovery.isWhole,
      isConfirmed: () => gossip.isConfirmed,
      isDown: (node) => detector.of(node) === "down",
    }),
    wake: (out) => exchange.onMoving(out),
    leaves: ({ end, n }, most, but) => forest.isFull ? forest.some({ end, n }, most, but) : null,
    leafOf: (name, n) => {
      if (locator.standing(name, n).seat === null) return null;
      const { end } = rangeOf(membership, name, n);
      return forest.plot(end, n)?.tree.get(leafKey(name, positionOf(name))) ?? null;
    },
    isAtWork: ({ end, n }) =>
      replica.isAtWorkOn((name) => nOf(name) === n && rangeOf(membership, name, n).end === end),
    drop: (name, digest, out) => replica.onDelivered({ name, owner: null }, digest, out),
    isToGo: () =>
      membership.status === "leaving" && membership.isEmpty && handoff.owners.length === 0,
    leave: (out) => membership.leave(out),
  };
}

/** What a recovering node is told of the others. */
export function recoveryViewOf(
  { node, membership }: Viewed,
  { detector, props, config }: {
    readonly detector: Detector;
    readonly props: Props;
    readonly config: Config;
  },
): Omit<RecoveryOptions, "maxRequestMs" | "next"> {
  return {
    node,
    members: () => membership.members,
    ranges: () => membership.recovering,
    owners: (end, n) => membership.servers(end, n),
    isDown: (peer) => detector.of(peer) === "down",
    leastW: () => leastW(props, config),
    say: (ranges, recovering, out) => membership.say(ranges, recovering, out),
  };
}

/** The least W that any bucket has, as far as is known here. */
export function leastW({ entries }: Pick<Props, "entries">, { n, w }: Config): number {
  const set = entries.filter(({ prop }) => prop === "w").map(({ value }) => value);
  const counts = (set as (Quorum | null)[]).map((w) =>
    w === null || w === "default" ? Infinity : countOf(w, n)
  );
  return Math.min(w, ...counts);
}

/** A record cannot be read. True if it is durable that its range recovers, or nothing would come of that. */
export function reportDamage(
  { membership, nOf }: Viewed,
  recovery: Recovery,
  name: ObjectName,
  out: Outbox,
): boolean {
  const n = nOf(name);
  if (membership.serves(positionOf(name), n) === null) return true;
  return recovery.onDamaged(name, rangeOf(membership, name, n), out);
}

/** The room that moves ranges, for the one that fetches copies, which is there before it. */
export function movingOf(room: () => Handover): Moving {
  return {
    get isMoving() {
      return room().isMoving;
    },
    get epoch() {
      return room().epoch;
    },
    needs: (peer) => room().needs(peer),
    onCompared: (peer, epoch, out) => room().onCompared(peer, epoch, out),
  };
}
