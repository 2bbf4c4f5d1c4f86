import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BOOT } from "../../../props/generators.ts";
import { type NodeId, nodeId, type ObjectName } from "../../id.ts";
import type { StoredHint } from "../../protocol/event.ts";
import { FaultyEngine } from "./faulty.ts";
import { SCAN_BYTES } from "./hint_reader.ts";
import { KEYSPACE } from "./layout.ts";
import type { MemoryEngine } from "./memory.ts";
import { RecordStore } from "./record_store.ts";
import { ALL, NAMES, newEngine, record } from "../../../props/stored.ts";

const N1 = nodeId("n1");
const N2 = nodeId("n2");
const [A, B, C] = NAMES as [ObjectName, ObjectName, ObjectName];

function hint(owner: NodeId, name: ObjectName, size: number): StoredHint {
  return { owner, name, record: { ...record(size), hint: { n: 3, seat: 2, w: 1 } } };
}

async function storeWith(
  hints: readonly StoredHint[],
  engine: MemoryEngine | FaultyEngine = newEngine(),
): Promise<{ store: RecordStore; lines: string[] }> {
  const lines: string[] = [];
  const store = await RecordStore.open(engine, { boot: BOOT, log: (line) => lines.push(line) });
  for (const hint of hints) assertEquals(await store.store(hint, hint.record), "durable");
  return { store, lines };
}

async function scanned(
  store: RecordStore,
  { owner = N1, ...options }: { owner?: NodeId; after: ObjectName | null; most: number },
): Promise<readonly StoredHint[]> {
  const scan = await store.scanHints(owner, options);
  if (scan.kind !== "hints") throw new Error(`Hints wanted, got ${scan.kind}`);
  return scan.hints;
}

Deno.test("a hint stands beside the record of its key, for those owners who are named", async () => {
  const [first, second] = [hint(N1, A, 70_000), hint(N2, A, 20)];
  const { store } = await storeWith([first, second]);
  assertEquals(await store.fetch(A), { result: { kind: "absent" }, hints: [] });
  assertEquals((await store.fetch(A, [N2, nodeId("n3"), N1])).hints, [second, first]);

  const own = record(30);
  await store.store({ name: A, owner: null }, own);
  assertEquals(await store.fetch(A, [N1]), {
    result: { kind: "record", record: own },
    hints: [first],
  });
  assertEquals(await store.store({ name: A, owner: N1 }, null), "durable");
  assertEquals(await store.fetch(A, [N1, N2]), {
    result: { kind: "record", record: own },
    hints: [second],
  });
});

Deno.test("a scan gives one owner's hints in order, behind a name, at most so many", async () => {
  const hints = NAMES.map((name) => hint(N1, name, 10));
  const others = [hint(N2, A, 1), hint(nodeId("n10"), B, 1), hint(nodeId("n"), B, 1)];
  const { store } = await storeWith([...hints, ...others]);
  await store.store({ name: A, owner: null }, record(5));
  assertEquals(await scanned(store, ALL), hints);
  assertEquals(await scanned(store, { after: null, most: 17 }), hints.slice(0, 17));
  assertEquals(await scanned(store, { after: NAMES[16]!, most: 20 }), hints.slice(17, 37));
  assertEquals(await scanned(store, { after: NAMES.at(-1)!, most: 5 }), []);
  assertEquals(await scanned(store, { owner: N2, ...ALL }), others.slice(0, 1));
  // The name behind which it begins need not be there any more.
  await store.store({ name: B, owner: N1 }, null);
  assertEquals(await scanned(store, { after: B, most: 1 }), [hints[2]]);
});

Deno.test("a scan ends with the hint that brings it to 1 MiB, and gives one of any size", async () => {
  const hints = NAMES.slice(0, 12).map((name, i) => hint(N1, name, i === 4 ? 3 << 20 : 300_000));
  const { store } = await storeWith(hints);
  const counts: number[] = [];
  for (let after: ObjectName | null = null;;) {
    const some = await scanned(store, { after, most: 1_000 });
    if (some.length === 0) break;
    counts.push(some.length);
    after = some.at(-1)!.name;
  }
  assertEquals(counts, [4, 1, 4, 3]);
  assert(4 * 300_000 > SCAN_BYTES && 3 * 300_000 < SCAN_BYTES);
});

Deno.test("a scan does not read ahead what it will not give", async () => {
  const engine = newEngine();
  const { store } = await storeWith(NAMES.map((name) => hint(N1, name, 10)), engine);
  let entries = 0;
  const list = engine.list.bind(engine);
  engine.list = async function* (range) {
    for await (const entry of list(range)) {
      entries++;
      yield entry;
    }
  };
  await scanned(store, { after: null, most: 1 });
  assertEquals(entries, 16);
});

