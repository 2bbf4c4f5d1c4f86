/**
 * R: the ring. Who should hold a key, evenly, far apart, and with as little moving as can be.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group R. */
export const ring: readonly Statement[] = [
  {
    id: "R1",
    says:
      "Looking a position up gives what a scan along the ring gives, on every boundary, beside it, and over the wrap.",
    section: "4.2",
    must: "M",
  },
  {
    id: "R2",
    says: "The end of partition i is floor(i * 2^128 / Q), and lookup is its inverse.",
    section: "6.2",
    must: "M",
  },
  {
    id: "R3",
    says:
      "Ranges tile the ring: every position is in one, and they neither leave gaps nor overlap.",
    section: "4.2",
    must: "M",
  },
  {
    id: "R4",
    says:
      "The owners of a key are the first min(n, active) different nodes clockwise; no node stands there twice.",
    section: "4.3",
    must: "M",
  },
  {
    id: "R5",
    says: "The ring depends on the set of changes, and not on the order in which they came.",
    section: "4.8.1",
    must: "M",
  },
  {
    id: "R6",
    says: "A longer list only appends: the owners for n are the first of the owners for n+1.",
    section: "4.3",
    must: "M",
  },
  {
    id: "R7",
    says:
      "The list is the owners by seat, then everybody else; leaving nodes out keeps the others' order.",
    section: "4.6",
    must: "M",
  },
  {
    id: "R8",
    says:
      "Any N consecutive partitions are on N nodes, over the wrap too, wherever that can be (R21).",
    section: "6.2",
    must: "M",
  },
  {
    id: "R9",
    says: "With equal weights each of S nodes owns floor or ceil of Q/S partitions.",
    section: "6.2",
    must: "M",
  },
  {
    id: "R10",
    says:
      "Balance and spacing hold whether nodes come at once, in groups or singly, and after some have left.",
    section: "6.2",
    must: "M",
  },
  {
    id: "R11",
    says:
      "With random tokens the greatest load beside the mean falls as tokens grow, within known bands.",
    section: "6.2",
    must: "M",
  },
  {
    id: "R12",
    says: "A join moves partitions to the newcomer only, as few as can be.",
    section: "4.2",
    must: "M",
    superseded: "R23, R24: spacing sometimes needs a swap",
  },
  {
    id: "R13",
    says:
      "A plan conserves: quotas sum to Q and are met, who is no member owns nothing, nobody gives or takes more than agreed.",
    section: "6.2",
    must: "S",
  },
  {
    id: "R14",
    says: "The conflicts that a planner counts as it goes are those of a full recount.",
    section: "6.2",
    must: "S",
  },
  {
    id: "R15",
    says: "A zone for each node plans like one zone for all.",
    section: "4.6",
    must: "O",
  },
  {
    id: "R16",
    says: "N consecutive partitions are in N zones wherever zones can be spaced.",
    section: "4.6",
    must: "S",
  },
  {
    id: "R17",
    says: "When the ring is resized, the i-th copy of a key stays the i-th copy.",
    section: "6.2",
    must: "O",
    absent: "Q is fixed when the cluster is founded",
  },
  {
    id: "R18",
    says: "A query over all partitions asks each exactly once, and no node that is down.",
    section: "4.2",
    must: "O",
    absent: "get and put are by key",
  },
  {
    id: "R19",
    says: "Whoever takes another's place takes its partitions, and nothing else moves.",
    section: "4.9",
    must: "S",
  },
  {
    id: "R20",
    says: "Keys fall on the partitions evenly.",
    section: "4.2",
    must: "S",
  },
  {
    id: "R21",
    says:
      "Spacing can be reached exactly where no quota is above floor(Q/N), and the plan reaches it whenever it can be.",
    section: "Part 2 b",
    must: "M",
  },
  {
    id: "R22",
    says: "A second plan moves nothing, in one zone.",
    section: "Part 2 b",
    must: "S",
  },
  {
    id: "R23",
    says:
      "A single join, with one zone, equal weights and S > N, moves at most one partition more than the least, and to the" +
      " newcomer only but for repairs of spacing.",
    section: "Part 2 b",
    must: "M",
  },
  {
    id: "R24",
    says:
      "Counted in copies of ranges, histories move at most 1.2 times the least, and with N nodes or fewer nothing extra.",
    section: "Part 2 b",
    must: "S",
  },
  {
    id: "R25",
    says:
      "The three strategies agree with one dumb walk over tokens and ends, and splitting a range changes no list.",
    section: "6.2",
    must: "M",
  },
  {
    id: "R26",
    says: "A list lies in min(n, zones) zones, whatever the ring's conflicts.",
    section: "4.6",
    must: "M",
  },
  {
    id: "R27",
    says:
      "Equal quotas differ by at most one, and weighted ones from their capped share by less than one.",
    section: "Part 2 b",
    must: "M",
  },
];
