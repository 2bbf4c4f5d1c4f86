/**
 * The frame of every body that rotor reads back: one byte of format version, then one MessagePack value.
 *
 * Bytes from a disk or a network may be anything. Before the library sees them, {@linkcode scan} walks over the headers
 * once, allocating nothing: every length must fit what is left, nothing may follow the value, lists nest no deeper than
 * {@linkcode MAX_DEPTH}, and there are no maps and no extensions. After that, no header can make the decoder reserve
 * more than the input's own size.
 *
 * @module
 */
import { Decoder, Encoder } from "@msgpack/msgpack";
import { CodecError, UnknownVersionError } from "./codec_shape.ts";

/** The format that is written. Raised when a shape changes; decoders go on to take the older ones. */
export const FORMAT = 1;
/** Lists in lists: an envelope's deepest header stands at 8. */
const MAX_DEPTH = 16;

// An encoder keeps the buffer of the largest value it has encoded. Above this size it is replaced.
const MAX_KEPT_BYTES = 1 << 20;
let encoder = new Encoder();
const decoder = new Decoder();

/** The bytes of a packed value. */
export function encodeBody(packed: unknown): Uint8Array<ArrayBuffer> {
  const shared = encoder.encodeSharedRef(packed);
  const body = new Uint8Array(1 + shared.length);
  body[0] = FORMAT;
  body.set(shared, 1);
  if (shared.length > MAX_KEPT_BYTES) encoder = new Encoder();
  return body;
}

/**
 * The packed value of `body`, with lengths checked and nothing else.
 *
 * @throws {CodecError} If it is of another format, or not one MessagePack value.
 */
export function decodeBody(body: Uint8Array, what: string): unknown {
  const format = body[0];
  if (format !== undefined && format > FORMAT) {
    throw new UnknownVersionError(
      `Cannot decode ${what}: it is of a newer format, ${FORMAT} wanted, got ${format}`,
    );
  }
  if (format !== FORMAT) {
    throw new CodecError(
      format === undefined
        ? `Cannot decode ${what}: a format byte wanted, got nothing`
        : `Cannot decode ${what}: format ${FORMAT} wanted, got ${format}`,
    );
  }
  scan(body, what);
  try {
    return decoder.decode(body.subarray(1));
  } catch (cause) {
    throw new CodecError(`Cannot decode ${what}: one MessagePack value wanted`, { cause });
  }
}

/** Payload length, by type byte, of what has a fixed one; -1 is a type that rotor does not use. */
const FIXED = new Int8Array(256).fill(-1);
FIXED.fill(0, 0x00, 0x80); // whole numbers up to 127
for (let n = 0; n < 32; n++) FIXED[0xa0 + n] = n; // short strings
for (const type of [0xc0, 0xc2, 0xc3]) FIXED[type] = 0; // nil, false, true
for (const [type, length] of [[0xca, 4], [0xcb, 8]]) FIXED[type!] = length!; // floats
for (const n of [0, 1, 2, 3]) FIXED[0xcc + n] = FIXED[0xd0 + n] = 1 << n; // u8–u64, i8–i64
FIXED.fill(0, 0xe0, 0x100); // whole numbers from -32 to -1

/** Width of the length, by type byte, of strings and byte arrays that have one. */
const SIZED = new Uint8Array(256);
for (const n of [0, 1, 2]) SIZED[0xc4 + n] = SIZED[0xd9 + n] = 1 << n;

/** Walks over the one value that begins at `body[1]`. */
function scan(body: Uint8Array, what: string): void {
  const outer: number[] = []; // how many more values each list around this one wants
  let wanted = 1;
  let at = 1;
  const length = (width: number) => {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (body[at + i] ?? 0);
    at += width;
    return value;
  };
  const bad = (why: string) => {
    throw new CodecError(`Cannot decode ${what}: ${why} at byte ${at} of ${body.length}`);
  };
  while (true) {
    while (wanted === 0) {
      if (outer.length === 0) return at === body.length ? undefined : bad("an end wanted");
      wanted = outer.pop()!;
    }
    wanted--;
    const type = body[at++];
    if (type === undefined) return bad("more wanted, got the end");
    if ((type & 0xf0) === 0x90 || type === 0xdc || type === 0xdd) {
      const count = type < 0xa0 ? type & 0x0f : length(type === 0xdc ? 2 : 4);
      // Each element takes a byte at least, so a list cannot claim more of them than there are bytes.
      if (count > body.length - at) return bad(`a list of ${count} does not fit`);
      if (outer.length === MAX_DEPTH) return bad("lists nest too deep");
      outer.push(wanted);
      wanted = count;
    } else if (SIZED[type]! > 0) {
      const size = length(SIZED[type]!); // moves `at` itself
      at += size;
    } else if (FIXED[type]! >= 0) {
      at += FIXED[type]!;
    } else {
      return bad(`a type that is used here wanted, got 0x${type.toString(16)}`);
    }
    if (at > body.length) return bad("more wanted, got the end");
  }
}
