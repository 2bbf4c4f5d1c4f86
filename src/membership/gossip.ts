/**
 * Gossip: how every node comes to know what any node knows of the membership (paper, section 4.8.1; protocol.md, Part 2 e).
 *
 * Every `gossipMs` a node turns to one other node, chosen by chance, and the two tell each other what they do not know
 * alike. It begins with two digests; where they are equal that is all, however large the cluster is:
 *
 * ```text
 *  a                                                b
 *  |-- gossip: digest of the history, of all else -->|  alike: says so, and nothing more
 *  |<--------- gossip_reply: digests of 32 groups ---|  not alike
 *  |-- gossip_held: what stands in those that differ->|
 *  |<------- gossip_rumors: what is newer here, ------|  and what is wanted
 *  |-- gossip_rumors: that -------------------------->|
 * ```
 *
 * No message is waited for, and there is no state of a round: what is lost is found missing in a later one. Every kind of
 * rumor is a lattice, so order and repetition do no harm.
 *
 * **Whom.** Mostly somebody who is well. But one round in ten goes to one of those who are suspect or down, or to a seed:
 * two halves that hold each other down would else never speak again (section 4.8.2). Only who is out is skipped.
 *
 * **Who is out** knows it only if it is told: when it calls it gets the history that says so, and nothing else; what it says
 * is not listened to. It ends when somebody knows that it is out, and it holds nothing any more that others could need. Who is no member *yet* is told everything: it cannot join what it does not know.
 *
 * **Who has forgotten something of itself**, for its disk was put back from a copy, is told so by whoever remembers it, when
 * it calls (`recall.ts`).
 *
 * **Versions.** A change of a later version of rotor cannot be read, and so neither can what stands on it. It is passed
 * over, and what stands beside it is taken; the node goes on as one that has not heard of it, but that it commits nothing
 * any more: else it would write on a history that it knows to be behind (docs/decisions/0051).
 *
 * **Addresses.** A node says in each first message where it can be reached, so whoever comes back at another port can be
 * answered at once; the others learn it from its register.
 *
 * @module
 */
import { compare, type Digest, type NodeId } from "../id.ts";
import type { Config } from "../protocol/config.ts";
import type { GossipMessage } from "../protocol/gossip_message.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Rumor } from "../protocol/rumor.ts";
import type { Health } from "./health.ts";
import type { History } from "./history.ts";
import type { Membership } from "./membership.ts";
import type { Props } from "./props.ts";
import type { Recalled } from "./recall.ts";
import type { Outsider } from "./roster.ts";
import { GROUPS, Rumors } from "./rumors.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** One round in so many goes to those who are not well, and to seeds. */
const ODD_ROUND = 10;
/** So many rumors go into one message. What does not fit is found missing in the next round. */
const MOST_RUMORS = 256;
/** So many members, or most of them if there are fewer, will have heard what a node has said before it forgot it. */
const WITNESSES = 12;
/** So many who are no members are kept in mind. */
const MOST_CALLERS = 1_000;

/** What it is made of. */
export interface GossipOptions {
  readonly node: NodeId;
  /** Where this node can be reached: `HOST:PORT`. */
  readonly addresses: readonly string[];
  readonly config: Pick<Config, "gossipMs">;
  /** Nodes that are asked now and then, whatever is held of them, beside those of the founding. */
  readonly seeds: readonly NodeId[];
  readonly membership: Membership;
  readonly props: Props;
  /** Whether this node has nothing left that others could need. */
  readonly isEmpty: () => boolean;
  /** What is held of a node. */
  readonly health: (node: NodeId) => Health;
  /** Told that somebody's roles have changed. */
  readonly onRoles: (out: Outbox) => void;
  /** Numbers its messages. */
  readonly next: () => RequestId;
}

/** One node's gossip. */
export class Gossip {
  readonly #options: GossipOptions;
  readonly #rumors = new Rumors();
  /** Where others were last said to be. */
  readonly #addresses = new Map<NodeId, string>();
  /** What of each source is among the rumors. */
  #history: History | null = null;
  #propsAt = -1;
  /** Who has called and is no member: for those who look, and nothing is done by it. The last to call is the last. */
  readonly #callers = new Map<NodeId, Outsider>();
  #chance: () => number = () => 0;
  /** Whether somebody has said that it knows all that this node knows: so that this node is out, if it is. */
  #isToldOf = false;
  /** Who knew what this process knows, or has told it the rest: had they remembered more of this node, it would know. */
  readonly #answered = new Set<NodeId>();
  /** Whom it has turned to, and who is to tell what they do not know alike. */
  readonly #differing = new Set<NodeId>();

  /** Nothing is known. */
  constructor(options: GossipOptions) {
    this.#options = options;
  }

