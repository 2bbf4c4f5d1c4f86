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
  readonly #names: WriteName[] = [];

  /** The number of a write. */
  of(write: WriteName): number {
    let number = this.#numbers.get(write);
    if (number === undefined) {
      this.#numbers.set(write, number = this.#names.length);
      this.#names.push(write);
    }
    return number;
  }

  /** The write of a number that was given. */
  at(number: number): WriteName {
    return this.#names[number]!;
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

  /** Its writes that are not in another set, in the order of their numbers. */
  without(other: WriteSet): WriteName[] {
    const writes: WriteName[] = [];
    for (let i = 0; i < this.#words.length; i++) {
      let word = this.#words[i]! & ~(other.#words[i] ?? 0);
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word);
        writes.push(this.#numbers.at(32 * i + bit));
        word &= word - 1;
      }
    }
    return writes;
  }

  /** The same writes, in a set that changes by itself. */
  copy(): WriteSet {
    const copy = new WriteSet(this.#numbers);
    copy.#words = this.#words.slice();
    return copy;
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
