/**
 * Wrong implementations, to see that the laws notice.
 *
 * A mutant is the real code with one mistake in it: a text that stands there exactly once, and the text that a tired
 * programmer might have written instead. Each names the statements whose laws must find it, each law alone. A law that
 * finds no mutant is either redundant or says nothing; so every statement that is checked has at least one here (law T5).
 *
 * Nothing of this is a switch in the program: the mistakes are made in a temporary copy (`cmd/mutants.ts`).
 *
 * A mutant whose text is not there any more is an error, not a success: the code has moved on, and the mistake must be
 * found again in its new form, or withdrawn.
 *
 * @module
 */

/** One wrong implementation. */
export interface Mutant {
  /** What it is called: words with hyphens. */
  readonly name: string;
  /** The file that is wrong. */
  readonly file: string;
  /** What stands in the file, exactly once. */
  readonly from: string;
  /** What stands there instead. */
  readonly to: string;
  /** The mistake, as one clause: what the code does now. */
  readonly why: string;
  /** Statements of the catalogue: the laws of each must find the mutant, without the help of others. */
  readonly kills: readonly string[];
}

/** A mutant that does not fit the code. */
export class StaleMutant extends Error {
  /** Tells it from other errors. */
  override readonly name = "StaleMutant";
}

/**
 * The source with the mistake in it.
 *
 * @throws {StaleMutant} If what is to be replaced is not there exactly once, or nothing would change.
 *
 * @example A mistake, and one that does not fit
 * ```ts
 * import { mutate, StaleMutant } from "./mutant.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const mutant = { name: "m", file: "a.ts", from: "<", to: "<=", why: "", kills: [] };
 * assertEquals(mutate("a < b", mutant), "a <= b");
 * assertThrows(() => mutate("a > b", mutant), StaleMutant, "0 times");
 * assertThrows(() => mutate("a < b < c", mutant), StaleMutant, "2 times");
 * ```
 */
export function mutate(source: string, { name, file, from, to }: Mutant): string {
  const [before, after, ...more] = source.split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    const times = source.split(from).length - 1;
    throw new StaleMutant(
      `Cannot apply ${name}: its text stands ${times} times in ${file}, once wanted: ${from}`,
    );
  }
  if (from === to) throw new StaleMutant(`Cannot apply ${name}: it changes nothing in ${file}`);
  return before + to + after;
}
