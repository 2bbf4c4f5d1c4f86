/**
 * The leaf and the tag, pinned: bytes written out here by hand, hashed by the platform and not by the library. Whoever
 * changes one of these makes every replica of an older version differ from every newer one, for ever.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Actor, type Dot, fromHex, hex } from "../id.ts";
import { containerDigest, vtag } from "./digest.ts";
import { type Container, EMPTY } from "./siblings.ts";
import { version } from "../../props/generators.ts";

/** SHA-256 of bytes written as hex with spaces, by the platform. */
async function sha256(bytes: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    Uint8Array.fromHex(bytes.replaceAll(/\s/g, "")),
  );
  return new Uint8Array(digest).toHex();
}

// Node "a", boot 01…08, seq 1; and node "b2", the same boot, seq 258.
const A = fromHex("01" + "61" + "0102030405060708" + "00000001") as Actor;
const B = fromHex("02" + "6232" + "0102030405060708" + "00000102") as Actor;
const name = { type: "default", bucket: "b", key: "\x00\xff" };
const sibling = (dot: Dot) => ({ dot, version: version("anything") });

Deno.test("the leaf of a container is H of these bytes", async () => {
  const container: Container = {
    clock: new Map([[B, 3], [A, 2 ** 32 + 7]]),
    siblings: [sibling({ actor: A, counter: 5 }), sibling({ actor: B, counter: 3 })],
  };
  const bytes = `
    01
    00000007 64656661756c74  00000001 62  00000002 00ff
    00000002
      0000000e 01 61   0102030405060708 00000001  0000000100000007
      0000000f 02 6232 0102030405060708 00000102  0000000000000003
    00000002
      0000000e 01 61   0102030405060708 00000001  0000000000000005
      0000000f 02 6232 0102030405060708 00000102  0000000000000003`;
  const leaf = hex(containerDigest(name, container));
  assertEquals(leaf, (await sha256(bytes)).slice(0, 32));
  assertEquals(leaf, "184fe82dc6ffcf049bf7518fa8407303");
});

Deno.test("the leaf of a key that was never written has no events in it", async () => {
  const bytes = "01 00000007 64656661756c74 00000001 62 00000002 00ff 00000000 00000000";
  assertEquals(hex(containerDigest(name, EMPTY)), (await sha256(bytes)).slice(0, 32));
});

Deno.test("the tag of a version is 8 bytes of SHA-256 of its dot, in base64url", async () => {
  const digest = await sha256("0000000e 01 61 0102030405060708 00000001 0000000000000005");
  const tag = vtag({ actor: A, counter: 5 });
  assertEquals(Uint8Array.fromBase64(tag, { alphabet: "base64url" }).toHex(), digest.slice(0, 16));
  assertEquals(tag, "2tG3fi5_IUU");
});
