/**
 * A node's ways to all of its peers (`docs/peers.md` describes what goes over them).
 *
 * Messages are one way. Each peer has a link of its own (`peer_link.ts`), so that one that is slow or gone holds up
 * nobody else, and each link has two connections, so that large messages do not hold up small ones.
 *
 * @module
 */
import type { Boot, NodeId } from "../id.ts";
import { encodeEnvelope } from "../protocol/codec.ts";
import type { Envelope } from "../protocol/envelope.ts";
import type { Message } from "../protocol/message.ts";
import { bearerOf } from "./bearer.ts";
import type { Clock } from "./clock.ts";
import { Courier } from "./courier.ts";
import { LINK_TIMES, PeerLink, type Sender } from "./peer_link.ts";
import { outcomeOf } from "./peer_outcome.ts";
import { QUEUE_LIMITS } from "./peer_queue.ts";
import { readAddress } from "./settings_fields.ts";

/** Where peers take batches. */
export const PEER_PATH = "/peer/v1";
/** What a batch is. */
export const PEER_MEDIA_TYPE = "application/vnd.rotor.peer";

const CONNECT_TIMEOUT_MS = 1_000;

/** Where a peer listens. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** What the ways are made of. */
export interface PeersOptions {
  readonly self: Sender;
  /** Those that were configured, but this node; others are heard of. */
  readonly addresses: ReadonlyMap<NodeId, PeerAddress>;
  /** The cluster's; null if it has none. */
  readonly secret: Uint8Array | null;
  /** M: half of it is the longest wait in a queue. In ms. */
  readonly maxMessageAgeMs: number;
  readonly clock: Clock;
  /** Told of messages that have not arrived and never will; never from within `send`. */
  readonly undelivered: (to: NodeId, messages: readonly Message[]) => void;
  /** Told that a peer hears another process of this node, which lives. */
  readonly onTwin: (to: NodeId) => void;
  /** Takes lines for the operator. */
  readonly log: (line: string) => void;
}

/** A way, and who carries things over it. */
interface Way {
  /** Where the peer is. */
  at: PeerAddress;
  readonly link: PeerLink;
  readonly couriers: readonly Courier[];
}

/** The ways. */
export class Peers {
  readonly #ways = new Map<NodeId, Way>();
  readonly #options: PeersOptions;

  /** Ways that nothing has gone over yet. */
  constructor(options: PeersOptions) {
    this.#options = options;
    for (const [to, at] of options.addresses) this.#ways.set(to, wayTo(to, at, options));
  }

  /** A peer can be reached here from now on, a new one too. What cannot be read as an address changes nothing. */
  reach(to: NodeId, [address = ""]: readonly string[]): void {
    const at = readAddress(address);
    const way = this.#ways.get(to);
    if (at === null) {
      this.#options.log(`Cannot reach ${to}: HOST:PORT wanted, got ${JSON.stringify(address)}`);
    } else if (way === undefined) this.#ways.set(to, wayTo(to, at, this.#options));
    else {
      way.at = at;
      for (const courier of way.couriers) courier.moveTo({ hostname: at.host, port: at.port });
    }
  }

  /** Sends a message, some time soon. Of a node whose address nobody has said, it is undelivered. */
  send(to: NodeId, message: Message): void {
    const way = this.#ways.get(to);
    if (way !== undefined) return way.link.send(message);
    queueMicrotask(() => this.#options.undelivered(to, [message]));
  }

  /** The process of a peer that was last heard of; null if none was. */
  boot(of: NodeId): Boot | null {
    return this.#ways.get(of)?.link.boot ?? null;
  }

  /** Asks who is where a peer was last said to be: null if nobody says so in time. */
  async ask(of: NodeId): Promise<Boot | null> {
    const way = this.#ways.get(of);
    if (way === undefined) return null;
    const { self } = this.#options;
    const courier = courierTo(way.at, this.#options);
    const hello = { cluster: self.cluster, from: self.node, fromBoot: self.boot, to: of };
    const body = encodeEnvelope({ ...hello, toBoot: null, toStampMs: 0, messages: [] });
    const outcome = outcomeOf(await courier.post(body, { timeoutMs: LINK_TIMES.helloTimeoutMs }));
    await courier.close();
    return outcome.kind === "verdict" && outcome.verdict.refused === null
      ? outcome.verdict.boot
      : null;
  }

  /** A batch has come: its sender is there. To be called before the node takes it, so that answers go to that boot. */
  heard(envelope: Envelope): void {
    if (!this.isForThis(envelope)) return;
    this.#ways.get(envelope.from)?.link.heard(envelope.fromBoot);
  }

  /** Whether a batch is of this cluster, and for this node. */
  isForThis({ cluster, to }: Envelope): boolean {
    const { self } = this.#options;
    return cluster === self.cluster && to === self.node;
  }

  /** What has become of messages, by peer, for `/stats`. */
  get stats(): Record<string, PeerLink["stats"]> {
    return Object.fromEntries([...this.#ways].map(([to, { link }]) => [to, link.stats]));
  }

  /** Ends all of them. What waits is dropped. */
  async close(): Promise<void> {
    await Promise.all([...this.#ways.values()].map(({ link }) => link.close()));
  }
}

function courierTo(at: PeerAddress, { secret }: PeersOptions): Courier {
  return new Courier({
    hostname: at.host,
    port: at.port,
    path: PEER_PATH,
    headers: {
      "Content-Type": PEER_MEDIA_TYPE,
      ...(secret === null ? {} : { Authorization: bearerOf(secret) }),
    },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
}

function wayTo(to: NodeId, at: PeerAddress, options: PeersOptions): Way {
  const { self, maxMessageAgeMs, clock, undelivered, onTwin, log } = options;
  const [brisk, bulk] = [courierTo(at, options), courierTo(at, options)];
  const link = new PeerLink({
    self,
    to,
    carriers: { brisk, bulk },
    clock,
    limits: { ...QUEUE_LIMITS, maxWaitMs: maxMessageAgeMs / 2 },
    times: { ...LINK_TIMES, stampForMs: maxMessageAgeMs / 4 },
    undelivered: (messages) => undelivered(to, messages),
    onTwin: () => onTwin(to),
    log,
  });
  return { at, link, couriers: [brisk, bulk] };
}
