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
 * A node that does not serve a key may keep copies of it for those who do: **hints** (section 4.6). Each is a copy like the
 * own one, with a lane of its own; it is durable before it counts, is merged and never replaced, and goes only when what
 * was taken to its owner is what is still here (protocol.md, Part 1 f). When there is no room for more, a node refuses.
 *
 * What this room does not do: choose nodes, count quorums, take hints to their owners.
 *
 * @module
 */
import type { Boot, Digest, NodeId, ObjectName } from "../id.ts";
import { type Config, quietMs } from "../protocol/config.ts";
import { failure } from "../protocol/error.ts";
import type { FetchResult, StoredHint, StoredRecord } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Hint, Message, NamedContainer, PutOrder } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { CopyName, Outbox } from "../protocol/outbox.ts";
import { LONG_CLOCK } from "../version/settled.ts";
import { sayFailed, sayNoRoom, sayRead, sayStored, sayTurnedAway, sayWrite } from "./answers.ts";
import { Bench } from "./bench.ts";
import { snapshotOf, type Sources } from "./coordinate.ts";
import { Dots } from "./dots.ts";
import { type Grave, Graves } from "./graves.ts";
import { heldOf } from "./held.ts";
import { copyFor, type Held, type Lane, laneKey, type Work } from "./lane.ts";
import { Looks, ownersOf } from "./looks.ts";
import { Shelf } from "./shelf.ts";
import { Space } from "./space.ts";
import { Stamps } from "./stamps.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** For each client request that may run here, so much work may wait: its own, and that of requests which run elsewhere. */
const WAITING_PER_REQUEST = 4;

/** What a {@linkcode Replica} is made of. */
export interface ReplicaOptions {
  readonly locator: Locator;
  readonly boot: Boot;
  readonly config: Config;
  /** Numbers for fetches and stores, unique in this boot; at least 1. */
  readonly nextNumber: () => number;
  /** What the hints on the disk hold together. In bytes. */
  readonly hintBytes: number;
  /** Told what is durable of a key as this node's own copy. */
  readonly stored: (name: ObjectName, record: StoredRecord | null, out: Outbox) => void;
  /** Told that what is durable of it is not known any more, until `stored` says it. */
  readonly doubted: (name: ObjectName) => void;
  /** Told that this node's own copy cannot be read. False: until {@linkcode Replica.onRoles} nothing may come of it. */
  readonly damaged: (name: ObjectName, out: Outbox) => boolean;
  /** Told that work on a copy begins that nobody was at work on. */
  readonly opened: (copy: CopyName) => void;
  /** Told that a copy is kept for an owner now. */
  readonly kept: (owner: NodeId, out: Outbox) => void;
}

/** The copies of one node. */
export class Replica {
  readonly #locator: Locator;
  readonly #nextNumber: () => number;
  readonly #options: ReplicaOptions;
  readonly #sources: Sources;
  readonly #lanes = new Map<string, Lane>();
  readonly #outstanding = new Map<number, Lane>();
  readonly #looks: Looks;
  readonly #mostWaiting: number;
  readonly #shelf: Shelf;
  readonly #graves: Graves;
  readonly #bench: Bench;
  readonly #space = new Space();
  /** How much work waits for records to be read. */
  #waiting = 0;
  /** Lanes of records that cannot be read, until it is durable that their ranges recover. */
  readonly #parked: Lane[] = [];

  /** The copies of the locator's node, in the boot that the options name. */
  constructor(options: ReplicaOptions) {
    const { locator, boot, config, nextNumber, hintBytes, kept } = options;
    this.#options = options;
    this.#locator = locator;
    this.#nextNumber = nextNumber;
    this.#looks = new Looks(locator, nextNumber);
    this.#mostWaiting = WAITING_PER_REQUEST * config.maxRequests;
    this.#shelf = new Shelf({ bytes: hintBytes, most: config.maxHintBytes });
    this.#sources = {
      dots: new Dots(locator.node, boot),
      stamps: new Stamps(),
      maxContainerBytes: config.maxContainerBytes,
    };
    this.#graves = new Graves({ keepMs: quietMs(config) });
    const [sources, shelf, graves] = [this.#sources, this.#shelf, this.#graves];
    this.#bench = new Bench({ locator, kept, sources, shelf, graves });
  }

