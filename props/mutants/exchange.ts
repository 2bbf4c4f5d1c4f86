/**
 * Mistakes of anti-entropy.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const FOREST = "src/anti_entropy/forest.ts";
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
    name: "tree-of-what-was-said",
    file: REPLICA,
    from: "if (owner === null) this.#stored(name, lane.held.durable);",
    to: "",
    why: "a tree says what a store said, and not what is on the disk, and is repaired for ever",
    kills: ["M11"],
  },
  {
    name: "all-trees-to-everybody",
    file: FOREST,
    from: "return this.plots.filter(({ end, n }) => this.#land.servers(end, n).includes(peer));",
    to: "return this.plots.filter(() => peer.length > 0);",
    why: "a peer is told of ranges that it does not hold",
    kills: ["M12"],
  },
];
