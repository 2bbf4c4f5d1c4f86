/**
 * One node's copies: read, merge, write, one key at a time (paper, section 5's "local persistence", with section 4.4's
 * versions).
 *
 * Each key that is being worked on has a **lane**. A lane reads the record once, applies what comes to memory in order, and
 * has at most one store outstanding; whatever was applied meanwhile goes into the next store together. Picture a ferry:
 * who arrives while it is away crosses with it next time, and nobody is told "you are across" before it has landed.
 *
 * ```
 *            work                 fetched               stored, nobody waits
 *   (none) -------> fetching -------------> (apply) --------------------------> (none)
 *                                   |   ^
 *                             store v   | stored: answer who was aboard; store again if more has come
 *                                  storing
 * ```
 *
 * Invariants:
 * 1. an answer about a copy is given only in the step that handles the `stored` which holds it;
 * 2. a read sees what is durable, never what is only in memory: what was seen must not vanish in a crash;
 * 3. a failed fetch or store fails everybody in the lane and forgets it, and burns the actors of the lost dots;
 * 4. merging knows the two containers alone (law D18);
 * 5. what waits for records to be read is bounded: more is refused, definitely, and a put that has waited for longer than
 *    its client is dropped before it gets a dot.
 *
 * What this room does not do: choose nodes, count quorums, keep hints.
 *
 * @module
 */
import { type Boot, nameBytes, type NodeId, type ObjectName } from "../id.ts";
import type { Config } from "../protocol/config.ts";
import { failure } from "../protocol/error.ts";
import type { FetchResult, StoredRecord } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type {
  Message,
  PutOrder,
  ReadOutcome,
  RequestId,
  WriteOutcome,
} from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { containerDigest } from "../version/digest.ts";
import { type Container, EMPTY, greatestStamp, sync } from "../version/siblings.ts";
import { descends } from "../version/version_vector.ts";
import { coordinate, snapshotOf, type Sources } from "./coordinate.ts";
import { Dots } from "./dots.ts";
import { Stamps } from "./stamps.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** For each client request that may run here, so much work may wait: its own, and that of requests which run elsewhere. */
const WAITING_PER_REQUEST = 4;
/** A clock that is longer than this is worth a look: its actors stay until the key can be settled. */
const LONG_CLOCK = 32;

/** What somebody wants of a lane. */
type Work =
  | { readonly kind: "read"; readonly from: NodeId; readonly message: MessageOf<"read"> }
  | { readonly kind: "foreign"; readonly from: NodeId; readonly request: RequestId }
  | { readonly kind: "write"; readonly from: NodeId; readonly message: MessageOf<"write"> }
  | { readonly kind: "repair"; readonly container: Container }
  | {
    readonly kind: "put";
    readonly request: RequestId;
    readonly order: PutOrder;
    /** When its client is told that time is up: after that no dot is issued for it. */
    readonly untilMs: number;
  };

/** Somebody who is told when the store that holds their copy is done. */
interface Waiter {
  readonly to: NodeId;
  readonly request: RequestId;
  readonly n: number;
  /** What they sent, or what their put made: its digest is in the answer. */
  readonly container: Container;
}

/** The work on one key. */
interface Lane {
  readonly name: ObjectName;
  /** The number of the outstanding fetch or store, which is also how its answer finds the lane; 0 if none. */
  outstanding: number;
  /** Null while the record is being fetched. */
  held: Held | null;
  /** What came while it was being fetched. */
  queue: Work[];
}

/** What a lane knows once its record is there. */
interface Held {
  durable: StoredRecord | null;
  /** The disk's copy could not be read: it is absent, and says so instead of "not found". */
  damaged: boolean;
  /** What the outstanding store holds, and who crosses with it. */
  storing: Crossing | null;
  /** What has been applied since, and who waits for it. */
  next: Crossing | null;
}

/** A record on its way to the disk, and who is told when it is there. */
interface Crossing {
  record: StoredRecord;
  readonly waiters: Waiter[];
}

