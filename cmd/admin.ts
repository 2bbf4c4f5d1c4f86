/**
 * `rotor admin`: how one node stands, in columns for people, or with `--json` as the node says it; and `rotor admin repair`.
 *
 * What is shown is what that node holds. To look at a cluster is to ask each of its nodes.
 *
 * @module
 */
import type {
  HintsPage,
  HintsStatus,
  MarkCounts,
  NodeStatus,
  SettlePage,
  SettleStatus,
  TreesPage,
  TreesStatus,
} from "../src/edge/admin.ts";
import { columns, showBytes, showDuration } from "./columns.ts";
import { type AdminFlags, ask, show } from "./admin_request.ts";
import { memberLines } from "./membership_tables.ts";
import { EXIT, type ExitCode } from "./outcome.ts";
import { readTarget } from "./request.ts";

/** Flags of a repair. */
export interface RepairFlags extends AdminFlags {
  /** How long it may take. */
  readonly timeout?: string;
}

/** What there is to see. */
interface Pages {
  readonly status: NodeStatus;
  readonly hints: HintsPage;
  readonly aae: TreesPage;
  readonly settle: SettlePage;
}

/** What a repair has found. */
interface Repair {
  readonly replicas: readonly {
    readonly node: string;
    readonly role: string;
    readonly seat: number | null;
    readonly said: string;
  }[];
  readonly versions: readonly {
    readonly vtag: string;
    readonly deleted: boolean;
    readonly lastModified: string;
  }[];
}

/** How far a repair of everything has come. */
interface Walk {
  readonly keys: number;
  readonly missing: number;
  readonly failed: number;
  readonly failures: readonly { readonly object: string; readonly detail: string }[];
  /** Where to go on; null at the end. */
  readonly next: string | null;
}

/** Keys that are named of those that could not be repaired. */
const MOST_NAMED = 20;

const SHOWN: { readonly [Page in keyof Pages]: (page: Pages[Page]) => string[] } = {
  status: showStatus,
  hints: showHints,
  aae: showTrees,
  settle: showSettle,
};

/** Shows a page. */
export async function admin<Page extends keyof Pages>(
  page: Page,
  flags: AdminFlags,
): Promise<ExitCode> {
  show(
    await ask<Pages[Page]>({ method: "GET", path: `/admin/${page}` }, flags),
    flags,
    SHOWN[page],
  );
  return EXIT.ok;
}

/** Repairs a key. */
export async function adminRepair(name: string, flags: RepairFlags): Promise<ExitCode> {
  const { bucket, key } = readTarget(name);
  const path = `/admin/repair/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}`;
  const parameters = { timeout: flags.timeout };
  show(await ask<Repair>({ method: "POST", path, parameters }, flags), flags, showRepair);
  return EXIT.ok;
}

/** Repairs every key that the node holds: so many requests as it takes, one after the other. */
export async function adminRepairAll(flags: RepairFlags): Promise<ExitCode> {
  let all: Walk = { keys: 0, missing: 0, failed: 0, failures: [], next: null };
  do {
    const parameters = { timeout: flags.timeout, after: all.next ?? undefined };
    const walk = await ask<Walk>({ method: "POST", path: "/admin/repair", parameters }, flags);
    all = {
      keys: all.keys + walk.keys,
      missing: all.missing + walk.missing,
      failed: all.failed + walk.failed,
      failures: [...all.failures, ...walk.failures].slice(0, MOST_NAMED),
      next: walk.next,
    };
  } while (all.next !== null);
  const { next: _, ...shown } = all;
  show(shown, flags, showWalk);
  return all.failed === 0 ? EXIT.ok : EXIT.failed;
}

const STANDINGS = {
  in: "",
  leaving: "leaving",
  outside: "outside, no member yet",
  out: "it has left for good",
} as const;

function showStatus(status: NodeStatus): string[] {
  const { node, boot, cluster, serves, standing, unsettled, recovery, members, disk } = status;
  const { hints, trees, settle, admission, marks, newer } = status;
  const is = STANDINGS[standing];
  return [
    `${node}: serves ${serves} ranges${is === "" ? "" : `; ${is}`}`,
    ...recoveryLines(recovery),
    ...(unsettled === 0 ? [] : [`${unsettled} ranges of the ring are on the move`]),
    `boot ${boot}, cluster ${cluster}`,
    ...diskLines(disk),
    ...newer.map(({ node, why }) =>
      `a newer rotor speaks to it, at ${node ?? "some node"}: ${why}`
    ),
    "",
    ...memberLines(members, hints),
    "",
    hints === null ? "hints: the store cannot be read" : `hints: ${sumOf(hints)}`,
    `trees: ${treesOf(trees)}`,
    ...comparedLines(trees),
    `settle: ${waitingOf(settle)}`,
    `background: ${admissionOf(admission)}`,
    ...marksLines(marks),
  ];
}

/** Nothing where there is nothing to say. */
function diskLines({ full, usedBytes, maxBytes }: NodeStatus["disk"]): string[] {
  const state = full ? "full, so it only reads until there is room" : "takes writes";
  if (usedBytes === null || maxBytes === null) return full ? [`disk: ${state}`] : [];
  return [`disk: ${state}; ${showBytes(usedBytes)} of ${showBytes(maxBytes)}`];
}

