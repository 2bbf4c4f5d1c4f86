/**
 * What the small programs beside `rotor` do with their arguments: a wrong one is one sentence, and then how it is used.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";

/** Arguments that cannot be used, in words for whoever gave them. */
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
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new Usage(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

/**
 * The number that a flag gives; undefined if it was not given.
 *
 * @throws {Usage} If it is no whole number, or below `least`.
 */
export function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text !== "" && Number.isSafeInteger(number) && number >= least) return number;
  throw new Usage(`Cannot use --${name}: a whole number from ${least} wanted, got ${text}`);
}
