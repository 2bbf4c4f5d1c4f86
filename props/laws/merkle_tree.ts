/**
 * Laws of the Merkle tree: the kit's laws, of a tree with few keys and of one that one key more cuts up, and what rotor
 * promises beyond them. The oracle is a map that is sorted and hashed whole, each time (`oracle_tree.ts`).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MerkleTree, type Summary } from "../../src/anti_entropy/merkle_tree.ts";
import { compareWith, diff, summaries } from "../../src/anti_entropy/merkle_tree_compare.ts";
import type { LeafKey } from "../../src/anti_entropy/merkle_tree_key.ts";
import {
  bytesOf,
  compare as inOrder,
  type Digest,
  digestOf,
  hex,
  nameBytes,
} from "../../src/id.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { rotorTree, rotorTreeAmongNeighbours } from "../adapters.ts";
import { name, objectName } from "../generators.ts";
import { merkleLaws } from "../kit/merkle.ts";
import { example, type Law, random } from "../law.ts";
import {
  CROWDS,
  digestOfText,
  leafKeyOf,
  type Leaves,
  leavesAfter,
  rootOf,
  type Sweep,
  sweep,
  sweeps,
} from "../oracle_tree.ts";
import { Sometimes } from "./sometimes.ts";

/** So many keys stand in two trees whose comparison is counted: branches at two levels, leaves below. */
const MANY = 4_000;
/** How long the longest path is. */
const DEEPEST = 32;

