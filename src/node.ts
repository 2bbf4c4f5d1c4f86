/**
 * One node of the cluster, whole, and without any IO: what happens goes in as events, what is to be done comes out as
 * effects.
 *
 * `step(event, now)` is synchronous and deterministic: the same events at the same times give the same effects. It reads no
 * clock, draws no chance but from the seed in `start`, and waits for nothing. Whoever drives it (the edge's driver, a
 * simulator, an explorer, a browser) takes one event, does all its effects, and only then brings the next.
 *
 * This file routes. The rules live in the rooms (`rooms.ts`), which do not know one another; they meet here.
 *
 * @module
 */
import type { GateOverview } from "./admission/gate.ts";
import type { TreesOverview } from "./anti_entropy/overview.ts";
import type { TransfersOverview } from "./handover/handover.ts";
import type { Digest, NodeId } from "./id.ts";
import type { PeerHealth } from "./membership/health.ts";
import type { Roster } from "./membership/roster.ts";
import type { Register } from "./protocol/change.ts";
import type { Effect } from "./protocol/effect.ts";
import { type Envelope, judge } from "./protocol/envelope.ts";
import type { Event, Now, Ticket, Timer } from "./protocol/event.ts";
import { isGossip, isHandover } from "./protocol/message_kinds.ts";
import { ANSWERS, type Message } from "./protocol/message.ts";
import { type Inner, Outbox } from "./protocol/outbox.ts";
import { type Load, type NodeOptions, Rooms } from "./rooms.ts";
import type { RoomsSnapshot } from "./snapshot.ts";
import type { SettleOverview } from "./settle/settle.ts";

export type { NodeOptions } from "./rooms.ts";

/**
 * A node.
 *
 * @example Alone, put and get
 * ```ts
 * import { Alone } from "../props/alone.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const alone = new Alone(); // drives one real node over a Map, without any IO
 * alone.put("greetings/en", "hello");
 * assertEquals(alone.get("greetings/en"), ["hello"]);
 * ```
 */
export class Node {
  readonly #options: NodeOptions;
  readonly #rooms: Rooms;
  #stepping = false;

  /** A node that has not started: its first event must be `start`. */
  constructor(options: NodeOptions) {
    this.#options = options;
    this.#rooms = new Rooms(options);
  }

  /** True once everything that the node says of itself is durable. */
  get ready(): boolean {
    return this.#rooms.membership.ready;
  }
  /** The id of its cluster. */
  get cluster(): Digest {
    return this.#rooms.membership.cluster;
  }
  /** Who is who, as it knows it: what a change of the membership is planned on. */
  get roster(): Roster {
    return this.#rooms.roster;
  }
  /** Everybody who is not out, this node too. */
  get members(): ReadonlySet<NodeId> {
    return this.#rooms.membership.members;
  }
  /** What it is doing now, for `/stats`. */
  get load(): Load {
    return this.#rooms.load;
  }
  /** What it says of itself; null until that is durable. */
  get register(): Register | null {
    return this.#rooms.membership.register;
  }
  /** What it holds of its peers. */
  get peers(): PeerHealth[] {
    return this.#rooms.detector.peers;
  }
  /** How background work waits its turn. */
  admission(nowMs: number): GateOverview {
    return this.#rooms.gate.overview(nowMs);
  }
  /** Its trees; null before its start. */
  get trees(): TreesOverview | null {
    return this.#rooms.trees;
  }
  /** What moves to other owners; null before its start. */
  get transfers(): TransfersOverview | null {
    return this.#rooms.transfers;
  }
  /** What waits to be settled; null before its start. */
  get settling(): SettleOverview | null {
    return this.#rooms.settling;
  }

