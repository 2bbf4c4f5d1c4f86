/**
 * The membership for people: who is who, what a plan comes to, the ring, where a key lives.
 *
 * @module
 */
import type { MemberStatus } from "../src/edge/member_status.ts";
import type {
  CommitPage,
  LocatePage,
  PlannedMember,
  PlanPage,
  RingPage,
  StagePage,
  TransferPage,
  TransfersPage,
} from "../src/edge/operations.ts";
import type { HintsStatus } from "../src/edge/admin.ts";
import type { StagedStep } from "../src/membership/staged_steps.ts";
import { type Earlier, movesLines } from "./moves_table.ts";
import { columns, showBytes, showDuration } from "./columns.ts";

/** So many hex digits of an id are shown: enough to tell it from others. */
const SHOWN_DIGITS = 12;

/** The members, with what is kept here for each. */
export function memberLines(
  members: readonly MemberStatus[],
  hints: HintsStatus | null,
): string[] {
  const kept = new Map(hints?.owners.map((tally) => [tally.owner, tally]));
  const rows = members.map((member) => {
    const { node, self, status, health, forMs, zone, weight, owns, serves } = member;
    const { copies = 0, bytes = 0 } = kept.get(node) ?? {};
    const isMember = status === "in" || status === "leaving";
    const keeps = self || hints === null ? ["", ""] : [`${copies}`, showBytes(bytes)];
    return [
      ...[node, status, self ? "itself" : health ?? ""],
      forMs === null ? "" : showDuration(forMs),
      ...[zone ?? "", weight === null ? "" : `${weight}`],
      ...(isMember ? [percent(owns), percent(serves)] : ["", ""]),
      pending(member),
      ...keeps,
    ];
  });
  const heading = ["MEMBER", "STATUS", "HEALTH", "FOR", "ZONE", "WEIGHT", "OWNS", "SERVES"];
  return columns([...heading, "PENDING", "HINTS", "BYTES"], rows, { right: [3, 5, 6, 7, 9, 10] });
}

/** What is staged. */
export function stageLines({ node, steps }: StagePage): string[] {
  return steps.length === 0
    ? [`nothing is staged at ${node}`]
    : [`staged at ${node}, and nowhere else:`, ...steps.map((step) => `  ${stepText(step)}`)];
}

/** What was forgotten. */
export function clearedLines({ node, steps }: StagePage): string[] {
  return steps.length === 0
    ? [`nothing was staged at ${node}`]
    : [`forgotten at ${node}:`, ...steps.map((step) => `  ${stepText(step)}`)];
}

/** What a plan comes to. `commit` is the command that carries it out. */
export function planLines(plan: PlanPage, commit: string): string[] {
  const { node, plannedOn, steps, members, moves, transfers, unsettled } = plan;
  const rows = members.map(({ node, before, after }) => [
    node,
    changed(before, after, ({ status }) => status, "outside"),
    changed(before, after, ({ zone }) => zone, ""),
    changed(before, after, ({ weight }) => `${weight}`, ""),
    before === null ? "" : percent(before.owns),
    percent(after.owns),
  ]);
  return [
    `${node} plans, on the history ${plannedOn.slice(0, SHOWN_DIGITS)}:`,
    ...steps.map((step) => `  ${stepText(step)}`),
    "",
    ...columns(["NODE", "STATUS", "ZONE", "WEIGHT", "OWNS", "THEN"], rows, { right: [4, 5] }),
    "",
    `${moves} tokens change hands; ${transfers.length} ranges go to another node:`,
    ...transferLines(transfers),
    ...lossLines(plan),
    ...plan.warnings.map(({ says }) => `WARNING: ${says}`),
    ...(unsettled === 0 ? [] : [
      `WARNING: ${unsettled} ranges are on the move already; only --force commits before they have arrived`,
    ]),
    "",
    `carry it out with: ${commit} ${plan.plan.slice(0, SHOWN_DIGITS)}`,
  ];
}

/** What was committed. */
export function commitLines({ node, plan, change, steps }: CommitPage): string[] {
  return [
    `${node} has committed plan ${plan.slice(0, SHOWN_DIGITS)}, as change ${
      change.slice(0, SHOWN_DIGITS)
    }:`,
    ...steps.map((step) => `  ${stepText(step)}`),
  ];
}

/** What is still on its way, of the whole ring and at the node that says it; `earlier` tells how fast. */
export function transfersLines(
  { node, unsettled, transfers, moves }: TransfersPage,
  earlier: Earlier | null,
): string[] {
  const here = movesLines(node, moves, earlier);
  if (unsettled === 0 && here.length === 0) return ["nothing is on the move"];
  return [`${unsettled} ranges are on the move:`, ...transferLines(transfers), ...here];
}

