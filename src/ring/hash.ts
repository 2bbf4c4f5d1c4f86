/**
 * Where a key stands on the ring (paper, section 4.2): the MD5 of its name, a number of 128 bits.
 *
 * A {@linkcode Position} is the 16 bytes of that number, big-endian, as a byte string. So string order is number order,
 * and looking a position up compares strings; whole numbers are made only where something must be divided.
 *
 * MD5 is here to spread keys evenly, as the paper does it. It guards nothing: whoever can choose keys can crowd a range.
 *
 * @module
 */
import { md5 } from "@noble/hashes/legacy.js";
import {
  bytesOf,
  byteString,
  fromHex,
  hex,
  nameBytes,
  type ObjectName,
  type Position,
} from "../id.ts";

/** How many positions the ring has: 2^128. */
export const RING_SIZE = 1n << 128n;

/**
 * The position of a key.
 *
 * @example It is the MD5 of the name's bytes
 * ```ts
 * import { positionOf } from "./hash.ts";
 * import { hex } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const position = positionOf({ type: "default", bucket: "carts", key: "mary" });
 * assertEquals(hex(position), "4708d54e7a7eb64781f5f8b312e60247");
 * ```
 */
export function positionOf(name: ObjectName): Position {
  const known = POSITIONS.get(name);
  if (known !== undefined) return known;
  const position = byteString(md5(bytesOf(nameBytes(name)))) as Position;
  POSITIONS.set(name, position);
  return position;
}

/** One request asks several times where its name stands. Goes with the name. */
const POSITIONS = new WeakMap<ObjectName, Position>();

/** The position as a whole number from 0 to 2^128-1. */
export function integerOf(position: Position): bigint {
  return BigInt(`0x${hex(position)}`);
}

/** The position that is this number. @throws {RangeError} If it is not from 0 to 2^128-1. */
export function positionAt(integer: bigint): Position {
  if (integer < 0n || integer >= RING_SIZE) {
    throw new RangeError(`Cannot make a position: 0 to 2^128-1 wanted, got ${integer}`);
  }
  return fromHex(integer.toString(16).padStart(32, "0")) as Position;
}
