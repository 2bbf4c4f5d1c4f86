/**
 * Which steps an operator may take, and why not the others (protocol.md, Part 2 d).
 *
 * The history takes any step, and lets those do nothing that fit no arrow of a member's life (`history.ts`): it must, for
 * two operators may have said at once what does not go together. An operator deserves to be told before. So a step is
 * staged only if it would do what its name says, on all that is known here and on the steps that are staged already.
 *
 * | step | is refused |
 * | --- | --- |
 * | join | of a member, of one that is out, of one that has not called here |
 * | leave | of one that leaves already; where fewer than N would be left |
 * | stay | of one that does not leave |
 * | remove | of the last; of the only one that serves some range, unless the loss is accepted |
 * | replace | of one that leaves; by one that may not join |
 * | weight, zone | of no member; where nothing would change |
 *
 * What is refused changes nothing, and is said in one clause.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import { makeRevision } from "../protocol/canonical.ts";
import type { Step } from "../protocol/change.ts";
import { MAX_WEIGHT } from "../ring/claim.ts";
import type { ClusterView, Status } from "./history.ts";
import { lossesOf } from "./losses.ts";
import { foreseen } from "./plan.ts";
import type { Roster } from "./roster.ts";

/** Steps that operators take. The others are nodes' own, or another page's. */
export type StagedStep = Extract<
  Step,
  { kind: "join" | "leave" | "stay" | "remove" | "replace" | "weight" | "zone" }
>;

/** Why a step cannot be staged. */
export interface StepRefusal {
  /** As a clause. */
  readonly why: string;
  /** Of a name that nobody has: those who may have been meant. */
  readonly meant?: readonly NodeId[];
}

/** What a step is judged by. */
export interface Grounds {
  /** Who stages. */
  readonly author: NodeId;
  readonly roster: Pick<Roster, "history" | "view" | "registers" | "outsiders">;
  /** W by default. */
  readonly w: number;
}

/** Longest name of a zone, in UTF-16 units. */
const MAX_ZONE = 64;

/** Every n that is in use: the cluster's, and those of buckets. */
export function nsOf({ genesis, nvals }: ClusterView): number[] {
  return [...new Set([genesis.replicas, ...nvals.values()])].sort((a, b) => a - b);
}

/** Those whom these steps throw out. */
export function removedBy(steps: readonly Step[]): ReadonlySet<NodeId> {
  return new Set(steps.flatMap((step) => step.kind === "remove" ? [step.node] : []));
}

/** Why this step cannot follow the staged ones; null if it can. */
export function stepRefusal(
  step: StagedStep,
  staged: readonly StagedStep[],
  grounds: Grounds,
): StepRefusal | null {
  const { roster: { history }, author } = grounds;
  const draft = { ...history.next(), author, wallMs: 0, moves: [] };
  const view = staged.length === 0
    ? grounds.roster.view
    : foreseen(history, makeRevision({ ...draft, steps: staged }));
  const status = (node: NodeId) => view.status.get(node);
  switch (step.kind) {
    case "join":
      return newcomer(step.node, status(step.node), grounds) ?? placed(step);
    case "leave":
      return member(step.node, view) ?? leave(step.node, view);
    case "stay":
      return member(step.node, view) ??
        (status(step.node) === "leaving" ? null : { why: "it is not leaving" });
    case "remove":
      return member(step.node, view) ?? removal(step, staged, view, grounds);
    case "replace":
      return member(step.old, grounds.roster.view) ?? replacement(step, staged, view, grounds);
    case "weight": {
      const unknown = member(step.node, view) ?? placed(step);
      const same = view.members.get(step.node)?.weight === step.weight;
      return unknown ?? (same ? { why: `its weight is ${step.weight} already` } : null);
    }
    case "zone": {
      const unknown = member(step.node, view) ?? placed(step);
      const same = view.members.get(step.node)?.zone === step.zone;
      return unknown ?? (same ? { why: `its zone is ${shown(step.zone)} already` } : null);
    }
  }
}

