/**
 * The stage of one node: steps that an operator wants taken, until they are committed or forgotten (paper, section 4.8.1;
 * `docs/decisions/0040-the-stage-is-memory-of-one-node.md`).
 *
 * **It is memory of this process, and nothing else.** No other node knows of it, and a restart forgets it; so nothing is
 * ever half decided. What counts is the commit, and that carries everything: the steps, the moves, the history that they
 * were planned on.
 *
 * **A plan has an id, and is committed by it.** It is a pure function of the history, the steps and the stage's seed, so it
 * is made anew each time that it is asked for. Whoever commits names what he has been shown; if anything has changed since
 * (another step, another operator's commit), that is not the plan of now, and the commit is stale.
 *
 * Steps are checked when they are staged, and again with each plan and commit: meanwhile members may have come and gone.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import { type Digest, hex, type NodeId } from "../id.ts";
import { mendsHandover, type Outline, outlineOf } from "../membership/outline.ts";
import type { Roster } from "../membership/roster.ts";
import {
  firstRefused,
  type Grounds,
  type StagedStep,
  type StepRefusal,
  stepRefusal,
} from "../membership/staged_steps.ts";
import { ChangeError } from "../protocol/canonical.ts";
import type { CommitDone } from "../protocol/effect.ts";
import { type Failure, failure, isFailure } from "../protocol/error.ts";
import type { Ask } from "./http/ask.ts";

/** Shortest beginning of a plan's id that names it, in hex digits. */
export const MIN_PLAN_DIGITS = 8;
/** Steps that one change may have. */
const MOST_STEPS = 100;

/** What a stage is made of. */
export interface StageOptions {
  readonly id: NodeId;
  /** What the node knows now. */
  readonly roster: () => Roster;
  /** Asks the node to commit. */
  readonly ask: Ask;
  /** W by default. */
  readonly w: number;
  /** Another text each time: what random tokens come from. */
  readonly entropy: () => string;
}

/** A commit, as it was asked for. */
export interface CommitOrder {
  /** The plan's id in hex, or its beginning. */
  readonly plan: string;
  /** Also while data is on the move. */
  readonly force: boolean;
}

/** A commit that is done. */
export interface Committed {
  readonly plan: Digest;
  readonly done: CommitDone;
  readonly steps: readonly StagedStep[];
}

/** Steps that wait for a commit. */
export class Stage {
  readonly #options: StageOptions;
  #steps: readonly StagedStep[] = [];
  #seed = "";

  /** Nothing is staged. */
  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** What is staged, in order. */
  get steps(): readonly StagedStep[] {
    return this.#steps;
  }

  /** One more step; null if it is staged, else why not. */
  add(step: StagedStep): Failure | null {
    const away = this.#away("stage");
    if (away !== null) return away;
    if (this.#steps.length >= MOST_STEPS) {
      return failure(
        "step_refused",
        `Cannot stage more than ${MOST_STEPS} steps: commit these first`,
      );
    }
    const refusal = stepRefusal(step, this.#steps, this.#grounds());
    if (refusal !== null) return failure("step_refused", sentence(step, refusal));
    if (this.#steps.length === 0) this.#seed = this.#options.entropy();
    this.#steps = [...this.#steps, step];
    return null;
  }

  /** Forgets them all; nothing else changes. Says what was forgotten. */
  clear(): readonly StagedStep[] {
    const forgotten = this.#steps;
    this.#steps = [];
    return forgotten;
  }

  /** What the staged steps come to, on what this node knows now. */
  plan(): Outline | Failure {
    return this.#away("plan") ?? this.#planOf(this.#steps);
  }

  /** Commits what was shown. */
  async commit({ plan, force }: CommitOrder): Promise<Committed | Failure> {
    const away = this.#away("commit");
    if (away !== null) return away;
    const steps = this.#steps;
    const outline = this.#planOf(steps);
    const isIt = !isFailure(outline) && plan.length >= MIN_PLAN_DIGITS &&
      hex(outline.id).startsWith(plan);
    if (!isIt) {
      const why = steps.length === 0
        ? "nothing is staged at this node"
        : isFailure(outline)
        ? outline.detail
        : "since it was shown, the members have changed, or what is staged";
      return failure("stale_plan", `Cannot commit plan ${plan}: ${why}; plan anew`);
    }
    const { id, plannedOn, moves, unsettled } = outline;
    if (unsettled.size > 0 && !force && !mendsHandover(steps)) {
      return failure(
        "unsettled",
        `Cannot commit: ${unsettled.size} ranges are on the move; wait until they have arrived, or say force`,
      );
    }
    const done = await this.#options.ask({ kind: "commit", plannedOn, steps, moves });
    if (isFailure(done)) return done;
    if (done.kind !== "committed") {
      throw new Error(`Cannot take the answer to a commit: committed wanted, got ${done.kind}`);
    }
    if (this.#steps === steps) this.#steps = [];
    return { plan: id, done, steps };
  }

  #planOf(steps: readonly StagedStep[]): Outline | Failure {
    if (steps.length === 0) {
      return failure("step_refused", "Cannot plan: nothing is staged at this node");
    }
    const { id: author, w } = this.#options;
    const grounds = this.#grounds();
    const refused = firstRefused(steps, grounds);
    if (refused !== null) {
      const why = sentence(refused.step, refused.refusal);
      return failure("step_refused", `${why}; clear forgets what is staged`);
    }
    try {
      return outlineOf({ author, steps, seed: this.#seed, roster: grounds.roster, w });
    } catch (error) {
      if (!(error instanceof ChangeError || error instanceof RangeError)) throw error;
      return failure("step_refused", error.message);
    }
  }

  #grounds(): Grounds {
    const { id: author, roster, w } = this.#options;
    return { author, roster: roster(), w };
  }

  /** Who is no member cannot change who is. */
  #away(what: string): Failure | null {
    const { away } = this.#options.roster();
    return away === null ? null : failure("not_ready", `Cannot ${what}: ${away}; ask a member`);
  }
}

/** `Cannot join n4: …`, with the name that may have been meant. */
function sentence(step: StagedStep, { why, meant }: StepRefusal): string {
  const what = step.kind === "replace"
    ? `replace ${step.old} by ${step.new}`
    : step.kind === "weight" || step.kind === "zone"
    ? `change the ${step.kind} of ${step.node}`
    : `${WORDS[step.kind]} ${step.node}`;
  const node = step.kind === "replace" ? step.old : step.node;
  const near = meant === undefined
    ? ""
    : meant.length === 0
    ? "; none has called"
    : `; the nearest is ${closestString(node, [...meant])}`;
  return `Cannot ${what}: ${why}${near}`;
}

const WORDS = { join: "join", leave: "let go of", stay: "keep", remove: "remove" } as const;