/** M1 to M7 and M9: of M5, M6 and M9 what concerns trees, not the nodes that keep them. */
export const laws: readonly Law[] = [
  ...merkleLaws(rotorTree),
  ...merkleLaws(rotorTreeAmongNeighbours)
    .map((law) => ({ ...law, name: `${law.name}, in a crowd` })),
  random("M1", "diff gives the keys that differ, in crowds that stand far down", (run) => {
    run.forAll(sweeps, sweeps, (ours, theirs) => {
      const [a, b] = [leavesAfter(ours), leavesAfter(theirs)];
      assertEquals(diff(treeAfter(ours), treeAfter(theirs)).keys, differing(a, b));
      assertEquals(diff(treeAfter(theirs), treeAfter(ours)).keys, differing(a, b));
      return true;
    });
  }),
  random(
    "M1",
    "the leaves under a place and behind a key are those of a sorted map, and each is found",
    (run) => {
      const level = fc.nat({ max: DEEPEST });
      const behind = fc.option(fc.constantFrom(...CROWDS));
      run.forAll(sweeps, fc.constantFrom(...CROWDS), level, behind, (ours, near, level, behind) => {
        const [tree, leaves] = [treeAfter(ours), leavesAfter(ours)];
        const path = hex(near).slice(0, level);
        const wanted = [...leaves].map(([key, digest]) => ({ key, digest }))
          .filter(({ key }) => hex(key).startsWith(path) && (behind === null || key > behind))
          .sort((a, b) => inOrder(a.key, b.key));
        assertEquals([...tree.leaves(path, behind)], wanted);
        assertEquals(tree.size, leaves.size);
        for (const key of CROWDS) assertEquals(tree.get(key), leaves.get(key) ?? null);
        return true;
      });
    },
  ),
  random("M2", "after both have taken the greater of what differs, the roots are equal", (run) => {
    run.forAll(sweeps, sweeps, (ours, theirs) => {
      const [a, b] = [treeAfter(ours), treeAfter(theirs)];
      for (const key of diff(a, b).keys) {
        const greater = [a.get(key) ?? "", b.get(key) ?? ""].sort()[1] as Digest;
        for (const tree of [a, b]) tree.put(key, greater);
      }
      assertEquals(a.root(), b.root());
      assertEquals(diff(a, b).keys, []);
      return true;
    });
  }),
  random("M3", "the root is what the words of the protocol give, whatever was before", (run) => {
    run.forAll(sweeps, (ours) => {
      assertEquals(treeAfter(ours).root(), rootOf(leavesAfter(ours)));
      return true;
    });
  }),
  random("M4", "many keys that were put and removed were never there", (run) => {
    run.forAll(sweeps, sweeps, (ours, passing) => {
      const tree = treeAfter(ours);
      const root = tree.root();
      const there = leavesAfter(ours);
      for (const one of passing) sweep(tree, one);
      tree.root();
      for (const key of CROWDS) {
        const before = there.get(key);
        if (before === undefined) tree.remove(key);
        else tree.put(key, before);
      }
      assertEquals(tree.root(), root);
      assertEquals(diff(tree, treeAfter(ours)).keys, []);
      return true;
    });
  }),
  random(
    "M3 M5",
    "keys that are taken out of a tree are a tree, and those that are left are one, as if built anew",
    (run) => {
      const seen = new Sometimes();
      run.forAll(sweeps, fc.constantFrom(...CROWDS), fc.constantFrom(...CROWDS), sweeps, (
        before,
        one,
        other,
        later,
      ) => {
        seen.begin();
        const [after, last] = [one, other].sort();
        const tree = treeAfter(before);
        tree.root();
        const taken = tree.extract(after!, last!);
        const there = [...leavesAfter(before)];
        const isTaken = (key: string) => key > after! && key <= last!;
        if (taken.size > 32 && tree.size > 32) seen.saw("many on both sides");
        // What happens to one of them from now on is nothing to the other.
        for (const one of later) sweep(tree, one);
        const left = new Map(there.filter(([key]) => !isTaken(key)));
        const anew = new MerkleTree();
        for (const [key, digest] of left) anew.put(key, digest);
        for (const one of later) sweep(anew, one);
        assertEquals(taken.root(), rootOf(new Map(there.filter(([key]) => isTaken(key)))));
        assertEquals([tree.root(), tree.size], [anew.root(), anew.size]);
        assertEquals([...tree.leaves()], [...anew.leaves()]);
        return true;
      });
      seen.demand(300, { "many on both sides": 10 });
    },
  ),
  random(
    "M5",
    "a tree whose root is asked for all the time is the tree that is built anew",
    (run) => {
      run.forAll(sweeps, (ours) => {
        const tree = new MerkleTree();
        ours.forEach((one, i) => {
          sweep(tree, one);
          assertEquals(tree.root(), rootOf(leavesAfter(ours.slice(0, i + 1))));
        });
        return true;
      });
    },
  ),
  random("M5", "a root that is made in slices, between changes, is the root", (run) => {
    run.forAll(sweeps, fc.integer({ min: 1, max: 9 }), (ours, most) => {
      const tree = new MerkleTree();
      for (const one of ours) {
        sweep(tree, one);
        tree.rehash(most);
      }
      while (!tree.rehash(most));
      assertEquals(tree.root(), rootOf(leavesAfter(ours)));
      return true;
    });
  }),
  example("M5", "a slice makes no more hashes than it may", () => {
    const tree = manyKeys();
    let slices = 1;
    while (!tree.rehash(10)) slices++;
    // The root, 16 branches below it, and 256 bottoms.
    assertEquals(slices, Math.ceil((1 + 16 + 256) / 10));
  }),
  random("M6", "two trees that are changed in turns are what each is alone", (run) => {
    run.forAll(sweeps, sweeps, (ours, theirs) => {
      const [a, b] = [new MerkleTree(), new MerkleTree()];
      for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
        if (i < ours.length) sweep(a, ours[i]!);
        if (i < theirs.length) sweep(b, theirs[i]!);
        diff(a, b);
      }
      assertEquals(a.root(), rootOf(leavesAfter(ours)));
      assertEquals(b.root(), rootOf(leavesAfter(theirs)));
      return true;
    });
  }),
  example("M7", "leaves that are equal do not cancel out, however many there are", () => {
    const tree = new MerkleTree();
    const roots = [tree.root()];
    for (const key of CROWDS) {
      tree.put(key, digestOfText("equal"));
      roots.push(tree.root());
    }
    assertEquals(new Set(roots).size, CROWDS.length + 1);
  }),
  random(
    "M7",
    "a leaf key is half the position and half another hash, which tells names of one position apart",
    (run) => {
      run.forAll(name, (name) => {
        const another = digestOf(bytesOf(nameBytes(name)));
        assertEquals(leafKeyOf(name), positionOf(name).slice(0, 8) + another.slice(0, 8));
        return true;
      });
    },
  ),
  example("M9", "trees that are equal say nothing but their roots", () => {
    assertEquals(diff(manyKeys(), manyKeys()), { keys: [], messages: [] });
  }),
  random(
    "M9",
    "a comparison of thousands of keys tells of at most four places for a key that differs",
    (run) => {
      const [a, b] = [manyKeys(), manyKeys()];
      const some = fc.uniqueArray(fc.nat({ max: 2 * MANY - 1 }), { minLength: 1, maxLength: 30 });
      run.forAll(some, (numbers) => {
        const keys = numbers.map(keyNumber);
        // Known ones get another version, unknown ones come.
        for (const key of keys) b.put(key, digestOfText("another"));
        const found = diff(a, b);
        for (const [i, key] of keys.entries()) {
          if (numbers[i]! < MANY) b.put(key, a.get(key)!);
          else b.remove(key);
        }
        assertEquals(found.keys, [...keys].sort(inOrder));
        // The root, a branch, leaves; a place that has more than 32 keys on one side alone takes both kinds.
        assert(found.messages.length <= 4, `${found.messages.length} messages`);
        const places = found.messages.flat().length;
        assert(places <= 4 * keys.length, `${places} places for ${keys.length} keys`);
        assertEquals(a.root(), b.root());
        return true;
      });
    },
    { runs: 60 },
  ),
  example("M9", "one key of many costs one message for each level", () => {
    const [a, b] = [manyKeys(), manyKeys()];
    b.remove(keyNumber(7));
    const { keys, messages } = diff(a, b);
    assertEquals(keys, [keyNumber(7)]);
    assertEquals(messages.map((told) => told.map(({ kind, path }) => `${kind} ${path}`)), [
      ["branch "],
      [`branch ${hex(keyNumber(7))[0]}`],
      [`leaves ${hex(keyNumber(7)).slice(0, 2)}`],
    ]);
  }),
  example("M9", "a tree that has lost everything is told from one message", () => {
    const [all, none] = [manyKeys(), new MerkleTree()];
    const told = summaries(none, [""]);
    assertEquals(told, [{ kind: "leaves", path: "", leaves: [] }]);
    assertEquals(compareWith(all, told), { differences: [], onlyHere: [""], ask: [] });
    assertEquals(diff(all, none).messages.length, 1);
  }),
  example("M9", "levels that all keys of a range share take no messages of their own", () => {
    const range = () => {
      const tree = new MerkleTree();
      for (let i = 0; i < MANY; i++) {
        tree.put(`\xab\xcd${keyNumber(i)}`.slice(0, 16) as LeafKey, digestOfText("1"));
      }
      return tree;
    };
    const [a, b] = [range(), range()];
    b.put(`\xab\xcd${keyNumber(3)}`.slice(0, 16) as LeafKey, digestOfText("2"));
    assertEquals(diff(a, b).messages.map((told) => told.length), [5, 1, 1]);
  }),
  random("M9", "a comparison ends though both trees change all the time", (run) => {
    run.forAll(sweeps, sweeps, sweeps, (ours, theirs, meanwhile) => {
      const [a, b] = [treeAfter(ours), treeAfter(theirs)];
      let told: Summary[] = summaries(b, [""]);
      for (let turn = 0; told.length > 0; turn++) {
        assert(turn <= DEEPEST, "it goes on");
        const one = meanwhile[turn % (meanwhile.length || 1)];
        if (one) { for (const tree of [a, b]) sweep(tree, one); }
        told = summaries(b, compareWith(a, told).ask);
      }
      return true;
    });
  }),
];

/** The tree after these sweeps. */
function treeAfter(sweeps: readonly Sweep[]): MerkleTree {
  const tree = new MerkleTree();
  for (const one of sweeps) sweep(tree, one);
  return tree;
}

/** The keys at which two maps differ, ascending. */
function differing(a: Leaves, b: Leaves): LeafKey[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key))
    .sort(inOrder);
}

function keyNumber(i: number): LeafKey {
  return leafKeyOf(objectName("many", String(i)));
}

/** A tree of {@linkcode MANY} keys. */
function manyKeys(): MerkleTree {
  const tree = new MerkleTree();
  for (let i = 0; i < MANY; i++) tree.put(keyNumber(i), digestOfText("1"));
  return tree;
}
