/**
 * The failure detector of one node: which peers answer it, as far as it knows itself (paper, section 4.8.3).
 *
 * It is local. What a node thinks of a peer it tells nobody, and nobody's ownership depends on it: it only says whom to ask
 * (laws G12, G13). A peer that *this* node cannot reach is down for it, whoever else can.
 *
 * ```text
 *          trouble                    trouble, and no sign for downAfterMs
 *   up ---------------> suspect --------------------------------------------> down
 *    ^                     |                                                   |
 *    |  one sign           |                     SIGNS probes answered in turn |
 *    +---------------------+---------------------------------------------------+
 * ```
 *
 * - A **sign** is an answer to something that this node asked. That a peer can be heard is none: the way there may be cut.
 * - **Trouble** is a message that certainly did not arrive, or a question that was silent for too long.
 * - A suspect is still asked, though nobody waits long for it; one that is down is passed over at once.
 * - Who has been down must answer several probes in turn before it is asked again (hysteresis): one that comes and goes
 *   would else cost each request its patience.
 *
 * **Probes.** Suspects and those who are down are probed every `probeMs`; so a recovery is noticed without any client.
 * Who shares a range with this node is probed ten times as rarely, if nothing else has brought a sign; so is a crash. Nobody
 * else is probed: a large cluster does not talk about everybody.
 *
 * What this room does not do: decide what a request does about a peer that is down.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Config } from "../protocol/config.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";

/** What a node holds of a peer. */
export type Health = "up" | "suspect" | "down";

/** What a node holds of a peer, for whoever looks after it. */
export interface PeerHealth {
  /** Whom. */
  readonly node: NodeId;
  /** How it is held to be. */
  readonly health: Health;
  /** When the trouble began that no sign has ended, by the monotonic clock; null if there is none. */
  readonly troubledMs: number | null;
}

/** So many probes in turn a peer must answer that was down. */
const SIGNS = 2;
/** Peers that are well, and give other signs, are probed so many times as rarely. */
const CALM = 10;

type Probe = Extract<Message, { kind: "probe" }>;
type ProbeReply = Extract<Message, { kind: "probe_reply" }>;

/** What a failure detector is made of. */
export interface DetectorOptions {
  /** This node. */
  readonly node: NodeId;
  readonly config: Pick<Config, "probeMs" | "downAfterMs">;
  /** Numbers the probes. */
  readonly next: () => RequestId;
  /** Told of a peer that was suspect or down, and is up again. */
  readonly onUp: (peer: NodeId, out: Outbox) => void;
}

/** What a {@linkcode Detector} holds in memory. */
export interface DetectorSnapshot {
  /** Those that it knows something of. */
  readonly peers: readonly (readonly [NodeId, { readonly health: Health }])[];
  /** Those that share a range with it. */
  readonly neighbours: readonly NodeId[];
}

/** What is known of one peer: of those who share a range with this node, and of those who are not up. */
interface Peer {
  health: Health;
  /** When the trouble began that no sign has ended; 0 while it is up. */
  troubledMs: number;
  /** Probes that it has answered in turn, while it was down. */
  signs: number;
  /** How often probing came round since its last sign, while it was up. */
  calm: number;
  /** The probe that is under way; 0 if none. */
  probe: RequestId;
}

/** The detector of one node. Every peer is up until it gives trouble. */
export class Detector {
  readonly #node: NodeId;
  readonly #config: DetectorOptions["config"];
  readonly #next: () => RequestId;
  readonly #onUp: DetectorOptions["onUp"];
  readonly #peers = new Map<NodeId, Peer>();
  /** Who shares a range with this node. */
  #neighbours: ReadonlySet<NodeId> = new Set();

  /** Nobody has given trouble. */
  constructor({ node, config, next, onUp }: DetectorOptions) {
    this.#node = node;
    this.#config = config;
    this.#next = next;
    this.#onUp = onUp;
  }

  /** What is held of a peer; this node itself is always up. */
  of(node: NodeId): Health {
    return this.#peers.get(node)?.health ?? "up";
  }

