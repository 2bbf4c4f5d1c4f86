/**
 * `deno task transcripts`: plays the stories of `props/transcripts/`, and shows where they have changed.
 *
 * `deno task transcripts doomstone` plays that one alone; `--rewrite` writes down what comes of them now, for the diff to be
 * read. Exit codes: 0 all are as they were, or have been rewritten; 1 one has changed, or cannot be played; 2 wrong usage.
 *
 * @module
 */
import { play, TranscriptError } from "../props/transcript.ts";
import { commandList } from "../props/transcripts/commands.ts";
import { unifiedDiff } from "../props/transcripts/unified.ts";
import { nearest } from "./near.ts";
import { parsed, Usage } from "./usage.ts";

const USAGE = `Usage: deno task transcripts [NAME]... [--rewrite] [--list]

Plays the stories of props/transcripts, or those of these names, and shows where they have changed.

  --rewrite   writes down what comes of them now: read the diff
  --list      shows them, and plays none

What a story may ask for:

${commandList()}`;
const ROOT = new URL("..", import.meta.url);
const FOLDER = "props/transcripts";

const FLAGS = {
  rewrite: { type: "boolean" },
  list: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** The names of all transcripts, in order. */
export function transcriptNames(): string[] {
  return [...Deno.readDirSync(new URL(FOLDER, ROOT))].map(({ name }) => name)
    .filter((name) => name.endsWith(".txt")).map((name) => name.slice(0, -4)).sort();
}

/** Where a transcript is, and what it says. */
export function readTranscript(name: string): { readonly path: string; readonly text: string } {
  const path = `${FOLDER}/${name}.txt`;
  return { path, text: Deno.readTextFileSync(new URL(path, ROOT)) };
}

/**
 * Plays a transcript.
 *
 * @returns How what came of it differs from what is written down, and the command that writes it anew; empty if it does not.
 * @throws {TranscriptError} If it cannot be played.
 */
export function changesOf(name: string): string {
  const { path, text } = readTranscript(name);
  const titles = { before: `${path} (written down)`, after: `${path} (played now)` };
  const diff = unifiedDiff(text, play(text, path), titles);
  return diff && `${diff}if this is right: deno task transcripts --rewrite ${name}`;
}

/** Runs what the arguments ask for. Returns the exit code. */
export function main(args: readonly string[]): number {
  try {
    const { values, positionals } = parsed(args, FLAGS, USAGE);
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const known = transcriptNames();
    const names = positionals.length === 0 ? known : positionals.map((name) => named(name, known));
    if (values.list) {
      for (const name of names) console.log(`${name}: ${titleOf(readTranscript(name).text)}`);
      return 0;
    }
    const ends = names.map((name) => values.rewrite ? rewrite(name) : compare(name));
    return ends.every((end) => end) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Usage)) throw error;
    console.error(error.message);
    return 2;
  }
}

function compare(name: string): boolean {
  return tried(name, () => {
    const changes = changesOf(name);
    console.log(changes ? `changed ${name}\n${changes}` : `same    ${name}`);
    return changes === "";
  });
}

function rewrite(name: string): boolean {
  return tried(name, () => {
    const { path, text } = readTranscript(name);
    const now = play(text, path);
    if (now !== text) Deno.writeTextFileSync(new URL(path, ROOT), now);
    console.log(now === text ? `same    ${name}` : `rewrote ${name}`);
    return true;
  });
}

function tried(name: string, act: () => boolean): boolean {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof TranscriptError)) throw error;
    console.log(`stopped ${name}\n${error.message}`);
    return false;
  }
}

function titleOf(text: string): string {
  return text.slice(0, text.indexOf("\n")).replace(/^# /, "");
}

function named(name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  const near = nearest(name, known).join(", ");
  throw new Usage(`Cannot play ${name}: there is no such transcript; near ones: ${near}`);
}

if (import.meta.main) Deno.exit(main(Deno.args));
