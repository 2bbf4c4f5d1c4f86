/**
 * Small numbers for large things: a thing that is equal to one that was seen before gets its number.
 *
 * A state of the explorer is a short row of such numbers, so that to compare two worlds is to compare a few integers, and
 * what was found out once about two numbers is never worked out again.
 *
 * @module
 */

/** Numbers things by their keys, from 1 on: 0 is free to mean nothing. */
export class Interner<Value> {
  readonly #ids = new Map<string, number>();
  readonly #values: Value[] = [];

  /** How many different things there are. */
  get size(): number {
    return this.#values.length;
  }

  /** The number of the thing with this key. `value` stands for it if it is the first. */
  of(key: string, value: Value): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#values.push(value);
    this.#ids.set(key, this.#values.length);
    return this.#values.length;
  }

  /** The thing with this number. */
  at(id: number): Value {
    const value = this.#values[id - 1];
    if (value === undefined) throw new RangeError(`Cannot look up ${id}: 1 to ${this.size} wanted`);
    return value;
  }
}

const MOST = 2 ** 26;

/** A table of what two numbers give, worked out once. */
export class Memo<Result> {
  readonly #known = new Map<number, Result>();

  /** What `a` and `b` give. @throws {RangeError} If one of them is 2^26 or more. */
  of(a: number, b: number, work: () => Result): Result {
    if (a >= MOST || b >= MOST) {
      throw new RangeError(`Cannot look up ${a}, ${b}: below ${MOST} wanted`);
    }
    const key = a * MOST + b;
    let result = this.#known.get(key);
    if (result === undefined) {
      result = work();
      this.#known.set(key, result);
    }
    return result;
  }
}
