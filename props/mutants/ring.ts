/**
 * Mistakes with the ring: walking, dealing, planning.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const HASH = "src/ring/hash.ts";
const PARTITION = "src/ring/partition.ts";
const RING = "src/ring/ring.ts";
const LIST = "src/ring/preference_list.ts";
const CLAIM = "src/ring/claim.ts";
const PLAN = "src/ring/plan.ts";
const SPACING = "src/ring/spacing.ts";
const TOKENS = "src/ring/tokens.ts";

/** Mutants of the ring and its planners. */
export const ring: readonly Mutant[] = [
  {
    name: "keys-crowd",
    file: HASH,
    from: "const position = byteString(md5(bytesOf(nameBytes(name)))) as Position;",
    to:
      "const position = byteString(md5(bytesOf(nameBytes(name))).map((byte, i) => i === 0 ? byte >> 1 : byte)) as Position;",
    why: "all keys fall on one half of the ring",
    kills: ["R20"],
  },
  {
    name: "bisect-off-by-one",
    file: PARTITION,
    from: "if (sorted[middle]! < position) low = middle + 1;",
    to: "if (sorted[middle]! <= position) low = middle + 1;",
    why: "a position on a boundary falls into the range behind it",
    kills: ["R1", "R2", "R3"],
  },
  {
    name: "no-wrap",
    file: RING,
    from: "return index === this.ends.length ? 0 : index;",
    to: "return Math.min(index, this.ends.length - 1);",
    why:
      "a position behind the last end falls into the last range, and not over the wrap into the first",
    kills: ["R1", "R3"],
  },
  {
    name: "ends-rounded-early",
    file: PARTITION,
    from: "BigInt(i) * RING_SIZE / q",
    to: "BigInt(i) * (RING_SIZE / q)",
    why: "the ends drift off where Q is no power of two",
    kills: ["R2"],
  },
  {
    name: "list-repeats",
    file: RING,
    from: "return [...first, ...rest];",
    to: "return [...first, ...first.slice(0, 1), ...rest];",
    why: "a node stands twice in a list",
    kills: ["R4"],
  },
  {
    name: "seats-beyond-nodes",
    file: RING,
    from: "return Math.min(n, this.active.length);",
    to: "return n;",
    why: "a range has more seats than there are nodes",
    kills: ["R4"],
  },
  {
    name: "walk-starts-late",
    file: RING,
    from: "const start = firstFrom(this.#tokenPositions, end);",
    to: "const start = firstFrom(this.#tokenPositions, end) + 1;",
    why: "the walk begins at the token after the range's own",
    kills: ["R4", "R25"],
  },
  {
    name: "owners-from-the-end",
    file: RING,
    from: "return walk.slice(0, this.seats(n));",
    to: "return walk.slice(0, this.seats(n)).reverse();",
    why: "a longer list puts newcomers first, so that seats change with n",
    kills: ["R4", "R6"],
  },
  {
    name: "owners-are-fallbacks",
    file: LIST,
    from: "i < seats ? { node",
    to: "i < seats - 1 ? { node",
    why: "the last owner of a key is listed as one who only stands in",
    kills: ["R7"],
  },
  {
    name: "zones-ignored",
    file: RING,
    from: "(zones.has(zone) ? rest : first).push(node);",
    to: "first.push(node);",
    why: "lists take nodes as they come, all in one zone if it so happens",
    kills: ["R26"],
  },
  {
    name: "zones-not-looked-for",
    file: RING,
    from:
      "if (nodes.size >= this.seats(n) && zones.size >= Math.min(n, this.#zoneCount)) return nodes;",
    to: "if (nodes.size >= this.seats(n)) return nodes;",
    why: "the walk stops before it has met enough zones",
    kills: ["R26"],
  },
  {
    name: "quota-above-room",
    file: CLAIM,
    from: "({ weight }) => left * weight > cap * sum",
    to: "({ weight }) => weight < 0 && cap > sum",
    why: "a heavy node gets more partitions than can be spaced",
    kills: ["R27"],
  },
  {
    name: "remainders-reversed",
    file: CLAIM,
    from: "fraction(b) - fraction(a) ||",
    to: "fraction(a) - fraction(b) ||",
    why: "the odd partitions go to those whose fractions are least",
    kills: ["R22", "R27"],
  },
  {
    name: "odd-partitions-to-one",
    file: CLAIM,
    from: `    .slice(0, left - given)
    .forEach(({ node }) => want.set(node, want.get(node)! + 1));`,
    to: `    .slice(0, 1)
    .forEach(({ node }) => want.set(node, want.get(node)! + left - given));`,
    why: "whoever has the largest fraction gets all the odd partitions",
    kills: ["R9", "R10", "R27"],
  },
  {
    name: "odd-partition-wanders",
    file: CLAIM,
    from: "beyond(b) - beyond(a) || ",
    to: "",
    why: "the odd partition is taken from who has it and given to another of the same weight",
    kills: ["R13"],
  },
  {
    name: "deal-in-rows",
    file: CLAIM,
    from: "blocks[card++ % blockCount]!.push(node);",
    to: "blocks[Math.floor(card++ / partitions * blockCount)]!.push(node);",
    why: "a node gets its partitions side by side",
    kills: ["R8", "R21"],
  },
  {
    name: "deal-by-name",
    file: CLAIM,
    from:
      "want.get(b.node)! - want.get(a.node)! || compare(a.node, b.node)\n  );\n\n  const blocks",
    to: "compare(a.node, b.node)\n  );\n\n  const blocks",
    why: "cards are dealt by name and not to the greatest quota first, which then wraps too close",
    kills: ["R8", "R21"],
  },
  {
    name: "never-relaid",
    file: PLAN,
    from: `const relaid = (relay !== "never" && nodesClash) || (relay === "zones" && zonesClash);`,
    to: `const relaid = relay === "zones" && zonesClash;`,
    why: "a ring that swaps cannot mend is left with a node too near itself",
    kills: ["R8", "R16", "R21", "R22"],
  },
  {
    name: "never-repaired",
    file: PLAN,
    from: "const swaps = repair(circle, base);",
    to:
      "const swaps = Math.min(0, repair(new Spacing(base, { zoneOf, nodeReach: 1, zoneReach: 1 }), base));",
    why: "spacing is mended by laying the ring anew, and never by swaps",
    kills: ["R24"],
  },
  {
    name: "plan-from-nothing",
    file: PLAN,
    from: "const isFree = members.length <= replicas || base.every((owner) => owner === NOBODY);",
    to: "const isFree = members.length > 0;",
    why: "every change deals the whole ring anew",
    kills: ["R19", "R23", "R24"],
  },
  {
    name: "plan-not-turned",
    file: PLAN,
    from: "return sequence.map((_, at) => sequence[(at + turn) % size]!);",
    to: "return sequence.map((_, at) => sequence[(at + Math.min(0, turn)) % size]!);",
    why: "a ring that is laid anew is not turned to where most of it stays",
    kills: ["R24"],
  },
  {
    name: "surplus-from-anybody",
    file: PLAN,
    from: "if (giver !== NOBODY && surplus <= 0) continue;",
    to: "if (giver !== NOBODY && surplus < 0) continue;",
    why: "partitions are taken from those who own no more than their share",
    kills: ["R13"],
  },
  {
    name: "window-without-wrap",
    file: SPACING,
    from: "const after = at + far < size ? at + far : at + far - size;",
    to: "const after = Math.min(at + far, size - 1);",
    why: "spacing is not looked at over the wrap",
    kills: ["R14", "R8"],
  },
  {
    name: "opposite-counts-twice",
    file: SPACING,
    from: "      if (2 * far === size) continue; // the neighbour opposite is one, not two\n",
    to: "",
    why: "a neighbour that stands opposite is counted from both sides",
    kills: ["R14"],
  },
  {
    name: "tokens-without-weight",
    file: TOKENS,
    from: "const want = options.tokens * weight;",
    to: "const want = options.tokens;",
    why: "a node of twice the weight gets the tokens of one",
    kills: ["R11", "R13"],
  },
  {
    name: "tokens-few",
    file: TOKENS,
    from: "for (let i = tokens.length; i < want; i++)",
    to: "for (let i = tokens.length; i < Math.min(want, 8); i++)",
    why: "a node draws eight tokens at most, so that more of them balance no better",
    kills: ["R11", "R13"],
  },
  {
    name: "tokens-taken",
    file: TOKENS,
    from: "if (!known.has(position)) return position;",
    to: "if (known.size >= 0) return position;",
    why: "a newcomer takes another's token where chance draws it",
    kills: ["R13"],
  },
  {
    name: "tokens-forgotten",
    file: TOKENS,
    from: "after.set(position, tokens === undefined ? null : node);",
    to: "if (tokens !== undefined) after.set(position, node);",
    why: "a token that is given up is forgotten, so that two ranges become one",
    kills: ["R13", "R25"],
  },
  {
    name: "ends-of-owned-tokens",
    file: PARTITION,
    from: "ends: strategy === 1 ? sorted.map(([position]) => position) : equalEnds(partitions),",
    to: `ends: strategy === 1
      ? sorted.filter(([, node]) => node !== null).map(([position]) => position)
      : equalEnds(partitions),`,
    why: "under strategy 1 ranges merge when a token is given up",
    kills: ["R25"],
  },
];
