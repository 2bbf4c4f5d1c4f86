/**
 * Settle: forgetting deleted keys, and values that have expired, when that is safe; and shortening clocks (protocol.md, Part 1
 * c). The paper does not say how.
 *
 * A delete leaves a tombstone. It may go when nothing older is anywhere any more: on no disk, in no hint, in no request, on no
 * way. Nobody can see that by himself, nor can all of them in one moment. The **leader** of a range, its first owner on the
 * ring, finds out in two rounds (`rounds.ts`):
 *
 * 1. It asks every member. All replicas hold this and nothing else, everybody else keeps nothing: what is older is under way
 *    at most.
 * 2. Nothing that is under way lives longer than M + D. After that it asks again. If all say the same, and none has kept a
 *    copy for another in between (`witness.ts`), nothing older is anywhere.
 *
 * Then the replicas compare, delete, and dig a grave (`replica/graves.ts`).
 *
 * **A member that is down stalls settling, and never deleting**: tombstones stay until it is back (`waiting.ts`). A leader
 * that starts again begins with round 1. But when all first agreed on a key is durable (`agreedMs`, beside the record): a
 * backup that is younger than G may be merged, and must not hold what is older.
 *
 * @module
 */
import { type Digest, nameBytes, type NodeId, type ObjectName } from "../id.ts";
import type { Slice, Slices } from "../protocol/background.ts";
import { type Config, lifeMs, quietMs } from "../protocol/config.ts";
import type { FetchResult, ScanResult, StoredHint, StoredRecord } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message, Settling } from "../protocol/message.ts";
import type { CopyName, Outbox } from "../protocol/outbox.ts";
import { Rounds } from "./rounds.ts";
import { type Entry, type Led, Waiting } from "./waiting.ts";
import { Witness } from "./witness.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** Keys that are remembered at most. More are found again. */
const MOST_WAITING = 100_000;
/** Records that are read at a time, to find what waits. */
const PAGE = 256;
/** After so many looks at the list the records are looked through again, if some keys were left out of it. */
const SWEEPS = 60;

/** Keys to whose leaders this node has said yes, and which it remembers. Of those before them it says no. */
const MOST_VOWS = 200_000;
/** Keys of which copies go on one slice. */
const FEW = 8;

/** What a replica is to do with a key. */
export type Settled =
  /** Keep that everybody has agreed on it, at this time. */
  | { readonly kind: "agree"; readonly digest: Digest; readonly atMs: number }
  /** Do it. */
  | { readonly kind: "settle"; readonly how: Settling; readonly digest: Digest };

/** What a {@linkcode Settle} is made of. */
export interface SettleOptions {
  readonly locator: Locator;
  readonly config: Config;
  /** Before it reads a page of records, asks, looks at a few keys or lets a few go, it waits its turn. */
  readonly slices: Slices;
  /** Numbers its questions and its reading. */
  readonly next: () => number;
  /** Where a key belongs, if this node leads its range; else null. */
  readonly leads: (name: ObjectName) => Led | null;
  /** For whom this node may keep copies. */
  readonly owners: () => readonly NodeId[];
  /** Whether anybody is at work on a copy of a key. */
  readonly isAtWork: (name: ObjectName, owners: Iterable<NodeId>) => boolean;
  /** A record has gone bad, and nobody may have noticed yet. */
  readonly damaged: (name: ObjectName, out: Outbox) => void;
  /** Keys that are remembered at most. @default 100000 */
  readonly mostWaiting?: number;
  /** Keys to whose leaders it has said yes that are remembered at most. @default 200000 */
  readonly mostVows?: number;
  /** Something is to be done with this node's own copy, if it is still this one. */
  readonly settled: (name: ObjectName, what: Settled, out: Outbox) => void;
}

/** What waits to be settled, for whoever looks after the node. */
export interface SettleOverview {
  /** Whether all records have been looked through since the start. */
  readonly isFull: boolean;
  /** What waits in the ranges that this node leads. */
  readonly entries: readonly Entry[];
  /** Keys that wait besides: there was no room for them. */
  readonly leftOut: number;
  /** Members that are held to be down: without them nothing goes. */
  readonly stalledBy: readonly NodeId[];
}

