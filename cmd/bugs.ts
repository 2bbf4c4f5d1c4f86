/**
 * `deno task bugs`: puts back each known bug (`props/bugs.ts`) in a copy of the code, and sees which world is
 * the first that shows it. (`explore_bugs.ts` does the same for the explorer.)
 *
 * `deno task bugs fold-least` tries that one alone. Exit codes: 0 all are found, 1 one is not, or fits the code no more,
 * 2 wrong usage.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Bug, BUGS } from "../props/bugs.ts";
import { mutants } from "../props/mutants/mutants.ts";
import { mutate } from "../props/mutants/mutant.ts";
import { copyCode } from "./mutant_workshop.ts";
import { nearest } from "./near.ts";

const USAGE = `Usage: deno task bugs [NAME]... [--seeds N] [--seed S] [--list]

Puts each known bug, or those of these names, into a copy of the code, and lets the simulator look for it.

  --seeds N     at most so many worlds (1000)
  --seed S      the first world (1)
  --pinned      plays the one world of each that docs/simulator.md names, and no others
  --list        shows the bugs, and tries none`;
const ROOT = new URL("..", import.meta.url).pathname;

/** What the simulator said of one bug. */
export interface Finding {
  /** The seed of the first world that broke a law; null if none did. */
  readonly world: number | null;
  /** What it broke, or why it could not be run. */
  readonly law: string;
}

async function main(args: readonly string[]): Promise<number> {
  const asked = parsed(args);
  if (asked === null) return 2;
  const { values, positionals } = asked;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const known = BUGS.map(({ mutant }) => mutant);
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, known).join(", ");
    console.error(`Cannot put back ${unknown}: there is no such bug; near ones: ${near}`);
    return 2;
  }
  const chosen = BUGS.filter(({ mutant }) =>
    positionals.length === 0 || positionals.includes(mutant)
  );
  if (values.list) {
    for (const { mutant, known } of chosen) console.log(`${mutant}: ${known}`);
    return 0;
  }
  const workshop = new WorldBugs();
  let missed = 0;
  try {
    for (const bug of chosen) {
      const where = values.pinned ? { seed: `${bug.world}`, seeds: "1" } : values;
      const { world, law } = await workshop.find(bug, where);
      if (world === null) missed++;
      const found = world === null ? "not found" : `world ${world}`;
      const isOther = world !== bug.world || law !== bug.law;
      const other = isOther ? ` (world ${bug.world}, ${bug.law} in docs/simulator.md)` : "";
      console.log(
        `${bug.mutant.padEnd(28)} ${found.padStart(12)}  ${law.padEnd(6)} ${bug.known}${other}`,
      );
    }
  } finally {
    workshop.clear();
  }
  console.log(`${chosen.length - missed} of ${chosen.length} found`);
  return missed === 0 ? 0 : 1;
}

/** What the command line says; null if that cannot be, which has been said then. */
function parsed(args: readonly string[]) {
  try {
    const asked = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        seeds: { type: "string", default: "1000" },
        seed: { type: "string", default: "1" },
        pinned: { type: "boolean", default: false },
        list: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const { seed, seeds } = asked.values;
    const isWhole = (text: string, least: number) => /^[0-9]{1,7}$/.test(text) && +text >= least;
    if (isWhole(seed, 0) && isWhole(seeds, 1)) return asked;
    const [flag, got] = isWhole(seed, 0) ? ["--seeds", seeds] : ["--seed", seed];
    const wanted = "a whole number of at most seven digits wanted";
    console.error(`Cannot use ${flag}: ${wanted}, got ${JSON.stringify(got)}\n\n${USAGE}`);
  } catch (error) {
    // Of flags that there are not, and of values that are missing, it speaks in words of its own.
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
  }
  return null;
}

/** A copy of the code, in which bugs are put back one at a time, and worlds look for them. It lives until it is cleared. */
export class WorldBugs {
  readonly #directory = Deno.makeTempDirSync({ prefix: "rotor-bugs-" });

  /** A copy of the code as it is now. */
  constructor() {
    copyCode(ROOT, this.#directory);
  }

  /** Puts a bug back, lets worlds run, and takes it out again. */
  async find(
    { mutant: name }: Bug,
    { seed, seeds }: { readonly seed: string; readonly seeds: string },
  ): Promise<Finding> {
    const mutant = mutants.find((mutant) => mutant.name === name);
    if (mutant === undefined) throw new Error(`Cannot put back ${name}: there is no such mutant`);
    const path = `${this.#directory}/${mutant.file}`;
    const source = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, mutate(source, mutant));
    try {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--no-check", "--cached-only", "--allow-all", "cmd/main.ts"],
          ...["simulate", "--json", "--seed", seed, "--seeds", seeds],
        ],
        cwd: this.#directory,
        env: { NO_COLOR: "1" },
        stdin: "null",
      }).output();
      if (code > 1) throw new Error(new TextDecoder().decode(stderr));
      const said = JSON.parse(new TextDecoder().decode(stdout));
      if (code === 0) return { world: null, law: "" };
      return { world: said.seed, law: said.breaches[0].law };
    } finally {
      Deno.writeTextFileSync(path, source);
    }
  }

  /** Takes the copy away. */
  clear(): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
