/**
 * The Merkle trees of one node: one for each range that it has a role for and each n, with a leaf for every key of which it
 * has a copy of its own (paper, section 4.7). What it keeps for others is in none of them.
 *
 * Trees live in memory alone. After a start they are *filled* from the records, a page at a time; until that is done they
 * are compared with nobody's. A record that is stored meanwhile has its leaf already, and the page, which may be older,
 * does not touch it.
 *
 * Under strategy 1 the ring gets more ends, and ranges split. Their trees split with them, in the step in which the node
 * comes to know it: a key stands in its tree by its own place on the ring, so whole branches go over as they are.
 * (A tree knows the first 8 bytes of a position. A key that shares them with the end that it lies behind goes with that
 * end, one in 2^64, until the next start.)
 *
 * @module
 */
import type { Digest, NodeId, ObjectName, Position } from "../id.ts";
import type { TreeName } from "../protocol/terms.ts";
import { positionOf } from "../ring/hash.ts";
import { endsWithin, startOf } from "../ring/partition.ts";
import { containerDigest } from "../version/digest.ts";
import type { Container } from "../version/siblings.ts";
import { MerkleTree } from "./merkle_tree.ts";
import { lastLeafKey, type LeafKey, leafKey } from "./merkle_tree_key.ts";

/** One tree, and what it is about. */
export interface Plot {
  /** The end of its range. */
  readonly end: Position;
  /** On how many nodes its keys live. */
  readonly n: number;
  /** A leaf for each key. */
  readonly tree: MerkleTree;
}

/** Where keys belong, as the node sees it now. */
export interface Land {
  /** The ends of all ranges, sorted. There are only ever more of them. */
  ends(): readonly Position[];
  /** Digest of these. */
  cut(): Digest;
  /** The end of the range of a position. */
  rangeEnd(position: Position): Position;
  /** Whether this node fetches what a peer holds of a range: it serves it, as the peer does, or gets it from the peer. */
  fetches(range: TreeName, peer: NodeId): boolean;
  /** Whether a peer may fetch what this node holds of it. */
  gives(range: TreeName, peer: NodeId): boolean;
  /** n of a key's bucket. */
  nOf(name: ObjectName): number;
  /** Whether this node has any role for the key's range. */
  holds(name: ObjectName, n: number): boolean;
}

/** All trees of one node. */
export class Forest {
  readonly #land: Land;
  readonly #plots = new Map<string, Plot>();
  /** As the trees are cut. */
  #ends: readonly Position[];
  /** Keys whose leaves are newer than any page; null once all pages are in. */
  #newer: Set<string> | null = new Set();

  /** No tree yet. */
  constructor(land: Land) {
    this.#land = land;
    this.#ends = land.ends();
  }

  /** Whether every record has its leaf. */
  get isFull(): boolean {
    return this.#newer === null;
  }
  /** Every tree. */
  get plots(): Plot[] {
    return [...this.#plots.values()];
  }

  /** Those of them of which this node fetches what a peer holds. */
  fetchedFrom(peer: NodeId): Plot[] {
    return this.plots.filter((plot) => this.#land.fetches(plot, peer));
  }
  /** Those of them of which a peer fetches what is here. */
  givenTo(peer: NodeId): Plot[] {
    return this.plots.filter((plot) => this.#land.gives(plot, peer));
  }
  /** The tree of a range; undefined if there is none here. */
  plot(end: Position, n: number): Plot | undefined {
    return this.#plots.get(idOf(end, n));
  }

  /** Some keys of a range of which there is something here, but for these. */
  some({ end, n }: TreeName, most: number, but: ReadonlySet<LeafKey>): LeafKey[] {
    const keys: LeafKey[] = [];
    for (const { key } of this.plot(end, n)?.tree.leaves() ?? []) {
      if (!but.has(key) && keys.push(key) >= most) break;
    }
    return keys;
  }

  /** An empty tree, for a range of which nothing is here. */
  plant(end: Position, n: number): Plot {
    return { end, n, tree: new MerkleTree() };
  }

  /** The ring is another one. Says of a range as it was which ranges it is now; null if they are the same as before. */
  onRing(): ((range: TreeName) => TreeName[]) | null {
    const before = this.#ends;
    const ends = this.#land.ends();
    if (ends.length === before.length) return null; // none ever goes
    this.#ends = ends;
    const finer = (end: Position) => endsWithin(ends, startOf(before, end), end);
    for (const plot of this.plots) this.#cut(plot, startOf(before, plot.end), finer(plot.end));
    return ({ end, n }) => finer(end).map((end) => ({ end, n }));
  }

  /** Cuts a tree at these ends, of which the last is its own. */
  #cut({ end, n, tree }: Plot, start: Position, ends: readonly Position[]): void {
    if (ends.length === 1) return;
    const starts = [start, ...ends];
    // What goes over the wrap keeps the tree: its keys are not one piece in the order of keys.
    const wrapping = ends.findIndex((end, i) => starts[i]! >= end);
    const kept = wrapping < 0 ? ends.length - 1 : wrapping;
    this.#plots.delete(idOf(end, n));
    for (const [i, end] of ends.entries()) {
      const part = i === kept ? tree : tree.extract(lastLeafKey(starts[i]!), lastLeafKey(end));
      this.#plots.set(idOf(end, n), { end, n, tree: part });
    }
  }

  /** This is durable of a key from now on. Returns whether something else was, as far as is known. */
  onStored(name: ObjectName, container: Container | null): boolean {
    const key = leafKey(name, positionOf(name));
    this.#newer?.add(key);
    return this.#set(name, container === null ? null : containerDigest(name, container));
  }
  /** A page of records, in any order. */
  onPage(records: readonly { readonly name: ObjectName; readonly container: Container }[]): void {
    for (const { name, container } of records) {
      if (this.#newer?.has(leafKey(name, positionOf(name)))) continue;
      this.#set(name, containerDigest(name, container));
    }
  }
  /** There are no more pages. */
  onFilled(): void {
    this.#newer = null;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const roots = this.plots.map(({ end, n, tree }) => ({ end, n, root: tree.root() }));
    return { roots, newer: this.#newer && [...this.#newer] };
  }

  #set(name: ObjectName, digest: Digest | null): boolean {
    const n = this.#land.nOf(name);
    if (!this.#land.holds(name, n)) return false;
    const position = positionOf(name);
    const end = this.#land.rangeEnd(position);
    const id = idOf(end, n);
    let plot = this.#plots.get(id);
    if (plot === undefined) {
      plot = { end, n, tree: new MerkleTree() };
      this.#plots.set(id, plot);
    }
    const key = leafKey(name, position);
    const isOther = plot.tree.get(key) !== digest;
    if (digest === null) plot.tree.remove(key);
    else plot.tree.put(key, digest);
    return isOther;
  }
}

function idOf(end: Position, n: number): string {
  return `${n} ${end}`;
}
