/**
 * `deno task props`: runs laws by id, by title, or all of them; with more cases than the test command draws, or one case
 * again. Needs no permission.
 *
 * One line a law, as soon as it is done. A law that does not hold shows its smallest case, and the command that plays it
 * again. Exit codes: 0 all hold, 1 one does not, 2 wrong usage.
 *
 * @module
 */
import { statements } from "../props/catalogue/catalogue.ts";
import {
  hold,
  isPath,
  type Law,
  LawBroken,
  MOST_RUNS,
  NoSuchCase,
  type RunOptions,
  titleOf,
} from "../props/law.ts";
import { all } from "../props/registry.ts";
import fc from "fast-check";
import { nearest } from "./near.ts";
import { parsed, SEEDS, Usage, whole } from "./usage.ts";

const USAGE = `Usage: deno task props [ID | TITLE]... [--runs N] [--seed S [--path P]] [--no-shrink]

Holds the code to its laws: those of these ids (V5 R8), or of these titles, or all.

  --runs N      draw N cases for each law that draws
  --seed S      draw from this seed, instead of by chance
  --path P      one case of that seed, as a failure has printed it
  --no-shrink   stop at the first case that fails, instead of looking for the smallest`;

const FLAGS = {
  runs: { type: "string" },
  seed: { type: "string" },
  path: { type: "string" },
  "no-shrink": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What a command line asks for. */
interface Asked {
  readonly laws: readonly Law[];
  readonly options: RunOptions;
  readonly shrink: boolean;
}

/** Runs what the arguments ask for. Returns the exit code. */
export function main(args: readonly string[]): number {
  try {
    const asked = read(args);
    if (asked === null) {
      console.log(USAGE);
      return 0;
    }
    return run(asked);
  } catch (error) {
    if (!(error instanceof Usage)) throw error;
    console.error(error.message);
    return 2;
  }
}

function run({ laws, options: { runs, ...from }, shrink }: Asked): number {
  let failed = 0;
  let checked = 0;
  for (const law of laws) {
    const startMs = performance.now();
    const said = (word: string) => {
      const cases = law.runs > 0 && from.path === undefined ? `${runs ?? law.runs} cases, ` : "";
      console.log(
        `${word} ${titleOf(law)} (${cases}${(performance.now() - startMs).toFixed(0)} ms)`,
      );
    };
    const notes: string[] = [];
    // Laws about the suite itself look for smallest cases, whatever is asked for.
    fc.configureGlobal({ endOnFailure: !shrink && !law.ids.some((id) => id.startsWith("T")) });
    try {
      hold(law, { runs, ...from, note: (text) => notes.push(text) });
      said("ok  ");
      checked++;
      for (const note of notes) console.log(`     ${note}`);
    } catch (error) {
      if (error instanceof NoSuchCase) { // an id may name several laws, of which a path is one's
        said("----");
        console.log("     no case of this law has this path");
        continue;
      }
      checked++;
      failed++;
      said("FAIL");
      console.log(error instanceof Error ? error.message : String(error));
      if (!(error instanceof LawBroken)) throw error;
      if (error.breakage.cause instanceof Error) console.log(framesOf(error.breakage.cause));
    }
  }
  if (checked === 0) {
    throw new Usage(
      `Cannot play a case again: no case of seed ${from.seed} has the path ${from.path}; nothing was checked`,
    );
  }
  console.log(`${checked - failed} of ${checked} laws hold`);
  return failed > 0 ? 1 : 0;
}

/** Where an error was thrown; what it says has been said. */
function framesOf({ stack = "" }: Error): string {
  return stack.split("\n").filter((line) => /^ {4}at /.test(line)).join("\n");
}

function read(args: readonly string[]): Asked | null {
  const { values, positionals } = parsed(args, FLAGS, USAGE);
  if (values.help) return null;
  const runs = whole("runs", values.runs, { least: 1, most: MOST_RUNS });
  const seed = whole("seed", values.seed, SEEDS);
  const { path } = values;
  const laws = positionals.length === 0 ? all : chosen(positionals);
  if (path !== undefined) {
    if (seed === undefined) throw new Usage("Cannot play a case again: --path wants its --seed");
    if (positionals.length === 0) {
      throw new Usage("Cannot play a case again: the law is wanted that its --path is of");
    }
    if (!isPath(path)) {
      throw new Usage(
        `Cannot use --path: numbers with colons between wanted, as in 3:1, got ${
          path || "nothing"
        }`,
      );
    }
    const drawing = laws.filter(({ runs }) => runs > 0);
    if (drawing.length === 0) {
      throw new Usage(`Cannot play a case again: ${positionals.join(", ")} draws no cases`);
    }
    return { laws: drawing, options: { seed, path }, shrink: !values["no-shrink"] };
  }
  return { laws, options: { runs, seed }, shrink: !values["no-shrink"] };
}

/** The laws that are named, each once, in the order of the registry. */
function chosen(names: readonly string[]): Law[] {
  const wanted = new Set(names.flatMap((name) => {
    const laws = all.filter((law) => law.ids.includes(name) || titleOf(law) === name);
    return laws.length > 0 ? laws : unknown(name);
  }));
  return all.filter((law) => wanted.has(law));
}

/** Says why there is no law of this name. */
function unknown(name: string): never {
  const statement = statements.find(({ id }) => id === name);
  if (statement !== undefined) {
    const { open, superseded, absent, tests } = statement;
    const why = open !== undefined
      ? `nothing checks it yet; "${open}" will`
      : superseded !== undefined
      ? `it is superseded by ${superseded}`
      : absent !== undefined
      ? `it is not promised: ${absent}`
      : `it is checked elsewhere: ${tests?.join(", ")}`;
    throw new Usage(`Cannot run ${name} (${statement.says}): ${why}`);
  }
  const known = name.includes(" ") ? all.map(titleOf) : all.flatMap(({ ids }) => ids);
  const near = nearest(name, known).map((one) => name.includes(" ") ? `\n  ${one}` : ` ${one}`);
  throw new Usage(`Cannot run ${name}: there is no such law; near ones:${near}`);
}

if (import.meta.main) Deno.exit(main(Deno.args));
