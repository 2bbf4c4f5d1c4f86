/**
 * `rotor admin join`, `leave`, `stay`, `remove`, `replace`, `weight`, `zone`, `stage`, `plan`, `commit`, `clear`,
 * `transfers`, `wait`, `ring`, `locate`: how operators change who is a member, and see what comes of it.
 *
 * A step is staged at the node that is asked, and nowhere else; a plan is shown, and committed by its id. `--yes` does all
 * of it for one step, and only where nothing else is staged: what others have staged there is theirs to commit.
 *
 * @module
 */
import type {
  CommitPage,
  LocatePage,
  PlanPage,
  RingPage,
  StagePage,
  TransfersPage,
} from "../src/edge/operations.ts";
import type { NodeStatus } from "../src/edge/admin.ts";
import { type AdminFlags, ask, show } from "./admin_request.ts";
import {
  clearedLines,
  commitLines,
  locateLines,
  planLines,
  ringLines,
  stageLines,
  stepText,
  transfersLines,
} from "./membership_tables.ts";
import { hasRate } from "./moves_table.ts";
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { print } from "./print.ts";
import { quoted } from "./process.ts";
import { readTarget } from "./request.ts";
import type { StagedStep } from "../src/membership/staged_steps.ts";

/** Where a node is asked if nobody says it. */
export const DEFAULT_URL = "http://127.0.0.1:8098";

/** Over how long it is counted how many keys come and go. In ms. */
const RATE_MS = 1_000;
/** How often a node that is waited for is looked at. In ms. */
const WAIT_LOOK_MS = 500;

/** Flags of a command that takes a step. */
export interface StepFlags extends AdminFlags {
  /** Plan and commit at once. */
  readonly yes?: boolean;
  /** Also while data is on the move. */
  readonly force?: boolean;
}

/** A step as it is sent: names are checked where it is staged. */
export type StepBody = Readonly<Record<string, string | number | boolean>> & {
  readonly kind: StagedStep["kind"];
};

/** Stages a step, or takes it at once. */
export async function takeStep(step: StepBody, flags: StepFlags): Promise<ExitCode> {
  if (flags.yes) return await takeAtOnce(step, flags);
  if (flags.force) {
    throw new Refusal(
      "Cannot use --force here: --yes beside it wanted, or commit --force",
      EXIT.usage,
    );
  }
  const staged = await stage(step, flags);
  const next = `see what it comes to with: ${command("plan", flags)}`;
  show(staged, flags, (page) => [...stageLines(page), next]);
  return EXIT.ok;
}

/** Shows what is staged. */
export async function showStage(flags: AdminFlags): Promise<ExitCode> {
  show(await ask<StagePage>({ method: "GET", path: "/admin/stage" }, flags), flags, stageLines);
  return EXIT.ok;
}

/** Forgets what is staged. */
export async function clearStage(flags: AdminFlags): Promise<ExitCode> {
  show(await ask<StagePage>({ method: "POST", path: "/admin/clear" }, flags), flags, clearedLines);
  return EXIT.ok;
}

/** Shows what is staged comes to. */
export async function showPlan(flags: AdminFlags): Promise<ExitCode> {
  show(await plan(flags), flags, (page) => planLines(page, command("commit", flags)));
  return EXIT.ok;
}

/** Carries out a plan that was shown. */
export async function commitPlan(
  id: string,
  flags: AdminFlags & { readonly force?: boolean },
): Promise<ExitCode> {
  show(await commit(id, flags), flags, commitLines);
  return EXIT.ok;
}

/** Shows the ring. */
export async function showRing(flags: AdminFlags): Promise<ExitCode> {
  show(await ask<RingPage>({ method: "GET", path: "/admin/ring" }, flags), flags, ringLines);
  return EXIT.ok;
}

/** Shows where a key lives. */
export async function locate(name: string, flags: AdminFlags): Promise<ExitCode> {
  const { bucket, key } = readTarget(name);
  const path = `/admin/locate/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}`;
  const page = await ask<LocatePage>({ method: "GET", path }, flags);
  show(page, flags, (page) => locateLines(name, page));
  return EXIT.ok;
}

