import { assertEquals } from "@std/assert";
import { bytesOf } from "../../id.ts";
import { engineConformance, type Place } from "./conformance.ts";
import { DENO_KV_LIMITS, denoKvSizeOf } from "./deno_kv.ts";
import { MemoryDisk, MemoryEngine } from "./memory.ts";
import { storeConformance } from "./store_conformance.ts";

function memoryPlace(): Promise<Place> {
  const disk = new MemoryDisk();
  const options = { disk, limits: DENO_KV_LIMITS, sizeOf: denoKvSizeOf };
  return Promise.resolve({
    open: () => Promise.resolve(new MemoryEngine(options)),
    remove: () => Promise.resolve(),
  });
}

engineConformance("memory with the limits of Deno KV", memoryPlace, { numRuns: 200 });
storeConformance("memory with the limits of Deno KV", memoryPlace, { numRuns: 100 });

Deno.test("memory without limits takes a value of 3 MiB", async () => {
  const engine = new MemoryEngine();
  const value = new Uint8Array(3 << 20).fill(7);
  await engine.commit([{ kind: "put", key: bytesOf("large"), value }]);
  assertEquals((await engine.get(bytesOf("large")))?.length, value.length);
});
