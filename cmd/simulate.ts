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
import type { Step } from "../src/sim/machine.ts";
import { minimise } from "../src/sim/minimise.ts";
import type { Plan } from "../src/sim/plan.ts";
import { MOST } from "../src/sim/plan_schema.ts";
import { type Report, simulate } from "../src/sim/simulate.ts";
import { addCounts } from "../src/sim/sometimes.ts";
import { Story } from "../src/sim/story.ts";
import { replay, traced } from "../src/sim/trace.ts";
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { clearProgress, print, showProgress } from "./print.ts";
import { askedToStop, quoted } from "./process.ts";
import { openTrace, read, readPlanFile, refusingFormats, writePlan } from "./simulate_files.ts";
import {
  asJson,
  counted,
  showBreaches,
  showDifference,
  showReport,
  showTotals,
  type Totals,
  totalsAsJson,
} from "./simulate_report.ts";

/** What the command line asks for; numbers are still texts. */
export interface SimulateFlags {
  readonly seed?: string;
  readonly seeds?: string;
  readonly operations?: string;
  readonly forever?: boolean;
  readonly minimise?: boolean;
  readonly trace?: string;
  readonly story?: boolean;
  readonly all?: boolean;
  readonly plan?: string;
  readonly replay?: string;
  readonly json?: boolean;
}

/** How many worlds there are if nobody says. */
const SEEDS = 100;
const MOST_SEEDS = 10_000_000;
const PROGRESS_MS = 500;
/** Seeds are 32 bits. */
const ALL_SEEDS = 2 ** 32;

/** Runs the command. */
export async function simulateCommand(flags: SimulateFlags): Promise<ExitCode> {
  refuseMixtures(flags);
  const operations = whole("--operations", flags.operations, { least: 1, most: MOST.operations });
  if (flags.replay !== undefined) return replayed(flags.replay, flags);
  if (flags.plan !== undefined) {
    return one(readPlanFile(flags.plan), `--plan ${quoted(flags.plan)}`, flags);
  }
  const seed = whole("--seed", flags.seed, { least: 0, most: ALL_SEEDS - 1 });
  const seeds = whole("--seeds", flags.seeds, { least: 1, most: MOST_SEEDS });
  if (seed !== undefined && seeds === undefined && !flags.forever) {
    const plan = draw(seed, { operations });
    return one(plan, ofSeed(plan), flags);
  }
  const first = seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  return await many(first, flags.forever ? Infinity : seeds ?? SEEDS, { operations, flags });
}

/** What plays a drawn plan again. What is drawn from a seed with another number of operations is another plan. */
function ofSeed({ seed, intents }: Plan): string {
  return `--seed ${seed} --operations ${intents.length}`;
}

/** One world, looked at closely. `again`: the flags that play it again. */
function one(plan: Plan, again: string, flags: SimulateFlags): ExitCode {
  const report = watched(plan, flags);
  // Where standard output is the trace, what is to be said of it stands beside it.
  const say = flags.trace === "-" ? console.error : print;
  if (!flags.json) say(showReport(report, again));
  return concluded(report, again, { flags, say });
}

/** Runs a world that is told or written down while it runs. */
function watched(plan: Plan, { story: isTold, all = false, trace }: SimulateFlags): Report {
  const story = new Story({ all });
  const progress = every(PROGRESS_MS);
  let steps = 0;
  const stepped = (step: Step) => {
    if (isTold) return story.lines(step).forEach(print);
    steps++;
    const atSeconds = Math.round(step.atMs / 1_000);
    progress(() => `${steps} steps, ${atSeconds} s of the world's time`);
  };
  if (trace === undefined) {
    const report = simulate(plan, { onlooker: { stepped } });
    clearProgress();
    return report;
  }
  const { write, close } = openTrace(trace);
  const report = traced(plan, write, stepped);
  close();
  clearProgress();
  return report;
}

/** After what a world broke has been said: makes it smaller, if that is wanted. With --json all is said here, at once. */
function concluded(
  report: Report,
  again: string,
  { flags, say, more = {} }: {
    readonly flags: SimulateFlags;
    readonly say: (text: string) => void;
    readonly more?: object;
  },
): ExitCode {
  const isBroken = report.breaches.length > 0;
  const minimised = isBroken && flags.minimise ? smaller(report) : null;
  const document = { ...asJson(report, again), ...more };
  if (minimised === null) {
    if (flags.json) say(JSON.stringify(document, null, 2));
    return isBroken ? EXIT.failed : EXIT.ok;
  }
  let file: string;
  try {
    file = writePlan(minimised.report.plan);
  } catch (error) {
    if (flags.json) say(JSON.stringify(document, null, 2));
    throw error;
  }
  const { report: { plan: { intents, faults } }, runs } = minimised;
  if (flags.json) {
    const found = { file, runs, operations: intents.length, faults: faults.length };
    const played = asJson(minimised.report, `--plan ${file}`);
    say(JSON.stringify({ ...document, minimised: { ...found, ...played } }, null, 2));
  } else {
    say(
      `\nmade smaller in ${counted(runs, "run")}: ${counted(intents.length, "operation")} and ` +
        `${counted(faults.length, "fault")} still break ${report.breaches[0]!.law}\n${
          showBreaches(minimised.report, `--plan ${file}`)
        }`,
    );
  }
  return EXIT.failed;
}

