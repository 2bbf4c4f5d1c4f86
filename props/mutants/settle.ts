/**
 * Mistakes of settling: ways to forget a deleted key that bring it back, or never forget it.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const BENCH = "src/replica/bench.ts";
const PULL = "src/anti_entropy/pull.ts";
const REPLICA = "src/replica/replica.ts";
const ROUNDS = "src/settle/rounds.ts";
const SETTLE = "src/settle/settle.ts";
const SETTLED = "src/version/settled.ts";
const WAITING = "src/settle/waiting.ts";
const WITNESS = "src/settle/witness.ts";

/** Mutants of the two rounds, of what members say, and of graves. */
export const settle: readonly Mutant[] = [
  {
    name: "leader-asks-itself",
    file: ROUNDS,
    from: "for (const member of locator.members) batch.silent.add(member);",
    to: "batch.silent.add(locator.node);",
    why: "a key goes when its leader alone says that it may",
    kills: ["S16", "S17"],
  },
  {
    name: "fallbacks-unasked",
    file: ROUNDS,
    from: "for (const member of locator.members) batch.silent.add(member);",
    to: `for (const { node, role } of locator.list(entries[0]!.name, n)) {
      if (role === "primary") batch.silent.add(node);
    }`,
    why: "who may keep a copy for a replica is not waited for",
    kills: ["S16", "S17"],
  },
  {
    name: "one-round",
    file: ROUNDS,
    from: `else if (batch.phase === "first") this.#rest(batch, out);`,
    to: `else if (batch.phase !== "second" && batch.first === 0) this.#rest(batch, out);`,
    why: "a key goes when all have said yes once",
    kills: ["S16", "S17"],
  },
  {
    name: "gap-of-m",
    file: ROUNDS,
    from: "batch.untilMs = monoMs + this.#quietMs;",
    to: "batch.untilMs = monoMs + this.#options.config.maxMessageAgeMs;",
    why: "the second round begins while requests may hold what is older",
    kills: ["S16", "S17"],
  },
  {
    name: "gap-of-d",
    file: "src/protocol/config.ts",
    from: "return Math.ceil((config.maxMessageAgeMs + lifeMs(config)) * 11 / 10);",
    to: "return lifeMs(config);",
    why:
      "the second round begins while what is older may be on its way, and graves are over too soon",
    kills: ["S16", "S17"],
  },
  {
    name: "no-vow",
    file: WITNESS,
    from: `return vow?.to === from && vow.request === since ? "yes" : "touched";`,
    to: `return vow?.to !== null || since === null ? "yes" : "touched";`,
    why:
      "a copy that was kept for somebody between the rounds is forgotten, and what was made of it",
    kills: ["S16"],
  },
  {
    name: "vow-of-the-dead",
    file: WITNESS,
    from: `if (owner !== null) this.#vows.delete(key);`,
    to: `if (owner === name.key) this.#vows.delete(key);`,
    why: "a vow holds although a copy came to be kept",
    kills: ["S16"],
  },
  {
    name: "hints-unseen",
    file: WITNESS,
    from: `if (hints.length > 0) return "foreign";`,
    to: "",
    why: "what is kept for others is not looked at",
    kills: ["S16", "S17"],
  },
  {
    name: "any-container-will-do",
    file: WITNESS,
    from: `} else if (record === null || containerDigest(name, record.container) !== digest) {`,
    to: `} else if (record === null && digest === null) {`,
    why: "a replica says yes whatever it holds",
    kills: ["S16", "S10"],
  },
  {
    name: "look-is-disturbed",
    file: WITNESS,
    from: `const answer = disturbed ? "busy"`,
    to: `const answer = disturbed === null ? "busy"`,
    why: "a yes is about what was there before somebody wrote",
    kills: ["S16"],
  },
  {
    name: "recovering-witness",
    file: WITNESS,
    from: `if (standing.recovering) return "recovering";`,
    to: "",
    why: "one that does not know what it has lost is believed",
    kills: ["S16"],
  },
  {
    name: "no-grave",
    file: BENCH,
    from: "const grave = owner === null ? this.#graves.of(name, out.now) : null;",
    to: "const grave = owner === name.key ? this.#graves.of(name, out.now) : null;",
    why: "what comes late to a replica where the key has gone is stored",
    kills: ["S16", "S17"],
  },
  {
    name: "grave-of-m",
    file: REPLICA,
    from: "new Graves({ keepMs: quietMs(config) })",
    to: "new Graves({ keepMs: config.maxMessageAgeMs })",
    why: "a grave is over while requests may hold what is older",
    kills: ["S16", "S17"],
  },
  {
    name: "nobody-is-told",
    file: PULL,
    from:
      `    out.send(peer, { kind: "settle_do", n, how, keys: [{ name: copy.name, digest }] });\n`,
    to: "",
    why: "a replica that has not heard that a key may go keeps it, and offers it for ever",
    kills: ["S10"],
  },
  {
    name: "reaped-unseen",
    file: BENCH,
    from: `  ): void {
    const record = idle(held);
    if (record === null || containerDigest(name, record.container) !== digest) {`,
    to: `  ): void {
    const record = idle(held);
    if (record === null) {`,
    why: "what has come since all agreed goes, too",
    kills: ["S16"],
  },
  {
    name: "g-begins-anew",
    file: SETTLE,
    from: `        settled(name, { kind: "agree", digest, atMs: out.now.wallMs }, out),`,
    to: `        void [settled, name, digest, out],`,
    why: "a leader that starts again waits for G once more",
    kills: ["S10"],
  },
  {
    name: "g-of-another-container",
    file: "src/replica/held.ts",
    from: "if (hint === null) return { container, mine };",
    to: "if (hint === null) return { ...current(held), container, mine };",
    why: "a key that is deleted anew goes too soon",
    kills: ["S10"],
  },
  {
    name: "g-unminded",
    file: WAITING,
    from: "agreedMs + this.#options.reapAfterMs <= wallMs",
    to: "agreedMs <= wallMs",
    why: "a key goes before the youngest backup that must not hold it is G old",
    kills: ["S10"],
  },
  {
    name: "hint-of-long-ago",
    file: "src/handoff/handoff.ts",
    from: "if (tookMs > lifeMs(this.#options.config)) this",
    to: "if (tookMs < 0) this",
    why: "a hint that was read long ago is sent",
    kills: ["S16"],
  },
  {
    name: "copy-of-long-ago",
    file: "src/anti_entropy/giver.ts",
    from: "const isLate = out.now.monoMs - sinceMs > lifeMs(this.#options.config);",
    to: "const isLate = false;",
    why: "a copy that was read long ago is sent",
    kills: ["S16"],
  },
  {
    name: "repair-of-long-ago",
    file: "src/quorum/get.ts",
    from: "if (out.now.monoMs > this.#untilMs) return;",
    to: "",
    why: "a read that has stood still for long repairs with what it gathered then",
    kills: ["S16"],
  },
  {
    name: "stand-in-of-long-ago",
    file: "src/quorum/put.ts",
    from: " || out.now.monoMs > this.#untilMs) return;",
    to: ") return;",
    why: "a put that has stood still for long asks others to keep its copy",
    kills: ["S16"],
  },
  {
    name: "silence-is-assent",
    file: ROUNDS,
    from: `else this.#giveUp(batch, "silence", out);`,
    to: `else if (batch.phase === "first") this.#rest(batch, out);
      else this.#go(batch, out);`,
    why: "who does not answer is taken to have said yes",
    kills: ["S10"],
  },
  {
    name: "damage-unseen",
    file: WITNESS,
    from:
      `    if (result.kind === "damaged") this.#options.damaged(asked.ask.keys[index]!.name, out);\n`,
    to: "",
    why: "a record that has gone bad keeps a tombstone for ever",
    kills: ["S10"],
  },
  {
    name: "mine-of-an-entry-that-went",
    file: BENCH,
    from: "const own = mine !== null && left.clock.has(mine.actor) ? mine : null;",
    to: "const own = mine;",
    why: "a replica counts on an actor whose entry is gone",
    kills: ["V17"],
  },
  {
    name: "cut-in-store",
    file: BENCH,
    from: "    const merged = { container, mine: now?.mine ?? null };\n",
    to: `    const cut = container.clock.size > 32 ? shortened(container) : container;
    const merged = { container: cut, mine: now?.mine ?? null };\n`,
    why: "each replica shortens clocks when it stores",
    kills: ["V17"],
  },
  {
    name: "shortened-for-nothing",
    file: SETTLED,
    from: "if (clock.size <= LONG_CLOCK) return false;",
    to: "if (clock.size < LONG_CLOCK) return false;",
    why: "clocks are shortened that are not too long",
    kills: ["V17"],
  },
  {
    name: "live-entries-cut",
    file: SETTLED,
    from: "filter(([actor]) => alive.has(actor))",
    to: "filter(([actor], i) => alive.has(actor) && i === 0)",
    why: "entries go of which something is live",
    kills: ["V17"],
  },
  {
    name: "everything-expires",
    file: SETTLED,
    from: "if (expiresAtMs === null) return null;",
    to: "if (expiresAtMs === null) continue;",
    why: "what has no end goes with what has expired beside it",
    kills: ["D20"],
  },
  {
    name: "expired-by-one-clock",
    file: WITNESS,
    from:
      `} else if (how === "reap" && !this.#isGone(record.container, wallMs)) return "unexpired";`,
    to: `} else if (how === null && !this.#isGone(record.container, wallMs)) return "unexpired";`,
    why: "what has expired by the leader's clock goes where it is shown still",
    kills: ["D20"],
  },
  {
    name: "no-margin",
    file: WITNESS,
    from: "gone + this.#options.expiryMarginMs <= wallMs",
    to: "gone <= wallMs",
    why: "what has just expired by a clock goes, though clocks differ",
    kills: ["D20"],
  },
  {
    name: "shortened-before-g",
    file: WAITING,
    from: `return isReady && (agreedMs === null || agreedMs`,
    to: `return isReady && (this.how(entry, wallMs) === "shorten" || agreedMs === null || agreedMs`,
    why: "a clock is shortened while a backup may be merged that holds what it says is dead",
    kills: ["V17"],
  },
  {
    name: "graves-without-end",
    file: "src/replica/graves.ts",
    from: "if (monoMs <= untilMs) return;\n      this.#fill(key);",
    to: "if (monoMs <= untilMs) return;\n      this.#graves.delete(key);",
    why: "what graves have held is counted for ever, until nothing goes any more",
    kills: ["S10"],
  },
  {
    name: "one-no-keeps-all",
    file: ROUNDS,
    from: `    batch.entries.splice(at, 1);
    out.mark("settle.refused");`,
    to: `    batch.entries.splice(0);
    out.mark("settle.refused");`,
    why: "a key that stays keeps all that were asked about with it",
    kills: ["S10"],
  },
  {
    name: "left-out-for-ever",
    file: SETTLE,
    from: "const again = this.#sweeps % SWEEPS === 0 && this.#waiting.leftOut > 0;",
    to: "const again = this.#sweeps % SWEEPS === 0 && this.#waiting.leftOut < 0;",
    why: "a key for which there was no room in the list is never looked for again",
    kills: ["S10"],
  },
  {
    name: "page-over-store",
    file: SETTLE,
    from: "if (!fresh.has(nameBytes(name))) {",
    to: "if (name !== null) {",
    why: "a page that was read before a delete takes the tombstone off the list for good",
    kills: ["S10"],
  },
  {
    name: "refused-first",
    file: WAITING,
    from: `    if (!this.forget(entry)) return;
    if (this.#hasRoomFor(entry, this.size, wallMs)) this.#entries.set(nameBytes(entry.name), entry);
    else this.leftOut++;`,
    to:
      "    if (!this.#hasRoomFor(entry, this.size - 1, wallMs) && this.forget(entry)) this.leftOut++;",
    why: "keys to which somebody always says no are asked about again and again, and no others",
    kills: ["S10"],
  },
];
