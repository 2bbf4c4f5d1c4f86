/**
 * What waits to be settled in the ranges that this node leads: keys of which nothing is left but deletes and what has
 * expired, and keys whose clocks have grown long.
 *
 * The list is kept in memory: it follows every store, and is filled from the disk after a start. Its room is bounded, and half
 * of it is for keys that can go soon. While others had to be left out, the records are looked through again now and then.
 *
 * @module
 */
import { type Digest, nameBytes, type ObjectName, type Position } from "../id.ts";
import type { StoredRecord } from "../protocol/event.ts";
import type { SettleAnswer, Settling } from "../protocol/message.ts";
import { containerDigest } from "../version/digest.ts";
import { goneFromMs, isLong } from "../version/settled.ts";
import type { Container } from "../version/siblings.ts";

/** One key that waits. */
export interface Entry {
  /** The key. */
  readonly name: ObjectName;
  /** On how many nodes it lives. */
  readonly n: number;
  /** Of what this node holds. */
  readonly digest: Digest;
  /** From when on nothing of it is shown, by the wall clock, as long as all nodes' clocks may differ; null: never. */
  readonly goneFromMs: number | null;
  /** Whether its clock can be shortened, and should be. */
  readonly isLong: boolean;
  /** When all members agreed that it is all there is, by the wall clock; null: they have not yet. */
  agreedMs: number | null;
  /** Whether it is being asked about. */
  asked: boolean;
  /** Whether that was answered since the last sweep: it is asked about again with the next one. */
  tried: boolean;
  /** Why it did not go when it was last asked about; null: it was not. */
  refused: Exclude<SettleAnswer, "yes"> | "silence" | null;
}

/** Where a key belongs, as the node sees it now. */
export interface Led {
  /** The end of its range. */
  readonly end: Position;
  readonly n: number;
}

/** What a {@linkcode Waiting} is made of. */
export interface WaitingOptions {
  /** Where a key belongs, if this node leads its range; else null. */
  readonly leads: (name: ObjectName) => Led | null;
  /** G, in ms. */
  readonly reapAfterMs: number;
  /** So long after a version has expired it is taken to have expired everywhere. In ms. */
  readonly expiryMarginMs: number;
  /** What can go within so long can go soon. In ms. */
  readonly horizonMs: number;
  /** Keys that are remembered at most. */
  readonly most: number;
}

/** The list. */
export class Waiting {
  readonly #options: WaitingOptions;
  /** In the order in which they are asked about. */
  readonly #entries = new Map<string, Entry>();
  /** How many keys were left out since the records were last looked through. */
  leftOut = 0;

  /** Nothing waits. */
  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** How many are in the list. */
  get size(): number {
    return this.#entries.size;
  }
  /** All that are in the list. */
  get entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** This is durable of a key. */
  onStored(name: ObjectName, record: StoredRecord | null, wallMs: number): void {
    const wants = record === null ? null : this.#wants(record.container);
    if (record === null || wants === null) {
      if (this.#entries.size > 0) this.#entries.delete(nameBytes(name));
      return;
    }
    const key = nameBytes(name);
    const digest = containerDigest(name, record.container);
    const known = this.#entries.get(key);
    if (known?.digest === digest) {
      known.agreedMs ??= record.agreedMs ?? null;
      return;
    }
    this.#entries.delete(key);
    const led = this.#options.leads(name);
    if (led === null) return;
    const agreedMs = record.agreedMs ?? null;
    const entry = {
      name,
      n: led.n,
      digest,
      ...wants,
      agreedMs,
      asked: false,
      tried: false,
      refused: null,
    };
    if (this.#hasRoomFor(entry, this.size, wallMs)) this.#entries.set(key, entry);
    else this.leftOut++;
  }

  /** Where a key belongs now, if this node still leads its range; else null. */
  ledNow({ name }: Entry): Led | null {
    return this.#options.leads(name);
  }

  /** What is to be done with a key at this time: what is gone is reaped, what is long and stays is shortened. */
  how({ goneFromMs, isLong }: Pick<Entry, "goneFromMs" | "isLong">, wallMs: number): Settling {
    return isLong && !(goneFromMs !== null && goneFromMs <= wallMs) ? "shorten" : "reap";
  }

  /** Whether that may be done, as far as time is concerned. */
  isDue(entry: Pick<Entry, "goneFromMs" | "isLong" | "agreedMs">, wallMs: number): boolean {
    const { goneFromMs, agreedMs } = entry;
    const isReady = this.how(entry, wallMs) === "shorten" ||
      (goneFromMs !== null && goneFromMs <= wallMs);
    return isReady && (agreedMs === null || agreedMs + this.#options.reapAfterMs <= wallMs);
  }

  /**
   * It was asked about, and stays: behind all others, or what is refused again and again would hold them up. It leaves the
   * list if it cannot go for long.
   */
  stays(entry: Entry, refused: Entry["refused"], wallMs: number): void {
    Object.assign(entry, { asked: false, tried: true, refused });
    if (!this.forget(entry)) return;
    if (this.#hasRoomFor(entry, this.size, wallMs)) this.#entries.set(nameBytes(entry.name), entry);
    else this.leftOut++;
  }

  /** It waits no more. False if it did not. */
  forget(entry: Entry): boolean {
    const key = nameBytes(entry.name);
    return this.#entries.get(key) === entry && this.#entries.delete(key);
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { entries: [...this.#entries.values()], leftOut: this.leftOut };
  }

  #wants(container: Container): Pick<Entry, "goneFromMs" | "isLong"> | null {
    const gone = goneFromMs(container);
    const isTooLong = isLong(container);
    if (gone === null && !isTooLong) return null;
    // A delete does not depend on anybody's clock.
    const marginMs = gone === null || gone === 0 ? 0 : this.#options.expiryMarginMs;
    return { goneFromMs: gone === null ? null : gone + marginMs, isLong: isTooLong };
  }

  /** Beside so many others. Half of the list is for those that can go soon. */
  #hasRoomFor(
    entry: Pick<Entry, "goneFromMs" | "isLong" | "agreedMs">,
    others: number,
    wallMs: number,
  ): boolean {
    if (others < this.#options.most / 2) return true;
    return others < this.#options.most && this.isDue(entry, wallMs + this.#options.horizonMs);
  }
}
