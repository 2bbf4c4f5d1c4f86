/**
 * What the small programs beside `rotor` do with their arguments: a wrong one is one sentence, and then how it is used.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";

/** Arguments that cannot be used, in words for whoever gave them. */
export class Usage extends Error {}

/** The numbers that seeds are: all of 32 bits. */
export const SEEDS = { least: -(2 ** 31), most: 2 ** 31 - 1 };

/**
 * Arguments as flags and the rest. A flag that takes a value takes a number below 0 too.
 *
 * @param usage How the program is used: said after what is wrong.
 * @throws {Usage} If a flag is unknown, or lacks its value.
 *
 * @example A seed below 0
 * ```ts
 * import { parsed } from "./usage.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { values, positionals } = parsed(["V5", "--seed", "-3"], { seed: { type: "string" } }, "");
 * assertEquals([values.seed, positionals], ["-3", ["V5"]]);
 * ```
 */
export function parsed<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  const taking = Object.keys(options).filter((name) => options[name]!.type === "string");
  try {
    return parseArgs({ args: joinNumbers(args, taking), allowPositionals: true, options });
  } catch (error) {
    throw new Usage(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

/** Joins flags to the numbers below 0 that follow them: to `parseArgs` these are flags. */
function joinNumbers(args: readonly string[], flags: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    const isOf = flags.some((flag) => before === `--${flag}`);
    if (isOf && /^-\d/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/**
 * The number that a flag gives; undefined if it was not given.
 *
 * @throws {Usage} If it is no whole number within the bounds, which are named.
 */
export function whole(
  name: string,
  text: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^-?\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Usage(
    `Cannot use --${name}: a whole number from ${least} to ${most} wanted, got ${
      text || "nothing"
    }`,
  );
}
