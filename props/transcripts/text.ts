/**
 * The text of a transcript: prose, and commands with what comes of them.
 *
 * ```text
 * # Prose: lines that begin with a number sign, and empty ones.
 * put n1 cart=milk as mary
 * ----
 * mary -> n1    put cart=milk, blind
 * ```
 *
 * Commands that stand together share what comes of them, which ends with an empty line. Prose is kept as it is.
 *
 * @module
 */

/** Stands between commands and what comes of them. */
const RULE = "----";

/** One line of a transcript's text, and its number from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** A piece of a transcript. */
export type Piece =
  | { readonly kind: "prose"; readonly lines: readonly Line[] }
  /** Commands. What was expected of them is in the text, and is not kept: texts are compared whole. */
  | { readonly kind: "scene"; readonly commands: readonly Line[] };

/** A rule that no command stands above. */
export class MisplacedRule extends Error {
  /** Tells it from other errors. */
  override readonly name = "MisplacedRule";
  /** The line that it is on. */
  readonly line: number;

  /** It stands on this line. */
  constructor(line: number) {
    super(`a command wanted before ${RULE}, got none`);
    this.line = line;
  }
}

/**
 * Reads a transcript.
 *
 * @throws {MisplacedRule} If a rule has no command above it.
 *
 * @example Prose and a scene
 * ```ts
 * import { parse } from "./text.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [prose, scene] = parse("# Milk.\nput n1 cart=milk\n----\nwhatever was seen last time\n");
 * assertEquals(prose, { kind: "prose", lines: [{ number: 1, text: "# Milk." }] });
 * assertEquals(scene, { kind: "scene", commands: [{ number: 2, text: "put n1 cart=milk" }] });
 * ```
 */
export function parse(text: string): Piece[] {
  const pieces: Piece[] = [];
  const lines = text.replace(/\n$/, "").split("\n")
    .map((text, i): Line => ({ number: i + 1, text: text.trimEnd() }));
  const take = (matches: (line: Line) => boolean) => {
    const end = lines.findIndex((line) => !matches(line));
    return lines.splice(0, end < 0 ? lines.length : end);
  };
  while (lines.length > 0) {
    const prose = take(isProse);
    if (prose.length > 0) pieces.push({ kind: "prose", lines: prose });
    const commands = take((line) => !isProse(line) && line.text !== RULE);
    if (commands.length > 0) pieces.push({ kind: "scene", commands });
    else if (lines.length > 0) throw new MisplacedRule(lines[0]!.number);
    if (lines[0]?.text === RULE) take(({ text }) => text !== "");
  }
  return pieces;
}

/** A scene as it stands in a file. */
export function render(commands: readonly Line[], trace: readonly string[]): string[] {
  return [...commands.map(({ text }) => text), RULE, ...trace.map((line) => line.trimEnd())];
}

function isProse({ text }: Line): boolean {
  return text === "" || text.startsWith("#");
}
