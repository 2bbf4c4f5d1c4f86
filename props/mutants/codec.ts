/**
 * Mistakes with bytes: contexts, records, values that are not what they say.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const CONTEXT = "src/protocol/codec_context.ts";
const RECORD = "src/protocol/codec_record.ts";
const SHAPE = "src/protocol/codec_shape.ts";

/** Mutants of the codec. */
export const codec: readonly Mutant[] = [
  {
    name: "any-tag-is-newer",
    file: SHAPE,
    from: "if (!Number.isSafeInteger(got) || (got as number) < Math.max(...known)) {",
    to: "if (false) {",
    why: "every kind that is not known is taken for one of a newer rotor, damage too",
    kills: ["V10"],
  },
  {
    name: "batch-falls-with-a-rumor",
    file: "src/protocol/codec_rumor.ts",
    from: "if (!(error instanceof UnknownVersionError)) throw error;",
    to: "throw error;",
    why: "one change of a newer rotor makes a whole batch of messages unreadable",
    kills: ["V10"],
  },
  {
    name: "context-of-any-key",
    file: CONTEXT,
    from: "if (named !== digestOf(bytesOf(nameBytes(name)))) {",
    to: "if (false) {",
    why: "a context of another key is believed, and silences writes to come",
    kills: ["D21"],
  },
  {
    name: "context-unsealed",
    file: CONTEXT,
    from: "if (!fits.includes(true)) {",
    to: "if (false) {",
    why: "a context that anybody made up is believed",
    kills: ["D21"],
  },
  {
    name: "context-newest-secret-only",
    file: CONTEXT,
    from: "const keys = secrets.length > 0 ? secrets : [undefined];",
    to: "const keys = [secrets[0]];",
    why: "contexts under the old secret are refused as soon as there is a new one",
    kills: ["D21"],
  },
  {
    name: "context-forgets-stamp",
    file: CONTEXT,
    from: ".u64(stamp)",
    to: ".u64(0)",
    why: "a context forgets the greatest stamp that its client has seen",
    kills: ["D16"],
  },
  {
    name: "context-short-counters",
    file: CONTEXT,
    from: "return view.getUint32(at - 8) * 2 ** 32 + view.getUint32(at - 4);",
    to: "return view.getUint32(at - 4);",
    why: "counters in a context come back modulo 2^32",
    kills: ["D16"],
  },
  {
    name: "codec-counts-from-zero",
    file: RECORD,
    from: "whole({ min: 1, max: MAX_COUNTER })",
    to: "whole({ min: 0, max: MAX_COUNTER })",
    why: "an event that never happened, number 0, is decoded as one",
    kills: ["V10"],
  },
  {
    name: "codec-uncovered-dot",
    file: RECORD,
    from:
      'if (counter > clock.get(actor)!) refuse(path, "a dot that the clock covers", counter);\n',
    to: "",
    why: "a damaged container is decoded, with a value whose event it has not seen",
    kills: ["V10"],
  },
  {
    name: "codec-inexact-counters",
    file: SHAPE,
    from: "Number.isSafeInteger(raw) && (raw as number) >= min && (raw as number) <= max &&",
    to: "(raw as number) >= min &&",
    why: "counters above 2^53-1 are taken from the wire",
    kills: ["V13"],
  },
  {
    name: "codec-shares-memory",
    file: SHAPE,
    from: "raw instanceof Uint8Array ? raw.slice() :",
    to: "raw instanceof Uint8Array ? raw :",
    why: "a decoded value is a view of the bytes that it came from",
    kills: ["V10"],
  },
];
