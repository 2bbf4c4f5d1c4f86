import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Boot, bytesOf, type NodeId } from "../../id.ts";
import type { StoredRecord } from "../../protocol/event.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import { actor, version } from "../../../props/generators.ts";
import { Complaint } from "./complaint.ts";
import { engineConformance, type Place } from "./conformance.ts";
import { DENO_KV_LIMITS, DenoKvEngine, denoKvSizeOf } from "./deno_kv.ts";
import { DiskFull, type Mutation } from "./engine.ts";
import { type Fault, FaultyEngine } from "./faulty.ts";
import { GroupCommit, type Work } from "./group_commit.ts";
import { MemoryDisk, MemoryEngine } from "./memory.ts";
import { QuotaEngine } from "./quota.ts";
import { RecordStore } from "./record_store.ts";

const BOOT = "bootquot" as Boot;
const NAME = { type: "default", bucket: "b", key: "k" };
const LARGE = 1 << 30;

engineConformance("memory with a quota that is never reached", (): Promise<Place> => {
  const options = { disk: new MemoryDisk(), limits: DENO_KV_LIMITS, sizeOf: denoKvSizeOf };
  return Promise.resolve({
    open: () => Promise.resolve(new QuotaEngine(new MemoryEngine(options), { maxBytes: LARGE })),
    remove: () => Promise.resolve(),
  });
}, { numRuns: 50 });

function record(bytes: number): StoredRecord {
  const dot = { actor: actor("a"), counter: 1 };
  const value = { ...version("v"), content: new Uint8Array(bytes) };
  return { container: write(EMPTY, FRESH, dot, value), mine: null };
}

function put(keyspace: number, key: string): Mutation {
  return {
    kind: "put",
    key: bytesOf(String.fromCharCode(keyspace) + key),
    value: new Uint8Array(9),
  };
}

function remove(keyspace: number, key: string): Mutation {
  return { kind: "delete", key: bytesOf(String.fromCharCode(keyspace) + key) };
}

function work(...mutations: Mutation[]): Work {
  return { mutations, decisive: mutations.length - 1 };
}

Deno.test("a store with a quota is full when that is used up, says so once, and removes all the same", async () => {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const engine = new QuotaEngine(new MemoryEngine(), { maxBytes: 10_000 });
  const store = await RecordStore.open(engine, { boot: BOOT, log });
  const copy = (key: string) => ({ name: { ...NAME, key }, owner: null });
  const hint = { name: NAME, owner: "n2" as NodeId };
  const kept = { ...record(4_000), hint: { n: 3, seat: 1, w: 2 } };
  assertEquals(await store.store(hint, kept), "durable");
  assertEquals(await store.store(copy("1"), record(4_000)), "durable");
  assertEquals(await store.store(copy("2"), record(4_000)), "full");
  assertEquals(await store.store(copy("3"), record(4_000)), "full");
  // What is there can be read; what a node writes of itself, and what gives room back, goes on.
  assertEquals((await store.fetch(copy("1").name)).result.kind, "record");
  assertEquals((await store.fetch(copy("2").name)).result.kind, "absent");
  assertEquals(await store.storeMeta({ kind: "props", entries: [] }), "durable");
  const full =
    "Cannot write to the store: it is full, and can only be read: its quota of 10000 bytes is used up";
  assertEquals(lines, [full]);
  assertEquals(await store.store(hint, null), "durable");
  assertEquals(lines, [full], "that something was removed does not say that there is room");
  assertEquals(await store.store(copy("2"), record(4_000)), "durable");
  assertEquals(lines, [full, "The store can be written to again"]);
  await store.close();
});

Deno.test("of a commit for which there is no room, what needs none is made all the same", async () => {
  const disk = new MemoryDisk();
  const memory = new MemoryEngine({ disk });
  await memory.commit([put(5, "kept"), put(2, "old")]);
  const engine = new QuotaEngine(memory, { maxBytes: memory.usedBytes() + 5 });
  const commits = new GroupCommit(engine, new Complaint(() => {}, { trouble: "", over: "" }));
  const fates = [
    work(put(2, "new")),
    work(remove(5, "kept")),
    work(put(1, "meta")),
    work(put(4, "intent"), put(3, "chunk")),
  ].map((one) => commits.submit(one).finished);
  assertEquals(await Promise.all(fates), ["full", "durable", "durable", "full"]);
  assertEquals(disk.range("", "\xff"), ["\x01meta", "\x02old"]);
});

Deno.test("a disk that takes nothing at all fails everything, and is tried again each time", async () => {
  const faults = new Map<number, Fault>([[1, "full"], [2, "full"]]);
  const engine = new FaultyEngine(new MemoryEngine(), faults);
  const commits = new GroupCommit(engine, new Complaint(() => {}, { trouble: "", over: "" }));
  const both = [work(put(2, "new")), work(remove(2, "old"))];
  const ends = await Promise.all(both.map((one) => commits.submit(one).finished));
  assertEquals([ends, engine.commits], [["full", "full"], 2]);
  assertEquals(await commits.submit(work(put(2, "new"))).finished, "durable");
});

Deno.test("Deno KV: what is removed makes room at once, also where the file does not shrink", async () => {
  const dir = await Deno.makeTempDir({ prefix: "rotor-kv-" });
  const kv = await DenoKvEngine.open(`${dir}/store.kv`, { boot: BOOT });
  const maxBytes = kv.usedBytes() + 4 * 60_000;
  const engine = new QuotaEngine(kv, { maxBytes });
  const large = (i: number): Mutation =>
    ({ ...put(2, `${i}`), value: new Uint8Array(60_000) }) as Mutation;
  let stored = 0;
  await assertRejects(async () => {
    for (; stored < 10; stored++) await engine.commit([large(stored)]);
  }, DiskFull);
  assert(stored >= 2 && stored <= 4, `${stored} were stored`);
  assert(engine.usedBytes() <= maxBytes);
  await engine.commit([remove(2, "0")]);
  await engine.commit([large(0)]);
  await engine.close();
  await Deno.remove(dir, { recursive: true });
});