/** The first of these that cannot follow those before it, and why; null if all can. */
export function firstRefused(
  steps: readonly StagedStep[],
  grounds: Grounds,
): { readonly step: StagedStep; readonly refusal: StepRefusal } | null {
  for (const [i, step] of steps.entries()) {
    const refusal = stepRefusal(step, steps.slice(0, i), grounds);
    if (refusal !== null) return { step, refusal };
  }
  return null;
}

function member(node: NodeId, { status }: ClusterView): StepRefusal | null {
  const is = status.get(node);
  if (is === "out") return { why: "it has left for good" };
  if (is !== undefined) return null;
  const members = [...status].flatMap(([node, is]) => is === "out" ? [] : [node]);
  return { why: "there is no such member", meant: members };
}

function newcomer(
  node: NodeId,
  status: Status | undefined,
  { roster: { outsiders } }: Grounds,
): StepRefusal | null {
  if (status === "in") return { why: "it is a member already" };
  if (status === "leaving") return { why: "it is a member that leaves: stay takes that back" };
  if (status === "out") {
    return { why: "it has left for good, and ids never come back: start it anew, with another id" };
  }
  const known = outsiders.map(({ node }) => node);
  if (known.includes(node)) return null;
  return { why: "no node of that id has called here: start it with --seed", meant: known };
}

function placed(step: Extract<StagedStep, { kind: "join" | "weight" | "zone" }>) {
  if (step.kind !== "zone") {
    const { weight } = step;
    const fits = Number.isSafeInteger(weight) && weight >= 1 && weight <= MAX_WEIGHT;
    if (!fits) return { why: `a whole weight from 1 to ${MAX_WEIGHT} wanted, got ${weight}` };
  }
  if (step.kind !== "weight" && step.zone.length > MAX_ZONE) {
    return { why: `a zone of at most ${MAX_ZONE} characters wanted, got ${step.zone.length}` };
  }
  return null;
}

function leave(node: NodeId, { status, ring, genesis: { replicas } }: ClusterView) {
  if (status.get(node) === "leaving") return { why: "it is leaving already" };
  const left = ring.active.length - 1;
  return left >= replicas ? null : {
    why: `at least ${replicas} members wanted, for n is ${replicas}, and ${left} would be left`,
  };
}

function removal(
  step: Extract<StagedStep, { kind: "remove" }>,
  staged: readonly StagedStep[],
  view: ClusterView,
  { roster: { view: { ring }, registers }, w }: Grounds,
): StepRefusal | null {
  const { active } = view.ring;
  if (active.length === 1 && active[0]!.node === step.node) return { why: "it is the last member" };
  if (step.acceptLoss) return null;
  const removed = removedBy([...staged, step]);
  const lost = lossesOf(removed, { ring, registers, ns: nsOf(view), w })
    .filter((loss) => loss.kind === "lost" && loss.removed.includes(step.node));
  return lost.length === 0 ? null : {
    why: `nobody else who is whole serves ${lost.length} of its ranges, ` +
      "and what is in them would be lost: --accept-loss says that this is meant",
  };
}

function replacement(
  step: Extract<StagedStep, { kind: "replace" }>,
  staged: readonly StagedStep[],
  view: ClusterView,
  grounds: Grounds,
): StepRefusal | null {
  if (step.old === step.new) return { why: "another node wanted in its place" };
  // Its ranges are handed out when it begins to leave: there is nothing left that another could have in its place.
  if (grounds.roster.view.status.get(step.old) === "leaving") {
    return { why: "it is leaving, and its ranges are given to others: join the new one instead" };
  }
  const heir = staged.find((other) => other.kind === "replace" && other.old === step.old);
  if (heir?.kind === "replace") return { why: `${heir.new} is to replace it already` };
  const refusal = newcomer(step.new, view.status.get(step.new), grounds);
  return refusal && { ...refusal, why: `${step.new}: ${refusal.why}` };
}

function shown(zone: string): string {
  return zone === "" ? "none" : JSON.stringify(zone);
}
