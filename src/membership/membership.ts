/**
 * One node's membership: the history it keeps, the ring that follows, and the roles it says it has.
 *
 * States, and what moves between them:
 *
 * ```text
 * new --start, empty store--> founding --history stored--> registering --register stored--> ready
 * new --start, own store----------------------------------> registering
 * any of them --a store that failed, or is not ours--> halted
 *
 * ready --ranges begin to recover, or have done so--> ready, changing --register stored--> ready
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
 * the founding. On a fresh store a founding member cannot know whether it is new or was wiped, so it begins as one that
 * recovers, and finds out from its peers (`anti_entropy/recovery.ts`).
 *
 * @module
 */
import { type Boot, compare, type Digest, type NodeId, type Position } from "../id.ts";
import { ChangeError } from "../protocol/canonical.ts";
import type { Genesis, Member, Register, Role } from "../protocol/change.ts";
import type { Event, Restored } from "../protocol/event.ts";
import type { Standing, TreeName } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Ring } from "../ring/ring.ts";
import { type ClusterView, fold, History } from "./history.ts";
import { firstRegister, nextGeneration, type Process, roleFor, standing } from "./register.ts";

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
  | { readonly kind: "ready"; readonly changing: Changing | null }
  | { readonly kind: "halted" };

/** A register that takes the place of this one. */
interface Changing {
  readonly store: number;
  readonly register: Register;
}

/** The machine. */
export class Membership {
  readonly #options: MembershipOptions;
  #state: State = { kind: "new" };
  #history: History;
  #view: ClusterView;
  #members: ReadonlySet<NodeId>;
  #register: Register | null = null;
  /** Ranges that are to say something else than the register that is there, or on its way. */
  readonly #toSay = new Map<string, boolean>();

  /** @throws {ChangeError} If the genesis is not one. */
  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#history = History.of(options.genesis);
    this.#view = fold(this.#history);
    this.#members = membersOf(this.#view);
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
    const { node } = this.#options;
    const { ring, genesis, nvals } = this.#view;
    const neighbours = new Set<NodeId>();
    for (const n of new Set([genesis.replicas, ...nvals.values()])) {
      for (const end of ring.ends) {
        const owners = ring.owners(end, n);
        if (owners.includes(node)) { for (const owner of owners) neighbours.add(owner); }
      }
    }
    neighbours.delete(node);
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
    if (state.kind === "ready") return this.#onChanged(state, store, outcome, out);
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
      this.#state = { kind: "ready", changing: null };
    }
    return true;
  }

  /** The ranges that this node serves and says that it recovers. */
  get recovering(): readonly TreeName[] {
    const roles = this.#register?.roles ?? [];
    return roles.filter(({ role, recovering }) => role === "serving" && recovering)
      .map(({ rangeEnd: end, n }) => ({ end, n }));
  }

  /** From now on this node says of these ranges whether they recover. True if it is durable already, and stays so. */
  say(ranges: readonly TreeName[], recovering: boolean, out: Outbox): boolean {
    if (this.#state.kind !== "ready" || this.#register === null) return false;
    const now = this.#register;
    const soon = this.#state.changing?.register ?? now;
    for (const range of ranges) this.#toSay.set(idOf(range), recovering);
    this.#change(out);
    return [now, soon].every(({ roles }) =>
      roles.every((role) => !isOneOf(ranges, role) || role.recovering === recovering)
    );
  }

  /** What it holds in memory. */
  snapshot(): object {
    const toSay = [...this.#toSay];
    return { state: this.#state, history: this.history, register: this.#register, toSay };
  }

  /** The serving role of this node for a position and n; null if it serves nothing there. */
  serves(position: Position, n: number): Role | null {
    if (this.#register === null) return null;
    const role = roleFor(this.#register, { rangeEnd: this.ring.rangeEnd(position), n });
    return role?.role === "serving" ? role : null;
  }

  /** How this node stands to a position, for its replies: before its roles are durable, it has none. */
  standing(position: Position, n: number): Standing {
    const { ring, history } = this;
    const [rangeEnd, seats] = [ring.rangeEnd(position), ring.seats(n)];
    return this.#register === null
      ? { seat: null, seats, recovering: false, history, registerSeq: 0 }
      : standing(this.#register, { rangeEnd, n, seats });
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
    return null;
  }

  /** Stores the register of this process: above the last, or the first. */
  #raise(boot: Boot, last: Register | null, out: Outbox): void {
    const { node, addresses, next } = this.#options;
    const process: Process = { nonce: boot, addresses, history: this.history };
    const register = last === null
      ? firstRegister(node, { ...process, view: this.#view })
      : nextGeneration(last, process);
    this.#state = { kind: "registering", store: next(), register };
    out.storeMeta(this.#state.store, { kind: "register", register });
  }

  /** Stores what is to be said now, when nothing else is on its way. */
  #change(out: Outbox): void {
    const { node, next } = this.#options;
    const register = this.#register;
    if (this.#state.kind !== "ready" || this.#state.changing !== null || register === null) return;
    const roles = register.roles.map((role) => {
      const recovering = this.#toSay.get(idOf({ end: role.rangeEnd, n: role.n }));
      return recovering === undefined || recovering === role.recovering
        ? role
        : { ...role, recovering };
    });
    this.#toSay.clear();
    if (roles.every((role, i) => role === register.roles[i])) return;
    if (register.node !== node) throw new Error(`${node} has the register of ${register.node}`);
    const changed = { ...register, seq: register.seq + 1, roles };
    this.#state = { kind: "ready", changing: { store: next(), register: changed } };
    out.storeMeta(this.#state.changing!.store, { kind: "register", register: changed });
  }

  /** A register that was to take the place of this one is durable, or the disk has not taken it. */
  #onChanged(
    { changing }: Extract<State, { kind: "ready" }>,
    store: number,
    outcome: "durable" | "buffered" | "failed",
    out: Outbox,
  ): boolean {
    if (changing?.store !== store) return false;
    if (outcome === "buffered") return true;
    this.#state = { kind: "ready", changing: null };
    if (outcome === "durable") this.#register = changing.register;
    else out.mark("register.failed");
    this.#change(out);
    return true;
  }

  #halt(reason: string, out: Outbox): void {
    this.#state = { kind: "halted" };
    out.halt(reason);
  }
}

function membersOf({ status }: ClusterView): ReadonlySet<NodeId> {
  return new Set([...status].flatMap(([node, is]) => is === "out" ? [] : [node]));
}

function idOf({ end, n }: TreeName): string {
  return `${n} ${end}`;
}

function isOneOf(ranges: readonly TreeName[], role: Role): boolean {
  return ranges.some(({ end, n }) => end === role.rangeEnd && n === role.n);
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
