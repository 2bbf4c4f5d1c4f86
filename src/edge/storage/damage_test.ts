/**
 * S21: a damaged record is damaged, whatever byte of it: never found with other data, never empty, and nobody else's.
 */
import { assertEquals } from "@std/assert";
import { actor, BOOT, objectName, version } from "../../../props/generators.ts";
import { type Boot, bytesOf, byteString, nodeId } from "../../id.ts";
import { encodeRecord } from "../../protocol/codec.ts";
import type { StoredRecord } from "../../protocol/event.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import type { CopyName } from "../../protocol/outbox.ts";
import { audit } from "./audit.ts";
import { denoKvSizeOf } from "./deno_kv.ts";
import type { Limits, Mutation } from "./engine.ts";
import { copyKey } from "./layout.ts";
import { MemoryDisk, MemoryEngine } from "./memory.ts";
import { packManifest, sealEntry } from "./parcel.ts";
import { RecordStore } from "./record_store.ts";

const LIMITS: Limits = {
  maxKeyBytes: 512,
  maxValueBytes: 512,
  maxCommitBytes: 2_048,
  maxCommitKeyBytes: 1_024,
  maxCommitMutations: 6,
};
const OWNER = nodeId("owner");

/** A copy that is harmed and another that is not: records, or hints for one owner. */
interface Pair {
  readonly harmed: CopyName;
  readonly other: CopyName;
}

function pairFor(owner: CopyName["owner"]): Pair {
  return {
    harmed: { name: objectName("b", "harmed"), owner },
    other: { name: objectName("b", "other"), owner },
  };
}

const RECORDS = pairFor(null);
const HINTS = pairFor(OWNER);

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

async function diskWith(shape: StoredRecord, { harmed, other }: Pair): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const store = await open(disk);
  await store.store(other, asStored(other, SHAPES["one entry"]!));
  await store.store(harmed, asStored(harmed, shape));
  await store.close();
  return disk;
}

/** The record as it may stand there. */
function asStored({ owner }: CopyName, record: StoredRecord): StoredRecord {
  return owner === null ? record : { ...record, hint: { n: 3, seat: 2, w: 1 } };
}

/** What can be found of a copy, by a fetch and by a scan alike: the record, or how it is not there. */
async function look(store: RecordStore, { name, owner }: CopyName): Promise<StoredRecord | string> {
  const { result, hints } = await store.fetch(name, owner === null ? [] : [owner]);
  if (owner === null) return result.kind === "record" ? result.record : result.kind;
  const scan = await store.scanHints(owner, { after: null, most: 9 });
  const scanned = scan.kind === "hints" ? scan.hints : [];
  assertEquals(scanned.filter((hint) => hint.name.key === name.key), hints);
  return hints[0]?.record ?? "left out";
}

function open(disk: MemoryDisk, boot: Boot = BOOT): Promise<RecordStore> {
  const engine = new MemoryEngine({ disk, limits: LIMITS, sizeOf: denoKvSizeOf });
  return RecordStore.open(engine, { boot });
}

/** A copy of the disk with one change that no store made. */
function withHarm(disk: MemoryDisk, mutation: Mutation): MemoryDisk {
  const copy = disk.copy();
  const key = byteString(mutation.key);
  if (mutation.kind === "put") copy.put(key, mutation.value);
  else copy.delete(key);
  return copy;
}