/** What is to be done with one key here. */
interface ToDo {
  readonly name: ObjectName;
  readonly n: number;
  readonly what: Extract<Settled, { kind: "settle" }>;
  readonly untilMs: number;
}

/** Settling, at one node: as leader, and as one who is asked. */
export class Settle {
  readonly #options: SettleOptions;
  readonly #waiting: Waiting;
  readonly #witness: Witness;
  readonly #rounds: Rounds;
  /** The wall clock, when it was last looked at. */
  #wallMs = 0;
  #sweeps = 0;
  #sweepAtMs = 0;
  /** The scan that is outstanding; 0 if none. */
  #filling = 0;
  /** What has been stored since it was asked for: of these the page may be older than what is known. */
  readonly #fresh = new Set<string>();
  /** Leave to read; 0 if there is none. */
  #slice: Slice = 0;
  /** Whether it waits for leave to read, and to let keys go. */
  readonly #waits = { toRead: false, toDo: false };
  /** Keys that are to go here, as it was told, and until when they may. */
  readonly #toDo: ToDo[] = [];
  #isFull = false;
  /** Whether ranges have come that are led here since the reading began. */
  #isBehind = false;

  /** Nothing is known of any record. */
  constructor(options: SettleOptions) {
    this.#options = options;
    const { config, slices, leads, locator, next, owners, isAtWork, damaged, settled } = options;
    const { reapAfterMs, expiryMarginMs, settleMs, requestTimeoutMs } = config;
    const horizonMs = SWEEPS * settleMs;
    const { mostWaiting: most = MOST_WAITING } = options;
    this.#waiting = new Waiting({ leads, reapAfterMs, expiryMarginMs, horizonMs, most });
    this.#rounds = new Rounds({
      ...{ locator, config, slices, next, waiting: this.#waiting },
      moved: (out) => this.#wake(out),
      agreed: (name, digest, out) =>
        settled(name, { kind: "agree", digest, atMs: out.now.wallMs }, out),
    });
    const keepMs = 2 * (quietMs(config) + requestTimeoutMs);
    this.#witness = new Witness({
      ...{ locator, slices, next, owners, isAtWork, expiryMarginMs, damaged, keepMs },
      answerMs: requestTimeoutMs,
      mostVows: options.mostVows ?? MOST_VOWS,
    });
  }

  /** What waits, for people. */
  get overview(): SettleOverview {
    const { entries, leftOut } = this.#waiting;
    const stalledBy = this.#rounds.down;
    return { isFull: this.#isFull, entries: [...entries], leftOut, stalledBy };
  }

  /** What it holds in memory. */
  snapshot(): object {
    return {
      waiting: this.#waiting.snapshot(),
      witness: this.#witness.snapshot(),
      rounds: this.#rounds.snapshot(),
      filling: this.#filling,
      fresh: [...this.#fresh],
      waits: { ...this.#waits },
      toDo: [...this.#toDo],
      isFull: this.#isFull,
      isBehind: this.#isBehind,
      sweeps: this.#sweeps,
      // Until then its timer says it.
      sweepAtMs: this.#sweeps === 0 ? null : this.#sweepAtMs,
    };
  }

  /** The node serves. What waits on its disk is looked for with the first sweep. */
  onReady(out: Outbox): void {
    this.#witness.onReady();
    this.#sweepAtMs = out.now.monoMs + this.#options.config.settleMs;
    this.#wake(out);
  }

  /** This node leads ranges that it did not lead: what waits there is looked for with the next sweep. */
  onLed(): void {
    this.#isFull = false;
    this.#isBehind = this.#filling !== 0 || this.#waits.toRead;
  }

  /** This is durable of a key. */
  onStored(name: ObjectName, record: StoredRecord | null): void {
    if (this.#filling !== 0) this.#fresh.add(nameBytes(name));
    this.#waiting.onStored(name, record, this.#wallMs);
  }

  /** Work on a copy begins. */
  onOpened(copy: CopyName): void {
    this.#witness.onOpened(copy);
  }

  /** What a look waits for is here. False if the number is none of this room's. */
  onFetched(
    fetch: number,
    found: {
      readonly result: FetchResult;
      readonly hints?: readonly StoredHint[] | undefined;
    },
    out: Outbox,
  ): boolean {
    return this.#witness.onFetched(fetch, found, out);
  }

  /** Records are here. False if the number is none of this room's. */
  onScanned(scan: number, result: ScanResult, out: Outbox): boolean {
    if (scan !== this.#filling) return false;
    this.#filling = 0;
    this.#options.slices.end(this.#slice, out);
    const fresh = new Set(this.#fresh);
    this.#fresh.clear();
    // It is tried again with the next sweep.
    if (result.kind !== "records") return true;
    for (const { name, record } of result.records) {
      if (!fresh.has(nameBytes(name))) {
        this.#waiting.onStored(name, record, out.now.wallMs);
      }
    }
    const last = result.records.at(-1);
    if (last !== undefined) this.#scan(last.name, out);
    else [this.#isFull, this.#isBehind] = [!this.#isBehind, false];
    return true;
  }

  /** A batch goes on, or is given up; or it is time to look at the list. */
  onTimer(out: Outbox): void {
    this.#wallMs = out.now.wallMs;
    this.#rounds.onTimer(out);
    if (this.#sweepAtMs <= out.now.monoMs) this.#sweep(out);
    this.#wake(out);
  }

  /** A message of this room has come. */
  onMessage(
    from: NodeId,
    message: MessageOf<"settle_ask" | "settle_reply" | "settle_do">,
    out: Outbox,
  ): void {
    switch (message.kind) {
      case "settle_ask":
        return this.#witness.onAsk(from, message, out);
      case "settle_reply":
        this.#rounds.onReply(from, message, out);
        return this.#wake(out);
      case "settle_do":
        return this.#onDo(message, out);
    }
  }

  #onDo({ n, how, keys }: MessageOf<"settle_do">, out: Outbox): void {
    // What is done later than a request lives would be under way for longer than anything may be.
    const untilMs = out.now.monoMs + lifeMs(this.#options.config);
    for (const { name, digest } of keys) {
      this.#toDo.push({ name, n, what: { kind: "settle", how, digest }, untilMs });
    }
    this.#doOn(out);
  }

  /** A few keys more go, when it is their turn. What was told too long ago does not: it is told again. */
  #doOn(out: Outbox): void {
    const { slices, locator, settled } = this.#options;
    if (this.#waits.toDo || this.#toDo.length === 0) return;
    this.#waits.toDo = true;
    slices.ask("settle", (slice, out) => {
      this.#waits.toDo = false;
      const late = this.#toDo.findIndex(({ untilMs }) => untilMs >= out.now.monoMs);
      this.#toDo.splice(0, late < 0 ? this.#toDo.length : late);
      for (const { name, n, what } of this.#toDo.splice(0, FEW)) {
        if (locator.standing(name, n).seat === null) out.mark("settle.not_serving");
        else settled(name, what, out);
      }
      // Nobody says when they are gone: this bounds how many begin to go, and when.
      slices.end(slice, out);
      this.#doOn(out);
    }, out);
  }

  #sweep(out: Outbox): void {
    this.#sweepAtMs = out.now.monoMs + this.#options.config.settleMs;
    this.#sweeps++;
    const again = this.#sweeps % SWEEPS === 0 && this.#waiting.leftOut > 0;
    if (this.#filling === 0 && !this.#waits.toRead && (!this.#isFull || again)) {
      this.#waiting.leftOut = 0;
      this.#scan(null, out);
    }
    this.#rounds.sweep(out);
  }

  #scan(after: ObjectName | null, out: Outbox): void {
    const { slices, next } = this.#options;
    this.#waits.toRead = true;
    slices.ask("settle", (slice, out) => {
      this.#waits.toRead = false;
      this.#slice = slice;
      this.#filling = next();
      out.scanRecords(this.#filling, { after, most: PAGE });
    }, out);
  }

  /** One timer: for the next batch that waits, or for the next sweep. */
  #wake(out: Outbox): void {
    const atMs = Math.min(this.#sweepAtMs, this.#rounds.wakeAtMs);
    out.setTimer({ kind: "settle" }, Math.max(0, atMs - out.now.monoMs));
  }
}
