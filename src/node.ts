/**
 * One node of the cluster, whole, and without any IO: what happens goes in as events, what is to be done comes out as
 * effects.
 *
 * `step(event, now)` is synchronous and deterministic: the same events at the same times give the same effects. It reads no
 * clock, draws no chance but from the seed in `start`, and waits for nothing. Whoever drives it (the edge's driver, a
 * simulator, an explorer, a browser) takes one event, does all its effects, and only then brings the next.
 *
 * This file routes. The rules live in the rooms: `replica/` (this node's copies), `quorum/` (client requests),
 * `membership/` (history, roles, bucket properties). Rooms do not know one another; they meet here.
 *
 * @module
 */
import type { Boot, Digest, NodeId, ObjectName, Position } from "./id.ts";
import { Exchange, type TreesOverview } from "./anti_entropy/exchange.ts";
import { Handoff } from "./handoff/handoff.ts";
import { Detector, type PeerHealth } from "./membership/health.ts";
import { Membership } from "./membership/membership.ts";
import { Props } from "./membership/props.ts";
import type { Genesis, Register } from "./protocol/change.ts";
import type { Config } from "./protocol/config.ts";
import type { Effect } from "./protocol/effect.ts";
import { type Envelope, judge } from "./protocol/envelope.ts";
import { failure } from "./protocol/error.ts";
import type { Event, Now, Ticket, Timer } from "./protocol/event.ts";
import type { Locator } from "./protocol/locator.ts";
import type { Message } from "./protocol/message.ts";
import { type Inner, Outbox } from "./protocol/outbox.ts";
import { Requests, type RequestsSnapshot } from "./quorum/requests.ts";
import { Replica } from "./replica/replica.ts";
import { positionOf } from "./ring/hash.ts";
import { preferenceList } from "./ring/preference_list.ts";
import type { Container } from "./version/siblings.ts";

/** What a {@linkcode Node} is made of. */
export interface NodeOptions {
  /** Its name for life. */
  readonly node: NodeId;
  /** Where its peers can reach it: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** How its cluster began. A store that began otherwise is refused. */
  readonly genesis: Genesis;
  /** Its rules. */
  readonly config: Config;
}

/** The rooms that exist once the boot is known. */
interface Rooms {
  readonly boot: Boot;
  readonly replica: Replica;
  readonly requests: Requests;
  readonly handoff: Handoff;
  readonly exchange: Exchange;
}

/** Messages that answer what this node has asked. */
const ANSWERS: ReadonlySet<Message["kind"]> = new Set([
  "read_reply",
  "write_reply",
  "forward_reply",
  "status_reply",
  "foreign_reply",
  "props_reply",
  "probe_reply",
]);

/**
 * A node.
 *
 * @example Alone, put and get
 * ```ts
 * import { Alone } from "../props/alone.ts";
 * import { assertEquals } from "@std/assert";
 *
 * // `Alone` drives one real node over a Map, without any IO.
 * const alone = new Alone();
 * alone.put("greetings/en", "hello");
 * assertEquals(alone.get("greetings/en"), ["hello"]);
 * ```
 */
export class Node {
  readonly #options: NodeOptions;
  readonly #membership: Membership;
  readonly #props: Props;
  readonly #detector: Detector;
  readonly #locator: Locator;
  #rooms: Rooms | null = null;
  #stepping = false;
  #numbers = 0;

