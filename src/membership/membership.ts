/**
 * One node's membership: the history it keeps, the ring that follows, and the roles it says it has.
 *
 * States, and what moves between them:
 *
 * ```text
 * new --start, empty store--> founding --history stored--> registering --register stored--> ready
 * new --start, own store----------------------------------> registering
 * any of them --a store that failed, or is not ours--> halted
 * ```
 *
 * **Roles are durable before they are said**: {@linkcode Membership.register} is what was stored last, and nothing before
 * the first is. The history is stored before the register, so a register never speaks of a history that is not there; a
 * crash between the two leaves a history alone, and the node goes on where it was.
 *
 * A store that fails at the start, another node's directory, another cluster's, or one that does not hang together ends
 * the process with a sentence: serving on a guess would lose writes.
 *
 * What founds the cluster is given by the configuration, the same at every node, and never changes. Roles are those of
 * the founding; a fresh store of a founding member is taken for its first start, since only a peer could say otherwise.
 *
 * @module
 */
import { type Boot, compare, type Digest, type NodeId, type Position } from "../id.ts";
import { ChangeError } from "../protocol/canonical.ts";
import type { Genesis, Member, Register, Role } from "../protocol/change.ts";
import type { Event, Restored } from "../protocol/event.ts";
import type { Standing } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Ring } from "../ring/ring.ts";
import { type ClusterView, fold, History } from "./history.ts";
import type { Entry } from "../ring/preference_list.ts";
import { firstRegister, nextGeneration, type Process, roleFor } from "./register.ts";
import { Registers } from "./registers.ts";
import { servingList } from "./serving_list.ts";

/** What a membership is made of. */
export interface MembershipOptions {
  /** This node. */
  readonly node: NodeId;
  /** Where it can be reached: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** How the cluster was founded, as this node was told. */
  readonly genesis: Genesis;
  /** Numbers the node's stores. */
  readonly next: () => number;
}

type State =
  | { readonly kind: "new" }
  | { readonly kind: "founding"; readonly store: number; readonly boot: Boot }
  | { readonly kind: "registering"; readonly store: number; readonly register: Register }
  | { readonly kind: "ready" }
  | { readonly kind: "halted" };

/** The machine. */
export class Membership {
  readonly #options: MembershipOptions;
  #state: State = { kind: "new" };
  #history: History;
  #view: ClusterView;
  #members: ReadonlySet<NodeId>;
  #register: Register | null = null;
  #registers: Registers;

