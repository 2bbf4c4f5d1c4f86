/**
 * What the commands of `cmd/` have in common that are tasks of their own: numbers on a command line, and how to refuse one.
 *
 * @module
 */

/** A command line that makes no sense; the message says why, in a sentence. */
export class Usage extends Error {}

/**
 * The arguments, with each of these options joined to a number below 0 that follows it: to `parseArgs` that is another
 * option.
 *
 * @example A seed below 0
 * ```ts
 * import { joinNumbers } from "./usage.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(joinNumbers(["V5", "--seed", "-3"], ["seed"]), ["V5", "--seed=-3"]);
 * ```
 */
export function joinNumbers(args: readonly string[], options: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    const isOf = before !== undefined && options.some((option) => before === `--${option}`);
    if (isOf && /^-\d/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/**
 * The number that an option gives, undefined if it is absent.
 *
 * @throws {Usage} If it is not a whole number within the bounds, which are named.
 */
export function wholeNumber(
  option: string,
  text: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^-?\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Usage(
    `Cannot use --${option}: a whole number from ${least} to ${most} wanted, got ${
      text || "nothing"
    }`,
  );
}

/** The numbers that seeds are: all of 32 bits. */
export const SEEDS = { least: -(2 ** 31), most: 2 ** 31 - 1 };
