/**
 * S21: what a later rotor has written is no damage: it is not read, not taken for something else, and not written over.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { BOOT, objectName } from "../../../props/generators.ts";
import { record } from "../../../props/stored.ts";
import { byteString, nodeId } from "../../id.ts";
import { encodeRecord, FORMAT } from "../../protocol/codec.ts";
import type { CopyName } from "../../protocol/outbox.ts";
import { copyKey } from "./layout.ts";
import { MemoryDisk, MemoryEngine } from "./memory.ts";
import { packManifest, sealEntry } from "./parcel.ts";
import { RecordStore, StoreError } from "./record_store.ts";

const OWNER = nodeId("owner");
const NAME = objectName("b", "k");
const WHY = `Cannot decode a record: it is of a newer format, ${FORMAT} wanted, got ${FORMAT + 1}`;

/** A disk with a copy that a later rotor has written: whole, as far as checksums go. */
function diskWith(copy: CopyName): { disk: MemoryDisk; entry: Uint8Array } {
  const disk = new MemoryDisk();
  const body = encodeRecord(record(40));
  body[0]!++;
  const key = copyKey(copy);
  const entry = sealEntry(key, { kind: "inline", bytes: packManifest(new Map(), body) });
  return { disk, entry };
}

async function open(disk: MemoryDisk, log: (line: string) => void): Promise<RecordStore> {
  return await RecordStore.open(new MemoryEngine({ disk }), { boot: BOOT, log });
}

Deno.test("S21 a record of a newer rotor is no damage: reads fail in words, and it stays as it is", async () => {
  const copy = { name: NAME, owner: null };
  const { disk, entry } = diskWith(copy);
  const lines: string[] = [];
  const store = await open(disk, (line) => lines.push(line));
  disk.put(byteString(copyKey(copy)), entry);
  const failed = { kind: "failed", reason: WHY } as const;
  assertEquals(await store.fetch(NAME), { result: failed, hints: [] });
  assertEquals(await store.scanRecords({ after: null, most: 9 }), failed);
  assertEquals(lines, [`Cannot read the store: ${WHY}`]);
  assertEquals(await new MemoryEngine({ disk }).get(copyKey(copy)), entry);
});

Deno.test("S21 with a hint of a newer rotor the store is not opened: it may be the only copy", async () => {
  const copy = { name: NAME, owner: OWNER };
  const { disk, entry } = diskWith(copy);
  const store = await open(disk, () => {});
  disk.put(byteString(copyKey(copy)), entry);
  const said = await assertRejects(() => store.restore(), StoreError);
  assertEquals(said.message, `Cannot open the store: a hint cannot be read: ${WHY}`);
});
