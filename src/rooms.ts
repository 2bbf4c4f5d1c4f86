/**
 * The rooms of one node, and how they are joined: `membership/` (history, roles, bucket properties, who is well), `replica/`
 * (this node's copies), `quorum/` (client requests), `handoff/` (what is kept for others), `anti_entropy/` (trees of what
 * it holds, compared with those of others), `admission/` (when there is room for work that no client waits for).
 *
 * Membership and properties are there from the beginning. The others open at the start, when the boot is known: what they
 * do is named after it. Rooms do not import one another; where one must ask another something in the middle of a step,
 * it is given a function for that here. What they tell one another goes by `node.ts`.
 *
 * @module
 */
import { Gate } from "./admission/gate.ts";
import { Exchange, type TreesOverview } from "./anti_entropy/exchange.ts";
import type { Land } from "./anti_entropy/forest.ts";
import type { Boot, Digest, NodeId, ObjectName } from "./id.ts";
import { Handoff, type HandoffSnapshot } from "./handoff/handoff.ts";
import { Detector, type DetectorSnapshot } from "./membership/health.ts";
import { Membership } from "./membership/membership.ts";
import { Props } from "./membership/props.ts";
import type { Genesis } from "./protocol/change.ts";
import type { Config } from "./protocol/config.ts";
import type { Event } from "./protocol/event.ts";
import type { Locator } from "./protocol/locator.ts";
import type { CopyName, Outbox } from "./protocol/outbox.ts";
import { Requests, type RequestsSnapshot } from "./quorum/requests.ts";
import { Replica } from "./replica/replica.ts";
import { positionOf } from "./ring/hash.ts";
import { preferenceList } from "./ring/preference_list.ts";

/** What a node is made of. */
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

/** What the rooms hold in memory. */
export interface RoomsSnapshot {
  /** Client requests. */
  readonly requests: RequestsSnapshot | null;
  /** Who is well. */
  readonly health: DetectorSnapshot;
  /** What is kept for others, on its way. */
  readonly handoff: HandoffSnapshot | null;
  /** All others. */
  readonly [room: string]: unknown;
}

/** What a node is doing. */
export interface Load {
  /** Client requests that run here. */
  readonly requests: number;
  /** Copies that are being worked on. */
  readonly lanes: number;
  /** Whether its disk is full, so that it only reads. */
  readonly isFull: boolean;
}

/** The rooms that open at the start. */
interface Opened {
  readonly boot: Boot;
  readonly replica: Replica;
  readonly requests: Requests;
  readonly handoff: Handoff;
  readonly exchange: Exchange;
}

/** All rooms of one node. */
export class Rooms {
  readonly #options: NodeOptions;
  readonly membership: Membership;
  readonly props: Props;
  readonly detector: Detector;
  /** Where background work waits its turn. */
  readonly gate: Gate;
  /** Who holds what, and who can be asked, as this node sees it. */
  readonly locator: Locator;
  #opened: Opened | null = null;
  #numbers = 0;

  /** The rooms that are there before the start. */
  constructor(options: NodeOptions) {
    this.#options = options;
    const { node, addresses, genesis, config } = options;
    const next = () => ++this.#numbers;
    const membership = new Membership({ node, addresses, genesis, next });
    const onUp = (peer: NodeId, out: Outbox) => this.#opened?.handoff.onBack(peer, out);
    const detector = new Detector({ node, config, next, onUp });
    this.props = new Props({ node, config, next });
    this.membership = membership;
    this.detector = detector;
    this.gate = new Gate(config);
    this.locator = {
      node,
      get members() {
        return membership.members;
      },
      list: (name, n) => preferenceList(membership.ring, positionOf(name), n),
      nOf: (name) => this.#nOf(name),
      isDown: (peer) => detector.of(peer) === "down",
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
    const land = this.#land;
    const exchange = new Exchange({ locator, land, config, neighbours, slices, next });
    const replica = new Replica({
      locator,
      boot,
      config,
      nextNumber: next,
      hintBytes: restored.hintBytes ?? 0,
      kept: (owner, out) => handoff.onKept(owner, out),
      stored: (name, container) => exchange.forest.onStored(name, container),
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
    this.#opened = { boot, replica, requests, handoff, exchange };
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
  /** What it keeps for others, on its way to them. */
  get handoff(): Handoff {
    return this.#open.handoff;
  }

  /** What it holds, compared with what others hold. */
  get exchange(): Exchange {
    return this.#open.exchange;
  }

  /** What it is doing now. */
  get load(): Load {
    const opened = this.#opened;
    const [requests, lanes] = [opened?.requests.count ?? 0, opened?.replica.laneCount ?? 0];
    return { requests, lanes, isFull: opened?.replica.isFull ?? false };
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
      handoff: opened?.handoff.snapshot() ?? null,
      exchange: opened?.exchange.snapshot() ?? null,
      gate: this.gate.snapshot(),
      replica: opened?.replica.snapshot() ?? null,
      requests: opened?.requests.snapshot() ?? null,
    };
  }

  /** Where keys belong, for the trees. */
  get #land(): Land {
    const { membership, locator } = this;
    return {
      rangeEnd: (position) => membership.ring.rangeEnd(position),
      owners: (end, n) => membership.ring.owners(end, n),
      nOf: (name) => this.#nOf(name),
      serves: (name, n) => locator.standing(name, n).seat !== null,
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
