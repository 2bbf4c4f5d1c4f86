/**
 * Mistakes of the worlds on a seed, and of who judges them: worlds in which nothing happens, and judges who see nothing.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

/** Mutants of the simulator. */
export const worlds: readonly Mutant[] = [
  {
    name: "staleness-unmeasured",
    file: "src/sim/checker.ts",
    from: "longestMs = Math.max(longestMs, startMs - endMs);",
    to: "longestMs = Math.max(longestMs, endMs - startMs);",
    why: "stale reads are counted, and nobody learns how stale they were",
    kills: ["S7"],
  },
  {
    name: "chance-of-its-own",
    file: "src/sim/chance.ts",
    from: "return this.#numbers.next() >>> 0;",
    to: "return (this.#numbers.next() ^ (Math.random() < 1e-3 ? 1 : 0)) >>> 0;",
    why: "a world draws a little chance that is not its seed's",
    kills: ["T1"],
  },
  {
    name: "machine-does-otherwise",
    file: "src/sim/machine.ts",
    from: "return process.node.step(event, this.#now(process));",
    to: "return process.node.step(event, this.#now(process)).slice(-20).reverse();",
    why: "a machine does what its node wants done in another order than the node said",
    kills: ["T2"],
  },
  {
    name: "nothing-is-torn",
    file: "src/sim/disk.ts",
    from: "if (this.full || !chance.hits(0.5)) continue;",
    to: "if (this.full || landed === 0) continue;",
    why: "a crash always loses all that was under way, so no batch is ever torn",
    kills: ["T3"],
  },
  {
    name: "calm-without-healing",
    file: "src/sim/disk.ts",
    from: "this.readErrors = 0;",
    to: "",
    why: "the core is judged while one of its disks still cannot be read",
    kills: ["T4"],
  },
  {
    name: "loss-of-one-excuses-all",
    file: "src/sim/checker.ts",
    from: "if (covered.has(write!) || lostSince(losses, put) >= quorum) continue;",
    to: "if (covered.has(write!) || lostSince(losses, put) > 0) continue;",
    why: "one disk that has lost something excuses the loss of what two were to have",
    kills: ["S12"],
  },
  {
    name: "answers-are-believed",
    file: "src/sim/checker.ts",
    from: '(kind === "put" || shown === null || shown.includes(write))',
    to: "shown?.includes(write)",
    why: "a put counts as acknowledged only if its answer shows it",
    kills: ["S1"],
  },
  {
    name: "overwritten-once-removed",
    file: "src/sim/history.ts",
    from: "else for (const oldest of this.seenBy(older)) left.push(oldest);",
    to: "",
    why: "what was overwritten at a second remove counts as still there",
    kills: ["S2"],
  },
  {
    name: "shown-is-forgotten",
    file: "src/sim/checker.ts",
    from: "if (write === null || !shown.has(write) || covered.has(write)) continue;",
    to: "if (write === null || !shown.has(write) || covered.size >= 0) continue;",
    why: "what a client was shown may vanish",
    kills: ["S3"],
  },
  {
    name: "refusals-mean-nothing",
    file: "src/sim/checker.ts",
    from: '} else if (put.ending === "refused") {',
    to: "} else if (put.endMs < 0) {",
    why: "a write that was refused for good may be shown",
    kills: ["S4"],
  },
  {
    name: "twice-is-once",
    file: "src/sim/checker.ts",
    from: "if (live.indexOf(write) !== i)",
    to: "if (live.indexOf(write) > i)",
    why: "one write may be shown twice",
    kills: ["S5"],
  },
  {
    name: "answers-unjudged",
    file: "src/sim/checker.ts",
    from: "...antichain(history, shown).map(",
    to: "...antichain(history, []).map(",
    why: "an answer may show a write beside what overwrote it",
    kills: ["S6"],
  },
  {
    name: "sessions-reset-at-will",
    file: "src/sim/checker.ts",
    from: "if (!reset || losses.some((loss) => isAbout(loss, key) && loss.atMs < endMs)) continue;",
    to: "if (!reset || losses.length >= 0) continue;",
    why: "a session may be ended though nothing was lost",
    kills: ["S20"],
  },
  {
    name: "overlap-of-weak-quorums",
    file: "src/sim/checker.ts",
    from: "w + r > n)",
    to: "w + r > n + 1)",
    why: "quorums that meet in one replica need not show what it has",
    kills: ["Q16"],
  },
];
