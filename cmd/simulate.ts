/**
 * `rotor simulate`: clusters of the real node in worlds that are decided by one number each, held to the laws.
 *
 * It runs many seeds and says what they have come to, or one seed and what happened in it. A seed that breaks a law ends the
 * command with the one line that plays it again. Nothing of this touches a network or a disk, but for the files that it is
 * told to write.
 *
 * @module
 */
import { draw } from "../src/sim/draw.ts";
import type { Breach } from "../src/sim/checker.ts";
import { minimise } from "../src/sim/minimise.ts";
import { assertPlan, FormatError, type Plan } from "../src/sim/plan.ts";
import { type Report, simulate } from "../src/sim/simulate.ts";
import { addCounts } from "../src/sim/sometimes.ts";
import { Story } from "../src/sim/story.ts";
import { replay, traced } from "../src/sim/trace.ts";
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { showBreaches, showReport, showTotals, type Totals } from "./simulate_report.ts";

/** What the command line asks for; numbers are still texts. */
export interface SimulateFlags {
  readonly seed?: string;
  readonly seeds?: string;
  readonly operations?: string;
  readonly forever?: boolean;
  readonly minimise?: boolean;
  readonly trace?: string;
  readonly story?: boolean;
  readonly plan?: string;
  readonly replay?: string;
  readonly json?: boolean;
}

/** How many worlds there are if nobody says. */
const SEEDS = 100;
const MOST_SEEDS = 10_000_000;
const MOST_OPERATIONS = 100_000;
const PROGRESS_MS = 500;

/** Runs the command. */
export function simulateCommand(flags: SimulateFlags): ExitCode {
  refuseMixtures(flags);
  const operations = whole("--operations", flags.operations, { least: 1, most: MOST_OPERATIONS });
  if (flags.replay !== undefined) return replayed(flags.replay, flags);
  if (flags.plan !== undefined) return one(readPlan(flags.plan), flags);
  const seed = whole("--seed", flags.seed, { least: 0, most: 2 ** 32 - 1 });
  const seeds = whole("--seeds", flags.seeds, { least: 1, most: MOST_SEEDS });
  if (seed !== undefined && seeds === undefined && !flags.forever) {
    return one(draw(seed, { operations }), flags);
  }
  const first = seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  return many(first, flags.forever ? Infinity : seeds ?? SEEDS, { operations, flags });
}

/** One world, looked at closely. */
function one(plan: Plan, flags: SimulateFlags): ExitCode {
  if (flags.story) tell(plan);
  const report = flags.trace === undefined ? simulate(plan) : writeTrace(plan, flags.trace);
  const say = flags.trace === "-" ? console.error : console.log;
  say(flags.json ? JSON.stringify(asJson(report), null, 2) : showReport(report, flags.plan));
  if (report.breaches.length === 0) return EXIT.ok;
  if (flags.minimise) say(minimised(plan, report));
  return EXIT.failed;
}

/** Many worlds, until one breaks a law. */
function many(
  first: number,
  count: number,
  { operations, flags }: {
    readonly operations: number | undefined;
    readonly flags: SimulateFlags;
  },
): ExitCode {
  const totals: Totals = {
    first,
    seeds: 0,
    steps: 0,
    events: 0,
    virtualMs: 0,
    operations: 0,
    reads: 0,
    stale: 0,
    longestStaleMs: 0,
    inversions: 0,
    counts: new Map(),
    startedMs: performance.now(),
  };
  let saidMs = performance.now();
  while (totals.seeds < count) {
    const seed = (first + totals.seeds) % 2 ** 32;
    const plan = draw(seed, { operations });
    const report = simulate(plan);
    include(totals, report);
    if (report.breaches.length > 0) {
      clearProgress();
      console.log(flags.json ? JSON.stringify(asJson(report), null, 2) : showBreaches(report));
      if (flags.minimise) console.log(minimised(plan, report));
      return EXIT.failed;
    }
    if (Deno.stderr.isTerminal() && performance.now() - saidMs > PROGRESS_MS) {
      saidMs = performance.now();
      showProgress(totals);
    }
  }
  clearProgress();
  console.log(
    flags.json
      ? JSON.stringify({ ...totals, counts: Object.fromEntries([...totals.counts].sort()) })
      : showTotals(totals),
  );
  return EXIT.ok;
}

function include(totals: Totals, report: Report): void {
  const { steps, events, virtualMs, counts, history, staleness } = report;
  totals.seeds++;
  totals.steps += steps;
  totals.events += events;
  totals.virtualMs += virtualMs;
  totals.operations += history.operations.length;
  totals.reads += staleness.reads;
  totals.stale += staleness.stale;
  totals.longestStaleMs = Math.max(totals.longestStaleMs, staleness.longestMs);
  totals.inversions += staleness.inversions;
  addCounts(totals.counts, counts);
}

