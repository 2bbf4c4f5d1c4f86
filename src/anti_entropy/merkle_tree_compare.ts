/**
 * Comparing a tree with one that stands on another node (paper, section 4.7): what to say, and what to make of what the
 * other says. Pure functions; who sends, waits and repairs is the exchange.
 *
 * First one node tells its root. If the other's is the same, that is its answer, and all. Else the first one asks what
 * stands there, and goes one level down with each question, only where the two differ:
 *
 * ```text
 *  a                                              b
 *  |-- root -------------------------------------->|  unlike
 *  |<------------------------ hashes of 16 children|
 *  | children 3 and c differ                       |
 *  |-- what stands at 3, and at c? --------------->|
 *  |<-------- hashes below 3, the 20 leaves below c|
 *  | in c this key is another; below 3, 3a differs |
 *  |-- what stands at 3a? ------------------------>|
 *  |<---------------------------- the leaves of 3a |
 *  | that key is missing here                      |
 * ```
 *
 * Whoever asks learns all that differs. A summary that is told is under a difference, except for lone children: **a child
 * that is alone goes along unasked**, so that the first levels, which all keys of a range share, take one message together.
 *
 * Invariants:
 * 1. every question is about longer paths than the one before: so a comparison ends after at most as many as there are
 *    levels, whatever the trees do meanwhile;
 * 2. what is found is a hint, never an order: a tree changes while messages travel. Before anything is sent or repaired
 *    the record is read again;
 * 3. keys that are only here are named by their place alone: a peer that has lost everything costs one message.
 *
 * @module
 */
import { compare as inOrder, type Digest } from "../id.ts";
import { FAN_OUT, type MerkleTree, type Summary } from "./merkle_tree.ts";
import { childPath, isUnder, type Leaf, type LeafKey, type Path } from "./merkle_tree_key.ts";

/** A key that the two do not hold alike. */
export interface Difference {
  /** Which one. */
  readonly key: LeafKey;
  /** What is held here; null if nothing. */
  readonly ours: Digest | null;
  /** What is held there; null if nothing. */
  readonly theirs: Digest | null;
}

/** What summaries of another tree say about one's own. */
export interface Comparison {
  /** Keys that differ. */
  readonly differences: readonly Difference[];
  /** Places under which there are keys here, and none there. */
  readonly onlyHere: readonly Path[];
  /** Places that differ, nobody knows how yet: what stands there is to be asked next. None: all is known. */
  readonly ask: readonly Path[];
}

/** A comparison of two trees, played to its end. */
export interface Diff {
  /** The keys that differ, ascending. */
  readonly keys: readonly LeafKey[];
  /** What the second told of itself after the two roots, answer by answer: none if these are equal. */
  readonly messages: readonly (readonly Summary[])[];
}

/** What to tell of these places: a summary of each, and of lone children below. */
export function summaries(tree: MerkleTree, paths: readonly Path[]): Summary[] {
  const told: Summary[] = [];
  for (const path of paths) {
    for (let place: Path | null = path; place !== null;) {
      const summary = tree.summary(place);
      told.push(summary);
      place = loneChild(summary);
    }
  }
  return told;
}

/**
 * What is to be made of what the other tree has told.
 *
 * @example One key that is only here
 * ```ts
 * import { compareWith, summaries } from "./merkle_tree_compare.ts";
 * import { MerkleTree } from "./merkle_tree.ts";
 * import { digestOf } from "../id.ts";
 * import { objectName } from "../../props/generators.ts";
 * import { leafKeyOf } from "../../props/oracle_tree.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [ours, theirs] = [new MerkleTree(), new MerkleTree()];
 * const key = leafKeyOf(objectName("fruit", "apple"));
 * const digest = digestOf(new Uint8Array([1]));
 * ours.put(key, digest);
 * assertEquals(compareWith(ours, summaries(theirs, [""])), {
 *   differences: [{ key, ours: digest, theirs: null }],
 *   onlyHere: [],
 *   ask: [],
 * });
 * ```
 */
export function compareWith(tree: MerkleTree, told: readonly Summary[]): Comparison {
  const found: Found = { differences: [], onlyHere: [], ask: [] };
  const places = new Set(told.map(({ path }) => path));
  for (const summary of told) {
    if (summary.kind === "leaves") againstLeaves(tree, summary, found);
    else againstBranch(tree, summary, { found, places });
  }
  return found;
}

