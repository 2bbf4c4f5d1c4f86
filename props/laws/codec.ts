/**
 * Laws of the codec: everything that is written can be read back, and equal values have equal bytes.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  CodecError,
  decodeEnvelope,
  decodeMeta,
  decodeRecord,
  decodeVerdict,
  encodeEnvelope,
  encodeMeta,
  encodeRecord,
  encodeVerdict,
  FORMAT,
} from "../../src/protocol/codec.ts";
import { record } from "../generators.ts";
import { example, type Law, random } from "../law.ts";
import { meta } from "../change_generators.ts";
import { envelope, messages, verdict } from "../message_generators.ts";

/** One kind of body: its values, and the way there and back. */
interface Body<Value> {
  readonly value: fc.Arbitrary<Value>;
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): Value;
}

/** V10. */
export const laws: readonly Law[] = [
  ...bodyLaws("record", {
    value: record,
    encode: (value) => encodeRecord(value),
    decode: (bytes) => decodeRecord(bytes),
  }),
  ...bodyLaws("envelope", { value: envelope, encode: encodeEnvelope, decode: decodeEnvelope }),
  ...bodyLaws("verdict", { value: verdict, encode: encodeVerdict, decode: decodeVerdict }),
  ...bodyLaws("metadata", { value: meta, encode: encodeMeta, decode: decodeMeta }),
  ...Object.entries(messages).map(([kind, message]) =>
    random("V10", `message ${kind}: what is encoded decodes to the same`, (run) => {
      run.forAll(envelope, message, (envelope, message) => {
        const sent = { ...envelope, messages: [message] };
        assertEquals(decodeEnvelope(encodeEnvelope(sent)), sent);
        return true;
      });
    }, { runs: 40 })
  ),
  random("V10", "equal containers have equal bytes, however their clocks were filled", (run) => {
    run.forAll(record, (record) => {
      const { clock, siblings } = record.container;
      const container = { clock: new Map([...clock].reverse()), siblings };
      assertEquals(encodeRecord({ ...record, container }), encodeRecord(record));
      return true;
    });
  }),
  random("V10", "unequal records have unequal bytes", (run) => {
    run.forAll(record, record, (a, b) => {
      const same = JSON.stringify(encodeRecord(a)) === JSON.stringify(encodeRecord(b));
      if (same) assertEquals(a, b);
      else assertNotEquals(a, b);
      return true;
    });
  }),
  random("V10", "what is decoded shares no memory with the bytes that it came from", (run) => {
    run.forAll(record, (record) => {
      const bytes = encodeRecord(record);
      const decoded = decodeRecord(bytes);
      bytes.fill(0);
      assertEquals(decoded, record);
      return true;
    });
  }),
];

function bodyLaws<Value>(what: string, { value, encode, decode }: Body<Value>): Law[] {
  const damages = fc.array(
    fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }), cut: fc.boolean() }),
    { minLength: 1, maxLength: 3 },
  );
  return [
    random("V10", `${what}: what is encoded decodes to the same`, (run) => {
      run.forAll(value, (value) => {
        assertEquals(decode(encode(value)), value);
        return true;
      });
    }),
    random(
      "V10",
      `${what}: damaged bytes give a CodecError, or a value that is as good as any`,
      (run) => {
        run.forAll(value, damages, (value, damages) => {
          const decoded = tryDecode(decode, damaged(encode(value), damages));
          if (decoded !== undefined) assertEquals(decode(encode(decoded)), decoded);
          return true;
        });
      },
      { runs: 1000 },
    ),
    example(
      "V10 T8",
      `${what}: some damage is not noticed, for a checksum is not the codec's`,
      () => {
        const samples = fc.sample(fc.tuple(value, damages), { numRuns: 1000, seed: 1 });
        const survivors = samples.filter(([value, damages]) =>
          tryDecode(decode, damaged(encode(value), damages)) !== undefined
        );
        assert(survivors.length > 0, "damage that gives another good value wanted");
      },
    ),
    random("V10", `${what}: arbitrary bytes give a CodecError, never another exception`, (run) => {
      run.forAll(fc.uint8Array({ maxLength: 60, size: "max" }), (bytes) => {
        tryDecode(decode, bytes);
        tryDecode(decode, new Uint8Array([FORMAT, ...bytes]));
        return true;
      });
    }, { runs: 1000 }),
    random("V10", `${what}: a newer format is refused by name`, (run) => {
      run.forAll(value, (value) => {
        const bytes = encode(value);
        bytes[0] = FORMAT + 1;
        assertThrows(() => decode(bytes), CodecError, "of a newer format");
        bytes[0] = 0;
        assertThrows(() => decode(bytes), CodecError, `format ${FORMAT} wanted, got 0`);
        assertThrows(() => decode(new Uint8Array(0)), CodecError, "got nothing");
        return true;
      });
    }, { runs: 20 }),
  ];
}

/** Decodes; a `CodecError` of one sentence is undefined, any other error is thrown. */
function tryDecode<Value>(decode: Body<Value>["decode"], bytes: Uint8Array): Value | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    assert(/^Cannot decode .{1,300}$/.test(error.message), error.message);
    return undefined;
  }
}

/** The bytes with some of them changed, or cut off there. */
function damaged(
  bytes: Uint8Array,
  damages: readonly { at: number; to: number; cut: boolean }[],
): Uint8Array {
  for (const { at, to, cut } of damages) {
    bytes[at % bytes.length] = to;
    if (cut) bytes = bytes.slice(0, 1 + at % bytes.length);
  }
  return bytes;
}
