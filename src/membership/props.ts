/**
 * Bucket properties at one node: setting them, keeping them, and seeing that every member hears (protocol.md, Part 2 f).
 *
 * What holds is a lattice (`prop_cells.ts`); this is the machine around it.
 *
 * A set: its entries join the cells and are stored; **only when they are durable here are they told**, so that no other
 * node ever holds a counter that this one might give away again after a crash. Then every other member is told, every
 * second, until it confirms (`prop_debts.ts`). The client is answered when a majority of the members has them durable, or
 * all that can be reached; else when its time is up, and then it may have happened.
 *
 * At its start a node tells every member all that it knows and asks for what is newer there, so it catches up both ways.
 * What a node hears it does not pass on: the setter tells everybody, and a start fills the gaps.
 *
 * Invariants:
 * 1. an entry of this node's own leaves it only after a store that held it was durable;
 * 2. a `props_reply` leaves only when all that its message held, or something greater, is durable here;
 * 3. one store at a time: a revision is durable when a store that was begun at it, or after it, is.
 *
 * @module
 */
import { MAX_COUNTER, type NodeId } from "../id.ts";
import type { BucketProps, PropEntry } from "../protocol/bucket_props.ts";
import type { Config } from "../protocol/config.ts";
import { type Failure, failure, type Participant } from "../protocol/error.ts";
import type { Event, Ticket, Timer } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { cellName, MAX_PROP_BUCKETS, patchFault, PropCells } from "./prop_cells.ts";
import { PropDebts, type PropsMessage } from "./prop_debts.ts";

/** How long a peer may be silent before it is told again. In ms. */
const PROPS_RETRY_MS = 1_000;

/** What the machine is made of. */
export interface PropsOptions {
  /** This node. */
  readonly node: NodeId;
  readonly config: Pick<
    Config,
    "n" | "r" | "w" | "requestTimeoutMs" | "maxRequestMs" | "maxRequests"
  >;
  /** Numbers the node's stores and requests. */
  readonly next: () => number;
}

type PropsReply = Extract<Message, { kind: "props_reply" }>;

/** A client that waits. */
interface Setting {
  readonly ticket: Ticket;
  readonly request: RequestId;
  readonly type: string;
  readonly bucket: string;
  readonly cells: readonly string[];
  /** At which revision the entries joined. */
  readonly revision: number;
  /** Whom they were told, once they were durable here. */
  told: readonly NodeId[] | null;
  /** Who has them durable. */
  readonly confirmed: Set<NodeId>;
}

/** The machine. */
export class Props {
  readonly #node: NodeId;
  readonly #config: PropsOptions["config"];
  readonly #next: () => number;
  readonly #defaults: BucketProps;
  readonly #cells = new PropCells();
  readonly #debts: PropDebts;
  readonly #settings = new Map<RequestId, Setting>();
  /** Own entries that are not durable yet, with the revision at which they joined. */
  #untold: { readonly entry: PropEntry; readonly revision: number }[] = [];
  /** Whom to confirm what, once it is durable. */
  readonly #confirmations = new Map<NodeId, { request: RequestId; revision: number }>();
  #members: ReadonlySet<NodeId> = new Set();
  /** Counts the joins that changed something. */
  #revision = 0;
  #durable = 0;
  #storing: { readonly store: number; readonly revision: number } | null = null;
  #retrying = false;

