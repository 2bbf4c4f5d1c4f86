/**
 * V: clocks and dots. What has been seen of a key, and how an event gets a name that nothing else ever has.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group V. */
export const versions: readonly Statement[] = [
  {
    id: "V1",
    says: "One clock descends another exactly where each of its counters is at least the other's.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V2",
    says:
      "To descend is a partial order: reflexive, transitive, both ways only for equals; and some clocks are concurrent.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V3",
    says: "Of before, after, equal and concurrent, exactly one holds between two clocks.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V4",
    says: "One clock dominates another if it descends it and is not descended by it.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V5",
    says: "The merge of two clocks descends both, and everything that descends both descends it.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V6",
    says: "Merging is commutative, associative and idempotent, and the fresh clock adds nothing.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V7",
    says: "Counting an event gives a strictly later clock, which differs at that actor alone.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V8",
    says: "A clock answers for each actor what was counted, and nothing for one it never saw.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V9",
    says:
      "A clock covers a dot exactly where its counter for the dot's actor is at least the dot's.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V10",
    says:
      "What is encoded decodes to the same; equal values have equal bytes; bytes that are no value are refused, in words.",
    section: "Part 3",
    must: "M",
  },
  {
    id: "V11",
    says:
      "The paper's cut of a clock, kept for the plain clock alone, bounds its size and drops the oldest pairs first; it" +
      " invents no descent only while times agree with causes and no counter begins again, and it does make ancestors look concurrent.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V12",
    says:
      "No dot is issued twice and none is left out, whatever crashes, is lost, deleted or brought back.",
    section: "4.4",
    must: "M",
  },
  {
    id: "V13",
    says: "Counters are exact up to 2^53-1, and nothing counts or accepts more.",
    section: "Part 3",
    must: "S",
  },
  {
    id: "V14",
    says:
      "At every step of every run, what is live is what explicit sets of events say, under loss, wipe, restore, clone and" +
      " failed stores: to hold an actor's n-th event is to hold the effect of all before it.",
    section: "Part 1 b",
    must: "M",
  },
  {
    id: "V15",
    says:
      "An actor is counted on only from the record's own note of it in this boot; else it is new; never is it taken from a clock.",
    section: "Part 1 b",
    must: "M",
  },
  {
    id: "V16",
    says:
      "A store that fails ends its actor, and nothing that others have acknowledged is lost by it.",
    section: "Part 1 b",
    must: "M",
  },
  {
    id: "V17",
    says:
      "Entries leave a clock by settling only; a cut that each replica makes alone never comes to rest, and one that all make" +
      " alike brings dead values back.",
    section: "Part 1 b",
    must: "M",
  },
];
