/**
 * T: the suite itself. What must be true of the laws, so that they are worth believing.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group T. */
export const harness: readonly Statement[] = [
  {
    id: "T1",
    says: "The same seed gives the same run, to the last message.",
    section: "the suite",
    must: "M",
  },
  {
    id: "T2",
    says: "The laws, the simulator and the running program drive the very same node.",
    section: "the suite",
    must: "M",
    tests: ["props/tidy_test.ts"],
  },
  {
    id: "T3",
    says: "Each kind of fault and each rare path is taken at least once in a run of the suite.",
    section: "the suite",
    must: "M",
  },
  {
    id: "T4",
    says:
      "That all comes right is judged only after a core was chosen and healed, and faults have ended.",
    section: "the suite",
    must: "M",
  },
  {
    id: "T5",
    says: "Every promise that a law checks has a wrong implementation that this law alone finds.",
    section: "the suite",
    must: "M",
  },
  {
    id: "T6",
    says: "A counterexample that was found once is played again for ever.",
    section: "the suite",
    must: "M",
  },
  {
    id: "T7",
    says:
      "A search through all cases of a scope says how many there were, and the number is pinned.",
    section: "the suite",
    must: "M",
  },
  {
    id: "T8",
    says: "What the generators make is counted, and one that goes stale fails.",
    section: "the suite",
    must: "M",
  },
  {
    id: "T9",
    says: "A predicate returns true or throws; anything else is a failure of the law.",
    section: "the suite",
    must: "M",
  },
];
