/**
 * A Merkle tree over the keys of one range (paper, section 4.7): replicas find out with few bytes which keys they do not
 * hold alike.
 *
 * One tree is for one range and one n, and holds a leaf for every key of which the node is a primary there, tombstones
 * included; foreign copies are in none. Picture the index of an encyclopedia that is cut into volumes, each volume into
 * parts, and so on, as long as a part lists more than 32 keys. Two libraries compare the seals of their volumes, and
 * open only those whose seals are unlike.
 *
 * A node of the tree stands for all keys that begin with its path, one nibble of the leaf key (`merkle_tree_key.ts`) a
 * level:
 *
 * ```text
 * no keys              no node, no hash
 * 1 to 32 keys         bottom = H( 0x03 | u32 count | their leaves, ascending by leaf key )
 * more                 branch = H( 0x02 | u8 level | for each child that is there, in order: u8 index, hash )
 * level = length of the path: 0 for the root          H = first 16 bytes of SHA-256
 * ```
 *
 * Invariants:
 * 1. **canonical**: every hash follows from the leaves alone, however they came. A branch that is left with 32 keys is a
 *    bottom again in the same step. A bottom that has lost its last key has no hash and is in none: for the rest of the
 *    tree it is not there;
 * 2. the hashes from a changed leaf up to the root are forgotten in the step of the change, and made again when somebody
 *    asks: a hundred changes under one node cost its hash once. A hash that is there is right;
 * 3. a bottom is a chain of packed rows (`merkle_tree_slab.ts`), ascending by key: there is no object a key.
 *
 * What it does not do: it knows neither names nor ranges; it is kept in memory alone, and filled from the store after a
 * start (docs/decisions/0015). Comparing is in `merkle_tree_compare.ts`.
 *
 * @module
 */
import { ByteWriter, type Digest, digestOf } from "../id.ts";
import {
  childPath,
  endsBefore,
  isUnder,
  type Leaf,
  type LeafKey,
  type Path,
} from "./merkle_tree_key.ts";
import { LeafSlab, NONE } from "./merkle_tree_slab.ts";

/** How many children a branch can have. */
export const FAN_OUT = 16;
/** How many leaves a bottom node has at most. Part of what a root means, so it can never change alone. */
export const BOTTOM_LEAVES = 32;

/** First byte of what a branch is the hash of, and of what a bottom is; a leaf's is 0x01. */
const BRANCH = 0x02;
const BOTTOM = 0x03;

/** What a tree says of one place, for another to compare: hashes one level down, or the leaves, where they are few. */
export type Summary =
  /** More than 32 keys: the hash of each child, null for one without keys. */
  | {
    readonly kind: "branch";
    readonly path: Path;
    readonly hashes: readonly (Digest | null)[];
  }
  /** All keys there, ascending; there may be none. */
  | { readonly kind: "leaves"; readonly path: Path; readonly leaves: readonly Leaf[] };

/** A node: a bottom has a chain and no children, a branch has children and no chain. */
interface TreeNode {
  /** Null if a leaf under it has changed since it was made. */
  hash: Digest | null;
  /** How many keys are under it. */
  count: number;
  first: number;
  children: (TreeNode | null)[] | null;
}

/**
 * The Merkle tree of one range.
 *
 * @example Equal contents have equal roots, however they were reached
 * ```ts
 * import { MerkleTree } from "./merkle_tree.ts";
 * import { digestOf } from "../id.ts";
 * import { objectName } from "../../props/generators.ts";
 * import { leafKeyOf } from "../../props/oracle_tree.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [milk, bread] = [leafKeyOf(objectName("cart", "milk")), leafKeyOf(objectName("cart", "bread"))];
 * const digest = digestOf(new Uint8Array([1])); // of what the node holds: containerDigest()
 * const ours = new MerkleTree();
 * ours.put(milk, digest);
 * ours.put(bread, digest);
 * ours.remove(milk);
 * const theirs = new MerkleTree();
 * theirs.put(bread, digest);
 * assertEquals(ours.root(), theirs.root());
 * ```
 */
export class MerkleTree {
  /** Trees that were one share it. */
  #rows = new LeafSlab();
  #root = bottom(NONE, 0);

  /** How many keys it holds. */
  get size(): number {
    return this.#root.count;
  }

