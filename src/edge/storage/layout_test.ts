import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { actor, objectName } from "../../../props/generators.ts";
import { byteString, MAX_NAME_BYTES, nameBytes, nodeId } from "../../id.ts";
import { positionOf } from "../../ring/hash.ts";
import { DENO_KV_LIMITS, denoKvSizeOf } from "./deno_kv.ts";
import {
  chunkKey,
  chunksOf,
  copyKey,
  hintKey,
  hintsFor,
  intentKey,
  metaKey,
  nameInHintKey,
  parcelKeyOf,
  recordKey,
} from "./layout.ts";

function denoKvKeyBytes(key: Uint8Array): number {
  return denoKvSizeOf({ kind: "delete", key }).keyBytes;
}

const NAME = fc.record({
  type: fc.constant("default"),
  bucket: fc.string({ unit: fc.constantFrom("\0", "b", "\xff"), maxLength: 3 }),
  key: fc.string({ unit: fc.constantFrom("\0", "k", "\xff"), maxLength: 3 }),
});

/** Owners of which one's name is the beginning of another's. */
const OWNER = fc.constantFrom("n1", "n10", "n2").map(nodeId);
const COPY = fc.record({ name: NAME, owner: fc.option(OWNER) });

Deno.test("the longest keys fit Deno KV, which counts a zero byte twice", () => {
  const name = { type: "", bucket: "", key: "\0".repeat(MAX_NAME_BYTES) };
  const worst = "\0".repeat(16);
  const keys = [recordKey(name), hintKey(nodeId("n".repeat(32)), name)].flatMap((parcel) => [
    parcel,
    intentKey(parcel),
    chunkKey(parcel, worst, 0),
  ]);
  // The position is a hash: were it all zeros, its 16 bytes would count twice, and the key would fit still.
  const longest = Math.max(...keys.map(denoKvKeyBytes)) + 16;
  assertEquals(longest, 1_931);
  assert(longest <= DENO_KV_LIMITS.maxKeyBytes);
});

Deno.test("a record's key begins with its position", () => {
  const name = objectName("carts", "mary");
  assertEquals(byteString(recordKey(name).subarray(1, 17)), positionOf(name));
});

Deno.test("the chunks of one parcel are one range, and nobody else's are in it", () => {
  const blob = fc.constantFrom("\0".repeat(16), actor("a").slice(0, 14).padEnd(16, "\xff"));
  const index = fc.constantFrom(0, 1, 2 ** 32 - 1);
  fc.assert(fc.property(COPY, COPY, blob, index, (mine, yours, blob, index) => {
    const [a, b] = [copyKey(mine), copyKey(yours)];
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
  const parcel = recordKey(objectName("b", "k"));
  assertEquals(parcelKeyOf(intentKey(parcel)), parcel);
});

Deno.test("the hints of one owner are one range, in the order of position and name", () => {
  fc.assert(fc.property(OWNER, OWNER, NAME, NAME, (mine, yours, name, after) => {
    const key = byteString(hintKey(yours, name));
    const isIn = ({ start, end }: { start: Uint8Array; end: Uint8Array }) =>
      byteString(start) <= key && key < byteString(end);
    assertEquals(isIn(hintsFor(mine)), mine === yours);
    const place = (one: typeof name) => positionOf(one) + nameBytes(one);
    assertEquals(isIn(hintsFor(mine, after)), mine === yours && place(name) > place(after));
    return true;
  }));
});

Deno.test("a hint's key says its name; one that is cut or longer says none", () => {
  fc.assert(fc.property(OWNER, NAME, fc.nat(), (owner, name, cut) => {
    const key = hintKey(owner, name);
    assertEquals(nameInHintKey(key), name);
    assertEquals(nameInHintKey(key.subarray(0, cut % key.length)), null);
    assertEquals(nameInHintKey(new Uint8Array([...key, 0])), null);
    return true;
  }));
});