  /** A node that has not started: its first event must be `start`. */
  constructor(options: NodeOptions) {
    this.#options = options;
    const { node, addresses, genesis, config } = options;
    const next = () => ++this.#numbers;
    this.#membership = new Membership({ node, addresses, genesis, next });
    this.#props = new Props({ node, config, next });
    this.#detector = new Detector({ node, config, next });
    const membership = this.#membership;
    this.#locator = {
      node,
      get members() {
        return membership.members;
      },
      list: (name, n) => preferenceList(membership.ring, positionOf(name), n),
      nOf: (name) => this.#nOf(name),
      isDown: (peer) => this.#detector.of(peer) === "down",
      standing: (name, n) => membership.standing(positionOf(name), n),
    };
  }

  /** True once everything that the node says of itself is durable. */
  get ready(): boolean {
    return this.#membership.ready;
  }

  /** The id of its cluster. */
  get cluster(): Digest {
    return this.#membership.cluster;
  }

  /** Everybody who is not out, this node too. */
  get members(): ReadonlySet<NodeId> {
    return this.#membership.members;
  }

  /** What it is doing now, for `/stats`. */
  get load(): { readonly requests: number; readonly lanes: number } {
    return {
      requests: this.#rooms?.requests.count ?? 0,
      lanes: this.#rooms?.replica.laneCount ?? 0,
    };
  }

  /** What it says of itself; null until that is durable. */
  get register(): Register | null {
    return this.#membership.register;
  }

  /** What it holds of its peers. */
  get peers(): PeerHealth[] {
    return this.#detector.peers;
  }

  /** Its trees; null before its start. */
  get trees(): TreesOverview | null {
    return this.#rooms?.exchange.overview ?? null;
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
  snapshot(): { readonly requests: RequestsSnapshot | null; readonly [room: string]: unknown } {
    const { node } = this.#options;
    const rooms = this.#rooms;
    return {
      node,
      boot: rooms?.boot ?? null,
      numbers: this.#numbers,
      membership: this.#membership.snapshot(),
      props: this.#props.snapshot(),
      health: this.#detector.snapshot(),
      handoff: rooms?.handoff.snapshot() ?? null,
      exchange: rooms?.exchange.snapshot() ?? null,
      replica: rooms?.replica.snapshot() ?? null,
      requests: rooms?.requests.snapshot() ?? null,
    };
  }

  #route(event: Event, out: Outbox): void {
    switch (event.kind) {
      case "start":
        return this.#start(event, out);
      case "envelope":
        return this.#receive(event.ticket, event.envelope, out);
      case "fetched":
        return this.#assertTaken(this.#room.replica.onFetched(event.fetch, event, out));
      case "scanned":
        if (this.#room.exchange.onScanned(event.scan, event.result, out)) return;
        return this.#room.handoff.onScanned(event.scan, event.result, out);
      case "stored":
        return this.#stored(event.store, event.outcome, out);
      case "undelivered":
        this.#detector.onTrouble(event.to, out);
        for (const message of event.messages) this.#onUndelivered(event.to, message, out);
        return;
      case "timer":
        return this.#onTimer(event.timer, out);
      default:
        return this.ready ? this.#serve(event, out) : this.#decline(event.ticket, out);
    }
  }

  #serve(
    event: Extract<Event, { kind: "get" | "put" | "props_get" | "props_set" }>,
    out: Outbox,
  ): void {
    switch (event.kind) {
      case "get":
        return this.#room.requests.get(event.ticket, event.ask, out);
      case "put":
        return this.#room.requests.put(event.ticket, event.ask, out);
      case "props_get": {
        const props = this.#props.effective(event.type, event.bucket);
        return out.reply(event.ticket, { kind: "props", props });
      }
      case "props_set":
        return this.#props.onSet(event, this.members, out);
    }
  }

  #onTimer(timer: Timer, out: Outbox): void {
    if (this.#props.owns(timer)) return this.#props.onTimer(timer, out);
    switch (timer.kind) {
      case "probe":
        return this.#detector.onTimer(out);
      case "handoff":
        return this.#room.handoff.onTimer(out);
      case "exchange":
        return this.#room.exchange.onTimer(out);
      case "props_retry":
        return;
      default:
        return this.#room.requests.onTimer(timer, out);
    }
  }

  #onUndelivered(to: NodeId, message: Message, out: Outbox): void {
    if (message.kind === "props") return this.#props.onUndelivered(to, message, out);
    if (message.kind === "probe") return this.#detector.onUndelivered(to, message, out);
    if (!this.#room.handoff.onUndelivered(message, out)) {
      this.#room.requests.onUndelivered(to, message, out);
    }
  }

  /** What nodes say to one another. */
  #onMessage(from: NodeId, message: Message, out: Outbox): void {
    const { replica, requests, handoff, exchange } = this.#room;
    // An answer to something that this node asked: the way there and back is open.
    if (ANSWERS.has(message.kind)) this.#detector.onSign(from, out);
    switch (message.kind) {
      case "read":
        return replica.onRead(from, message, out);
      case "write":
        return replica.onWrite(from, message, out);
      case "repair":
        return replica.onRepair(message, out);
      case "foreign":
        return replica.onForeign(from, message, this.#nOf(message.name), out);
      case "forward":
        return requests.onForward(from, message, out);
      case "status":
        return requests.onStatus(from, message, out);
      case "roots":
        return exchange.onRoots(from, message, out);
      case "exchange":
        return exchange.onExchange(from, message, out);
      case "want":
        return exchange.onWant(from, message, out);
      case "probe":
        return this.#detector.onProbe(from, message, out);
      case "probe_reply":
        return this.#detector.onProbeReply(from, message, out);
      case "props":
      case "props_reply":
        return this.#props.onMessage(from, message, this.members, out);
      case "write_reply":
        if (!handoff.onReply(from, message, out)) requests.onMessage(from, message, out);
        return;
      default:
        return requests.onMessage(from, message, out);
    }
  }

  #routeInner(inner: Inner, out: Outbox): void {
    switch (inner.kind) {
      case "message":
        return this.#onMessage(this.#options.node, inner.message, out);
      case "coordinate":
        return this.#room.replica.onCoordinate(inner.request, inner, out);
      default:
        return this.#room.requests.onInner(inner, out);
    }
  }

  #start(event: Extract<Event, { kind: "start" }>, out: Outbox): void {
    if (this.#rooms !== null) throw new Error("Cannot start a node twice");
    // Requests of this boot have other numbers than those of the last: a peer may still answer those (law Q12).
    this.#numbers = (event.seed % 2 ** 32) * 2 ** 20;
    const { config } = this.#options;
    const nextNumber = () => ++this.#numbers;
    const locator = this.#locator;
    const { boot } = event;
    const detector = this.#detector;
    const handoff = new Handoff({
      locator,
      config,
      next: nextNumber,
      downForMs: (peer, out) => detector.downForMs(peer, out),
      drop: (copy, digest, out) => this.#room.replica.onDelivered(copy, digest, out),
    });
    const kept = (owner: NodeId, out: Outbox) => handoff.onKept(owner, out);
    const membership = this.#membership;
    const land = {
      rangeEnd: (position: Position) => membership.ring.rangeEnd(position),
      owners: (end: Position, n: number) => membership.ring.owners(end, n),
      nOf: (name: ObjectName) => this.#nOf(name),
      serves: (name: ObjectName, n: number) => locator.standing(name, n).seat !== null,
    };
    const neighbours = () => membership.neighbours;
    const exchange = new Exchange({ locator, land, config, neighbours, next: nextNumber });
    const stored = (name: ObjectName, container: Container | null) =>
      exchange.forest.onStored(name, container);
    const replica = new Replica({ locator, boot, config, nextNumber, stored, kept });
    replica.restore(event.restored.hintBytes ?? 0);
    const requests = new Requests({
      locator,
      config,
      props: (type, bucket) => this.#props.effective(type, bucket),
      nextRequest: nextNumber,
      onSilence: (peer, out) => detector.onTrouble(peer, out),
      startedMs: out.now.monoMs,
    });
    this.#rooms = { boot, replica, requests, handoff, exchange };
    this.#props.restore(event.restored.props);
    this.#membership.onStart(event, out);
  }

  #stored(store: number, outcome: "durable" | "buffered" | "failed", out: Outbox): void {
    if (this.#room.replica.onStored(store, outcome, out)) return;
    if (this.#props.onStored(store, outcome, this.members, out)) return;
    this.#assertTaken(this.#membership.onStored(store, outcome, out));
    if (!this.#membership.ready) return;
    out.ready();
    this.#props.onReady(this.members, out);
    this.#detector.onReady(this.#membership.neighbours, out);
    this.#room.handoff.onReady(out);
    this.#room.exchange.onReady(out);
  }

  #receive(ticket: Ticket, envelope: Envelope, out: Outbox): void {
    const { boot } = this.#room;
    const { node, config: { maxMessageAgeMs } } = this.#options;
    const { members, cluster } = this.#membership;
    const { monoMs } = out.now;
    const refused = judge(envelope, { cluster, node, boot, members, maxMessageAgeMs }, monoMs);
    out.effects.push({
      kind: "verdict",
      ticket,
      verdict: { refused, boot, stampMs: monoMs },
    });
    if (refused !== null) return out.mark(`envelope.${refused}`);
    for (const message of envelope.messages) this.#onMessage(envelope.from, message, out);
  }

  #decline(ticket: Ticket, out: Outbox): void {
    out.reply(ticket, failure("not_ready", "Cannot take the request: the node is starting"));
  }

  #nOf({ type, bucket }: ObjectName): number {
    return this.#props.effective(type, bucket).n_val;
  }

  get #room(): Rooms {
    if (this.#rooms === null) throw new Error("Cannot step a node before its start");
    return this.#rooms;
  }

  #assertTaken(taken: boolean): void {
    if (!taken) throw new Error("Cannot place the end of a fetch or store that nobody began");
  }
}
