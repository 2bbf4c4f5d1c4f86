/**
 * One node's membership: the history it keeps (`book.ts`), the ring that follows, what it says of itself
 * (`own_register.ts`), and what others have said of themselves (`registers.ts`).
 *
 * States, and what moves between them:
 *
 * ```text
 * new --start, empty store--> founding --history stored--> registering --register stored--> ready
 * new --start, own store----------------------------------> registering
 * any of them --a store that failed at the start, or is not ours--> halted
 * ```
 *
 * The history is stored before the register, so a register never speaks of a history that is not there; a crash between
 * the two leaves a history alone, and the node goes on where it was.
 *
 * A store that fails at the start, another node's directory, another cluster's, or one that does not hang together ends
 * the process with a sentence: serving on a guess would lose writes.
 *
 * **While it runs** the history grows, by gossip and by commits. In the step in which a longer one is durable the ring, the
 * members and the lists are those of the new one; roles stay what the registers say, whatever the ring wants. A node that
 * is out, or was never in, serves nothing.
 *
 * How the cluster was founded is given by the configuration, the same at every node, and never changes. A node that the
 * cluster was not founded with may start only if it is told whom to ask (`seeds`): it is *outside* until the history says
 * that it joined. On a fresh store a founding member cannot know whether it is new or was wiped, so it begins as one that
 * recovers, and finds out from its peers (`anti_entropy/recovery.ts`).
 *
 * @module
 */
import { compare, type Digest, type NodeId, type Position } from "../id.ts";
import { ChangeError } from "../protocol/canonical.ts";
import type { Change, Genesis, Member, Register, Role } from "../protocol/change.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { Event, Restored, Ticket } from "../protocol/event.ts";
import type { Standing, TreeName } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Entry } from "../ring/preference_list.ts";
import type { Ring } from "../ring/ring.ts";
import { Book, type Commit } from "./book.ts";
import { type ClusterView, History, type Status, type Taking } from "./history.ts";
import { OwnRegister } from "./own_register.ts";
import { cutRoles, roleAt } from "./register.ts";
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
  /** Whom a node asks that is no member yet. None: it must be one. @default none */
  readonly seeds?: readonly NodeId[] | undefined;
  /** Told that the ring is another one. */
  readonly onRing?: (out: Outbox) => void;
  /** Numbers the node's stores. */
  readonly next: () => number;
}

type Start = Extract<Event, { kind: "start" }>;
type State =
  | { readonly kind: "new" }
  | { readonly kind: "founding"; readonly store: number; readonly start: Start }
  | { readonly kind: "registering" }
  | { readonly kind: "ready" }
  | { readonly kind: "halted" };

