/**
 * Chance that is decided by one number: the same seed draws the same numbers, for ever and everywhere.
 *
 * Every part of a world (each link, each machine, each disk) draws from a stream of its own. So what is taken out of a plan
 * changes little else, and a failing plan can be made smaller.
 *
 * @module
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A stream of numbers. */
export class Chance {
  readonly #seed: number;
  readonly #numbers: ReturnType<typeof xoroshiro128plus>;

  /** The stream of this seed: 32 bits of it count. */
  constructor(seed: number) {
    this.#seed = seed | 0;
    this.#numbers = xoroshiro128plus(this.#seed);
  }

  /** Another stream, by name. It is the same whatever this one has drawn. */
  stream(name: string): Chance {
    // FNV-1a: names that differ in one char give seeds that have nothing in common.
    let hash = 0x811c9dc5 ^ this.#seed;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return new Chance(hash ^ (hash >>> 15));
  }

  /** 32 bits. */
  bits(): number {
    return this.#numbers.next() >>> 0;
  }
  /** A number from 0 to below 1. */
  unit(): number {
    return this.bits() / 2 ** 32;
  }
  /** A whole number from 0 to below `most`. */
  below(most: number): number {
    return Math.floor(this.unit() * most);
  }
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }
  /** True in this share of cases. */
  hits(share: number): boolean {
    return share > 0 && this.unit() < share;
  }
  /** One of them. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("Cannot pick one of none");
    return list[this.below(list.length)]!;
  }
  /** `count` different ones of them, in chance's order. */
  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list];
    return Array.from(
      { length: Math.min(count, list.length) },
      () => rest.splice(this.below(rest.length), 1)[0]!,
    );
  }
  /** A byte string of so many bytes. */
  bytes(length: number): string {
    return String.fromCharCode(...Array.from({ length }, () => this.below(256)));
  }
}