Deno.test("a hint that is replaced or removed under a scan's hands is given anew or not", async () => {
  const engine = new FaultyEngine(newEngine());
  const { store } = await storeWith([A, B, C].map((name) => hint(N1, name, 200_000)), engine);
  const smaller = hint(N1, A, 150_000);
  let lists = 0;
  engine.beforeList = async () => { // the second is for the chunks of the first hint
    if (++lists !== 2) return;
    await store.store(smaller, smaller.record);
    await store.store({ name: B, owner: N1 }, null);
  };
  assertEquals(await scanned(store, ALL), [smaller, hint(N1, C, 200_000)]);
  assertEquals(lists > 2, true);
});

Deno.test("a hint that cannot be read fails the fetch and the scan, and is one line", async () => {
  const engine = newEngine();
  const { store, lines } = await storeWith([hint(N1, A, 100_000)], engine);
  await store.store({ name: A, owner: null }, record(1));
  const { get, list } = { get: engine.get.bind(engine), list: engine.list.bind(engine) };
  engine.get = (key) =>
    key[0] === KEYSPACE.hint ? Promise.reject(new Error("input/output error")) : get(key);
  engine.list = () => {
    throw new Error("input/output error");
  };
  const failed = { kind: "failed", reason: "input/output error" } as const;
  assertEquals(await store.fetch(A, [N2, N1]), { result: failed, hints: [] });
  assertEquals(await store.scanHints(N1, ALL), failed);
  assertEquals((await store.fetch(A)).result, { kind: "record", record: record(1) });
  Object.assign(engine, { get, list });
  assertEquals((await store.fetch(A, [N1])).hints.length, 1);
  assertEquals(lines.slice(0, 2), [
    "Cannot read the store: input/output error",
    "The store can be read again",
  ]);
});

Deno.test("a damaged hint in the midst of others is passed over, and does not count", async () => {
  const engine = newEngine();
  const hints = NAMES.map((name) => hint(N1, name, 10));
  const { store, lines } = await storeWith(hints, engine);
  const key = async function (): Promise<Uint8Array> {
    const range = { start: new Uint8Array([KEYSPACE.hint]), end: new Uint8Array([6]), limit: 1 };
    for await (const [key] of engine.list(range)) return key;
    throw new Error("no hint");
  };
  await engine.commit([{ kind: "put", key: await key(), value: new Uint8Array(20) }]);
  assertEquals(await scanned(store, { after: null, most: 16 }), hints.slice(1, 17));
  assertEquals((await store.fetch(A, [N1])).hints, []);
  assertEquals(lines.length, 1);
  await store.store(hints[0]!, hints[0]!.record);
  assertEquals(await scanned(store, ALL), hints);
});

Deno.test("a start counts what hints hold, as the node does, and reads no large content", async () => {
  const engine = newEngine();
  const { store } = await storeWith(
    [hint(N1, A, 10), hint(N2, A, 3 << 20), hint(N2, B, 70_000)],
    engine,
  );
  await store.store({ name: C, owner: null }, record(500));
  const get = engine.get.bind(engine);
  engine.get = (key) => {
    assert(key[0] !== KEYSPACE.chunk, "a chunk is read");
    return get(key);
  };
  const type = "text/plain".length;
  assertEquals(await store.tallyHints(), [
    { owner: N1, copies: 1, bytes: 10 + type },
    { owner: N2, copies: 2, bytes: (3 << 20) + 70_000 + 2 * type },
  ]);
  const { hintBytes, hintOwners } = await store.restore();
  assertEquals(hintOwners, [N1, N2]);
  assertEquals(hintBytes, 10 + (3 << 20) + 70_000 + 3 * "text/plain".length);
});

Deno.test("a hint without terms, a record with some, and a scan of nothing are faults", async () => {
  const { store } = await storeWith([]);
  const { record: withTerms } = hint(N1, A, 1);
  assertThrows(
    () => store.store({ name: A, owner: N1 }, record(1)),
    Error,
    "Cannot store for n1: terms wanted, got none",
  );
  assertThrows(
    () => store.store({ name: A, owner: null }, withTerms),
    Error,
    "Cannot store for this node: no terms wanted, got some",
  );
  for (const most of [0, NaN]) {
    await assertRejects(() => store.scanHints(N1, { after: null, most }), RangeError, "at least 1");
  }
});
