/**
 * Breadth first: every state of a scope, nearest first, so that the first broken law has the shortest way to it.
 *
 * @module
 */
import { Model, type Move } from "./model.ts";
import { deleted } from "./opening.ts";
import type { Scope } from "./scope.ts";
import { States } from "./states.ts";

/** What an exploration came to. */
export interface Explored {
  readonly scope: Scope;
  /** How many different states were reached. */
  readonly states: number;
  /** How many moves lead from one to another. */
  readonly transitions: number;
  /** How many moves the farthest state is away. */
  readonly depth: number;
  /** How many different memories nodes had, and how many different steps they took: what was really run. */
  readonly memories: number;
  readonly steps: number;
  /** The rare branches of the nodes that were taken, sorted. */
  readonly marks: readonly string[];
  /** How many times another history has confirmed a step, in an audit. */
  readonly audited: number;
  /** The shortest way to a broken law, or null. */
  readonly violation: Violation | null;
}

/** A broken law. */
export interface Violation {
  /** Its id, and the values that break it. */
  readonly broken: string;
  /** The shortest way there. */
  readonly path: readonly PathStep[];
  /** The world that it happened in, by which a transcript is made. */
  readonly model: Model;
}

/** One move of a way, with the states before and after. */
export interface PathStep {
  readonly move: Move;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** How far it has come. */
export interface Progress {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

/** How to explore. */
export interface ExploreOptions {
  /** True: see `steps.ts`. @default false */
  readonly audit?: boolean;
  /** Is told how far it has come, every few thousand states. */
  readonly progress?: (progress: Progress) => void;
  /** Gives up after so many states. @default 100 million: more than memory holds */
  readonly most?: number;
}

/** More states than were allowed. */
export class TooManyStates extends Error {
  /** Tells it from other errors. */
  override readonly name = "TooManyStates";
}

const PROGRESS_EVERY = 16_384;

/**
 * Explores a scope, until it is exhausted or a law is broken.
 *
 * @example One put of one client, two replicas
 * ```ts
 * import { explore } from "./search.ts";
 * import { scopeOf } from "./scope.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { violation, states } = explore(scopeOf({ name: "mine", what: "", clients: 1, puts: 1 }));
 * assertEquals(violation, null);
 * assertEquals(states, 9);
 * ```
 */
export function explore(
  scope: Scope,
  { audit = false, progress, most = 1e8 }: ExploreOptions = {},
): Explored {
  const model = new Model(scope, { audit });
  const row = scope.settles ? deleted(model) : model.world.initial();
  const states = new States(row.length);
  states.add(row, -1);
  let transitions = 0;
  let depth = 0;
  let endOfLevel = 1;
  let found: { readonly at: number; readonly broken: string } | null = null;
  let at = 0;
  const visit = (_: Move, next: readonly number[], broken: string | null) => {
    transitions++;
    if (found !== null) return;
    if (broken !== null) found = { at, broken };
    else if (states.add(next, at) >= 0) {
      const judged = model.world.broken(next);
      if (judged !== "") found = { at, broken: judged };
    }
  };
  for (; at < states.size && found === null; at++) {
    if (at === endOfLevel) {
      depth++;
      endOfLevel = states.size;
    }
    if (at % PROGRESS_EVERY === 0) progress?.({ states: states.size, transitions, depth });
    if (states.size > most) throw new TooManyStates(`Cannot explore more than ${most} states`);
    model.expand(states.read(at, row), visit);
  }
  const { memories, size: steps, audited } = model.world.steps;
  const violation = found === null ? null : violationOf(model, states, found);
  // A broken law is met on the way out of the level that was being expanded.
  if (violation !== null) depth = violation.path.length;
  const counts = { states: states.size, transitions, depth, memories, steps, audited };
  return { scope, ...counts, marks: [...model.world.steps.marks].sort(), violation };
}

/** The way is found again: each state knows from where it was reached, and that one's moves are made once more. */
function violationOf(
  model: Model,
  states: States,
  { at, broken }: { readonly at: number; readonly broken: string },
): Violation {
  const line = [at];
  while (states.parent(line[0]!) >= 0) line.unshift(states.parent(line[0]!));
  const rows = line.map((id) => states.read(id, []));
  const path: PathStep[] = rows.slice(1).map((after, i) => {
    const before = rows[i]!;
    const move = moveTo(model, before, (next) => next.every((value, at) => value === after[at]));
    return { before, after, move: move.move };
  });
  const before = rows.at(-1)!;
  const last = moveTo(
    model,
    before,
    (next, reason) => reason === broken || (reason === null && model.world.broken(next) === broken),
  );
  return { broken, path: [...path, { before, after: last.after, move: last.move }], model };
}

function moveTo(
  model: Model,
  from: readonly number[],
  is: (next: readonly number[], broken: string | null) => boolean,
): { readonly move: Move; readonly after: readonly number[] } {
  let found: { readonly move: Move; readonly after: readonly number[] } | null = null;
  model.expand(from, (move, next, broken) => {
    if (found === null && is(next, broken)) found = { move, after: [...next] };
  });
  if (found === null) throw new Error("Cannot find again how a state was reached");
  return found;
}
