/**
 * Records as parcels: the body is the codec's, with the large contents taken out and kept beside it under their dots, so
 * that a sibling that stays is not written again. A record and a hint differ by the hint's terms alone.
 *
 * @module
 */
import { ByteWriter, type Dot } from "../../id.ts";
import {
  CodecError,
  decodeRecord,
  encodeRecord,
  UnknownVersionError,
} from "../../protocol/codec.ts";
import type { StoredRecord } from "../../protocol/event.ts";
import { sizeOf } from "../../replica/coordinate.ts";
import type { Sibling } from "../../version/siblings.ts";
import type { Parcel } from "./parcel.ts";
import type { Outline } from "./parcel_read.ts";

/**
 * A record as a parcel. If its contents might not fit one entry, those that are worth an entry of their own (a sixteenth
 * of one, 4 KiB on Deno KV) are kept apart; if what is left is too large still, the parcel store sees to it.
 */
export function parcelOf(record: StoredRecord, maxValueBytes: number): Parcel {
  const contents = new Map<string, Uint8Array>();
  const share = Math.floor(maxValueBytes / 16);
  const { siblings } = record.container;
  const total = siblings.reduce((bytes, { version }) => bytes + version.content.length, 0);
  if (total <= maxValueBytes - share) return { body: encodeRecord(record), contents };
  const emptied = siblings.map(({ dot, version }): Sibling => {
    if (version.content.length <= share) return { dot, version };
    contents.set(labelOf(dot), version.content);
    return { dot, version: { ...version, content: new Uint8Array(0) } };
  });
  return { body: encodeRecord(withSiblings(record, emptied)), contents };
}

/**
 * The record of a parcel, or null if it is not one.
 *
 * @throws {UnknownVersionError} If a later version of rotor has written it: that is no damage, and must stay as it is.
 */
export function recordOf({ body, contents }: Parcel): StoredRecord | null {
  const record = decoded(body);
  if (record === null || contents.size === 0) return record;
  const filled = record.container.siblings.map(({ dot, version }): Sibling => {
    const content = contents.get(labelOf(dot));
    return { dot, version: content === undefined ? version : { ...version, content } };
  });
  return withSiblings(record, filled);
}

/** What the record of an outline holds, as the limit for hints counts it; 0 if there is none. In bytes. */
export function contentBytesOf({ body, blobs }: Outline): number {
  const record = decoded(body);
  if (record === null) return 0;
  let bytes = sizeOf(record.container); // what is kept apart is empty in there
  for (const { size } of blobs.manifest.values()) bytes += size;
  return bytes;
}

function decoded(body: Uint8Array): StoredRecord | null {
  try {
    return decodeRecord(body);
  } catch (error) {
    if (error instanceof CodecError && !(error instanceof UnknownVersionError)) return null;
    throw error;
  }
}

function withSiblings(record: StoredRecord, siblings: readonly Sibling[]): StoredRecord {
  return { ...record, container: { clock: record.container.clock, siblings } };
}

function labelOf({ actor, counter }: Dot): string {
  return new ByteWriter().shortBytes(actor).u64(counter).toByteString();
}
