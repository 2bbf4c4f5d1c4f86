/**
 * The rooms of one node, and how they are joined: `membership/` (history, roles, bucket properties, who is well), `replica/`
 * (this node's copies), `quorum/` (client requests), `handoff/` (what is kept for others), `anti_entropy/` (trees of what
 * it holds, compared with those of others), `handover/` (what moves to other owners), `settle/` (what is deleted is
 * forgotten when that is safe), `admission/` (when there is room for work that no client waits for).
 *
 * Membership and properties are there from the beginning. The others open at the start, when the boot is known: what they
 * do is named after it. Rooms do not import one another; where one must ask another something in the middle of a step,
 * it is given a function for that here. What they tell one another goes by `node.ts`.
 *
 * @module
 */
import { Gate } from "./admission/gate.ts";
import { Exchange } from "./anti_entropy/exchange.ts";
import type { TreesOverview } from "./anti_entropy/overview.ts";
import { leafKey } from "./anti_entropy/merkle_tree_key.ts";
import { Recovery } from "./anti_entropy/recovery.ts";
import type { Boot, Digest, NodeId, ObjectName, Position } from "./id.ts";
import { Handoff } from "./handoff/handoff.ts";
import type { Late } from "./handover/mark.ts";
import { Handover, type TransfersOverview } from "./handover/handover.ts";
import { Gossip } from "./membership/gossip.ts";
import { Detector } from "./membership/health.ts";
import { Membership } from "./membership/membership.ts";
import { Props } from "./membership/props.ts";
import type { Roster } from "./membership/roster.ts";
import type { Genesis } from "./protocol/change.ts";
import type { Config } from "./protocol/config.ts";
import type { Event } from "./protocol/event.ts";
import type { Locator } from "./protocol/locator.ts";
import type { Copying, CopyName, Outbox } from "./protocol/outbox.ts";
import { Reliance } from "./quorum/reliance.ts";
import { Requests } from "./quorum/requests.ts";
import { Replica } from "./replica/replica.ts";
import { positionOf } from "./ring/hash.ts";
import { Settle, type SettleOverview } from "./settle/settle.ts";
import type { RoomsSnapshot } from "./snapshot.ts";
import {
  handoverViewOf,
  landOf,
  leadOf,
  leastW,
  ledBy,
  movingOf,
  rangeOf,
  recoveryViewOf,
  reportDamage,
  type Viewed,
} from "./views.ts";

/** What a node is made of. */
export interface NodeOptions {
  /** Its name for life. */
  readonly node: NodeId;
  /** Where its peers can reach it: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** How its cluster began. A store that began otherwise is refused. */
  readonly genesis: Genesis;
  /**
   * Whom it asks now and then, whatever it holds of them, beside the members of the founding. With seeds a node may start
   * that is no member yet. @default none
   */
  readonly seeds?: readonly NodeId[] | undefined;
  /** Its rules. */
  readonly config: Config;
}

/** What a node is doing. */
export interface Load {
  /** Client requests that run here. */
  readonly requests: number;
  /** Copies that are being worked on. */
  readonly lanes: number;
  /** Whether its disk is full, so that it only reads. */
  readonly isFull: boolean;
  /** Whether it asks its peers, before it serves, if its disk is too old a copy: they must be able to answer. */
  readonly asks: boolean;
}

/** The rooms that open at the start. */
interface Opened {
  readonly boot: Boot;
  readonly seed: number;
  readonly replica: Replica;
  readonly requests: Requests;
  readonly reliance: Reliance;
  readonly handoff: Handoff;
  readonly exchange: Exchange;
  readonly settle: Settle;
  readonly handover: Handover;
}

/** All rooms of one node. */
export class Rooms {
  readonly #options: NodeOptions;
  readonly membership: Membership;
  readonly props: Props;
  readonly detector: Detector;
  readonly gossip: Gossip;
  /** Where background work waits its turn. */
  readonly gate: Gate;
  /** Who holds what, and who can be asked, as this node sees it. */
  readonly locator: Locator;
  #opened: Opened | null = null;
  /** The ranges that it leads. */
  #led: ReadonlySet<Position> = new Set();
  #numbers = 0;

