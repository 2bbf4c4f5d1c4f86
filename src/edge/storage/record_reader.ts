/**
 * Reading this node's own records many at a time: page by page, to fill Merkle trees, and those that stand at some of
 * their leaves, to send them (paper, section 4.7).
 *
 * What is damaged is absent, never empty: its name is given beside the records, so that the node knows what it has lost.
 *
 * @module
 */
import { type LeafKey, leafKey, POSITION_BYTES } from "../../anti_entropy/merkle_tree_key.ts";
import type { ObjectName } from "../../id.ts";
import type { StoredCopy, StoredRecord } from "../../protocol/event.ts";
import { positionOf } from "../../ring/hash.ts";
import type { ScanOptions } from "../driver_options.ts";
import { nameInRecordKey, recordsAt, recordsFrom } from "./layout.ts";
import type { ParcelStore, Present } from "./parcel_store.ts";
import { recordOf } from "./record_parcel.ts";

/** A page ends with the record that brings it to so many bytes. */
const PAGE_BYTES = 1 << 20;

/** Records, and the names of those that were met and cannot be read. */
export interface RecordPage {
  readonly records: StoredCopy[];
  readonly damaged: ObjectName[];
}

/** Reads records from parcels. */
export class RecordReader {
  readonly #parcels: ParcelStore;

  /** The records among `parcels`. */
  constructor(parcels: ParcelStore) {
    this.#parcels = parcels;
  }

  /** Records in the order of their keys: at least one if there is one. @throws If the engine cannot read. */
  async page({ after, most }: ScanOptions): Promise<RecordPage> {
    const page: RecordPage = { records: [], damaged: [] };
    let bytes = 0;
    for await (const [key, found] of this.#parcels.scan(recordsFrom(after))) {
      const copy = copyOf(key, found);
      if (copy === null) continue;
      add(page, copy);
      bytes += sizeOf(found);
      if (page.records.length >= most || bytes >= PAGE_BYTES) break;
    }
    return page;
  }

  /** The records at these leaves, in their order; none for a leaf that has none. @throws If the engine cannot read. */
  async at(keys: readonly LeafKey[]): Promise<RecordPage> {
    const page: RecordPage = { records: [], damaged: [] };
    for (const wanted of keys) {
      for await (
        const [key, found] of this.#parcels.scan(recordsAt(wanted.slice(0, POSITION_BYTES)))
      ) {
        const copy = copyOf(key, found);
        if (copy !== null && leafKey(copy.name, positionOf(copy.name)) === wanted) add(page, copy);
      }
    }
    return page;
  }
}

/** A record, or null if it cannot be read. */
interface Found {
  readonly name: ObjectName;
  readonly record: StoredRecord | null;
}

/** Null: the key is none of a record's. */
function copyOf(key: Uint8Array, found: Present): Found | null {
  const name: ObjectName | null = nameInRecordKey(key);
  if (name === null) return null;
  const record = found.kind === "parcel" ? recordOf(found.parcel) : null;
  // A record with terms of a hint is damaged for whoever fetches it, too.
  return { name, record: record?.hint === undefined ? record : null };
}

function add({ records, damaged }: RecordPage, { name, record }: Found): void {
  if (record === null) damaged.push(name);
  else records.push({ name, record });
}

function sizeOf(found: Present): number {
  if (found.kind !== "parcel") return 0;
  const { body, contents } = found.parcel;
  return [...contents.values()].reduce((sum, content) => sum + content.length, body.length);
}
