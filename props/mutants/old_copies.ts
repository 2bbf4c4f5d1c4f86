/**
 * Mistakes with old copies of data directories: ways to take one for what it is not.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const OWN = "src/membership/own_register.ts";
const MEMBERSHIP = "src/membership/membership.ts";
const RECALL = "src/membership/recall.ts";
const REGISTER = "src/membership/register.ts";
const REGISTERS = "src/membership/registers.ts";

/** Mutants of the tick, and of what peers remember. */
export const oldCopies: readonly Mutant[] = [
  {
    name: "tick-stands-still",
    file: REGISTER,
    from: "const tick = Math.max(register.tick, wallMs);",
    to: "const tick = Math.min(register.tick, wallMs);",
    why: "a node never writes down that it has lived on, so that no copy is older than its disk",
    kills: ["S19"],
  },
  {
    name: "old-copies-are-welcome",
    file: RECALL,
    from: "if (this.#tick === 0 || tick <= this.#tick) return false;",
    to: "if (this.#tick >= 0 || tick <= this.#tick) return false;",
    why: "a copy is merged however old it is, and brings back what was forgotten",
    kills: ["S19"],
  },
  {
    name: "every-copy-is-too-old",
    file: RECALL,
    from: "return this.#ageMs(tick) > this.#youngMs;",
    to: "return this.#ageMs(tick) > 0;",
    why: "a backup of yesterday is refused",
    kills: ["S19"],
  },
  {
    name: "nobody-is-asked-first",
    file: MEMBERSHIP,
    from: "if (others.length === 0 || isYoung)",
    to: "if (others.length >= 0 || isYoung)",
    why: "a node on an old copy hands out what it has, until gossip tells it that it must not",
    kills: ["S19"],
  },
  {
    name: "asks-and-answers-all-the-same",
    file: "src/node.ts",
    from: `if (this.#rooms.membership.asks) return out.mark("start.unheard");`,
    to: "",
    why: "a node that does not know yet whether its disk is too old gives copies to whoever asks",
    kills: ["S19"],
  },
  {
    name: "asks-for-ever",
    file: RECALL,
    from: "return this.#open.size === 0 || nowMs >= this.#untilMs;",
    to: "return this.#open.size === 0;",
    why: "the last node of a cluster never serves again, once it was down for long",
    kills: ["S19"],
  },
  {
    name: "ticks-die-with-their-process",
    file: OWN,
    from: '{ kind: "register", register, ticks });',
    to: '{ kind: "register", register, ticks: ticks.slice(0, 0) });',
    why: "when all peers have started again nobody remembers",
    kills: ["S19"],
  },
  {
    name: "copy-of-the-last-process-goes-unnoticed",
    file: REGISTERS,
    from: "if (resumed < was.tick) this.#forgotten.set(node, was);",
    to: "if (resumed < 0) this.#forgotten.set(node, was);",
    why: "of a node that comes back on a copy of its last process nobody says so",
    kills: ["S19"],
  },
  {
    name: "every-start-is-a-loss",
    file: REGISTER,
    from: "    resumed: register.tick,",
    to: "    resumed: 0,",
    why: "a node that starts again is taken for one that has gone back",
    kills: ["S19"],
  },
];
