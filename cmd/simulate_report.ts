/**
 * What `rotor simulate` says of worlds, for people and as JSON.
 *
 * @module
 */
import { DEFAULTS } from "../src/protocol/config.ts";
import type { Report } from "../src/sim/simulate.ts";
import { never, SOMETIMES } from "../src/sim/sometimes.ts";
import type { Difference } from "../src/sim/trace.ts";
import { programName } from "./process.ts";

/** What many worlds have come to. */
export interface Totals {
  readonly first: number;
  last: number;
  seeds: number;
  steps: number;
  events: number;
  virtualMs: number;
  operations: number;
  reads: number;
  stale: number;
  longestStaleMs: number;
  inversions: number;
  readonly counts: Map<string, number>;
}

/** One world that kept the laws, or how it broke them. `again`: the flags that play it again. */
export function showReport(report: Report, again: string): string {
  const { plan: { seed, shape, intents, faults }, steps, virtualMs, counts, staleness } = report;
  const { n, r, w } = { ...DEFAULTS, ...shape.config };
  const lines = [
    `seed ${seed}: ${shape.clocks.length} nodes, N ${n}, R ${r}, W ${w}, ${shape.keys} keys, ` +
    `${shape.clients.length} clients, ${intents.length} operations, ${faults.length} faults`,
    `${steps} steps of nodes in ${seconds(virtualMs)} s of the world's time, fingerprint ${
      report.fingerprint.toString(16).padStart(8, "0")
    }`,
    `${staleness.reads} reads, ${staleness.stale} of them stale (by ${
      seconds(staleness.longestMs)
    } s at most), ${staleness.inversions} went back without a session`,
    "",
    ...table([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    "",
    report.breaches.length === 0 ? "every law held" : showBreaches(report, again),
  ];
  return lines.join("\n");
}

/** The laws that a world broke, and the flags that play it again. */
export function showBreaches({ breaches }: Report, again: string): string {
  const lines = breaches.map(({ law, what, stack, at }) =>
    [`${law} does not hold: ${what}`, ...at ? [`in a step of ${at}`] : [], ...stack ? [stack] : []]
      .join("\n")
  );
  return [...new Set(lines), `play it again: ${programName()} simulate ${again}`].join("\n");
}

/** The same for programs. */
export function asJson(
  { plan, breaches, steps, events, virtualMs, fingerprint, counts, staleness }: Report,
  again: string,
) {
  const happened = Object.fromEntries([...counts].sort());
  return {
    seed: plan.seed,
    breaches,
    again: `${programName()} simulate ${again}`,
    steps,
    events,
    virtualMs,
    fingerprint,
    staleness,
    counts: happened,
  };
}

/** So many chars of a line are shown before and behind where it differs. */
const AROUND = 60;

/** Where a trace that was played again differs from what it was. */
export function showDifference({ line, column, field, was, is }: Difference): string {
  const excerpt = (text: string) => {
    if (text === "") return "(nothing)";
    const [from, to] = [Math.max(0, column - 1 - AROUND), column - 1 + AROUND];
    return (from > 0 ? "..." : "") + text.slice(from, to) + (to < text.length ? "..." : "");
  };
  const where = field === "" ? "" : `, in ${field}`;
  return `the trace differs in line ${line}, column ${column}${where}:\n- ${excerpt(was)}\n+ ${
    excerpt(is)
  }`;
}

/** What many worlds have come to: how much, and what has happened how often. */
export function showTotals(totals: Totals, tookMs: number): string {
  const { first, last, seeds, steps, events, virtualMs, operations, reads, stale, longestStaleMs } =
    totals;
  const missing = never(totals.counts);
  return [
    ...table(SOMETIMES.map((what) => [what, totals.counts.get(what) ?? 0])),
    "",
    `${
      counted(seeds, "world")
    } from seed ${first} to ${last}: ${operations} operations, ${steps} steps of nodes, ${events} events, ` +
    `${(virtualMs / 3_600_000).toFixed(1)} h of virtual time in ${seconds(tookMs)} s (${
      Math.round(events / (tookMs / 1_000))
    } events a second)`,
    `${reads} reads, ${stale} of them stale (by ${seconds(longestStaleMs)} s at most), ` +
    `${totals.inversions} went back without a session`,
    missing.length === 0
      ? "everything that must sometimes happen has happened"
      : `never happened: ${missing.join(", ")}`,
    "every law held",
  ].join("\n");
}

/** The same for programs. */
export function totalsAsJson({ counts, ...totals }: Totals) {
  return { ...totals, breaches: [], counts: Object.fromEntries([...counts].sort()) };
}

/** Names and numbers in columns. */
function table(rows: readonly (readonly [string, number])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const cells = rows.map(([name, times]) => `${name.padEnd(width)} ${String(times).padStart(8)}`);
  const height = Math.ceil(cells.length / 2);
  return Array.from(
    { length: height },
    (_, i) => `${cells[i]}   ${cells[i + height] ?? ""}`.trimEnd(),
  );
}

/** So many of a thing, in words. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
