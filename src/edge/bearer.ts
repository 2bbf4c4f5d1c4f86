/**
 * Who knows the cluster's secret: `Authorization: Bearer SECRET`.
 *
 * A secret is compared without telling by the time it takes how much of a guess was right: the hashes of both are
 * compared, all of their bytes, against every secret that is listed.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesOf, byteString } from "../id.ts";

/** The header's value for a secret. */
export function bearerOf(secret: Uint8Array): string {
  return `Bearer ${byteString(secret)}`;
}

/**
 * True if the value of an `Authorization` header names one of the secrets.
 *
 * @example Any of the listed secrets will do, so that they can be changed one by one
 * ```ts
 * import { bearerOf, isBearer } from "./bearer.ts";
 * import { assert } from "@std/assert";
 *
 * const [fresh, old] = ["fresh", "old"].map((text) => new TextEncoder().encode(text));
 * assert(isBearer(bearerOf(old!), [fresh!, old!]));
 * assert(!isBearer("Bearer older", [fresh!, old!]));
 * ```
 */
export function isBearer(header: string | null, secrets: readonly Uint8Array[]): boolean {
  const given = /^Bearer +(.*)$/is.exec(header ?? "")?.[1];
  if (given === undefined) return false;
  const hash = sha256(bytesOf(given)); // header values are byte strings
  let isOne = false;
  for (const secret of secrets) isOne = equal(hash, sha256(secret)) || isOne;
  return isOne;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0;
}