  /** What the node holds of this key from now on. */
  put(key: LeafKey, digest: Digest): void {
    const trail = this.#trailTo(key, { grow: true });
    const node = trail.at(-1)!;
    const [before, row] = this.#find(node, key);
    if (row !== NONE) {
      if (this.#rows.hasDigest(row, digest)) return;
      this.#rows.setDigest(row, digest);
      return changed(trail, 0);
    }
    const added = this.#rows.take({ key, digest });
    if (before === NONE) {
      this.#rows.link(added, node.first);
      node.first = added;
    } else {
      this.#rows.link(added, this.#rows.next(before));
      this.#rows.link(before, added);
    }
    changed(trail, 1);
    if (node.count > BOTTOM_LEAVES) this.#split(node, trail.length - 1);
  }

  /** The node holds nothing of this key any more: not even that it was deleted. */
  remove(key: LeafKey): void {
    const trail = this.#trailTo(key, { grow: false });
    const node = trail.at(-1)!;
    const [before, row] = this.#find(node, key);
    if (row === NONE) return;
    if (before === NONE) node.first = this.#rows.next(row);
    else this.#rows.link(before, this.#rows.next(row));
    this.#rows.give(row);
    changed(trail, -1);
    const small = trail.find(({ children, count }) => children !== null && count <= BOTTOM_LEAVES);
    if (small) this.#collapse(small);
  }

  /**
   * Takes the keys behind `after`, up to `last` and with it, out of this tree: they are another one from now on. Whole
   * branches go over as they are, so it costs what the depth of the tree is, however many keys there are.
   */
  extract(after: LeafKey, last: LeafKey): MerkleTree {
    const other = new MerkleTree();
    other.#rows = this.#rows;
    other.#root = this.#extract(this.#root, { level: 0, after, last });
    return other;
  }

  /** What the node holds of this key; null if nothing. */
  get(key: LeafKey): Digest | null {
    const [, row] = this.#find(this.#trailTo(key, { grow: false }).at(-1)!, key);
    return row === NONE ? null : this.#rows.leaf(row).digest;
  }

  /** The hash of everything; null if there is nothing. Makes the hashes that were forgotten. */
  root(): Digest | null {
    return this.#hash(this.#root, 0, { left: Infinity });
  }

  /**
   * Makes at most so many of the hashes that were forgotten: a root in slices. True once none is left to be made.
   *
   * @example A root in slices
   * ```ts
   * import { MerkleTree } from "./merkle_tree.ts";
   *
   * const tree = new MerkleTree();
   * let slices = 1;
   * while (!tree.rehash(1000)) slices++; // whatever else is waiting would run here
   * tree.root(); // at once
   * ```
   */
  rehash(most: number): boolean {
    if (!(most >= 1)) throw new RangeError(`Cannot rehash: at least 1 hash wanted, got ${most}`);
    this.#hash(this.#root, 0, { left: most });
    return this.size === 0 || this.#root.hash !== null;
  }

  /** What there is to say of a place. */
  summary(path: Path): Summary {
    const { node } = this.#at(path);
    if (node?.children) {
      const hashes = node.children.map((child) =>
        child && this.#hash(child, path.length + 1, { left: Infinity })
      );
      return { kind: "branch", path, hashes };
    }
    return { kind: "leaves", path, leaves: [...this.leaves(path)] };
  }

  /**
   * The leaves under a place, ascending by key; those behind `after` alone, if it is given. Whoever does not want all at
   * once goes on, at another time, behind the last that it had; meanwhile the tree may change, but not during one walk.
   */
  *leaves(path: Path = "", after: LeafKey | null = null): Generator<Leaf> {
    const { node, level } = this.#at(path);
    if (!node) return;
    for (const leaf of this.#leavesOf(node, path.slice(0, level), after)) {
      if (level === path.length || isUnder(leaf.key, path)) yield leaf;
    }
  }

  /** The leaves of the node at this place. */
  *#leavesOf(node: TreeNode, path: Path, after: LeafKey | null): Generator<Leaf> {
    for (const [i, child] of (node.children ?? []).entries()) {
      const place = childPath(path, i);
      if (!child || (after !== null && endsBefore(place, after))) continue;
      yield* this.#leavesOf(child, place, after);
    }
    for (let row = node.first; row !== NONE; row = this.#rows.next(row)) {
      const leaf = this.#rows.leaf(row);
      if (after === null || leaf.key > after) yield leaf;
    }
  }

