/**
 * Mutants of `src/quorum` that no law need notice, each with the reason why nobody can (`mutation_listed.ts`).
 *
 * @module
 */
import { each, type Listed, of } from "./mutation_report.ts";

/** The listings of the room, by file. */
export const LISTED: readonly Listed[] = [
  ...of("quorum/tally.ts", [
    {
      line: "if (!standsIn || !OF_PRIMARIES.has(name)) this.#seatsFor.get(name)?.add(seat);",
      becomes: "if (!standsIn || !OF_PRIMARIES.has(name)) this.#seatsFor.get(name).add(seat);",
      reason: "Every name that the type allows is there.",
    },
    {
      line: "return this.#seatsFor.get(name)?.size ?? 0;",
      becomes: "return this.#seatsFor.get(name).size ?? 0;",
      reason: "Every name that the type allows is there.",
    },
    {
      line: 'role === "fallback" && seat !== null && !theirs.includes(seat)',
      becomes: "true && seat !== null && !theirs.includes(seat)",
      reason: "Who is silent and no fallback is a primary, so its seat is one of theirs.",
    },
    ...each(
      "Every name that the type allows is there.",
      "const seatsFor = this.#names.map((name) => [name, [...this.#seatsFor.get(name) ?? []]]);",
      [
        'const seatsFor = this.#names.map((name) => [name, [...this.#seatsFor.get(name) ?? ["Stryker was here"]]]);',
      ],
    ),
  ]),
  ...of("quorum/whom.ts", [
    {
      line: "const first = fastest !== undefined && well.includes(fastest) ? [fastest] : [];",
      becomes: "const first = true && well.includes(fastest) ? [fastest] : [];",
      reason: "What is not there is no node of the list.",
    },
    {
      line: "const down = sloppy ? [] : nodes.filter((node) => !well.includes(node));",
      becomes: "const down = sloppy ? [] : nodes;",
      reason: "Who is well stands before it, and in a set once.",
    },
  ]),
  ...of("quorum/get.ts", [
    {
      line:
        '...{ kind: "get", ticket, ask, props, needs, list, members: [...members], timeoutMs },',
      becomes:
        '...{ kind: "", ticket, ask, props, needs, list, members: [...members], timeoutMs },',
      reason: "What else it shows is shown by no other machine.",
    },
    {
      line:
        'const unreached = all.find((node) => !["found", "absent"].includes(said.get(node) ?? "silent"));',
      becomes:
        'const unreached = all.find((node) => !["found", "absent"].includes(said.get(node) ?? ""));',
      reason: "Neither is an answer.",
    },
    {
      line: 'this.#tally.record(from, outcome.kind, standing, counts ? ["r", "pr"] : []);',
      becomes:
        'this.#tally.record(from, outcome.kind, standing, counts ? ["r", "pr"] : ["Stryker was here"]);',
      reason: "No quorum has this name, and what is counted for it is asked for by nobody.",
    },
    {
      line: 'this.#tally.record(to, "unreachable", null, []);',
      becomes: 'this.#tally.record(to, "unreachable", null, ["Stryker was here"]);',
      reason: "No quorum has this name, and what is counted for it is asked for by nobody.",
    },
    {
      line: 'if (this.#phase !== "foreign" || !this.#foreignFrom?.delete(from)) return;',
      becomes: 'if (this.#phase !== "foreign" || !this.#foreignFrom.delete(from)) return;',
      reason: "In that phase it is there.",
    },
  ]),
  ...of("quorum/put.ts", [
    ...each(
      "No quorum has this name, and what is counted for it is asked for by nobody.",
      'this.#tally.record(to, "unreachable", null, []);',
      ['this.#tally.record(to, "unreachable", null, ["Stryker was here"]);'],
    ),
    ...each(
      "No quorum has this name, and what is counted for it is asked for by nobody.",
      "this.#tally.record(from, outcome.kind, standing, []);",
      ['this.#tally.record(from, outcome.kind, standing, ["Stryker was here"]);'],
    ),
    ...each(
      "It is only reached while the copies spread; the line tells the type checker so.",
      'if (this.#state.phase !== "spreading") return;',
      ["if (false) return;"],
    ),
    ...each(
      "It is only reached while the copies spread; the line tells the type checker so.",
      'if (this.#state.phase !== "spreading" || out.now.monoMs > this.#untilMs) return;',
      ["if (false || out.now.monoMs > this.#untilMs) return;"],
    ),
    {
      line: 'return { kind: "put", ...options, state: this.#state, tally, standIns };',
      becomes: 'return { kind: "", ...options, state: this.#state, tally, standIns };',
      reason: "What else it shows is shown by no other machine.",
    },
    {
      line: 'if (this.#state.phase !== "spreading" || !this.#tally.awaits(to)) return;',
      becomes: "if (false || !this.#tally.awaits(to)) return;",
      reason:
        "Before the copies spread nobody is awaited, and afterwards nobody asks for the count.",
    },
  ]),
  ...of("quorum/outcomes.ts", [
    {
      line: "{ definite: false },",
      becomes: "{},",
      reason: "A failure that may be definite or not is not, unless somebody says so.",
    },
    {
      line: "const refused = known?.refused ?? [];",
      becomes: 'const refused = known?.refused ?? ["Stryker was here"];',
      reason: "No try has this name.",
    },
    {
      line: 'if (as === "fenced") refused.push(idOf(tried));',
      becomes: "if (true) refused.push(idOf(tried));",
      reason: "It is asked for only after a refusal, and then it is there anyway.",
    },
    {
      line: "if (isRefused(slot.remembered)) slot.refused.push(idOf(tried));",
      becomes: "if (true) slot.refused.push(idOf(tried));",
      reason: "It is asked for only if the put was refused.",
    },
    {
      line: 'if (slot) slot.remembered = { kind: "ended", answer: null };',
      becomes: 'if (true) slot.remembered = { kind: "ended", answer: null };',
      reason: "What has an answer has a slot.",
    },
    {
      line: 'return remembered.kind === "ended" && remembered.answer?.kind === "failure" &&',
      becomes: 'return true && remembered.answer?.kind === "failure" &&',
      reason: "What runs has no answer.",
    },
  ]),
  ...of("quorum/forward.ts", [
    {
      line:
        'return { kind: "forward", ticket, order, timeoutMs, untried, deadline, handed, startedMs };',
      becomes:
        'return { kind: "", ticket, order, timeoutMs, untried, deadline, handed, startedMs };',
      reason: "What else it shows is shown by no other machine.",
    },
    {
      line:
        'if (outcome.kind === "failure" && outcome.definite && TRY_ANOTHER.has(outcome.error)) {',
      becomes: "if (true && outcome.definite && TRY_ANOTHER.has(outcome.error)) {",
      reason: "A put that is done is not called definite.",
    },
    {
      line: "if (this.#done || this.#handed === null) return;",
      becomes: "if (this.#done || false) return;",
      reason:
        "It sets no timer before it is handed to somebody; without candidates it is done at once.",
    },
    {
      line: "return !this.#done && this.#handed?.to === node && this.#handed.request === request;",
      becomes:
        "return !this.#done && this.#handed.to === node && this.#handed.request === request;",
      reason:
        "Nobody answers before it is handed to somebody; without candidates it is done at once.",
    },
    {
      line: 'return failure("coordinator_lost", detail, { definite: false });',
      becomes: 'return failure("coordinator_lost", detail, {});',
      reason: "A failure that may be definite or not is not, unless somebody says so.",
    },
  ]),
  ...of("quorum/requests.ts", [
    {
      line: "machine: machine?.snapshot() ?? null,",
      becomes: "machine: machine.snapshot() ?? null,",
      reason: "Between two events every request has its machine.",
    },
    {
      line: "if (isFailure(asked)) return conclude(asked, out);",
      becomes: "if (false) return conclude(asked, out);",
      reason:
        "Where this node stands in, the same was asked when the client came; the line tells the type checker so.",
    },
    ...each(
      "A request number is given out by its machine, so whoever has the number has the machine.",
      "machine?.onReply(from, message.request, message.outcome, out);",
      ["machine.onReply(from, message.request, message.outcome, out);"],
    ),
    ...each(
      "A request number is given out by its machine, so whoever has the number has the machine.",
      "machine?.onStatus(from, message.request, message.state, out);",
      ["machine.onStatus(from, message.request, message.state, out);"],
    ),
    ...each(
      "A request number is given out by its machine, so whoever has the number has the machine.",
      "} else machine?.onUndelivered(to, message, out);",
      ["} else machine.onUndelivered(to, message, out);"],
    ),
    ...each(
      "A request number is given out by its machine, so whoever has the number has the machine.",
      "} else machine?.onTimer(timer, out);",
      ["} else machine.onTimer(timer, out);"],
    ),
    ...each(
      "A request number is given out by its machine, so whoever has the number has the machine.",
      "if (!running.machine?.done) return;",
      ["if (!running.machine.done) return;"],
    ),
    {
      line: 'if (!("request" in message)) return;',
      becomes: "if (false) return;",
      reason: "Nothing runs under no number.",
    },
    {
      line: "const running: Running = { machine: null, requests: [] };",
      becomes: 'const running: Running = { machine: null, requests: ["Stryker was here"] };',
      reason: "Nothing is found under this name, so it is taken away in vain.",
    },
  ]),
];