  /** All peers of which something is held. */
  get peers(): PeerHealth[] {
    return [...this.#peers].map(([node, { health, troubledMs }]) => ({
      node,
      health,
      troubledMs: health === "up" ? null : troubledMs,
    }));
  }

  /** For how long a peer has been down; 0 if it is not. In ms. */
  downForMs(node: NodeId, out: Outbox): number {
    const peer = this.#peers.get(node);
    return peer?.health === "down" ? out.now.monoMs - peer.troubledMs : 0;
  }

  /** What it holds in memory. */
  snapshot(): DetectorSnapshot {
    return { peers: [...this.#peers], neighbours: [...this.#neighbours] };
  }

  /** The node serves: from now on it probes. `neighbours` are those that share a range with it. */
  onReady(neighbours: Iterable<NodeId>, out: Outbox): void {
    this.#neighbours = new Set([...neighbours].filter((peer) => peer !== this.#node));
    for (const peer of this.#neighbours) this.#peer(peer);
    out.setTimer({ kind: "probe" }, this.#config.probeMs);
  }

  /** Others are members now, or share a range with this node. Of who is out nothing is held any more. */
  onMembers(
    { neighbours, members }: {
      readonly neighbours: Iterable<NodeId>;
      readonly members: ReadonlySet<NodeId>;
    },
    out: Outbox,
  ): void {
    this.#neighbours = new Set([...neighbours].filter((peer) => peer !== this.#node));
    for (const peer of this.#neighbours) this.#peer(peer);
    for (const [id, { health }] of this.#peers) {
      const isGone = !members.has(id);
      if (isGone) out.mark("health.forgotten");
      if (isGone || (health === "up" && !this.#neighbours.has(id))) this.#peers.delete(id);
    }
  }

  /** A peer has answered something that this node asked. */
  onSign(from: NodeId, out: Outbox): void {
    const peer = this.#peers.get(from);
    if (peer === undefined) return;
    peer.calm = 0;
    // Answers to other things than probes may be of before it went down.
    if (peer.health === "suspect") this.#become(from, peer, "up", out);
  }

  /** A message to a peer certainly did not arrive, or a question has been silent for too long. */
  onTrouble(to: NodeId, out: Outbox): void {
    if (to === this.#node) return;
    const peer = this.#peer(to);
    const { monoMs } = out.now;
    peer.signs = 0;
    if (peer.health === "up") {
      peer.troubledMs = monoMs;
      this.#become(to, peer, "suspect", out);
    } else if (
      peer.health === "suspect" && monoMs - peer.troubledMs >= this.#config.downAfterMs
    ) this.#become(to, peer, "down", out);
  }

  /** Whoever is due is probed, and whoever was silent since the last time has given trouble. */
  onTimer(out: Outbox): void {
    out.setTimer({ kind: "probe" }, this.#config.probeMs);
    for (const [id, peer] of this.#peers) {
      const silent = peer.probe !== 0;
      peer.probe = 0;
      if (silent) this.onTrouble(id, out);
      if (peer.health === "up" && ++peer.calm < CALM) continue;
      peer.probe = this.#next();
      out.send(id, { kind: "probe", request: peer.probe });
    }
  }

  /** A peer probes this node. */
  onProbe(from: NodeId, { request }: Probe, out: Outbox): void {
    out.send(from, { kind: "probe_reply", request });
  }

  /** A peer has answered a probe. */
  onProbeReply(from: NodeId, { request }: ProbeReply, out: Outbox): void {
    const peer = this.#peers.get(from);
    if (peer?.probe !== request) return;
    peer.probe = 0;
    this.onSign(from, out);
    if (peer.health === "down" && ++peer.signs >= SIGNS) this.#become(from, peer, "up", out);
  }

  /** A probe certainly did not arrive: nobody need wait for its answer. That it gave trouble has been said. */
  onUndelivered(to: NodeId, { request }: Probe): void {
    const peer = this.#peers.get(to);
    if (peer?.probe === request) peer.probe = 0;
  }

  #become(id: NodeId, peer: Peer, health: Health, out: Outbox): void {
    out.mark(`health.${health}`);
    Object.assign(peer, { health, signs: 0, calm: 0 });
    if (health !== "up") return;
    // It has shown that it is well: what it does about the probe that is under way says no more.
    Object.assign(peer, { troubledMs: 0, probe: 0 });
    // Of others than neighbours nothing is known but trouble.
    if (!this.#neighbours.has(id)) this.#peers.delete(id);
    this.#onUp(id, out);
  }

  #peer(id: NodeId): Peer {
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = { health: "up", troubledMs: 0, signs: 0, calm: 0, probe: 0 };
      this.#peers.set(id, peer);
    }
    return peer;
  }
}
