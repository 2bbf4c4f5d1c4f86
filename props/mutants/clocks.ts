/**
 * Mistakes with clocks: version vectors, the plain clock of the paper, leaves.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const VECTOR = "src/version/version_vector.ts";
const PLAIN = "src/version/plain_clock.ts";
const DIGEST = "src/version/digest.ts";

/** Mutants of clocks. */
export const clocks: readonly Mutant[] = [
  {
    name: "descends-strictly",
    file: VECTOR,
    from: "if ((a.get(actor) ?? 0) < counter) return false;",
    to: "if ((a.get(actor) ?? 0) <= counter) return false;",
    why: "a clock descends only from clocks that are smaller in every entry, not even from itself",
    kills: ["V1", "V2", "V3"],
  },
  {
    name: "dominates-by-size",
    file: VECTOR,
    from: "return descends(a, b) && !descends(b, a);",
    to: "return descends(a, b) && a.size > b.size;",
    why: "a clock dominates only with more entries, so a greater counter alone is not later",
    kills: ["V4"],
  },
  {
    name: "order-without-concurrency",
    file: VECTOR,
    from: `: before ? "before" : "concurrent";`,
    to: `: "before";`,
    why: "clocks that neither descends the other are called before",
    kills: ["V3"],
  },
  {
    name: "covers-strictly",
    file: VECTOR,
    from: "return (clock.get(dot.actor) ?? 0) >= dot.counter;",
    to: "return (clock.get(dot.actor) ?? 0) > dot.counter;",
    why: "a clock does not cover the newest event that it has counted",
    kills: ["V9", "D3", "D4"],
  },
  {
    name: "merge-least",
    file: VECTOR,
    from: "if ((merged.get(actor) ?? 0) < counter) merged.set(actor, counter);",
    to: "merged.set(actor, Math.min(merged.get(actor) ?? counter, counter));",
    why: "merging takes the smaller counter of each actor",
    kills: ["V5", "V6", "D8"],
  },
  {
    name: "merge-adds",
    file: VECTOR,
    from: "if ((merged.get(actor) ?? 0) < counter) merged.set(actor, counter);",
    to: "merged.set(actor, (merged.get(actor) ?? 0) + counter);",
    why: "merging adds counters up, as if they were of a counter and not of events",
    kills: ["V5", "V6", "D2"],
  },
  {
    name: "merge-in-place",
    file: VECTOR,
    from: "const merged = new Map(a);",
    to: "const merged = a as Map<Actor, number>;",
    why: "merging changes the first clock",
    kills: ["V6", "D17"],
  },
  {
    name: "increment-everybody",
    file: VECTOR,
    from: "return new Map(clock).set(actor, counter + 1);",
    to:
      "return new Map([...clock].map(([other, n]) => [other, n + 1] as const)).set(actor, counter + 1);",
    why: "counting one actor's event counts one of each other's, too",
    kills: ["V7"],
  },
  {
    name: "increment-beyond",
    file: VECTOR,
    from: "if (counter >= MAX_COUNTER) {",
    to: "if (counter > MAX_COUNTER) {",
    why: "a counter goes above 2^53-1, where numbers are not exact any more",
    kills: ["V13"],
  },
  {
    name: "entries-as-they-came",
    file: VECTOR,
    from: "return [...clock].sort((a, b) => (a[0] < b[0] ? -1 : 1));",
    to: "return [...clock];",
    why: "the entries of a clock stand in the order in which they came",
    kills: ["V8", "V10", "M17"],
  },
  {
    name: "truncate-newest",
    file: PLAIN,
    from: "y.lastMs - x.lastMs || compare(a, b)",
    to: "x.lastMs - y.lastMs || compare(a, b)",
    why: "the cut of a plain clock drops the newest pairs",
    kills: ["V11"],
  },
  {
    name: "truncate-one-late",
    file: PLAIN,
    from: "newestFirst.slice(0, limit)",
    to: "newestFirst.slice(0, limit + 1)",
    why: "the cut of a plain clock leaves one pair too many",
    kills: ["V11"],
  },
  {
    name: "leaf-without-key",
    file: DIGEST,
    from: "    .longBytes(name.type).longBytes(name.bucket).longBytes(name.key)\n",
    to: "    .longBytes(name.type).longBytes(name.bucket)\n",
    why: "a leaf does not depend on its key, so that two keys can stand for one another in a tree",
    kills: ["M17"],
  },
  {
    name: "leaf-without-clock",
    file: DIGEST,
    from: "  for (const [actor, counter] of sortedEntries(clock)) event(writer, actor, counter);\n",
    to: "",
    why:
      "a leaf does not depend on what has been seen, so that a delete need not reach who missed it",
    kills: ["M17"],
  },
  {
    name: "leaf-of-clock-alone",
    file: DIGEST,
    from: "  for (const { dot } of siblings) event(writer, dot.actor, dot.counter);\n",
    to: "",
    why: "a leaf does not depend on which events are live",
    kills: ["M17"],
  },
  {
    name: "leaf-with-times",
    file: DIGEST,
    from: "for (const { dot } of siblings) event(writer, dot.actor, dot.counter);",
    to:
      "for (const { dot, version } of siblings) event(writer, dot.actor, dot.counter).u64(version.lastModifiedMs);",
    why: "a leaf depends on the wall clock of a write",
    kills: ["M17"],
  },
];
