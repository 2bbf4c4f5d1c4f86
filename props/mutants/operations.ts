/**
 * Mistakes with what operators do: which steps they may take, and what plans show them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const STEPS = "src/membership/staged_steps.ts";
const LOSSES = "src/membership/losses.ts";
const TRANSFERS = "src/membership/transfers.ts";
const OUTLINE = "src/membership/outline.ts";
const SHARES = "src/membership/shares.ts";

/** Mutants of operations. */
export const operations: readonly Mutant[] = [
  {
    name: "join-of-who-has-left",
    file: STEPS,
    from: `if (status === "out") {`,
    to: `if (status === "out" && node === "") {`,
    why: "a node that has left for good may be joined again, which then does nothing",
    kills: ["G3"],
  },
  {
    name: "leave-below-n",
    file: STEPS,
    from: "return left >= replicas",
    to: "return left >= 1",
    why: "a node may leave where fewer than N are left",
    kills: ["G30"],
  },
  {
    name: "the-last-is-removed",
    file: STEPS,
    from: "if (active.length === 1 &&",
    to: "if (active.length === 0 &&",
    why: "the last member may be removed, which then does nothing",
    kills: ["G30"],
  },
  {
    name: "loss-of-one-removal-alone",
    file: STEPS,
    from: "const removed = removedBy([...staged, step]);",
    to: "const removed = removedBy([step]);",
    why: "of two removals in one plan each counts on the other's copies",
    kills: ["G3"],
  },
  {
    name: "new-seat-asks-one",
    file: TRANSFERS,
    from: `{ ...range, kind: "fill", from: serving, to: [taker] }`,
    to: `{ ...range, kind: "fill", from: serving.slice(0, 1), to: [taker] }`,
    why: "a new seat is filled from one of those who serve",
    kills: ["G18"],
  },
  {
    name: "one-gives-to-all",
    file: TRANSFERS,
    from: "from: [givers[i]!]",
    to: "from: [givers[0]!]",
    why: "the first giver passes its seat to every taker",
    kills: ["G18"],
  },
  {
    name: "who-recovers-is-counted-on",
    file: LOSSES,
    from: "staying.filter((one) => !one.role.recovering)",
    to: "staying",
    why: "who recovers counts as one that has everything",
    kills: ["G18"],
  },
  {
    name: "one-survivor-is-enough",
    file: LOSSES,
    from: "if (sound > seats - Math.min(w, seats)) continue;",
    to: "if (sound > 0) continue;",
    why: "a removal is said to lose nothing where W others may have acknowledged",
    kills: ["G18"],
  },
  {
    name: "plan-id-of-the-history",
    file: OUTLINE,
    from: "id: change.id,",
    to: "id: history.digest,",
    why: "all plans on one history have one id, so another is committed than was shown",
    kills: ["G18"],
  },
  {
    name: "first-range-without-wrap",
    file: SHARES,
    from: "width > 0n ? width : width + RING_SIZE",
    to: "width > 0n ? width : -width",
    why: "the range over the wrap has the width of the rest of the ring",
    kills: ["R11"],
  },
];
