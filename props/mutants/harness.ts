/**
 * Mistakes of the suite itself: laws that hold whatever happens, or look at nothing.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

/** Mutants of the frame of the laws. */
export const harness: readonly Mutant[] = [
  {
    name: "undefined-passes",
    file: "props/law.ts",
    from: "if (said !== true) throw",
    to: "if (said === false) throw",
    why: "a predicate that says nothing is taken for one that holds",
    kills: ["T9"],
  },
  {
    name: "found-and-not-shown",
    file: "props/law.ts",
    from: 'if (law.kind === "negative" && notes === 0) {',
    to: 'if (law.kind === "negative" && notes < 0) {',
    why: "a search says that it has found what is wrong, and nobody sees what it was",
    kills: ["T9"],
  },
  {
    name: "clients-always-read",
    file: "props/kit/histories.ts",
    from: "{ weight: 2, arbitrary: fc.constant(null) },",
    to: "{ weight: 0, arbitrary: fc.constant(null) },",
    why:
      "the generator of histories goes stale: no client writes blindly any more, and hardly anything is concurrent",
    kills: ["T8"],
  },
];
