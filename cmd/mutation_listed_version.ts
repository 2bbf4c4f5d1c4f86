/**
 * Mutants of `src/version` that no law need notice, each with the reason why nobody can (`mutation_listed.ts`).
 *
 * @module
 */
import { type Listed, of } from "./mutation_report.ts";

/** The listings of the room, by file. */
export const LISTED: readonly Listed[] = [
  ...of("version/version_vector.ts", [
    {
      line: "if (descends(a, b)) return a;",
      becomes: "if (false) return a;",
      reason: "It saves a copy where there is nothing to merge; the copy would be equal.",
    },
    {
      line: "if ((merged.get(actor) ?? 0) < counter) merged.set(actor, counter);",
      becomes: "if ((merged.get(actor) ?? 0) <= counter) merged.set(actor, counter);",
      reason: "It sets a counter to what it is.",
    },
    {
      line: "return [...clock].sort((a, b) => (a[0] < b[0] ? -1 : 1));",
      becomes: "return [...clock].sort((a, b) => (a[0] <= b[0] ? -1 : 1));",
      reason: "No two entries of a map have one key.",
    },
  ]),
  ...of("version/siblings.ts", [
    {
      line: "if (a === b) return a;",
      becomes: "if (false) return a;",
      reason: "It saves a walk: the sync of a container with itself is equal to it.",
    },
    {
      line: "for (let i = 0, j = 0; i < a.siblings.length || j < b.siblings.length;) {",
      becomes: "for (let i = 0, j = 0; i < a.siblings.length || j <= b.siblings.length;) {",
      reason: "The last turn finds both lists at their ends, and ends the loop.",
    },
    {
      line: "if (order >= 0) j++;",
      becomes: "if (order > 0) j++;",
      reason:
        "A dot that both hold is met once more, as theirs alone, and passed over: our clock covers it.",
    },
  ]),
  ...of("version/plain_clock.ts", [
    {
      line:
        "i !== j && plainDescends(other.clock, clock) && (j < i || !plainDescends(clock, other.clock))",
      becomes:
        "true && plainDescends(other.clock, clock) && (j < i || !plainDescends(clock, other.clock))",
      reason: "For i = j the rest is false: a clock descends itself.",
    },
    {
      line:
        "i !== j && plainDescends(other.clock, clock) && (j < i || !plainDescends(clock, other.clock))",
      becomes:
        "i !== j && plainDescends(other.clock, clock) && (j <= i || !plainDescends(clock, other.clock))",
      reason: "i and j differ here.",
    },
  ]),
  ...of("version/view.ts", [
    {
      line: "return latestOnly && shown.length > 1 ? [shown.reduce(later)] : shown;",
      becomes: "return latestOnly && shown.length >= 1 ? [shown.reduce(later)] : shown;",
      reason: "The latest of one is that one.",
    },
    {
      line: "return (b.version.stamp - a.version.stamp || compareDots(b.dot, a.dot)) > 0 ? b : a;",
      becomes:
        "return (b.version.stamp - a.version.stamp || compareDots(b.dot, a.dot)) >= 0 ? b : a;",
      reason: "No two siblings have one dot.",
    },
  ]),
];