  /** Nobody's properties: every bucket has the defaults. */
  constructor({ node, config, next }: PropsOptions) {
    this.#node = node;
    this.#config = config;
    this.#next = next;
    this.#debts = new PropDebts(next);
    const majority = Math.floor(config.n / 2) + 1;
    this.#defaults = {
      n_val: config.n,
      // A majority is said as one, so that it stays one for whoever asks fewer replicas (n_val of a request).
      r: config.r === majority ? "quorum" : config.r,
      w: config.w === majority ? "quorum" : config.w,
      dw: "default",
      pr: 0,
      pw: 0,
      allow_mult: true,
      last_write_wins: false,
      notfound_ok: true,
      basic_quorum: false,
      expires_in: null,
    };
  }

  /** What this node's store held when it started. */
  restore(entries: readonly PropEntry[]): void {
    this.#cells.join(entries);
  }

  /** All that this node holds, sorted: equal at all nodes once everybody has heard everything. */
  get entries(): readonly PropEntry[] {
    return this.#cells.entries();
  }

  /** Counts what has become durable here: another number, and {@linkcode Props.told} may be longer. */
  get durable(): number {
    return this.#durable;
  }

  /** All that others may be told: what is its own, only if it is durable. */
  get told(): readonly PropEntry[] {
    return this.#tellable(this.#cells.entries());
  }

  /** Somebody gossips: nobody waits for a confirmation. */
  onHeard(entries: readonly PropEntry[], out: Outbox): void {
    if (this.#cells.join(entries).length === 0) return;
    this.#revision++;
    this.#store(out);
    this.#retryLater(out);
  }

  /** What holds for a bucket. */
  effective(type: string, bucket: string): BucketProps {
    return this.#cells.effective(type, bucket, this.#defaults);
  }

  /** The node serves: every member is told all, and asked for what is newer there. */
  onReady(members: ReadonlySet<NodeId>, out: Outbox): void {
    this.#members = members;
    const entries = this.#tellable(this.#cells.entries());
    for (const peer of this.#peers()) this.#debts.owe(peer, { entries, wantsBack: true }, out);
    this.#retryLater(out);
  }

  /** A client changes what holds for a bucket. */
  onSet(
    event: Extract<Event, { kind: "props_set" }>,
    members: ReadonlySet<NodeId>,
    out: Outbox,
  ): void {
    this.#members = members;
    const { ticket, type, bucket, patch } = event;
    const fault = this.#fault(event);
    if (fault !== null) return out.reply(ticket, fault);
    const entries = this.#cells.entriesFor({ type, bucket, patch, node: this.#node });
    if (entries.length === 0) return this.#answer(event, out);
    this.#cells.join(entries);
    const revision = ++this.#revision;
    for (const entry of entries) this.#untold.push({ entry, revision });
    const request = this.#next();
    this.#settings.set(request, {
      ticket,
      request,
      type,
      bucket,
      cells: entries.map(cellName),
      revision,
      told: null,
      confirmed: new Set(),
    });
    const { requestTimeoutMs, maxRequestMs } = this.#config;
    const timeoutMs = Math.min(event.timeoutMs ?? requestTimeoutMs, maxRequestMs);
    out.setTimer({ kind: "deadline", request }, timeoutMs);
    this.#store(out);
  }

  /** A peer tells, or confirms. */
  onMessage(
    from: NodeId,
    message: PropsMessage | PropsReply,
    members: ReadonlySet<NodeId>,
    out: Outbox,
  ): void {
    this.#members = members;
    if (message.kind === "props_reply") {
      this.#debts.onConfirmed(from, message.request, out);
      this.#debts.onHeard(from, out);
      return this.#settle(out);
    }
    if (this.#cells.join(message.entries).length > 0) this.#revision++;
    if (message.wantsBack) {
      const entries = this.#tellable(this.#cells.newerThan(message.entries));
      this.#debts.owe(from, { entries, wantsBack: false }, out);
    }
    // Even what is not new may have come a moment ago, and not be durable yet.
    this.#confirmations.set(from, { request: message.request, revision: this.#revision });
    this.#confirm(out);
    this.#store(out);
    this.#debts.onHeard(from, out);
    this.#retryLater(out);
  }

  /** A message that never reached its peer: who waits only for that peer waits no longer. */
  onUndelivered(to: NodeId, message: Message, out: Outbox): void {
    if (message.kind !== "props") return;
    this.#debts.onUndelivered(to, message);
    this.#settle(out);
  }

  /** A store is done. True if it was one of these. */
  onStored(
    store: number,
    outcome: "durable" | "buffered" | "failed",
    members: ReadonlySet<NodeId>,
    out: Outbox,
  ): boolean {
    if (this.#storing?.store !== store) return false;
    this.#members = members;
    if (outcome === "buffered") return true; // durable or failed follows
    const { revision } = this.#storing;
    this.#storing = null;
    if (outcome === "failed") this.#onFailed(revision, out);
    else this.#onDurable(revision, out);
    return true;
  }

  /** What it holds in memory. */
  snapshot(): object {
    return {
      cells: this.entries,
      debts: this.#debts.snapshot(),
      settings: [...this.#settings.values()].map((one) => ({
        ...{ ...one, confirmed: [...one.confirmed] },
      })),
      untold: this.#untold,
      confirmations: [...this.#confirmations],
      members: [...this.#members],
      revision: this.#revision,
      durable: this.#durable,
      storing: this.#storing,
      retrying: this.#retrying,
    };
  }

  /** True if the timer is one of these. */
  owns(timer: Timer): boolean {
    return timer.kind === "props_retry" ||
      (timer.kind === "deadline" && this.#settings.has(timer.request));
  }

  /** A timer of these is due. */
  onTimer(timer: Timer, out: Outbox): void {
    if (timer.kind === "deadline") return this.#onDeadline(timer.request, out);
    this.#retrying = false;
    this.#debts.sayAgain(this.#members, out);
    this.#store(out);
    this.#retryLater(out);
  }

  #fault({ type, bucket, patch }: Extract<Event, { kind: "props_set" }>): Failure | null {
    const wrong = patchFault(patch, this.effective(type, bucket).n_val);
    if (wrong !== null) return wrong;
    if (this.#cells.refuses(type, bucket)) {
      return failure(
        "bad_request",
        `Cannot set properties of one more bucket: at most ${MAX_PROP_BUCKETS} may have their own`,
      );
    }
    if (this.#settings.size >= this.#config.maxRequests) {
      return failure("overloaded", `Cannot set properties: ${this.#settings.size} already wait`);
    }
    const entries = this.#cells.entriesFor({ type, bucket, patch, node: this.#node });
    const spent = entries.find(({ counter }) => counter > MAX_COUNTER);
    if (spent === undefined) return null;
    const detail = `Cannot set ${spent.prop}: its counter is used up`;
    return failure("internal", detail, { definite: true });
  }

  #onDurable(revision: number, out: Outbox): void {
    this.#durable = revision;
    const entries = this.#untold.filter((one) => one.revision <= revision)
      .map(({ entry }) => entry);
    this.#untold = this.#untold.filter((one) => one.revision > revision);
    const peers = this.#peers();
    for (const peer of peers) this.#debts.owe(peer, { entries, wantsBack: false }, out);
    for (const setting of this.#settings.values()) {
      if (setting.told !== null || setting.revision > revision) continue;
      setting.told = peers;
      setting.confirmed.add(this.#node);
    }
    this.#confirm(out);
    this.#settle(out);
    this.#store(out);
    this.#retryLater(out);
  }

  /** The entries stay, and are told once a later store has taken them: a client that is told no may yet have its way. */
  #onFailed(revision: number, out: Outbox): void {
    out.mark("props.store_failed");
    for (const setting of [...this.#settings.values()]) {
      if (setting.revision > revision || setting.told !== null) continue;
      this.#end(setting, out);
      const detail = "Cannot set the properties: this node could not store them";
      out.reply(setting.ticket, failure("store_failed", detail, { definite: false }));
    }
    this.#retryLater(out);
  }

  #onDeadline(request: RequestId, out: Outbox): void {
    const setting = this.#settings.get(request);
    if (setting === undefined) return;
    this.#end(setting, out);
    const { ticket, cells, confirmed } = setting;
    const wanted = this.#majority();
    const participants = [...this.#members].map((node): Participant => {
      const state = this.#debts.state(node, cells);
      const said = confirmed.has(node) ? "stored" : state === "unreachable" ? state : "silent";
      return { node, seat: null, role: "primary", said };
    });
    out.reply(
      ticket,
      failure(
        "timeout",
        `Cannot say that the properties hold: ${wanted} members wanted, got ${confirmed.size} in time`,
        { definite: false, want: { w: wanted }, got: { w: confirmed.size }, participants },
      ),
    );
  }

  /** Answers every client whose entries are where they must be. */
  #settle(out: Outbox): void {
    for (const setting of [...this.#settings.values()]) {
      const { told, cells, confirmed } = setting;
      if (told === null) continue;
      const states = told.map((peer) => {
        const state = this.#debts.state(peer, cells);
        if (state === "none") confirmed.add(peer);
        return state;
      });
      const enough = confirmed.size >= this.#majority();
      if (!enough && states.includes("silent")) continue;
      if (!enough) out.mark("props.below_majority");
      this.#end(setting, out);
      this.#answer(setting, out);
    }
  }

  #end({ request }: Setting, out: Outbox): void {
    this.#settings.delete(request);
    out.cancelTimer({ kind: "deadline", request });
  }

  #answer(to: { ticket: Ticket; type: string; bucket: string }, out: Outbox): void {
    out.reply(to.ticket, { kind: "props", props: this.effective(to.type, to.bucket) });
  }

  /** Confirms to every peer whose message is durable by now. */
  #confirm(out: Outbox): void {
    for (const [peer, { request, revision }] of this.#confirmations) {
      if (revision > this.#durable) continue;
      this.#confirmations.delete(peer);
      out.send(peer, { kind: "props_reply", request });
    }
  }

  #store(out: Outbox): void {
    if (this.#storing !== null || this.#durable === this.#revision) return;
    this.#storing = { store: this.#next(), revision: this.#revision };
    out.storeMeta(this.#storing.store, { kind: "props", entries: this.#cells.entries() });
  }

  #retryLater(out: Outbox): void {
    const unstored = this.#storing === null && this.#durable < this.#revision;
    if (this.#retrying || (this.#debts.size === 0 && !unstored)) return;
    this.#retrying = true;
    out.setTimer({ kind: "props_retry" }, PROPS_RETRY_MS);
  }

  /** Without those of its own that are not durable here. */
  #tellable(entries: readonly PropEntry[]): PropEntry[] {
    const untold = new Set(this.#untold.map(({ entry }) => entry));
    return entries.filter((entry) => !untold.has(entry));
  }

  #peers(): NodeId[] {
    return [...this.#members].filter((node) => node !== this.#node);
  }

  /** W of properties: more than half of the members. */
  #majority(): number {
    return Math.floor(this.#members.size / 2) + 1;
  }
}
