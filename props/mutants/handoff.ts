/**
 * Mistakes about nodes that are away: who is held to be so, who stands in, and what becomes of what they keep.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const BENCH = "src/replica/bench.ts";
const GET = "src/quorum/get.ts";
const HANDOFF = "src/handoff/handoff.ts";
const HEALTH = "src/membership/health.ts";

/** Mutants of the failure detector, of stand-ins and of hints. */
export const handoff: readonly Mutant[] = [
  {
    name: "hint-deleted-on-send",
    file: HANDOFF,
    from: "pass.carried.set(request, {",
    to: "this.#options.drop({ name, owner }, digest, out);\n    pass.carried.set(request, {",
    why: "a hint goes when it has been sent",
    kills: ["H1", "H12"],
  },
  {
    name: "hint-deleted-on-any-acknowledgement",
    file: HANDOFF,
    from: " &&\n        outcome.digest === carried.digest;",
    to: ";",
    why: "a hint goes when its owner has stored something, whatever it was",
    kills: ["H1", "H12"],
  },
  {
    name: "hint-deleted-on-buffered-copy",
    file: HANDOFF,
    from: "outcome.durable && ",
    to: "",
    why: "a hint goes when its owner has it in memory",
    kills: ["H1", "H12"],
  },
  {
    name: "hint-deleted-for-a-copy-nobody-reads",
    file: HANDOFF,
    from: " && standing.seat !== null &&",
    to: " &&",
    why: "a hint goes when it is stored where nobody serves the key",
    kills: ["H1", "H12"],
  },
  {
    name: "hint-deleted-without-a-look",
    file: BENCH,
    from: "if (containerDigest(name, durable.container) !== digest) {",
    to: "if (containerDigest(name, durable.container) === null) {",
    why: "what came to a hint after it was sent goes with it",
    kills: ["H2"],
  },
  {
    name: "hint-overwritten",
    file: BENCH,
    from: "const container = sync(now?.container ?? EMPTY, sent);",
    to:
      "const container = lane.owner === null ? sync(now?.container ?? EMPTY, sent) : sync(EMPTY, sent);",
    why: "the next copy for the same owner replaces what was kept",
    kills: ["H5"],
  },
  {
    name: "hint-lost-at-restart",
    file: HANDOFF,
    from: "      if (member !== locator.node) this.#begin(member, out);\n",
    to: "      if (member === null) this.#begin(member, out);\n",
    why: "what the process before kept is never looked at again",
    kills: ["H6"],
  },
  {
    name: "hint-for-itself",
    file: HANDOFF,
    from: "if (member !== locator.node) this.#begin",
    to: "if (member !== null) this.#begin",
    why: "a node looks for what it keeps for itself, and would take it there",
    kills: ["H8"],
  },
  {
    name: "handoff-once",
    file: HANDOFF,
    from: "    for (const [owner, pass] of this.#owners) {\n      if (pass !== null && out",
    to:
      "    for (const [owner, pass] of [...this.#owners].slice(0, 0)) {\n      if (pass !== null && out",
    why: "hints are looked after at the start alone",
    kills: ["H3"],
  },
  {
    name: "hint-behind-one-that-is-stuck",
    file: HANDOFF,
    from: "    if (pass.after !== null) this.#cursors.set(owner, pass.after);\n",
    to: "",
    why: "hints that nobody takes are tried again and again, and no others",
    kills: ["H3"],
  },
  {
    name: "hint-dropped-by-age",
    file: HANDOFF,
    from: "    // Fewer than W copies would be fewer than its put was promised.\n",
    to:
      "    if (spreads) this.#options.drop({ name, owner }, containerDigest(name, record.container), out);\n",
    why: "a hint whose owner is away for too long is thrown away",
    kills: ["H11", "H12"],
  },
  {
    name: "hint-of-who-left-is-stuck",
    file: HANDOFF,
    from: "const isDue = hasLeft || !",
    to: "const isDue = !",
    why: "what is kept for a node that has left stays for ever, if that was down",
    kills: ["H7"],
  },
  {
    name: "spread-to-fewer-than-w",
    file: HANDOFF,
    from: "spreads ? Math.max(w, 1) : 1",
    to: "1",
    why: "a hint is given up for fewer copies than its put was promised",
    kills: ["H7", "H12"],
  },
  {
    name: "spread-half-way",
    file: HANDOFF,
    from: "if (carried.waitsFor.size === 0) {",
    to: "if (isThere) {",
    why: "a hint that is spread goes with the first acknowledgement",
    kills: ["H12"],
  },
  {
    name: "spread-to-fallbacks",
    file: HANDOFF,
    from: `.filter(({ role }) => role === "primary")`,
    to: ".filter(({ role }) => role !== null)",
    why: "foreign copies wander from one node that does not hold the key to the next",
    kills: ["H13"],
  },
  {
    name: "hint-kept-as-its-own",
    file: "src/replica/replica.ts",
    from: `return this.#work(copyFor(name, hint), { kind: "write", from, message }, out);`,
    to: `return this.#work({ name, owner: null }, { kind: "write", from, message }, out);`,
    why: "a fallback takes what it is to keep for another for its own",
    kills: ["G13", "H3", "H13"],
  },
  {
    name: "full-fallback-acknowledges",
    file: BENCH,
    from:
      "        if (brings && this.#shelf.isFullFor(lane)) return this.#refuse(lane, work, out);\n",
    to: `        if (brings && this.#shelf.isFullFor(lane)) {
          const waiter = { to: work.from, request, n, container };
          return sayStored(this.#locator, { name: lane.name, waiter, durable: true }, out);
        }\n`,
    why: "a fallback that has no room says that it keeps the copy",
    kills: ["H14"],
  },
  {
    name: "nobody-stands-in",
    file: "src/quorum/stand_ins.ts",
    from: "return this.#left.length > 0;",
    to: "return this.#left.length < 0;",
    why: "who is silent is waited for to the end",
    kills: ["Q15"],
  },
  {
    name: "stand-in-is-not-stood-in-for",
    file: "src/quorum/stand_ins.ts",
    from: "this.#last.set(seat, node);",
    to: "this.#last.delete(seat);",
    why: "a seat is given up when its first fallback cannot be reached either",
    kills: ["Q15"],
  },
  {
    name: "strict-is-sloppy",
    file: "src/quorum/whom.ts",
    from: "if (!sloppy) return [];",
    to: "if (n_val === 0) return [];",
    why: "a strict put is stored by nodes that do not hold the key",
    kills: ["Q15"],
  },
  {
    name: "unreachable-without-a-hint",
    file: "src/quorum/put.ts",
    from: "this.#ask(standIn, this.#hintFor(owner), out);",
    to: "this.#tally.ask(standIn);",
    why: "a copy that did not arrive leaves no hint",
    kills: ["H5", "Q15"],
  },
  {
    name: "stand-in-counts-as-primary",
    file: "src/quorum/tally.ts",
    from: "if (!standsIn || !OF_PRIMARIES.has(name)) ",
    to: "",
    why: "PW is met by nodes that are none",
    kills: ["Q5"],
  },
  {
    name: "empty-fallback-counts",
    file: GET,
    from: "const kept = standing.seat === null && holds !== null;",
    to: "const kept = standing.seat === null && told;",
    why: "a fallback that keeps nothing says for a replica that there is nothing",
    kills: ["Q16", "Q20"],
  },
  {
    name: "passed-over-is-not-missed",
    file: GET,
    from: "const all = [...this.#options.list.map(({ node }) => node), ...said.keys()];",
    to: "const all = [...said.keys()];",
    why: "a session is ended although a replica that may hold the rest was passed over",
    kills: ["S20"],
  },
  {
    name: "stands-in-while-it-may-be-issued",
    file: "src/quorum/forward.ts",
    from: `    out.mark("forward.status");\n`,
    to: "    if (this.#options.standIn !== null) return this.#standIn(out);\n",
    why: "a put is coordinated by its entry node although a silent coordinator may have issued it",
    kills: ["Q13", "Q18"],
  },
  {
    name: "suspicion-reassigns",
    file: "src/rooms.ts",
    from: "list: (name, n) => membership.list(positionOf(name), n),",
    to: `list: (name, n) =>
        membership.list(positionOf(name), n)
          .filter(({ node }) => detector.of(node) !== "down")
          .map((entry, i) => i < n ? { ...entry, role: "primary", seat: i } : entry),`,
    why: "who is down owns nothing any more, and who comes next does",
    kills: ["G13"],
  },
  {
    name: "never-down",
    file: HEALTH,
    from: `peer.health === "suspect" && monoMs`,
    to: `peer.health === "down" && monoMs`,
    why: "a peer stays suspect for ever, and each request waits for it",
    kills: ["G12"],
  },
  {
    name: "trusted-at-once",
    file: HEALTH,
    from: "const SIGNS = 2;",
    to: "const SIGNS = 1;",
    why: "a peer that comes and goes is trusted each time",
    kills: ["G12"],
  },
  {
    name: "crash-unnoticed",
    file: HEALTH,
    from: "if (silent) this.onTrouble(id, out);",
    to: "",
    why: "a probe that nobody answers is no trouble",
    kills: ["G12"],
  },
];
