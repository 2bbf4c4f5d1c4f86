/**
 * Mistakes with membership: reading the history, registers, bucket properties.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const HISTORY = "src/membership/history.ts";
const REGISTER = "src/membership/register.ts";
const CANONICAL = "src/protocol/canonical.ts";
const CELLS = "src/membership/prop_cells.ts";
const PROPS = "src/membership/props.ts";
const PLAN = "src/membership/plan.ts";

/** Mutants of membership. */
export const membership: readonly Mutant[] = [
  {
    name: "order-by-wall-clock",
    file: HISTORY,
    from: "      heightOf(a) - heightOf(b) || compare(a.id, b.id)\n",
    to: `      (a.kind === "genesis" ? -1 : a.wallMs) - (b.kind === "genesis" ? -1 : b.wallMs) ||
      compare(a.id, b.id)\n`,
    why: "changes are read in the order of their authors' clocks, a leave before its join",
    kills: ["G16", "G19"],
  },
  {
    name: "order-of-arrival",
    file: HISTORY,
    from: "      heightOf(a) - heightOf(b) || compare(a.id, b.id)\n",
    to: "      heightOf(a) - heightOf(b)\n",
    why: "changes of one height are read in the order in which they came",
    kills: ["R5", "G17"],
  },
  {
    name: "fold-gaps",
    file: HISTORY,
    from:
      `      if (missing.size > 0) return { kind: "missing", parents: [...missing].sort(compare) };
      for (const change of added.values()) checkHeight(change, all);\n`,
    to: "",
    why: "a change is read although what its author knew has not come yet",
    kills: ["G17"],
  },
  {
    name: "void-rule-dropped",
    file: HISTORY,
    from: "if (!wouldEmptyTheRing) this.#status.set(node, to);",
    to: "this.#status.set(node, to);",
    why: "two leaves that cross leave a ring of nobody",
    kills: ["G30"],
  },
  {
    name: "out-comes-back",
    file: HISTORY,
    from: `if (from === undefined || from === "out") return;`,
    to: "if (from === undefined) return;",
    why: "a node that was removed comes back by an older change",
    kills: ["G3"],
  },
  {
    name: "join-again",
    file: HISTORY,
    from: "if (this.#status.has(member.node)) return;",
    to: "",
    why: "a join of a known node takes it in again, though it is out",
    kills: ["G3"],
  },
  {
    name: "first-owner-holds",
    file: HISTORY,
    from: "for (const { position, node } of change.moves) reader.owners.set(position, node);",
    to: `for (const { position, node } of change.moves) {
      if (reader.owners.get(position) === null) reader.owners.set(position, node);
    }`,
    why: "a token never changes hands",
    kills: ["G3", "G18"],
  },
  {
    name: "fold-calls-claim",
    file: HISTORY,
    from: `import { equalEnds, place } from "../ring/partition.ts";`,
    to: `import { deal } from "../ring/claim.ts";
import { equalEnds, place as placed } from "../ring/partition.ts";

function place(...[strategy, partitions, owners]: Parameters<typeof placed>) {
  const nodes = [...new Set(owners.values())].filter((node) => node !== null);
  const members = nodes.map((node) => ({ node, zone: "", weight: 1 }));
  const dealt = deal({ partitions, replicas: 3, members });
  const anew = new Map(equalEnds(partitions).map((end, i) => [end, dealt[i]!]));
  return placed(strategy, partitions, strategy === 3 ? anew : owners);
}
`,
    why:
      "reading a history deals the ring anew, so that another version of the program has another ring",
    kills: ["R5", "G18"],
  },
  {
    name: "leavers-own-still",
    file: HISTORY,
    from: `status === "in" ? [node] : []`,
    to: `status !== "out" ? [node] : []`,
    why: "a node that is leaving still owns what it had",
    kills: ["G3", "G7", "G30"],
  },
  {
    name: "register-of-the-last-start",
    file: REGISTER,
    from: "generation: register.generation + 1,",
    to: "generation: register.generation,",
    why: "a start does not raise the generation, so that peers hold on to what was said before",
    kills: ["G11"],
  },
  {
    name: "register-by-seq",
    file: REGISTER,
    from:
      "const order = a.generation - b.generation || a.seq - b.seq || compare(a.nonce, b.nonce);",
    to: "const order = a.seq - b.seq || compare(a.nonce, b.nonce);",
    why: "a register of an earlier start holds against a newer one",
    kills: ["G11"],
  },
  {
    name: "seat-of-nobody",
    file: REGISTER,
    from: "const owners = ring.owners(rangeEnd, n);",
    to: "const owners = ring.walk(rangeEnd);",
    why: "a node says that it serves ranges that it does not own",
    kills: ["G20"],
  },
  {
    name: "id-without-wall-clock",
    file: CANONICAL,
    from: ".u64(revision.wallMs)",
    to: "",
    why: "what a change says of its time can be altered under its id",
    kills: ["G2"],
  },
  {
    name: "props-by-arrival",
    file: CELLS,
    from: "if (held !== undefined && compareEntries(entry, held) <= 0) return false;",
    to: "if (held === entry) return false;",
    why: "the setting that came last holds, wherever it comes from",
    kills: ["G1"],
  },
  {
    name: "props-counter-from-one",
    file: CELLS,
    from: "counter: 1 + (held?.counter ?? 0)",
    to: "counter: 1",
    why: "a later setting need not win over one that its setter has seen",
    kills: ["S1"],
  },
  {
    name: "props-confirmed-early",
    file: PROPS,
    from: "if (revision > this.#durable) continue;",
    to: "if (revision < 0) continue;",
    why: "a setting is confirmed before it is on the disk",
    kills: ["S1"],
  },
  {
    name: "plan-shown-is-not-committed",
    file: PLAN,
    from: "return makeRevision({ ...draft, moves: movesOf(before, after) });",
    to: "return makeRevision({ ...draft, moves: movesOf(before, after).slice(1) });",
    why: "a change records other moves than were planned",
    kills: ["G18"],
  },
];
