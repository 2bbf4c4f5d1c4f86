/**
 * Where everything stands in an engine: keys as bytes.
 *
 * | first byte | key | value |
 * | --- | --- | --- |
 * | 1 | `u8 len, name` | a piece of metadata: `format`, `node`, `history`, `register`, `props` |
 * | 2 | `position (16) \| name` | a record |
 * | 3 | key of its owner `\| blob id (16) \| u32 index` | one chunk of a value that is too large for one entry |
 * | 4 | key of its owner | nothing: there may be chunks here that the owner does not name (see `parcel_store.ts`) |
 *
 * An *owner* is a key of keyspace 1 or 2, its first byte included; `name` is `nameBytes` of `id.ts`. No owner's key is the
 * beginning of another's, so the chunks of one owner are one range. Records begin with their position, so a range of the
 * ring is one `list` for any way to cut the ring, and no change of the ring ever moves a key.
 *
 * @module
 */
import { bytesOf, ByteWriter, nameBytes, type ObjectName } from "../../id.ts";
import { positionOf } from "../../ring/hash.ts";
import type { KeyRange } from "./engine.ts";

/** First bytes of the keys. */
export const KEYSPACE = { meta: 1, record: 2, chunk: 3, intent: 4 } as const;
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

/** The key of a chunk. */
export function chunkKey(owner: Uint8Array, blob: string, index: number): Uint8Array<ArrayBuffer> {
  return new ByteWriter().u8(KEYSPACE.chunk).raw(owner).raw(blob).u32(index).toBytes();
}

/** All chunks of one owner. */
export function chunksOf(owner: Uint8Array): KeyRange {
  return beginningWith(new ByteWriter().u8(KEYSPACE.chunk).raw(owner).toBytes());
}

/** The key that says that an owner may have chunks which it does not name. */
export function intentKey(owner: Uint8Array): Uint8Array<ArrayBuffer> {
  return new ByteWriter().u8(KEYSPACE.intent).raw(owner).toBytes();
}

/** The owner that an intent is about. */
export function ownerOf(intent: Uint8Array): Uint8Array {
  return intent.slice(1);
}

/** All of one keyspace. */
export function keyspace(tag: number): KeyRange {
  return beginningWith(new Uint8Array([tag]));
}

/** Every key that begins with these bytes, of which the first is a keyspace. */
function beginningWith(prefix: Uint8Array): KeyRange {
  let last = prefix.length - 1;
  while (prefix[last] === 255) last--;
  const end = prefix.slice(0, last + 1);
  end[last]!++;
  return { start: prefix, end };
}
