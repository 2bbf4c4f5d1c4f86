/**
 * Mistakes of coordinators: counting, answering, repairing.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const TALLY = "src/quorum/tally.ts";
const NEEDS = "src/quorum/needs.ts";
const GET = "src/quorum/get.ts";
const PUT = "src/quorum/put.ts";
const REQUESTS = "src/quorum/requests.ts";
const ENVELOPE = "src/protocol/envelope.ts";
const NODE = "src/node.ts";

/** Mutants of quorums and read repair. */
export const requests: readonly Mutant[] = [
  {
    name: "count-nodes",
    file: TALLY,
    from: "for (const name of counts) this.#seatsFor.get(name)?.add(seat);",
    to:
      "for (const name of counts) this.#seatsFor.get(name)?.add([...this.#asked.keys()].indexOf(node));",
    why: "two nodes that answer for one seat count twice",
    kills: ["Q5", "G23"],
  },
  {
    name: "count-answers",
    file: TALLY,
    from:
      `    if (asked?.said !== "silent") throw new Error(\`Cannot count \${node} again: \${asked?.said}\`);\n`,
    to: `    if (asked === undefined) return;\n`,
    why: "a second answer of one node is taken as well",
    kills: ["Q8"],
  },
  {
    name: "ask-again",
    file: TALLY,
    from: "if (this.#asked.has(node)) return false;",
    to: "",
    why: "a node that has been asked is asked once more",
    kills: ["Q8"],
  },
  {
    name: "seats-as-believed",
    file: TALLY,
    from: "this.#seats = Math.max(this.#seats, Math.min(this.#n, standing.seats));",
    to: "",
    why: "a coordinator that knows too few seats counts with too small a quorum",
    kills: ["G23"],
  },
  {
    name: "never-hopeless",
    file: TALLY,
    from: "return this.#names.some((name) => this.got(name) + pending < this.want(name));",
    to: "return pending < 0;",
    why: "a request that cannot succeed any more waits for its time",
    kills: ["Q5"],
  },
  {
    name: "hopeless-too-soon",
    file: TALLY,
    from: "this.got(name) + pending < this.want(name)",
    to: "this.got(name) + pending <= this.want(name)",
    why: "a request is given up although everybody who is silent might still answer well",
    kills: ["Q5", "S15"],
  },
  {
    name: "any-quorum-will-do",
    file: TALLY,
    from: "return this.#names.every((name) => this.got(name) >= this.want(name));",
    to: "return this.#names.some((name) => this.got(name) >= this.want(name));",
    why: "one of R and PR, or of W, DW and PW, is enough",
    kills: ["Q6"],
  },
  {
    name: "one-short",
    file: TALLY,
    from: "return this.#names.every((name) => this.got(name) >= this.want(name));",
    to: "return this.#names.every((name) => this.got(name) + 1 >= this.want(name));",
    why: "a quorum is met with one answer too few",
    kills: ["Q3", "Q4", "Q5", "Q6", "Q16"],
  },
  {
    name: "impossible-is-tried",
    file: NEEDS,
    from: "|| want < least || want > n)",
    to: "|| want < least)",
    why: "r above n is sent out, and fails when everybody has answered",
    kills: ["Q7"],
  },
  {
    name: "half-is-a-quorum",
    file: NEEDS,
    from: "return Math.floor(n / 2) + 1;",
    to: "return Math.ceil(n / 2);",
    why: "a quorum of four is two, so that two of them need not meet",
    kills: ["Q7"],
  },
  {
    name: "durable-as-the-bucket-says",
    file: NEEDS,
    from: `const durable = props.dw === "default" ? w :`,
    to: `const durable = props.dw === "default" ? { ...w, asked: undefined } :`,
    why: "dw does not follow the w that a request asks for",
    kills: ["Q4"],
  },
  {
    name: "last-reply-wins",
    file: GET,
    from: "if (holds) this.#merged = sync(this.#merged, holds);",
    to: "if (holds) this.#merged = holds;",
    why: "a read answers the reply that came last, instead of the merge",
    kills: ["Q3", "S1", "S2"],
  },
  {
    name: "nothing-counts-twice",
    file: GET,
    from: `if (outcome.kind === "absent" && reliable) this.#nothing++;`,
    to: `if (outcome.kind === "absent" && reliable) this.#nothing += 2;`,
    why: "an empty reply counts twice toward saying that there is nothing",
    kills: ["Q11"],
  },
  {
    name: "recovering-counts",
    file: GET,
    from: "const reliable = standing.seat !== null && !standing.recovering;",
    to: "const reliable = standing.seat !== null;",
    why: "a replica that was wiped counts toward a read quorum",
    kills: ["Q20"],
  },
  {
    name: "damage-counts",
    file: GET,
    from: `const told = outcome.kind === "found" || outcome.kind === "absent";`,
    to: `const told = outcome.kind !== "failed";`,
    why: "a reply that the record is damaged counts toward a read quorum",
    kills: ["S21"],
  },
  {
    name: "repair-with-its-own",
    file: GET,
    from: `out.send(node, { kind: "repair", name, n, container: this.#merged });`,
    to: `out.send(node, { kind: "repair", name, n, container: holds ?? this.#merged });`,
    why: "a replica that is behind is sent what it has already",
    kills: ["RR2"],
  },
  {
    name: "repair-skips-the-empty",
    file: GET,
    from: `if ((told || outcome.kind === "damaged") && standing.seat !== null) {`,
    to: `if (outcome.kind === "found" && standing.seat !== null) {`,
    why: "a replica that has nothing, or damage, is not repaired",
    kills: ["RR1", "S21"],
  },
  {
    name: "repair-everybody",
    file: GET,
    from: "      if (descends(holds?.clock ?? FRESH, this.#merged.clock)) continue;\n",
    to: "",
    why: "replicas that are up to date are repaired, too, at every read",
    kills: ["RR1", "RR5"],
  },
  {
    name: "repair-without-a-seat",
    file: GET,
    from: `if ((told || outcome.kind === "damaged") && standing.seat !== null) {`,
    to: `if (told || outcome.kind === "damaged") {`,
    why: "whoever answers is repaired, though it serves no seat",
    kills: ["RR7"],
  },
  {
    name: "repair-at-each-reply",
    file: GET,
    from: `      if (this.#tally.pending === 0) this.#finish(out);
      return;`,
    to: `      this.#finish(out);
      this.#phase = this.#tally.pending === 0 ? "done" : "lingering";
      return;`,
    why: "a replica that is behind is repaired again with each reply that comes in late",
    kills: ["RR3"],
  },
  {
    name: "session-unasked",
    file: GET,
    from:
      "if (enough && descends(this.#merged.clock, this.#session)) return this.#answer(false, out);",
    to: "if (enough) return this.#answer(false, out);",
    why: "a read answers less than its client has seen already",
    kills: ["S20"],
  },
  {
    name: "session-reset-unasked",
    file: GET,
    from: "if (this.#foreignFrom !== null) return this.#answer(true, out);",
    to: "return this.#answer(true, out);",
    why: "a session is ended although a member may hold what it has seen",
    kills: ["S20"],
  },
  {
    name: "get-without-end",
    file: GET,
    from:
      `    out.setTimer({ kind: "deadline", request: this.#deadline }, this.#options.timeoutMs);\n`,
    to: "",
    why: "a read waits for silent replicas for ever",
    kills: ["Q14"],
  },
  {
    name: "get-asks-the-others",
    file: REQUESTS,
    from: `        ...asked,
        members:`,
    to: `        ...asked,
        list: this.#locator.list(ask.name, props.n_val).filter(({ role }) => role === "primary")
          .slice(-asked.n),
        members:`,
    why: "with an n_val of its own a read asks the last replicas, and a put the first",
    kills: ["Q1"],
  },
  {
    name: "put-waits-for-all",
    file: PUT,
    from: "if (this.#tally.enough) {",
    to: "if (this.#tally.enough && this.#tally.pending === 0) {",
    why: "a put waits for all N replicas, so that one that is down stops it",
    kills: ["Q15"],
  },
  {
    name: "put-without-end",
    file: PUT,
    from: `    out.setTimer({ kind: "deadline", request }, order.timeoutMs);\n`,
    to: "",
    why: "a put waits for silent replicas for ever",
    kills: ["Q14", "Q6"],
  },
  {
    name: "put-answers-again",
    file: PUT,
    from: `    this.#state = { phase: "done" };
    out.cancelTimer`,
    to: "    out.cancelTimer",
    why: "a put that has been answered is answered again with the next acknowledgement",
    kills: ["Q12"],
  },
  {
    name: "answer-forgets-its-write",
    file: PUT,
    from: "container: this.#state.container,",
    to: "container: { ...this.#state.container, clock: new Map() },",
    why: "the context that a put gives back has not seen the put",
    kills: ["Q10"],
  },
  {
    name: "any-acknowledgement",
    file: PUT,
    from: `      if (outcome.digest !== this.#state.digest) return out.mark("put.other_digest");\n`,
    to: "",
    why: "an acknowledgement of another container counts for this put",
    kills: ["Q4"],
  },
  {
    name: "failure-counts",
    file: PUT,
    from: `if (outcome.kind !== "stored") this.#tally.record(from, outcome.kind, standing, []);`,
    to:
      `if (outcome.kind !== "stored") this.#tally.record(from, outcome.kind, standing, ["w", "dw"]);`,
    why: "a replica that could not store its copy counts toward W",
    kills: ["Q9"],
  },
  {
    name: "buffered-is-durable",
    file: PUT,
    from: `outcome.durable ? ["w", "dw", "pw"] : ["w", "pw"],`,
    to: `["w", "dw", "pw"],`,
    why: "a copy in memory counts toward DW",
    kills: ["Q4"],
  },
  {
    name: "primaries-by-belief",
    file: TALLY,
    from: "return this.#seatsFor.get(name)?.size ?? 0;",
    to: `return name.startsWith("p") ? this.#asked.size : this.#seatsFor.get(name)?.size ?? 0;`,
    why: "PR and PW count the primaries that were asked, and not those that answered",
    kills: ["Q6"],
  },
  {
    name: "any-boot",
    file: ENVELOPE,
    from: `  if (envelope.toBoot !== by.boot) return "wrong_boot";\n`,
    to: "",
    why: "a message for the process before this one is processed",
    kills: ["S18"],
  },
  {
    name: "address-is-identity",
    file: ENVELOPE,
    from: `  if (envelope.to !== by.node) return "wrong_node";\n`,
    to: "",
    why: "a message for another node is taken by whoever has its address now",
    kills: ["S18"],
  },
  {
    name: "any-age",
    file: ENVELOPE,
    from: `return ageMs < 0 || ageMs > by.maxMessageAgeMs / 2 ? "too_old" : null;`,
    to: "return null;",
    why: "a message of any age is processed",
    kills: ["S18"],
  },
  {
    name: "numbers-from-one",
    file: NODE,
    from: "this.#numbers = (event.seed % 2 ** 32) * 2 ** 20;",
    to: "this.#numbers = 0;",
    why: "an answer to a request of the boot before answers a request of this one",
    kills: ["Q12"],
  },
];