  /** The rooms that are there before the start. */
  constructor(options: NodeOptions) {
    this.#options = options;
    const { node, addresses, seeds = [], genesis, config } = options;
    const next = () => ++this.#numbers;
    const onRing = (out: Outbox) => {
      this.#opened?.exchange.onRing(out);
      this.#opened?.handover.onRing(out);
    };
    const membership = new Membership({ node, addresses, genesis, seeds, next, config, onRing });
    const onUp = (peer: NodeId, out: Outbox) => this.#opened?.handoff.onBack(peer, out);
    const detector = new Detector({ node, config, next, onUp });
    const props = new Props({ node, config, next });
    const health = (peer: NodeId) => detector.of(peer);
    const onRoles = (out: Outbox) => this.onRoles(out);
    const isEmpty = () => membership.isEmpty && this.#opened?.handoff.owners.length === 0;
    const parts = {
      node,
      addresses,
      config,
      seeds,
      membership,
      props,
      health,
      isEmpty,
      onRoles,
      next,
    };
    this.gossip = new Gossip(parts);
    this.props = props;
    this.membership = membership;
    this.detector = detector;
    this.gate = new Gate(config);
    this.locator = {
      node,
      get members() {
        return membership.members;
      },
      list: (name, n) => membership.list(positionOf(name), n),
      nOf: (name) => this.#nOf(name),
      get standsIn() {
        return membership.status === "in";
      },
      isDown: (peer) => detector.of(peer) === "down",
      receives: (name, n) => {
        return membership.role(rangeOf(membership, name, n))?.role === "receiving";
      },
      standing: (name, n) => membership.standing(positionOf(name), n),
    };
  }

