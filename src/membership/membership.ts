/**
 * One node's membership: the history it keeps (`book.ts`), the ring that follows, what it says of itself
 * (`own_register.ts`), and what others have said of themselves (`registers.ts`).
 *
 * States, and what moves between them:
 *
 * ```text
 * new --start, empty store--> founding --history stored--> registering --register stored--> ready
 * new --start, own store----------------------------------> registering
 * new --start, a store that may be too old a copy--> asking --peers have answered--> registering
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
 * is out, or was never in, serves nothing; who is out goes on until others know, and have what it holds.
 *
 * How the cluster was founded is given by the configuration, the same at every node, and never changes. A node that the
 * cluster was not founded with may start only if it is told whom to ask (`seeds`): it is *outside* until the history says
 * that it joined. On a fresh store a founding member cannot know whether it is new or was wiped, so it begins as one that
 * recovers, and finds out from its peers (`anti_entropy/recovery.ts`).
 *
 * @module
 */
import type { Digest, NodeId, Position } from "../id.ts";
import type { Change, Genesis, Register, Role, RoleThere } from "../protocol/change.ts";
import type { Config } from "../protocol/config.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { Event, Restored, Ticket } from "../protocol/event.ts";
import type { Standing } from "../protocol/message.ts";
import type { TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Entry } from "../ring/preference_list.ts";
import type { Ring } from "../ring/ring.ts";
import { Book, type Commit } from "./book.ts";
import { type ClusterView, History, type Status, type Taking } from "./history.ts";
import { OwnRegister } from "./own_register.ts";
import { FoundDisk, NOTHING, Recall, type Recalled } from "./recall.ts";
import { cutRoles, roleAt } from "./register.ts";
import { neighboursOf, planAlike, Registers } from "./registers.ts";
import { storedHistory, whyNotToStart } from "./stored_history.ts";
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
  readonly config: Pick<Config, "reapAfterMs" | "requestTimeoutMs" | "tickMs">;
}