/** The ring, range by range. */
export function ringLines(ring: RingPage): string[] {
  const { strategy, partitions, tokens, n, history, heads, ranges, unsettled } = ring;
  const shape = strategy === 3 ? `${partitions} partitions` : `${tokens} tokens a node`;
  const rows = ranges.map(({ rangeEnd, owners, servers, unsettled }) => {
    const seats = servers.map(({ node, seat, recovering }) =>
      `${node}:${seat}${recovering ? " (recovering)" : ""}`
    );
    return [rangeEnd, owners.join(" "), seats.join(" "), unsettled ? "moving" : ""];
  });
  return [
    `strategy ${strategy}, ${shape}, n ${n}; ${ranges.length} ranges; history ${
      history.slice(0, SHOWN_DIGITS)
    }`,
    ...(heads === 1
      ? []
      : [`${heads} sides have changed the members at once: a merge will follow`]),
    unsettled === 0 ? "nothing is on the move" : `${unsettled} ranges are on the move`,
    "",
    ...columns(["RANGE END", "OWNERS", "SERVED BY (:SEAT)", ""], rows),
  ];
}

/** Where a key lives. */
export function locateLines(name: string, { position, rangeEnd, n, list }: LocatePage): string[] {
  const rows = list.map(({ node, role, seat, owner, health }) => [
    ...[node, role, seat === null ? "" : `${seat}`, owner ? "yes" : "", health],
  ]);
  return [
    `${name} stands at ${position}, in the range that ends at ${rangeEnd}; n ${n}`,
    "",
    ...columns(["NODE", "ROLE", "SEAT", "OWNER", "HEALTH"], rows, { right: [2] }),
  ];
}

/** A step, as it is typed. */
export function stepText(step: StagedStep): string {
  switch (step.kind) {
    case "join": {
      const { node, zone, weight } = step;
      return `join ${node}${zone === "" ? "" : ` --zone ${zone}`}${
        weight === 1 ? "" : ` --weight ${weight}`
      }`;
    }
    case "replace":
      return `replace ${step.old} ${step.new}`;
    case "remove":
      return `remove ${step.node}${step.acceptLoss ? " --accept-loss" : ""}`;
    case "weight":
      return `weight ${step.node} ${step.weight}`;
    case "zone":
      return `zone ${step.node} ${step.zone === "" ? '""' : step.zone}`;
    default:
      return `${step.kind} ${step.node}`;
  }
}

/** Ranges that go from the same to the same, as one row. */
function transferLines(transfers: readonly TransferPage[]): string[] {
  const byWay = Map.groupBy(
    transfers,
    ({ from, to, kind }) => [from.join(" ") || "nobody", to.join(" "), kind].join("\t"),
  );
  const rows = [...byWay].sort(([a], [b]) => a < b ? -1 : 1).map(([way, all]) => [
    ...way.split("\t"),
    `${all.length}`,
    sumOf(all.map(({ keys }) => keys), String),
    sumOf(all.map(({ bytes }) => bytes), showBytes),
  ]);
  if (rows.length === 0) return [];
  return columns(["FROM", "TO", "HOW", "RANGES", "KEYS", "BYTES"], rows, { right: [3, 4, 5] });
}

function sumOf(counts: readonly (number | null)[], shown: (sum: number) => string): string {
  if (counts.includes(null)) return "unknown";
  return shown(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0));
}

/** What a removal may lose. */
function lossLines({ losses }: PlanPage): string[] {
  const of = (kind: "lost" | "doubtful") => losses.filter((loss) => loss.kind === kind);
  const [lost, doubtful] = [of("lost"), of("doubtful")];
  const who = (all: PlanPage["losses"]) =>
    [...new Set(all.flatMap(({ removed }) => removed))].sort().join(", ");
  return [
    ...(lost.length === 0 ? [] : [
      `LOST: all that is in ${lost.length} ranges, for nobody but ${who(lost)} is whole there:`,
      ...lost.slice(0, 5).map(({ rangeEnd }) => `  ${rangeEnd}`),
      ...(lost.length > 5 ? [`  and ${lost.length - 5} more`] : []),
    ]),
    ...(doubtful.length === 0 ? [] : [
      `WARNING: in ${doubtful.length} ranges a write may have been acknowledged by ${
        who(doubtful)
      } alone, and would be lost`,
    ]),
  ];
}

function changed(
  before: PlannedMember | null,
  after: PlannedMember,
  of: (member: PlannedMember) => string,
  absent: string,
): string {
  const [was, is] = [before === null ? absent : of(before), of(after)];
  return was === is || was === "" ? is : `${was} -> ${is === "" ? "none" : is}`;
}

function pending({ takes, gives }: MemberStatus): string {
  const parts = [takes === 0 ? "" : `takes ${takes}`, gives === 0 ? "" : `gives ${gives}`];
  return parts.filter((part) => part !== "").join(", ");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
