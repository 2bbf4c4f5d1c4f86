/**
 * From when on an exchange tells a node that has lost copies everything that it may have acknowledged.
 *
 * A put is acknowledged by its coordinator, when W copies are stored. So between the storing of a copy and the
 * acknowledgement of its put there is a time in which the copy may be the only one, and its loss is not over yet:
 *
 * ```text
 *  coordinator c (W = 2)                    x                                      y
 *   |-- write ------------------------------>| stored; then its disk is wiped
 *   |<------------------------- write_reply --|
 *   |                                        | x is back, compares with c and y: neither has the copy, all is alike
 *   |-- write, which was slow --------------------------------------------------->| stored
 *   |<---------------------------------------------------------------- write_reply --|
 *   | two copies: acknowledged                                a read of x and c finds nothing, and each is whole
 * ```
 *
 * So an exchange counts only if it begins when **no put that runs has asked the node for a copy before its loss**. The node
 * asks every member whether any such put runs there. A member looks at the puts that run when it is asked first; when these
 * are over it says so. Whoever cannot be reached, or has such puts for ever, need not be waited for longer than any request
 * takes: D, and a little more, for clocks are not alike.
 *
 * Nobody has asked a new node for anything: so a new cluster is through with this after one message each way.
 *
 * The answers bring something else that a lost disk does not know: **the least W that any bucket has**, on which hangs how
 * many others are enough. A bucket's properties are acknowledged when more than half of the members know them. So the node
 * believes what others say when it has heard as many as have one of these among them, itself left out; until then any W may
 * be promised. Who recovers itself says nothing of it.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";

type AmnesiaReply = Extract<Message, { kind: "amnesia_reply" }>;

/** By how much one clock may go faster than another: one in so many. */
const DRIFT = 64;

/** What a {@linkcode RecoveryFence} is made of. */
export interface RecoveryFenceOptions {
  /** Everybody who may coordinate a put, this node too. */
  readonly members: () => Iterable<NodeId>;
  /** D: how long any request may take. In ms. */
  readonly maxRequestMs: number;
  readonly next: () => RequestId;
}

/** The asking about one loss. */
export class RecoveryFence {
  readonly #options: RecoveryFenceOptions;
  /** The number of the question. */
  readonly request: RequestId;
  readonly #open: Set<NodeId>;
  /** Who has not answered at all. */
  readonly #silent: Set<NodeId>;
  readonly #sinceMs: number;
  /** So many must have said which W they know, or one that matters may have been missed. */
  readonly #enough: number;
  /** The least W of buckets, as each knows it who may know all. */
  readonly #told = new Map<NodeId, number>();

  /** Asks everybody. */
  constructor(options: RecoveryFenceOptions, out: Outbox) {
    this.#options = options;
    this.request = options.next();
    this.#open = new Set(options.members());
    this.#silent = new Set(this.#open);
    // What a bucket has more than half of the members know; this node may be one of these, and has lost it.
    this.#enough = this.#open.size - Math.floor(this.#open.size / 2);
    this.#sinceMs = out.now.monoMs;
    for (const member of this.#open) this.#ask(member, out);
  }

  /** True when no put can count on what was lost any more. */
  get isOver(): boolean {
    return this.#open.size === 0;
  }
  /** Who has not said so yet. */
  get open(): readonly NodeId[] {
    return [...this.#open];
  }

  /** The least W that any bucket has, by what others know; 1, the least there can be, until enough have said so. */
  get leastW(): number {
    return this.#told.size < this.#enough ? 1 : Math.min(...this.#told.values());
  }

  /** What it holds in memory. */
  snapshot(): object {
    const [silent, told] = [[...this.#silent], [...this.#told].sort(([a], [b]) => compare(a, b))];
    return { request: this.request, open: this.open, silent, told, sinceMs: this.#sinceMs };
  }

  /** A member has answered. */
  onReply(from: NodeId, { request, clear, w }: AmnesiaReply): void {
    if (request !== this.request) return;
    this.#silent.delete(from);
    if (w > 0) this.#told.set(from, w);
    if (clear) this.#open.delete(from);
  }

  /** Whoever has not said that it is over is asked again; but no longer than any request takes. */
  onTimer(out: Outbox): void {
    const { maxRequestMs } = this.#options;
    const waitMs = maxRequestMs + Math.ceil(maxRequestMs / DRIFT);
    if (out.now.monoMs - this.#sinceMs > waitMs) this.#open.clear();
    for (const member of this.#open) this.#ask(member, out);
  }

  /** A member is there, which may not have been when it was asked. */
  onSign(from: NodeId, out: Outbox): void {
    if (this.#silent.has(from)) this.#ask(from, out);
  }

  #ask(member: NodeId, out: Outbox): void {
    out.send(member, { kind: "amnesia", request: this.request });
  }
}
