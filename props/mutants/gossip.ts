/**
 * Mistakes with membership that changes while nodes run: gossip, registers of others, commits, merges, whom requests ask.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const BOOK = "src/membership/book.ts";
const GOSSIP = "src/membership/gossip.ts";
const OWN = "src/membership/own_register.ts";
const REGISTER = "src/membership/register.ts";
const REGISTERS = "src/membership/registers.ts";
const MEMBERSHIP = "src/membership/membership.ts";

/** Mutants of gossip. */
export const gossip: readonly Mutant[] = [
  {
    name: "no-heirs",
    file: "src/membership/serving_list.ts",
    from: 'const released = holders.filter(({ role }) => role.role === "released");',
    to: 'const released = holders.filter(({ role }) => role.role === "released" && role.n < 0);',
    why: "between a giver's register and the taker's nobody is asked for the seat, so W = N fails",
    kills: ["G24"],
  },
  {
    name: "out-goes-on",
    file: GOSSIP,
    from: "if (this.#isToldOf && this.#isOut(node) && this.#options.isEmpty()) {",
    to: "if (this.#isToldOf && this.#isOut(node) && this.#addresses.size < 0) {",
    why: "who has left for good runs on, and starts again and again, though it holds nothing",
    kills: ["G5"],
  },
  {
    name: "commits-behind-a-newer-one",
    file: BOOK,
    from: "this.#unreadable ??= from;",
    to: "from;",
    why: "who cannot read what others have changed goes on to change the membership itself",
    kills: ["G17"],
  },
  {
    name: "gossip-forgets-a-leave",
    file: GOSSIP,
    from: 'if (known?.has(change.id) !== true) this.#rumors.put({ kind: "change", change });',
    to: `const steps = change.kind === "revision" ? change.steps : [];
        if (steps.some(({ kind }) => kind === "remove")) continue;
        if (known?.has(change.id) !== true) this.#rumors.put({ kind: "change", change });`,
    why: "that a node was removed is told to nobody",
    kills: ["G5"],
  },
  {
    name: "gossip-skips-down",
    file: GOSSIP,
    from: `      ...others.filter((member) => health(member) !== "up"),\n`,
    to: "",
    why: "who is held down is never called, so two sides that hold each other down stay apart",
    kills: ["G29"],
  },
  {
    name: "gossip-without-seeds",
    file: GOSSIP,
    from: "...[...seeds, ...founders]",
    to: "...founders",
    why: "seeds are asked by nobody, so parts that know nobody in common stay apart",
    kills: ["G15"],
  },
  {
    name: "out-is-heard",
    file: GOSSIP,
    from: `if (this.#isOut(from)) return out.mark("gossip.from_out");`,
    to: "",
    why: "who is out goes on telling and asking like a member",
    kills: ["G6"],
  },
  {
    name: "out-is-told-everything",
    file: GOSSIP,
    from: `if (status === "out") return this.#tellOut(from, message, out);`,
    to: "",
    why: "who is out and calls is answered like a member",
    kills: ["G6"],
  },
  {
    name: "callers-stay-outside",
    file: GOSSIP,
    from: "filter(({ node }) => !status.has(node))",
    to: "filter(({ node }) => node.length > 0)",
    why: "who was joined is still said to wait outside",
    kills: ["G6"],
  },
  {
    name: "digest-of-keys-alone",
    file: "src/membership/rumors.ts",
    from: "out.longBytes(key).u64(held.major).u64(held.minor).longBytes(held.tag);",
    to: "out.longBytes(key);",
    why: "two nodes that know different things of the same node think that they know the same",
    kills: ["G4", "G11"],
  },
  {
    name: "full-digest",
    file: GOSSIP,
    from: `out.send(peer, { kind: "gossip", request: next(), history, rest, addresses });`,
    to: `out.send(peer, { kind: "gossip", request: next(), history, rest, addresses });
    const groups = this.#rumors.groups.map((_, i) => i);
    out.send(peer, { kind: "gossip_held", groups, held: this.#rumors.held(groups) });`,
    why: "every round tells what is known of everybody, so its cost grows with the cluster",
    kills: ["G35"],
  },
  {
    name: "register-by-arrival",
    file: REGISTERS,
    from: "if (held !== undefined && newerRegister(held, register) === held) return false;",
    to: "if (held === register) return false;",
    why: "the register that came last holds, however old it is",
    kills: ["G22"],
  },
  {
    name: "register-of-the-dead",
    file: REGISTERS,
    from: "if (this.#out.has(node)) return false;",
    to: "",
    why: "what a node said that is out comes back by gossip",
    kills: ["G22"],
  },
  {
    name: "generation-not-raised",
    file: REGISTER,
    from: "generation: Math.max(own.generation, register?.generation ?? 0) + 1,\n    seq: 1,",
    to: "seq: own.seq + 1,",
    why: "a node that was wiped goes on below what its peers hold of it, and is not believed",
    kills: ["G11"],
  },
  {
    name: "trusts-its-own-disk",
    file: REGISTER,
    from: "recovering: role.seats > 1",
    to: "recovering: role.recovering",
    why: "a node that finds that it is behind itself goes on as if it had everything",
    kills: ["G31", "S19"],
  },
  {
    name: "clones-go-on",
    file: OWN,
    from: "    if (isKnown) {",
    to: "    if (theirs.seq < 0) {",
    why: "two processes of one id raise themselves above each other for ever",
    kills: ["G32"],
  },
  {
    name: "read-before-it-is-durable",
    file: BOOK,
    from: `      this.#later = { history: taking.history, waiting: this.#later?.waiting ?? [] };
      this.#store(out);\n`,
    to: `      this.#later = { history: taking.history, waiting: this.#later?.waiting ?? [] };
      this.#store(out);
      this.#history = taking.history;
      this.#view = fold(taking.history);\n`,
    why: "a batch is read in the step in which it comes",
    kills: ["G17"],
  },
  {
    name: "failed-history-is-read",
    file: BOOK,
    from: `if (outcome === "failed") this.#onFailed(waiting, out);\n    else this.#adopt`,
    to: `if (outcome === "failed") out.mark("history.store_failed");\n    this.#adopt`,
    why: "a change that the disk has not taken is acted on",
    kills: ["G17", "G18"],
  },
  {
    name: "stale-plan-is-taken",
    file: BOOK,
    from: "return plannedOn === this.#history.digest ? null : failure(",
    to: "return plannedOn.length > 0 ? null : failure(",
    why: "a plan is committed on another history than it was made on",
    kills: ["G18"],
  },
  {
    name: "merge-at-once",
    file: BOOK,
    from: "if (monoMs - this.#headsSinceMs < MERGE_AFTER_MS) return;",
    to: "",
    why: "a fork is merged while its sides are still telling each other what they did",
    kills: ["G19"],
  },
  {
    name: "merge-whoever-plans",
    file: BOOK,
    from: "if (this.#unreadable !== null || !all()) return;",
    to: "if (this.#unreadable !== null) return;",
    why: "a fork is merged although some member may plan otherwise, and undo it",
    kills: ["G19"],
  },
  {
    name: "owners-alone-are-asked",
    file: "src/membership/serving_list.ts",
    from: "return [...owning, ...servers.filter((server) => !owning.includes(server))].filter(",
    to: "return owning.filter(",
    why: "who has the data and owns it no more is not asked for it",
    kills: ["G8"],
  },
  {
    name: "k-of-the-ring",
    file: MEMBERSHIP,
    from: "seats: Math.max(role?.seats ?? 0, known) || this.ring.seats(n),",
    to: "seats: this.ring.seats(n),",
    why: "a join raises the number of seats before anybody serves the new one",
    kills: ["G8"],
  },
  {
    name: "newcomer-serves-early",
    file: MEMBERSHIP,
    from: "return this.#own.serving(position, n);",
    to: `const role = this.#own.serving(position, n);
    const seat = this.ring.owners(position, n).indexOf(this.#options.node);
    return role === null && seat >= 0 ? { ...this.register.roles[0]!, seat } : role;`,
    why: "who owns a range serves it, though nothing of it has come",
    kills: ["G24"],
  },
  {
    name: "leavers-stand-in",
    file: "src/replica/replica.ts",
    from: "hint.owner !== this.#locator.node && this.#locator.standsIn) {",
    to: "hint.owner !== this.#locator.node) {",
    why: "a node that is leaving goes on keeping copies for others",
    kills: ["G24"],
  },
];
