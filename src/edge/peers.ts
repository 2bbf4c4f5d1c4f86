/**
 * A node's ways to all of its peers (`docs/peers.md` describes what goes over them).
 *
 * Messages are one way. Each peer has a link of its own (`peer_link.ts`), so that one that is slow or gone holds up
 * nobody else, and each link has two connections, so that large messages do not hold up small ones.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Envelope } from "../protocol/envelope.ts";
import type { Message } from "../protocol/message.ts";
import { bearerOf } from "./bearer.ts";
import type { Clock } from "./clock.ts";
import { Courier } from "./courier.ts";
import { LINK_TIMES, PeerLink, type Sender } from "./peer_link.ts";
import { QUEUE_LIMITS } from "./peer_queue.ts";

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
  /** All members but this node. */
  readonly addresses: ReadonlyMap<NodeId, PeerAddress>;
  /** The cluster's; null if it has none. */
  readonly secret: Uint8Array | null;
  /** M: half of it is the longest wait in a queue. In ms. */
  readonly maxMessageAgeMs: number;
  readonly clock: Clock;
  /** Told of messages that have not arrived and never will; never from within `send`. */
  readonly undelivered: (to: NodeId, messages: readonly Message[]) => void;
  /** Takes lines for the operator. */
  readonly log: (line: string) => void;
}

/** The ways. */
export class Peers {
  readonly #links: ReadonlyMap<NodeId, PeerLink>;
  readonly #self: Sender;

  /** Ways that nothing has gone over yet. */
  constructor(options: PeersOptions) {
    this.#self = options.self;
    const addresses = [...options.addresses];
    this.#links = new Map(addresses.map(([to, at]) => [to, linkTo(to, at, options)]));
  }

  /**
   * Sends a message, some time soon.
   *
   * @throws {Error} If `to` is no peer: a node sends to members only.
   */
  send(to: NodeId, message: Message): void {
    const link = this.#links.get(to);
    if (link === undefined) throw new Error(`Cannot send to ${to}: it is no peer of this node`);
    link.send(message);
  }

  /** A batch has come: its sender is there. To be called before the node takes it, so that answers go to that boot. */
  heard({ cluster, from, fromBoot, to }: Envelope): void {
    if (cluster !== this.#self.cluster || to !== this.#self.node) return;
    this.#links.get(from)?.heard(fromBoot);
  }

  /** What has become of messages, by peer, for `/stats`. */
  get stats(): Record<string, PeerLink["stats"]> {
    return Object.fromEntries([...this.#links].map(([to, link]) => [to, link.stats]));
  }

  /** Ends all of them. What waits is dropped. */
  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }
}

function linkTo(to: NodeId, at: PeerAddress, options: PeersOptions): PeerLink {
  const { self, secret, maxMessageAgeMs, clock, undelivered, log } = options;
  const courier = () =>
    new Courier({
      hostname: at.host,
      port: at.port,
      path: PEER_PATH,
      headers: {
        "Content-Type": PEER_MEDIA_TYPE,
        ...(secret === null ? {} : { Authorization: bearerOf(secret) }),
      },
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
  return new PeerLink({
    self,
    to,
    carriers: { brisk: courier(), bulk: courier() },
    clock,
    limits: { ...QUEUE_LIMITS, maxWaitMs: maxMessageAgeMs / 2 },
    times: { ...LINK_TIMES, stampForMs: maxMessageAgeMs / 4 },
    undelivered: (messages) => undelivered(to, messages),
    log,
  });
}
