/**
 * Where everything stands in an engine: keys as bytes.
 *
 * | first byte | key | value |
 * | --- | --- | --- |
 * | 1 | `u8 len, name` | a piece of metadata: `format`, `node`, `history`, `register`, `props` |
 * | 2 | `position (16) \| name` | a record |
 * | 3 | key of its parcel `\| blob id (16) \| u32 index` | one chunk of a value that is too large for one entry |
 * | 4 | key of its parcel | nothing: there may be chunks here that the parcel does not name (see `parcel_store.ts`) |
 * | 5 | `u8 len, owner \| position (16) \| name` | a hint: the copy of a record that is kept for another node, its *owner* |
 *
 * A *parcel* is what stands under a key of keyspace 1, 2 or 5, its first byte included; `name` is `nameBytes` of `id.ts`.
 * No parcel's key is the beginning of another's, so the chunks of one parcel are one range. Records begin with their
 * position, so a range of the ring is one `list` for any way to cut the ring, and no change of the ring ever moves a key.
 * Hints begin with their owner: they go when that node takes them, so they are read owner by owner, and in the order of
 * the ring, as the owner keeps them.
 *
 * @module
 */
import {
  bytesOf,
  byteString,
  ByteWriter,
  nameBytes,
  type NodeId,
  type ObjectName,
} from "../../id.ts";
import { positionOf } from "../../ring/hash.ts";
import type { CopyName } from "../../protocol/outbox.ts";
import type { KeyRange } from "./engine.ts";

/** First bytes of the keys. */
export const KEYSPACE = { meta: 1, record: 2, chunk: 3, intent: 4, hint: 5 } as const;
const POSITION_BYTES = 16;
/** How long the name of a blob is: the boot of the process that wrote it, then a count. */
export const BLOB_ID_BYTES = 16;

/** The key of a piece of metadata. */
export function metaKey(name: string): Uint8Array<ArrayBuffer> {
  return new ByteWriter().u8(KEYSPACE.meta).shortBytes(name).toBytes();
}

/** The key of a record. */
export function recordKey(name: ObjectName): Uint8Array<ArrayBuffer> {
  return bytesOf(String.fromCharCode(KEYSPACE.record) + positionOf(name) + nameBytes(name));
}

/** The key of a copy: a record's, or a hint's. */
export function copyKey({ name, owner }: CopyName): Uint8Array<ArrayBuffer> {
  return owner === null ? recordKey(name) : hintKey(owner, name);
}

/** The key of the copy that is kept for `owner`. */
export function hintKey(owner: NodeId, name: ObjectName): Uint8Array<ArrayBuffer> {
  return bytesOf(ownerPrefix(owner) + positionOf(name) + nameBytes(name));
}

/** All that is kept for `owner`; with `after`, only what stands behind the hint of that name. */
export function hintsFor(owner: NodeId, after: ObjectName | null = null): KeyRange {
  const all = beginningWith(bytesOf(ownerPrefix(owner)));
  return after === null ? all : { start: justBehind(hintKey(owner, after)), end: all.end };
}

/** All records; with `after`, only what stands behind the record of that name. */
export function recordsFrom(after: ObjectName | null = null): KeyRange {
  const all = keyspace(KEYSPACE.record);
  return after === null ? all : { start: justBehind(recordKey(after)), end: all.end };
}

/** All records whose position begins with these bytes. */
export function recordsAt(prefix: string): KeyRange {
  return beginningWith(bytesOf(String.fromCharCode(KEYSPACE.record) + prefix));
}

/** The name in a key of a record, or null if the key is not whole. */
export function nameInRecordKey(key: Uint8Array): ObjectName | null {
  return nameIn(key, 1 + POSITION_BYTES);
}

/** The name in a key of a hint, or null if the key is not whole. */
export function nameInHintKey(key: Uint8Array): ObjectName | null {
  return nameIn(key, 2 + (key[1] ?? 0) + POSITION_BYTES);
}

/** Whose hint stands under a key. */
export function ownerInHintKey(key: Uint8Array): NodeId {
  return byteString(key.subarray(2, 2 + (key[1] ?? 0))) as NodeId;
}

function nameIn(key: Uint8Array, from: number): ObjectName | null {
  let at = from;
  const part = () => {
    if (at + 4 > key.length) return null;
    const start = at + 4;
    const length = new DataView(key.buffer, key.byteOffset + at).getUint32(0);
    at = start + length;
    return byteString(key.subarray(start, at));
  };
  const [type, bucket, last] = [part(), part(), part()];
  const whole = type !== null && bucket !== null && last !== null && at === key.length;
  return whole ? { type, bucket, key: last } : null;
}

/** The key of a chunk. */
export function chunkKey(parcel: Uint8Array, blob: string, index: number): Uint8Array<ArrayBuffer> {
  return new ByteWriter().u8(KEYSPACE.chunk).raw(parcel).raw(blob).u32(index).toBytes();
}

/** All chunks of the parcel with this key. */
export function chunksOf(parcel: Uint8Array): KeyRange {
  return beginningWith(new ByteWriter().u8(KEYSPACE.chunk).raw(parcel).toBytes());
}

/** The key that says that a parcel may have chunks which it does not name. */
export function intentKey(parcel: Uint8Array): Uint8Array<ArrayBuffer> {
  return new ByteWriter().u8(KEYSPACE.intent).raw(parcel).toBytes();
}

/** The key of the parcel that an intent is about. */
export function parcelKeyOf(intent: Uint8Array): Uint8Array {
  return intent.slice(1);
}

/** The first key of all that come after this one. */
export function justBehind(key: Uint8Array): Uint8Array<ArrayBuffer> {
  return new ByteWriter().raw(key).u8(0).toBytes();
}

/** All of one keyspace. */
export function keyspace(tag: number): KeyRange {
  return beginningWith(new Uint8Array([tag]));
}

/** What the keys of all hints for one owner begin with, and no others. */
function ownerPrefix(owner: NodeId): string {
  return String.fromCharCode(KEYSPACE.hint, owner.length) + owner;
}

/** Every key that begins with these bytes, of which the first is a keyspace. */
function beginningWith(prefix: Uint8Array): KeyRange {
  let last = prefix.length - 1;
  while (prefix[last] === 255) last--;
  const end = prefix.slice(0, last + 1);
  end[last]!++;
  return { start: prefix, end };
}
