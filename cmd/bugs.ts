/**
 * `deno task bugs`: puts back each known bug (`props/bugs.ts`) in a copy of the code, and sees after how many worlds the
 * simulator finds it. (`explore_bugs.ts` does the same for the explorer.)
 *
 * `deno task bugs fold-least` tries that one alone. Exit codes: 0 all are found, 1 one is not, or fits the code no more,
 * 2 wrong usage.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { BUGS } from "../props/bugs.ts";
import { mutants } from "../props/mutants/mutants.ts";
import { mutate } from "../props/mutants/mutant.ts";
import { copyCode } from "./mutant_workshop.ts";
import { nearest } from "./near.ts";

const USAGE = `Usage: deno task bugs [NAME]... [--seeds N] [--seed S] [--list]

Puts each known bug, or those of these names, into a copy of the code, and lets the simulator look for it.

  --seeds N     at most so many worlds (1000)
  --seed S      the first world (1)
  --list        shows the bugs, and tries none`;
const ROOT = new URL("..", import.meta.url).pathname;

/** What the simulator said of one bug. */
interface Finding {
  /** Worlds until one broke a law; null if none did. */
  readonly worlds: number | null;
  /** What it broke, or why it could not be run. */
  readonly law: string;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

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
  let missed = 0;
  for (const { mutant, known } of chosen) {
    const { worlds, law } = await tried(mutant, { seed: values.seed, seeds: values.seeds });
    if (worlds === null) missed++;
    const after = worlds === null ? "not found" : `${worlds} worlds`;
    console.log(`${mutant.padEnd(28)} ${after.padStart(12)}  ${law.padEnd(6)} ${known}`);
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

/** Lets worlds run in a copy that has the bug. */
async function tried(
  name: string,
  { seed, seeds }: { readonly seed: string; readonly seeds: string },
): Promise<Finding> {
  const mutant = mutants.find((mutant) => mutant.name === name);
  if (mutant === undefined) throw new Error(`Cannot put back ${name}: there is no such mutant`);
  const copy = Deno.makeTempDirSync({ prefix: "rotor-bugs-" });
  try {
    copyCode(ROOT, copy);
    const source = Deno.readTextFileSync(`${copy}/${mutant.file}`);
    Deno.writeTextFileSync(`${copy}/${mutant.file}`, mutate(source, mutant));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", "--cached-only", "--allow-all", "cmd/main.ts"],
        ...["simulate", "--json", "--seed", seed, "--seeds", seeds],
      ],
      cwd: copy,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    if (code > 1) throw new Error(new TextDecoder().decode(stderr));
    const said = JSON.parse(new TextDecoder().decode(stdout));
    if (code === 0) return { worlds: null, law: "" };
    return { worlds: said.worlds, law: said.breaches[0].law };
  } finally {
    Deno.removeSync(copy, { recursive: true });
  }
}
