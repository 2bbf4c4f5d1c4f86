/**
 * What each piece of work does to a copy in memory: how a write is merged, a put issued, a hint dropped. What has changed
 * goes into the lane's next store; who need not wait for one is answered here.
 *
 * A key that was settled a moment ago has a grave (`graves.ts`), and work on it goes as if what stood there were still held.
 *
 * Nothing here waits: the lane has its record already (`replica.ts` runs the lanes).
 *
 * @module
 */
import type { Digest, NodeId, ObjectName } from "../id.ts";
import type { Locator } from "../protocol/locator.ts";
import type { StoredRecord } from "../protocol/event.ts";
import type { Hint } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { containerDigest } from "../version/digest.ts";
import { type Container, EMPTY, greatestStamp, sync } from "../version/siblings.ts";
import { shortened } from "../version/settled.ts";
import { descends } from "../version/version_vector.ts";
import { sayRead, sayStored, sayTurnedAway } from "./answers.ts";
import { coordinate, type Sources } from "./coordinate.ts";
import type { Graves } from "./graves.ts";
import { start, withTerms } from "./held.ts";
import { current, found, type Held, type Lane, type Waiter, type Work } from "./lane.ts";
import type { Shelf } from "./shelf.ts";

/** What a {@linkcode Bench} is made of. */
export interface BenchOptions {
  readonly locator: Locator;
  /** What a put needs for its dot and its stamp. */
  readonly sources: Sources;
  /** The room for hints. */
  readonly shelf: Shelf;
  /** What stood here of keys that were settled. */
  readonly graves: Graves;
  /** Told that a copy is kept for an owner still. */
  readonly kept: (owner: NodeId, out: Outbox) => void;
}

/** Where work is done. */
export class Bench {
  readonly #locator: Locator;
  readonly #sources: Sources;
  readonly #shelf: Shelf;
  readonly #graves: Graves;
  readonly #kept: BenchOptions["kept"];

  /** The bench of one node. */
  constructor({ locator, sources, shelf, graves, kept }: BenchOptions) {
    this.#locator = locator;
    this.#graves = graves;
    this.#sources = sources;
    this.#shelf = shelf;
    this.#kept = kept;
  }

