/**
 * Tables, times and sizes for people.
 *
 * @module
 */

/**
 * A heading and rows, in columns that are as wide as they must be.
 *
 * @param options.right Which columns stand at the right of theirs, as numbers do.
 *
 * @example Names and numbers
 * ```ts
 * import { columns } from "./columns.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [["node1", "7"], ["n2", "1024"]];
 * assertEquals(columns(["NODE", "KEYS"], rows, { right: [1] }), [
 *   "NODE   KEYS",
 *   "node1     7",
 *   "n2     1024",
 * ]);
 * ```
 */
export function columns(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [] }: { readonly right?: readonly number[] } = {},
): string[] {
  const all = [heading, ...rows];
  const widths = heading.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) =>
    widths.map((width, i) => {
      const cell = row[i] ?? "";
      return right.includes(i) ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size, to about two digits. */
export function showBytes(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}

/** How long something takes, in its two largest units. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? `${hours} h ${minutes % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
