import { assert, assertEquals } from "@std/assert";
import { BOOT, objectName } from "../../../props/generators.ts";
import { leafKey, POSITION_BYTES } from "../../anti_entropy/merkle_tree_key.ts";
import { nodeId, type ObjectName } from "../../id.ts";
import type { StoredCopy } from "../../protocol/event.ts";
import { positionOf } from "../../ring/hash.ts";
import type { ScanOptions } from "../driver_options.ts";
import { hintKey, recordKey } from "./layout.ts";
import type { MemoryEngine } from "./memory.ts";
import { openEntry, sealEntry } from "./parcel.ts";
import { RecordStore } from "./record_store.ts";
import { ALL, NAMES, newEngine, record } from "../../../props/stored.ts";

const leafOf = (name: ObjectName) => leafKey(name, positionOf(name));

/** A store with these copies, put into it in another order than a page gives them. */
async function storeWith(
  copies: readonly StoredCopy[],
  engine = newEngine(),
): Promise<RecordStore> {
  const store = await RecordStore.open(engine, { boot: BOOT });
  for (const { name, record } of copies.toReversed()) {
    assertEquals(await store.store({ name, owner: null }, record), "durable");
  }
  return store;
}

const copiesOf = (names: readonly ObjectName[], size = 10): StoredCopy[] =>
  names.map((name, i) => ({ name, record: record(size + i) }));

/** The entry under `from`, as it would be written under `to`. */
async function resealed(engine: MemoryEngine, from: Uint8Array, to: Uint8Array) {
  const payload = openEntry(from, (await engine.get(from))!);
  if (payload === null) throw new Error("An entry wanted, got a damaged one");
  return sealEntry(to, payload);
}

async function page(store: RecordStore, options: ScanOptions): Promise<readonly StoredCopy[]> {
  const result = await store.scanRecords(options);
  if (result.kind !== "records") throw new Error(`Records wanted, got ${result.kind}`);
  return result.records;
}

async function at(store: RecordStore, names: readonly ObjectName[]): Promise<ObjectName[]> {
  const result = await store.findRecords(names.map(leafOf));
  if (result.kind !== "records") throw new Error(`Records wanted, got ${result.kind}`);
  return result.records.map(({ name }) => name);
}

Deno.test("a page gives records in the order of positions, behind a name, at most so many", async () => {
  const copies = copiesOf(NAMES);
  const store = await storeWith(copies);
  // What is kept for others is in no page.
  const hint = { ...record(1), hint: { n: 3, seat: 1, w: 1 } };
  await store.store({ name: objectName("b", "a hint"), owner: nodeId("n1") }, hint);
  assertEquals(await page(store, ALL), copies);
  assertEquals(await page(store, { after: null, most: 17 }), copies.slice(0, 17));
  assertEquals(await page(store, { after: NAMES[16]!, most: 20 }), copies.slice(17, 37));
  assertEquals(await page(store, { after: NAMES.at(-1)!, most: 5 }), []);
  // The name behind which it begins need not be there any more.
  await store.store({ name: NAMES[1]!, owner: null }, null);
  assertEquals(await page(store, { after: NAMES[1]!, most: 1 }), [copies[2]]);
});

Deno.test("a page ends with the record that brings it to 1 MiB, and gives one of any size", async () => {
  const names = NAMES.slice(0, 12);
  const copies = names.map((name, i) => ({ name, record: record(i === 4 ? 3 << 20 : 300_000) }));
  const store = await storeWith(copies);
  const counts: number[] = [];
  for (let after: ObjectName | null = null;;) {
    const some = await page(store, { after, most: 1_000 });
    if (some.length === 0) break;
    counts.push(some.length);
    after = some.at(-1)!.name;
  }
  assertEquals(counts, [4, 1, 4, 3]);
});

Deno.test("records at leaves come in the order of the leaves; a leaf without a record gives none", async () => {
  const store = await storeWith(copiesOf(NAMES.slice(0, 30)));
  const wanted = [NAMES[7]!, NAMES[40]!, NAMES[3]!, NAMES[29]!];
  assertEquals(await at(store, wanted), [NAMES[7], NAMES[3], NAMES[29]]);
  assertEquals(await at(store, []), []);
});

Deno.test("of names at one beginning of a position, only that of the leaf is given", async () => {
  const engine = newEngine();
  const [A, B] = NAMES as [ObjectName, ObjectName];
  const store = await storeWith(copiesOf([A, B]), engine);
  // No two short names are known that share 8 bytes of MD5, so one is moved by hand to where the other stands.
  const [keyA, keyB] = [recordKey(A), recordKey(B)];
  const moved = new Uint8Array([...keyA.subarray(0, 1 + POSITION_BYTES), ...keyB.subarray(9)]);
  await engine.commit([{ kind: "put", key: moved, value: await resealed(engine, keyB, moved) }]);
  assertEquals((await page(store, ALL)).length, 3);
  assertEquals(await at(store, [A]), [A]);
});

Deno.test("what is damaged, or has terms of a hint, is absent from pages and leaves", async () => {
  const engine = newEngine();
  const copies = copiesOf(NAMES.slice(0, 10));
  const store = await storeWith(copies, engine);
  const harm = (name: ObjectName, value: Uint8Array) =>
    engine.commit([{ kind: "put", key: recordKey(name), value }]);
  await harm(NAMES[0]!, new Uint8Array(20));
  const flipped = (await engine.get(recordKey(NAMES[4]!)))!.slice();
  flipped[flipped.length >> 1]! ^= 1;
  await harm(NAMES[4]!, flipped);
  const hint = { ...record(1), hint: { n: 3, seat: 1, w: 1 } };
  const [name, owner] = [NAMES[9]!, nodeId("n1")];
  await store.store({ name, owner }, hint);
  await harm(name, await resealed(engine, hintKey(owner, name), recordKey(name)));
  const well = copies.filter((_, i) => ![0, 4, 9].includes(i));
  assertEquals(await page(store, ALL), well);
  assertEquals(await page(store, { after: null, most: 1 }), [well[0]]);
  assertEquals(await at(store, NAMES.slice(0, 10)), well.map(({ name }) => name));
});

Deno.test("a disk that cannot be read fails the page and the leaves", async () => {
  const engine = newEngine();
  const store = await storeWith(copiesOf(NAMES), engine);
  const list = engine.list.bind(engine);
  engine.list = () => {
    throw new Error("input/output error");
  };
  const failed = { kind: "failed", reason: "input/output error" } as const;
  assertEquals(await store.scanRecords(ALL), failed);
  assertEquals(await store.findRecords([leafOf(NAMES[0]!)]), failed);
  engine.list = list;
  assert((await page(store, ALL)).length === NAMES.length);
});
