/**
 * Reading parcels off an engine. Nothing here writes or remembers; `parcel_store.ts` knows when to read and what for.
 *
 * @module
 */
import { byteString } from "../../id.ts";
import type { Engine } from "./engine.ts";
import { chunksOf } from "./layout.ts";
import {
  type BlobRef,
  chunkKeys,
  joinBlob,
  type Manifest,
  openEntry,
  type Parcel,
  unpackManifest,
} from "./parcel.ts";

/** The blobs that an entry names. */
export interface Blobs {
  readonly manifest: Manifest;
  /** The blob of a body that did not fit the entry. */
  readonly body: BlobRef | null;
}

/** What no blobs are. */
export const NO_BLOBS: Blobs = { manifest: new Map(), body: null };

/** A parcel without its contents: how long they are, the manifest says. */
export interface Outline {
  readonly blobs: Blobs;
  readonly body: Uint8Array;
}

/** Chunks by key. */
type Chunks = ReadonlyMap<string, Uint8Array>;

/** The parcel of an entry, or null if something is missing or not as it was written. */
export async function readParcel(
  engine: Engine,
  { key, entry }: { key: Uint8Array; entry: Uint8Array },
): Promise<{ parcel: Parcel; blobs: Blobs } | null> {
  let chunks: Chunks | null = null;
  const read = async (ref: BlobRef) => {
    chunks ??= await chunksOnDisk(engine, key);
    return joinBlob(ref, chunkKeys(key, ref).map((chunk) => chunks!.get(byteString(chunk))));
  };
  const opened = await openManifest({ key, entry, read });
  if (opened === null) return null;
  const { blobs, body } = opened;
  const contents = new Map<string, Uint8Array>();
  for (const [label, ref] of blobs.manifest) {
    const content = await read(ref);
    if (content === null) return null;
    contents.set(label, content);
  }
  return { parcel: { body, contents }, blobs };
}

/** The blobs that a key's entry names: none if there is no entry, null if it is damaged. */
export async function blobsOnDisk(engine: Engine, key: Uint8Array): Promise<Blobs | null> {
  const entry = await engine.get(key);
  return entry === null ? NO_BLOBS : (await readOutline(engine, { key, entry }))?.blobs ?? null;
}

/** The outline of an entry, or null if it is damaged. Whether the contents are there is not looked at. */
export function readOutline(
  engine: Engine,
  { key, entry }: { key: Uint8Array; entry: Uint8Array },
): Promise<Outline | null> {
  const read = async (ref: BlobRef) =>
    joinBlob(
      ref,
      await Promise.all(
        chunkKeys(key, ref).map(async (chunk) => await engine.get(chunk) ?? undefined),
      ),
    );
  return openManifest({ key, entry, read });
}

/** All chunks that are on the disk for a key, named or not. */
export async function chunksOnDisk(engine: Engine, key: Uint8Array): Promise<Chunks> {
  const chunks = new Map<string, Uint8Array>();
  for await (const [chunk, value] of engine.list(chunksOf(key))) {
    chunks.set(byteString(chunk), value);
  }
  return chunks;
}

/** The keys of all chunks of these blobs. */
export function chunkKeysOf(key: Uint8Array, { manifest, body }: Blobs): Uint8Array[] {
  const refs = [...manifest.values(), ...(body === null ? [] : [body])];
  return refs.flatMap((ref) => chunkKeys(key, ref));
}

async function openManifest({ key, entry, read }: {
  key: Uint8Array;
  entry: Uint8Array;
  read: (ref: BlobRef) => Promise<Uint8Array | null>;
}): Promise<Outline | null> {
  const payload = openEntry(key, entry);
  if (payload === null) return null;
  const ref = payload.kind === "blob" ? payload.ref : null;
  const bytes = payload.kind === "blob" ? await read(payload.ref) : payload.bytes;
  const unpacked = bytes === null ? null : unpackManifest(bytes);
  if (unpacked === null) return null;
  const { manifest, body } = unpacked;
  const blobs = ref === null && manifest.size === 0 ? NO_BLOBS : { manifest, body: ref };
  return { blobs, body };
}