function showHints({ node, marks, ...hints }: HintsPage): string[] {
  const rows = hints.owners.map(({ owner, copies, bytes }) => [
    owner,
    `${copies}`,
    showBytes(bytes),
  ]);
  return [
    `${node} keeps ${sumOf(hints)}`,
    ...(rows.length === 0
      ? []
      : ["", ...columns(["FOR", "HINTS", "BYTES"], rows, { right: [1, 2] })]),
    ...marksLines(marks),
  ];
}

function showTrees({ node, trees, marks, ...all }: TreesPage): string[] {
  const rows = trees.map(({ rangeEnd, n, keys, root }) => [
    rangeEnd,
    `${n}`,
    `${keys}`,
    root ?? "nothing",
  ]);
  return [
    `${node}: ${treesOf(all)}`,
    ...comparedLines(all),
    ...(rows.length === 0
      ? []
      : ["", ...columns(["RANGE END", "N", "KEYS", "ROOT"], rows, { right: [1, 2] })]),
    ...marksLines(marks),
  ];
}

function showSettle({ node, why, keys, marks, ...all }: SettlePage): string[] {
  const reasons = Object.entries(why).map(([reason, count]) => [
    reason.replaceAll("_", " "),
    `${count}`,
  ]);
  const rows = keys.map(({ bucket, key, agreed, why }) => [
    `${bucket}/${key}`,
    agreed ?? "",
    why.replaceAll("_", " "),
  ]);
  return [
    `${node}: ${waitingOf(all)}`,
    ...(rows.length === 0 ? [] : [
      ...["", ...columns(["WHY", "KEYS"], reasons, { right: [1] })],
      ...["", ...columns(["KEY", "AGREED", "WHY"], rows)],
    ]),
    ...marksLines(marks),
  ];
}

function showRepair({ replicas, versions }: Repair): string[] {
  const rows = replicas.map(({ node, role, said }) => [node, role, said.replaceAll("_", " ")]);
  const found = versions.map(({ vtag, deleted, lastModified }) =>
    `${vtag}  ${lastModified}${deleted ? "  (deleted)" : ""}`
  );
  return [
    ...columns(["REPLICA", "ROLE", "HELD"], rows),
    "",
    found.length === 0
      ? "No version is left, and none was to be repaired"
      : "All hold these now, or are being sent them:",
    ...found,
  ];
}

function showWalk({ keys, missing, failed, failures }: Omit<Walk, "next">): string[] {
  const named = failures.map(({ object, detail }) => `${object}: ${detail}`);
  return [
    `${keys} keys were read from all their replicas; ${missing} copies were absent or damaged`,
    failed === 0
      ? "All replicas hold what the others held, or are being sent it"
      : `${failed} of them could not be read from every replica:`,
    ...named,
    ...(failed > named.length ? [`and ${failed - named.length} more`] : []),
  ];
}

function sumOf({ copies, bytes, limitBytes }: HintsStatus): string {
  return `${copies} hints, ${showBytes(bytes)} of ${showBytes(limitBytes)}`;
}

function treesOf({ filled, ranges, keys }: TreesStatus): string {
  return `${keys} keys in ${ranges} trees${filled ? "" : ", still being filled"}`;
}

function admissionOf(
  { on, busy, size, most, periodMs, targetMs, requests, disk, kinds }: NodeStatus["admission"],
): string {
  const waiting = Object.entries(kinds).filter(([, { waiting }]) => waiting > 0)
    .map(([kind, { waiting }]) => `${waiting} of ${kind}`);
  const who = waiting.length === 0 ? "nothing waits" : `${waiting.join(", ")} wait`;
  if (!on) return "never waits";
  if (!busy) return `no client is here, so it need not wait; ${who}`;
  const share = `${size} of ${most} slices begin in ${periodMs} ms`;
  const [asked, read] = [requests, disk].map(({ p99Us }) => showDuration(p99Us / 1_000));
  return `${share}; the 99th percentile of requests is ${asked}, of the disk ${read}, ` +
    `and ${targetMs} ms is wanted; ${who}`;
}

/** What it may have lost, and what it waits for. */
function recoveryLines({ ranges, puts, waitsFor }: NodeStatus["recovery"]): string[] {
  if (ranges === 0) return [];
  const said = puts.length === 0
    ? []
    : [`to hear from ${puts.join(", ")} that no put counts on it`];
  const peers = waitsFor.map(({ peer, ranges }) => `${peer} (${ranges})`).join(", ");
  const compared = peers === "" ? [] : [`to compare with ${peers}`];
  return [`recovering ${ranges} ranges: waits ${[...said, ...compared].join(", and then ")}`];
}

function waitingOf({ filled, waiting, later, stalledBy }: SettleStatus): string {
  const more = later === 0 ? "" : `, and ${later} later`;
  const stalled = stalledBy.length === 0 ? "" : `; none goes while ${stalledBy.join(", ")} is down`;
  return `${waiting} deleted keys wait${more}${
    filled ? "" : ", records are still to be looked through"
  }${stalled}`;
}

function comparedLines({ compared }: TreesStatus): string[] {
  return compared.map(({ peer, agoMs, differing }) => {
    const found = differing === 0 ? "all alike" : `${differing} ranges differed`;
    return `compared with ${peer} ${showDuration(agoMs)} ago: ${found}`;
  });
}

function marksLines(marks: MarkCounts): string[] {
  const rows = Object.entries(marks).map(([name, count]) => [name, `${count}`]);
  return rows.length === 0
    ? []
    : ["", ...columns(["SINCE THE START", "TIMES"], rows, { right: [1] })];
}