/** What a {@linkcode Replica} is made of. */
export interface ReplicaOptions {
  readonly locator: Locator;
  readonly boot: Boot;
  readonly config: Config;
  /** Numbers for fetches and stores, unique in this boot; at least 1. */
  readonly nextNumber: () => number;
}

/** The copies of one node. */
export class Replica {
  readonly #locator: Locator;
  readonly #nextNumber: () => number;
  readonly #sources: Sources;
  readonly #lanes = new Map<string, Lane>();
  readonly #outstanding = new Map<number, Lane>();
  readonly #mostWaiting: number;
  /** How much work waits for records to be read. */
  #waiting = 0;

  /** The copies of the locator's node, in the boot that the options name. */
  constructor({ locator, boot, config, nextNumber }: ReplicaOptions) {
    this.#locator = locator;
    this.#nextNumber = nextNumber;
    this.#mostWaiting = WAITING_PER_REQUEST * config.maxRequests;
    this.#sources = {
      dots: new Dots(locator.node, boot),
      stamps: new Stamps(),
      maxContainerBytes: config.maxContainerBytes,
    };
  }

  /** How many keys are being worked on. */
  get laneCount(): number {
    return this.#lanes.size;
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { lanes: [...this.#lanes.values()], ...snapshotOf(this.#sources) };
  }

  /** A coordinator asks what is here. */
  onRead(from: NodeId, message: MessageOf<"read">, out: Outbox): void {
    if (!this.#serves(message.name, message.n)) {
      this.#sayRead(from, message, { kind: "not_serving", successor: null }, out);
    } else this.#work(message.name, { kind: "read", from, message }, out);
  }

  /** A coordinator sends a copy. */
  onWrite(from: NodeId, message: MessageOf<"write">, out: Outbox): void {
    if (!this.#serves(message.name, message.n)) {
      const { request, name, n } = message;
      this.#sayWrite(name, { to: from, request, n }, { kind: "not_serving", successor: null }, out);
    } else this.#work(message.name, { kind: "write", from, message }, out);
  }

  /** A reader has seen that this copy is behind. Only a primary takes it: anywhere else it would be a foreign copy. */
  onRepair(message: MessageOf<"repair">, out: Outbox): void {
    if (!this.#serves(message.name, message.n)) return out.mark("repair.not_serving");
    this.#work(message.name, { kind: "repair", container: message.container }, out);
  }

  /** Somebody looks for copies that are not ours to serve. */
  onForeign(from: NodeId, message: MessageOf<"foreign">, n: number, out: Outbox): void {
    if (this.#serves(message.name, n)) {
      out.send(from, { kind: "foreign_reply", request: message.request, container: null });
    } else this.#work(message.name, { kind: "foreign", from, request: message.request }, out);
  }

  /** This node coordinates a put: `issued` or `refused` follows, then a `write_reply` for the own copy. */
  onCoordinate(request: RequestId, order: PutOrder, out: Outbox): void {
    if (!this.#serves(order.name, order.props.n_val)) {
      const detail = `Cannot coordinate: ${this.#locator.node} does not serve the key`;
      out.tell({ kind: "refused", request, failure: failure("no_coordinator", detail) });
    } else {
      const untilMs = out.now.monoMs + order.timeoutMs;
      this.#work(order.name, { kind: "put", request, order, untilMs }, out);
    }
  }

  /** The record that a lane waits for is here. Returns whether the number was one of this room's. */
  onFetched(fetch: number, result: FetchResult, out: Outbox): boolean {
    const lane = this.#landed(fetch);
    if (lane === undefined) return false;
    this.#waiting -= lane.queue.length;
    if (result.kind === "failed") {
      this.#close(lane);
      for (const work of lane.queue) this.#fail(lane.name, work, result.reason, out);
      return true;
    }
    if (result.kind === "damaged") out.mark("record.damaged");
    const durable = result.kind === "record" ? result.record : null;
    lane.held = { durable, damaged: result.kind === "damaged", storing: null, next: null };
    for (const work of lane.queue.splice(0)) this.#apply(lane, lane.held, work, out);
    this.#sail(lane, lane.held, out);
    return true;
  }

  /** A store is done. Returns whether the number was one of this room's. */
  onStored(store: number, outcome: "durable" | "buffered" | "failed", out: Outbox): boolean {
    const lane = this.#landed(store);
    if (lane === undefined) return false;
    const held = lane.held;
    const storing = held?.storing;
    if (!held || !storing) throw new Error(`Stored ${store}, but its lane stores nothing`);
    held.storing = null;
    if (outcome === "failed") {
      out.mark("store.failed");
      this.#close(lane);
      this.#burn(storing.record);
      if (held.next) this.#burn(held.next.record);
      const waiters = [...storing.waiters, ...held.next?.waiters ?? []];
      const failed = { kind: "failed", reason: "the disk did not take it" } as const;
      for (const waiter of waiters) this.#sayWrite(lane.name, waiter, failed, out);
      return true;
    }
    held.durable = storing.record;
    held.damaged = false;
    for (const waiter of storing.waiters) {
      this.#sayStored(lane.name, waiter, outcome === "durable", out);
    }
    this.#sail(lane, held, out);
    return true;
  }

  #work(name: ObjectName, work: Work, out: Outbox): void {
    const id = nameBytes(name);
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = { name, outstanding: 0, held: null, queue: [] };
      this.#lanes.set(id, lane);
      this.#expect(lane);
      out.fetch(lane.outstanding, name);
    }
    if (lane.held === null) {
      if (this.#waiting >= this.#mostWaiting) return this.#turnAway(lane.name, work, out);
      this.#waiting++;
      lane.queue.push(work);
    } else {
      this.#apply(lane, lane.held, work, out);
      if (lane.held.storing === null) this.#sail(lane, lane.held, out);
    }
  }

  /** Does the work on what is held in memory, and answers what needs no store. */
  #apply(lane: Lane, held: Held, work: Work, out: Outbox): void {
    switch (work.kind) {
      case "read":
        return this.#sayRead(work.from, work.message, found(held), out);
      case "foreign": {
        const container = held.durable?.container ?? null;
        return out.send(work.from, { kind: "foreign_reply", request: work.request, container });
      }
      case "repair":
        return this.#merge(lane, held, work.container, null, out);
      case "write": {
        const { request, n, container } = work.message;
        return this.#merge(lane, held, container, { to: work.from, request, n, container }, out);
      }
      case "put":
        return this.#put(lane, held, work, out);
    }
  }

  #put(lane: Lane, held: Held, work: Extract<Work, { kind: "put" }>, out: Outbox): void {
    const { request, order, untilMs } = work;
    if (out.now.monoMs >= untilMs) return out.mark("put.expired");
    const done = coordinate(current(held), order, this.#sources, out.now);
    if (done.kind === "failure") return out.tell({ kind: "refused", request, failure: done });
    const container = done.kind === "issued" ? done.record.container : done.container;
    out.tell({ kind: "issued", request, container });
    const waiter = { to: this.#locator.node, request, n: order.props.n_val, container };
    if (done.kind === "unchanged") {
      out.mark("put.unchanged");
      return this.#merge(lane, held, container, waiter, out);
    }
    if (done.overtaken) out.mark("actor.overtaken");
    held.next ??= { record: done.record, waiters: [] };
    held.next.record = done.record;
    held.next.waiters.push(waiter);
  }

  #merge(lane: Lane, held: Held, sent: Container, waiter: Waiter | null, out: Outbox): void {
    this.#sources.stamps.observe(greatestStamp(sent), out.now);
    const now = current(held);
    // Equal clocks mean equal contents (I2): what brings no news needs no store, only the landing of what it waits for.
    if (now !== null && descends(now.container.clock, sent.clock)) {
      const pending = held.next ?? held.storing;
      if (waiter === null) return;
      if (pending === null) this.#sayStored(lane.name, waiter, true, out);
      else pending.waiters.push(waiter);
      return;
    }
    const record = {
      container: sync(now?.container ?? EMPTY, sent),
      mine: now?.mine ?? null,
    };
    held.next ??= { record, waiters: [] };
    held.next.record = record;
    if (waiter) held.next.waiters.push(waiter);
  }

  /** Stores what has been applied, or closes the lane if there is nothing to store. */
  #sail(lane: Lane, held: Held, out: Outbox): void {
    if (held.next === null) return this.#close(lane);
    held.storing = held.next;
    held.next = null;
    if (held.storing.record.container.clock.size > LONG_CLOCK) out.mark("clock.long");
    this.#expect(lane);
    out.store(lane.outstanding, lane.name, held.storing.record);
  }

  #expect(lane: Lane): void {
    lane.outstanding = this.#nextNumber();
    this.#outstanding.set(lane.outstanding, lane);
  }

  #landed(number: number): Lane | undefined {
    const lane = this.#outstanding.get(number);
    this.#outstanding.delete(number);
    return lane;
  }

  #close(lane: Lane): void {
    this.#lanes.delete(nameBytes(lane.name));
  }

  #burn(record: StoredRecord): void {
    if (record.mine) this.#sources.dots.burn(record.mine.actor);
  }

  #serves(name: ObjectName, n: number): boolean {
    return this.#locator.standing(name, n).seat !== null;
  }

  #turnAway(name: ObjectName, work: Work, out: Outbox): void {
    out.mark("lane.overloaded");
    if (work.kind !== "put") return this.#fail(name, work, "too much waits for the disk", out);
    const detail = "Cannot take the put: too much waits for the disk";
    out.tell({ kind: "refused", request: work.request, failure: failure("overloaded", detail) });
  }

  #fail(name: ObjectName, work: Work, reason: string, out: Outbox): void {
    const failed = { kind: "failed", reason } as const;
    switch (work.kind) {
      case "read":
        return this.#sayRead(work.from, work.message, failed, out);
      case "write": {
        const { request, n } = work.message;
        return this.#sayWrite(name, { to: work.from, request, n }, failed, out);
      }
      case "put": {
        const detail = `Cannot coordinate: the record could not be read: ${reason}`;
        const refused = failure("store_failed", detail, { definite: true });
        return out.tell({ kind: "refused", request: work.request, failure: refused });
      }
      case "foreign": // silence: the asker must not take "could not look" for "has none"
      case "repair":
        return out.mark("fetch.failed");
    }
  }

  #sayRead(to: NodeId, { request, name, n }: MessageOf<"read">, outcome: ReadOutcome, out: Outbox) {
    const standing = this.#locator.standing(name, n);
    out.send(to, { kind: "read_reply", request, standing, outcome });
  }

  #sayStored(name: ObjectName, waiter: Waiter, durable: boolean, out: Outbox): void {
    const digest = containerDigest(name, waiter.container);
    this.#sayWrite(name, waiter, { kind: "stored", durable, digest }, out);
  }

  #sayWrite(
    name: ObjectName,
    { to, request, n }: Pick<Waiter, "to" | "request" | "n">,
    outcome: WriteOutcome,
    out: Outbox,
  ): void {
    // The standing is that of this very step: a copy counts only if its node serves the key when the store is done.
    const standing = this.#locator.standing(name, n);
    out.send(to, { kind: "write_reply", request, standing, outcome });
  }
}

/** What memory holds: what was applied last. */
function current(held: Held): StoredRecord | null {
  return held.next?.record ?? held.storing?.record ?? held.durable;
}

function found({ durable, damaged }: Held): ReadOutcome {
  if (durable !== null) return { kind: "found", container: durable.container };
  return damaged ? { kind: "damaged" } : { kind: "absent" };
}
