/**
 * The laws of a Merkle tree over the keys of one range (paper, section 4.7), for any implementation of them. The oracle is
 * a map from key to version.
 *
 * @module
 */
import fc from "fast-check";
import { exhaustive, type Law, random } from "../law.ts";
import { demand, demandEqual, inCase } from "./demand.ts";

/**
 * Somebody's Merkle tree. It may change in place: no law uses a tree again after it was changed.
 *
 * @typeParam Tree Whatever a tree is there.
 */
export interface MerkleImplementation<Tree> {
  /** A new tree without keys. */
  make(): Tree;
  /** The tree after a key has got a version: it may have had another one. In the laws, versions are digits. */
  put(tree: Tree, key: string, version: string): Tree;
  /** The tree after a key has gone: it may not have been there. */
  remove(tree: Tree, key: string): Tree;
  /** The hash at the top. */
  root(tree: Tree): string;
  /** The keys at which two trees differ: another version, or in one of them only. Each once, in any order. */
  diff(a: Tree, b: Tree): readonly string[];
}

/** What is done to a tree. A null version removes the key. */
interface Change {
  readonly key: string;
  readonly version: string | null;
}

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("k0", "k1", "k2", "k3") },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 6 }) },
);
const version = fc.constantFrom("1", "2", "3");

/** Keys and versions that read the same, run together: k with 11, k1 with 1; or k with 1 and k1 with 1, k1k1 with 1. */
const LOOK_ALIKE = {
  keys: ["k", "k1", "k11", "k1k", "k1k1", "k11k1"],
  versions: ["1", "11", "111"],
};
const changes = fc.array(fc.record({ key, version: fc.option(version, { freq: 3 }) }), {
  maxLength: 12,
  size: "max",
});

/**
 * The laws that a Merkle tree keeps: M1 to M4, of M5 that it is as if built anew, and M7.
 *
 * @example A map that hashes itself whole, each time
 * ```ts
 * import { merkleLaws } from "./merkle.ts";
 * import { hold } from "../law.ts";
 *
 * const sorted = (tree: ReadonlyMap<string, string>) => [...tree].sort(([a], [b]) => (a < b ? -1 : 1));
 * merkleLaws<ReadonlyMap<string, string>>({
 *   make: () => new Map(),
 *   put: (tree, key, version) => new Map(tree).set(key, version),
 *   remove: (tree, key) => new Map([...tree].filter(([other]) => other !== key)),
 *   root: (tree) => JSON.stringify(sorted(tree)),
 *   diff: (a, b) =>
 *     [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)),
 * }).forEach((law) => hold(law));
 * ```
 */
