/**
 * The one gate: `deno task test` runs this, and CI runs nothing else.
 *
 * Stages run one after the other, each named and timed; the first that fails ends the run with what it printed. The last
 * line is always the total of the tests, `N passed, N failed`. A failed check that is no test counts as one failure, and
 * a stage of tests in which nothing ran is a failure too, so that the last line never says 0 failed of a failed run.
 *
 * `deno task test props src` runs only those stages.
 *
 * Children are started with this very executable, so that a fresh clone with nothing but npm's Deno can run it all.
 *
 * @module
 */
import { add, type Count, countOf, NONE, showCount, withoutColours } from "./test_report.ts";

/** No stage takes longer, or something hangs: it is killed and fails. */
const STAGE_LIMIT_MS = 420_000;
const ROOT = new URL("..", import.meta.url);
/** Rooms of `src/` above the pure core (floors 5 and 6). */
const NOT_PURE = ["edge", "sim", "client", "web"];

interface Stage {
  readonly name: string;
  readonly what: string;
  /** True if its output ends with a count of tests. */
  readonly counts: boolean;
  /** Arguments of `deno`. */
  readonly args: (scratch: string) => string[];
}

/** Laws that explore: they take as long as all others together, and belong to the explorer's stage. */
const SMALL_WORLDS = "props/laws/exploration_test.ts";

const STAGES: readonly Stage[] = [
  check("format", "deno fmt --check", () => ["fmt", "--check"]),
  check("lint", "deno lint", () => ["lint"]),
  check("types", "the types of everything, examples too", () => ["check", "--doc", "."]),
  check("pure", "the core needs nothing but the language", pureCore),
  check(
    "api",
    "everything that is exported is documented",
    () => ["doc", "--lint", "mod.ts", "props/kit.ts"],
  ),
  tests("props", "the laws, without any permission", () => [
    "--no-prompt",
    "--parallel",
    `--ignore=${SMALL_WORLDS}`,
    "props/laws",
  ]),
  tests("explorer", "small worlds, whole", () => [
    "--no-prompt",
    "--parallel",
    "props/explorer/medium_test.ts",
    SMALL_WORLDS,
  ]),
  tests("smt", "the laws that a solver proves for all cases there are", () => [
    "--no-prompt",
    "props/smt",
  ]),
  tests("tidy", "the house rules, which read the sources", () => [
    "--no-prompt",
    "--allow-read=.",
    "props/tidy_test.ts",
  ]),
  tests("transcripts", "the stories, played again, which are files", () => [
    "--no-prompt",
    "--allow-read=.",
    "props/transcripts_test.ts",
  ]),
  tests("src", "examples beside the code", () => ["--allow-all", "--parallel", "src"]),
  tests("docs", "examples in comments and pages", () => [
    "--allow-all",
    "--parallel",
    "--doc",
    ...documented(),
  ]),
  tests("cmd", "the program, with real processes", () => ["--allow-all", "--parallel", "cmd"]),
];

function check(name: string, what: string, args: Stage["args"]): Stage {
  return { name, what, counts: false, args };
}

function tests(name: string, what: string, args: () => string[]): Stage {
  return { name, what, counts: true, args: () => ["test", ...args()] };
}

/** Type-checks floors 0 to 4 with the library of the language alone: no Deno, no fetch, no timers, no console. */
function pureCore(scratch: string): string[] {
  const { imports, compilerOptions } = JSON.parse(
    Deno.readTextFileSync(new URL("deno.json", ROOT)),
  );
  // Made of deno.json each time: a second copy of the import map would go stale.
  const config = `${scratch}/core.json`;
  const options = { ...compilerOptions, lib: ["esnext"], types: [] };
  Deno.writeTextFileSync(config, JSON.stringify({ imports, compilerOptions: options }));
  const files = sources("src").filter((path) =>
    !isTest(path) && !NOT_PURE.some((room) => path.startsWith(`src/${room}/`))
  );
  return ["check", "--no-lock", "--config", config, ...files];
}

/** Every file whose examples run: sources, pages, the README. Tests are left out, for they have run already. */
function documented(): string[] {
  const pages = [...walk("docs")].filter((path) => path.endsWith(".md")).sort();
  const code = ["src", "props/kit"].flatMap(sources).filter((path) => !isTest(path));
  return ["mod.ts", "props/kit.ts", "props/law.ts", ...code, ...pages, "README.md"];
}

function sources(dir: string): string[] {
  return [...walk(dir)].filter((path) => path.endsWith(".ts")).sort();
}

/** Tests and benchmarks stand beside the code, and are none of it. */
function isTest(path: string): boolean {
  return /_(test|bench)\.ts$/.test(path);
}

function* walk(dir: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(dir, ROOT))) {
    if (isDirectory) yield* walk(`${dir}/${name}`);
    else yield `${dir}/${name}`;
  }
}

/** Runs one stage. Its count has a failure if, and only if, the stage has failed. */
async function run(stage: Stage, scratch: string): Promise<{ count: Count; output: string }> {
  const colours = Deno.stdout.isTerminal() && !Deno.noColor;
  const child = new Deno.Command(Deno.execPath(), {
    args: stage.args(scratch),
    cwd: ROOT,
    env: colours ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, STAGE_LIMIT_MS);
  const chunks: string[] = [];
  await Promise.all([collect(child.stdout, chunks), collect(child.stderr, chunks)]);
  const { success } = await child.status;
  clearTimeout(timer);
  if (late) chunks.push(`\nkilled: it took longer than ${STAGE_LIMIT_MS / 1000} s\n`);
  const output = chunks.join("");
  const counted = stage.counts ? countOf(withoutColours(output)) : NONE;
  const passed = success && !late && counted !== null && (!stage.counts || counted.passed > 0);
  const count = counted ?? NONE;
  return {
    output,
    count: passed ? count : { ...count, failed: Math.max(1, count.failed) },
  };
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) into.push(text);
}

async function main(names: string[]): Promise<number> {
  const unknown = names.find((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown !== undefined) {
    const known = STAGES.map(({ name }) => name).join(", ");
    console.error(`Cannot run stage ${unknown}: one of ${known} wanted`);
    return 2;
  }
  const chosen = STAGES.filter(({ name }) => names.length === 0 || names.includes(name));
  const scratch = Deno.makeTempDirSync({ prefix: "rotor-test-" });
  let total = NONE;
  try {
    for (const stage of chosen) {
      const startMs = performance.now();
      console.log(`${stage.name}: ${stage.what} ...`);
      const { count, output } = await run(stage, scratch);
      total = add(total, count);
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      const tests = stage.counts ? `, ${showCount(count)}` : "";
      if (count.failed > 0) {
        console.log(output);
        console.log(`${stage.name}: FAILED (${seconds} s${tests})`);
        return 1;
      }
      console.log(`${stage.name}: ok (${seconds} s${tests})`);
    }
    return 0;
  } finally {
    Deno.removeSync(scratch, { recursive: true });
    console.log(showCount(total));
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
