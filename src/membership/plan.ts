/**
 * Planned changes: what is to happen, together with the moves that it takes (paper, section 4.8.1; protocol.md, Part 2 a1
 * and a4).
 *
 * A change of the history records its moves, so that reading the history never plans. Here is where moves come from: the
 * steps are read into the history on trial, the planner of the cluster's strategy says who should own what afterwards,
 * and whatever differs from what is recorded becomes a move. Everybody who reads the change then has exactly the ring
 * that was planned (law G18), whichever planner they run.
 *
 * **After a fork** the later of two moves of a token holds, so the ring is correct, but may be uneven. Then one more change
 * mends it: the **merge change**. It has no author, no time and no steps, and it is planned on the heads alone; so all who
 * know the same heads make the very same change, with the same id, and nobody has to be elected (law G19). That holds
 * only while all plan alike: registers say which planner a node runs, and whoever uses this must ask them first. Under
 * strategies 1 and 2 tokens just add up, and there is nothing to mend.
 *
 * Nothing here is sent, stored or waited for.
 *
 * @module
 */
import { compare, type Digest, type NodeId, type Position } from "../id.ts";
import { ChangeError, makeRevision } from "../protocol/canonical.ts";
import type { Move, Revision, Step } from "../protocol/change.ts";
import { equalEnds, type Owners } from "../ring/partition.ts";
import { plan, type PlanOptions } from "../ring/plan.ts";
import { type Draw, planTokens } from "../ring/tokens.ts";
import { type ClusterView, fold, type History } from "./history.ts";

/** What is to happen, and who says so. */
export interface Intent {
  /** Who writes the change. */
  readonly author: NodeId;
  /** Shown to people, never compared. */
  readonly wallMs: number;
  /** In order. None at all asks for the ring to be balanced as it is. */
  readonly steps: readonly Step[];
  /** Where new tokens stand (strategies 1 and 2). */
  readonly draw: Draw;
  /** When the ring may be laid anew (strategy 3). @default "nodes" */
  readonly relay?: PlanOptions["relay"];
}

/** Steps after which the ring is planned; the others move nothing, or say themselves what moves. */
const PLANNED: ReadonlySet<Step["kind"]> = new Set(
  ["join", "leave", "stay", "remove", "weight", "zone"] as const,
);

/**
 * The change that does these steps, with the moves that they take.
 *
 * A node that replaces another gets that one's tokens, and for this alone nothing is planned.
 *
 * @throws {ChangeError} If a step makes no sense.
 *
 * @example A third node joins, and takes its share
 * ```ts
 * import { planChange } from "./plan.ts";
 * import { found } from "./found.ts";
 * import { fold, History } from "./history.ts";
 * import { nodeId } from "../id.ts";
 * import { drawFrom } from "../ring/tokens.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b, c] = ["a", "b", "c"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
 * const book = History.of(found({ members: [a!, b!], partitions: 12, replicas: 1 }));
 * const change = planChange(book, {
 *   author: a!.node,
 *   wallMs: 0,
 *   steps: [{ kind: "join", ...c! }],
 *   draw: drawFrom(""),
 * });
 * assertEquals(change.moves.map(({ node }) => node), Array(4).fill("c"));
 * const taking = book.take([change]);
 * assertEquals(taking.kind === "taken" && fold(taking.history).ring.active.length, 3);
 * ```
 */
export function planChange(history: History, intent: Intent): Revision {
  const { author, wallMs, steps, draw, relay = "nodes" } = intent;
  const draft = { ...history.next(), author, wallMs, steps, moves: [] };
  const view = foreseen(history, makeRevision(draft));
  const before = recorded(history);
  const inherited = inheritance(before, steps);
  const isPlanned = steps.length === 0 || steps.some(({ kind }) => PLANNED.has(kind));
  const after = isPlanned ? replanned(view, inherited, { draw, relay }) : inherited;
  return makeRevision({ ...draft, moves: movesOf(before, after) });
}

