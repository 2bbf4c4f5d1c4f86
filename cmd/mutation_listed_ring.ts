/**
 * Mutants of `src/ring` that no law need notice, each with the reason why nobody can (`mutation_listed.ts`).
 *
 * @module
 */
import { each, type Listed, of } from "./mutation_report.ts";

/** The listings of the room, by file. */
export const LISTED: readonly Listed[] = [
  ...of("ring/hash.ts", [
    {
      line: "if (known !== undefined) return known;",
      becomes: "if (false) return known;",
      reason: "It is worked out again, and is the same.",
    },
    {
      line: "POSITIONS.set(name, position);",
      becomes: ";",
      reason: "It is worked out again, and is the same.",
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
  ...of("ring/tokens.ts", [
    {
      line: "const tokens = node === null ? undefined : own.get(node);",
      becomes: "const tokens = false ? undefined : own.get(node);",
      reason: "Nobody is no member.",
    },
    {
      line: 'const mirrored = (position: Position) => [...position].reverse().join("");',
      becomes:
        'const mirrored = (position: Position) => [...position].reverse().join("Stryker was here!");',
      reason: "The same between all of their bytes, it says nothing about their order.",
    },
  ]),
];
