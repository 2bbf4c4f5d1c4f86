/**
 * What the tests of readers share: an engine in memory with the limits of Deno KV, names in the order in which the store has
 * them, and records of any size.
 *
 * @module
 */
import { actor, objectName, version } from "./generators.ts";
import type { StoredRecord } from "../src/protocol/event.ts";
import { positionOf } from "../src/ring/hash.ts";
import { EMPTY, write } from "../src/version/siblings.ts";
import { FRESH } from "../src/version/version_vector.ts";
import { DENO_KV_LIMITS, denoKvSizeOf } from "../src/edge/storage/deno_kv.ts";
import { MemoryEngine } from "../src/edge/storage/memory.ts";

/** A page of everything. */
export const ALL = { after: null, most: 1_000 };

/** Names in the order of their positions, as a page gives them. */
export const NAMES = Array.from({ length: 50 }, (_, i) => objectName("b", `key ${i}`))
  .sort((a, b) => positionOf(a) < positionOf(b) ? -1 : 1);

/** An engine without a file. */
export function newEngine(): MemoryEngine {
  return new MemoryEngine({ limits: DENO_KV_LIMITS, sizeOf: denoKvSizeOf });
}

/** A record with one sibling of so many bytes. */
export function record(size: number): StoredRecord {
  const dot = { actor: actor("a"), counter: 1 };
  const content = new Uint8Array(size).fill(size % 251);
  return { container: write(EMPTY, FRESH, dot, version("", { content })), mine: dot };
}
