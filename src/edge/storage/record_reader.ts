/**
 * Reading this node's own records many at a time: page by page, to fill Merkle trees, and those that stand at some of
 * their leaves, to send them (paper, section 4.7).
 *
 * What is damaged is left out: it is absent, never empty. Whoever reads it by its name is told of it.
 *
 * @module
 */
import { type LeafKey, leafKey, POSITION_BYTES } from "../../anti_entropy/merkle_tree_key.ts";
import type { ObjectName } from "../../id.ts";
import type { StoredCopy } from "../../protocol/event.ts";
import { positionOf } from "../../ring/hash.ts";
import type { ScanOptions } from "../driver_options.ts";
import { nameInRecordKey, recordsAt, recordsFrom } from "./layout.ts";
import type { ParcelStore, Present } from "./parcel_store.ts";
import { recordOf } from "./record_parcel.ts";

/** A page ends with the record that brings it to so many bytes. */
const PAGE_BYTES = 1 << 20;

/** Reads records from parcels. */
export class RecordReader {
  readonly #parcels: ParcelStore;

  /** The records among `parcels`. */
  constructor(parcels: ParcelStore) {
    this.#parcels = parcels;
  }

  /** Records in the order of their keys: at least one if there is one. @throws If the engine cannot read. */
  async page({ after, most }: ScanOptions): Promise<StoredCopy[]> {
    const copies: StoredCopy[] = [];
    let bytes = 0;
    for await (const [key, found] of this.#parcels.scan(recordsFrom(after))) {
      const copy = copyOf(key, found);
      if (copy === null) continue;
      copies.push(copy);
      bytes += sizeOf(found);
      if (copies.length >= most || bytes >= PAGE_BYTES) break;
    }
    return copies;
  }

  /** The records at these leaves, in their order; none for a leaf that has none. @throws If the engine cannot read. */
  async at(keys: readonly LeafKey[]): Promise<StoredCopy[]> {
    const copies: StoredCopy[] = [];
    for (const wanted of keys) {
      for await (
        const [key, found] of this.#parcels.scan(recordsAt(wanted.slice(0, POSITION_BYTES)))
      ) {
        const copy = copyOf(key, found);
        if (copy !== null && leafKey(copy.name, positionOf(copy.name)) === wanted) {
          copies.push(copy);
        }
      }
    }
    return copies;
  }
}

function copyOf(key: Uint8Array, found: Present): StoredCopy | null {
  const name: ObjectName | null = nameInRecordKey(key);
  const record = found.kind === "parcel" ? recordOf(found.parcel) : null;
  // A record with terms of a hint is damaged for whoever fetches it, too.
  return name === null || record === null || record.hint !== undefined ? null : { name, record };
}

function sizeOf(found: Present): number {
  if (found.kind !== "parcel") return 0;
  const { body, contents } = found.parcel;
  return [...contents.values()].reduce((sum, content) => sum + content.length, body.length);
}
