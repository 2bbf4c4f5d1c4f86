/**
 * Data moves to its new owners when the ring has changed (paper, sections 4.9 and 6.2; protocol.md, Part 2 a5 to a7).
 *
 * The ring says who should hold a range; roles say what a node is for it. Nobody leads a handover: every node compares the
 * two by itself, whenever it hears of another ring or of other roles, and does its own part:
 *
 * ```text
 *            it is an owner now, and gets what is held (`arrivals.ts`)
 *   none ------------> receiving ------------> serving
 *    ^                                            |  it is no owner any more, and the owner that gets the seat
 *    |     everything is with those who serve     v  has everything (`departures.ts`)
 *    +-------------------(`drain.ts`)--------- released
 * ```
 *
 * Roles are durable before anything follows from them. In between all is asked again until it is answered, so a crash at any
 * point loses time and nothing else.
 *
 * A node that is leaving, and has no role and no hint any more, says so itself: `left` is its last change.
 *
 * @module
 */
import type { LeafKey } from "../anti_entropy/merkle_tree_key.ts";
import type { Digest, NodeId, ObjectName } from "../id.ts";
import type { Slices } from "../protocol/background.ts";
import type { ScanResult } from "../protocol/event.ts";
import type { HandoverMessage, Station } from "../protocol/handover_message.ts";
import type { Message } from "../protocol/message.ts";
import type { TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { AGAIN_MS, type ArrivalOverview, Arrivals } from "./arrivals.ts";
import { Departures } from "./departures.ts";
import { Drain } from "./drain.ts";
import type { DepartureOverview, Late } from "./mark.ts";
import { Spares } from "./spares.ts";
import type { Stage } from "./stage.ts";

/** What a {@linkcode Handover} is made of. */
export interface HandoverOptions {
  readonly stage: Stage;
  /** Before each small piece of sending it waits its turn. */
  readonly slices: Slices;
  /** Numbers its messages and its reading. */
  readonly next: () => number;
  /** An exchange with somebody is needed, at once. */
  readonly wake: (out: Outbox) => void;
  /** Some keys of which there is something here, of a range, but for these; null if that is not known yet. */
  readonly leaves: (range: TreeName, most: number, but: ReadonlySet<LeafKey>) => LeafKey[] | null;
  /** G. In ms. */
  readonly reapAfterMs: number;
  /** What this node holds of a key that it serves; null if nothing, or it does not serve it. */
  readonly leafOf: (name: ObjectName, n: number) => Digest | null;
  /** Whether anybody is at work on a copy of a range. */
  readonly isAtWork: (range: TreeName) => boolean;
  /** A copy may go, if it is still this one, and not this node's to serve. */
  readonly drop: (name: ObjectName, digest: Digest, out: Outbox) => void;
  /** Whether this node is on its way out, and keeps nothing for anybody. */
  readonly isToGo: () => boolean;
  /** It says that it has left. */
  readonly leave: (out: Outbox) => void;
}

/** What moves, for whoever looks after the node. */
export interface TransfersOverview {
  /** What comes. */
  readonly arrivals: readonly ArrivalOverview[];
  /** What goes. */
  readonly departures: readonly DepartureOverview[];
  /** What has gone, of which something may still be here. */
  readonly drains: readonly TreeName[];
  /** Keys of which a node that is out keeps what it has, because it is too old. */
  readonly aside: number;
}

/** All that moves to and from one node. */
export class Handover {
  readonly #options: HandoverOptions;
  readonly #arrivals: Arrivals;
  readonly #departures: Departures;
  readonly #drain: Drain;
  readonly #spares: Spares;
  #isTicking = false;
  /** How many ranges there are: there are only ever more of them. */
  #ends: number;

  /** Nothing moves. */
  constructor(options: HandoverOptions) {
    this.#options = options;
    this.#arrivals = new Arrivals(options);
    this.#departures = new Departures(options);
    this.#drain = new Drain(options);
    this.#spares = new Spares(options);
    this.#ends = options.stage.ranges.length;
  }

  /** What moves. */
  get overview(): TransfersOverview {
    const { stage } = this.#options;
    const drains = stage.roles.filter(({ role }) => role === "released")
      .map(({ rangeEnd: end, n }) => ({ end, n }));
    const [arrivals, departures] = [this.#arrivals.overview, this.#departures.overview];
    return { arrivals, departures, drains, aside: this.#drain.aside };
  }

  /** What it holds in memory. */
  snapshot(): object {
    return {
      arrivals: this.#arrivals.snapshot(),
      departures: this.#departures.snapshot(),
      drain: this.#drain.snapshot(),
      spares: this.#spares.snapshot(),
      isTicking: this.#isTicking,
    };
  }

  /** Whether copies are awaited. */
  get isMoving(): boolean {
    return !this.#arrivals.isEmpty;
  }
  /** Whether an exchange with this node is needed. */
  needs(peer: NodeId): boolean {
    return this.#arrivals.needs(peer);
  }
  /** Counts what was promised: an exchange that begins now tells all of it. */
  get epoch(): number {
    return this.#arrivals.epoch;
  }
  /** An exchange with a peer is done, which was begun at this epoch. */
  onCompared(peer: NodeId, epoch: number, out: Outbox): void {
    this.#arrivals.onCompared(peer, epoch, out);
  }
  /** Whether a node that does not serve a range may fetch what is here of it. */
  gives(range: TreeName, to: NodeId): boolean {
    return this.#departures.gives(range, to);
  }

  /** The node serves; or the ring is another one, or somebody's roles are, or its own. */
  onChange(out: Outbox): void {
    this.#departures.onRoles(out);
    this.#survey(out);
    this.#drain.onTimer(out);
    this.#tick(out);
  }

  /** Ranges were cut in two: what was promised of the whole of one is promised anew of its parts. */
  onRing(out: Outbox): void {
    const ends = this.#options.stage.ranges.length;
    if (ends === this.#ends) return;
    this.#ends = ends;
    this.#departures.clear(out);
    this.#arrivals.clear();
    this.#drain.clear(out);
  }

  /** What was not answered is asked again. */
  onTimer(out: Outbox): void {
    const { isToGo, leave } = this.#options;
    this.#isTicking = false;
    this.#departures.onTimer(out);
    this.#survey(out);
    this.#arrivals.onTimer(out);
    this.#spares.onTimer(out);
    this.#drain.onTimer(out);
    if (isToGo()) leave(out);
    this.#tick(out);
  }

  /** Another node, or this one, says something of a range that moves. */
  onMessage(from: NodeId, message: HandoverMessage, out: Outbox): void {
    // What it is it does not know yet: to say "nothing" would be a lie.
    if (!this.#options.stage.isReady) return out.mark("handover.not_ready");
    switch (message.kind) {
      case "take":
        this.#departures.onTake(from, message, out);
        return this.#tick(out);
      case "promote":
        return this.#departures.onPromote(from, message, out);
      case "claim":
        return this.#onClaim(from, message, out);
      case "held_ask":
        return this.#drain.onAsk(from, message, out);
      case "take_reply":
        return this.#arrivals.onTakeReply(from, message, out);
      case "promote_reply":
        return this.#arrivals.onPromoteReply(from, message, out);
      case "claim_reply":
        if (this.#spares.onClaimReply(from, message, out)) return;
        return this.#arrivals.onClaimReply(from, message, out);
      case "held_reply":
        return this.#drain.onHeldReply(from, message, out);
    }
  }

  /** What is durable of a key that this node has a role for is another than before. */
  onStored(range: TreeName, key: LeafKey, out: Outbox): void {
    this.#departures.onStored(range, key, out);
  }

  /** Records are here. Returns whether the number was one of this room's. */
  onScanned(scan: number, result: ScanResult, out: Outbox): boolean {
    const records = result.kind === "records" ? result.records : null;
    return this.#departures.onFound(scan, records, out) ||
      this.#drain.onFound(scan, records, out);
  }

  /** A copy was stored somewhere, or was not. Returns whether it was one of these. */
  onReply(from: NodeId, message: Extract<Message, { kind: "write_reply" }>, out: Outbox): boolean {
    return this.#departures.onReply(from, message.request, message.outcome, out) ||
      this.#drain.onReply(from, message, out);
  }

  /** Something did not arrive. Returns whether it was of this room. */
  onUndelivered(to: NodeId, message: Message, out: Outbox): boolean {
    return this.#departures.onUndelivered(to, message) ||
      this.#drain.onUndelivered(to, message, out);
  }

  /** Whether work on a copy has to wait for a moment: then it comes again as it is. */
  holds(range: TreeName, late: Late): boolean {
    return this.#departures.holds(range, late);
  }

  /** What this node is for each range is held against what it should be. */
  #survey(out: Outbox): void {
    const { stage } = this.#options;
    if (!stage.isOut) return this.#arrivals.survey(stage.ranges, out);
    for (const role of stage.roles) {
      const range = { end: role.rangeEnd, n: role.n };
      if (role.role === "released" || stage.isTurning(range)) continue;
      out.mark("handover.put_out");
      stage.turn(range, { ...role, role: "released", peers: [] }, out);
    }
  }

  /** A newcomer asks what this node is for some ranges. */
  #onClaim(from: NodeId, message: Extract<Message, { kind: "claim" }>, out: Outbox): void {
    const { request, history, ranges } = message;
    const { stage } = this.#options;
    const isKnown = history === stage.history && !ranges.some((range) => stage.isTurning(range));
    const stations = ranges.map((range): Station | null => {
      const own = stage.own(range);
      return own && { role: own.role, seat: own.seat };
    });
    out.send(from, { kind: "claim_reply", request, stations: isKnown ? stations : null });
  }

  /** Only while something moves. */
  #tick(out: Outbox): void {
    const { stage, isToGo } = this.#options;
    const isIdle = this.#arrivals.isEmpty && this.#departures.isEmpty && !this.#spares.any &&
      !isToGo() &&
      stage.roles.every(({ role }) => role === "serving");
    if (this.#isTicking || isIdle) return;
    this.#isTicking = true;
    out.setTimer({ kind: "handover" }, AGAIN_MS);
  }
}
