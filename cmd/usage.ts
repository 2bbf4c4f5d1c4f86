/**
 * What the small programs beside `rotor` do with their arguments: a wrong one is one sentence, and then how it is used.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";

/** A command line that makes no sense; the message says why, in a sentence. */
export class Usage extends Error {}

/**
 * Arguments as flags and the rest.
 *
 * @param usage How the program is used: said after what is wrong.
 * @throws {Usage} If a flag is unknown, or lacks its value.
 */
export function parsed<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  const valued = Object.keys(options).filter((name) => options[name]!.type === "string");
  try {
    return parseArgs({ args: joinNumbers(args, valued), allowPositionals: true, options });
  } catch (error) {
    throw new Usage(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

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
