/**
 * Where a key stands in a Merkle tree, and what a place in the tree is called.
 *
 * A tree knows no names: a name may have 900 bytes, and a million of them do not fit a small node's memory. It knows a
 * {@linkcode LeafKey} of 16 bytes, which every replica computes alike:
 *
 * ```text
 * leaf key = first 8 bytes of the position | first 8 bytes of H(name)
 * ```
 *
 * The first half is **the key's own place on the ring**, not its place within the range. Within a range its leading bits
 * are the same for all keys, so the first levels of a tree (two, of 256 ranges) have one child each. That costs two hashes
 * an update and no message (`merkle_tree_compare.ts` sends a lone child along), and it buys much: the rest of the bits are
 * MD5's, so keys spread evenly; a path of the tree is a beginning of store keys, so what lies under it is one `list`; and
 * when a range is cut in two, a key stands where it stood.
 *
 * The second half tells names apart that share a position. MD5 guards nothing: two such names can be bought for a few
 * seconds of computing, and a tree that took them for one key would differ for ever between replicas that are equal.
 *
 * @module
 */
import {
  type Branded,
  bytesOf,
  type Digest,
  digestOf,
  hex,
  nameBytes,
  type ObjectName,
  type Position,
} from "../id.ts";

/** Where a key stands in every tree that it is in: 16 bytes. */
export type LeafKey = Branded<"LeafKey">;

/** A place in a tree: the nibbles that all keys under it begin with, as hex digits. The root's is empty. */
export type Path = string;

/** What a tree holds of one key. */
export interface Leaf {
  /** Which key. */
  readonly key: LeafKey;
  /** What the node holds of it (`version/digest.ts`). */
  readonly digest: Digest;
}

/** How many bytes of a leaf key are the position's. As many are of the hash of the name. */
export const POSITION_BYTES = 8;

/**
 * Where a key stands in every tree that it is in. Its position is `positionOf(name)`.
 *
 * @example Its first half is where the key stands on the ring
 * ```ts
 * import { leafKey } from "./merkle_tree_key.ts";
 * import { positionOf } from "../ring/hash.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const name = { type: "default", bucket: "carts", key: "mary" };
 * const key = leafKey(name, positionOf(name));
 * assertEquals(key.length, 16);
 * assertEquals(key.slice(0, 8), positionOf(name).slice(0, 8));
 * ```
 */
export function leafKey(name: ObjectName, position: Position): LeafKey {
  let named = NAMED.get(name);
  if (named === undefined) {
    named = digestOf(bytesOf(nameBytes(name))).slice(0, POSITION_BYTES);
    NAMED.set(name, named);
  }
  return position.slice(0, POSITION_BYTES) + named as LeafKey;
}

/** The last leaf key that a key at this position can have. */
export function lastLeafKey(position: Position): LeafKey {
  return position.slice(0, POSITION_BYTES) + "\xff".repeat(POSITION_BYTES) as LeafKey;
}

/** The half that is the hash of the name: a key is asked for it at each store. Goes with the name. */
const NAMED = new WeakMap<ObjectName, string>();

/** True if the key stands under that place. */
export function isUnder(key: LeafKey, path: Path): boolean {
  return hex(key.slice(0, (path.length + 1) >>> 1)).startsWith(path);
}

/** True if all keys under that place are before the key. */
export function endsBefore(path: Path, key: LeafKey): boolean {
  return path < hex(key).slice(0, path.length);
}

/** The place under `path` that is its `index`-th child: 0 to 15. */
export function childPath(path: Path, index: number): Path {
  return path + index.toString(16);
}
