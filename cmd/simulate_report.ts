/**
 * What `rotor simulate` says of worlds, for people.
 *
 * @module
 */
import type { Report } from "../src/sim/simulate.ts";
import { never, SOMETIMES } from "../src/sim/sometimes.ts";

/** What many worlds have come to. */
export interface Totals {
  readonly first: number;
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
  readonly startedMs: number;
}

/** One world that kept the laws, or how it broke them. */
export function showReport(report: Report, file?: string): string {
  const { plan: { seed, shape, intents, faults }, steps, virtualMs, counts, staleness } = report;
  const { n, r, w } = shape.config;
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
    report.breaches.length === 0 ? "every law held" : showBreaches(report, file),
  ];
  return lines.join("\n");
}

/** The laws that a world broke, and how to play it again: by its seed, or from the file that its plan came from. */
export function showBreaches({ plan, breaches }: Report, file?: string): string {
  const lines = breaches.map(({ law, what, stack }) =>
    `${law} does not hold: ${what}${stack === undefined ? "" : `\n${stack}`}`
  );
  // What is drawn from a seed with another number of operations is another plan.
  const again = file === undefined
    ? `--seed ${plan.seed} --operations ${plan.intents.length}`
    : `--plan ${file}`;
  return [...new Set(lines), `play it again: rotor simulate ${again}`].join("\n");
}

/** What many worlds have come to: how much, and what has happened how often. */
export function showTotals(totals: Totals): string {
  const { first, seeds, steps, events, virtualMs, operations, reads, stale, longestStaleMs } =
    totals;
  const tookMs = performance.now() - totals.startedMs;
  const missing = never(totals.counts);
  return [
    ...table(SOMETIMES.map((what) => [what, totals.counts.get(what) ?? 0])),
    "",
    `${seeds} worlds from seed ${first}: ${operations} operations, ${steps} steps of nodes, ${events} events, ` +
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

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
