/**
 * Transcripts: stories that real nodes play, written down line by line, and compared.
 *
 * `props/transcripts/*.txt` holds commands and, below each, what came of it. The test plays every story again, and a
 * difference is a failure. Then either the code is wrong, or the story has changed and is written anew
 * (`deno task transcripts --rewrite`) and its diff read like any other. It is the way in which etcd's raft keeps its
 * traces. A law says what must hold in every run; a transcript shows one run, for people to see how it comes to hold.
 *
 * Here a story is read and played. What a command does is in `transcripts/commands.ts`, what a line looks like in
 * `transcripts/stage.ts` and `src/sim/describe.ts`.
 *
 * @module
 */
import { nearest } from "../cmd/near.ts";
import { COMMANDS, type House } from "./transcripts/commands.ts";
import { type Line, MisplacedRule, parse, type Piece, render } from "./transcripts/text.ts";
import { Unplayable, Words } from "./transcripts/words.ts";

/** A transcript whose commands make no sense: where, and what was wanted. */
export class TranscriptError extends Error {
  /** Tells it from other errors. */
  override readonly name = "TranscriptError";
}

/**
 * Plays a transcript.
 *
 * @param text Prose and commands. What stands below the commands does not matter.
 * @param path What to call the text in errors.
 * @returns The text as it should be: prose and commands as they were, with what came of them now.
 * @throws {TranscriptError} If a command makes no sense.
 *
 * @example A put in a cluster of one
 * ```ts
 * import { play } from "./transcript.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   play("# Milk.\ncluster n1\nput n1 cart=milk as mary\nrun\n", "milk.txt"),
 *   `# Milk.
 * cluster n1
 * put n1 cart=milk as mary
 * run
 * ----
 * n1            up, with n=3 r=2 w=2
 * mary -> n1    put cart=milk, blind
 * n1 stored     cart {n1:1}|milk@n1:1
 * n1 -> mary    done, n1 stored it; context {n1:1}
 * `,
 * );
 * ```
 */
export function play(text: string, path: string): string {
  const house: House = { stage: null };
  const lines: string[] = [];
  let afterScene = false;
  for (const piece of piecesOf(text, path)) {
    if (piece.kind === "prose") {
      // An empty line ends a trace; without one the prose would be read as part of it the next time.
      if (afterScene && piece.lines[0]!.text !== "") lines.push("");
      lines.push(...piece.lines.map(({ text }) => text));
    } else {
      for (const command of piece.commands) playOne(command, path, house);
      lines.push(...render(piece.commands, house.stage?.trace() ?? []));
    }
    afterScene = piece.kind === "scene";
  }
  return `${lines.join("\n")}\n`;
}

function piecesOf(text: string, path: string): Piece[] {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof MisplacedRule)) throw error;
    throw new TranscriptError(`${path}:${error.line}: ${error.message}`, { cause: error });
  }
}

function playOne({ number, text }: Line, path: string, house: House): void {
  try {
    const words = new Words(text);
    const name = words.next("a command");
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      const near = nearest(name, Object.keys(COMMANDS)).join(", ");
      throw new Unplayable(`there is no such command; near ones: ${near}`);
    }
    try {
      command.play(words, house);
      words.end();
    } catch (error) {
      if (!(error instanceof Unplayable)) throw error;
      throw new Unplayable(`${error.message}\n  usage: ${name} ${command.usage}`);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TranscriptError(`${path}:${number}: Cannot play "${text}": ${reason}`, {
      cause: error,
    });
  }
}
