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
    from: "const effects = process.node.step(event, this.#now(process));",
    to: "const effects = process.node.step(event, this.#now(process)).slice(-20).reverse();",
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
    file: "src/sim/faults.ts",
    from: "disk.failsReads = false;",
    to: "",
    why: "the core is judged while one of its disks still cannot be read",
    kills: ["T4"],
  },
];