type Start = Extract<Event, { kind: "start" }>;
type State =
  | { readonly kind: "new" }
  | { readonly kind: "founding"; readonly store: number; readonly start: Start }
  | { readonly kind: "asking"; readonly start: Start; readonly recall: Recall }
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
  #out: ReadonlySet<NodeId> = new Set();
  #registers: Registers;

  /** @throws {ChangeError} If the genesis is not one. */
  constructor(options: MembershipOptions) {
    this.#options = options;
    const { node, next, genesis } = options;
    const { ticks, ends } = { ticks: () => this.#registers.ticks, ends: () => this.ring.ends };
    this.#own = new OwnRegister({ ...options, ticks, ends });
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
  /** Every node that was a member, and is not any more. */
  get out(): ReadonlySet<NodeId> {
    return this.#out;
  }
  /** What this node is in the cluster; undefined while it is outside. */
  get status(): Status | undefined {
    return this.view.status.get(this.#options.node);
  }
  /** What others have said of themselves. */
  get registers(): Registers {
    return this.#registers;
  }
  /** Every node that serves a range beside this one, or that this one gets a range from. */
  get neighbours(): ReadonlySet<NodeId> {
    return neighboursOf(this.#options.node, this.register, this.#registers);
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

  /** Whether it asks its peers if its disk is too old a copy: until then nobody may have anything of it. */
  get asks(): boolean {
    return this.#state.kind === "asking";
  }

  /** Why this node takes no requests; null if it does. */
  get away(): string | null {
    if (this.asks) return "the node asks its peers what they remember of it";
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
    const { status, members } = this;
    const why = whyNotToStart(node, { status, members, seeds, restored });
    if (why !== null) return this.#halt(why, out);
    if (restored.history.length > 0) return this.#recall(start, out);
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
      if (outcome === "durable") this.#recall(state.start, out);
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

  /** What this node is for a range, as it has said: durable. Null is nothing. */
  role({ end, n }: TreeName): Role | null {
    return this.register && roleAt(this.register, end, n);
  }

  /** Whether it is about to say something else of a range. */
  isTurning({ end, n }: TreeName): boolean {
    return this.#own.isTurning(end, n);
  }

  /** From now on its role for a range is this one, or none. What it gives up it gives up at once. */
  turn(range: TreeName, role: RoleThere | null, out: Outbox): void {
    this.#own.turn(range, role, out);
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

  /** Whether this node has no role any more, and is about to have none. */
  get isEmpty(): boolean {
    return this.#own.isEmpty;
  }

  /** This node has nothing any more that anybody could need: it says that it has left. */
  leave(out: Outbox): void {
    this.#book.leave(out);
  }

  /** A peer remembers this of the node; null: it cannot be reached. */
  onRecalled(from: NodeId, recalled: Recalled | null, out: Outbox): void {
    if (this.#state.kind === "asking") this.#state.recall.onRecalled(from, recalled);
    else if (recalled !== null) this.#own.onRecalled(recalled, out);
    this.#conclude(out);
  }

  /** A second has gone by, or so: peers are told which history is known here, and a fork is mended if it is time. */
  onTick(out: Outbox): void {
    this.#conclude(out);
    if (this.#state.kind === "asking") this.#state.recall.ask(out);
    if (!this.ready) return;
    this.#own.refresh(this.history, out);
    const areAlike = () => planAlike(this.view, this.#registers, this.register);
    if (this.status === "in") this.#book.merge(areAlike, out);
  }

  /** What it holds in memory. */
  snapshot(): object {
    const { kind } = this.#state;
    const registers = this.#registers.snapshot();
    const recall = "recall" in this.#state ? this.#state.recall.snapshot() : null;
    return { kind, book: this.#book.snapshot(), own: this.#own.snapshot(), registers, recall };
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

  /** Who serves any part of the ring's range with this end. */
  servers(rangeEnd: Position, n: number): readonly NodeId[] {
    return this.#registers.serversWithin(this.ring.rangeStart(rangeEnd), rangeEnd, n);
  }

  #servingRole(position: Position, n: number): Role | null {
    if (this.register === null || this.status === undefined || this.status === "out") return null;
    return this.#own.serving(position, n);
  }

  /** Takes what was stored for this node's own; null, or why it is not. */
  #restore({ history, register, ticks }: Restored): string | null {
    const { node, genesis, next } = this.#options;
    const stored = storedHistory({ history, register }, { node, genesis });
    if (stored === null || typeof stored === "string") return stored;
    this.#book = new Book(node, next, stored);
    this.#registers = new Registers(stored.genesis, ticks);
    this.#follow();
    return null;
  }

  /** A store that is younger than G may go on; else peers are asked how far it has lived. */
  #recall(start: Start, out: Outbox): void {
    const others = [...this.#members].filter((member) => member !== this.#options.node);
    // An empty disk may have been full: what its node has passed on since the founding others know.
    const isNew = start.restored.register === null && this.status !== undefined;
    const isYoung = !isNew && this.#foundBy(start, out).isYoung;
    if (others.length === 0 || isYoung) return this.#register(start, out);
    out.mark("start.asks");
    const { requestTimeoutMs } = this.#options.config;
    const untilMs = out.now.monoMs + requestTimeoutMs;
    const recall = new Recall(others, { untilMs, isNew });
    this.#state = { kind: "asking", start, recall };
    recall.ask(out);
  }

  /** Enough have answered, or it is too late. */
  #conclude(out: Outbox): void {
    if (this.#state.kind !== "asking" || !this.#state.recall.isOver(out.now.monoMs)) return;
    const { start, recall: { latest } } = this.#state;
    const found = this.#foundBy(start, out);
    if (found.isTooOld(latest.tick)) {
      this.#halt(found.sentence(this.#options.node, latest.tick), out);
    } else this.#register(start, out, latest);
  }

  #foundBy({ restored: { register } }: Start, out: Outbox): FoundDisk {
    const { reapAfterMs } = this.#options.config;
    return new FoundDisk({ tick: register?.tick ?? 0, wallMs: out.now.wallMs, reapAfterMs });
  }

  /** Stores the register of this process: above the last, or the first. */
  #register(start: Start, out: Outbox, recalled = NOTHING): void {
    this.#state = { kind: "registering" };
    const { boot, restored: { register: last } } = start;
    const { genesis, digest: history } = this.book;
    const found = this.#foundBy(start, out);
    this.#own.begin({ boot, last, genesis, history, found, recalled }, out);
  }

  /** The view is another one. */
  #follow(): void {
    const { status } = this.view;
    const out = new Set([...status].flatMap(([node, is]) => is === "out" ? [node] : []));
    this.#out = out;
    this.#members = new Set([...status.keys()].filter((node) => !out.has(node)));
    this.#registers.void(out);
  }

  #refuse(what: string, out: Outbox): void {
    this.#halt(`Cannot start ${this.#options.node}: its store did not take the ${what}`, out);
  }
  #halt(reason: string, out: Outbox): void {
    this.#state = { kind: "halted" };
    out.halt(reason);
  }
}
