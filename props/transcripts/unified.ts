/**
 * How two texts differ, as `diff -u` shows it.
 *
 * @module
 */

/** How many equal lines are shown around a difference. */
const CONTEXT = 3;

/** What to call the two texts. */
export interface Titles {
  /** The text that a minus takes away from. */
  readonly before: string;
  /** The text that a plus adds to. */
  readonly after: string;
}

interface Step {
  readonly sign: " " | "-" | "+";
  readonly text: string;
  /** How many lines of each text stand before this one. */
  readonly at: readonly [before: number, after: number];
}

/**
 * The differences of two texts; empty if there are none.
 *
 * @example A line that has changed
 * ```ts
 * import { unifiedDiff } from "./unified.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const titles = { before: "old", after: "new" };
 * assertEquals(
 *   unifiedDiff("milk\nbread\n", "milk\neggs\n", titles),
 *   "--- old\n+++ new\n@@ -1,2 +1,2 @@\n milk\n-bread\n+eggs\n",
 * );
 * assertEquals(unifiedDiff("milk\n", "milk\n", titles), "");
 * ```
 */
export function unifiedDiff(before: string, after: string, titles: Titles): string {
  const steps = stepsBetween(linesOf(before), linesOf(after));
  const shown = steps.map((_, i) =>
    steps.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(({ sign }) => sign !== " ")
  );
  const hunks: Step[][] = [];
  steps.forEach((step, i) => {
    if (!shown[i]) return;
    if (!shown[i - 1]) hunks.push([]);
    hunks.at(-1)!.push(step);
  });
  if (hunks.length === 0) return "";
  return `--- ${titles.before}\n+++ ${titles.after}\n${hunks.map(hunkText).join("")}`;
}

function hunkText(steps: readonly Step[]): string {
  const [first] = steps;
  const count = (sign: Step["sign"]) => steps.filter((step) => step.sign !== sign).length;
  const head = `@@ -${first!.at[0] + 1},${count("+")} +${first!.at[1] + 1},${count("-")} @@\n`;
  return head + steps.map(({ sign, text }) => `${sign}${text}\n`).join("");
}

/** The way from one text to the other that keeps the most lines. */
function stepsBetween(before: readonly string[], after: readonly string[]): Step[] {
  // common[i][j]: how many lines can be kept of what follows line i of the one and line j of the other.
  const common = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i]![j] = before[i] === after[j]
        ? common[i + 1]![j + 1]! + 1
        : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const at = [i, j] as const;
    if (i < before.length && before[i] === after[j]) {
      steps.push({ sign: " ", text: before[i]!, at });
      i++;
      j++;
    } else if (
      i < before.length && (j === after.length || common[i + 1]![j]! >= common[i]![j + 1]!)
    ) {
      steps.push({ sign: "-", text: before[i++]!, at });
    } else steps.push({ sign: "+", text: after[j++]!, at });
  }
  return steps;
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
