import { assertEquals, assertRejects } from "@std/assert";
import { type Boot, nodeId } from "../id.ts";
import type { StoredRecord } from "../protocol/event.ts";
import { EMPTY } from "../version/siblings.ts";
import { CountedStore } from "./counted_store.ts";
import { MemoryEngine } from "./storage/memory.ts";
import { RecordStore } from "./storage/record_store.ts";

const B = nodeId("b");
const NAME = { type: "default", bucket: "b", key: "k" };
const OWN = { name: NAME, owner: null };
const KEPT = { name: NAME, owner: B };
const RECORD: StoredRecord = { container: EMPTY, mine: null };
const HINT: StoredRecord = { ...RECORD, hint: { n: 3, seat: 0, w: 2 } };
const ALL = { after: null, most: 10 };

async function countedOn(engine: MemoryEngine): Promise<CountedStore> {
  return new CountedStore(await RecordStore.open(engine, { boot: "bootbbbb" as Boot }));
}

Deno.test("records, hints and what became of them are counted apart", async () => {
  const store = await countedOn(new MemoryEngine());
  const nothing = {
    fetched: { record: 0, absent: 0, damaged: 0, failed: 0 },
    stored: { durable: 0, buffered: 0, failed: 0, full: 0 },
    hints: { stored: 0, removed: 0, fetched: 0, scanned: 0, scans_failed: 0 },
    running: 0,
  };
  assertEquals(store.counts, nothing);
  await store.store(OWN, RECORD);
  await store.store(KEPT, HINT);
  await store.storeMeta({ kind: "props", entries: [] });
  await store.fetch(NAME, [B]);
  await store.fetch({ ...NAME, key: "other" }, [B]);
  await store.scanHints(B, ALL);
  await store.scanHints(B, ALL);
  const removal = store.store(KEPT, null);
  assertEquals(store.counts.running, 1);
  await removal;
  await store.scanHints(B, ALL);
  assertEquals(store.counts, {
    ...nothing,
    fetched: { ...nothing.fetched, record: 1, absent: 1 },
    stored: { ...nothing.stored, durable: 4 },
    hints: { stored: 1, removed: 1, fetched: 1, scanned: 2, scans_failed: 0 },
  });
});

Deno.test("what fails is counted as that, and nothing is left running", async () => {
  const engine = new MemoryEngine();
  const store = await countedOn(engine);
  engine.list = () => {
    throw new Error("no disk");
  };
  engine.get = () => Promise.reject(new Error("no disk"));
  engine.commit = () => Promise.reject(new Error("no disk"));
  assertEquals(await store.store(KEPT, HINT), "failed");
  assertEquals(await store.scanHints(B, ALL), { kind: "failed", reason: "no disk" });
  assertEquals((await store.fetch(NAME, [B])).result.kind, "failed");
  await assertRejects(() => store.scanHints(B, { after: null, most: 0 }), RangeError);
  const { fetched, stored, hints, running } = store.counts;
  assertEquals([fetched.failed, stored.failed, running], [1, 1, 0]);
  assertEquals(hints, { stored: 0, removed: 0, fetched: 0, scanned: 0, scans_failed: 1 });
});