  /**
   * One thing happens.
   *
   * @returns What is to be done, in order; all of it before the next step.
   * @throws {Error} On a broken invariant, or if called while it runs.
   */
  step(event: Event, now: Now): Effect[] {
    if (this.#stepping) throw new Error("Cannot step a node from within its own step");
    this.#stepping = true;
    try {
      const out = new Outbox(this.#options.node, now);
      this.#route(event, out);
      for (let inner = out.inner.shift(); inner; inner = out.inner.shift()) {
        this.#routeInner(inner, out);
      }
      this.#rooms.gate.onStep(event, out.effects, now.monoMs);
      return out.effects;
    } finally {
      this.#stepping = false;
    }
  }

  /**
   * What it holds in memory, as plain data: for a dump that an operator reads, and for an explorer, which tells states
   * apart by it. **Equal snapshots behave equally**, but that the numbers of requests and stores go on from `numbers`.
   *
   * It shows the node's own values, so it is to be read before the next step, and never changed.
   */
  snapshot(): RoomsSnapshot {
    return this.#rooms.snapshot();
  }

  #route(event: Event, out: Outbox): void {
    switch (event.kind) {
      case "start":
        this.#rooms.open(event, out);
        return this.#rooms.membership.onStart(event, out);
      case "envelope":
        return this.#receive(event.ticket, event.envelope, out);
      case "fetched":
        if (this.#rooms.settle.onFetched(event.fetch, event, out)) return;
        return this.#assertTaken(this.#rooms.replica.onFetched(event.fetch, event, out));
      case "scanned":
        if (this.#rooms.exchange.onScanned(event.scan, event.result, out)) return;
        if (this.#rooms.settle.onScanned(event.scan, event.result, out)) return;
        if (this.#rooms.handover.onScanned(event.scan, event.result, out)) return;
        return this.#rooms.handoff.onScanned(event.scan, event.result, out);
      case "stored":
        if (event.isFull) this.#rooms.replica.onFull(out);
        return this.#stored(event.store, event.outcome, out);
      case "undelivered":
        this.#rooms.detector.onTrouble(event.to, out);
        return event.messages.forEach((message) => this.#onUndelivered(event.to, message, out));
      case "timer":
        return this.#onTimer(event.timer, out);
      default:
        return this.#serve(event, out);
    }
  }

  #serve(
    event: Extract<Event, { kind: "get" | "put" | "props_get" | "props_set" | "commit" }>,
    out: Outbox,
  ): void {
    const { refusal } = this.#rooms.membership;
    if (refusal !== null) return out.reply(event.ticket, refusal);
    switch (event.kind) {
      case "commit":
        return this.#rooms.membership.commit(event.ticket, event, out);
      case "get":
        return this.#rooms.requests.get(event.ticket, event.ask, out);
      case "put":
        return this.#rooms.requests.put(event.ticket, event.ask, out);
      case "props_get": {
        const props = this.#rooms.props.effective(event.type, event.bucket);
        return out.reply(event.ticket, { kind: "props", props });
      }
      case "props_set":
        return this.#rooms.props.onSet(event, this.members, out);
    }
  }

  #onTimer(timer: Timer, out: Outbox): void {
    if (this.#rooms.props.owns(timer)) return this.#rooms.props.onTimer(timer, out);
    if ("request" in timer) return this.#rooms.requests.onTimer(timer, out);
    if (timer.kind === "props_retry") return;
    const { detector: probe, gossip, handoff, exchange, gate, settle, handover } = this.#rooms;
    const rooms = { probe, gossip, handoff, exchange, gate, settle, handover };
    rooms[timer.kind].onTimer(out);
  }

  #onUndelivered(to: NodeId, message: Message, out: Outbox): void {
    if (message.kind === "props") return this.#rooms.props.onUndelivered(to, message, out);
    if (message.kind === "probe") return this.#rooms.detector.onUndelivered(to, message);
    if (message.kind === "gossip_recall") return this.#rooms.membership.onRecalled(to, null, out);
    const { exchange, handoff, handover, requests } = this.#rooms;
    if (exchange.onUndelivered(to, message, out) || handoff.onUndelivered(message, out)) return;
    if (!handover.onUndelivered(to, message, out)) requests.onUndelivered(to, message, out);
  }

  /** What nodes say to one another. */
  #onMessage(from: NodeId, message: Message, out: Outbox): void {
    this.#hand(from, message, out);
    // An answer to something that this node asked: the way there and back is open. What it answers comes first: if a pass
    // of hints begins anew because its owner is back, the hint that this has settled is not taken there again.
    if (ANSWERS.has(message.kind)) this.#rooms.detector.onSign(from, out);
  }

  #hand(from: NodeId, message: Message, out: Outbox): void {
    const { replica, requests, handoff, handover, exchange, settle, gossip, props } = this.#rooms;
    if (isGossip(message)) return gossip.onMessage(from, message, out);
    if (this.#rooms.membership.asks) return out.mark("start.unheard");
    if (isHandover(message)) return handover.onMessage(from, message, out);
    switch (message.kind) {
      case "read":
        return replica.onRead(from, message, out);
      case "write":
      case "repair":
        return this.#rooms.onCopy(from, message, out);
      case "foreign":
        return replica.onForeign(from, message, this.#rooms.locator.nOf(message.name), out);
      case "forward":
        return requests.onForward(from, message, out);
      case "status":
        return requests.onStatus(from, message, out);
      case "roots":
      case "places":
      case "want":
      case "roots_reply":
      case "places_reply":
      case "want_reply":
      case "amnesia_reply":
        return exchange.onMessage(from, message, out);
      case "amnesia":
        this.#rooms.reliance.onAmnesia(from, message, out);
        return exchange.onSign(from, out);
      case "settle_ask":
      case "settle_reply":
      case "settle_do":
        return settle.onMessage(from, message, out);
      case "probe":
        return this.#rooms.detector.onProbe(from, message, out);
      case "probe_reply":
        return this.#rooms.detector.onProbeReply(from, message, out);
      case "props":
      case "props_reply":
        return props.onMessage(from, message, this.members, out);
      case "write_reply":
        if (handoff.onReply(from, message, out) || exchange.onStored(message, out)) return;
        if (handover.onReply(from, message, out)) return;
        return requests.onMessage(from, message, out);
      default:
        requests.onMessage(from, message, out);
    }
  }

  #routeInner(inner: Inner, out: Outbox): void {
    switch (inner.kind) {
      case "message":
        return this.#onMessage(this.#options.node, inner.message, out);
      case "late":
        return this.#onMessage(inner.from, inner.message, out);
      case "coordinate":
        if (this.#rooms.holds(inner)) return;
        return this.#rooms.replica.onCoordinate(inner.request, inner, out);
      default:
        return this.#rooms.requests.onInner(inner, out);
    }
  }

  #stored(store: number, outcome: "durable" | "buffered" | "failed", out: Outbox): void {
    const { replica, props, membership, exchange } = this.#rooms;
    if (replica.onStored(store, outcome, out)) return;
    if (props.onStored(store, outcome, this.members, out)) return;
    const { ready } = membership;
    const what = membership.onStored(store, outcome, out);
    this.#assertTaken(what !== null);
    if (ready) this.#rooms.onRoles(out);
    if (ready && what === "register" && outcome !== "buffered") {
      replica.onRoles(outcome, out);
      exchange.onRecovering(out);
    }
    if (!ready && membership.ready) this.#rooms.onReady(out);
  }

  #receive(ticket: Ticket, envelope: Envelope, out: Outbox): void {
    const { boot, membership: { members, out: left, cluster } } = this.#rooms;
    const { node, config: { maxMessageAgeMs } } = this.#options;
    const { monoMs } = out.now;
    const by = { cluster, node, boot, members, out: left, maxMessageAgeMs };
    const refused = judge(envelope, by, monoMs);
    out.verdict(ticket, { refused, boot, stampMs: monoMs });
    if (refused !== null) return out.mark(`envelope.${refused}`);
    for (const message of envelope.messages) this.#onMessage(envelope.from, message, out);
  }

  #assertTaken(taken: boolean): void {
    if (!taken) throw new Error("Cannot place the end of a fetch or store that nobody began");
  }
}
