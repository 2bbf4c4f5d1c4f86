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
    name: "both-give-way",
    file: "src/handover/wish.ts",
    from: `(rival.role.role === "serving" || compare(rival.node, node) < 0)`,
    to: `rival.role.seat >= 0`,
    why: "two who get the same seat both choose another, the same one, for ever",
    kills: ["G26"],
  },
  {
    name: "gives-unconfirmed",
    file: DEPARTURES,
    from: "if (!isWhole || !isConfirmed)",
    to: "if (!isWhole)",
    why: "who starts on an old copy of its disk gives a seat that it has given before",
    kills: ["G20"],
  },
  {
    name: "confirmed-by-nobody",
    file: "src/membership/gossip.ts",
    from: "return witnesses.length >= Math.min(",
    to: "return witnesses.length >= 0 * Math.min(",
    why: "who starts holds its disk for no old copy before anybody could tell it",
    kills: ["G20"],
  },
  {
    name: "confirmed-by-whoever-calls",
    file: "src/membership/gossip.ts",
    from: "if (this.#differing.delete(from)) this.#answered.add(from);",
    to: "this.#answered.add(from);",
    why:
      "whoever tells something is a witness, though it says what it remembers only to whoever turns to it",
    kills: ["G20"],
  },
  {
    name: "confirmed-before-it-is-told",
    file: "src/membership/gossip.ts",
    from: "if (groups === null) this.#answered.add(from);",
    to: "this.#answered.add(from);",
    why: "whoever answers is a witness, before it has told what it knows",
    kills: ["G20"],
  },
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
    from: "if (mark !== null && !isCompared) continue;",
    to: "if (mark !== null && mark < 0) continue;",
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
    name: "fills-from-one",
    file: "src/handover/wish.ts",
    from: "from: servers.map((server) => server.node) };",
    to: "from: servers.slice(0, 1).map((server) => server.node) };",
    why: "a vacant seat is filled from one survivor, and lacks what another has",
    kills: ["G26"],
  },
  {
    name: "k-not-raised",
    file: DEPARTURES,
    from: ": { ...own, seats: Math.max(own.seats, mark.seats) };",
    to: ": { ...own, seats: own.seats };",
    why: "a seat is new, and those who serve the others never count it",
    kills: ["G23"],
  },
  {
    name: "two-promises-of-one-seat-more",
    file: ARRIVALS,
    from: "return Math.max(seats, stage.owners(range).length, ...served",
    to: "return Math.max(seats, ...served",
    why: "two newcomers who fill two seats at once are both promised the same number of seats",
    kills: ["G23"],
  },
  {
    name: "spare-by-any-history",
    file: "src/handover/handover.ts",
    from: "const isKnown = history === stage.history && !ranges",
    to: "const isKnown = history.length > 0 && !ranges",
    why: "a node says what it is for a range to one who knows another ring",
    kills: ["G36"],
  },
];