  /** Does the work on what is held in memory, and answers what needs no store. */
  apply(lane: Lane, held: Held, work: Work, out: Outbox): void {
    switch (work.kind) {
      case "read":
        return sayRead(this.#locator, work, found(held), out);
      case "repair":
        return this.#merge(lane, held, { sent: work.container, hint: null, waiter: null }, out);
      case "write": {
        const { request, n, container, hint } = work.message;
        const brings = !descends(current(held)?.container.clock ?? EMPTY.clock, container.clock);
        if (brings && this.#shelf.isFullFor(lane)) return this.#refuse(lane, work, out);
        const waiter = { to: work.from, request, n, container };
        return this.#merge(lane, held, { sent: container, hint, waiter }, out);
      }
      case "put":
        return this.#put(lane, held, work, out);
      case "look_again":
        return; // it has been seen
      case "drop":
        return this.#drop(lane, held, work.digest, out);
      case "agree":
        return this.#agree(lane, held, work, out);
      case "settle":
        return this.#settle(lane, held, work, out);
    }
  }

  #put(lane: Lane, held: Held, work: Extract<Work, { kind: "put" }>, out: Outbox): void {
    const { request, order, hint, untilMs } = work;
    if (out.now.monoMs >= untilMs) return out.mark("put.expired");
    if (this.#shelf.isFullFor(lane)) return this.#refuse(lane, work, out);
    const before = lane.owner === null ? this.#current(lane, held, out) : start(held);
    const done = coordinate(before, order, this.#sources, out.now);
    if (done.kind === "failure") return out.tell({ kind: "refused", request, failure: done });
    const container = done.kind === "issued" ? done.record.container : done.container;
    out.tell({ kind: "issued", request, container });
    const waiter = { to: this.#locator.node, request, n: order.props.n_val, container };
    if (done.kind === "unchanged") {
      out.mark("put.unchanged");
      return this.#merge(lane, held, { sent: container, hint, waiter }, out);
    }
    if (done.overtaken) out.mark("actor.overtaken");
    const record = withTerms(done.record, held, hint, waiter.n);
    held.next ??= { record, waiters: [] };
    held.next.record = record;
    held.next.waiters.push(waiter);
  }

  #merge(
    lane: Lane,
    held: Held,
    { sent, hint, waiter }: {
      readonly sent: Container;
      readonly hint: Hint | null;
      readonly waiter: Waiter | null;
    },
    out: Outbox,
  ): void {
    this.#sources.stamps.observe(greatestStamp(sent), out.now);
    const now = this.#current(lane, held, out);
    // Equal clocks mean equal contents (I2): what brings no news needs no store, only the landing of what it waits for.
    // That more copies were promised of it is news, too.
    const isPromised = hint === null || hint.w <= (now?.hint?.w ?? 0) || lane.owner === null;
    if (now !== null && isPromised && descends(now.container.clock, sent.clock)) {
      const pending = held.next ?? held.storing;
      const known = current(held)?.container.clock ?? EMPTY.clock;
      if (!descends(known, sent.clock)) out.mark("grave.absorbed");
      if (waiter === null) return;
      if (pending === null) {
        sayStored(this.#locator, { name: lane.name, waiter, durable: true }, out);
      } else pending.waiters.push(waiter);
      return;
    }
    const container = sync(now?.container ?? EMPTY, sent);
    const merged = { container, mine: now?.mine ?? null };
    const record = withTerms(merged, held, lane.owner === null ? null : hint, waiter?.n ?? 1);
    held.next ??= { record, waiters: [] };
    held.next.record = record;
    if (waiter) held.next.waiters.push(waiter);
  }

  /** Compare and delete: what has come since it was taken to its owner stays, and so does what is on its way. */
  #drop({ name, owner }: Lane, held: Held, digest: Digest, out: Outbox): void {
    const { durable, storing, next } = held;
    if (durable === null || storing !== null || next !== null) return;
    const isOther = containerDigest(name, durable.container) !== digest;
    if (owner === null) {
      // It may have got the range again since.
      if (isOther || this.#isIts(name)) return out.mark("copy.kept");
      out.mark("copy.dropped");
    } else if (isOther) {
      out.mark("hint.kept");
      return this.#kept(owner, out);
    } else out.mark("hint.dropped");
    held.next = { record: null, waiters: [] };
  }

  /** Whether this node serves the key, or is about to. */
  #isIts(name: ObjectName): boolean {
    const n = this.#locator.nOf(name);
    return this.#locator.standing(name, n).seat !== null || this.#locator.receives(name, n);
  }

  /** Nothing changes but what the record says of itself, and only if nobody is at work on it. */
  #agree(
    { name }: Lane,
    held: Held,
    { digest, atMs }: Extract<Work, { kind: "agree" }>,
    out: Outbox,
  ) {
    const record = idle(held);
    if (record === null || containerDigest(name, record.container) !== digest) {
      return out.mark("settle.kept");
    }
    held.next = { record: { ...record, agreedMs: atMs }, waiters: [] };
  }

  /** Compare, and then delete or shorten: what has come since everybody was asked stays. */
  #settle(
    { name }: Lane,
    held: Held,
    { how, digest }: Extract<Work, { kind: "settle" }>,
    out: Outbox,
  ): void {
    const record = idle(held);
    if (record === null || containerDigest(name, record.container) !== digest) {
      return out.mark("settle.kept");
    }
    const { container, mine } = record;
    if (!this.#graves.dig(name, { container, digest, how }, out.now)) return out.mark("grave.full");
    if (how === "reap") {
      out.mark("settle.reaped");
      held.next = { record: null, waiters: [] };
      return;
    }
    out.mark("settle.shortened");
    const left = shortened(container);
    // An actor whose entry goes is never counted on again (I1).
    const own = mine !== null && left.clock.has(mine.actor) ? mine : null;
    held.next = { record: { container: left, mine: own }, waiters: [] };
  }

  /** What work meets: of a key that was settled a moment ago, what stood there, and what has come since. */
  #current({ name, owner }: Lane, held: Held, out: Outbox): StoredRecord | null {
    const now = current(held);
    const grave = owner === null ? this.#graves.of(name, out.now) : null;
    if (grave === null) return now;
    if (now === null) return { container: grave.container, mine: null };
    return { container: sync(now.container, grave.container), mine: now.mine };
  }

  #refuse({ name }: Lane, work: Work, out: Outbox): void {
    out.mark("hint.refused");
    sayTurnedAway(this.#locator, { name, work, reason: "no room for more hints" }, out);
  }
}

/** The record of a lane in which nothing is under way. */
function idle({ durable, storing, next }: Held): StoredRecord | null {
  return storing === null && next === null ? durable : null;
}
