/**
 * H: hints. What stands in for a node that is away, and how it comes home.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** A store that breaks one of them loses what it was told. */
const PART = { must: "M" } as const;

/** The statements of group H. */
export const handoff: readonly Statement[] = [
  {
    id: "H1",
    says: "A hint goes only after its owner has acknowledged exactly that version, or a later one.",
    section: "4.6",
    ...PART,
  },
  {
    id: "H2",
    says:
      "A write that reaches the fallback between the sending of its hint and the answer survives.",
    section: "4.6",
    ...PART,
  },
  {
    id: "H3",
    says: "After healing and handoff no hint is left, and the owners hold what they held.",
    section: "4.6",
    ...PART,
  },
  {
    id: "H4",
    says:
      "Handoff may be repeated and interleaved with writes: it merges, so an old hint rolls nothing back.",
    section: "4.6",
    ...PART,
  },
  {
    id: "H5",
    says: "A replica write that failed leaves a hint wherever a fallback was counted toward W.",
    section: "4.6",
    ...PART,
  },
  {
    id: "H6",
    says: "A hint survives a crash of its keeper, and is tried again without new traffic.",
    section: "4.6",
    ...PART,
  },
  {
    id: "H7",
    says: "A hint whose owner has left goes to those who serve the key now.",
    section: "4.6",
    must: "M",
    more: "The ring changes shape",
  },
  {
    id: "H8",
    says: "Handoff never targets its own node, and never goes in circles.",
    section: "4.6",
    ...PART,
  },
  {
    id: "H9",
    says: "A request that is passed on during a handoff is not coordinated twice.",
    section: "4.9",
    must: "M",
    more: "The ring changes shape",
  },
  {
    id: "H10",
    says: "Background work is done exactly once, or reported as not done.",
    section: "6.5",
    must: "S",
  },
  {
    id: "H11",
    says:
      "No acknowledged write is dropped for age or for space, though all its primaries are away for long.",
    section: "Part 1 f",
    ...PART,
  },
  {
    id: "H12",
    says: "A hint is deleted exactly where the three rules say.",
    section: "Part 1 f",
    ...PART,
  },
  {
    id: "H13",
    says: "Copies on nodes that are no primaries flow to present primaries only.",
    section: "Part 1 f",
    ...PART,
  },
  {
    id: "H14",
    says: "A fallback that is full refuses, and is not counted.",
    section: "Part 1 f",
    ...PART,
  },
];
