import { assertEquals, assertThrows } from "@std/assert";
import { hex, type Position } from "../id.ts";
import { integerOf, positionAt, positionOf, RING_SIZE } from "./hash.ts";

// Made with md5sum from bytes that were written by another program: u32 lengths, then the bytes.
const VECTORS: [type: string, bucket: string, key: string, md5: string][] = [
  ["default", "carts", "mary", "4708d54e7a7eb64781f5f8b312e60247"],
  ["", "", "", "8dd6bb7329a71449b0a1b292b5999164"],
  ["default", "b", "\x00\xff", "2818edc458cb261228fd34db68e55f7d"],
  ["a", "bc", "d", "bf6fbdc24068ee03861eb6a6014b2dbe"],
  ["ab", "c", "d", "23b4784d44bc602914a93241afd4a627"],
];

Deno.test("a position is the MD5 of the length-prefixed name", () => {
  for (const [type, bucket, key, md5] of VECTORS) {
    assertEquals(hex(positionOf({ type, bucket, key })), md5);
  }
});

Deno.test("positions and whole numbers are one another, at both ends and in between", () => {
  assertEquals(positionAt(0n), "\0".repeat(16));
  assertEquals(positionAt(RING_SIZE - 1n), "\xff".repeat(16));
  for (const integer of [0n, 1n, 255n, 256n, RING_SIZE / 3n, RING_SIZE - 1n]) {
    assertEquals(integerOf(positionAt(integer)), integer);
  }
  assertEquals(integerOf(("\x01" + "\0".repeat(15)) as Position), 1n << 120n);
  assertThrows(() => positionAt(RING_SIZE), RangeError, "0 to 2^128-1 wanted");
  assertThrows(() => positionAt(-1n), RangeError, "got -1");
});
