/**
 * Reading hints: the copies that this node keeps for others until they take them (paper, section 4.6).
 *
 * A hint is written and kept as a record is, in a keyspace of its own (`layout.ts`), and it is as hard to damage. One that
 * is damaged all the same is left out of every answer: it stays where it is, is never taken for an empty container, and
 * nobody counts on it. The operator reads of each such hint once, for it may have been the last copy of a write.
 *
 * @module
 */
import { bytesOf, byteString, compare, hex, type NodeId, type ObjectName } from "../../id.ts";
import type { StoredHint } from "../../protocol/event.ts";
import type { ScanOptions } from "../driver_options.ts";
import type { Log } from "./complaint.ts";
import { hintKey, hintsFor, KEYSPACE, keyspace, nameInHintKey, ownerInHintKey } from "./layout.ts";
import type { Parcel } from "./parcel.ts";
import type { Found, ParcelStore } from "./parcel_store.ts";
import { contentBytesOf, recordOf } from "./record_parcel.ts";

/**
 * A scan ends with the hint that brings it to so many bytes. 1 MiB is one object of the greatest size by default: so
 * hints of every size are read at about the same cost of memory.
 */
export const SCAN_BYTES = 1 << 20;
/** A dying disk damages more than anybody wants to read of. */
const MOST_NAMED = 1_000;

/** What is kept for one owner. */
export interface HintTally {
  readonly owner: NodeId;
  /** How many hints. */
  readonly copies: number;
  /** What they hold: contents and headers. */
  readonly bytes: number;
}

/** Reads hints from parcels. */
export class HintReader {
  readonly #parcels: ParcelStore;
  readonly #log: Log;
  /** Keys of damaged hints of which the operator has read. */
  readonly #named = new Set<string>();

  /** Hints among `parcels`; `log` takes a line about each damaged one. */
  constructor(parcels: ParcelStore, log: Log) {
    this.#parcels = parcels;
    this.#log = log;
  }

  /** The hint of a key for an owner, or null if none can be had. @throws If the engine cannot read. */
  async find(owner: NodeId, name: ObjectName): Promise<StoredHint | null> {
    const key = hintKey(owner, name);
    return this.#hint(owner, key, await this.#parcels.get(key));
  }

  /**
   * Hints for an owner in the order of their keys: at least one if there is one.
   *
   * @throws If the engine cannot read.
   */
  async scan(owner: NodeId, { after, most }: ScanOptions): Promise<StoredHint[]> {
    const hints: StoredHint[] = [];
    let bytes = 0;
    for await (const [key, found] of this.#parcels.scan(hintsFor(owner, after))) {
      const hint = this.#hint(owner, key, found);
      if (hint === null) continue;
      hints.push(hint);
      bytes += found.kind === "parcel" ? bytesIn(found.parcel) : 0;
      if (hints.length >= most || bytes >= SCAN_BYTES) break;
    }
    return hints;
  }

  /**
   * What is kept for each owner, in the order of owners: looks at every hint, but reads no large content.
   *
   * @throws If the engine cannot read.
   */
  async tally(): Promise<HintTally[]> {
    const tallies = new Map<NodeId, { owner: NodeId; copies: number; bytes: number }>();
    for await (const [key, outline] of this.#parcels.outlines(keyspace(KEYSPACE.hint))) {
      const owner = ownerInHintKey(key);
      const tally = tallies.get(owner) ?? { owner, copies: 0, bytes: 0 };
      tallies.set(owner, tally);
      tally.copies++;
      tally.bytes += contentBytesOf(outline);
    }
    return [...tallies.values()].sort((a, b) => compare(a.owner, b.owner));
  }

  #hint(owner: NodeId, key: Uint8Array, found: Found): StoredHint | null {
    if (found.kind === "absent") return null;
    const name = nameInHintKey(key);
    const record = found.kind === "parcel" ? recordOf(found.parcel) : null;
    if (name !== null && record?.hint !== undefined) return { owner, name, record };
    this.#complain(owner, byteString(key), name);
    return null;
  }

  #complain(owner: NodeId, key: string, name: ObjectName | null): void {
    if (this.#named.has(key) || this.#named.size === MOST_NAMED) return;
    this.#named.add(key);
    const what = name === null ? `with the key ${hex(key)}` : `of ${show(name)}`;
    this.#log(`Cannot read the hint ${what} for ${owner}: it is damaged`);
  }
}

function bytesIn({ body, contents }: Parcel): number {
  let bytes = body.length;
  for (const content of contents.values()) bytes += content.length;
  return bytes;
}

/** A name for people: type, bucket and key, quoted. */
function show({ type, bucket, key }: ObjectName): string {
  const decoder = new TextDecoder();
  return [type, bucket, key].map((part) => JSON.stringify(decoder.decode(bytesOf(part)))).join("/");
}
