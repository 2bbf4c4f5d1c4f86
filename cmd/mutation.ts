/**
 * `deno task mutation`: how many small changes of the core the laws notice.
 *
 * StrykerJS makes the changes, of `src/version`, `src/ring` and `src/quorum`, and runs the laws of each file under each of
 * them (`mutation_shares.ts`). The curated mutants of `props/mutants/` are mistakes that somebody has made or could make;
 * these here are dumb, and many, and show where a law is missing that nobody thought of.
 *
 * It works in a temporary copy of the repository, for Stryker needs a `node_modules` beside the sources. The first run
 * fetches Stryker from the npm registry. It ends with 1 if a room's score is below {@linkcode LEAST}, or if a listing of
 * `mutation_listed.ts` is stale.
 *
 * `deno task mutation version ring/tokens.ts` takes only what it names; `--workers 1` leaves a core to others.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { LISTED } from "./mutation_listed.ts";
import { type Mutant, mutantsOf, scoreOf, type StrykerReport } from "./mutation_report.ts";
import { faultsOf, type Share, SHARES, thereIs } from "./mutation_shares.ts";

/** What a room's score must be, without the mutants that are listed. */
const LEAST = 0.95;
const STRYKER = "npm:@stryker-mutator/core@10.1.1";
/**
 * Laws that compute for longer hang, under this mutant: they take a third of it without one. It is the processor's time, for
 * by the clock on the wall a busy machine looks like a law that notices.
 */
const CPU_LIMIT_S = 12;
/** Stryker's own limit is only for a mutant that waits for ever. */
const TIMEOUT_MS = 600_000;
const ROOT = new URL("..", import.meta.url);
/** That a law fails is all that is asked: nobody reads which case is the smallest, and looking for it takes long. */
const NO_SHRINK = 'import fc from "fast-check";\nfc.configureGlobal({ endOnFailure: true });\n';
/** What the laws need of the repository. */
const COPIED = ["deno.json", "deno.lock", "src", "props"];
/** With its name Stryker tells the sources which mutant to be: the one permission that the laws need under it. */
const ACTIVE = "__STRYKER_ACTIVE_MUTANT__";

/** The Stryker that runs now. */
let stryker: Deno.ChildProcess | undefined;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const asked = read(args);
  if (typeof asked === "string") {
    console.error(asked);
    return 2;
  }
  const { names, workers } = asked;
  const faults = faultsOf(SHARES, thereIs(ROOT));
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const chosen = SHARES.map((share) => narrowed(share, names)).filter(({ files }) =>
    files.length > 0
  );
  const known = SHARES.flatMap(({ room, files }) => [room, ...files.map((f) => `${room}/${f}`)]);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    console.error(`Cannot mutate ${unknown}: one of ${[...new Set(known)].join(", ")} wanted`);
    return 2;
  }
  const copy = Deno.makeTempDirSync({ prefix: "rotor-mutation-" });
  const remove = () => Deno.removeSync(copy, { recursive: true });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      stryker?.kill("SIGKILL");
      remove();
      Deno.exit(1);
    });
  }
  try {
    for (const path of COPIED) copyInto(copy, path);
    Deno.writeTextFileSync(`${copy}/no_shrink.ts`, NO_SHRINK);
    const mutants: Mutant[] = [];
    for (const share of chosen) mutants.push(...await tried(share, { copy, workers }));
    const rooms = [...new Set(chosen.map(({ room }) => room))];
    // Every room is shown, also after one that is too low.
    return rooms.map((room) => shown(room, mutants)).every((good) => good) ? 0 : 1;
  } finally {
    remove();
  }
}

/** What the arguments ask for; or a sentence, where they ask for nothing that there is. */
function read(args: readonly string[]): { names: readonly string[]; workers: number } | string {
  try {
    const options = { workers: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const workers = Number(values.workers ?? navigator.hardwareConcurrency);
    if (Number.isSafeInteger(workers) && workers >= 1) return { names: positionals, workers };
    return `Cannot use --workers: a whole number from 1 wanted, got ${values.workers}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The files of a share that are asked for: all, if nothing is. */
function narrowed(share: Share, names: readonly string[]): Share {
  const { room, files } = share;
  if (names.length === 0 || names.includes(room)) return share;
  return { ...share, files: files.filter((file) => names.includes(`${room}/${file}`)) };
}

/** Lets Stryker try all mutants of a share. */
async function tried(
  { room, files, laws, then }: Share,
  { copy, workers }: { readonly copy: string; readonly workers: number },
): Promise<Mutant[]> {
  const steps = [laws, ...then ? [then] : []];
  console.log(`${room}: ${files.join(", ")}, under the laws of ${steps.flat().join(", ")}`);
  const options = {
    testRunner: "command",
    commandRunner: {
      command: [`ulimit -t ${CPU_LIMIT_S}`, ...steps.map(commandOf)].join(" && "),
    },
    mutate: files.map((file) => `src/${room}/${file}`),
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: "mutation.json" },
    concurrency: workers,
    timeoutMS: TIMEOUT_MS,
    plugins: [],
    fileLogLevel: "off",
    logLevel: "warn",
  };
  Deno.writeTextFileSync(`${copy}/stryker.json`, JSON.stringify(options));
  stryker = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      "--no-lock",
      "--node-modules-dir=auto",
      STRYKER,
      "run",
      "stryker.json",
    ],
    cwd: copy,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).spawn();
  const { code } = await stryker.status;
  if (code !== 0) throw new Error(`Cannot mutate ${room}: Stryker ended with ${code}`);
  const report: StrykerReport = JSON.parse(Deno.readTextFileSync(`${copy}/mutation.json`));
  const mutants = mutantsOf(report);
  // Now, and not at the end: a run takes long, and may be interrupted.
  for (const { file, at, line, becomes } of scoreOf(mutants, LISTED).survivors) {
    console.log(`\n${file}:${at} survives\n- ${line}\n+ ${becomes}`);
  }
  return mutants;
}

/** What runs these laws under a mutant, for a shell. */
function commandOf(laws: readonly string[]): string {
  const tests = laws.map((group) => `props/laws/${group}_test.ts`);
  const options = [
    ...["--no-prompt", `--allow-env=${ACTIVE}`, "--no-check", "--fail-fast"],
    "--preload=no_shrink.ts",
  ];
  return [Deno.execPath(), "test", ...options, ...tests].join(" ");
}

/** Prints a room's score. True if it will do. */
function shown(room: string, mutants: readonly Mutant[]): boolean {
  const ofRoom = mutants.filter(({ file }) => file.startsWith(`src/${room}/`));
  const { noticed, listed, survivors, share, stale } = scoreOf(ofRoom, LISTED);
  for (const { file, line, becomes } of stale) {
    console.log(`\n${file} is listed, but nothing like this survives\n- ${line}\n+ ${becomes}`);
  }
  const percent = (100 * share).toFixed(1);
  console.log(
    `\n${room}: ${percent} % (${noticed} noticed, ${survivors.length} survive, ${listed} listed, ${stale.length} stale)`,
  );
  return share >= LEAST && stale.length === 0;
}

function copyInto(copy: string, path: string): void {
  const from = new URL(path, ROOT);
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, `${copy}/${path}`);
  Deno.mkdirSync(`${copy}/${path}`);
  for (const { name } of Deno.readDirSync(from)) copyInto(copy, `${path}/${name}`);
}
