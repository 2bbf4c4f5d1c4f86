/**
 * The token that a client carries from a get to a put (`X-Riak-Vclock`), bound to its key and sealed.
 *
 * A clock claims to have seen events. One that was made for another key, or made up, claims events of *this* key that
 * have not happened yet, and would silence them when they do: an acknowledged write would be lost (protocol.md, Part 1 h1).
 * So a token names its key and ends in a MAC under the cluster's secret. Tokens under any secret of the list are taken,
 * so that a secret can be changed: list the new one first and the old one after it. A cluster without a secret seals with
 * a checksum, which catches mistakes and no forgery.
 *
 * ```text
 * token = base64url, without padding, of
 *   u8  0x01                                   token version
 *   16  H of the name                          (see id.ts, nameBytes)
 *   u64 stamp
 *   u8  length, fastest replica                length 0: nobody says
 *   u32 n, n × ( u8 length, actor | u64 counter )    the clock, ascending by actor
 *   16  HMAC-SHA256(secret, "rotor context" | all of the above), cut to 16 bytes;
 *       without a secret SHA-256("rotor context, no secret" | all of the above), cut to 16 bytes
 * ```
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  type Actor,
  bytesOf,
  byteString,
  ByteWriter,
  digestOf,
  nameBytes,
  type NodeId,
  type ObjectName,
} from "../id.ts";
import type { Context } from "../version/context.ts";
import { sortedEntries } from "../version/version_vector.ts";
import { actorShape, counterShape, nodeIdShape } from "./codec_record.ts";
import { CodecError, whole } from "./codec_shape.ts";

/** A token that is not taken: malformed, of another key, or sealed by somebody else. Whose fault is the client's. */
export class ContextError extends Error {
  /** Tells it from other errors. */
  override readonly name = "ContextError";
}

/**
 * Greatest stamp that a token may bring: the year 2112 in µs. Without a secret anybody can make a token; one with the
 * greatest of all numbers would leave no stamp for the next put of the key.
 */
const MAX_STAMP = 2 ** 52;
const TOKEN_VERSION = 0x01;
const NAME_BYTES = 16;
const SEAL_BYTES = 16;

/**
 * The token of `context` for the key `name`.
 *
 * @param secrets The cluster's secrets; the first seals. An empty list seals with a checksum.
 *
 * @example A token is of one key, and of one cluster
 * ```ts
 * import { ContextError, decodeContext, encodeContext } from "./codec_context.ts";
 * import { clockOf, objectName } from "../../props/generators.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const [apple, pear] = [objectName("fruit", "apple"), objectName("fruit", "pear")];
 * const [old, fresh] = [new Uint8Array([1]), new Uint8Array([2])];
 * const context = { clock: clockOf({ a: 2, b: 1 }), stamp: 7, fastest: null };
 * const token = encodeContext(context, apple, [old]);
 *
 * assertEquals(decodeContext(token, apple, [fresh, old]), context);
 * assertThrows(() => decodeContext(token, pear, [fresh, old]), ContextError, "another key");
 * assertThrows(() => decodeContext(token, apple, [fresh]), ContextError, "not sealed");
 * ```
 */
export function encodeContext(
  { clock, stamp, fastest }: Context,
  name: ObjectName,
  secrets: readonly Uint8Array[],
): string {
  const writer = new ByteWriter().u8(TOKEN_VERSION).raw(digestOf(bytesOf(nameBytes(name))))
    .u64(stamp).shortBytes(fastest ?? "").u32(clock.size);
  for (const [actor, counter] of sortedEntries(clock)) writer.shortBytes(actor).u64(counter);
  const body = writer.toBytes();
  return base64url(writer.raw(seal(body, secrets[0])).toBytes());
}

/**
 * The context of a token, which must be of the key `name` and sealed under one of `secrets`.
 *
 * @throws {ContextError} If it is not; the message says what is wrong with it.
 */
export function decodeContext(
  token: string,
  name: ObjectName,
  secrets: readonly Uint8Array[],
): Context {
  const bytes = fromBase64url(token);
  if (bytes.length < 1 + NAME_BYTES + SEAL_BYTES) malformed("it is too short");
  if (bytes[0] !== TOKEN_VERSION) {
    malformed(`it is of ${bytes[0]! > TOKEN_VERSION ? "a newer format" : "an unknown format"}`);
  }
  const body = bytes.subarray(0, -SEAL_BYTES);
  const given = bytes.subarray(-SEAL_BYTES);
  const keys = secrets.length > 0 ? secrets : [undefined];
  // Every secret is tried, whichever fits, so that the time taken says nothing.
  const fits = keys.map((secret) => equalBytes(seal(body, secret), given));
  if (!fits.includes(true)) {
    throw new ContextError(
      "Cannot use this context: it is not sealed by this cluster, or it was changed on the way",
    );
  }
  const named = byteString(body.subarray(1, 1 + NAME_BYTES));
  if (named !== digestOf(bytesOf(nameBytes(name)))) {
    throw new ContextError("Cannot use this context: it is of another key");
  }
  return readContext(body, 1 + NAME_BYTES);
}

/** What stands behind the name. Checked although it is sealed: a checksum is no proof of who made it. */
function readContext(body: Uint8Array, start: number): Context {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = start;
  const shortBytes = () => {
    const length = view.getUint8(at);
    at += 1 + length;
    if (at > body.length) malformed("it ends too early");
    return byteString(body.subarray(at - length, at));
  };
  const u64 = () => {
    at += 8;
    return view.getUint32(at - 8) * 2 ** 32 + view.getUint32(at - 4);
  };
  try {
    const stamp = whole({ max: MAX_STAMP }).unpack(u64(), "stamp");
    const text = shortBytes();
    const fastest: NodeId | null = text === "" ? null : nodeIdShape.unpack(text, "replica");
    let count = view.getUint32(at);
    at += 4;
    const clock = new Map<Actor, number>();
    let last = "";
    for (; count > 0; count--) {
      const actor = actorShape.unpack(shortBytes(), "actor");
      if (actor <= last) malformed("its actors do not ascend");
      clock.set(actor, counterShape.unpack(u64(), "counter"));
      last = actor;
    }
    if (at !== body.length) malformed("it does not end where it should");
    return { clock, stamp, fastest };
  } catch (error) {
    if (error instanceof CodecError) malformed(error.message);
    if (error instanceof RangeError) malformed("it ends too early");
    throw error;
  }
}

/** The MAC of a body under a secret, or its checksum where there is none. */
function seal(body: Uint8Array, secret: Uint8Array | undefined): Uint8Array {
  const domain = secret ? "rotor context" : "rotor context, no secret";
  const sealed = new ByteWriter().raw(domain).raw(body).toBytes();
  return (secret ? hmac(sha256, secret, sealed) : sha256(sealed)).subarray(0, SEAL_BYTES);
}

/** Compares in a time that depends on the lengths alone. */
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ (b[i] ?? 0);
  return difference === 0;
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The bytes of a text; there is one text for some bytes, and no other is taken. */
function fromBase64url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) malformed("it is not base64url");
  const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
  return base64url(bytes) === text ? bytes : malformed("it is not base64url");
}

function malformed(why: string): never {
  throw new ContextError(`Cannot use this context: ${why}`);
}
