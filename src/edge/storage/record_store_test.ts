import { assert, assertEquals, assertRejects } from "@std/assert";
import { actor, BOOT, objectName, version } from "../../../props/generators.ts";
import { type Boot, bytesOf, nodeId } from "../../id.ts";
import type { StoredRecord } from "../../protocol/event.ts";
import type { PropEntry } from "../../protocol/bucket_props.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import { audit } from "./audit.ts";
import { DENO_KV_LIMITS, denoKvSizeOf } from "./deno_kv.ts";
import type { Engine, Mutation } from "./engine.ts";
import { FaultyEngine } from "./faulty.ts";
import { KEYSPACE, metaKey } from "./layout.ts";
import { MemoryDisk, MemoryEngine } from "./memory.ts";
import { RecordStore, StoreError } from "./record_store.ts";

const NAME = objectName("b", "k");
const OWN = { name: NAME, owner: null };

/** An engine that counts the values that it is given, by keyspace. */
class CountingEngine extends MemoryEngine {
  readonly puts = { record: 0, chunk: 0 };
  override commit(mutations: readonly Mutation[]): Promise<void> {
    for (const { kind, key } of mutations) {
      if (kind === "put" && key[0] === KEYSPACE.record) this.puts.record++;
      if (kind === "put" && key[0] === KEYSPACE.chunk) this.puts.chunk++;
    }
    return super.commit(mutations);
  }
}

function engineOn(disk: MemoryDisk): MemoryEngine {
  return new MemoryEngine({ disk, limits: DENO_KV_LIMITS, sizeOf: denoKvSizeOf });
}

function open(engine: Engine, boot: Boot = BOOT): Promise<RecordStore> {
  return RecordStore.open(engine, { boot });
}

/** `record` and one more sibling. */
function beside(record: StoredRecord, size: number): StoredRecord {
  const counter = (record.mine?.counter ?? 0) + 1;
  const dot = { actor: actor("a"), counter };
  const content = new Uint8Array(size).fill(counter);
  return {
    container: write(record.container, FRESH, dot, version("", { content })),
    mine: dot,
  };
}

const NEW: StoredRecord = { container: EMPTY, mine: null };

Deno.test("what is stored is fetched, by this process and the next", async () => {
  const disk = new MemoryDisk();
  const store = await open(engineOn(disk));
  assertEquals((await store.fetch(NAME)).result, { kind: "absent" });
  const record = beside(beside(NEW, 10), 200_000);
  assertEquals(await store.store(OWN, record), "durable");
  assertEquals((await store.fetch(NAME)).result, { kind: "record", record });
  await store.close();

  const next = await open(engineOn(disk), "boot two" as Boot);
  assertEquals((await next.fetch(NAME)).result, { kind: "record", record });
  assertEquals(await next.store(OWN, null), "durable");
  assertEquals((await next.fetch(NAME)).result, { kind: "absent" });
  await next.close();
  assertEquals(await audit(engineOn(disk)), []);
});

Deno.test("a content that stays is not written again, whoever wrote it", async () => {
  const disk = new MemoryDisk();
  const limits = DENO_KV_LIMITS;
  const engine = new CountingEngine({ disk, limits });
  const one = beside(NEW, 600_000);
  const store = await open(engine);
  await store.store(OWN, one);
  assertEquals(engine.puts.chunk, 10);
  const two = beside(one, 600_000);
  await store.store(OWN, two);
  assertEquals(engine.puts.chunk, 20);
  await store.close();

  const next = new CountingEngine({ disk, limits });
  const store2 = await open(next, "boot two" as Boot);
  const three = beside(two, 600_000);
  await store2.store(OWN, three); // nothing is remembered: the entry says what is there
  assertEquals(next.puts, { record: 1, chunk: 10 });
  assertEquals((await store2.fetch(NAME)).result, { kind: "record", record: three });
});