/** Makes a failing plan smaller, writes it down, and says how to run it. */
function minimised(plan: Plan, { breaches: [breach] }: Report): string {
  const { law } = breach!;
  // Two assertions of the core are two findings, though both are called a rule: they are told apart by their words.
  const kindOf = ({ law, what }: Breach) => law === "rule" ? what.replaceAll(/[\d"'].*/g, "") : law;
  const breaks = (smaller: Plan) =>
    simulate(smaller).breaches.some((other) => kindOf(other) === kindOf(breach!));
  const { plan: smallest, runs } = minimise(plan, breaks);
  const file = `rotor-plan-${plan.seed}.json`;
  Deno.writeTextFileSync(file, JSON.stringify(smallest, null, 2) + "\n");
  const { intents, faults } = smallest;
  return `\nmade smaller in ${runs} runs: ${intents.length} operations and ${faults.length} faults still break ${law}
${showBreaches(simulate(smallest), file)}`;
}

/** Tells a world, step by step. */
function tell(plan: Plan): void {
  const story = new Story();
  simulate(plan, {
    onlooker: { stepped: (step) => story.lines(step).forEach((line) => console.log(line)) },
  });
}

function writeTrace(plan: Plan, path: string): Report {
  if (path === "-") return traced(plan, (line) => console.log(line));
  const lines: string[] = [];
  const report = traced(plan, (line) => lines.push(line));
  try {
    Deno.writeTextFileSync(path, lines.join("\n") + "\n");
  } catch (error) {
    throw new Refusal(`Cannot write the trace to ${path}: ${(error as Error).message}`);
  }
  return report;
}

function replayed(path: string, flags: SimulateFlags): ExitCode {
  const { report, differs } = refusingFormats(path, () => replay(read(path)));
  console.log(flags.json ? JSON.stringify(asJson(report), null, 2) : showReport(report));
  if (differs === null) {
    console.log("the trace is the same, line by line");
    return report.breaches.length === 0 ? EXIT.ok : EXIT.failed;
  }
  const { line, was, is } = differs;
  console.log(`the trace differs in line ${line}:\n- ${was}\n+ ${is}`);
  return EXIT.failed;
}

function readPlan(path: string): Plan {
  return refusingFormats(path, () => {
    let plan: unknown;
    try {
      plan = JSON.parse(read(path));
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new FormatError("Cannot read the plan: it is not JSON");
      }
      throw error;
    }
    assertPlan(plan);
    return plan;
  });
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Refusal(`Cannot read ${path}: ${(error as Error).message}`, EXIT.usage);
  }
}

function refusingFormats<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) throw new Refusal(`${error.message} (${path})`, EXIT.usage);
    throw error;
  }
}

function refuseMixtures(flags: SimulateFlags): void {
  const { seed, seeds, forever, plan, replay, trace, story, operations } = flags;
  const chosen = [
    plan === undefined ? null : "--plan",
    replay === undefined ? null : "--replay",
    seed === undefined && seeds === undefined && !forever ? null : "--seed, --seeds or --forever",
  ].filter((flag) => flag !== null);
  if (chosen.length > 1) {
    throw new Refusal(`Cannot use ${chosen.join(" with ")}: one of them wanted`, EXIT.usage);
  }
  if (forever && seeds !== undefined) {
    throw new Refusal("Cannot use --forever with --seeds: one of them wanted", EXIT.usage);
  }
  if (operations !== undefined && (plan !== undefined || replay !== undefined)) {
    throw new Refusal("Cannot use --operations: a plan says what clients do", EXIT.usage);
  }
  const isOne = plan !== undefined || (seed !== undefined && seeds === undefined && !forever);
  if (trace !== undefined && !isOne) {
    throw new Refusal("Cannot use --trace: one --seed or --plan wanted", EXIT.usage);
  }
  if (story && !isOne) {
    throw new Refusal("Cannot use --story: one --seed or --plan wanted", EXIT.usage);
  }
}

function whole(
  flag: string,
  text: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new Refusal(
    `Cannot use ${flag}: a whole number from ${least} to ${most} wanted, got ${
      JSON.stringify(text)
    }`,
    EXIT.usage,
  );
}

function asJson(
  { plan, breaches, steps, events, virtualMs, fingerprint, counts, staleness }: Report,
) {
  const happened = Object.fromEntries([...counts].sort());
  return {
    seed: plan.seed,
    breaches,
    steps,
    events,
    virtualMs,
    fingerprint,
    staleness,
    counts: happened,
  };
}

function showProgress({ seeds, events, startedMs, first }: Totals): void {
  const perSecond = Math.round(events / ((performance.now() - startedMs) / 1_000));
  const line = `${seeds} seeds from ${first}, ${events} events, ${perSecond}/s`;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
}

function clearProgress(): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode("\r\x1b[K"));
}