  /** How many copies are being worked on, or looked at. */
  get laneCount(): number {
    return this.#lanes.size + this.#looks.count;
  }
  /** Whether its disk is full, so that it only reads. */
  get isFull(): boolean {
    return this.#space.isFull;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const space = this.#space.snapshot();
    const lanes = [...this.#lanes.values()];
    const [looks, graves] = [this.#looks.snapshot(), this.#graves.snapshot()];
    const shelf = this.#shelf.snapshot();
    return { lanes, looks, graves, shelf, space, ...snapshotOf(this.#sources) };
  }

  /** A coordinator asks what is here. */
  onRead(from: NodeId, message: MessageOf<"read">, out: Outbox): void {
    const { name, n, asFallback } = message;
    if (this.#serves(name, n)) {
      return this.#work({ name, owner: null }, { kind: "read", from, message }, out);
    }
    if (asFallback) return this.#looks.begin({ from, message }, n, out);
    sayRead(this.#locator, { from, message }, { kind: "not_serving", successor: null }, out);
  }

  /** A coordinator sends a copy: for this node, or to be kept for another. */
  onWrite(from: NodeId, message: MessageOf<"write">, out: Outbox): void {
    const { request, name, n, hint } = message;
    if (this.#serves(name, n) || (hint === null && this.#locator.receives(name, n))) {
      return this.#work({ name, owner: null }, { kind: "write", from, message }, out);
    }
    if (hint !== null && hint.owner !== this.#locator.node && this.#locator.standsIn) {
      return this.#work(copyFor(name, hint), { kind: "write", from, message }, out);
    }
    const outcome = { kind: "not_serving", successor: null } as const;
    sayWrite(this.#locator, { name, to: from, request, n }, outcome, out);
  }

  /** A reader has seen that this copy is behind. Only a primary takes it: anywhere else it would be a foreign copy. */
  onRepair({ name, n, container }: MessageOf<"repair">, out: Outbox): void {
    if (!this.#serves(name, n)) return out.mark("repair.not_serving");
    this.#work({ name, owner: null }, { kind: "repair", container }, out);
  }

  /** What all have agreed on twice is done; or it is kept that they have agreed once. */
  onSettled(
    name: ObjectName,
    work: Extract<Work, { kind: "agree" | "settle" }>,
    out: Outbox,
  ): void {
    this.#work({ name, owner: null }, work, out);
  }

  /** What is durable of a key is not known: it is looked at. Until that was done nothing else is said of it (law M13). */
  onDoubt(name: ObjectName, out: Outbox): void {
    this.#options.doubted(name);
    this.#work({ name, owner: null }, { kind: "look_again" }, out);
  }

  /** Whether anybody is at work on a copy of this key: the own one, or one for any of these owners. */
  isAtWork(name: ObjectName, owners: Iterable<NodeId>): boolean {
    if (this.#lanes.has(laneKey({ name, owner: null }))) return true;
    for (const owner of owners) if (this.#lanes.has(laneKey({ name, owner }))) return true;
    return false;
  }

  /** Whether anybody is at work on an own copy of such a key. */
  isAtWorkOn(isIt: (name: ObjectName) => boolean): boolean {
    return this.#lanes.values().some(({ name, owner }) => owner === null && isIt(name));
  }

  /** Somebody looks for copies that are not ours to serve. */
  onForeign(from: NodeId, message: MessageOf<"foreign">, n: number, out: Outbox): void {
    if (this.#serves(message.name, n)) {
      out.send(from, { kind: "foreign_reply", request: message.request, container: null });
    } else this.#looks.begin({ from, message }, n, out);
  }

  /**
   * This node coordinates a put, as a primary or in the place of one: `issued` or `refused` follows, then a `write_reply`
   * for its own copy.
   */
  onCoordinate(
    request: RequestId,
    { order, hint }: { readonly order: PutOrder; readonly hint: Hint | null },
    out: Outbox,
  ): void {
    const may = hint === null
      ? this.#serves(order.name, order.props.n_val)
      : this.#locator.standsIn;
    if (!may) {
      const detail = `Cannot coordinate: ${this.#locator.node} does not serve the key`;
      out.tell({ kind: "refused", request, failure: failure("no_coordinator", detail) });
    } else {
      const untilMs = out.now.monoMs + order.timeoutMs;
      this.#work(copyFor(order.name, hint), { kind: "put", request, order, hint, untilMs }, out);
    }
  }

  /** A copy is where it belongs, and is not this node's to serve: it goes, if it is still what was taken there. */
  onDelivered(copy: CopyName, digest: Digest, out: Outbox): void {
    this.#work(copy, { kind: "drop", digest }, out);
  }

  /** What a lane or a look waits for is here. Returns whether the number was one of this room's. */
  onFetched(
    fetch: number,
    { result, hints }: {
      readonly result: FetchResult;
      readonly hints?: readonly StoredHint[] | undefined;
    },
    out: Outbox,
  ): boolean {
    if (this.#looks.end(fetch, { result, hints }, out)) return true;
    const lane = this.#landed(fetch);
    if (lane === undefined) return false;
    if (result.kind === "damaged") out.mark("record.damaged");
    this.#open(lane, { result, hints }, out);
    return true;
  }

  /** What this node says of its ranges has changed, or could not be stored. */
  onRoles(outcome: "durable" | "failed", out: Outbox): void {
    const reason = "that a record is damaged could not be stored";
    const failed = { kind: "failed", reason } as const;
    for (const lane of this.#parked.splice(0)) {
      this.#open(lane, { result: outcome === "failed" ? failed : { kind: "damaged" } }, out);
    }
  }

  /** What waits for a record begins, or fails. */
  #open(
    lane: Lane,
    { result, hints }: {
      readonly result: FetchResult;
      readonly hints?: readonly StoredHint[] | undefined;
    },
    out: Outbox,
  ): void {
    const { name, owner, queue } = lane;
    // In the place of what was lost something will be stored, and then nobody could see the loss any more.
    if (result.kind === "damaged" && owner === null && !this.#options.damaged(name, out)) {
      this.#parked.push(lane);
      return;
    }
    this.#waiting -= queue.length;
    if (result.kind === "failed") {
      this.#close(lane);
      if (owner !== null) this.#options.kept(owner, out);
      for (const work of queue) {
        sayFailed(this.#locator, { name, work, reason: result.reason }, out);
      }
      return;
    }
    lane.held = heldOf(lane, result, hints);
    // What is there need not be what was said: a store that failed may have landed, and a record may have gone bad.
    if (owner === null) this.#options.stored(name, lane.held.durable, out);
    else this.#shelf.sees(lane, lane.held.durable);
    for (const work of queue.splice(0)) this.#bench.apply(lane, lane.held, work, out);
    this.#sail(lane, lane.held, out);
  }

  /** The grave of this very container; null if it was not settled a moment ago. */
  settled(copy: NamedContainer, out: Outbox): Grave | null {
    return this.#graves.holding(copy, out.now);
  }

  /** A store has failed, as is about to be said, and the reason is that there is no room. */
  onFull(out: Outbox): void {
    this.#space.onFull(out);
  }

  /** A store is done. Returns whether the number was one of this room's. */
  onStored(store: number, outcome: "durable" | "buffered" | "failed", out: Outbox): boolean {
    const lane = this.#landed(store);
    if (lane === undefined) return false;
    const held = lane.held;
    const storing = held?.storing;
    if (!held || !storing) throw new Error(`Stored ${store}, but its lane stores nothing`);
    const { name } = lane;
    held.storing = null;
    if (outcome === "failed") {
      out.mark("store.failed");
      this.#close(lane);
      // It may be there nevertheless.
      if (lane.owner !== null) {
        this.#options.kept(lane.owner, out);
        this.#shelf.doubts(lane, held.durable);
        this.#work(lane, { kind: "look_again" }, out);
      } else this.onDoubt(name, out);
      this.#burn(storing.record);
      if (held.next) this.#burn(held.next.record);
      const waiters = [...storing.waiters, ...held.next?.waiters ?? []];
      const failed = { kind: "failed", reason: "the disk did not take it" } as const;
      for (const waiter of waiters) sayWrite(this.#locator, { name, ...waiter }, failed, out);
      return true;
    }
    if (storing.record !== null) this.#space.onRoom(out);
    if (lane.owner !== null) {
      this.#shelf.replaced(held.durable, storing.record);
      if (storing.record !== null) this.#options.kept(lane.owner, out);
    } else this.#options.stored(name, storing.record, out);
    held.durable = storing.record;
    held.damaged = false;
    for (const waiter of storing.waiters) {
      sayStored(this.#locator, { name, waiter, durable: outcome === "durable" }, out);
    }
    this.#sail(lane, held, out);
    return true;
  }

  #work({ name, owner }: CopyName, work: Work, out: Outbox): void {
    if (this.#space.refuses(work.kind, out)) {
      return sayNoRoom(this.#locator, { name, work }, out);
    }
    const id = laneKey({ name, owner });
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = { name, owner, outstanding: 0, held: null, queue: [] };
      this.#lanes.set(id, lane);
      this.#options.opened(lane);
      this.#expect(lane);
      out.fetch(lane.outstanding, name, owner === null ? [] : this.#owners(name, owner));
    }
    if (lane.held === null) {
      if (this.#waiting >= this.#mostWaiting) return this.#turnAway(lane, work, out);
      this.#waiting++;
      lane.queue.push(work);
    } else {
      this.#bench.apply(lane, lane.held, work, out);
      if (lane.held.storing === null) this.#sail(lane, lane.held, out);
    }
  }

  /** Stores what has been applied, or closes the lane if there is nothing to store. */
  #sail(lane: Lane, held: Held, out: Outbox): void {
    if (held.next === null) return this.#close(lane);
    held.storing = held.next;
    held.next = null;
    const { record } = held.storing;
    if ((record?.container.clock.size ?? 0) > LONG_CLOCK) out.mark("clock.long");
    this.#expect(lane);
    out.store(lane.outstanding, lane, record);
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
    this.#lanes.delete(laneKey(lane));
  }

  #burn(record: StoredRecord | null): void {
    if (record?.mine) this.#sources.dots.burn(record.mine.actor);
  }

  #serves(name: ObjectName, n: number): boolean {
    return this.#locator.standing(name, n).seat !== null;
  }

  /** Whose hints of a key there may be; one of them certainly, though it may have left, or serve the key no more. */
  #owners(name: ObjectName, owner: NodeId): NodeId[] {
    const primaries = this.#locator.list(name, this.#locator.nOf(name));
    return [...new Set([...ownersOf(primaries, this.#locator.node), owner])];
  }

  #turnAway({ name, owner }: Lane, work: Work, out: Outbox): void {
    out.mark("lane.overloaded");
    if (owner !== null) this.#options.kept(owner, out);
    sayTurnedAway(this.#locator, { name, work, reason: "too much waits for the disk" }, out);
  }
}
