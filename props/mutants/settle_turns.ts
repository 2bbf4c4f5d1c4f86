/**
 * Mistakes of settling about whose turn it is: too much at a time, too little, or for nobody.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const ROUNDS = "src/settle/rounds.ts";
const SETTLE = "src/settle/settle.ts";
const WAITING = "src/settle/waiting.ts";
const WITNESS = "src/settle/witness.ts";

/** Mutants of the slices on which a leader asks, and members look and delete. */
export const settleTurns: readonly Mutant[] = [
  {
    name: "question-out-of-turn",
    file: ROUNDS,
    from: `    Object.assign(batch, { phase, request: 0, untilMs: Infinity });
    slices.ask(`,
    to: `    Object.assign(batch, { phase, request: 0, untilMs: Infinity });
    if (phase !== null) return this.#put(batch, phase, out);
    slices.ask(`,
    why: "a leader asks about all that waits at once, however clients fare",
    kills: ["A2"],
  },
  {
    name: "look-at-all",
    file: WITNESS,
    from: "const until = Math.min(asked.next + FEW, keys.length);",
    to: "const until = Math.max(asked.next + FEW, keys.length);",
    why: "a member reads all that it is asked about at once, on one slice",
    kills: ["A2"],
  },
  {
    name: "look-ends-early",
    file: WITNESS,
    from: "if (--piece.open === 0) this",
    to: "if (--piece.open > 0) this",
    why: "a slice ends before what was begun on it",
    kills: ["A2"],
  },
  {
    name: "all-go-at-once",
    file: SETTLE,
    from: "this.#toDo.splice(0, FEW)",
    to: "this.#toDo.splice(0)",
    why: "all that may go goes at once, however clients fare",
    kills: ["A2"],
  },
  {
    name: "late-look-is-whole",
    file: WITNESS,
    from: "const isLate = ageMs(asked) > answerMs / 2;",
    to: "const isLate = ageMs(asked) > answerMs;",
    why:
      "where turns are rare a member works for leaders that have given up, and nothing ever goes",
    kills: ["A1"],
  },
  {
    name: "look-for-nobody",
    file: WITNESS,
    from:
      "    while (this.#queue.length > 0 && ageMs(this.#queue[0]!) > answerMs) this.#queue.shift();\n",
    to: "",
    why: "a member looks at what nobody asks about any more",
    kills: ["A1"],
  },
  {
    name: "told-long-ago",
    file: SETTLE,
    from: "this.#toDo.splice(0, late < 0 ? this.#toDo.length : late);",
    to: "this.#toDo.splice(0, late > 0 ? this.#toDo.length : 0);",
    why: "a key goes when the word that it may is older than anything may be",
    kills: ["A1"],
  },
  {
    name: "place-stays-empty",
    file: ROUNDS,
    from: "if (this.#hasRoom && isRoomy) this.#begin(out);",
    to: "this.#hasRoom = isRoomy;",
    why: "a batch that has ended makes room with the next look at the list, no sooner",
    kills: ["S10"],
  },
  {
    name: "refused-at-once",
    file: WAITING,
    from: "{ asked: false, tried: true, refused }",
    to: "{ asked: false, tried: false, refused }",
    why: "a key to which somebody says no is asked about again at once, without end",
    kills: ["S10"],
  },
  {
    name: "one-batch-a-range",
    file: ROUNDS,
    from: "if (batch === undefined || batch.entries.length >= BATCH) {",
    to: "if ((batch?.entries.length ?? 0) >= BATCH) continue;\n      if (batch === undefined) {",
    why: "of one range 64 keys are asked about at a time, and each time takes M + D",
    kills: ["S10"],
  },
  {
    name: "vows-without-end",
    file: WITNESS,
    from: "if (this.#vows.size > this.#options.mostVows) {",
    to: "if (this.#vows.size > this.#options.mostVows * 2) {",
    why: "a member remembers each yes, however many there are",
    kills: ["S16"],
  },
];
