/**
 * Mistakes of nodes that have lost copies, and of those who compare with them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const REGISTER = "src/membership/register.ts";
const RECOVERY = "src/anti_entropy/recovery.ts";
const FENCE = "src/anti_entropy/recovery_fence.ts";
const PULL = "src/anti_entropy/pull.ts";
const GIVER = "src/anti_entropy/giver.ts";
const REPLICA = "src/replica/replica.ts";
const ROOMS = "src/rooms.ts";
const EXCHANGE = "src/anti_entropy/exchange.ts";

/** Mutants of recovery. */
export const recovery: readonly Mutant[] = [
  {
    name: "never-recovering",
    file: REGISTER,
    from: "recovering: owners.length > 1,",
    to: "recovering: false,",
    why: "a node that was wiped takes itself for a new one that has missed nothing",
    kills: ["S14", "Q20"],
  },
  {
    name: "recovering-ends-at-a-restart",
    file: REGISTER,
    from: "    ...register,\n    generation: register.generation + 1,",
    to:
      "    ...register,\n    roles: register.roles.map((role) => ({ ...role, recovering: false })),\n    generation: register.generation + 1,",
    why: "a process that starts again forgets that its disk had lost something",
    kills: ["S14"],
  },
  {
    name: "whole-after-one-peer",
    file: RECOVERY,
    from: "if (others.every((peer) => compared.has(peer))) return true;",
    to: "if (others.some((peer) => compared.has(peer))) return true;",
    why: "one exchange is enough, with whomever",
    kills: ["S14", "Q20"],
  },
  {
    name: "whole-without-those-who-are-up",
    file: RECOVERY,
    from: "if (others.some((peer) => !compared.has(peer) && !isDown(peer))) return false;",
    to: "",
    why: "of those who could be compared with some are left out",
    kills: ["S14", "Q20"],
  },
  {
    name: "recovering-peers-count",
    file: RECOVERY,
    from: "others.filter((peer) => compared.get(peer) === true).length",
    to: "others.filter((peer) => compared.has(peer)).length",
    why: "a peer that has lost its own disk says what there is",
    kills: ["S14"],
  },
  {
    name: "exchange-before-the-loss",
    file: RECOVERY,
    from: "if (epoch >= progress.since) progress.compared.set(peer, isWhole);",
    to: "progress.compared.set(peer, isWhole);",
    why: "an exchange that was begun before a record went bad ends the recovery",
    kills: ["S14", "Q20"],
  },
  {
    name: "puts-are-not-waited-for",
    file: FENCE,
    from: "return this.#open.size === 0;",
    to: "return this.#open.size >= 0;",
    why:
      "what a running put has counted is lost, and the exchange comes too early to bring it back",
    kills: ["S14", "Q20"],
  },
  {
    name: "puts-are-clear-at-once",
    file: "src/quorum/reliance.ts",
    from: "clear: puts.length === 0, w: this.#w() }",
    to: "clear: true, w: this.#w() }",
    why: "a coordinator does not mind that it has counted what is lost",
    kills: ["S14", "Q20"],
  },
  {
    name: "damage-sets-no-flag",
    file: "src/views.ts",
    from: "if (membership.serves(positionOf(name), n) === null) return true;",
    to: "if (n > 0) return true;",
    why: "a record that cannot be read is replaced, and its range counts as whole",
    kills: ["S21", "S14"],
  },
  {
    name: "damage-is-overwritten-first",
    file: REPLICA,
    from: `if (result.kind === "damaged" && owner === null && !this.#options.damaged(name, out)) {`,
    to:
      `if (result.kind === "damaged" && owner === null && this.#options.damaged(name, out) === null) {`,
    why: "the place of a damaged record is taken before it is durable that something was lost",
    kills: ["S21"],
  },
  {
    name: "damage-in-a-scan-is-passed-over",
    file: EXCHANGE,
    from: "for (const name of result.damaged ?? []) this.#options.damaged(name, out);",
    to: "",
    why: "a start passes over records that cannot be read",
    kills: ["S21"],
  },
  {
    name: "stores-are-not-waited-for",
    file: PULL,
    from: "if (this.#asked === null && this.#inFlight === 0 && this.#lacking.length === 0) {",
    to: "if (this.#asked === null && this.#wants.size === 0 && this.#lacking.length === 0) {",
    why: "an exchange is done before what it has brought is on the disk",
    kills: ["S14"],
  },
  {
    name: "wants-without-end",
    file: PULL,
    from: "return this.#lacking.length > 0 && this.#inFlight + BATCH <= WINDOW;",
    to: "return this.#lacking.length > 0;",
    why: "whoever lacks everything asks for all of it at once",
    kills: ["M16"],
  },
  {
    name: "leaves-of-another-version-are-compared",
    file: GIVER,
    from: "if (leaves !== LEAF_VERSION) {",
    to: "if (leaves < 0) {",
    why: "replicas that are equal differ in every leaf, for each makes its own kind",
    kills: ["M19"],
  },
  {
    name: "wrong-leaves-stay",
    file: GIVER,
    from: "if (tree === undefined || there === leaf || tree.get(key) !== leaf) return;",
    to: "if (tree === undefined || key.length > 0) return;",
    why: "a tree that is not what the disk holds stays so, and is compared for ever",
    kills: ["M13"],
  },
  {
    name: "who-cannot-look-sees-nothing",
    file: REPLICA,
    from: "this.#options.doubted(name);",
    to: "this.#stored(name, null);",
    why:
      "a store fails, and then a fetch: the leaf of a record goes that was acknowledged, and is there",
    kills: ["M13"],
  },
  {
    name: "doubts-are-never-looked-at-again",
    file: EXCHANGE,
    from: "this.#lookAgain(out);\n    this.#setTimer(out);",
    to: "this.#setTimer(out);",
    why: "what a failed store has left on a disk is seen by nobody until the node starts again",
    kills: ["M13"],
  },
  {
    name: "whole-in-doubt",
    file: RECOVERY,
    from: "this.#unsaid.size === 0 && !this.hasDoubts",
    to: "this.#unsaid.size === 0",
    why: "a node that does not know what it holds says that it has lost nothing",
    kills: ["M13"],
  },
  {
    name: "whole-until-the-flag-is-durable",
    file: RECOVERY,
    from: "this.#unsaid.size === 0 && !this.hasDoubts",
    to: "!this.hasDoubts",
    why:
      "a node that has met damage, and whose store is slow, tells others that it has lost nothing",
    kills: ["S21"],
  },
  {
    name: "a-loss-is-said-once",
    file: RECOVERY,
    from: "for (const range of this.#unsaid.values()) this.#say(range, out);",
    to: "",
    why: "the flag could not be stored, and nobody says it again",
    kills: ["S21"],
  },
  {
    name: "the-w-that-a-wiped-disk-knows",
    file: RECOVERY,
    from: "Math.min(this.#options.leastW(), this.#fence?.asking.leastW ?? 1);",
    to: "this.#options.leastW();",
    why: "a node that has lost its bucket properties takes a few others for enough",
    kills: ["S14"],
  },
  {
    name: "one-member-knows-every-w",
    file: FENCE,
    from: "this.#enough = this.#open.size - Math.floor(this.#open.size / 2);",
    to: "this.#enough = 1;",
    why:
      "the first who says which W it knows is believed, though it may not have heard of the least",
    kills: ["S14"],
  },
  {
    name: "who-was-wiped-knows-every-w",
    file: ROOMS,
    from: "() => knowsW() ? leastW(this.props, config) : 0,",
    to: "() => leastW(this.props, config),",
    why: "a node says of W what its empty disk knows, and another believes it",
    kills: ["S14"],
  },
  {
    name: "who-is-overtaken-waits",
    file: PULL,
    from: "if (summaries === null) return this.fail(out);",
    to: "if (summaries === null) return;",
    why: "an exchange that the peer has ended goes on waiting for it",
    kills: ["S21"],
  },
  {
    name: "wholeness-is-never-taken-back",
    file: GIVER,
    from: "const isOvertaken = this.#told.get(from) !== this.#options.losses();",
    to: "const isOvertaken = this.#told.get(from) === null;",
    why: "a node says that it is whole, loses a leaf, and goes on answering as if it had not",
    kills: ["S21"],
  },
];
