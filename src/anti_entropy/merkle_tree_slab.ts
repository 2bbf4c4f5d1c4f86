/**
 * The leaves of one tree, packed: 36 bytes a leaf and no object.
 *
 * A row is nine words: four of the key, four of the digest, and the number of the row behind it. So rows are strung into
 * **chains**, as beads are; a chain is known by its first row. Chains are cut and joined without moving a row, and rows
 * that were given back are a chain too, which new ones are taken from.
 *
 * Row numbers begin at 1: 0 is the end of a chain. The slab grows by a quarter and never shrinks; a tree that has lost
 * most of its keys for good is built anew.
 *
 * @module
 */
import type { Digest } from "../id.ts";
import type { Leaf, LeafKey } from "./merkle_tree_key.ts";

/** The end of a chain, and the chain of no rows. */
export const NONE = 0;
/** How many bytes a leaf takes. */
export const ROW_BYTES = 36;

const KEY = 0;
const DIGEST = 4;
const NEXT = 8;
const WORDS = ROW_BYTES / 4;
/** What a slab has room for at first, and what it grows by at least. */
const FEW_ROWS = 8;

/** Rows in chains. */
export class LeafSlab {
  #words = new Uint32Array(WORDS * FEW_ROWS);
  /** Rows that were ever taken, and row 0, which is none. */
  #taken = 1;
  #free = NONE;

  /** A new row, that is in no chain yet. */
  take({ key, digest }: Leaf): number {
    let row = this.#free;
    if (row === NONE) row = this.#taken++;
    else this.#free = this.next(row);
    this.#makeRoomFor(row);
    this.#write(row, KEY, key);
    this.#write(row, DIGEST, digest);
    this.link(row, NONE);
    return row;
  }

  /** Gives a row back, that is in no chain any more. */
  give(row: number): void {
    this.link(row, this.#free);
    this.#free = row;
  }

  /** The row behind this one. */
  next(row: number): number {
    return this.#words[row * WORDS + NEXT]!;
  }

  /** Makes `next` the row behind `row`. */
  link(row: number, next: number): void {
    this.#words[row * WORDS + NEXT] = next;
  }

  /** What stands in a row. */
  leaf(row: number): Leaf {
    return {
      key: this.#read(row, KEY) as LeafKey,
      digest: this.#read(row, DIGEST) as Digest,
    };
  }

  /** True if the row's digest is this one. */
  hasDigest(row: number, digest: Digest): boolean {
    return this.#compare(row, DIGEST, digest) === 0;
  }

  /** Replaces the row's digest. */
  setDigest(row: number, digest: Digest): void {
    this.#write(row, DIGEST, digest);
  }

  /** The order of the row's key and this one: below 0, 0, or above. */
  compareKey(row: number, key: LeafKey): number {
    return this.#compare(row, KEY, key);
  }

  /** The nibble of the row's key that chooses among the children of a node at this level. */
  nibble(row: number, level: number): number {
    return this.#words[row * WORDS + KEY + (level >>> 3)]! >>> (28 - 4 * (level & 7)) & 15;
  }

  /** Writes the digests of a chain one behind another, beginning `at` a byte. */
  copyDigests(first: number, bytes: Uint8Array<ArrayBuffer>, at: number): void {
    const view = new DataView(bytes.buffer);
    for (let row = first; row !== NONE; row = this.next(row)) {
      for (let i = 0; i < 4; i++, at += 4) {
        view.setUint32(at, this.#words[row * WORDS + DIGEST + i]!);
      }
    }
  }

  #read(row: number, field: number): string {
    let text = "";
    for (let i = row * WORDS + field, end = i + 4; i < end; i++) {
      const word = this.#words[i]!;
      text += String.fromCharCode(word >>> 24, word >>> 16 & 255, word >>> 8 & 255, word & 255);
    }
    return text;
  }

  #write(row: number, field: number, text: string): void {
    for (let i = 0; i < 4; i++) this.#words[row * WORDS + field + i] = wordOf(text, i);
  }

  #compare(row: number, field: number, text: string): number {
    for (let i = 0; i < 4; i++) {
      const order = this.#words[row * WORDS + field + i]! - wordOf(text, i);
      if (order !== 0) return order;
    }
    return 0;
  }

  #makeRoomFor(row: number): void {
    const rows = this.#words.length / WORDS;
    if (row < rows) return;
    const grown = new Uint32Array(WORDS * Math.max(rows + FEW_ROWS, Math.ceil(rows * 1.25)));
    grown.set(this.#words);
    this.#words = grown;
  }
}

/** The `index`-th four bytes of 16, as a number: of two texts of which one is less, so is the first word that differs. */
function wordOf(text: string, index: number): number {
  const at = 4 * index;
  return (text.charCodeAt(at) << 24 | text.charCodeAt(at + 1) << 16 |
    text.charCodeAt(at + 2) << 8 | text.charCodeAt(at + 3)) >>> 0;
}
