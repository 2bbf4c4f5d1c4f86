import { assert, assertEquals, assertRejects } from "@std/assert";
import { actor, objectName, version } from "../../../props/generators.ts";
import { type Boot, bytesOf, nodeId } from "../../id.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import { DataDirectoryError } from "./data_directory.ts";
import { DenoKvEngine } from "./deno_kv.ts";
import { metaKey } from "./layout.ts";
import { openStore } from "./open.ts";
import { RecordStore, STORE_FORMAT, StoreError } from "./record_store.ts";

const log = () => {};
const NAME = objectName("b", "k");
const OWN = { name: NAME, owner: null };

async function inTempDir(check: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "rotor-open-" });
  await check(dir);
  await Deno.remove(dir, { recursive: true });
}

function open(dir: string, boot: string): Promise<RecordStore> {
  return openStore({ dir, engine: "kv", boot: boot as Boot, log });
}

function record(size: number) {
  const dot = { actor: actor("a"), counter: 1 };
  const content = new Uint8Array(size).fill(7);
  return { container: write(EMPTY, FRESH, dot, version("", { content })), mine: dot };
}

Deno.test("a store in a directory keeps what it was told", () =>
  inTempDir(async (dir) => {
    const store = await open(dir, "boot one");
    assertEquals(await store.identity(), null);
    assertEquals(await store.adopt(nodeId("n1")), "durable");
    assertEquals(await store.store(OWN, record(1 << 20)), "durable");
    await assertRejects(() => open(dir, "boot two"), DataDirectoryError, "is in use by process");
    await store.close();

    const next = await open(dir, "boot two");
    assertEquals(await next.identity(), "n1");
    assertEquals((await next.fetch(NAME)).result, { kind: "record", record: record(1 << 20) });
    await next.close();
  }));

Deno.test("a store in memory uses no directory", async () => {
  const store = await openStore({
    dir: "/nowhere",
    engine: "memory",
    boot: "boot one" as Boot,
    log,
  });
  assertEquals(await store.store(OWN, record(3 << 20)), "durable");
  assertEquals((await store.fetch(NAME)).result, { kind: "record", record: record(3 << 20) });
  await store.close();
});

Deno.test("a store that is refused lets go of its directory, and is as it was", () =>
  inTempDir(async (dir) => {
    const store = await open(dir, "boot one");
    await store.close();
    const engine = await DenoKvEngine.open(`${dir}/store.kv`, { boot: "boot two" as Boot });
    await engine.commit([{
      kind: "put",
      key: metaKey("format"),
      value: bytesOf(String(STORE_FORMAT + 1)),
    }]);
    for (const boot of ["boot 003", "boot 004"]) {
      await assertRejects(() => open(dir, boot), StoreError, "made by a newer rotor");
    }
    await engine.commit([]); // nobody has claimed it
    await engine.close();
  }));

Deno.test("a file that is no database is refused in words", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/store.kv`, "This is not a database. ".repeat(1_000));
    const said = await assertRejects(() => open(dir, "boot one"), StoreError);
    assert(said.message.startsWith(`Cannot open the database ${dir}/store.kv: `), said.message);
  }));

Deno.test("an environment that makes Deno KV keep nothing is refused in words", () =>
  inTempDir(async (dir) => {
    for (const [name, value] of [["DENO_KV_DB_MODE", "memory"], ["DENO_KV_PATH_PREFIX", "/x"]]) {
      Deno.env.set(name!, value!);
      const said = await assertRejects(() => open(dir, "boot one"), StoreError);
      Deno.env.delete(name!);
      assert(said.message.endsWith(`wanted, got "${value}"`), said.message);
    }
    await (await open(dir, "boot one")).close();
  }));

Deno.test("S24 a second opening of one database shuts the first out at its next write", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/store.kv`;
    const engines = [
      await DenoKvEngine.open(path, { boot: "boot one" as Boot }),
      await DenoKvEngine.open(path, { boot: "boot two" as Boot }),
    ] as const;
    const first = await RecordStore.open(engines[0], { boot: "boot one" as Boot });
    assertEquals(await first.store(OWN, record(1)), "durable");
    // The lock file would have stopped this one: here is what happens where it cannot.
    await engines[1].close();
    const engine = await DenoKvEngine.open(path, { boot: "boot two" as Boot });
    const second = await RecordStore.open(engine, { boot: "boot two" as Boot });
    assertEquals(await first.store(OWN, record(2)), "failed");
    assert((await first.fatal).includes("another process has opened it since"));
    assertEquals(await first.store(OWN, null), "failed");
    assertEquals((await second.fetch(NAME)).result, { kind: "record", record: record(1) });
    assertEquals(await second.store(OWN, record(3)), "durable");
    await first.close();
    await second.close();
  }));
