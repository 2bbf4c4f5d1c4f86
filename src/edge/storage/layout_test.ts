import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { actor, objectName } from "../../../props/generators.ts";
import { byteString, MAX_NAME_BYTES } from "../../id.ts";
import { positionOf } from "../../ring/hash.ts";
import { DENO_KV_LIMITS, denoKvSizeOf } from "./deno_kv.ts";
import { chunkKey, chunksOf, intentKey, metaKey, ownerOf, recordKey } from "./layout.ts";

function denoKvKeyBytes(key: Uint8Array): number {
  return denoKvSizeOf({ kind: "delete", key }).keyBytes;
}

const NAME = fc.record({
  type: fc.constant("default"),
  bucket: fc.string({ unit: fc.constantFrom("\0", "b", "\xff"), maxLength: 3 }),
  key: fc.string({ unit: fc.constantFrom("\0", "k", "\xff"), maxLength: 3 }),
});

Deno.test("the longest keys fit Deno KV, which counts a zero byte twice", () => {
  const name = { type: "", bucket: "", key: "\0".repeat(MAX_NAME_BYTES) };
  const owner = recordKey(name);
  const worst = "\0".repeat(16);
  for (const key of [owner, intentKey(owner), chunkKey(owner, worst, 0)]) {
    assert(denoKvKeyBytes(key) <= DENO_KV_LIMITS.maxKeyBytes, `got ${denoKvKeyBytes(key)}`);
  }
  // The position is a hash: were it all zeros, its 16 bytes would count twice, and the key would fit still.
  assert(denoKvKeyBytes(chunkKey(owner, worst, 0)) + 16 <= DENO_KV_LIMITS.maxKeyBytes);
});

Deno.test("a record's key begins with its position", () => {
  const name = objectName("carts", "mary");
  assertEquals(byteString(recordKey(name).subarray(1, 17)), positionOf(name));
});

Deno.test("the chunks of one owner are one range, and nobody else's are in it", () => {
  const blob = fc.constantFrom("\0".repeat(16), actor("a").slice(0, 14).padEnd(16, "\xff"));
  const index = fc.constantFrom(0, 1, 2 ** 32 - 1);
  fc.assert(fc.property(NAME, NAME, blob, index, (mine, yours, blob, index) => {
    const [a, b] = [recordKey(mine), recordKey(yours)];
    const { start, end } = chunksOf(a);
    const chunk = byteString(chunkKey(b, blob, index));
    const inside = byteString(start) <= chunk && chunk < byteString(end);
    assertEquals(inside, byteString(a) === byteString(b));
    return true;
  }));
  const meta = chunksOf(metaKey("a"));
  const longer = byteString(chunkKey(metaKey("ab"), "\0".repeat(16), 0));
  assert(longer < byteString(meta.start) || longer >= byteString(meta.end));
});

Deno.test("an intent says whose it is", () => {
  const owner = recordKey(objectName("b", "k"));
  assertEquals(ownerOf(intentKey(owner)), owner);
});
