/**
 * Laws of the codec: everything that is written can be read back, equal values have equal bytes, and no bytes whatever
 * make a decoder do anything but return a value or throw a `CodecError`.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { MAX_COUNTER } from "../src/id.ts";
import {
  CodecError,
  ContextError,
  decodeContext,
  decodeEnvelope,
  decodeMeta,
  decodeRecord,
  decodeVerdict,
  encodeContext,
  encodeEnvelope,
  encodeMeta,
  encodeRecord,
  encodeVerdict,
  FORMAT,
} from "../src/protocol/codec.ts";
import { actor, byteStrings, context, name, record } from "./generators.ts";
import { envelope, messages, meta, verdict } from "./message_generators.ts";

const RUNS = { numRuns: 150 };

/** Each kind of body: values, and the way there and back. */
const BODIES = {
  record: {
    value: record as fc.Arbitrary<unknown>,
    encode: (value: never) => encodeRecord(value),
    decode: (bytes: Uint8Array): unknown => decodeRecord(bytes),
  },
  envelope: {
    value: envelope as fc.Arbitrary<unknown>,
    encode: (value: never) => encodeEnvelope(value),
    decode: (bytes: Uint8Array): unknown => decodeEnvelope(bytes),
  },
  verdict: {
    value: verdict as fc.Arbitrary<unknown>,
    encode: (value: never) => encodeVerdict(value),
    decode: (bytes: Uint8Array): unknown => decodeVerdict(bytes),
  },
  metadata: {
    value: meta as fc.Arbitrary<unknown>,
    encode: (value: never) => encodeMeta(value),
    decode: (bytes: Uint8Array): unknown => decodeMeta(bytes),
  },
};

/** Decodes; a `CodecError` of one sentence is undefined, any other error is thrown. */
function tryDecode(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    assert(/^Cannot decode .{1,300}$/.test(error.message), error.message);
    return undefined;
  }
}

for (const [what, body] of Object.entries(BODIES)) {
  Deno.test(`V10 ${what}: what is encoded decodes to the same`, () => {
    fc.assert(
      fc.property(body.value, (value) => {
        assertEquals(body.decode(body.encode(value as never)), value);
        return true;
      }),
      RUNS,
    );
  });

  Deno.test(`V10 ${what}: damaged bytes give a CodecError, or a value that is as good as any other`, () => {
    const damage = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }), cut: fc.boolean() });
    let survivors = 0;
    fc.assert(
      fc.property(body.value, fc.array(damage, { minLength: 1, maxLength: 3 }), (value, damage) => {
        let bytes = body.encode(value as never);
        for (const { at, to, cut } of damage) {
          bytes[at % bytes.length] = to;
          if (cut) bytes = bytes.slice(0, 1 + at % bytes.length);
        }
        const decoded = tryDecode(body.decode, bytes);
        if (decoded === undefined) return true;
        survivors++;
        assertEquals(body.decode(body.encode(decoded as never)), decoded);
        return true;
      }),
      { numRuns: 1000 },
    );
    assert(survivors > 0, "some damage that is not noticed wanted: a checksum is not the codec's");
  });

  Deno.test(`V10 ${what}: arbitrary bytes give a CodecError, never another exception`, () => {
    const any = fc.uint8Array({ maxLength: 60, size: "max" });
    fc.assert(
      fc.property(any, (bytes) => {
        tryDecode(body.decode, bytes);
        tryDecode(body.decode, new Uint8Array([FORMAT, ...bytes]));
        return true;
      }),
      { numRuns: 1000 },
    );
  });

  Deno.test(`V10 ${what}: a newer format is refused by name`, () => {
    const [bytes] = fc.sample(body.value, 1).map((value) => body.encode(value as never));
    bytes![0] = FORMAT + 1;
    assertThrows(() => body.decode(bytes!), CodecError, "of a newer format");
    bytes![0] = 0;
    assertThrows(() => body.decode(bytes!), CodecError, `format ${FORMAT} wanted, got 0`);
    assertThrows(() => body.decode(new Uint8Array(0)), CodecError, "got nothing");
  });
}

for (const [kind, message] of Object.entries(messages)) {
  Deno.test(`V10 message ${kind}: what is encoded decodes to the same`, () => {
    fc.assert(
      fc.property(envelope, message, (envelope, message) => {
        const sent = { ...envelope, messages: [message] };
        assertEquals(decodeEnvelope(encodeEnvelope(sent)), sent);
        return true;
      }),
      { numRuns: 40 },
    );
  });
}

