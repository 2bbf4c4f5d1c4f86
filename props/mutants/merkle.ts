/**
 * Mistakes with Merkle trees: what a hash is made of, when it is made anew, and what is asked of another tree.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const TREE = "src/anti_entropy/merkle_tree.ts";
const KEY = "src/anti_entropy/merkle_tree_key.ts";
const COMPARE = "src/anti_entropy/merkle_tree_compare.ts";
const DIGEST = "src/version/digest.ts";

/** Mutants of Merkle trees. */
export const merkle: readonly Mutant[] = [
  {
    name: "leaves-by-xor",
    file: TREE,
    from: "return digestOf(bytes);",
    to:
      "return digestOf(bytes.slice(5).reduce((all, byte, i) => { all[i % 16]! ^= byte; return all; }, new Uint8Array(16)));",
    why: "a bottom is the exclusive or of its leaves, so that equal ones cancel out",
    kills: ["M3", "M7"],
  },
  {
    name: "leaf-of-the-key-alone",
    file: DIGEST,
    from: "for (const [actor, counter] of sortedEntries(clock)) event(writer, actor, counter);",
    to: "",
    why: "a leaf is the same for all versions of a key",
    kills: ["M1", "M3", "M7"],
  },
  {
    name: "leaf-key-of-the-position-alone",
    file: KEY,
    from: "+ named as LeafKey",
    to: "+ position.slice(POSITION_BYTES) as LeafKey",
    why: "two names of one position are one key of a tree",
    kills: ["M7"],
  },
  {
    name: "child-index-left-out",
    file: TREE,
    from: "writer.u8(i).raw(hash)",
    to: "writer.raw(hash)",
    why: "a branch does not say which child has which hash",
    kills: ["M3", "M5"],
  },
  {
    name: "level-left-out",
    file: TREE,
    from: "new ByteWriter().u8(BRANCH).u8(level)",
    to: "new ByteWriter().u8(BRANCH)",
    why: "a branch does not say at which level it stands",
    kills: ["M3", "M5"],
  },
  {
    name: "emptied-bottom-is-hashed",
    file: TREE,
    from: "if (node.hash !== null || node.count === 0) return node.hash;",
    to: "if (node.hash !== null) return node.hash;",
    why: "a place that has lost its last key still has a hash, of nothing",
    kills: ["M3", "M4", "M5"],
  },
  {
    name: "branch-stays-a-branch",
    file: TREE,
    from: "if (small) this.#collapse(small);",
    to: "",
    why: "a branch that has lost its keys is none of those that never had more",
    kills: ["M3", "M4", "M5"],
  },
  {
    name: "splits-too-early",
    file: TREE,
    from: "if (node.count > BOTTOM_LEAVES) this.#split",
    to: "if (node.count >= BOTTOM_LEAVES) this.#split",
    why: "a place with 32 keys is a branch if they came, and a bottom if others went",
    kills: ["M3", "M4", "M5"],
  },
  {
    name: "removed-leaf-stays-hashed",
    file: TREE,
    from: "changed(trail, -1);",
    to: "for (const node of trail) node.count--;",
    why: "the hash of a place still covers the key that has gone",
    kills: ["M4", "M5"],
  },
  {
    name: "replaced-leaf-stays-hashed",
    file: TREE,
    from: "return changed(trail, 0);",
    to: "return;",
    why: "the hash of a place still covers the former version",
    kills: ["M4", "M5"],
  },
  {
    name: "change-forgets-the-bottom-alone",
    file: TREE,
    from: "    node.hash = null;\n",
    to: "    if (node.children === null) node.hash = null;\n",
    why: "the hashes above a changed leaf stay what they were",
    kills: ["M4", "M5"],
  },
  {
    name: "first-version-stays",
    file: TREE,
    from: "if (this.#rows.hasDigest(row, digest)) return;",
    to: "return;",
    why: "a key that is there keeps the leaf that it came with",
    kills: ["M1", "M2", "M3"],
  },
  {
    name: "slice-without-end",
    file: TREE,
    from: "if (budget.left < 1) return null;",
    to: "",
    why: "a slice makes all the hashes that there are to make",
    kills: ["M5"],
  },
  {
    name: "trees-share-their-nodes",
    file: TREE,
    from: "  #rows = new LeafSlab();\n  #root = bottom(NONE, 0);\n",
    to: `  static readonly rows = new LeafSlab();
  static readonly root = bottom(NONE, 0);
  get #rows() { return MerkleTree.rows; }
  set #rows(rows) { void rows; }
  get #root() { return MerkleTree.root; }
  set #root(root) { void root; }
`,
    why: "all trees of a process are one",
    kills: ["M1", "M6"],
  },
  {
    name: "leaves-from-the-last-again",
    file: TREE,
    from: "leaf.key > after) yield leaf",
    to: "leaf.key >= after) yield leaf",
    why: "whoever goes on behind a key is told of it again",
    kills: ["M1"],
  },
  {
    name: "leaves-skip-the-place-of-the-last",
    file: KEY,
    from: "return path < hex(key)",
    to: "return path <= hex(key)",
    why: "whoever goes on behind a key misses what stands beside it",
    kills: ["M1"],
  },
  {
    name: "leaves-from-beside-the-place",
    file: TREE,
    from: "if (level === path.length || isUnder(leaf.key, path)) yield leaf;",
    to: "yield leaf;",
    why: "a place in the middle of a bottom is told with all that the bottom has",
    kills: ["M1"],
  },
  {
    name: "compares-own-places-only",
    file: COMPARE,
    from: `if (own.kind === "branch" && own.hashes[i] === theirHash) continue;`,
    to:
      `if (own.kind === "branch" && (own.hashes[i] === theirHash || own.hashes[i] === null)) continue;`,
    why: "places where only the other has keys are passed over",
    kills: ["M1", "M2"],
  },
  {
    name: "compares-own-leaves-only",
    file: COMPARE,
    from: "return [...new Set([...here.keys(), ...there.keys()])]",
    to: "return [...here.keys()]",
    why: "keys that only the other has are passed over",
    kills: ["M1", "M2"],
  },
  {
    name: "lacking-places-are-passed-over",
    file: COMPARE,
    from: `if (own.kind === "branch" || own.leaves.some(({ key }) => isUnder(key, place))) {`,
    to: `if (own.kind !== "branch" && own.kind !== "leaves") {`,
    why: "places where the other has nothing are passed over",
    kills: ["M1", "M2"],
  },
  {
    name: "descends-everywhere",
    file: COMPARE,
    from: `if (own.kind === "branch" && own.hashes[i] === theirHash) continue;`,
    to: `if (own.kind === "branch" && own.hashes[i] === null && theirHash === null) continue;`,
    why: "places that are alike are compared to the last leaf",
    kills: ["M9"],
  },
  {
    name: "lone-children-wait",
    file: COMPARE,
    from: "place = loneChild(summary);",
    to: "place = null;",
    why: "each level that all keys of a range share takes a message",
    kills: ["M9"],
  },
  {
    name: "lone-children-are-asked-for",
    file: COMPARE,
    from: "} else if (!places.has(place)) found.ask.push(place);",
    to: "} else found.ask.push(place);",
    why: "what was told unasked is asked for again",
    kills: ["M9"],
  },
  {
    name: "bottoms-hide-what-is-only-here",
    file: COMPARE,
    from: `if (own.kind === "branch" || own.leaves.some(({ key }) => isUnder(key, place))) {`,
    to: `if (own.kind === "branch") {`,
    why: "of a place with few keys here and many there, those that are only here are passed over",
    kills: ["M1", "M2"],
  },
];