  /**
   * The node starts: the other rooms open.
   *
   * @throws {Error} If they are open.
   */
  open({ boot, seed, restored }: Extract<Event, { kind: "start" }>, out: Outbox): void {
    if (this.#opened !== null) throw new Error("Cannot start a node twice");
    // Requests of this boot have other numbers than those of the last: a peer may still answer those (law Q12).
    this.#numbers = (seed % 2 ** 32) * 2 ** 20;
    const { locator, detector, props, gate: slices } = this;
    props.restore(restored.props);
    const { config } = this.#options;
    const next = () => ++this.#numbers;
    const handoff = new Handoff({
      locator,
      config,
      slices,
      next,
      found: restored.hintOwners ?? [],
      downForMs: (peer, out) => detector.downForMs(peer, out),
      drop: (copy: CopyName, digest: Digest, out) => this.replica.onDelivered(copy, digest, out),
    });
    const neighbours = () => this.membership.neighbours;
    const viewed: Viewed = { node: locator.node, membership: this.membership, nOf: locator.nOf };
    const { maxRequestMs } = config;
    const recovery = new Recovery({
      ...recoveryViewOf(viewed, { detector, props, config }),
      maxRequestMs,
      next,
    });
    const damaged = (name: ObjectName, out: Outbox) => reportDamage(viewed, recovery, name, out);
    const exchange = new Exchange({
      ...{ locator, config, neighbours, slices, next, recovery, damaged },
      land: landOf(viewed, () => this.handover),
      moving: movingOf(() => this.handover),
      settled: (copy, out) => this.replica.settled(copy, out),
      look: (name, out) => this.replica.onDoubt(name, out),
    });
    const settle = new Settle({
      ...{ locator, config, slices, next },
      leads: (name) => leadOf(viewed, name),
      owners: () => handoff.owners,
      isAtWork: (name, owners) => this.replica.isAtWork(name, owners),
      damaged: (name, out) => this.replica.onDoubt(name, out),
      settled: (name, work, out) => this.replica.onSettled(name, work, out),
    });
    const replica = new Replica({
      locator,
      boot,
      config,
      nextNumber: next,
      hintBytes: restored.hintBytes ?? 0,
      kept: (owner, out) => handoff.onKept(owner, out),
      stored: (name, record, out) => {
        if (exchange.forest.onStored(name, record?.container ?? null)) {
          handover.onStored(
            rangeOf(this.membership, name, locator.nOf(name)),
            leafKey(name, positionOf(name)),
            out,
          );
        }
        settle.onStored(name, record);
        recovery.onSeen(name, record !== null);
      },
      doubted: (name) => recovery.onDoubt(name),
      damaged,
      opened: (copy) => settle.onOpened(copy),
    });
    const requests = new Requests({
      locator,
      config,
      props: (type, bucket) => props.effective(type, bucket),
      nextRequest: next,
      onSilence: (peer, out) => detector.onTrouble(peer, out),
      isFull: () => replica.isFull,
      startedMs: out.now.monoMs,
    });
    const seen = { locator, detector, gossip: this.gossip, recovery, exchange, handoff, replica };
    const handover = new Handover({
      ...handoverViewOf(viewed, seen),
      ...{ slices, next, reapAfterMs: config.reapAfterMs },
    });
    const knowsW = () => this.membership.ready && !recovery.isRecovering;
    const reliance = new Reliance(
      () => requests.puts,
      () => knowsW() ? leastW(this.props, config) : 0,
    );
    this.#opened = { boot, seed, replica, requests, reliance, handoff, exchange, settle, handover };
  }

  /** The node serves: everybody begins. */
  onReady(out: Outbox): void {
    const { membership, props, detector, handoff, exchange, settle, gossip } = this;
    out.ready();
    // Who is no member yet would not be heard.
    if (membership.away === null) props.onReady(membership.members, out);
    detector.onReady(membership.neighbours, out);
    handoff.onReady(out);
    exchange.onReady(out);
    settle.onReady(out);
    gossip.onReady(this.#open.seed, out);
    this.handover.onChange(out);
  }

  /** Another ring is known, or other roles of others, or this node's own are durable. */
  onRoles(out: Outbox): void {
    this.detector.onMembers(this.membership, out);
    this.handover.onChange(out);
    this.#onLed();
  }

  /** What this node leads may be more than before. */
  #onLed(): void {
    const { node } = this.#options;
    const led = ledBy({ node, membership: this.membership, nOf: this.locator.nOf });
    if ([...led].some((end) => !this.#led.has(end))) this.settle.onLed();
    this.#led = led;
  }

  /** Whether work on a copy has to wait, for its range is just being passed on. */
  holds(late: Late): boolean {
    const [name, n, hint] = late.kind === "coordinate"
      ? [late.order.name, late.order.props.n_val, late.hint]
      : [
        late.message.name,
        late.message.n,
        late.message.kind === "write" ? late.message.hint : null,
      ];
    return hint === null && this.handover.holds(rangeOf(this.membership, name, n), late);
  }

  /** Somebody sends a copy. */
  onCopy(from: NodeId, message: Copying, out: Outbox): void {
    if (this.holds({ kind: "late", from, message })) return;
    if (message.kind === "write") this.replica.onWrite(from, message, out);
    else this.replica.onRepair(message, out);
  }

  /** The boot of this process. */
  get boot(): Boot {
    return this.#open.boot;
  }
  /** This node's copies. */
  get replica(): Replica {
    return this.#open.replica;
  }
  /** What clients have asked of it. */
  get requests(): Requests {
    return this.#open.requests;
  }
  /** Whether puts count on what others have lost. */
  get reliance(): Reliance {
    return this.#open.reliance;
  }
  /** What it keeps for others. */
  get handoff(): Handoff {
    return this.#open.handoff;
  }

  /** What moves to other owners. */
  get handover(): Handover {
    return this.#open.handover;
  }

  /** What it holds, compared with what others hold. */
  get exchange(): Exchange {
    return this.#open.exchange;
  }

  /** What is deleted, on its way to be forgotten. */
  get settle(): Settle {
    return this.#open.settle;
  }

  /** What waits to be settled; null before its start. */
  get settling(): SettleOverview | null {
    return this.#opened?.settle.overview ?? null;
  }

  /** What moves; null before its start. */
  get transfers(): TransfersOverview | null {
    return this.#opened?.handover.overview ?? null;
  }

  /** What it is doing now. */
  get load(): Load {
    const opened = this.#opened;
    const [requests, lanes] = [opened?.requests.count ?? 0, opened?.replica.laneCount ?? 0];
    const { asks } = this.membership;
    return { requests, lanes, isFull: opened?.replica.isFull ?? false, asks };
  }

  /** Who is who, as this node knows it. */
  get roster(): Roster {
    const { membership: { book: history, view, registers, away }, gossip, locator } = this;
    const listOf = (name: ObjectName) => {
      const n = locator.nOf(name);
      return { n, entries: locator.list(name, n) };
    };
    return { history, view, registers, away, outsiders: gossip.outsiders, listOf };
  }

  /** Its trees; null before its start. */
  get trees(): TreesOverview | null {
    return this.#opened?.exchange.overview ?? null;
  }

  /** What all of them hold in memory, as plain data. */
  snapshot(): RoomsSnapshot {
    const opened = this.#opened;
    return {
      node: this.#options.node,
      boot: opened?.boot ?? null,
      numbers: this.#numbers,
      membership: this.membership.snapshot(),
      props: this.props.snapshot(),
      health: this.detector.snapshot(),
      gossip: this.gossip.snapshot(),
      handoff: opened?.handoff.snapshot() ?? null,
      exchange: opened?.exchange.snapshot() ?? null,
      gate: this.gate.snapshot(),
      settle: opened?.settle.snapshot() ?? null,
      handover: opened?.handover.snapshot() ?? null,
      replica: opened?.replica.snapshot() ?? null,
      requests: opened?.requests.snapshot() ?? null,
      reliance: opened?.reliance.snapshot() ?? null,
    };
  }

  #nOf({ type, bucket }: ObjectName): number {
    return this.props.effective(type, bucket).n_val;
  }

  get #open(): Opened {
    if (this.#opened === null) throw new Error("Cannot step a node before its start");
    return this.#opened;
  }
}
