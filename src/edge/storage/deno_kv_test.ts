import { assertEquals, assertRejects } from "@std/assert";
import type { Boot } from "../../id.ts";
import { bytesOf } from "../../id.ts";
import { engineConformance, type Place } from "./conformance.ts";
import { DenoKvEngine, denoKvSizeOf } from "./deno_kv.ts";
import { ShutOut } from "./engine.ts";
import { storeConformance } from "./store_conformance.ts";

let boots = 0;
function boot(): Boot {
  return `boot ${String(++boots).padStart(3, "0")}` as Boot;
}

async function kvPlace(): Promise<Place> {
  const dir = await Deno.makeTempDir({ prefix: "rotor-kv-" });
  return {
    open: () => DenoKvEngine.open(`${dir}/store.kv`, { boot: boot() }),
    remove: () => Deno.remove(dir, { recursive: true }),
  };
}

engineConformance("Deno KV", kvPlace);
storeConformance("Deno KV", kvPlace);

Deno.test("Deno KV: a claim whose answer was lost is not another process", async () => {
  const dir = await Deno.makeTempDir({ prefix: "rotor-kv-" });
  const path = `${dir}/store.kv`;
  const mine = boot();
  const engine = await DenoKvEngine.open(path, { boot: mine });
  // What is on the disk if our first commit went through and its answer did not.
  const kv = await Deno.openKv(path);
  await kv.set(["lock"], bytesOf(mine));
  await engine.commit([{ kind: "put", key: bytesOf("a"), value: bytesOf("1") }]);
  await engine.commit([{ kind: "put", key: bytesOf("b"), value: bytesOf("2") }]);
  assertEquals((await kv.get<Uint8Array>([bytesOf("b")])).value, bytesOf("2"));

  await kv.set(["lock"], bytesOf(boot()));
  await assertRejects(() => engine.commit([]), ShutOut);
  kv.close();
  await engine.close();
  await Deno.remove(dir, { recursive: true });
});

Deno.test("Deno KV: a key counts with its frame, and each zero byte twice", async () => {
  const kv = await Deno.openKv(":memory:");
  for (const byte of [0, 255]) {
    const longest = byte === 0 ? 1_023 : 2_046;
    const key = new Uint8Array(longest).fill(byte);
    assertEquals(denoKvSizeOf({ kind: "delete", key }).keyBytes, 2_048);
    await kv.set([new Uint8Array(longest).fill(byte)], new Uint8Array(1));
    await assertRejects(() => kv.set([new Uint8Array(longest + 1).fill(byte)], new Uint8Array(1)));
  }
  kv.close();
});
