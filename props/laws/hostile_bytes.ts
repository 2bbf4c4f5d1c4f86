/**
 * Laws of what a decoder refuses: bytes that somebody made up by hand. It faces the network and the disk, so it trusts no
 * length and no number, and makes nothing of a lie.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { encode } from "@msgpack/msgpack";
import { MAX_COUNTER } from "../../src/id.ts";
import { CodecError, decodeEnvelope, decodeRecord, FORMAT } from "../../src/protocol/codec.ts";
import { actor } from "../generators.ts";
import { example, type Law } from "../law.ts";

function body(packed: unknown): Uint8Array {
  return new Uint8Array([FORMAT, ...encode(packed)]);
}

/** A packed record of a clock and siblings given as they stand on the wire. */
function packedRecord(clock: unknown, siblings: unknown, mine: unknown = null): Uint8Array {
  return body([[clock, siblings], mine]);
}
const [A, B] = [actor("a"), actor("b")];
const sibling = (index: number, counter: unknown) => [
  index,
  counter,
  ...[false, "text/plain", [], 0, 0, null, "w".repeat(16)],
  new Uint8Array(1),
];

/** V10 and V13. */
export const laws: readonly Law[] = [
  example("V13", "a counter beyond 2^53-1 is refused, wherever it stands", () => {
    const beyond = BigInt(MAX_COUNTER) + 1n;
    const u64 = (value: bigint) =>
      new Uint8Array([0xcf, ...new Uint8Array(new BigUint64Array([value]).buffer).reverse()]);
    // [[[A, counter], []], null] by hand, for the library writes no number that large
    const head = encode(A);
    const withCounter = (value: bigint) =>
      new Uint8Array([FORMAT, 0x92, 0x92, 0x92, ...head, ...u64(value), 0x90, 0xc0]);
    assertEquals(decodeRecord(withCounter(beyond - 1n)).container.clock.get(A), MAX_COUNTER);
    for (const counter of [beyond, beyond + 1n, 2n ** 64n - 1n]) {
      assertThrows(() => decodeRecord(withCounter(counter)), CodecError, "clock");
    }
    for (const counter of [0, -1, 0.5, "1", null]) {
      assertThrows(() => decodeRecord(packedRecord([A, counter], [])), CodecError, "whole number");
    }
  }),
  example("V10", "a container that breaks an invariant is refused", () => {
    const refused = (clock: unknown, siblings: unknown, why: string) =>
      assertThrows(() => decodeRecord(packedRecord(clock, siblings)), CodecError, why);
    decodeRecord(packedRecord([A, 2, B, 1], [sibling(0, 1), sibling(0, 2), sibling(1, 1)]));
    refused([B, 1, A, 1], [], "ascending actors");
    refused([A, 1, A, 2], [], "ascending actors");
    refused([A], [], "whole number");
    refused([A, 0], [], "whole number");
    refused([A, 1, B, 0], [sibling(0, 1)], "whole number");
    refused([A, 1], [sibling(0, 0)], "whole number");
    for (
      const actor of ["a", A + "x", "\x02" + A.slice(1), "\x01A" + A.slice(2), "\x00" + A.slice(2)]
    ) {
      refused([actor, 1], [], "an actor");
    }
    refused([A, 2], [sibling(0, 2), sibling(0, 1)], "ascending dots");
    refused([A, 2], [sibling(0, 1), sibling(0, 1)], "ascending dots");
    refused([A, 2, B, 1], [sibling(1, 1), sibling(0, 1)], "ascending dots");
    refused([A, 1], [sibling(0, 2)], "a dot that the clock covers");
    refused([A, 1], [sibling(1, 1)], "an actor of the clock");
    refused([], [sibling(0, 1)], "an actor of the clock");
    refused([A, 1], [sibling(0, 1).toSpliced(3, 1)], "fields");
    refused([A, 1], [[0, 1]], "fields");
  }),
  example("V10", "lengths that lie are refused before anything is made of them", () => {
    const lies: [number[], string][] = [
      [[0xdd, 0xff, 0xff, 0xff, 0xff], "does not fit"], // a list of 4 G
      [[0xdc, 0xff, 0xff, 0x01], "does not fit"],
      [[0xc6, 0xff, 0xff, 0xff, 0xff], "got the end"], // 4 GiB of bytes
      [[0xdb, 0xff, 0xff, 0xff, 0xff], "got the end"],
      [[0xd9], "got the end"],
      [[0x91], "does not fit"],
      [[0x81, 0x01, 0x01], "a type that is used here"], // a map
      [[0xc7, 0x00, 0x01], "a type that is used here"], // an extension
      [[0xd6, 0xff, 0, 0, 0, 0], "a type that is used here"], // a timestamp
      [[0xc1], "a type that is used here"],
      [[0xc0, 0xc0], "an end wanted"],
      [[], "got the end"],
      [new Array(10_000).fill(0x91).concat(0x90), "nest too deep"],
    ];
    for (const [bytes, why] of lies) {
      assertThrows(() => decodeEnvelope(new Uint8Array([FORMAT, ...bytes])), CodecError, why);
    }
    // Nested lists which each claim as many elements as there are bytes left: cheap to send, dear to believe.
    const nested = new Uint8Array(1 << 20);
    nested[0] = FORMAT;
    const view = new DataView(nested.buffer);
    for (let at = 1; at + 5 < nested.length; at += 5) {
      nested[at] = 0xdd;
      view.setUint32(at + 1, nested.length - at - 5);
    }
    assertThrows(() => decodeEnvelope(nested), CodecError, "nest too deep");
  }),
];
