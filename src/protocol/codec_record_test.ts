/**
 * The bytes of a record, pinned: whoever changes them must raise the format and go on reading these.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { actor, clockOf, version } from "../../props/generators.ts";
import type { WriteId } from "../id.ts";
import { decodeRecord, encodeRecord } from "./codec.ts";
import type { StoredRecord } from "./event.ts";

const dot = { actor: actor("a"), counter: 2 };
const record: StoredRecord = {
  container: {
    clock: clockOf({ b: 300, a: 2 }),
    siblings: [{
      dot,
      version: version("hi\xff", {
        headers: [["x-riak-meta-k", "v\xe9"]],
        lastModifiedMs: 5,
        stamp: 6000,
        expiresAtMs: 7,
        writeId: "0123456789abcdef" as WriteId,
      }),
    }],
  },
  mine: dot,
};

// Byte strings are MessagePack strings, so a char above 127 takes two bytes; contents are bytes.
const BYTES = bytesIn(`
  01                                          # format
  92                                          # a record: container, own dot
    92                                        # a container: clock, siblings
      94                                      # a clock: actor, counter, actor, counter
        ae 0161 0000000000000001 00000001  02
        ae 0162 0000000000000001 00000001  cd012c
      91                                      # one sibling
        9a 00 02                              # index of its actor in the clock, counter
          c2                                  # not a tombstone
          aa 746578742f706c61696e             # content type
          92 ad 782d7269616b2d6d6574612d6b a3 76c3a9
          05 cd1770 07                        # last modified, stamp, expiry
          b0 30313233343536373839616263646566 # write id
          c4 03 6869ff                        # content
    92 ae 0161 0000000000000001 00000001  02  # own dot
`);

/** The hex digits of a text, without its comments. */
function bytesIn(text: string): string {
  return text.replaceAll(/#.*/g, "").replaceAll(/\s/g, "");
}

Deno.test("a record has these bytes in format 1", () => {
  assertEquals(encodeRecord(record).toHex(), BYTES);
  assertEquals(decodeRecord(Uint8Array.fromHex(BYTES)), record);
});

Deno.test("a sibling that its clock does not cover cannot be encoded", () => {
  const { container, mine } = record;
  for (const clock of [clockOf({ a: 1 }), clockOf({ b: 9 }), clockOf({})]) {
    assertThrows(
      () => encodeRecord({ container: { ...container, clock }, mine }),
      Error,
      "lacks dot",
    );
  }
});
