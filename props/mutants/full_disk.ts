/**
 * Mistakes of a node whose disk is full.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const SPACE = "src/replica/space.ts";
const WRITES = `const writes = kind === "write" || kind === "repair" || kind === "put";`;

/** Mutants of a full disk. */
export const fullDisk: readonly Mutant[] = [
  {
    name: "full-disk-issues-dots",
    file: SPACE,
    from: WRITES,
    to: `const writes = kind === "write" || kind === "repair";`,
    why: "a node whose disk is full coordinates puts, and each takes a new actor",
    kills: ["S25"],
  },
  {
    name: "full-disk-keeps-all",
    file: SPACE,
    from: WRITES,
    to: `const writes = kind !== "read";`,
    why: "a node whose disk is full removes nothing either",
    kills: ["S25"],
  },
  {
    name: "full-for-good",
    file: SPACE,
    from: "    this.#triedMs = monoMs;\n    return false;",
    to: "    return true;",
    why: "a disk that was full once is never tried again",
    kills: ["S25"],
  },
  {
    name: "full-disk-asks-nobody-else",
    file: "src/quorum/whom.ts",
    from: "return serves && !(this.#isFull() && others.length > 0);",
    to: "return serves;",
    why: "a put at a node whose disk is full is refused, though others would take it",
    kills: ["S25"],
  },
];
