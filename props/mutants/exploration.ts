/**
 * Mistakes that a search through small worlds must find, and mistakes of the search itself.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const SYMMETRY = "src/explorer/symmetry.ts";
const WORLD = "src/explorer/world.ts";

/** Mutants of, and for, the explorer. */
export const exploration: readonly Mutant[] = [
  {
    name: "burnt-actor-goes-on",
    file: "src/replica/dots.ts",
    from: " || this.#burnt.has(mine.actor)) {",
    to: ") {",
    why: "an actor is counted on although the store of its last dot failed",
    kills: ["X1"],
  },
  {
    name: "failed-store-is-silent-about-actors",
    file: "src/replica/replica.ts",
    from: "      this.#burn(storing.record);\n",
    to: "",
    why: "a store that fails leaves its actor to be counted on",
    kills: ["X1"],
  },
  {
    name: "snapshot-without-actors",
    file: "src/replica/dots.ts",
    from: "return { burnt: [...this.#burnt], seq: this.#seq };",
    to: "return { burnt: [...this.#burnt] };",
    why: "a snapshot does not say how many actors were taken",
    kills: ["X2"],
  },
  {
    name: "snapshot-without-the-burnt",
    file: "src/replica/dots.ts",
    from: "return { burnt: [...this.#burnt], seq: this.#seq };",
    to: "return { seq: this.#seq };",
    why: "a snapshot does not say which actors are burnt",
    kills: ["X2"],
  },
  {
    name: "snapshot-without-outcomes",
    file: "src/quorum/outcomes.ts",
    from: "return { slots: [...this.#slots], answerBytes: [...this.#answerBytes] };",
    to: "return {};",
    why: "a snapshot does not say which forwarded puts are remembered",
    kills: ["X2"],
  },
  {
    name: "snapshot-without-the-absent",
    file: "src/quorum/put.ts",
    from: "const options = { request, asker, order, needs, list, standsFor };",
    to: "const options = { request, asker, order, needs, list };",
    why: "a snapshot does not say in whose place a put is coordinated",
    kills: ["X2"],
  },
  {
    name: "exchange-the-touched",
    file: SYMMETRY,
    from: "if (state[i] === this.#first[i]) untouched |= 1 << i;",
    to: "untouched |= 1 << i;",
    why: "nodes are exchanged although something has happened to one of them",
    kills: ["X3"],
  },
  {
    name: "answers-come-too-late",
    file: WORLD,
    from: "waitsFor.has(message.request) || ",
    to: "",
    why: "answers that somebody waits for are taken off the network",
    kills: ["X3"],
  },
];