for (
  const [what, shape, pair] of Object.entries(SHAPES).flatMap(([shapeName, shape]) => [
    [`a record of ${shapeName}`, shape, RECORDS] as const,
    [`a hint of ${shapeName}`, shape, HINTS] as const,
  ])
) {
  const { harmed, other } = pair;
  const whole = asStored(harmed, shape);
  const untouched = new Set([byteString(copyKey(other)), "\x01\x06format"]);
  const damaged = harmed.owner === null ? "damaged" : "left out";

  Deno.test(`S21 ${what}: any flipped byte is damage, to this one alone`, async () => {
    const disk = await diskWith(shape, pair);
    const store = await open(disk);
    let flips = 0;
    for (const [key, value] of await entriesOf(disk)) {
      if (untouched.has(key)) continue;
      for (let i = 0; i < value.length; i++) {
        flips++;
        const flipped = value.slice();
        flipped[i]! ^= 1 << (i % 8);
        disk.put(key, flipped);
        assertEquals(await look(store, harmed), damaged, `byte ${i}`);
        assertEquals(typeof await look(store, other), "object");
      }
      disk.put(key, value);
    }
    assertEquals(flips >= 100, true);
    assertEquals(await look(store, harmed), whole);
  });

  Deno.test(`S21 ${what}: a missing, short or long piece is damage; a new one mends it`, async () => {
    const disk = await diskWith(shape, pair);
    for (const [key, value] of await entriesOf(disk)) {
      if (untouched.has(key)) continue;
      const piece = bytesOf(key);
      const isEntry = key === byteString(copyKey(harmed));
      for (
        const harm of [
          { kind: "delete", key: piece },
          { kind: "put", key: piece, value: value.subarray(0, -1) },
          { kind: "put", key: piece, value: bytesOf(`${byteString(value)}\0`) },
          { kind: "put", key: piece, value: new Uint8Array(0) },
        ] as const
      ) {
        const copy = withHarm(disk, harm);
        const store = await open(copy, "boot two" as Boot);
        // An entry that is gone is absent, and that is all that anybody can say.
        const isGone = isEntry && harm.kind === "delete";
        assertEquals(
          await look(store, harmed),
          isGone && harmed.owner === null ? "absent" : damaged,
        );
        assertEquals(await store.store(harmed, whole), "durable");
        assertEquals(await look(store, harmed), whole);
        await store.close();
        const findings = await audit(new MemoryEngine({ disk: copy }));
        // Without its entry nobody knows of the chunks: the one thing that is left lying, and it harms nobody.
        assertEquals(isGone ? [] : findings, []);
      }
    }
  });
}

Deno.test("S21 an entry under another's key is damage, also under that of a record's hint", async () => {
  const disk = await diskWith(record(40), RECORDS);
  const entries = await entriesOf(disk);
  const entry = entries.get(byteString(copyKey(RECORDS.other)))!;
  for (const copy of [RECORDS.harmed, { ...RECORDS.other, owner: OWNER }]) {
    disk.put(byteString(copyKey(copy)), entry);
    const store = await open(disk);
    assertEquals(await look(store, copy), copy.owner === null ? "damaged" : "left out");
  }
});

Deno.test("S21 a hint without terms is damage, and so is a record with some", async () => {
  const disk = await diskWith(record(40), RECORDS);
  for (const copy of [RECORDS.harmed, HINTS.harmed]) {
    const key = copyKey(copy);
    // Whole as far as checksums go: of somebody who has mixed the two up.
    const other = asStored({ ...copy, owner: copy.owner === null ? OWNER : null }, record(40));
    const bytes = packManifest(new Map(), encodeRecord(other));
    disk.put(byteString(key), sealEntry(key, { kind: "inline", bytes }));
    assertEquals(await look(await open(disk), copy), copy.owner === null ? "damaged" : "left out");
  }
});

Deno.test("S21 the operator reads of each damaged hint once, by its name", async () => {
  const disk = await diskWith(record(40), HINTS);
  for (const copy of [HINTS.harmed, HINTS.other]) {
    disk.put(byteString(copyKey(copy)), bytesOf("rubbish"));
  }
  disk.put(
    `${byteString(copyKey(HINTS.other)).slice(0, -1)}`,
    bytesOf("a key that was damaged, too"),
  );
  const lines: string[] = [];
  const engine = new MemoryEngine({ disk });
  const store = await RecordStore.open(engine, { boot: BOOT, log: (line) => lines.push(line) });
  for (let i = 0; i < 3; i++) {
    assertEquals(await store.fetch(HINTS.harmed.name, [OWNER]), {
      result: { kind: "absent" },
      hints: [],
    });
    assertEquals(await store.scanHints(OWNER, { after: null, most: 9 }), {
      kind: "hints",
      hints: [],
    });
  }
  assertEquals(lines.length, 3);
  assertEquals(
    lines.filter((line) => !line.includes(" with the key 05")).sort(),
    ["harmed", "other"].map((key) =>
      `Cannot read the hint of "default"/"b"/"${key}" for owner: it is damaged`
    ),
  );
});