  /** @throws {ChangeError} If the genesis is not one. */
  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#history = History.of(options.genesis);
    this.#view = fold(this.#history);
    this.#members = membersOf(this.#view);
    this.#registers = new Registers(options.genesis);
  }

  /** The cluster's id: that of its genesis. */
  get cluster(): Digest {
    return this.#history.genesis.id;
  }
  /** What the history says. */
  get view(): ClusterView {
    return this.#view;
  }
  /** Who should hold what. */
  get ring(): Ring {
    return this.#view.ring;
  }
  /** Every node that is not out: those that a message may come from. */
  get members(): ReadonlySet<NodeId> {
    return this.#members;
  }
  /** Every node that serves a range beside this one. */
  get neighbours(): ReadonlySet<NodeId> {
    const neighbours = new Set<NodeId>();
    for (const { rangeEnd, n, role } of this.#register?.roles ?? []) {
      if (role !== "serving") continue;
      for (const { node } of this.#registers.servers({ rangeEnd, n })) neighbours.add(node);
    }
    neighbours.delete(this.#options.node);
    return neighbours;
  }
  /** Digest of the history. */
  get history(): Digest {
    return this.#history.digest;
  }
  /** What this node says of itself: durable. Null until the first is. */
  get register(): Register | null {
    return this.#register;
  }
  /** True once everything that this node says of itself is durable. */
  get ready(): boolean {
    return this.#state.kind === "ready";
  }

  /** The process is up. Ends in {@linkcode Membership.ready} after stores, or in a `halt`. */
  onStart(event: Extract<Event, { kind: "start" }>, out: Outbox): void {
    if (this.#state.kind !== "new") {
      throw new Error(`Cannot start a membership: new wanted, got ${this.#state.kind}`);
    }
    const { boot, restored } = event;
    const { node } = this.#options;
    const fault = this.#restore(restored);
    if (fault !== null) return this.#halt(fault, out);
    const status = this.#view.status.get(node);
    if (status === undefined || status === "out") {
      const how = status === "out" ? "has left the cluster for good" : "is not a member";
      return this.#halt(
        `Cannot start ${node}: it ${how} (members: ${[...this.#members].join(", ")})`,
        out,
      );
    }
    if (restored.history.length > 0) return this.#raise(boot, restored.register, out);
    this.#state = { kind: "founding", store: this.#options.next(), boot };
    out.storeMeta(this.#state.store, {
      kind: "history",
      changes: [...this.#history.changes.values()],
    });
  }

  /** A store is done. True if it was one of these. */
  onStored(store: number, outcome: "durable" | "buffered" | "failed", out: Outbox): boolean {
    const state = this.#state;
    if (state.kind !== "founding" && state.kind !== "registering") return false;
    if (state.store !== store) return false;
    if (outcome === "failed") {
      const what = state.kind === "founding" ? "history" : "register";
      this.#halt(`Cannot start ${this.#options.node}: its store did not take the ${what}`, out);
    }
    if (outcome !== "durable") return true; // what is buffered will be durable, or fail
    if (state.kind === "founding") this.#raise(state.boot, null, out);
    else {
      this.#register = state.register;
      this.#registers.take(state.register);
      this.#state = { kind: "ready" };
    }
    return true;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const [registers, register] = [this.#registers.snapshot(), this.#register];
    return { state: this.#state, history: this.history, register, registers };
  }

  /** The serving role of this node for a position and n; null if it serves nothing there. */
  serves(position: Position, n: number): Role | null {
    if (this.#register === null) return null;
    const role = roleFor(this.#register, { rangeEnd: this.ring.rangeEnd(position), n });
    return role?.role === "serving" ? role : null;
  }

  /** How this node stands to a position, for its replies: before its roles are durable, it has none. */
  standing(position: Position, n: number): Standing {
    const role = this.serves(position, n);
    const known = this.#registers.seats({ rangeEnd: this.ring.rangeEnd(position), n });
    return {
      seat: role?.seat ?? null,
      // Of a range that nobody is known to serve, what the ring would have.
      seats: Math.max(role?.seats ?? 0, known) || this.ring.seats(n),
      recovering: role?.recovering ?? false,
      history: this.history,
      registerSeq: this.#register?.seq ?? 0,
    };
  }

  /** Whom a request about a position asks, and who may stand in. */
  list(position: Position, n: number): Entry[] {
    return servingList({ ring: this.ring, registers: this.#registers }, position, n);
  }

  /** Who serves the range with this end, by seat. */
  servers(rangeEnd: Position, n: number): NodeId[] {
    return this.#registers.servers({ rangeEnd, n }).map(({ node }) => node);
  }

  /** Takes what was stored for this node's own; null, or why it is not. */
  #restore({ history, register }: Restored): string | null {
    const { node, genesis } = this.#options;
    if (register !== null && register.node !== node) {
      return `Cannot start ${node}: this data directory belongs to node ${register.node}, not ${node}`;
    }
    if (history.length === 0) {
      return register === null
        ? null
        : `Cannot start ${node}: its store has a register, but no history`;
    }
    try {
      this.#history = History.from(history);
    } catch (error) {
      if (!(error instanceof ChangeError)) throw error;
      return `Cannot start ${node}: its stored history is damaged: ${error.message}`;
    }
    // The stored moves hold, also where this version of the program would have dealt otherwise: rings are never re-dealt.
    const differing = differences(genesis, this.#history.genesis);
    if (differing.length > 0) return `Cannot start ${node}: ${differing.join("; ")}`;
    this.#view = fold(this.#history);
    this.#members = membersOf(this.#view);
    this.#registers = new Registers(this.#history.genesis);
    const out = [...this.#view.status].flatMap(([node, is]) => is === "out" ? [node] : []);
    this.#registers.void(out);
    return null;
  }

  /** Stores the register of this process: above the last, or the first. */
  #raise(boot: Boot, last: Register | null, out: Outbox): void {
    const { node, addresses, next } = this.#options;
    const process: Process = { nonce: boot, addresses, history: this.history };
    const register = last === null
      ? firstRegister(node, { ...process, genesis: this.#history.genesis })
      : nextGeneration(last, process);
    this.#state = { kind: "registering", store: next(), register };
    out.storeMeta(this.#state.store, { kind: "register", register });
  }

  #halt(reason: string, out: Outbox): void {
    this.#state = { kind: "halted" };
    out.halt(reason);
  }
}

function membersOf({ status }: ClusterView): ReadonlySet<NodeId> {
  return new Set([...status].flatMap(([node, is]) => is === "out" ? [] : [node]));
}

/** One clause for each way in which the configured genesis is not the stored one. */
function differences(given: Genesis, made: Genesis): string[] {
  const clauses: string[] = [];
  const say = (field: string, got: string | number, was: string | number) => {
    if (got !== was) {
      const verb = field === "members" ? "were" : "was";
      clauses.push(`${field} ${got} ${verb} given, but this store was made with ${field} ${was}`);
    }
  };
  say("n", given.replicas, made.replicas);
  say("partitions", given.partitions, made.partitions);
  say("strategy", given.strategy, made.strategy);
  say("tokens", given.tokens, made.tokens);
  say("members", described(given.members), described(made.members));
  return clauses;
}

/** `a, b (zone east), c (weight 2)`. */
function described(members: readonly Member[]): string {
  return members.toSorted((a, b) => compare(a.node, b.node)).map(({ node, zone, weight }) => {
    const more = [zone === "" ? "" : `zone ${zone}`, weight === 1 ? "" : `weight ${weight}`]
      .filter((part) => part !== "");
    return more.length === 0 ? node : `${node} (${more.join(", ")})`;
  }).join(", ");
}
