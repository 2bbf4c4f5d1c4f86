/**
 * Mistakes with siblings: joining, writing, viewing.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const SIBLINGS = "src/version/siblings.ts";
const VIEW = "src/version/view.ts";
const JOINED = "return { clock: merge(a.clock, b.clock), siblings };";
const KNOWN = "const known = sync(held, { clock: seen, siblings: [] });";
const THEIRS = "} else if (theirs && !covers(a.clock, theirs.dot)) siblings.push(theirs);";
const WRITTEN =
  "siblings: [...known.siblings, { dot, version }].sort((x, y) => compareDots(x.dot, y.dot)),";

/** Mutants of containers and views. */
export const siblings: readonly Mutant[] = [
  {
    name: "join-keeps-all",
    file: SIBLINGS,
    from: "if (order === 0 || !covers(b.clock, ours.dot)) siblings.push(ours);",
    to: "siblings.push(ours);",
    why: "joining never drops what the other side has seen and replaced",
    kills: ["D2", "D3", "D13", "D14", "S2", "S6"],
  },
  {
    name: "join-keeps-common",
    file: SIBLINGS,
    from: "if (order === 0 || !covers(b.clock, ours.dot)) siblings.push(ours);",
    to: "if (order === 0) siblings.push(ours);",
    why: "joining keeps only what both sides hold",
    kills: ["D1", "D3", "D11"],
  },
  {
    name: "join-revives-theirs",
    file: SIBLINGS,
    from: THEIRS,
    to: "} else if (theirs) siblings.push(theirs);",
    why: "what this side has seen and replaced comes back from the other",
    kills: ["D1", "D2", "D3", "D17"],
  },
  {
    name: "join-clock-of-one",
    file: SIBLINGS,
    from: JOINED,
    to: "return { clock: a.clock, siblings };",
    why: "a join holds the other side's values without having seen its events",
    kills: ["D2", "D8"],
  },
  {
    name: "dedupe-by-payload",
    file: SIBLINGS,
    from: JOINED,
    to: `return {
    clock: merge(a.clock, b.clock),
    siblings: siblings.filter(({ version: { content } }, i) =>
      siblings.findIndex(({ version }) => String(version.content) === String(content)) === i
    ),
  };`,
    why: "two values of the same bytes are taken for one",
    kills: ["D12", "D17"],
  },
  {
    name: "fold-least",
    file: SIBLINGS,
    from: JOINED,
    to: `return {
    clock: merge(a.clock, b.clock),
    siblings: siblings.filter(({ version: { writeId } }, i) =>
      siblings.findIndex(({ version }) => version.writeId === writeId) === i
    ),
  };`,
    why: "of two values with one write id only the one with the least dot stays",
    kills: ["D17"],
  },
  {
    name: "fold-first",
    file: SIBLINGS,
    from: THEIRS,
    to: `} else if (
      theirs && !covers(a.clock, theirs.dot) &&
      !a.siblings.some(({ version }) => version.writeId === theirs.version.writeId)
    ) siblings.push(theirs);`,
    why: "of two values with one write id the one that was here first stays",
    kills: ["D17"],
  },
  {
    name: "last-writer-in-merge",
    file: SIBLINGS,
    from: JOINED,
    to: `const latest = Math.max(0, ...siblings.map(({ version }) => version.stamp));
  return {
    clock: merge(a.clock, b.clock),
    siblings: siblings.filter(({ version }) => version.stamp === latest),
  };`,
    why: "joining keeps the value with the greatest stamp alone, and throws acknowledged ones away",
    kills: ["D13", "D17", "D19", "S1"],
  },
  {
    name: "expiry-in-merge",
    file: SIBLINGS,
    from: JOINED,
    to: `return {
    clock: merge(a.clock, b.clock),
    siblings: siblings.filter(({ version }) => version.expiresAtMs === null),
  };`,
    why: "joining drops values that have an expiry, as if every clock had passed it",
    kills: ["D20"],
  },
  {
    name: "vector-instead-of-dot",
    file: SIBLINGS,
    from: KNOWN,
    to: `const known = sync(held, {
    clock: merge(seen, new Map([[dot.actor, dot.counter]])),
    siblings: [],
  });`,
    why: "a put claims all earlier events of its actor, as plain version vectors do",
    kills: ["D1", "D4", "D5", "D7", "S1"],
  },
  {
    name: "context-ignored",
    file: SIBLINGS,
    from: KNOWN,
    to: "const known = held;",
    why: "a put replaces nothing, whatever its client had seen",
    kills: ["D1", "D4", "D6", "D7"],
  },
  {
    name: "context-is-everything",
    file: SIBLINGS,
    from: WRITTEN,
    to: "siblings: [{ dot, version }],",
    why: "a put replaces everything, whatever its client had seen",
    kills: ["D4", "D5", "D16", "S1"],
  },
  {
    name: "siblings-as-they-came",
    file: SIBLINGS,
    from: WRITTEN,
    to: "siblings: [...known.siblings, { dot, version }],",
    why: "siblings stand in the order in which they were written",
    kills: ["D8"],
  },
  {
    name: "dot-with-a-gap",
    file: SIBLINGS,
    from: "if (dot.counter !== next || next > MAX_COUNTER) {",
    to: "if (next > MAX_COUNTER) {",
    why: "a container takes an event whose actor's earlier ones it does not hold",
    kills: ["V12"],
  },
  {
    name: "dot-seen-before",
    file: SIBLINGS,
    from: "if (covers(seen, dot)) {",
    to: "if (false) {",
    why: "a container takes an event of a name that the context has seen already",
    kills: ["V12"],
  },
  {
    name: "view-by-wall-clock",
    file: VIEW,
    from: "b.version.stamp - a.version.stamp ||",
    to: "b.version.lastModifiedMs - a.version.lastModifiedMs ||",
    why: "the last writer is the one whose coordinator's wall clock was ahead",
    kills: ["D19"],
  },
  {
    name: "view-any-of-equals",
    file: VIEW,
    from: "(b.version.stamp - a.version.stamp || compareDots(b.dot, a.dot)) > 0",
    to: "b.version.stamp - a.version.stamp > 0",
    why: "of two writes with one stamp the one that happens to stand first is shown",
    kills: ["D19"],
  },
  {
    name: "expired-still-shown",
    file: VIEW,
    from: "version.expiresAtMs > wallMs",
    to: "version.expiresAtMs >= wallMs",
    why: "a value is still shown in the very millisecond of its expiry",
    kills: ["D20"],
  },
];
