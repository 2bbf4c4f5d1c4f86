/**
 * Examples of batches and verdicts as bytes, and of the sentences that bad ones get; the laws are in
 * `props/laws/codec.ts`.
 *
 * @module
 */
import { encode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import { BOOT, objectName } from "../../props/generators.ts";
import { type Digest, nodeId } from "../id.ts";
import {
  CodecError,
  decodeEnvelope,
  decodeVerdict,
  encodeEnvelope,
  encodeVerdict,
  FORMAT,
} from "./codec.ts";
import type { Envelope } from "./envelope.ts";
import { failure } from "./error.ts";

const envelope: Envelope = {
  cluster: "\xff".repeat(16) as Digest,
  from: nodeId("a"),
  fromBoot: BOOT,
  to: nodeId("b"),
  toBoot: BOOT,
  toStampMs: 1.25,
  messages: [
    { kind: "read", request: 1, name: objectName("b", "k"), n: 3, asFallback: false },
    {
      kind: "forward_reply",
      request: 2,
      outcome: failure("quorum_unmet", "Cannot put: 2 wanted, got 1 – “too few”", {
        want: { w: 2 },
        got: { w: 1 },
      }),
    },
  ],
};

/** The batch's elements, to be changed and encoded by hand. */
const packed = (message: unknown) =>
  new Uint8Array([
    FORMAT,
    ...encode(["\xff".repeat(16), "a", BOOT, "b", BOOT, 1.25, [message]]),
  ]);
const refused = (message: unknown, why: string) => {
  const { message: sentence } = assertThrows(() => decodeEnvelope(packed(message)), CodecError);
  assertEquals(sentence, `Cannot decode envelope.messages[0]${why}`);
};

/** The numbers of all kinds of messages. */
const KINDS = Array.from({ length: 40 }, (_, kind) => kind).join(",");

Deno.test("a batch comes back as it was, and details for people may have any characters", () => {
  assertEquals(decodeEnvelope(encodeEnvelope(envelope)), envelope);
});

Deno.test("a message that is wrong is refused by the path of what is wrong first", () => {
  const name = ["default", "b", "k"];
  refused([0, 1, name, 0, false], ".n: a whole number from 1 to 16 wanted, got 0");
  refused([0, 1, name, "3", false], '.n: a whole number from 1 to 16 wanted, got "3"');
  refused([0, 1, name, 3], ": a list of 5 fields wanted, got a list of 4");
  refused([0, 1, name, 3, false, 4], ": a list of 5 fields wanted, got a list of 6");
  refused(
    [0, 1, ["default", "b", "k\u0100"], 3, false],
    '.name.key: a string of 0 to 900 bytes wanted, got "k\u0100"',
  );
  refused(
    [0, 1, ["default", "b".repeat(450), "k".repeat(450)], 3, false],
    ".name: at most 900 bytes together wanted, got 907",
  );
  refused(
    [99, 1],
    ".kind: it is of a newer rotor, at most 39 wanted, got 99",
  );
  refused(
    [],
    `.kind: one of ${KINDS} wanted, got undefined`,
  );
  refused(7, ": a list wanted, got 7");
  refused([7, 1, new Uint8Array(16), 0], ".writeId: a string of 16 bytes wanted, got 16 bytes");
});

Deno.test("a batch to nobody, or from somebody who is no node, is refused", () => {
  const bytes = encodeEnvelope({ ...envelope, from: "No Node" as typeof envelope.from });
  assertThrows(() => decodeEnvelope(bytes), CodecError, "envelope.from: a node id wanted");
});

Deno.test("a verdict comes back as it was", () => {
  for (const refused of [null, "too_old"] as const) {
    const verdict = { refused, boot: BOOT, stampMs: 7.5 };
    assertEquals(decodeVerdict(encodeVerdict(verdict)), verdict);
  }
});

Deno.test("a batch is not a verdict, and a verdict is not a batch", () => {
  assertThrows(() => decodeVerdict(encodeEnvelope(envelope)), CodecError, "a list of 3 fields");
  const verdict = encodeVerdict({ refused: null, boot: BOOT, stampMs: 0 });
  assertThrows(() => decodeEnvelope(verdict), CodecError, "a list of 7 fields");
});
