/**
 * What Merkle trees cost: to fill, to hash, to keep, and to compare over the wire.
 *
 * `deno bench src/anti_entropy/merkle_tree_bench.ts`. Keys and leaves are drawn beforehand: making them of names and
 * containers takes one MD5 and two SHA-256 a key, which are a bench of their own here.
 *
 * The names of the comparisons say what would be sent, both ways and with the two roots: 17 bytes a child's hash, 32 a
 * leaf, two and half the path a place. Trees of one range of 256: all their keys begin with the same byte.
 */
import { bytesOf, type Digest, digestOf } from "../id.ts";
import { positionOf } from "../ring/hash.ts";
import { containerDigest } from "../version/digest.ts";
import { EMPTY, write } from "../version/siblings.ts";
import { FRESH } from "../version/version_vector.ts";
import { actor, objectName, version } from "../../props/generators.ts";
import { MerkleTree, type Summary } from "./merkle_tree.ts";
import { diff } from "./merkle_tree_compare.ts";
import { type Leaf, type LeafKey, leafKey } from "./merkle_tree_key.ts";

/** A root, and the answer that it is the same. */
const ROOTS_BYTES = 16 + 16;
const CHANGED = digestOf(bytesOf("changed"));

/** So many leaves, which stand anywhere behind the first bytes. */
function leavesBehind(first: string, many: number): Leaf[] {
  return Array.from({ length: many }, (_, i) => {
    const digest = digestOf(bytesOf(String(i)));
    return { key: (first + digest).slice(0, 16) as LeafKey, digest };
  });
}

function treeOf(leaves: readonly Leaf[]): MerkleTree {
  const tree = new MerkleTree();
  for (const { key, digest } of leaves) tree.put(key, digest);
  return tree;
}

function bytesIn(messages: readonly (readonly Summary[])[]): number {
  return messages.flat().reduce((sum, summary) => {
    const place = 2 + Math.ceil(summary.path.length / 2);
    const said = summary.kind === "leaves"
      ? 32 * summary.leaves.length
      : 17 * summary.hashes.filter((hash) => hash !== null).length;
    return sum + place + said;
  }, ROOTS_BYTES);
}

const name = objectName("bench", "key");
const held = write(EMPTY, FRESH, { actor: actor("a"), counter: 1 }, version("value"));
Deno.bench("leaf key and leaf of one record", { group: "one key" }, () => {
  const fresh = { ...name };
  leafKey(fresh, positionOf(fresh));
  containerDigest(name, held);
});

for (const many of [100_000, 1_000_000]) {
  const group = `${many} keys`;
  const leaves = leavesBehind("", many);
  const options = { group, n: many === 100_000 ? 10 : 3, warmup: 1 };
  Deno.bench(`fill, ${group}`, options, () => {
    treeOf(leaves);
  });
  Deno.bench(`fill and root, ${group}`, options, () => {
    treeOf(leaves).root();
  });
  const kept = treeOf(leaves);
  kept.root();
  let count = 0;
  const next = () => leaves[(count += 7919) % many]!.key;
  Deno.bench(`one update and root, ${group}`, { group: "one update" }, () => {
    kept.put(next(), digestOf(bytesOf(String(count))));
    kept.root();
  });
  Deno.bench(`1000 updates and root, ${group}`, { group: "1000 updates", n: 10 }, () => {
    for (let i = 0; i < 1000; i++) kept.put(next(), digestOf(bytesOf(String(count))));
    kept.root();
  });
}

for (const many of [4_000, 100_000]) {
  const leaves = leavesBehind("\xab", many);
  const ours = treeOf(leaves);
  for (const differing of [0, 1, 10, 100]) {
    const theirs = treeOf(leaves);
    for (const { key } of leaves.slice(0, differing)) theirs.put(key, CHANGED as Digest);
    const { messages } = diff(ours, theirs);
    const sent = `${2 + Math.max(0, messages.length - 1)} messages, ${bytesIn(messages)} bytes`;
    Deno.bench(`${differing} of ${many} keys differ: ${sent}`, { group: `compare ${many}` }, () => {
      diff(ours, theirs);
    });
  }
}