/** Makes a failing plan smaller. */
function smaller({ plan, breaches: [breach] }: Report): {
  readonly report: Report;
  readonly runs: number;
} {
  // Two assertions of the core are two findings, though both are called a rule: they are told apart by their words.
  const kindOf = ({ law, what }: Breach) => law === "rule" ? what.replaceAll(/[\d"'].*/g, "") : law;
  const progress = every(PROGRESS_MS);
  const breaks = (smaller: Plan) => {
    const { intents, faults } = smaller;
    progress(() => `trying ${intents.length} operations and ${faults.length} faults`);
    return simulate(smaller).breaches.some((other) => kindOf(other) === kindOf(breach!));
  };
  const { plan: smallest, runs } = minimise(plan, breaks);
  clearProgress();
  return { report: simulate(smallest), runs };
}

/** Many worlds, until one breaks a law, or somebody has seen enough. */
async function many(
  first: number,
  count: number,
  { operations, flags }: {
    readonly operations: number | undefined;
    readonly flags: SimulateFlags;
  },
): Promise<ExitCode> {
  const totals: Totals = {
    first,
    last: first,
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
  };
  const startedMs = performance.now();
  let saidMs = startedMs;
  let isEnough = false;
  askedToStop({ untilStdinCloses: false }).then(() => isEnough = true);
  if (flags.forever) {
    console.error(`worlds from seed ${first}, until a law does not hold, or Ctrl-C`);
  }
  while (totals.seeds < count && !isEnough) {
    const plan = draw((first + totals.seeds) % ALL_SEEDS, { operations });
    const report = simulate(plan);
    include(totals, report);
    if (report.breaches.length > 0) {
      clearProgress();
      const again = ofSeed(plan);
      if (!flags.json) print(showBreaches(report, again));
      return concluded(report, again, { flags, say: print, more: { worlds: totals.seeds } });
    }
    if (performance.now() - saidMs < PROGRESS_MS) continue;
    saidMs = performance.now();
    const perSecond = Math.round(totals.events / ((saidMs - startedMs) / 1_000));
    const { seeds, events } = totals;
    showProgress(`${seeds} seeds from ${first}, ${events} events, ${perSecond}/s`);
    // A signal is heard between worlds only.
    await new Promise((resolve) => setTimeout(resolve));
  }
  clearProgress();
  const tookMs = performance.now() - startedMs;
  print(flags.json ? JSON.stringify(totalsAsJson(totals)) : showTotals(totals, tookMs));
  return EXIT.ok;
}

function include(totals: Totals, report: Report): void {
  const { plan, steps, events, virtualMs, counts, history, staleness } = report;
  totals.last = plan.seed;
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

function replayed(path: string, flags: SimulateFlags): ExitCode {
  const text = read(path);
  const { report, differs } = refusingFormats(path, () => replay(text));
  // A trace may be of a plan that no seed draws; the trace has it.
  const again = `--replay ${quoted(path)}`;
  if (!flags.json) print(showReport(report, again));
  const code = concluded(report, again, { flags, say: print, more: { differs } });
  if (!flags.json) {
    print(
      differs === null ? "the trace is the same, line by line" : showDifference(differs),
    );
  }
  return differs === null ? code : EXIT.failed;
}

function refuseMixtures(flags: SimulateFlags): void {
  const { seed, seeds, forever, plan, replay, trace, story, all, operations, json } = flags;
  const chosen = [
    plan === undefined ? null : "--plan",
    replay === undefined ? null : "--replay",
    seed === undefined && seeds === undefined && !forever ? null : "--seed, --seeds or --forever",
  ].filter((flag) => flag !== null);
  const refuse = (sentence: string) => {
    throw new Refusal(sentence, EXIT.usage);
  };
  if (chosen.length > 1) refuse(`Cannot use ${chosen.join(" with ")}: one of them wanted`);
  if (forever && seeds !== undefined) {
    refuse("Cannot use --forever with --seeds: one of them wanted");
  }
  if (operations !== undefined && (plan !== undefined || replay !== undefined)) {
    refuse("Cannot use --operations: a plan says what clients do");
  }
  const isOne = plan !== undefined || (seed !== undefined && seeds === undefined && !forever);
  if (trace !== undefined && !isOne) refuse("Cannot use --trace: one --seed or --plan wanted");
  if (story && !isOne) refuse("Cannot use --story: one --seed or --plan wanted");
  if (all && !story) refuse("Cannot use --all: --story wanted, of which it is to tell all");
  const outputs = [
    json ? "--json" : null,
    story ? "--story" : null,
    trace === "-" ? "--trace -" : null,
  ]
    .filter((flag) => flag !== null);
  if (outputs.length > 1) {
    refuse(`Cannot use ${outputs.join(" with ")}: standard output can be one of them`);
  }
}

/** Shows progress, but so often at most. */
function every(ms: number): (progress: () => string) => void {
  let saidMs = performance.now();
  return (progress) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < ms) return;
    saidMs = nowMs;
    showProgress(progress());
  };
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
