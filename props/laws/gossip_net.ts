/**
 * Some nodes that do nothing but gossip: the very rooms of production, with disks that take everything at once and a
 * network in which only what is cut does not arrive. Time goes by in rounds: in each, every node that is up turns to
 * another, one after the other. So a thousand of them are no more than an afternoon's talk.
 *
 * @module
 */
import { type Boot, type NodeId, nodeId } from "../../src/id.ts";
import { found, type Founding } from "../../src/membership/found.ts";
import { Gossip } from "../../src/membership/gossip.ts";
import type { Health } from "../../src/membership/health.ts";
import { Membership } from "../../src/membership/membership.ts";
import { planChange } from "../../src/membership/plan.ts";
import { NOTHING } from "../../src/membership/recall.ts";
import { Props } from "../../src/membership/props.ts";
import type { Genesis, Member, Step } from "../../src/protocol/change.ts";
import { encodeEnvelope } from "../../src/protocol/codec.ts";
import { type Config, DEFAULTS } from "../../src/protocol/config.ts";
import type { Effect, MetaValue, Reply } from "../../src/protocol/effect.ts";
import type { Restored } from "../../src/protocol/event.ts";
import { isGossip } from "../../src/protocol/message_kinds.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { drawFrom } from "../../src/ring/tokens.ts";

const NEW: Restored = { history: [], register: null, props: [] };
/** A round. In ms. */
export const ROUND_MS = 1_000;
/** What all wall clocks show when it begins. */
const WALL_MS = 1_700_000_000_000;

/** What a net may be given. */
export interface NetOptions {
  /** The members of the founding. */
  readonly founders: readonly string[];
  readonly partitions?: number;
  readonly replicas?: number;
  /** Rules that differ from the defaults. */
  readonly config?: Partial<Config>;
  /** How the ring is placed, where it is not as by default. */
  readonly placement?: Pick<Founding, "strategy" | "tokens">;
  /** What a node holds of another; "up" if it is left out. */
  readonly health?: (at: NodeId, of: NodeId) => Health;
  /** False: what one says does not reach the other. Everything arrives if it is left out. */
  readonly reaches?: (from: NodeId, to: NodeId) => boolean;
}

/** A node of a net. */
export class Site {
  readonly id: NodeId;
  /** What is durable. */
  disk: Restored;
  membership!: Membership;
  props!: Props;
  gossip!: Gossip;
  up = false;
  /** Why it ended by itself; null if it did not. */
  halted: string | null = null;
  /** What clients were told. */
  readonly replies: Reply[] = [];
  /** Where others were said to be. */
  readonly reached = new Map<NodeId, string>();
  /** Stores that are still on their way, while `slow`. */
  readonly storing: { readonly store: number; readonly value: MetaValue }[] = [];
  /** True: stores end only when somebody ends them. */
  slow = false;
  /** Bytes that it has sent and received. */
  bytes = 0;
  boots = 0;

  /** A site that is down. */
  constructor(id: NodeId, disk: Restored = NEW) {
    this.id = id;
    this.disk = disk;
  }

  /** Digest of its history. */
  get history(): string {
    return this.membership.history;
  }
  /** All that it knows, as one text: equal for those who know alike. */
  get knows(): string {
    const { membership, props } = this;
    const registers = membership.registers.said.map(({ node, generation, seq, nonce }) =>
      `${node} ${generation} ${seq} ${nonce}`
    ).sort();
    const entries = props.entries.map((entry) => JSON.stringify(entry)).sort();
    return [membership.history, ...registers, ...entries].join("\n");
  }
}

/** Some nodes that gossip. */
export class GossipNet {
  readonly genesis: Genesis;
  readonly sites = new Map<NodeId, Site>();
  readonly #options: NetOptions;
  /** The processes of each node: two of one may be up. */
  readonly #named = new Map<NodeId, Site[]>();
  #queue: { from: Site; boots: number; to: NodeId; message: Message }[] = [];
  #numbers = 0;
  round = 0;
  /** Whether what is sent is counted in bytes. */
  weighs = false;
  /** Every message that was delivered, by kind. */
  readonly delivered = new Map<Message["kind"], number>();

