/**
 * Mistakes of anti-entropy.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const FOREST = "src/anti_entropy/forest.ts";
const GIVER = "src/anti_entropy/giver.ts";
const REPLICA = "src/replica/replica.ts";

/** Mutants of the exchange of trees. */
export const exchange: readonly Mutant[] = [
  {
    name: "trees-of-the-start",
    file: FOREST,
    from: "this.#set(name, container === null ? null : containerDigest(name, container));",
    to: "",
    why: "what is stored after the start is in no tree",
    kills: ["M10", "M16"],
  },
  {
    name: "every-register-puts-its-turn-off",
    file: "src/anti_entropy/exchange.ts",
    from: `brings it nearer.
    if (this.#turnMs() !== this.#paceMs) this.#setTimer(out);`,
    to: `brings it nearer.
    this.#setTimer(out);`,
    why: "a node that stores its register again and again never compares",
    kills: ["M10"],
  },
  {
    name: "tree-of-what-was-said",
    file: REPLICA,
    from: "if (owner === null) this.#options.stored(name, lane.held.durable, out);",
    to: `if (owner === null) out.mark("tree.unminded");`,
    why: "a tree says what a store said, and not what is on the disk, and is repaired for ever",
    kills: ["M11"],
  },
  {
    name: "all-trees-to-everybody",
    file: FOREST,
    from: "return this.plots.filter((plot) => this.#land.gives(plot, peer));",
    to: "return this.plots.filter(() => peer.length > 0);",
    why: "a peer is told of ranges that it does not hold",
    kills: ["M12"],
  },
  {
    name: "late-wants-are-read",
    file: GIVER,
    from: "this.#drop(({ askedMs }) => out.now.monoMs - askedMs >= PATIENCE_MS, out);",
    to: "this.#drop(({ askedMs }) => askedMs > out.now.monoMs, out);",
    why:
      "the few slices of a busy node go to peers that have given up, and nobody ever has everything",
    kills: ["A1"],
  },
  {
    name: "wants-outlive-their-exchange",
    file: GIVER,
    from: "this.#drop((job) => job.to === from, out);",
    to: "",
    why: "a slice is used for what a peer wanted in an exchange that it has ended",
    kills: ["A4"],
  },
  {
    name: "first-come-first-given",
    file: GIVER,
    from: "...this.#jobs.filter((one) => !isItsOwn(one)), ...this.#jobs.filter(isItsOwn)",
    to: "...this.#jobs.filter((one) => one !== job || isItsOwn(one))",
    why: "whoever wants much is served before others who have waited as long",
    kills: ["A4"],
  },
];
