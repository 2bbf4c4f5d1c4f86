/**
 * Roots, pinned: worked out by another program in another language, from the words of docs/protocol.md, Part 1 g. Whoever
 * changes one of these makes every replica of an older version differ from every newer one, for ever.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, digestOf, hex } from "../id.ts";
import { positionOf } from "../ring/hash.ts";
import { MerkleTree } from "./merkle_tree.ts";
import { leafKey } from "./merkle_tree_key.ts";

function keyOf(text: string) {
  const name = { type: "default", bucket: "fruit", key: text };
  return leafKey(name, positionOf(name));
}

Deno.test("the leaf key of a name", () => {
  assertEquals(hex(keyOf("0")), "5bc8b570e06c09cb0fbf8905dcb7306a");
});

for (
  const [many, root] of [
    [1, "c1a4ee22a22b50bdba1ff0c50c929a02"],
    [32, "bad3ca7eaa3edd3f44004ec9cb49162d"],
    [33, "6f928fb987b68aece1d3c8e9b3291be5"],
    [1000, "e4d4f4c0edd1d41d0bb9460f7f8272fe"],
  ] as const
) {
  Deno.test(`the root of the keys 0 to ${many - 1}, of which each leaf is the hash of the key`, () => {
    const tree = new MerkleTree();
    for (let i = 0; i < many; i++) tree.put(keyOf(`${i}`), digestOf(bytesOf(`${i}`)));
    assertEquals(hex(tree.root()!), root);
  });
}

Deno.test("a tree of no keys has no root, and nothing to hash", () => {
  const tree = new MerkleTree();
  assertEquals(tree.root(), null);
  assertEquals(tree.rehash(1), true);
  tree.remove(keyOf("0"));
  assertEquals(tree.root(), null);
});

Deno.test("a slice of no hashes would never end", () => {
  for (const most of [0, NaN]) assertThrows(() => new MerkleTree().rehash(most), RangeError);
});
