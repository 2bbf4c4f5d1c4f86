/**
 * Mistakes with puts that change hands: two coordinators, two hops, forgotten outcomes.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const REQUESTS = "src/quorum/requests.ts";
const FORWARD = "src/quorum/forward.ts";
const OUTCOMES = "src/quorum/outcomes.ts";

/** Mutants of forwarding. */
export const forwards: readonly Mutant[] = [
  {
    name: "forward-twice",
    file: REQUESTS,
    from: `    if (known !== undefined) {
      out.mark("forward.again");`,
    to: `    if (known === null) {
      out.mark("forward.again");`,
    why: "a forward that comes twice is coordinated twice",
    kills: ["Q18", "H9"],
  },
  {
    name: "retry-with-a-new-dot",
    file: FORWARD,
    from: `    out.mark("forward.status");\n`,
    to: `    if (to !== null) return this.#handOver(out);\n`,
    why:
      "a coordinator that is silent for a moment is passed over, though it may have issued the dot",
    kills: ["Q13", "Q18", "S5"],
  },
  {
    name: "lost-is-tried-again",
    file: FORWARD,
    from: `if (message.kind === "forward") this.#handOver(out);`,
    to: "if (message !== null) this.#handOver(out);",
    why: "a put whose coordinator was lost while it ran is given to another",
    kills: ["Q13"],
  },
  {
    name: "failure-is-tried-again",
    file: FORWARD,
    from: `if (outcome.kind === "failure" && outcome.definite && TRY_ANOTHER.has(outcome.error)) {`,
    to: `if (outcome.kind === "failure") {`,
    why: "a put that may have happened is given to another coordinator",
    kills: ["Q18"],
  },
  {
    name: "fenced-by-the-newborn",
    file: REQUESTS,
    from: "if (known === undefined && !this.#wasUp(ageMs, out)) {",
    to: "if (known === undefined && ageMs < 0) {",
    why: "a process says of a put that the one before it may have issued that it never will be",
    kills: ["Q18"],
  },
  {
    name: "fence-not-remembered",
    file: REQUESTS,
    from: 'if (!this.#outcomes.remember(tried, { as: "fenced", name: null, monoMs })) {',
    to: "if (monoMs < 0) {",
    why: "a put is said never to be issued, and then is issued when it comes late",
    kills: ["Q18"],
  },
  {
    name: "refusal-not-remembered",
    file: OUTCOMES,
    from: "return refused.includes(idOf(tried)) ? remembered : undefined;",
    to: "return undefined;",
    why: "a second copy of a refused forward is coordinated when there is room again",
    kills: ["Q18", "Q13"],
  },
  {
    name: "no-second-try",
    file: OUTCOMES,
    from: "return refused.includes(idOf(tried)) ? remembered : undefined;",
    to: "return remembered;",
    why: "a write id may not be used again after a definite refusal",
    kills: ["Q18"],
  },
  {
    name: "write-id-of-any-key",
    file: REQUESTS,
    from: "if (this.#outcomes.isOfAnother(tried.writeId, name)) {",
    to: "if (from === null) {",
    why: "a write id that was used for one key gives another key the same answer, and no put",
    kills: ["Q13"],
  },
  {
    name: "memory-without-end",
    file: OUTCOMES,
    from: "if (known === undefined && this.#slots.size >= most) return false;",
    to: "if (most < 0) return false;",
    why: "outcomes pile up without end",
    kills: ["Q13"],
  },
  {
    name: "space-from-a-running-put",
    file: OUTCOMES,
    from: "if (bytes === 0) return;",
    to: "",
    why:
      "when space is short a refusal is forgotten, or a put that runs again after one is taken to have ended",
    kills: ["Q18"],
  },
  {
    name: "coordinate-anywhere",
    file: REQUESTS,
    from: "if (this.#whom.coordinates(ask.name, props, candidates)) {",
    to: "if (ask !== null) {",
    why: "a node coordinates a key that it does not serve",
    kills: ["Q19"],
  },
  {
    name: "fastest-forgotten",
    file: "src/quorum/whom.ts",
    from: "fastest !== undefined && well.includes(fastest)",
    to: "fastest === null",
    why: "the replica that was fastest in the read before is not preferred",
    kills: ["Q19"],
  },
];