Deno.test("a record whose clock alone passes a value is kept whole", async () => {
  const disk = new MemoryDisk();
  const store = await open(engineOn(disk));
  const clock = new Map(Array.from({ length: 20_000 }, (_, i) => [actor("node", i), i + 1]));
  const record = { container: { clock, siblings: [] }, mine: null };
  assertEquals(await store.store(OWN, record), "durable");
  assertEquals((await store.fetch(NAME)).result, { kind: "record", record });
  const small = beside(NEW, 1);
  assertEquals(await store.store(OWN, small), "durable");
  assertEquals((await store.fetch(NAME)).result, { kind: "record", record: small });
  await store.close();
  assertEquals(await audit(engineOn(disk)), []);
});

Deno.test("of several writes of one key that wait, the last stands for all", async () => {
  const engine = new CountingEngine();
  const store = await open(engine);
  const records = [1, 2, 3, 4, 5].map((size) => beside(NEW, size));
  const outcomes = await Promise.all(records.map((record) => store.store(OWN, record)));
  assertEquals(outcomes, Array(5).fill("durable"));
  assertEquals((await store.fetch(NAME)).result, { kind: "record", record: records[4]! });
  assertEquals(engine.puts.record, 2);
});

Deno.test("a reader whose record is replaced under its hands reads the new one", async () => {
  const engine = new FaultyEngine(engineOn(new MemoryDisk()));
  const store = await open(engine);
  await store.store(OWN, beside(NEW, 300_000));
  let replacements = 0;
  const last = beside(NEW, 299_999);
  engine.beforeList = async () => { // between the reader's look at the entry and its look at the chunks
    if (++replacements > 3) return;
    const next = replacements === 3 ? last : beside(NEW, 300_000 + replacements);
    assertEquals(await store.store(OWN, next), "durable");
  };
  assertEquals((await store.fetch(NAME)).result, { kind: "record", record: last });
  assertEquals(replacements, 4);
});

Deno.test("a slow reader does not make a writer believe in blobs that are gone", async () => {
  const disk = new MemoryDisk();
  const store = await open(engineOn(disk));
  const old = beside(NEW, 300_000);
  await store.store(OWN, old);
  await store.close();

  const engine = engineOn(disk);
  const next = await open(engine, "boot two" as Boot);
  const list = engine.list.bind(engine);
  let replaced = false;
  engine.list = async function* (range) {
    yield* list(range); // the reader has seen all of the old record ...
    if (replaced) return;
    replaced = true;
    assertEquals(await next.store(OWN, beside(NEW, 1)), "durable"); // ... and now it goes
  };
  assertEquals((await next.fetch(NAME)).result, { kind: "record", record: old });
  assertEquals(await next.store(OWN, old), "durable"); // a straggler brings it back
  assertEquals((await next.fetch(NAME)).result, { kind: "record", record: old });
});

const NOTHING = {
  ...{ hintBytes: 0, hintOwners: [], history: [], register: null, ticks: [], props: [] },
};

Deno.test("metadata of any size comes back", async () => {
  const disk = new MemoryDisk();
  const store = await open(engineOn(disk));
  assertEquals(await store.restore(), NOTHING);
  assertEquals(await store.identity(), null);
  const entries = Array.from({ length: 3_000 }, (_, i): PropEntry => ({
    type: "default",
    bucket: `bucket number ${i}`,
    prop: "allow_mult",
    value: i % 2 === 0,
    counter: i + 1,
    node: nodeId("n1"),
  }));
  assertEquals(await store.storeMeta({ kind: "props", entries }), "durable");
  assertEquals(await store.adopt(nodeId("n1")), "durable");
  await store.close();

  const next = await open(engineOn(disk), "boot two" as Boot);
  assertEquals(await next.restore(), { ...NOTHING, props: entries });
  assertEquals(await next.identity(), "n1");
});