  /** The founders, up. */
  constructor(options: NetOptions) {
    this.#options = options;
    const { founders, partitions = 8, replicas = 2, placement = {} } = options;
    const members = founders.map(memberOf);
    this.genesis = found({ members, partitions, replicas, ...placement });
    for (const founder of founders) this.start(founder);
  }

  /** What has gone by since it began. In ms. */
  get nowMs(): number {
    return this.round * ROUND_MS;
  }
  /** What all wall clocks show. */
  get wallMs(): number {
    return WALL_MS + this.nowMs;
  }
  /** Those that are up. */
  get all(): Site[] {
    return [...this.sites.values()].filter(({ up }) => up);
  }
  /** The site of a name. */
  at(id: string): Site {
    return this.sites.get(nodeId(id))!;
  }

  /** A process begins: with what is on the disk of its node, or on another one. */
  start(
    id: string,
    { seeds = [], disk, address = `${id}:1`, as = id }: {
      readonly seeds?: readonly string[];
      readonly disk?: Restored;
      readonly address?: string;
      /** The name of the site, where it is not the node's: two processes of one node. */
      readonly as?: string;
    } = {},
  ): Site {
    const known = this.sites.get(as as NodeId);
    const site = known ?? new Site(nodeId(id), disk ?? NEW);
    if (disk !== undefined) site.disk = disk;
    this.sites.set(as as NodeId, site);
    this.#named.set(site.id, [
      ...(this.#named.get(site.id) ?? []).filter((it) => it !== site),
      site,
    ]);
    const next = () => ++this.#numbers;
    const config = { ...DEFAULTS, ...this.#options.config };
    const parts = { node: site.id, addresses: [address], seeds: seeds.map(nodeId), next };
    site.membership = new Membership({ ...parts, genesis: this.genesis, config });
    site.props = new Props({ node: site.id, config: DEFAULTS, next });
    const health = (of: NodeId) => this.#options.health?.(site.id, of) ?? "up";
    const { membership, props } = site;
    site.gossip = new Gossip({
      ...parts,
      config: { gossipMs: ROUND_MS },
      membership,
      props,
      health,
      isEmpty: () => true,
      onRoles: () => {},
    });
    site.boots++;
    site.up = true;
    site.halted = null;
    const seed = ++this.#numbers;
    const boot = `boot${String(seed).padStart(4, "0")}` as Boot;
    props.restore(site.disk.props);
    this.do(
      site,
      (out) => membership.onStart({ kind: "start", boot, seed, restored: site.disk }, out),
    );
    // Who begins on an empty disk asks everybody: each says what it remembers, and who is not there remembers nothing.
    for (const { node } of membership.asks ? this.genesis.members : []) {
      const recalled = this.sites.get(node)?.membership.registers.recall(site.id) ?? NOTHING;
      this.do(site, (out) => membership.onRecalled(node, recalled, out));
    }
    this.do(site, (out) => site.gossip.onReady(seed, out));
    return site;
  }
  /** A process ends. */
  stop(id: string): void {
    this.at(id).up = false;
  }

