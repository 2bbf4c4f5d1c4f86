/**
 * Mistakes with data that moves: ways to lose what was acknowledged, or to serve what one does not have.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const ARRIVALS = "src/handover/arrivals.ts";
const DEPARTURES = "src/handover/departures.ts";
const DRAIN = "src/handover/drain.ts";
const OWN = "src/membership/own_register.ts";

/** Mutants of the handover. */
export const handover: readonly Mutant[] = [
  {
    name: "gives-with-something-unsent",
    file: DEPARTURES,
    from: "if (mark.unsent.size === 0) {",
    to: `if (mark.unsent.size === 0 || mark.phase === "closing") {`,
    why: "a seat is passed on while its newcomer lacks what was stored since the promise",
    kills: ["G21"],
  },
  {
    name: "serves-while-it-gives",
    file: OWN,
    from: "return this.#coming(position, n).reduce<Role | null>(",
    to: "return this.#coming(position, n).slice(0, 0).reduce<Role | null>(",
    why: "a giver acknowledges writes for its seat until its register is durable",
    kills: ["G21"],
  },
  {
    name: "newcomer-serves-before-it-is-given",
    file: ARRIVALS,
    from: "if ([...givers.values()].some(({ seats }) => seats === null)) continue;",
    to: "if ([...givers.values()].some(({ isCompared }) => !isCompared)) continue;",
    why: "a newcomer serves when it has compared, whether its giver has let go or not",
    kills: ["G20", "G10"],
  },
  {
    name: "promoted-without-comparing",
    file: ARRIVALS,
    from: "} else if (isCompared) {",
    to: "} else if (isCompared || mark > 0) {",
    why: "a newcomer asks for the seat when it has the promise, and fetches nothing",
    kills: ["G21"],
  },
  {
    name: "mark-survives-nothing",
    file: DEPARTURES,
    from: "mark.unsent.set(key, ++this.#stores);",
    to: "this.#stores++;",
    why: "a giver does not keep in mind what it stores after the promise",
    kills: ["G21"],
  },
  {
    name: "forgotten-mark-is-as-good",
    file: DEPARTURES,
    from: `ending: "unknown", seats: 0`,
    to: `ending: "given", seats: 0`,
    why: "a giver that has started anew says of a promise that it has forgotten that it was kept",
    kills: ["G20"],
  },
  {
    name: "drops-what-it-passed-on",
    file: DRAIN,
    from: "if (held[i]) this.#has(piece, name, from, out);",
    to: "if (held.length > i) this.#has(piece, name, from, out);",
    why:
      "whoever has passed a seat on drops what it held, when its taker has said that it does not hold it",
    kills: ["G25"],
  },
  {
    name: "drops-another-version",
    file: "src/replica/bench.ts",
    from: `if (isOther || this.#isIts(name)) return out.mark("copy.kept");`,
    to: `if (this.#isIts(name)) return out.mark("copy.kept");`,
    why: "what was stored since others were asked goes with what they hold",
    kills: ["G25"],
  },
  {
    name: "any-node-is-evidence",
    file: DRAIN,
    from: `outcome.kind === "stored" && standing.seat !== null &&`,
    to: `outcome.kind === "stored" &&`,
    why: "a copy goes because one has stored it who does not serve it any more",
    kills: ["G25"],
  },
];