Deno.test("damaged metadata stops the start, in words", async () => {
  for (const name of ["history", "register", "props", "node"]) {
    const disk = new MemoryDisk();
    const engine = engineOn(disk);
    await engine.commit([
      { kind: "put", key: metaKey("format"), value: bytesOf("1") },
      { kind: "put", key: metaKey(name), value: bytesOf("rubbish") },
    ]);
    const store = await open(engine);
    const read = async () => [await store.restore(), await store.identity()];
    const said = await assertRejects(read, StoreError);
    assertEquals(said.message, `Cannot open the store: its ${name} is damaged`);
  }
});

Deno.test("a store of a newer format, or of somebody else, is refused and not touched", async () => {
  const strangers: [Mutation, string][] = [
    [
      { kind: "put", key: metaKey("format"), value: bytesOf("4") },
      "Cannot open the store: made by a newer rotor: format 4, this one reads up to 3",
    ],
    [
      { kind: "put", key: metaKey("format"), value: bytesOf("two") },
      'Cannot open the store: a format wanted, got "two"',
    ],
    [
      { kind: "put", key: bytesOf("a key"), value: bytesOf("a value") },
      "Cannot open the store: it holds data, but not of rotor",
    ],
  ];
  for (const [mutation, words] of strangers) {
    const disk = new MemoryDisk();
    const theirs = engineOn(disk);
    await theirs.commit([mutation]);
    const said = await assertRejects(() => open(engineOn(disk)), StoreError);
    assertEquals(said.message, words);
    await theirs.commit([]); // nobody has claimed it
  }
});

Deno.test("a store of an older format is read on, and is of the newest from then on", async () => {
  const disk = new MemoryDisk();
  const store = await open(engineOn(disk));
  const record = beside(NEW, 70_000);
  await store.store(OWN, record);
  await store.close();
  await engineOn(disk).commit([{ kind: "put", key: metaKey("format"), value: bytesOf("1") }]);

  const next = await open(engineOn(disk), "boot two" as Boot);
  assertEquals((await next.fetch(NAME)).result, { kind: "record", record });
  assertEquals(await engineOn(disk).get(metaKey("format")), bytesOf("3"));
});

Deno.test("a disk that cannot be read is an answer, and one line for the operator", async () => {
  const lines: string[] = [];
  const engine = engineOn(new MemoryDisk());
  const store = await RecordStore.open(engine, { boot: BOOT, log: (line) => lines.push(line) });
  const get = engine.get.bind(engine);
  engine.get = () => Promise.reject(new Error("input/output error"));
  const failed = { kind: "failed", reason: "input/output error" } as const;
  assertEquals((await store.fetch(NAME)).result, failed);
  assertEquals((await store.fetch(NAME)).result, failed);
  assertEquals(await store.store(OWN, NEW), "failed"); // it cannot know what to take away
  assertEquals(lines, ["Cannot read the store: input/output error"]);
  engine.get = get;
  assertEquals((await store.fetch(NAME)).result, { kind: "absent" });
  assertEquals(lines[1], "The store can be read again");
});

Deno.test("closing waits for the writes that are under way", async () => {
  const disk = new MemoryDisk();
  let released = 0;
  const store = await RecordStore.open(engineOn(disk), { boot: BOOT, release: () => released++ });
  const record = beside(NEW, 3 << 20);
  const outcome = store.store(OWN, record);
  await store.close();
  assertEquals([await outcome, released], ["durable", 1]);
  const next = await open(engineOn(disk), "boot two" as Boot);
  assertEquals((await next.fetch(NAME)).result, { kind: "record", record });
});

Deno.test("S24 a store that is opened again shuts the first out at its next write", async () => {
  const disk = new MemoryDisk();
  const first = await open(engineOn(disk));
  const record = beside(NEW, 1);
  assertEquals(await first.store(OWN, record), "durable");
  const second = await open(engineOn(disk), "boot two" as Boot);
  assertEquals(await first.store(OWN, beside(record, 2)), "failed");
  assert((await first.fatal).includes("opened it since"));
  assertEquals(await first.storeMeta({ kind: "props", entries: [] }), "failed");
  assertEquals((await second.fetch(NAME)).result, { kind: "record", record });
  assertEquals(await second.store(OWN, null), "durable");
});