  /** Every node that is up turns to another, and everything that follows happens. */
  rounds(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.round++;
      for (const site of this.all) {
        this.do(site, (out) => site.gossip.onTimer(out));
        this.#run();
      }
    }
  }
  /** Rounds until this is so; how many it took. @throws {Error} If it is not after `most`. */
  until(isSo: () => boolean, most: number): number {
    const before = this.round;
    while (!isSo()) {
      if (this.round - before >= most) throw new Error(`it is not so after ${most} rounds`);
      this.rounds();
    }
    return this.round - before;
  }
  /** Whether all of these know the same. */
  alike(sites: readonly Site[] = this.all): boolean {
    return sites.every(({ knows }) => knows === sites[0]!.knows);
  }

  /** A node plans and commits these steps; what it answers. */
  commit(id: string, steps: readonly Step[]): Reply {
    const site = this.at(id);
    const { book } = site.membership;
    const plan = { author: site.id, wallMs: 0, steps, draw: drawFrom(id) };
    const { moves } = planChange(book, plan);
    this.do(
      site,
      (out) => site.membership.commit(1, { plannedOn: book.digest, steps, moves }, out),
    );
    this.#run();
    return site.replies.at(-1)!;
  }
  /** A node sets a property of a bucket. */
  set(id: string, bucket: string, value: boolean): void {
    const site = this.at(id);
    const patch = { allow_mult: value };
    const event = { kind: "props_set" as const, ticket: 1, type: "default", bucket, patch };
    // Pushes to members are lost here: what arrives has been gossiped.
    this.do(site, (out) => site.props.onSet(event, new Set([site.id]), out));
  }

  /** A node takes a step, and what it wants done is done, but that its messages wait. */
  do(site: Site, step: (out: Outbox) => void): readonly Effect[] {
    const out = new Outbox(site.id, { monoMs: this.nowMs, wallMs: this.wallMs });
    step(out);
    for (const effect of out.effects) this.#perform(site, effect);
    return out.effects;
  }
  /** A store of a slow disk ends. */
  end(site: Site, outcome: "durable" | "failed"): void {
    const next = site.storing.shift();
    if (next !== undefined) this.#store(site, next, outcome);
  }
  /** A message arrives. */
  arrive(from: NodeId, site: Site, message: Message): readonly Effect[] {
    this.delivered.set(message.kind, (this.delivered.get(message.kind) ?? 0) + 1);
    return this.do(site, (out) => {
      if (isGossip(message)) site.gossip.onMessage(from, message, out);
    });
  }
  /** All messages that are on their way arrive, and what follows from them. */
  #run(): void {
    const { reaches = () => true } = this.#options;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const { from, to, message, boots } = next;
      if (!isGossip(message) || !reaches(from.id, to)) continue;
      const bytes = this.weighs ? bytesOf(from.id, to, message) : 0;
      from.bytes += bytes;
      for (const site of this.#named.get(to) ?? []) {
        if (!site.up) continue;
        site.bytes += bytes;
        if (from.boots === boots) this.arrive(from.id, site, message);
      }
    }
  }

  #perform(site: Site, effect: Effect): void {
    switch (effect.kind) {
      case "send":
        this.#queue.push({ ...effect, from: site, boots: site.boots });
        return;
      case "store_meta":
        if (site.slow) site.storing.push(effect);
        else this.#store(site, effect, "durable");
        return;
      case "reply":
        site.replies.push(effect.reply);
        return;
      case "peer":
        site.reached.set(effect.node, effect.addresses.join());
        return;
      case "halt":
        site.halted = effect.reason;
        site.up = false;
    }
  }
  #store(
    site: Site,
    { store, value }: { readonly store: number; readonly value: MetaValue },
    outcome: "durable" | "failed",
  ): void {
    if (outcome === "durable") site.disk = { ...site.disk, ...kept(value) };
    this.do(site, (out) => {
      const { membership, props } = site;
      if (!props.onStored(store, outcome, new Set([site.id]), out)) {
        membership.onStored(store, outcome, out);
      }
    });
  }
}

/** A member as most are. */
export function memberOf(id: string): Member {
  return { node: nodeId(id), zone: "", weight: 1 };
}

/** The step in which a node joins. */
export function joinOf(id: string): Step {
  return { kind: "join", ...memberOf(id) };
}

function kept(value: MetaValue): Partial<Restored> {
  switch (value.kind) {
    case "history":
      return { history: value.changes };
    case "register":
      return { register: value.register, ticks: value.ticks };
    case "props":
      return { props: value.entries };
  }
}

/** A message alone in its batch, as it is on the wire. */
function bytesOf(from: NodeId, to: NodeId, message: Message): number {
  const [fromBoot, toBoot] = ["from boot", "to boots"].map((boot) => boot.slice(0, 8) as Boot);
  const cluster = "a cluster's name" as never;
  const frame = { cluster, from, fromBoot: fromBoot!, to, toBoot: toBoot!, toStampMs: 123_456.7 };
  return encodeEnvelope({ ...frame, messages: [message] }).length;
}
