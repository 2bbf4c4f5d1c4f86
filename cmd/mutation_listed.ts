/**
 * Mutants that no law need notice, each with the reason why nobody can.
 *
 * A line joins here only after somebody has tried to think of the law. "It is only slower" is a reason; "it cannot happen
 * at present" is not.
 *
 * @module
 */
import type { Listed } from "./mutation_report.ts";

/** All listings, by file. */
export const LISTED: readonly Listed[] = [
  ...of("version/version_vector.ts", [
    {
      line: "if (descends(a, b)) return a;",
      becomes: "if (false) return a;",
      reason: "It saves a copy where there is nothing to merge; the copy would be equal.",
    },
    {
      line: "if ((merged.get(actor) ?? 0) < counter) merged.set(actor, counter);",
      becomes: "if ((merged.get(actor) ?? 0) <= counter) merged.set(actor, counter);",
      reason: "It sets a counter to what it is.",
    },
    {
      line: "return [...clock].sort((a, b) => (a[0] < b[0] ? -1 : 1));",
      becomes: "return [...clock].sort((a, b) => (a[0] <= b[0] ? -1 : 1));",
      reason: "No two entries of a map have one key.",
    },
  ]),
  ...of("version/siblings.ts", [
    {
      line: "if (a === b) return a;",
      becomes: "if (false) return a;",
      reason: "It saves a walk: the sync of a container with itself is equal to it.",
    },
    {
      line: "for (let i = 0, j = 0; i < a.siblings.length || j < b.siblings.length;) {",
      becomes: "for (let i = 0, j = 0; i < a.siblings.length || j <= b.siblings.length;) {",
      reason: "The last turn finds both lists at their ends, and ends the loop.",
    },
    {
      line: "if (order >= 0) j++;",
      becomes: "if (order > 0) j++;",
      reason:
        "A dot that both hold is met once more, as theirs alone, and passed over: our clock covers it.",
    },
  ]),
  ...of("version/plain_clock.ts", [
    {
      line:
        "i !== j && plainDescends(other.clock, clock) && (j < i || !plainDescends(clock, other.clock))",
      becomes:
        "true && plainDescends(other.clock, clock) && (j < i || !plainDescends(clock, other.clock))",
      reason: "For i = j the rest is false: a clock descends itself.",
    },
    {
      line:
        "i !== j && plainDescends(other.clock, clock) && (j < i || !plainDescends(clock, other.clock))",
      becomes:
        "i !== j && plainDescends(other.clock, clock) && (j <= i || !plainDescends(clock, other.clock))",
      reason: "i and j differ here.",
    },
  ]),
  ...of("version/view.ts", [
    {
      line: "return latestOnly && shown.length > 1 ? [shown.reduce(later)] : shown;",
      becomes: "return latestOnly && shown.length >= 1 ? [shown.reduce(later)] : shown;",
      reason: "The latest of one is that one.",
    },
    {
      line: "return (b.version.stamp - a.version.stamp || compareDots(b.dot, a.dot)) > 0 ? b : a;",
      becomes:
        "return (b.version.stamp - a.version.stamp || compareDots(b.dot, a.dot)) >= 0 ? b : a;",
      reason: "No two siblings have one dot.",
    },
  ]),
  ...of("ring/ring.ts", [
    ...each(
      "A walk is remembered only to save the next one; it comes out the same.",
      "if (known !== undefined) return known;",
      ["if (false) return known;"],
    ),
    ...each(
      "A walk is remembered only to save the next one; it comes out the same.",
      "this.#walks.set(index, walk);",
      [";"],
    ),
    ...each(
      "How much is remembered bounds memory alone, at some 8 MB.",
      "if ((this.#walks.size + 1) * this.active.length > MEMORY) this.#walks.clear();",
      [
        "if (true) this.#walks.clear();",
        "if (false) this.#walks.clear();",
        "if ((this.#walks.size + 1) * this.active.length >= MEMORY) this.#walks.clear();",
        "if ((this.#walks.size + 1) * this.active.length <= MEMORY) this.#walks.clear();",
        "if ((this.#walks.size + 1) / this.active.length > MEMORY) this.#walks.clear();",
        "if ((this.#walks.size - 1) * this.active.length > MEMORY) this.#walks.clear();",
        "if ((this.#walks.size + 1) * this.active.length > MEMORY) ;",
      ],
    ),
    ...each(
      "It walks on, though the first n are known; more nodes behind them change nothing.",
      "if (nodes.size >= this.seats(n) && zones.size >= Math.min(n, this.#zoneCount)) return nodes;",
      [
        "if (false) return nodes;",
        "if (nodes.size > this.seats(n) && zones.size >= Math.min(n, this.#zoneCount)) return nodes;",
        "if (nodes.size >= this.seats(n) && zones.size > Math.min(n, this.#zoneCount)) return nodes;",
        "if (nodes.size >= this.seats(n) && zones.size >= Math.max(n, this.#zoneCount)) return nodes;",
      ],
    ),
    ...each(
      "It walks on, though the first n are known; more nodes behind them change nothing.",
      "zones.add(this.active[owner]!.zone);",
      [";"],
    ),
  ]),
  ...of("ring/claim.ts", [
    {
      line: "const over = new Set(free.filter(({ weight }) => left * weight > cap * sum));",
      becomes: "const over = new Set(free.filter(({ weight }) => left * weight >= cap * sum));",
      reason: "A share that is just the cap is the cap either way, and leaves the others theirs.",
    },
    {
      line:
        "if (node === sorted[i - 1]?.node) throw new RangeError(`Cannot deal: ${node} is there twice`);",
      becomes:
        "if (node === sorted[i + 1]?.node) throw new RangeError(`Cannot deal: ${node} is there twice`);",
      reason: "Of two that are neighbours either may notice.",
    },
  ]),
  ...of("ring/spacing.ts", [
    {
      line: "for (let at = 0; at < this.size; at++) twice += this.conflictsAt(at);",
      becomes: "for (let at = 0; at <= this.size; at++) twice += this.conflictsAt(at);",
      reason: "Beyond the last partition is no owner, and what is no owner is in nobody's way.",
    },
    ...each(
      "One of the two checks is enough: nobody is equal to nobody alone, and has no zone.",
      "if (other === NOBODY || owner === NOBODY) return 0;",
      [
        "if (other === NOBODY && owner === NOBODY) return 0;",
        "if (false || owner === NOBODY) return 0;",
        "if (other === NOBODY || false) return 0;",
      ],
    ),
  ]),
  ...of("ring/repair.ts", [
    ...each(
      "Where nothing is too near there is no swap to try, and the search ends in that step.",
      "for (let step = 0; best.weight > 0 && step < MAX_STEPS; step++) {",
      [
        "for (let step = 0; true && step < MAX_STEPS; step++) {",
        "for (let step = 0; best.weight >= 0 && step < MAX_STEPS; step++) {",
      ],
    ),
    {
      line: "for (let at = 0; at < circle.size && heavy.length < MAX_TRIED; at++) {",
      becomes: "for (let at = 0; at <= circle.size && heavy.length < MAX_TRIED; at++) {",
      reason: "Beyond the last partition is no owner, and what is no owner is in nobody's way.",
    },
    ...each(
      "It stops when it has found enough; what is beyond that is cut off.",
      "for (let at = 0; at < circle.size && heavy.length < MAX_TRIED; at++) {",
      [
        "for (let at = 0; at < circle.size && true; at++) {",
        "for (let at = 0; at < circle.size && heavy.length <= MAX_TRIED; at++) {",
      ],
    ),
    {
      line: "return base !== NOBODY && base !== owner ? 1 : 0;",
      becomes: "return true && base !== owner ? 1 : 0;",
      reason:
        "What nobody owned has to be sent with the swap and without it, and so weighs nothing.",
    },
  ]),
  ...of("ring/plan.ts", [
    {
      line: 'const { replicas, relay = "nodes" } = options;',
      becomes: 'const { replicas, relay = "" } = options;',
      reason: "What is neither never nor zones is nodes.",
    },
    {
      line:
        "const base = owners.map((owner) => owner === null ? NOBODY : index.get(owner) ?? NOBODY);",
      becomes: "const base = owners.map((owner) => false ? NOBODY : index.get(owner) ?? NOBODY);",
      reason: "Nobody is no member, and so is found to be nobody.",
    },
    {
      line: ".sort((a, b) => lack(b) - lack(a) || a - b);",
      becomes: ".sort((a, b) => lack(b) - lack(a) || a + b);",
      reason: "Equals come in this order already, and a sort that is told nothing of use keeps it.",
    },
    ...each(
      "What nobody owns is counted under no node's number, and nobody looks there.",
      "if (giver !== NOBODY) have[giver]!--;",
      ["if (true) have[giver]!--;"],
    ),
    ...each(
      "What nobody owns is counted under no node's number, and nobody looks there.",
      "for (const owner of owners) if (owner !== NOBODY) have[owner]!++;",
      ["for (const owner of owners) if (true) have[owner]!++;"],
    ),
    {
      line: "for (const place of places.get(owner) ?? []) stay[(place - at + size) % size]!++;",
      becomes:
        'for (const place of places.get(owner) ?? ["Stryker was here"]) stay[(place - at + size) % size]!++;',
      reason: "It is counted under no turn, and nobody looks there.",
    },
    {
      line: "let best = -1;",
      becomes: "let best = +1;",
      reason: "While somebody lacks a partition there is one to take.",
    },
    {
      line: "for (let far = 0; far < circle.size; far++) {",
      becomes: "for (let far = 0; far <= circle.size; far++) {",
      reason: "The last turn looks at the first place again, which is no better than it was.",
    },
    ...each(
      "At a distance of 1 every zone fits: it has no more partitions than there are.",
      "while (reach > 1 && most > Math.floor(partitions / reach)) reach--;",
      [
        "while (true && most > Math.floor(partitions / reach)) reach--;",
        "while (reach >= 1 && most > Math.floor(partitions / reach)) reach--;",
      ],
    ),
  ]),
  ...of("quorum/tally.ts", [
    {
      line: "for (const name of counts) this.#seatsFor.get(name)?.add(seat);",
      becomes: "for (const name of counts) this.#seatsFor.get(name).add(seat);",
      reason: "Every name that the type allows is there.",
    },
    {
      line: "return this.#seatsFor.get(name)?.size ?? 0;",
      becomes: "return this.#seatsFor.get(name).size ?? 0;",
      reason: "Every name that the type allows is there.",
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
      'if (outcome.kind !== "stored") this.#tally.record(from, outcome.kind, standing, []);',
      [
        'if (outcome.kind !== "stored") this.#tally.record(from, outcome.kind, standing, ["Stryker was here"]);',
      ],
    ),
    {
      line: 'if (this.#state.phase !== "spreading") return;',
      becomes: "if (false) return;",
      reason: "It is only reached while the copies spread; the line tells the type checker so.",
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
      "else machine?.onTimer(timer, out);",
      ["else machine.onTimer(timer, out);"],
    ),
    ...each(
      "A request number is given out by its machine, so whoever has the number has the machine.",
      "if (!running.machine?.done) return;",
      ["if (!running.machine.done) return;"],
    ),
    {
      line: "{ definite: false },",
      becomes: "{},",
      reason: "A failure that may be definite or not is not, unless somebody says so.",
    },
    {
      line: "return fastest !== undefined && nodes.includes(fastest)",
      becomes: "return true && nodes.includes(fastest)",
      reason: "What is not there is no node of the list.",
    },
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

function of(file: string, listings: readonly Omit<Listed, "file">[]): Listed[] {
  return listings.map((listed) => ({ file: `src/${file}`, ...listed }));
}

/** Several mutants of one line that are equal to it for one reason. */
function each(reason: string, line: string, becomes: readonly string[]): Omit<Listed, "file">[] {
  return becomes.map((becomes) => ({ line, becomes, reason }));
}
