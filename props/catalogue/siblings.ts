/**
 * D: siblings. Which values a key holds, and what merging, writing and viewing do to them.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group D. */
export const siblings: readonly Statement[] = [
  {
    id: "D1",
    says:
      "A container shows the same values as explicit sets of events that are fed the same history, at every moment.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D2",
    says: "Joining containers is commutative, associative and idempotent.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D3",
    says:
      "A join drops a value exactly where the other side has seen the event that wrote it and holds it no more.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D4",
    says:
      "A put is newer than all it knew: what its context covers is gone, what it does not cover stays, and the new value is there.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D5",
    says:
      "A blind put takes nothing away, though it goes through the coordinator that wrote what is there.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D6",
    says:
      "Two clients that read, modify and write in turns never see more than two siblings, and lose nothing.",
    section: "6.3",
    must: "M",
  },
  {
    id: "D7",
    says:
      "The values of a key are exactly those of the writes that no later write had seen: as many as were concurrent.",
    section: "6.3",
    must: "M",
  },
  {
    id: "D8",
    says:
      "A join makes no value up, its clock is the merge of the clocks, and every container keeps its invariants.",
    section: "4.4",
    must: "S",
  },
  {
    id: "D9",
    says: "Reconciling inside the store keeps causality if its function is deterministic.",
    section: "4.4",
    must: "S",
    superseded: "D17: nothing reconciles inside the store",
  },
  {
    id: "D10",
    says: "A winner of last-writer-wins keeps its dot when it is joined again.",
    section: "4.4",
    must: "S",
    superseded: "D17, D19: the last writer wins in the view",
  },
  {
    id: "D11",
    says:
      "Of duplicates one stays; a later value replaces an earlier; a common successor replaces a concurrent pair.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D12",
    says: "Two puts of the same bytes are two values until a later write has seen them.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D13",
    says: "Equal clocks mean equal values, on any two replicas at any time.",
    section: "4.4",
    must: "M",
  },
  {
    id: "D14",
    says:
      "Replicas that have exchanged everything, in any order and grouping, hold the same values.",
    section: "4.4",
    must: "S",
  },
  {
    id: "D15",
    says:
      "When all replicas have merged, a container holds its clock and its values and no leftovers.",
    section: "4.4",
    must: "S",
    superseded: "D8: a container is its clock and its values, and has nothing deferred",
  },
  {
    id: "D16",
    says:
      "A context passes through its client unchanged, and a stale one deletes nothing that its client had not seen.",
    section: "4.1",
    must: "M",
  },
  {
    id: "D17",
    says: "Merging is a function of the two containers alone, and a join.",
    section: "Part 1 a",
    must: "M",
  },
  {
    id: "D18",
    says:
      "Merging and storing what was received depends on no property, time or limit; properties act on the coordinator's write" +
      " and on the view.",
    section: "Part 1 d",
    must: "M",
  },
  {
    id: "D19",
    says:
      "Every node shows the same last writer; flipping the property here and there leaves all replicas equal; the same" +
      " rule inside merge loses everything.",
    section: "Part 1 d",
    must: "M",
  },
  {
    id: "D20",
    says:
      "Expiry changes what is shown and nothing else: a clock that is a year ahead loses nothing, and nothing is sent.",
    section: "Part 1 d",
    must: "M",
    more: "Nodes come and go",
  },
  {
    id: "D21",
    says:
      "A context of another key is refused, and with a cluster secret so is a forged one; nothing is written.",
    section: "Part 1 h",
    must: "M",
  },
];
