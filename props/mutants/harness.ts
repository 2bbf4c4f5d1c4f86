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
    name: "path-to-nowhere-passes",
    file: "props/law.ts",
    from: "throw leadsNowhere ? new NoSuchCase(law, options.path!) : error;",
    to: "return { failed: false } as fc.RunDetails<[unknown[]]>;",
    why: "somebody plays a failure again, mistypes its path, and is told that the law holds",
    kills: ["T9"],
  },
  {
    name: "runs-that-are-no-number",
    file: "props/law.ts",
    from: "Number.isInteger(value) && value >= least",
    to: "!(value < least)",
    why: "a law of which NaN cases are asked for looks at none, and holds",
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