/** Shows what is still on its way; for people after a second look, which tells how fast. */
export async function showTransfers(flags: AdminFlags): Promise<ExitCode> {
  const look = () => ask<TransfersPage>({ method: "GET", path: "/admin/transfers" }, flags);
  const first = await look();
  if (flags.json || !hasRate(first.moves)) {
    show(first, flags, (page) => transfersLines(page, null));
    return EXIT.ok;
  }
  const startMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, RATE_MS));
  const second = await look();
  const earlier = { moves: first.moves, agoMs: performance.now() - startMs };
  show(second, flags, (page) => transfersLines(page, earlier));
  return EXIT.ok;
}

/** Waits until nothing is on the move, and the node counts toward reads of all that it serves. */
export async function waitUntilPlaced(
  flags: AdminFlags & { readonly timeout: string },
): Promise<ExitCode> {
  if (!/^[0-9]{1,9}$/.test(flags.timeout)) {
    throw new Refusal(
      `Cannot use --timeout ${JSON.stringify(flags.timeout)}: seconds wanted`,
      EXIT.usage,
    );
  }
  const untilMs = performance.now() + 1_000 * Number(flags.timeout);
  for (;;) {
    const status = await ask<NodeStatus>({ method: "GET", path: "/admin/status" }, flags);
    const { node, unsettled, recovering } = status;
    if (unsettled === 0 && !recovering) {
      show({ node, unsettled, recovering }, flags, () => ["nothing is on the move"]);
      return EXIT.ok;
    }
    if (performance.now() >= untilMs) {
      const what = [
        ...(unsettled === 0 ? [] : [`${unsettled} ranges are on the move`]),
        ...(recovering ? [`${node} recovers`] : []),
      ];
      throw new Refusal(`Cannot wait longer than ${flags.timeout} s: ${what.join(", and ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_LOOK_MS));
  }
}

/** A weight, as it is typed. */
export function readWeight(text: string): number {
  if (/^-?[0-9]{1,9}(\.[0-9]+)?$/.test(text)) return Number(text);
  throw new Refusal(
    `Cannot use the weight ${JSON.stringify(text)}: a whole number wanted`,
    EXIT.usage,
  );
}

async function takeAtOnce(step: StepBody, flags: StepFlags): Promise<ExitCode> {
  const there = await ask<StagePage>({ method: "GET", path: "/admin/stage" }, flags);
  if (there.steps.length > 0) {
    const steps = there.steps.map(stepText).join(", ");
    throw new Refusal(
      `Cannot take the step at once: ${steps} is staged at ${there.node}; commit or clear that first`,
    );
  }
  await stage(step, flags);
  let committed: CommitPage;
  let shown: PlanPage;
  try {
    shown = await plan(flags);
    committed = await commit(shown.plan, flags);
  } catch (error) {
    // It was staged for this alone. Why it was not taken is what there is to say, whatever becomes of that.
    await ask<StagePage>({ method: "POST", path: "/admin/clear" }, { url: flags.url }).catch(
      (failed) => {
        if (!(failed instanceof Refusal)) throw failed;
      },
    );
    throw error;
  }
  if (flags.json) print(JSON.stringify({ ...shown, ...committed }, null, 2));
  else print([...planLines(shown, "").slice(0, -2), "", ...commitLines(committed)].join("\n"));
  return EXIT.ok;
}

function stage(body: StepBody, flags: AdminFlags): Promise<StagePage> {
  return ask({ method: "POST", path: "/admin/stage", body }, flags);
}

function plan(flags: AdminFlags): Promise<PlanPage> {
  return ask({ method: "GET", path: "/admin/plan" }, flags);
}

function commit(
  plan: string,
  flags: AdminFlags & { readonly force?: boolean },
): Promise<CommitPage> {
  const body = { plan, force: flags.force === true };
  return ask({ method: "POST", path: "/admin/commit", body, done: "committed" }, flags);
}

/** The command that goes on from here, asking the same node. */
function command(name: string, { url }: AdminFlags): string {
  return `rotor admin ${name}${url === DEFAULT_URL ? "" : ` --url ${quoted(url)}`}`;
}
