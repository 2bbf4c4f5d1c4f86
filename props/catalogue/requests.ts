/**
 * Q and RR: requests. What a get and a put wait for, what they answer, whom they repair.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group Q. */
export const quorums: readonly Statement[] = [
  {
    id: "Q1",
    says: "If R + W > N, every R of N seats share one with every W of them.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q2",
    says: "If R + W <= N, there is a read that misses an acknowledged write; it is found.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q3",
    says:
      "A read answers the merge of exactly the replies that made it enough, as an oracle says it for any replies in any order.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q4",
    says:
      "A put answers what an oracle says of any interleaving of durable, buffered, failed and missing acknowledgements.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q5",
    says:
      "No success with fewer than W, DW and PW; no waiting for more; and a failure as soon as success cannot be any more.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q6",
    says: "PR and PW count primaries that have answered, and not primaries that seemed alive.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q7",
    says: "A quorum that cannot be is refused before anything is sent, with both numbers.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q8",
    says: "A request asks no node twice, and counts none twice.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q9",
    says:
      "A failed store of the coordinator is not counted and ends its actor; the put succeeds exactly where W others stored it," +
      " and otherwise may have happened.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q10",
    says: "The answer of a put is what was stored, and its context covers the new write.",
    section: "4.5",
    must: "M",
  },
  {
    id: "Q11",
    says:
      "Nothing here is not the same as an error; notfound_ok and basic_quorum say what an empty reply counts for.",
    section: "4.5",
    must: "S",
  },
  {
    id: "Q12",
    says:
      "A request is answered once, whatever comes twice, late, or for a request that is not there.",
    section: "5",
    must: "M",
  },
  {
    id: "Q13",
    says:
      "One put of a client makes at most one dot, though acknowledgements and forwards are lost or repeated.",
    section: "Part 1 a",
    must: "M",
  },
  {
    id: "Q14",
    says: "Every request ends in bounded time: with an answer, or with an honest failure.",
    section: "2.2",
    must: "M",
  },
  {
    id: "Q15",
    says:
      "A put succeeds while W nodes can be reached, whichever they are, but for the exceptions that the rules name.",
    section: "4.6",
    must: "M",
  },
  {
    id: "Q16",
    says:
      "With sloppy quorums a read may miss an acknowledged write only while a hint of that key is outstanding.",
    section: "4.6",
    must: "M",
  },
  {
    id: "Q17",
    says: "Hooks before and after a write run in order, and a failing one stops it.",
    section: "4.5",
    must: "O",
    absent: "there are no hooks",
  },
  {
    id: "Q18",
    says:
      "At most one boot of one node ever issues a dot for a write id that is used once, though forwards come twice, late, or" +
      " after a restart.",
    section: "Part 1 a",
    must: "M",
  },
  {
    id: "Q19",
    says:
      "A put makes at most one hop to its coordinator, also where two nodes disagree on who is well.",
    section: "Part 1 a",
    must: "M",
    more: "Nodes come and go",
  },
  {
    id: "Q20",
    says:
      "An empty reply of a fallback counts for nothing, and a reply of a recovering replica for no read quorum.",
    section: "Part 1 e",
    must: "M",
  },
];

/** The statements of group RR. */
export const repairs: readonly Statement[] = [
  {
    id: "RR1",
    says:
      "Repairs go to exactly the primaries whose reply was behind the merge, lacking or damaged, and to nobody else.",
    section: "5",
    must: "M",
  },
  { id: "RR2", says: "A repair carries the merge.", section: "5", must: "M" },
  {
    id: "RR3",
    says:
      "Each replica that is behind is repaired once, also where the replies fork, meet again, or lag by several steps.",
    section: "5",
    must: "M",
  },
  { id: "RR4", says: "A repair never lowers a replica.", section: "5", must: "M" },
  {
    id: "RR5",
    says: "A second read, with no fault between, repairs nobody.",
    section: "5",
    must: "M",
  },
  {
    id: "RR6",
    says: "Repairs are capped as configured.",
    section: "5",
    must: "O",
    absent: "repairs are not capped",
  },
  {
    id: "RR7",
    says: "Repairs go to primaries only: anywhere else they would leave a foreign copy.",
    section: "Part 1 e",
    must: "M",
  },
];
