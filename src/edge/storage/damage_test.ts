/**
 * S21: a damaged record is damaged, whatever byte of it: never found with other data, never empty, and nobody else's.
 */
import { assertEquals } from "@std/assert";
import { actor, BOOT, objectName, version } from "../../../props/generators.ts";
import type { Boot } from "../../id.ts";
import { bytesOf, byteString } from "../../id.ts";
import type { StoredRecord } from "../../protocol/event.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import { audit } from "./audit.ts";
import { denoKvSizeOf } from "./deno_kv.ts";
import type { Limits, Mutation } from "./engine.ts";
import { recordKey } from "./layout.ts";
import { MemoryDisk, MemoryEngine } from "./memory.ts";
import { RecordStore } from "./record_store.ts";

const LIMITS: Limits = {
  maxKeyBytes: 512,
  maxValueBytes: 512,
  maxCommitBytes: 2_048,
  maxCommitKeyBytes: 1_024,
  maxCommitMutations: 6,
};
const HARMED = objectName("b", "harmed");
const OTHER = objectName("b", "other");

/** A record of one sibling for each size. */
function record(...sizes: number[]): StoredRecord {
  let container = EMPTY;
  for (const [i, size] of sizes.entries()) {
    const dot = { actor: actor("a"), counter: i + 1 };
    const content = new Uint8Array(size).fill(i + 1);
    container = write(container, FRESH, dot, version("", { content }));
  }
  return { container, mine: { actor: actor("a"), counter: sizes.length } };
}

const SHAPES: Record<string, StoredRecord> = {
  "one entry": record(40),
  "contents apart": record(40, 600, 1_200),
  "a body that is apart, too": record(...Array(12).fill(30), 700),
};

/** Every entry of a disk, as an engine sees it. */
async function entriesOf(disk: MemoryDisk): Promise<Map<string, Uint8Array>> {
  const entries = new Map<string, Uint8Array>();
  const range = { start: new Uint8Array(0), end: new Uint8Array([255]) };
  for await (const [key, value] of new MemoryEngine({ disk }).list(range)) {
    entries.set(byteString(key), value);
  }
  return entries;
}

async function diskWith(shape: StoredRecord): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const store = await open(disk);
  await store.store(OTHER, SHAPES["one entry"]!);
  await store.store(HARMED, shape);
  await store.close();
  return disk;
}

function open(disk: MemoryDisk, boot: Boot = BOOT): Promise<RecordStore> {
  const engine = new MemoryEngine({ disk, limits: LIMITS, sizeOf: denoKvSizeOf });
  return RecordStore.open(engine, { boot });
}

/** A copy of the disk with one change that no store made. */
function harmed(disk: MemoryDisk, mutation: Mutation): MemoryDisk {
  const copy = disk.copy();
  const key = byteString(mutation.key);
  if (mutation.kind === "put") copy.put(key, mutation.value);
  else copy.delete(key);
  return copy;
}

for (const [what, shape] of Object.entries(SHAPES)) {
  Deno.test(`S21 ${what}: any flipped byte is damage, to this record alone`, async () => {
    const disk = await diskWith(shape);
    const store = await open(disk);
    const untouched = new Set([byteString(recordKey(OTHER)), "\x01\x06format"]);
    let flips = 0;
    for (const [key, value] of await entriesOf(disk)) {
      if (untouched.has(key)) continue;
      for (let i = 0; i < value.length; i++) {
        flips++;
        const flipped = value.slice();
        flipped[i]! ^= 1 << (i % 8);
        disk.put(key, flipped);
        assertEquals(await store.fetch(HARMED), { kind: "damaged" }, `byte ${i}`);
        assertEquals((await store.fetch(OTHER)).kind, "record");
      }
      disk.put(key, value);
    }
    assertEquals(flips >= 100, true);
    assertEquals(await store.fetch(HARMED), { kind: "record", record: shape });
  });

  Deno.test(`S21 ${what}: a missing, short or long piece is damage; a new record mends it`, async () => {
    const disk = await diskWith(shape);
    for (const [key, value] of await entriesOf(disk)) {
      if (key === byteString(recordKey(OTHER)) || key === "\x01\x06format") continue;
      const piece = bytesOf(key);
      const isEntry = key === byteString(recordKey(HARMED));
      for (
        const harm of [
          { kind: "delete", key: piece },
          { kind: "put", key: piece, value: value.subarray(0, -1) },
          { kind: "put", key: piece, value: bytesOf(`${byteString(value)}\0`) },
          { kind: "put", key: piece, value: new Uint8Array(0) },
        ] as const
      ) {
        const copy = harmed(disk, harm);
        const store = await open(copy, "boot two" as Boot);
        // An entry that is gone is absent, and that is all that anybody can say.
        const kind = isEntry && harm.kind === "delete" ? "absent" : "damaged";
        assertEquals(await store.fetch(HARMED), { kind });
        assertEquals(await store.store(HARMED, shape), "durable");
        assertEquals(await store.fetch(HARMED), { kind: "record", record: shape });
        await store.close();
        const findings = await audit(new MemoryEngine({ disk: copy }));
        // Without its entry nobody knows of the chunks: the one thing that is left lying, and it harms nobody.
        assertEquals(kind === "absent" ? [] : findings, []);
      }
    }
  });
}

Deno.test("S21 an entry under another's key is damage", async () => {
  const disk = await diskWith(record(40));
  const entries = await entriesOf(disk);
  disk.put(byteString(recordKey(HARMED)), entries.get(byteString(recordKey(OTHER)))!);
  const store = await open(disk);
  assertEquals(await store.fetch(HARMED), { kind: "damaged" });
});
