/**
 * Mutants that no law need notice, each with the reason why nobody can.
 *
 * A line joins here only after somebody has tried to think of the law. "It is only slower" is a reason; "it cannot happen
 * at present" is not.
 *
 * @module
 */
import type { Listed } from "./mutation_report.ts";

/** All listings, by file. */
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
  ...of("ring/ring.ts", [
    ...each(
      "A walk is remembered only to save the next one; it comes out the same.",
      "if (known !== undefined) return known;",
      ["if (false) return known;"],
    ),
    ...each(
      "A walk is remembered only to save the next one; it comes out the same.",
      "this.#walks.set(index, walk);",
      [";"],
    ),
    ...each(
      "How much is remembered bounds memory alone, at some 8 MB.",
      "if ((this.#walks.size + 1) * this.active.length > MEMORY) this.#walks.clear();",
      [
        "if (true) this.#walks.clear();",
        "if (false) this.#walks.clear();",
        "if ((this.#walks.size + 1) * this.active.length >= MEMORY) this.#walks.clear();",
        "if ((this.#walks.size + 1) * this.active.length <= MEMORY) this.#walks.clear();",
        "if ((this.#walks.size + 1) / this.active.length > MEMORY) this.#walks.clear();",
        "if ((this.#walks.size - 1) * this.active.length > MEMORY) this.#walks.clear();",
        "if ((this.#walks.size + 1) * this.active.length > MEMORY) ;",
      ],
    ),
    ...each(
      "It walks on, though the first n are known; more nodes behind them change nothing.",
      "if (nodes.size >= this.seats(n) && zones.size >= Math.min(n, this.#zoneCount)) return nodes;",
      [
        "if (false) return nodes;",
        "if (nodes.size > this.seats(n) && zones.size >= Math.min(n, this.#zoneCount)) return nodes;",
        "if (nodes.size >= this.seats(n) && zones.size > Math.min(n, this.#zoneCount)) return nodes;",
        "if (nodes.size >= this.seats(n) && zones.size >= Math.max(n, this.#zoneCount)) return nodes;",
      ],
    ),
    ...each(
      "It walks on, though the first n are known; more nodes behind them change nothing.",
      "zones.add(this.active[owner]!.zone);",
      [";"],
    ),
  ]),
];

function of(file: string, listings: readonly Omit<Listed, "file">[]): Listed[] {
  return listings.map((listed) => ({ file: `src/${file}`, ...listed }));
}

/** Several mutants of one line that are equal to it for one reason. */
function each(reason: string, line: string, becomes: readonly string[]): Omit<Listed, "file">[] {
  return becomes.map((becomes) => ({ line, becomes, reason }));
}
