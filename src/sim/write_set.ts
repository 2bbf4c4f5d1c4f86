/**
 * Sets of writes, by name, of which there are as many as there are writes, each of them nearly as large as all of them
 * together: what a write overwrites. So a set is a row of bits, and the union of two takes a step for 32 writes.
 *
 * All sets that are compared or united must count their writes by the same {@linkcode WriteNumbers}.
 *
 * @module
 */

/** Names one write. */
export type WriteName = string;

/** Numbers for names, from 0, in the order in which they are first asked for. */
export class WriteNumbers {
  readonly #numbers = new Map<WriteName, number>();

  /** The number of a write. */
  of(write: WriteName): number {
    let number = this.#numbers.get(write);
    if (number === undefined) this.#numbers.set(write, number = this.#numbers.size);
    return number;
  }
}

/** A set of writes. */
export class WriteSet {
  readonly #numbers: WriteNumbers;
  #words = new Uint32Array(4);

  /** An empty set. */
  constructor(numbers: WriteNumbers) {
    this.#numbers = numbers;
  }

  /** Whether it contains this write. */
  has(write: WriteName): boolean {
    const number = this.#numbers.of(write);
    return ((this.#words[number >>> 5] ?? 0) >>> (number & 31) & 1) === 1;
  }

  /** Takes a write in. */
  add(write: WriteName): void {
    const number = this.#numbers.of(write);
    this.#reach(number >>> 5);
    this.#words[number >>> 5]! |= 1 << (number & 31);
  }

  /** Takes in all of another set. */
  addAll(other: WriteSet): void {
    const words = other.#words;
    this.#reach(words.length - 1);
    for (let i = 0; i < words.length; i++) this.#words[i]! |= words[i]!;
  }

  #reach(word: number): void {
    if (word < this.#words.length) return;
    const words = new Uint32Array(Math.max(word + 1, 2 * this.#words.length));
    words.set(this.#words);
    this.#words = words;
  }
}
