/**
 * A plan as it is shown to an operator: the ring before and after, what must move, what may be lost, what is not as good
 * as it could be; and its name (paper, section 4.8.1; protocol.md, Part 2 a1 and d).
 *
 * **What was shown is what is committed.** A plan's id is the digest of the change that it would make, but for its time:
 * which history it stands on, which steps, which moves. So whoever commits a plan by its id commits what he has seen, or
 * nothing; and a plan is made by a pure function, so nobody has to keep it.
 *
 * @module
 */
import type { Digest, NodeId, Position } from "../id.ts";
import type { Move } from "../protocol/change.ts";
import { drawFrom } from "../ring/tokens.ts";
import type { ClusterView } from "./history.ts";
import { type Loss, lossesOf } from "./losses.ts";
import { type Warning, warningsOf } from "./placement_warnings.ts";
import { foreseen, planChange } from "./plan.ts";
import type { Roster } from "./roster.ts";
import { nsOf, removedBy, type StagedStep } from "./staged_steps.ts";
import { type Transfer, transfersOf, unsettledRanges } from "./transfers.ts";

/** A plan, to be looked at. */
export interface Outline {
  /** What it is committed by. */
  readonly id: Digest;
  /** Digest of the history that it was made on. */
  readonly plannedOn: Digest;
  readonly steps: readonly StagedStep[];
  /** Tokens that change hands. */
  readonly moves: readonly Move[];
  readonly before: ClusterView;
  readonly after: ClusterView;
  /** All that must move until everybody serves what they own: what was on the move before, too. */
  readonly transfers: readonly Transfer[];
  readonly losses: readonly Loss[];
  readonly warnings: readonly Warning[];
  /** Ranges that are on the move now. */
  readonly unsettled: ReadonlySet<Position>;
}

/** What is planned, by whom, on what. */
export interface OutlineOptions {
  readonly author: NodeId;
  readonly steps: readonly StagedStep[];
  /** What random tokens come from (strategies 1 and 2): the same seed, the same plan. */
  readonly seed: string;
  readonly roster: Pick<Roster, "history" | "view" | "registers">;
  /** W by default. */
  readonly w: number;
}

/**
 * Plans.
 *
 * @throws {ChangeError} If a step makes no sense.
 * @throws {RangeError} If a node would have too many tokens.
 */
export function outlineOf({ author, steps, seed, roster, w }: OutlineOptions): Outline {
  const { history, view: before, registers } = roster;
  const draw = drawFrom(`${seed} ${history.digest}`);
  const change = planChange(history, { author, wallMs: 0, steps, draw });
  const after = foreseen(history, change);
  const ns = nsOf(after);
  const [now, then] = [before.ring, after.ring];
  return {
    id: change.id,
    plannedOn: history.digest,
    steps,
    moves: change.moves,
    before,
    after,
    transfers: transfersOf({ now, then, registers, ns, out: outIn(after) }),
    losses: lossesOf(removedBy(steps), { ring: now, registers, ns: nsOf(before), w }),
    warnings: warningsOf(after),
    unsettled: unsettledRanges({ now, registers, ns: nsOf(before), out: outIn(before) }),
  };
}

/** Everybody who is out. */
export function outIn({ status }: ClusterView): ReadonlySet<NodeId> {
  return new Set([...status].flatMap(([node, is]) => is === "out" ? [node] : []));
}

/** Whether these steps may be committed while data is on the move: those that one takes because it does not arrive. */
export function mendsHandover(steps: readonly StagedStep[]): boolean {
  return steps.length > 0 && steps.every(({ kind }) => kind === "stay" || kind === "remove");
}
