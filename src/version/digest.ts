/**
 * The digest of a container, which is its leaf in a Merkle tree (paper, section 4.7), and the short tag of a version.
 *
 * Equal clocks mean equal live dots (I2), and a version is a function of its dot; so the name, the clock and the live
 * dots say everything, and **nothing else may be in**: no content, no time, no property, no `mine`, no encoding. Else
 * replicas that hold the same would differ, and repair one another for ever.
 *
 * The bytes, big-endian, written by hand so that they outlive every codec (protocol.md, Part 1 g):
 *
 * ```text
 * leaf = first 16 bytes of SHA-256 of
 *   u8  0x01                                    leaf version
 *   u32 length, type | u32 length, bucket | u32 length, key
 *   u32 n, n × ( u32 length, actor | u64 counter )    the clock, ascending by actor
 *   u32 m, m × ( u32 length, actor | u64 counter )    the live dots, ascending by actor, then counter
 *
 * vtag = base64url, without padding, of the first 8 bytes of SHA-256 of ( u32 length, actor | u64 counter )
 * ```
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type Actor, ByteWriter, type Digest, digestOf, type Dot, type ObjectName } from "../id.ts";
import type { Container } from "./siblings.ts";
import { sortedEntries } from "./version_vector.ts";

/** First byte of what a leaf is the digest of. Two leaf versions never give the same leaf. */
export const LEAF_VERSION = 0x01;

/**
 * The leaf of one key: equal for two containers of the same key if, and only if, they hold the same.
 *
 * @example Contents are not in it, live dots are
 * ```ts
 * import { containerDigest } from "./digest.ts";
 * import { EMPTY, write } from "./siblings.ts";
 * import { FRESH } from "./version_vector.ts";
 * import { actor, objectName, version } from "../../props/generators.ts";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const name = objectName("fruit", "apple");
 * const dot = { actor: actor("a"), counter: 1 };
 * const held = write(EMPTY, FRESH, dot, version("red"));
 * assertEquals(
 *   containerDigest(name, held),
 *   containerDigest(name, write(EMPTY, FRESH, dot, version("green"))),
 * );
 * assertNotEquals(containerDigest(name, held), containerDigest(name, { ...held, siblings: [] }));
 * ```
 */
export function containerDigest(name: ObjectName, container: Container): Digest {
  const known = DIGESTS.get(container);
  if (known?.name === name) return known.digest;
  const digest = digestAnew(name, container);
  DIGESTS.set(container, { name, digest });
  return digest;
}

/** A container is a value, and several rooms ask for its digest in one step. Goes with the container. */
const DIGESTS = new WeakMap<Container, { readonly name: ObjectName; readonly digest: Digest }>();

function digestAnew(name: ObjectName, { clock, siblings }: Container): Digest {
  const writer = new ByteWriter().u8(LEAF_VERSION)
    .longBytes(name.type).longBytes(name.bucket).longBytes(name.key)
    .u32(clock.size);
  for (const [actor, counter] of sortedEntries(clock)) event(writer, actor, counter);
  writer.u32(siblings.length);
  for (const { dot } of siblings) event(writer, dot.actor, dot.counter);
  return digestOf(writer.toBytes());
}

/** A version's short name for clients (`?vtag=`, and the ETag of a lone version): the same at every replica. */
export function vtag(dot: Dot): string {
  const bytes = event(new ByteWriter(), dot.actor, dot.counter).toBytes();
  return sha256(bytes).subarray(0, 8).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** One event's bytes. */
function event(writer: ByteWriter, actor: Actor, counter: number): ByteWriter {
  return writer.longBytes(actor).u64(counter);
}