export function merkleLaws<Tree>(implementation: MerkleImplementation<Tree>): Law[] {
  const trees = implementation;
  const apply = (tree: Tree, changes: Iterable<Change>) => {
    for (const { key, version } of changes) {
      tree = version === null ? trees.remove(tree, key) : trees.put(tree, key, version);
    }
    return tree;
  };
  const build = (changes: Iterable<Change>) => apply(trees.make(), changes);
  const root = (changes: Iterable<Change>) => trees.root(build(changes));
  return [
    random(
      "M1",
      "diff gives exactly the keys that are missing on either side or have another version",
      (run) => {
        run.forAll(changes, changes, (ours, theirs) => {
          const [a, b] = [contents(ours), contents(theirs)];
          const wanted = [...new Set([...a.keys(), ...b.keys()])]
            .filter((key) => a.get(key) !== b.get(key)).sort();
          const differing = (one: readonly Change[], other: readonly Change[]) =>
            [...trees.diff(build(one), build(other))].sort();
          demandEqual(differing(ours, theirs), wanted, () => "keys that differ");
          return demandEqual(
            differing(theirs, ours),
            wanted,
            () => "the same, seen from the other",
          );
        });
      },
    ),
    random(
      "M2",
      "after an exchange of what diff has given, nothing differs and the roots are equal",
      (run) => {
        run.forAll(changes, changes, (ours, theirs) => {
          const mine = contents(ours);
          const given = trees.diff(build(ours), build(theirs))
            .map((key) => ({ key, version: mine.get(key) ?? null }));
          const taken = [...theirs, ...given];
          demandEqual(trees.diff(build(ours), build(taken)), [], () => "keys that still differ");
          return demandEqual(root(taken), root(ours), () => "the roots");
        });
      },
    ),
    random(
      "M3",
      "roots are equal if, and only if, the contents are, however they were reached",
      (run) => {
        run.forAll(changes, changes, (ours, theirs) => {
          const same = show(contents(ours)) === show(contents(theirs));
          return demandEqual(root(ours) === root(theirs), same, () => "equal roots");
        });
      },
    ),
    random("M3", "keys that are put in another order give the same root", (run) => {
      run.forAll(changes, (ours) => {
        const puts = entries(contents(ours));
        return demandEqual(root(puts.reverse()), root(ours), () => "the root");
      });
    }),
    random("M4", "a key that was put and removed was never there", (run) => {
      run.forAll(changes, key, version, (ours, key, version) => {
        const before = contents(ours);
        const back = before.get(key) ?? null;
        const tree = apply(build(ours), [{ key, version }, { key, version: back }]);
        demandEqual(trees.root(tree), root(ours), () => `the root after ${key} came and went`);
        const gone = apply(build(ours), [{ key, version: null }]);
        const never = entries(before).filter((put) => put.key !== key);
        return demandEqual(trees.root(gone), root(never), () => `the root without ${key}`);
      });
    }),
    random("M5", "a tree that is kept up to date is the tree that is built anew", (run) => {
      run.forAll(changes, (ours) => {
        const anew = entries(contents(ours));
        demandEqual(root(anew), root(ours), () => "the root");
        return demandEqual(trees.diff(build(anew), build(ours)), [], () => "keys that differ");
      });
    }),
    random("M7", "the root covers keys and versions, and nothing in it cancels out", (run) => {
      run.forAll(changes, key, key, version, (ours, one, other, version) => {
        if (one === other) return true;
        const without = [...ours, { key: one, version: null }, { key: other, version: null }];
        const next = version === "1" ? "2" : "1";
        const put = (...puts: [string, string][]) =>
          root([...without, ...puts.map(([key, version]) => ({ key, version }))]);
        const roots = [
          root(without),
          put([one, version]),
          put([one, next]),
          put([other, version]),
          put([one, version], [other, version]),
          put([one, next], [other, next]),
          put([one, version], [other, next]),
          put([one, next], [other, version]),
        ];
        const unlike = new Set(roots).size;
        return demand(
          unlike === roots.length,
          () => `${roots.length} unlike roots wanted, got ${unlike}`,
        );
      });
    }),
    exhaustive("M7", "the root covers where a key ends and its version begins", () => {
      const found = new Map<string, string>();
      for (const changes of lookAlikes()) {
        const [shown, got] = [show(contents(changes)), root(changes)];
        const other = found.get(got);
        inCase(
          () => demand(other === undefined, () => "unlike contents must have unlike roots"),
          () => `${other} and ${shown}`,
        );
        found.set(got, shown);
      }
    }),
  ];
}

/** All contents of at most two keys that look alike, smallest first. */
function lookAlikes(): Change[][] {
  const one = LOOK_ALIKE.keys.flatMap((key) =>
    LOOK_ALIKE.versions.map((version): Change => ({ key, version }))
  );
  const two = one.flatMap((a) => one.filter((b) => a.key < b.key).map((b) => [a, b]));
  return [[], ...one.map((change) => [change]), ...two];
}

/** What is in a tree after these changes. */
function contents(changes: readonly Change[]): Map<string, string> {
  const contents = new Map<string, string>();
  for (const { key, version } of changes) {
    if (version === null) contents.delete(key);
    else contents.set(key, version);
  }
  return contents;
}

function entries(contents: ReadonlyMap<string, string>): { key: string; version: string }[] {
  return [...contents].map(([key, version]) => ({ key, version }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function show(contents: ReadonlyMap<string, string>): string {
  return JSON.stringify(entries(contents));
}