/** What a comparison has found up to now. */
interface Found {
  readonly differences: Difference[];
  readonly onlyHere: Path[];
  readonly ask: Path[];
}

type Told<Kind extends Summary["kind"]> = Extract<Summary, { kind: Kind }>;

/** They told the hashes of a place; `places` are all that they told about. */
function againstBranch(
  tree: MerkleTree,
  { path, hashes: theirs }: Told<"branch">,
  { found, places }: { found: Found; places: ReadonlySet<Path> },
): void {
  const own = tree.summary(path);
  for (let i = 0; i < FAN_OUT; i++) {
    const [place, theirHash] = [childPath(path, i), theirs[i] ?? null];
    if (own.kind === "branch" && own.hashes[i] === theirHash) continue;
    if (theirHash === null) {
      // Of a bottom some keys may stand there.
      if (own.kind === "branch" || own.leaves.some(({ key }) => isUnder(key, place))) {
        found.onlyHere.push(place);
      }
    } else if (!places.has(place)) found.ask.push(place);
  }
}

/** They told all their leaves of a place. */
function againstLeaves(
  tree: MerkleTree,
  { path, leaves: theirs }: Told<"leaves">,
  found: Found,
): void {
  const own = tree.summary(path);
  if (own.kind === "leaves") {
    found.differences.push(...unlike(own.leaves, theirs));
  } else if (theirs.length === 0) {
    found.onlyHere.push(path);
  } else {
    for (let i = 0; i < FAN_OUT; i++) {
      const place = childPath(path, i);
      const leaves = theirs.filter(({ key }) => isUnder(key, place));
      if (own.hashes[i] === null) found.differences.push(...unlike([], leaves));
      else againstLeaves(tree, { kind: "leaves", path: place, leaves }, found);
    }
  }
}

/** The keys at which two lists of leaves differ. */
function unlike(ours: readonly Leaf[], theirs: readonly Leaf[]): Difference[] {
  const here = new Map(ours.map(({ key, digest }) => [key, digest]));
  const there = new Map(theirs.map(({ key, digest }) => [key, digest]));
  return [...new Set([...here.keys(), ...there.keys()])]
    .map((key) => ({ key, ours: here.get(key) ?? null, theirs: there.get(key) ?? null }))
    .filter(({ ours, theirs }) => ours !== theirs);
}

/** The only child of a branch that has one. */
function loneChild(summary: Summary): Path | null {
  if (summary.kind === "leaves") return null;
  const there = summary.hashes.flatMap((hash, i) => hash === null ? [] : [i]);
  return there.length === 1 ? childPath(summary.path, there[0]!) : null;
}

/**
 * Compares two trees as a node compares its own with a peer's, message by message.
 *
 * @example One key of a thousand
 * ```ts
 * import { diff } from "./merkle_tree_compare.ts";
 * import { MerkleTree } from "./merkle_tree.ts";
 * import { digestOf } from "../id.ts";
 * import { objectName } from "../../props/generators.ts";
 * import { leafKeyOf } from "../../props/oracle_tree.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = [new MerkleTree(), new MerkleTree()];
 * const key = (i: number) => leafKeyOf(objectName("numbers", String(i)));
 * for (let i = 0; i < 1000; i++) {
 *   for (const tree of [a, b]) tree.put(key(i), digestOf(new Uint8Array([1])));
 * }
 * assertEquals(diff(a, b), { keys: [], messages: [] });
 * b.put(key(7), digestOf(new Uint8Array([2])));
 * const { keys, messages } = diff(a, b);
 * assertEquals(keys, [key(7)]);
 * assertEquals(messages.map((told) => told.map(({ kind }) => kind)), [["branch"], ["branch"], ["leaves"]]);
 * ```
 */
export function diff(a: MerkleTree, b: MerkleTree): Diff {
  if (a.root() === b.root()) return { keys: [], messages: [] };
  const messages: Summary[][] = [];
  const keys: LeafKey[] = [];
  for (let ask: readonly Path[] = [""]; ask.length > 0;) {
    const told = summaries(b, ask);
    messages.push(told);
    const found = compareWith(a, told);
    keys.push(...found.differences.map(({ key }) => key));
    for (const path of found.onlyHere) for (const { key } of a.leaves(path)) keys.push(key);
    ask = found.ask;
  }
  return { keys: keys.sort(inOrder), messages };
}