  /** The node serves. `seed`: what its chance comes from. */
  onReady(seed: number, out: Outbox): void {
    this.#chance = chanceFrom(seed);
    // Nodes that start together need not speak together.
    out.setTimer({ kind: "gossip" }, Math.ceil(this.#chance() * this.#options.config.gossipMs));
  }

  /** A round begins. */
  onTimer(out: Outbox): void {
    const { node, config, membership, addresses, next } = this.#options;
    out.setTimer({ kind: "gossip" }, config.gossipMs);
    if (this.#isToldOf && this.#isOut(node) && this.#options.isEmpty()) {
      const why =
        "has left the cluster for good, and holds nothing any more that others could need";
      return out.halt(`${node} ${why}; another name, and an empty data directory, may join`);
    }
    membership.onTick(out);
    if (!membership.ready) return;
    const peer = this.#pick();
    if (peer === null) return;
    this.#catchUp();
    const { history } = membership;
    const rest = this.#rumors.digest;
    out.send(peer, { kind: "gossip", request: next(), history, rest, addresses });
  }

  /** Another node says something. */
  onMessage(from: NodeId, message: GossipMessage, out: Outbox): void {
    this.#catchUp();
    if (message.kind === "gossip") return this.#onGossip(from, message, out);
    // What says that it is out is told to whoever asks; it has nothing to say.
    if (this.#isOut(from)) return out.mark("gossip.from_out");
    switch (message.kind) {
      case "gossip_reply":
        return this.#onReply(from, message, out);
      case "gossip_held":
        return this.#onHeld(from, message, out);
      case "gossip_rumors":
        return this.#onRumors(from, message, out);
      case "gossip_recall":
        return this.#recall(from, this.#options.membership.registers.recall(from), out);
      case "gossip_recalled":
        // A word that may end this process must come from a member.
        if (!this.#options.membership.members.has(from)) return;
        return this.#options.membership.onRecalled(from, message, out);
    }
  }

  /** Who has called and may be joined, by id. */
  get outsiders(): Outsider[] {
    const { status } = this.#options.membership.view;
    return [...this.#callers.values()].filter(({ node }) => !status.has(node))
      .sort((a, b) => compare(a.node, b.node));
  }

  /**
   * Whether this process has spoken with enough others to know that its disk is no old copy, as far as anybody can tell:
   * what the node had said after that, somebody would have told it.
   */
  get isConfirmed(): boolean {
    const { node, membership: { members } } = this.#options;
    const witnesses = [...this.#answered].filter((peer) => members.has(peer) && peer !== node);
    return witnesses.length >= Math.min(Math.floor(members.size / 2), WITNESSES);
  }

  /** One digest for all that this node could tell. */
  get digest(): Digest {
    this.#catchUp();
    return this.#rumors.digest;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const [rumors, isToldOf] = [this.#rumors.digest, this.#isToldOf];
    const [answered, differing] = [[...this.#answered], [...this.#differing]];
    const addresses = [...this.#addresses];
    return { rumors, addresses, props: this.#propsAt, isToldOf, answered, differing };
  }

  /** A node turns to this one. */
  #onGossip(from: NodeId, message: MessageOf<"gossip">, out: Outbox): void {
    const { membership } = this.#options;
    this.#reach(from, message.addresses, out);
    const status = membership.view.status.get(from);
    if (status === "out") return this.#tellOut(from, message, out);
    const forgotten = membership.registers.forgotten(from);
    if (forgotten !== null) this.#recall(from, forgotten, out);
    this.#note(from, status === undefined ? message.addresses : null, out);
    const alike = message.history === membership.history && message.rest === this.#rumors.digest;
    if (!alike) out.mark("gossip.differs");
    const groups = alike ? null : this.#rumors.groups;
    out.send(from, { kind: "gossip_reply", request: message.request, groups });
  }

  /** A node is told what is remembered of it. */
  #recall(to: NodeId, { tick, register }: Recalled, out: Outbox): void {
    out.send(to, { kind: "gossip_recalled", tick, register });
  }

  /** What it turned to has answered. */
  #onReply(from: NodeId, { groups }: MessageOf<"gossip_reply">, out: Outbox): void {
    if (groups === null) this.#answered.add(from);
    if (groups === null && this.#isOut(this.#options.node)) this.#isToldOf = true;
    if (groups === null || groups.length !== GROUPS) return;
    const own = this.#rumors.groups;
    const differing = own.flatMap((digest, i) => digest === groups[i] ? [] : [i]);
    if (differing.length === 0) return;
    this.#differing.add(from);
    const held = this.#rumors.held(differing);
    out.send(from, { kind: "gossip_held", groups: differing, held });
  }

  /** What a node holds where the two differ. */
  #onHeld(from: NodeId, { groups, held }: MessageOf<"gossip_held">, out: Outbox): void {
    const { newer, wanted } = this.#rumors.compare(groups, held);
    this.#tell(from, newer, wanted, out);
  }

  /** What a node knows that was new to it, and what it wants. */
  #onRumors(from: NodeId, { rumors, wanted }: MessageOf<"gossip_rumors">, out: Outbox): void {
    const { membership, props } = this.#options;
    const unknown = rumors.filter((rumor) => rumor.kind === "unknown");
    if (unknown.length > 0) out.mark("gossip.unknown_version");
    if (unknown.some(({ isChange }) => isChange)) membership.onUnreadable(from);
    const changes = rumors.flatMap((rumor) => rumor.kind === "change" ? [rumor.change] : []);
    const taking = membership.onChanges(changes, out);
    const { changes: before } = membership.registers;
    for (const rumor of rumors) if (rumor.kind === "register") this.#onRegister(rumor, out);
    if (membership.registers.changes !== before) this.#options.onRoles(out);
    props.onHeard(rumors.flatMap((rumor) => rumor.kind === "prop" ? [rumor.entry] : []), out);
    if (this.#differing.delete(from)) this.#answered.add(from);
    const told = wanted.flatMap((key) => this.#rumors.get(key) ?? []);
    const missing = taking.kind === "missing" ? taking.parents.map((id) => `c${id}`) : [];
    if (told.length + missing.length > 0) this.#tell(from, told, missing, out);
  }

  /** Somebody by chance; null if there is nobody. */
  #pick(): NodeId | null {
    const { node, membership: { members, view }, seeds, health } = this.#options;
    const others = [...members].filter((member) => member !== node);
    const well = () => others.filter((member) => health(member) === "up");
    const odd = () => {
      const founders = view.genesis.members.map((member) => member.node);
      const pool = new Set([
        ...others.filter((member) => health(member) !== "up"),
        ...[...seeds, ...founders].filter((seed) => seed !== node && !this.#isOut(seed)),
      ]);
      return [...pool];
    };
    const isOdd = Math.floor(this.#chance() * ODD_ROUND) === 0;
    // In a large cluster the other pool is not looked at each second for nothing.
    const first = isOdd ? odd() : well();
    const pool = first.length > 0 ? first : isOdd ? well() : odd();
    return pool[Math.floor(this.#chance() * pool.length)] ?? null;
  }

  #onRegister(rumor: Extract<Rumor, { kind: "register" }>, out: Outbox): void {
    const { node, membership } = this.#options;
    const { register } = rumor;
    // Of who is no member nothing is kept: a register of a newcomer comes again when its join has come.
    if (!membership.members.has(register.node)) return;
    if (!membership.onRegister(register, out) || register.node === node) return;
    this.#rumors.put(rumor);
    this.#reach(register.node, register.addresses, out);
  }

  /** Who calls and is out is told what says so; or, if it knows, that this is known, and who serves what. */
  #tellOut(to: NodeId, { request, history }: MessageOf<"gossip">, out: Outbox): void {
    const { membership } = this.#options;
    if (history === membership.history) {
      out.send(to, { kind: "gossip_reply", request, groups: null });
      // Whom it may give what it still holds.
      const said = membership.registers.said;
      return this.#tell(to, said.map((register) => ({ kind: "register", register })), [], out);
    }
    out.mark("gossip.told_out");
    const changes = membership.book.ordered();
    const rumors = changes.map((change): Rumor => ({ kind: "change", change }));
    out.send(to, { kind: "gossip_rumors", rumors, wanted: [] });
  }

  #tell(to: NodeId, rumors: readonly Rumor[], wanted: readonly string[], out: Outbox): void {
    if (rumors.length + wanted.length === 0) return;
    const first = rumors.slice(0, MOST_RUMORS);
    out.send(to, { kind: "gossip_rumors", rumors: first, wanted: wanted.slice(0, MOST_RUMORS) });
  }

  /** Somebody has called: from where, if it is no member. */
  #note(from: NodeId, addresses: readonly string[] | null, out: Outbox): void {
    this.#callers.delete(from);
    if (addresses === null) return;
    const [longest] = this.#callers.keys();
    if (longest !== undefined && this.#callers.size >= MOST_CALLERS) this.#callers.delete(longest);
    this.#callers.set(from, { node: from, addresses, heardMs: out.now.monoMs });
  }

  /** A node says where it is. */
  #reach(node: NodeId, addresses: readonly string[], out: Outbox): void {
    const said = addresses.join();
    if (node === this.#options.node || said === "" || this.#addresses.get(node) === said) return;
    this.#addresses.set(node, said);
    out.effects.push({ kind: "peer", node, addresses });
  }

  /** What has become durable since is among the rumors. */
  #catchUp(): void {
    const { membership, props } = this.#options;
    const { book, register, status, view } = membership;
    if (book !== this.#history) {
      const known = this.#history?.changes;
      for (const change of book.changes.values()) {
        if (known?.has(change.id) !== true) this.#rumors.put({ kind: "change", change });
      }
      for (const [node, is] of view.status) if (is === "out") this.#rumors.drop(`r${node}`);
      this.#history = book;
    }
    // Before it has joined nobody would keep it.
    if (register !== null && status !== undefined && status !== "out") {
      this.#rumors.put({ kind: "register", register });
    }
    if (props.durable !== this.#propsAt) {
      for (const entry of props.told) this.#rumors.put({ kind: "prop", entry });
      this.#propsAt = props.durable;
    }
  }

  #isOut(node: NodeId): boolean {
    return this.#options.membership.view.status.get(node) === "out";
  }
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
