/**
 * Mistakes of the suite itself: laws that hold whatever happens.
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
];