/** What the history would say if this change were in it, too. @throws {ChangeError} If it cannot be. */
export function foreseen(history: History, change: Revision): ClusterView {
  return fold(including(history, change));
}

/**
 * The change that joins all heads and evens the ring out; null if there is no fork, or nothing to even out.
 *
 * @example No fork, no merge
 * ```ts
 * import { mergeChange } from "./plan.ts";
 * import { found } from "./found.ts";
 * import { History } from "./history.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const members = [{ node: nodeId("a"), zone: "", weight: 1 }];
 * assertEquals(mergeChange(History.of(found({ members, partitions: 8, replicas: 3 }))), null);
 * ```
 */
export function mergeChange(history: History): Revision | null {
  if (history.heads.length < 2 || history.genesis.strategy !== 3) return null;
  const before = recorded(history);
  const moves = movesOf(before, replannedEqual(fold(history), before, "nodes"));
  if (moves.length === 0) return null;
  return makeRevision({
    ...history.next(),
    base: newestBase(history),
    author: null,
    wallMs: 0,
    steps: [],
    moves,
  });
}

/** The newest of the checkpoints that the heads stand on; all nodes must take the same one. */
function newestBase({ heads, changes, genesis }: History): Digest {
  const heightOf = (id: Digest) => {
    const change = changes.get(id)!;
    return change.kind === "genesis" ? 0 : change.height;
  };
  return heads.map((head) => changes.get(head)!)
    .map((change) => change.kind === "genesis" ? genesis.id : change.base)
    .sort((a, b) => heightOf(a) - heightOf(b) || compare(a, b))
    .at(-1)!;
}

/** Whoever replaces another owns what that one owned. */
function inheritance(owners: Owners, steps: readonly Step[]): Owners {
  const after = new Map(owners);
  for (const step of steps) {
    if (step.kind !== "replace") continue;
    for (const [position, node] of after) {
      if (node === step.old) after.set(position, step.new);
    }
  }
  return after;
}

/** Who should own what, now that these are members. */
function replanned(
  view: ClusterView,
  before: Owners,
  { draw, relay }: { draw: Draw; relay: NonNullable<PlanOptions["relay"]> },
): Owners {
  const { strategy, tokens } = view.genesis;
  if (strategy === 3) return replannedEqual(view, before, relay);
  return planTokens(before, { members: view.ring.active, tokens, draw });
}

function replannedEqual(
  view: ClusterView,
  before: Owners,
  relay: NonNullable<PlanOptions["relay"]>,
): Owners {
  const { partitions, replicas } = view.genesis;
  const ends = equalEnds(partitions);
  const now = ends.map((end) => before.get(end) ?? null);
  const { owners } = plan(now, { members: view.ring.active, replicas, relay });
  return new Map(ends.map((end, i) => [end, owners[i]!]));
}

/**
 * Whose each token is by what changes have recorded. The fold's owners are not the same where nobody recorded is a member
 * any more: there the fold lets members stand in, and the first recorded move would end that.
 */
function recorded(history: History): Owners {
  const owners = new Map<Position, NodeId | null>();
  const { strategy, partitions } = history.genesis;
  if (strategy === 3) { for (const end of equalEnds(partitions)) owners.set(end, null); }
  for (const { moves } of history.ordered()) {
    for (const { position, node } of moves) owners.set(position, node);
  }
  return owners;
}

/** What must be recorded so that `before` becomes `after`. */
function movesOf(before: Owners, after: Owners): Move[] {
  return [...after]
    .filter(([position, node]) => before.get(position) !== node)
    .map(([position, node]) => ({ position, node }));
}

function including(history: History, change: Revision): History {
  const taking = history.take([change]);
  if (taking.kind === "taken") return taking.history;
  throw new ChangeError(
    taking.kind === "refused" ? taking.reason : "Cannot plan: parents are missing",
  );
}
