/**
 * Mistakes with ranges that split: roles, trees, comparisons, and what is to be said of them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const FOREST = "src/anti_entropy/forest.ts";
const GIVER = "src/anti_entropy/giver.ts";
const REGISTER = "src/membership/register.ts";

/** Mutants of ranges that split. */
export const splitRanges: readonly Mutant[] = [
  {
    name: "role-before-its-range",
    file: REGISTER,
    from: "return isWithin(position, role.rangeStart, role.rangeEnd) ? role : null;",
    to: "return role;",
    why: "a role counts for what lies before its range, up to the range before it",
    kills: ["R25"],
  },
  {
    name: "roles-of-whole-ranges",
    file: "src/membership/own_register.ts",
    from: `if (said?.role !== "serving") return null;`,
    to: `if (said?.role !== "serving") return null;
    const start = startOf(this.#options.ends(), said.rangeEnd);
    if (!isWithin(position, start, said.rangeEnd)) return null;`,
    why: "a role counts for the range with its very end, and so for no part of it but the last",
    kills: ["Q15", "G9"],
  },
  {
    name: "parts-with-one-start",
    file: REGISTER,
    from: "{ ...role, rangeStart, rangeEnd }",
    to: "{ ...role, rangeEnd }",
    why: "each part of a role that is cut begins where the whole did",
    kills: ["R25"],
  },
  {
    name: "never-round-the-ring",
    file: "src/membership/serving_steps.ts",
    from: "const count = isRound ? ends.length : ",
    to: "const count = isRound ? 1 : ",
    why:
      "a range that begins and ends in one piece is taken for a part of it, also if it goes round",
    kills: ["G22"],
  },
  {
    name: "trees-stay-whole",
    file: FOREST,
    from: "for (const plot of this.plots) this.#cut(plot,",
    to: "for (const plot of this.plots.slice(this.plots.length)) this.#cut(plot,",
    why: "the tree of a range that was cut goes on as the tree of its last part",
    kills: ["M5"],
  },
  {
    name: "wrapping-tree-taken-apart",
    file: FOREST,
    from: "const kept = wrapping < 0 ? ends.length - 1 : wrapping;",
    to: "const kept = ends.length - 1 + 0 * wrapping;",
    why: "of the range that goes over the wrap one side is lost when it is cut",
    kills: ["M5"],
  },
  {
    name: "hash-of-what-was-taken",
    file: "src/anti_entropy/merkle_tree.ts",
    from: "if (other.count > 0) node.hash = null;",
    to: "",
    why: "a tree keeps the hash of keys that were taken out of it",
    kills: ["M3"],
  },
  {
    name: "giver-over-a-cut",
    file: GIVER,
    from: "    this.#told.clear();\n    this.#jobs = [];",
    to: "    this.#jobs = [];",
    why: "whoever compares is told of trees that were cut since it told its roots",
    kills: ["M10"],
  },
  {
    name: "compared-though-cut-otherwise",
    file: GIVER,
    from: "if (cut !== land.cut()) {",
    to: "if (cut.length !== land.cut().length) {",
    why: "trees of ranges that are not the same are compared",
    kills: ["M12"],
  },
  {
    name: "said-of-the-last-part",
    file: "src/membership/own_register.ts",
    from: "const parts = endsWithin(ends, turn.rangeStart, turn.rangeEnd);",
    to: "const parts = endsWithin(ends, turn.rangeStart, turn.rangeEnd).slice(-1);",
    why: "what was to be said of a range that was cut meanwhile is said of its last part alone",
    kills: ["G20"],
  },
  {
    name: "loss-of-the-last-part",
    file: "src/anti_entropy/recovery.ts",
    from: "for (const part of finer(range)) this.#unsaid.set(idOf(part), part);",
    to: "for (const part of finer(range).slice(-1)) this.#unsaid.set(idOf(part), part);",
    why: "a loss that is still to be made known is made known of the last part of its range alone",
    kills: ["M10"],
  },
];