  /** The node at a place, or the bottom above it, and its level; null if no key can be there. */
  #at(path: Path): { node: TreeNode | null; level: number } {
    let node: TreeNode | null = this.#root;
    let level = 0;
    while (level < path.length && node?.children) {
      node = node.children[parseInt(path[level++]!, 16)]!;
    }
    return { node, level };
  }

  /** The nodes from the root down to the bottom where the key is or would be; or, without `grow`, to where there is none. */
  #trailTo(key: LeafKey, { grow }: { grow: boolean }): TreeNode[] {
    const trail = [this.#root];
    for (let node = this.#root; node.children; trail.push(node)) {
      const index = nibbleOf(key, trail.length - 1);
      const child = node.children[index] ?? bottom(NONE, 0);
      if (grow) node.children[index] = child;
      node = child;
    }
    return trail;
  }

  /** The row of a key in a bottom, or none, and the row before it, or before where it would be. */
  #find(node: TreeNode, key: LeafKey): [before: number, row: number] {
    let before = NONE;
    for (let row = node.first; row !== NONE; row = this.#rows.next(row)) {
      const order = this.#rows.compareKey(row, key);
      if (order === 0) return [before, row];
      if (order > 0) break;
      before = row;
    }
    return [before, NONE];
  }

  /** Makes a branch of a bottom that has too many: its chain is in order, so each child's is a piece of it. */
  #split(node: TreeNode, level: number): void {
    const children = Array.from({ length: FAN_OUT }, (): TreeNode | null => null);
    for (let row = node.first, last = NONE; row !== NONE;) {
      const next = this.#rows.next(row);
      const index = this.#rows.nibble(row, level);
      const child = children[index];
      if (child) this.#rows.link(last, row);
      else children[index] = bottom(row, 0);
      children[index]!.count++;
      this.#rows.link(row, NONE);
      last = row;
      row = next;
    }
    node.first = NONE;
    node.children = children;
    for (const child of children) {
      if (child && child.count > BOTTOM_LEAVES) this.#split(child, level + 1);
    }
  }

  /** Makes a bottom of a branch that has few: the chains of its children, one behind the other. */
  #collapse(node: TreeNode): void {
    let last = NONE;
    const append = ({ first, children }: TreeNode) => {
      if (first !== NONE) {
        if (last === NONE) node.first = first;
        else this.#rows.link(last, first);
        for (last = first; this.#rows.next(last) !== NONE;) last = this.#rows.next(last);
      }
      for (const child of children ?? []) if (child) append(child);
    };
    const { children } = node;
    node.children = null;
    for (const child of children!) if (child) append(child);
  }

  /** Of the keys under a node, those behind `after` and up to `last`, as a node of the same level; null is no bound. */
  #extract(
    node: TreeNode,
    { level, after, last }: { level: number; after: LeafKey | null; last: LeafKey | null },
  ): TreeNode {
    const other = bottom(NONE, 0);
    if (node.children === null) this.#extractRows(node, other, { after, last });
    else {
      const [low, high] = [after && nibbleOf(after, level), last && nibbleOf(last, level)];
      other.children = node.children.map((child, i) => {
        if (child === null || i < (low ?? 0) || i > (high ?? FAN_OUT)) return null;
        const bounds = { after: i === low ? after : null, last: i === high ? last : null };
        const isWhole = bounds.after === null && bounds.last === null;
        const part = isWhole ? child : this.#extract(child, { level: level + 1, ...bounds });
        if (isWhole || child.count === 0) node.children![i] = null;
        other.count += part.count;
        return part.count === 0 ? null : part;
      });
      node.count -= other.count;
    }
    if (other.count > 0) node.hash = null;
    for (const one of [node, other]) {
      if (one.children !== null && one.count <= BOTTOM_LEAVES) this.#collapse(one);
    }
    return other;
  }

  /** Puts each row of a bottom where it belongs: both chains stay in order. */
  #extractRows(
    node: TreeNode,
    other: TreeNode,
    { after, last }: { after: LeafKey | null; last: LeafKey | null },
  ): void {
    const ends = new Map<TreeNode, number>();
    let row = node.first;
    node.first = NONE;
    while (row !== NONE) {
      const next = this.#rows.next(row);
      const isBehind = after === null || this.#rows.compareKey(row, after) > 0;
      const isIn = isBehind && (last === null || this.#rows.compareKey(row, last) <= 0);
      const to = isIn ? other : node;
      const end = ends.get(to);
      if (end === undefined) to.first = row;
      else this.#rows.link(end, row);
      this.#rows.link(row, NONE);
      ends.set(to, row);
      if (isIn) {
        node.count--;
        other.count++;
      }
      row = next;
    }
  }

  /** The hash of a node, if `budget` allows to make all that it needs; else null. */
  #hash(node: TreeNode, level: number, budget: { left: number }): Digest | null {
    if (node.hash !== null || node.count === 0) return node.hash;
    const hashes = node.children?.map((child) => child && this.#hash(child, level + 1, budget));
    if (budget.left < 1) return null;
    budget.left--;
    return node.hash = hashes ? branchHash(level, hashes) : this.#bottomHash(node);
  }

  #bottomHash({ first, count }: TreeNode): Digest {
    const bytes = new Uint8Array(5 + 16 * count);
    bytes.set(new ByteWriter().u8(BOTTOM).u32(count).toBytes());
    this.#rows.copyDigests(first, bytes, 5);
    return digestOf(bytes);
  }
}

/** A node without children. */
function bottom(first: number, count: number): TreeNode {
  return { hash: null, count, first, children: null };
}

/** Something under all of these nodes has changed, and they have so many keys more. */
function changed(trail: readonly TreeNode[], more: number): void {
  for (const node of trail) {
    node.hash = null;
    node.count += more;
  }
}

function branchHash(level: number, hashes: readonly (Digest | null)[]): Digest {
  const writer = new ByteWriter().u8(BRANCH).u8(level);
  for (const [i, hash] of hashes.entries()) if (hash !== null) writer.u8(i).raw(hash);
  return digestOf(writer.toBytes());
}

function nibbleOf(key: LeafKey, level: number): number {
  return key.charCodeAt(level >>> 1) >>> (level & 1 ? 0 : 4) & 15;
}
