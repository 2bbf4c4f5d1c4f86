/**
 * Looks a whole store over for what should not be there. The laws about crashes end with it.
 *
 * @module
 */
import { byteString, hex } from "../../id.ts";
import type { Engine } from "./engine.ts";
import { KEYSPACE, keyspace, metaKey } from "./layout.ts";
import { blobsOnDisk, chunkKeysOf } from "./parcel_read.ts";

/** Everything that breaks the layout's promises, in words: no intent left, every chunk named, every named chunk there. */
export async function audit(engine: Engine): Promise<string[]> {
  const findings: string[] = [];
  const chunks = new Set<string>();
  for await (const [key] of engine.list(keyspace(KEYSPACE.chunk))) chunks.add(byteString(key));
  for await (const [key] of engine.list(keyspace(KEYSPACE.intent))) {
    findings.push(`an intent is left: ${hex(byteString(key))}`);
  }
  for (const tag of [KEYSPACE.meta, KEYSPACE.record, KEYSPACE.hint]) {
    for await (const [parcel] of engine.list(keyspace(tag))) {
      if (byteString(parcel) === byteString(metaKey("format"))) continue;
      const blobs = await blobsOnDisk(engine, parcel);
      if (blobs === null) findings.push(`an entry is damaged: ${hex(byteString(parcel))}`);
      for (const chunk of blobs === null ? [] : chunkKeysOf(parcel, blobs)) {
        const name = byteString(chunk);
        if (!chunks.delete(name)) findings.push(`a chunk is missing: ${hex(name)}`);
      }
    }
  }
  for (const chunk of chunks) findings.push(`nothing names a chunk: ${hex(chunk)}`);
  return findings;
}