Deno.test("V10 equal containers have equal bytes, however their clocks were filled", () => {
  fc.assert(
    fc.property(record, (record) => {
      const { clock, siblings } = record.container;
      const backwards = {
        ...record,
        container: { clock: new Map([...clock].reverse()), siblings },
      };
      assertEquals(encodeRecord(backwards), encodeRecord(record));
      return true;
    }),
    RUNS,
  );
});

Deno.test("V10 unequal records have unequal bytes", () => {
  fc.assert(
    fc.property(record, record, (a, b) => {
      const same = JSON.stringify(encodeRecord(a)) === JSON.stringify(encodeRecord(b));
      if (same) assertEquals(a, b);
      else assertNotEquals(a, b);
      return true;
    }),
    RUNS,
  );
});

Deno.test("V10 what is decoded shares no memory with the bytes that it came from", () => {
  fc.assert(
    fc.property(record, (record) => {
      const bytes = encodeRecord(record);
      const decoded = decodeRecord(bytes);
      bytes.fill(0);
      assertEquals(decoded, record);
      return true;
    }),
    RUNS,
  );
});

// ---- Hostile bytes

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

Deno.test("V13 a counter beyond 2^53-1 is refused, wherever it stands", () => {
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
});

Deno.test("V10 a container that breaks an invariant is refused", () => {
  const refused = (clock: unknown, siblings: unknown, why: string) =>
    assertThrows(() => decodeRecord(packedRecord(clock, siblings)), CodecError, why);
  decodeRecord(packedRecord([A, 2, B, 1], [sibling(0, 1), sibling(0, 2), sibling(1, 1)]));
  refused([B, 1, A, 1], [], "ascending actors");
  refused([A, 1, A, 2], [], "ascending actors");
  refused([A], [], "whole number");
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
});

Deno.test("V10 lengths that lie are refused before anything is made of them", () => {
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
});

// ---- The context token

const secret = fc.uint8Array({ minLength: 1, maxLength: 40 });

Deno.test("D16 a context comes back from its token as it was, and the token fits into a header", () => {
  fc.assert(
    fc.property(context, name, fc.array(secret, { maxLength: 2 }), (context, name, secrets) => {
      const token = encodeContext(context, name, secrets);
      assert(/^[A-Za-z0-9_-]+$/.test(token));
      assertEquals(decodeContext(token, name, secrets), context);
      const backwards = { ...context, clock: new Map([...context.clock].reverse()) };
      assertEquals(encodeContext(backwards, name, secrets), token);
      return true;
    }),
    RUNS,
  );
});

Deno.test("D21 a context of another key is refused", () => {
  fc.assert(
    fc.property(context, name, name, fc.array(secret), (context, one, other, secrets) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      const token = encodeContext(context, one, secrets);
      assertThrows(() => decodeContext(token, other, secrets), ContextError, "another key");
      return true;
    }),
    RUNS,
  );
});

Deno.test("D21 a forged context is refused: every changed byte shows, and so does another secret", () => {
  fc.assert(
    fc.property(context, name, secret, fc.nat(), fc.integer({ min: 1, max: 255 }), (
      context,
      name,
      secret,
      at,
      flip,
    ) => {
      const token = encodeContext(context, name, [secret]);
      const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
      bytes[at % bytes.length]! ^= flip;
      const forged = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
      assertThrows(() => decodeContext(forged, name, [secret]), ContextError);
      const why = "not sealed by this cluster";
      assertThrows(() => decodeContext(token, name, [secret.map((b) => b ^ 1)]), ContextError, why);
      assertThrows(() => decodeContext(token, name, []), ContextError, why);
      const keyless = encodeContext(context, name, []);
      assertThrows(() => decodeContext(keyless, name, [secret]), ContextError, why);
      return true;
    }),
    RUNS,
  );
});

Deno.test("D21 a context under any secret of the list is taken, so that a secret can be changed", () => {
  fc.assert(
    fc.property(context, name, secret, (context, name, old) => {
      const fresh = new Uint8Array([...old, 1]);
      const token = encodeContext(context, name, [old]);
      assertEquals(decodeContext(token, name, [fresh, old]), context);
      assertThrows(() => decodeContext(token, name, [fresh]), ContextError);
      assertEquals(
        encodeContext(context, name, [fresh, old]),
        encodeContext(context, name, [fresh]),
      );
      return true;
    }),
    RUNS,
  );
});

Deno.test("D21 any text is a context or a ContextError that says why", () => {
  const any = fc.oneof(fc.string(), byteStrings({ maxLength: 80 }), fc.base64String());
  const key = { type: "default", bucket: "b", key: "k" };
  fc.assert(
    fc.property(any, (text) => {
      const error = assertThrows(() => decodeContext(text, key, []), ContextError);
      return error.message.startsWith("Cannot use this context: it is ");
    }),
    { numRuns: 500 },
  );
});
