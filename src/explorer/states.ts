/**
 * All states that were seen: rows of whole numbers, each once, in one flat array, found by a hash table.
 *
 * @module
 */

/** Rows that have a number, in the order in which they came. */
export class States {
  readonly #width: number;
  /** One row after the other; each has its parent's number in front. */
  #rows: Int32Array;
  /** Number of a row plus one, by its hash; 0 is free. */
  #table = new Int32Array(1 << 16);
  #size = 0;

  /** No state yet; each is a row of `width` numbers. */
  constructor(width: number) {
    this.#width = width;
    this.#rows = new Int32Array((width + 1) << 14);
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a row, reached from the row with number `parent`. Returns its number, or -1 if it was there already. */
  add(row: readonly number[], parent: number): number {
    if (2 * this.#size >= this.#table.length) this.#grow();
    const slot = this.#slotOf(row);
    if (this.#table[slot] !== 0) return -1;
    const stride = this.#width + 1;
    const start = this.#size * stride;
    if (start + stride > this.#rows.length) {
      const rows = new Int32Array(2 * this.#rows.length);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    this.#rows[start] = parent;
    for (let i = 0; i < this.#width; i++) this.#rows[start + 1 + i] = row[i]!;
    this.#table[slot] = ++this.#size;
    return this.#size - 1;
  }

  /** Copies a row into `into`. */
  read(id: number, into: number[]): number[] {
    const start = id * (this.#width + 1) + 1;
    for (let i = 0; i < this.#width; i++) into[i] = this.#rows[start + i]!;
    return into;
  }

  /** From where a row was reached first; -1 for the first. */
  parent(id: number): number {
    return this.#rows[id * (this.#width + 1)]!;
  }

  /** The slot that holds the row, or the free one that it belongs into. */
  #slotOf(row: readonly number[]): number {
    const mask = this.#table.length - 1;
    const stride = this.#width + 1;
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.#width; i++) {
      hash = Math.imul(hash ^ row[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (let slot = hash & mask;; slot = slot + 1 & mask) {
      const found = this.#table[slot]!;
      if (found === 0) return slot;
      const start = (found - 1) * stride + 1;
      let i = 0;
      while (i < this.#width && this.#rows[start + i] === row[i]) i++;
      if (i === this.#width) return slot;
    }
  }

  #grow(): void {
    this.#table = new Int32Array(2 * this.#table.length);
    const row: number[] = [];
    for (let id = 0; id < this.#size; id++) this.#table[this.#slotOf(this.read(id, row))] = id + 1;
  }
}