/** The machine. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #own: OwnRegister;
  #state: State = { kind: "new" };
  #book: Book;
  #members: ReadonlySet<NodeId> = new Set();
  #registers: Registers;

  /** @throws {ChangeError} If the genesis is not one. */
  constructor(options: MembershipOptions) {
    this.#options = options;
    const { node, next, genesis } = options;
    this.#own = new OwnRegister({ ...options, ends: () => this.ring.ends });
    this.#book = new Book(node, next, History.of(genesis));
    this.#registers = new Registers(genesis);
    this.#follow();
  }

  /** The cluster's id: that of its genesis. */
  get cluster(): Digest {
    return this.#book.history.genesis.id;
  }
  /** All changes that this node knows, durable. */
  get book(): History {
    return this.#book.history;
  }
  /** What the history says. */
  get view(): ClusterView {
    return this.#book.view;
  }
  /** Who should hold what. */
  get ring(): Ring {
    return this.#book.view.ring;
  }
  /** Every node that is not out: those that a message may come from. */
  get members(): ReadonlySet<NodeId> {
    return this.#members;
  }
  /** What this node is in the cluster; undefined while it is outside. */
  get status(): Status | undefined {
    return this.view.status.get(this.#options.node);
  }
  /** What others have said of themselves. */
  get registers(): Registers {
    return this.#registers;
  }
  /** Every node that serves a range beside this one. */
  get neighbours(): ReadonlySet<NodeId> {
    const neighbours = new Set<NodeId>();
    for (const { rangeStart, rangeEnd, n, role } of this.register?.roles ?? []) {
      if (role !== "serving") continue;
      for (const node of this.#registers.serversWithin(rangeStart, rangeEnd, n)) {
        neighbours.add(node);
      }
    }
    neighbours.delete(this.#options.node);
    return neighbours;
  }
  /** Digest of the history. */
  get history(): Digest {
    return this.#book.history.digest;
  }
  /** What this node says of itself: durable. Null until the first is. */
  get register(): Register | null {
    return this.#own.said;
  }
  /** True once everything that this node says of itself is durable. */
  get ready(): boolean {
    return this.#state.kind === "ready";
  }

  /** Why this node takes no requests; null if it does. */
  get away(): string | null {
    if (!this.ready) return "the node is starting";
    if (this.status === undefined) return "it is no member yet";
    return this.status === "out" ? "it is no member any more" : null;
  }

  /** What this node answers to whoever asks it anything now; null if it takes requests. */
  get refusal(): Failure | null {
    const { away } = this;
    return away === null ? null : failure("not_ready", `Cannot take the request: ${away}`);
  }

  /** The process is up. Ends in {@linkcode Membership.ready} after stores, or in a `halt`. */
  onStart(start: Start, out: Outbox): void {
    if (this.#state.kind !== "new") {
      throw new Error(`Cannot start a membership: new wanted, got ${this.#state.kind}`);
    }
    const { restored } = start;
    const { node, next, seeds = [] } = this.#options;
    const fault = this.#restore(restored);
    if (fault !== null) return this.#halt(fault, out);
    if (this.status === "out" || (this.status === undefined && seeds.length === 0)) {
      const isOut = this.status === "out";
      const how = isOut ? "has left the cluster for good" : "is not a member";
      const hint = isOut ? "; another name, and an empty data directory, may join" : "";
      const members = [...this.#members].join(", ");
      return this.#halt(`Cannot start ${node}: it ${how} (members: ${members})${hint}`, out);
    }
    if (restored.history.length > 0) return this.#register(start, out);
    this.#state = { kind: "founding", store: next(), start };
    const changes = [...this.book.changes.values()];
    out.storeMeta(this.#state.store, { kind: "history", changes });
  }

  /** A store is done. Of what it was; null if it was none of these. */
  onStored(
    store: number,
    outcome: "durable" | "buffered" | "failed",
    out: Outbox,
  ): "history" | "register" | null {
    const state = this.#state;
    if (state.kind === "founding" && state.store === store) {
      if (outcome === "durable") this.#register(state.start, out);
      else if (outcome === "failed") this.#refuse("history", out);
      return "history";
    }
    const said = this.#own.onStored(store, outcome, out);
    if (said === "said") {
      this.#registers.take(this.#own.said!);
      if (this.#state.kind === "registering") this.#state = { kind: "ready" };
    } else if (said === "failed" && this.#state.kind === "registering") {
      this.#refuse("register", out);
    }
    if (said !== "other") return "register";
    const before = this.view;
    if (!this.#book.onStored(store, outcome, out)) return null;
    if (this.view !== before) {
      this.#follow();
      this.#options.onRing?.(out);
    }
    return "history";
  }

  /** What this node is for each range of the ring: what it has said, cut as the ring is. */
  get roles(): readonly Role[] {
    return cutRoles(this.register?.roles ?? [], this.ring.ends);
  }

  /** The ranges that this node serves and says that it recovers. */
  get recovering(): readonly TreeName[] {
    return this.roles.filter(({ role, recovering }) => role === "serving" && recovering)
      .map(({ rangeEnd: end, n }) => ({ end, n }));
  }

  /** From now on this node says of these ranges whether they recover. True if it is durable already, and stays so. */
  say(ranges: readonly TreeName[], recovering: boolean, out: Outbox): boolean {
    return this.ready && this.#own.say(ranges, recovering, out);
  }

  /** A peer knows these changes. What became of them: taken, they are read when they are durable. */
  onChanges(batch: readonly Change[], out: Outbox): Taking {
    return this.#book.onChanges(batch, out);
  }

  /** A peer has told a change that a later version of rotor has made. From now on nothing is committed here. */
  onUnreadable(from: NodeId): void {
    this.#book.onUnreadable(from);
  }

  /** A peer holds this of some node. True if it was new here. */
  onRegister(register: Register, out: Outbox): boolean {
    if (register.node === this.#options.node) this.#own.onHeard(register, out);
    else return this.#registers.take(register);
    return false;
  }

  /** Somebody commits what was planned: all of it, or nothing. */
  commit(ticket: Ticket, commit: Commit, out: Outbox): void {
    this.#book.commit(ticket, commit, out);
  }

  /** A second has gone by, or so: peers are told which history is known here, and a fork is mended if it is time. */
  onTick(out: Outbox): void {
    if (!this.ready) return;
    this.#own.refresh(this.history, out);
    if (this.status === "in") this.#book.merge(() => this.#planAlike, out);
  }

  /** What it holds in memory. */
  snapshot(): object {
    const { kind } = this.#state;
    const registers = this.#registers.snapshot();
    return { kind, book: this.#book.snapshot(), own: this.#own.snapshot(), registers };
  }

  /** The serving role of this node for a position and n; null if it serves nothing there. */
  serves(position: Position, n: number): Role | null {
    return this.#servingRole(position, n);
  }

  /** How this node stands to a position, for its replies: before its roles are durable, it has none. */
  standing(position: Position, n: number): Standing {
    const role = this.#servingRole(position, n);
    const known = this.#registers.seatsAt(position, n);
    return {
      seat: role?.seat ?? null,
      // Of a range that nobody is known to serve, what the ring would have.
      seats: Math.max(role?.seats ?? 0, known) || this.ring.seats(n),
      recovering: role?.recovering ?? false,
      history: this.history,
      registerSeq: this.register?.seq ?? 0,
    };
  }

  /** Whom a request about a position asks, and who may stand in. */
  list(position: Position, n: number): Entry[] {
    return servingList({ ring: this.ring, registers: this.#registers }, position, n);
  }

  /** Who serves a position, by seat. */
  serversAt(position: Position, n: number): NodeId[] {
    return this.#registers.serversAt(position, n).map(({ node }) => node);
  }

  /** Who serves any part of the ring's range with this end. */
  servers(rangeEnd: Position, n: number): readonly NodeId[] {
    return this.#registers.serversWithin(this.ring.rangeStart(rangeEnd), rangeEnd, n);
  }

  #servingRole(position: Position, n: number): Role | null {
    if (this.register === null || this.status === undefined || this.status === "out") return null;
    const role = roleAt(this.register, position, n);
    return role?.role === "serving" ? role : null;
  }

  /** Takes what was stored for this node's own; null, or why it is not. */
  #restore({ history, register }: Restored): string | null {
    const { node, genesis, next } = this.#options;
    if (register !== null && register.node !== node) {
      return `Cannot start ${node}: this data directory belongs to node ${register.node}, not ${node}`;
    }
    if (history.length === 0) {
      return register === null
        ? null
        : `Cannot start ${node}: its store has a register, but no history`;
    }
    let stored: History;
    try {
      stored = History.from(history);
    } catch (error) {
      if (!(error instanceof ChangeError)) throw error;
      return `Cannot start ${node}: its stored history is damaged: ${error.message}`;
    }
    // The stored moves hold, also where this version of the program would have dealt otherwise: rings are never re-dealt.
    const differing = differences(genesis, stored.genesis);
    if (differing.length > 0) return `Cannot start ${node}: ${differing.join("; ")}`;
    this.#book = new Book(node, next, stored);
    this.#registers = new Registers(stored.genesis);
    this.#follow();
    return null;
  }

  /** Stores the register of this process: above the last, or the first. */
  #register({ boot, restored: { register: last } }: Start, out: Outbox): void {
    this.#state = { kind: "registering" };
    const { genesis, digest } = this.book;
    this.#own.begin({ boot, last, genesis, history: digest }, out);
  }

  /** The view is another one. */
  #follow(): void {
    const { status } = this.view;
    const out = [...status].flatMap(([node, is]) => is === "out" ? [node] : []);
    this.#members = new Set([...status.keys()].filter((node) => !out.includes(node)));
    this.#registers.void(out);
  }

  /** Whether everybody who is in is known to run the planner that this node runs. */
  get #planAlike(): boolean {
    const planner = this.register?.speaks.planner;
    return [...this.view.status].every(([node, is]) =>
      is !== "in" || this.#registers.of(node)?.speaks.planner === planner
    );
  }

  #refuse(what: "history" | "register", out: Outbox): void {
    this.#halt(`Cannot start ${this.#options.node}: its store did not take the ${what}`, out);
  }

  #halt(reason: string, out: Outbox): void {
    this.#state = { kind: "halted" };
    out.halt(reason);
  }
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
