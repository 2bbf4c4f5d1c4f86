/**
 * Reads what `deno test` says at its end, and adds it up: the last line of `deno task test`.
 *
 * @module
 */

/** How many tests of each end. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** No test at all. */
export const NONE: Count = { passed: 0, failed: 0, skipped: 0 };

/**
 * The count that a run of `deno test` ends with; null if there is none, which is never a success.
 *
 * @example The line of the runner
 * ```ts
 * import { countOf } from "./test_report.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const line = "ok | 12 passed (3 steps) | 0 failed | 1 ignored (7ms)";
 * assertEquals(countOf(line), { passed: 12, failed: 0, skipped: 1 });
 * ```
 */
export function countOf(output: string): Count | null {
  const lines = output.matchAll(
    /^(?:ok|FAILED) \| (\d+) passed\b[^|\n]*\| (\d+) failed\b[^|\n]*(?:\| (\d+) ignored)?/gm,
  );
  // A test may print such a line itself, so the last one holds: it is the runner's.
  const last = [...lines].at(-1);
  if (!last) return null;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
}

/** Both together. */
export function add(a: Count, b: Count): Count {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** The count as people and scripts read it. */
export function showCount({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The text without the colours of a terminal. */
export function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- the escape is what is looked for
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
