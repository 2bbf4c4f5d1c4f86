/**
 * Parcels: values of any size, as entries of an engine that takes only small ones. This file is the bytes; how they get
 * to the disk and back is `parcel_store.ts`.
 *
 * A parcel is a *body* and some *contents*, each with a label. What is too large for one entry is a **blob**: cut into
 * chunks, each its own entry, under a name that no other blob ever had or will have. So a chunk is written once and
 * never changed, and whoever has read a blob's name can at worst find it gone, never find something else in its place.
 *
 * A content is a blob by itself, so that a parcel can be replaced without writing again what stays (one more sibling
 * beside fifteen of 1 MiB). A body that does not fit is a blob too, and then the entry only names it.
 *
 * The entry of a parcel, all numbers big-endian:
 * ```text
 * entry    = u8 format | u32 checksum | u8 kind | payload        checksum = CRC-32(key, kind, payload)
 * payload  = manifest              if kind is 0
 *          | ref                   if kind is 1: the blob that it names holds the manifest
 * manifest = u32 count, count * (u8 length, label | ref) | body
 * ref      = blob id (16) | u32 size | u32 bytes a chunk | u32 CRC-32 of all its bytes
 * ```
 * Any byte that is not as it was written is found: CRC-32 sees every change of up to 32 bits in a row, and any other but
 * one in 2^32. It is here rather than a SHA-256 because it costs 0.1 µs a KiB instead of 1.7 (15 µs a MiB instead of 500),
 * and because it guards against a disk, not against an enemy. The key is in it: an entry under another's key is damaged.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { byteString, ByteWriter } from "../../id.ts";
import { BLOB_ID_BYTES, chunkKey } from "./layout.ts";

/** The format that is written, in the first byte of every entry. */
const PARCEL_FORMAT = 1;
/** How much of a blob stands in one entry, where the engine takes that much. */
export const CHUNK_BYTES = 60 * 1024;

/** A value of any size: a body, and contents by label (at most 255 bytes each). */
export interface Parcel {
  readonly body: Uint8Array;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Where a blob is, and what it must be. */
export interface BlobRef {
  readonly id: string;
  readonly size: number;
  readonly chunkBytes: number;
  readonly checksum: number;
}

/** Which contents a parcel has, by label. */
export type Manifest = ReadonlyMap<string, BlobRef>;

/** What stands in the entry of a parcel. */
export type Payload =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "blob"; readonly ref: BlobRef };

const FIXED_BYTES = 6;
const REF_BYTES = BLOB_ID_BYTES + 12;

/** The bytes of an entry. */
export function sealEntry(key: Uint8Array, payload: Payload): Uint8Array<ArrayBuffer> {
  const bytes = payload.kind === "inline" ? payload.bytes : refBytes(payload.ref);
  const entry = new Uint8Array(FIXED_BYTES + bytes.length);
  entry[0] = PARCEL_FORMAT;
  entry[5] = payload.kind === "inline" ? 0 : 1;
  entry.set(bytes, FIXED_BYTES);
  new DataView(entry.buffer).setUint32(1, checksumOf(key, entry.subarray(5)));
  return entry;
}

/** What an entry says, or null if it is not as it was written. */
export function openEntry(key: Uint8Array, entry: Uint8Array): Payload | null {
  if (entry.length < FIXED_BYTES || entry[0] !== PARCEL_FORMAT) return null;
  const said = new DataView(entry.buffer, entry.byteOffset).getUint32(1);
  if (said !== checksumOf(key, entry.subarray(5))) return null;
  const bytes = entry.subarray(FIXED_BYTES);
  if (entry[5] === 0) return { kind: "inline", bytes };
  if (entry[5] !== 1 || bytes.length !== REF_BYTES) return null;
  return { kind: "blob", ref: readRef(bytes, 0) };
}

/** The bytes of a manifest. */
export function packManifest(manifest: Manifest, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter().u32(manifest.size);
  for (const [label, ref] of manifest) writer.shortBytes(label).raw(refBytes(ref));
  const head = writer.toBytes();
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/** A manifest and the body behind it, or null if these bytes are not one. The checksum has been looked at before. */
export function unpackManifest(
  bytes: Uint8Array,
): { manifest: Manifest; body: Uint8Array } | null {
  if (bytes.length < 4) return null;
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const manifest = new Map<string, BlobRef>();
  let at = 4;
  for (let i = 0; i < count; i++) {
    const labelEnd = at + 1 + (bytes[at] ?? 0);
    if (labelEnd + REF_BYTES > bytes.length) return null;
    manifest.set(byteString(bytes.subarray(at + 1, labelEnd)), readRef(bytes, labelEnd));
    at = labelEnd + REF_BYTES;
  }
  return { manifest, body: bytes.subarray(at) };
}

/** The name of a blob's content: where it will be, and what it must be. */
export function refOf(id: string, bytes: Uint8Array, chunkBytes: number): BlobRef {
  return { id, size: bytes.length, chunkBytes, checksum: crc32(bytes) };
}

/** The keys of all chunks of a blob, in order. */
export function chunkKeys(parcel: Uint8Array, ref: BlobRef): Uint8Array<ArrayBuffer>[] {
  const count = Math.ceil(ref.size / ref.chunkBytes);
  return Array.from({ length: count }, (_, index) => chunkKey(parcel, ref.id, index));
}

/** A blob from its chunks, or null if one is missing or anything is not as it was written. */
export function joinBlob(
  ref: BlobRef,
  chunks: readonly (Uint8Array | undefined)[],
): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(ref.size);
  let at = 0;
  for (const chunk of chunks) {
    if (chunk === undefined || at + chunk.length > ref.size) return null;
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return at === ref.size && crc32(bytes) === ref.checksum ? bytes : null;
}

function checksumOf(key: Uint8Array, rest: Uint8Array): number {
  return crc32(rest, crc32(key));
}

function refBytes({ id, size, chunkBytes, checksum }: BlobRef): Uint8Array {
  return new ByteWriter().raw(id).u32(size).u32(chunkBytes).u32(checksum).toBytes();
}

function readRef(bytes: Uint8Array, at: number): BlobRef {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + BLOB_ID_BYTES);
  return {
    id: byteString(bytes.subarray(at, at + BLOB_ID_BYTES)),
    size: view.getUint32(0),
    chunkBytes: view.getUint32(4),
    checksum: view.getUint32(8),
  };
}
