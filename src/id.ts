/**
 * The names that everything else is about, and their one total order.
 *
 * Every name here is a **byte string**: a JavaScript string whose chars are all in 0–255, one char a byte. So string
 * order (`<`) is byte order, names work as Map keys, and no text encoding is ever guessed. Bytes that are only hashed
 * are written with {@linkcode ByteWriter}, beside the value that they describe.
 *
 * Nothing on this floor imports anything of rotor.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";

/** A string that has been checked to be one kind of name, so that two kinds cannot be mixed up. */
export type Branded<Kind extends string> = string & { readonly "~kind": Kind };

/** A node's name for life: `[a-z0-9][a-z0-9-]{0,31}`. It lives in the data directory, not in an address. */
export type NodeId = Branded<"NodeId">;
/** 8 fresh random bytes, new at every start of a process. Never persisted as a source, never a counter. */
export type Boot = Branded<"Boot">;
/** Who issued a dot: `u8 len, NodeId | Boot | u32 seq`. Never used twice, by construction (protocol.md, Part 1 b). */
export type Actor = Branded<"Actor">;
/** 16 bytes that name one client put (`X-Rotor-Write-Id`). */
export type WriteId = Branded<"WriteId">;
/** Where a key stands on the ring: MD5 of its name, 16 bytes, big-endian. */
export type Position = Branded<"Position">;
/** The first 16 bytes of a SHA-256. */
export type Digest = Branded<"Digest">;

/** One event of one key: the `counter`-th put that `actor` issued for it. Counters start at 1. */
export interface Dot {
  /** Who issued it. */
  readonly actor: Actor;
  /** Which of its events for this key: 1 is the first. */
  readonly counter: number;
}

/** What a client calls a key: bucket type, bucket and key, each a byte string. */
export interface ObjectName {
  /** The bucket type. */
  readonly type: string;
  /** The bucket. */
  readonly bucket: string;
  /** The key within the bucket. */
  readonly key: string;
}

/** Most bytes that type, bucket and key may have together: Deno KV's 2 KiB key limit, where a zero byte counts twice. */
export const MAX_NAME_BYTES = 900;
/** Greatest counter that is ever issued or accepted. Counters are u64 on the wire. */
export const MAX_COUNTER: number = Number.MAX_SAFE_INTEGER;

/** The one total order of byte strings: -1, 0 or 1. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The total order of dots: actor first, then counter. */
export function compareDots(a: Dot, b: Dot): number {
  return compare(a.actor, b.actor) || a.counter - b.counter;
}

/** True if both name the same event. */
export function sameDot(a: Dot, b: Dot): boolean {
  return a.counter === b.counter && a.actor === b.actor;
}

/**
 * Checks that `text` can name a node.
 *
 * @throws {SyntaxError} If it is not `[a-z0-9][a-z0-9-]{0,31}`.
 *
 * @example A name, and what is not one
 * ```ts
 * import { nodeId } from "./id.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(nodeId("node-1"), "node-1");
 * assertThrows(() => nodeId("Node 1"), SyntaxError);
 * ```
 */
export function nodeId(text: string): NodeId {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) {
    throw new SyntaxError(
      `Cannot name a node ${JSON.stringify(text)}: 1 to 32 of a-z, 0-9 and -, not beginning with -`,
    );
  }
  return text as NodeId;
}

/** The actor of one key's record at one boot of one node. `seq` counts, in memory, the actors taken in this boot. */
export function actorOf(node: NodeId, boot: Boot, seq: number): Actor {
  return new ByteWriter().shortBytes(node).raw(boot).u32(seq).toByteString() as Actor;
}

/** The boot that an actor was named in. */
export function bootOf(actor: Actor): Boot {
  return actor.slice(-12, -4) as Boot;
}

/** The node that an actor belongs to. */
export function nodeOf(actor: Actor): NodeId {
  return actor.slice(1, -12) as NodeId;
}

/**
 * The canonical bytes of a name: `u32 len, type | u32 len, bucket | u32 len, key`. Its MD5 is the position; it is also
 * the name's identity wherever one string must stand for it.
 */
export function nameBytes({ type, bucket, key }: ObjectName): string {
  // Every message asks for this: put together as strings it costs a tenth of what a ByteWriter does.
  return lengthOf(type) + type + lengthOf(bucket) + bucket + lengthOf(key) + key;
}

function lengthOf({ length }: string): string {
  return String.fromCharCode(length >>> 24, length >>> 16 & 255, length >>> 8 & 255, length & 255);
}

/** First 16 bytes of SHA-256: `H` of protocol.md, Part 3. */
export function digestOf(bytes: Uint8Array): Digest {
  return byteString(sha256(bytes).subarray(0, 16)) as Digest;
}

/** A byte string of the same bytes. */
export function byteString(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/** The bytes of a byte string. @throws {RangeError} If a char is above 255. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new ByteWriter().raw(text).toBytes();
}

/** Lower-case hex of a byte string, for people to read. */
export function hex(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) out += text.charCodeAt(i).toString(16).padStart(2, "0");
  return out;
}

/** The byte string that {@linkcode hex} was made of. @throws {SyntaxError} If it is not pairs of hex digits. */
export function fromHex(text: string): string {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) {
    throw new SyntaxError(
      `Cannot read hex: pairs of hex digits wanted, got ${JSON.stringify(text)}`,
    );
  }
  let out = "";
  for (let i = 0; i < text.length; i += 2) {
    out += String.fromCharCode(parseInt(text.slice(i, i + 2), 16));
  }
  return out;
}

/** Writes bytes that will be hashed or compared: big-endian, length-prefixed, by hand. Every call returns the writer. */
export class ByteWriter {
  #bytes = new Uint8Array(128);
  #length = 0;

  /** One byte, 0–255. */
  u8(value: number): this {
    this.#room(1)[this.#length++] = value;
    return this;
  }
  /** Four bytes. */
  u32(value: number): this {
    return this.u8(value >>> 24).u8(value >>> 16).u8(value >>> 8).u8(value);
  }
  /** Eight bytes, of an integer from 0 to 2^53-1. */
  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`Cannot write a u64: 0 to 2^53-1 wanted, got ${value}`);
    }
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }
  /** The bytes as they are: no length. */
  raw(text: string | Uint8Array): this {
    const bytes = this.#room(text.length);
    if (typeof text !== "string") {
      bytes.set(text, this.#length);
      this.#length += text.length;
      return this;
    }
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 255) throw new RangeError(`Cannot write a byte: 0 to 255 wanted, got ${code}`);
      bytes[this.#length++] = code;
    }
    return this;
  }
  /** A u8 length, then the bytes. */
  shortBytes(text: string): this {
    if (text.length > 255) {
      throw new RangeError(`Cannot write ${text.length} bytes behind a u8 length`);
    }
    return this.u8(text.length).raw(text);
  }
  /** A u32 length, then the bytes. */
  longBytes(text: string | Uint8Array): this {
    return this.u32(text.length).raw(text);
  }
  /** What was written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
  /** What was written, as a byte string. */
  toByteString(): string {
    return byteString(this.#bytes.subarray(0, this.#length));
  }

  #room(count: number): Uint8Array {
    if (this.#length + count > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
