/**
 * `deno task mutants`: makes each mistake of `props/mutants/` in a copy of the code, and sees whether the laws notice.
 *
 * A mutant is killed if every statement that it names has a law which finds it alone. The laws run without permissions,
 * from one seed, so that a run says tomorrow what it says today; `--seed` takes another. Before any mutant the laws must
 * hold of the code as it is, or their failing would say nothing.
 *
 * `deno task mutants merge-least fold-first` runs those alone; `--list` shows them. Exit codes: 0 all are killed, 1 one
 * survives, or fits the code no more, 2 wrong usage.
 *
 * @module
 */
import { mutants as known } from "../props/mutants/mutants.ts";
import { type Mutant, mutate, StaleMutant } from "../props/mutants/mutant.ts";
import { byLaw, type Verdict } from "./mutant_table.ts";
import { Workshop } from "./mutant_workshop.ts";
import { nearest } from "./near.ts";
import { parsed, SEEDS, Usage, whole } from "./usage.ts";

const USAGE = `Usage: deno task mutants [NAME]... [--seed S] [--workers N] [--tree DIR] [--list]

Makes each mistake, or those of these names, in a copy of the code, and sees whether the laws notice.

  --seed S      the laws draw from this seed (1)
  --workers N   so many copies at a time (2)
  --tree DIR    the code to make mistakes in (this repository)
  --list        shows them, and makes none`;
const ROOT = new URL("..", import.meta.url).pathname;
const WORKERS = 2;
const MOST_WORKERS = 64;
const SEED = 1;

const FLAGS = {
  seed: { type: "string" },
  workers: { type: "string" },
  tree: { type: "string" },
  list: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

interface Asked {
  readonly mutants: readonly Mutant[];
  readonly seed: number;
  readonly workers: number;
  readonly tree: string;
}

/** Runs what the arguments ask for. Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const asked = read(args);
    if (asked === null) return 0;
    for (const mutant of asked.mutants) {
      mutate(sourceOf(mutant, asked.tree), mutant);
    }
    return await run(asked);
  } catch (error) {
    if (!(error instanceof Usage || error instanceof StaleMutant)) throw error;
    console.error(error.message);
    return error instanceof Usage ? 2 : 1;
  }
}

async function run({ mutants, seed, workers, tree }: Asked): Promise<number> {
  const startMs = performance.now();
  const tookMs = new Map<string, number>();
  const shops = Array.from({ length: workers }, () => new Workshop({ tree, seed, tookMs }));
  try {
    const ids = [...new Set(mutants.flatMap(({ kills }) => kills))];
    const broken = (await shops[0]!.check(ids)).filter(({ end }) => end !== "holds");
    if (broken.length > 0) {
      console.error(`Cannot begin: without any mutant ${show(broken)}`);
      return 1;
    }
    console.log(`the code as it is: the laws of ${ids.length} statements hold`);
    const queue = [...mutants];
    const verdicts: Verdict[] = [];
    await Promise.all(shops.map(async (shop) => {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const verdict = await verdictOf(shop, mutant);
        verdicts.push(verdict);
        console.log(lineOf(verdict));
      }
    }));
    const survivors = verdicts.filter(({ killed }) => !killed);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    console.log(`\n${byLaw(verdicts)}`);
    console.log(
      `${mutants.length} mutants, ${mutants.length - survivors.length} killed, ` +
        `${survivors.length} survived (${seconds} s)`,
    );
    return survivors.length > 0 ? 1 : 0;
  } finally {
    for (const shop of shops) shop.clear();
  }
}

/** A mutant that cannot even be loaded survives: it says nothing of the laws. */
async function verdictOf(shop: Workshop, mutant: Mutant): Promise<Verdict> {
  try {
    const checked = await shop.try(mutant);
    return { mutant, checked, killed: checked.every(({ end }) => end !== "holds") };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    const checked = mutant.kills.map((id) => ({ id, end: "holds" as const }));
    return { mutant, checked, killed: false };
  }
}

function lineOf({ mutant, checked, killed }: Verdict): string {
  return `${killed ? "killed  " : "SURVIVED"} ${mutant.name}: ${show(checked)}`;
}

function show(checked: Verdict["checked"]): string {
  const words = { holds: "HOLDS", fails: "fails", hangs: "hangs, and was ended" };
  return checked.map(({ id, end }) => `${id} ${words[end]}`).join(", ");
}

/**
 * The code that a mutant is a mistake in.
 *
 * @throws {StaleMutant} If it is not there any more.
 */
function sourceOf({ name, file }: Mutant, tree: string): string {
  try {
    return Deno.readTextFileSync(`${tree}/${file}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new StaleMutant(`Cannot apply ${name}: there is no ${file} in ${tree}`);
  }
}

function read(args: readonly string[]): Asked | null {
  const { values, positionals } = parsed(args, FLAGS, USAGE);
  if (values.help) {
    console.log(USAGE);
    return null;
  }
  const mutants = positionals.length === 0 ? known : positionals.map(named);
  const asked = {
    mutants,
    seed: whole("seed", values.seed, SEEDS) ?? SEED,
    workers: whole("workers", values.workers, { least: 1, most: MOST_WORKERS }) ?? WORKERS,
    tree: directory(values.tree ?? ROOT),
  };
  if (!values.list) return asked;
  for (const { name, why } of mutants) console.log(`${name}: ${why}`);
  return null;
}

function directory(path: string): string {
  try {
    if (Deno.statSync(path).isDirectory) return path;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new Usage(`Cannot use --tree: a directory with rotor's code wanted, got ${path}`);
}

function named(name: string): Mutant {
  const mutant = known.find((mutant) => mutant.name === name);
  if (mutant !== undefined) return mutant;
  const near = nearest(name, known.map(({ name }) => name)).join(", ");
  throw new Usage(`Cannot run ${name}: there is no such mutant; near ones: ${near}`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
