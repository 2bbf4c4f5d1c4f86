/**
 * M: anti-entropy. Trees of digests, by which replicas find what they do not share.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** What most of them have in common. */
const TREE = { section: "4.7", must: "M" } as const;

/** The statements of group M. */
export const merkle: readonly Statement[] = [
  {
    id: "M1",
    says:
      "Comparing two trees gives exactly the keys that are missing here, missing there, or different.",
    ...TREE,
  },
  {
    id: "M2",
    says: "After the keys found were exchanged both ways, nothing differs and the roots are equal.",
    ...TREE,
  },
  {
    id: "M3",
    says: "Roots are equal exactly where contents are, however these were reached.",
    ...TREE,
  },
  { id: "M4", says: "To insert and delete is never to have inserted.", ...TREE },
  {
    id: "M5",
    says: "A tree that was kept up to date is the tree that is built anew.",
    ...TREE,
  },
  { id: "M6", says: "Two trees in one store do not disturb one another.", ...TREE, must: "S" },
  {
    id: "M7",
    says: "A leaf covers the key and the version, and equal leaves do not cancel out.",
    ...TREE,
  },
  {
    id: "M8",
    says: "Equal objects have equal leaves, whatever the order inside.",
    section: "4.7",
    must: "M",
    superseded: "M17",
  },
  {
    id: "M9",
    says:
      "A comparison visits as many nodes as the differences need, and one where there are none.",
    ...TREE,
  },
  {
    id: "M10",
    says: "Exchanges in pairs over any connected graph bring all replicas together.",
    section: "4.7",
    must: "M",
  },
  {
    id: "M11",
    says: "Without writes, repairs by anti-entropy come to zero and stay there.",
    section: "4.7",
    must: "M",
  },
  {
    id: "M12",
    says:
      "Only ranges that both nodes hold are compared; one with several sets of owners is split.",
    section: "4.7",
    must: "M",
  },
  {
    id: "M13",
    says: "A damaged node of a tree is found, and healed from the data.",
    ...TREE,
    must: "S",
  },
  {
    id: "M14",
    says: "The number of keys is estimated within a fifth.",
    section: "4.7",
    must: "O",
    absent: "nothing needs an estimate",
  },
  {
    id: "M15",
    says: "A digest made in pieces is the digest of the whole.",
    section: "4.7",
    must: "O",
    absent: "digests come from a library",
  },
  {
    id: "M16",
    says: "Lost partitions, and writes that reached few, are repaired without reads.",
    section: "4.7",
    must: "M",
  },
  {
    id: "M17",
    says: "A leaf depends on the key, its clock and its live dots, and on nothing else.",
    section: "Part 1 g",
    must: "M",
  },
  {
    id: "M18",
    says: "Over all containers that a run ever shows, equal clocks have equal live dots.",
    section: "Part 1 g",
    must: "M",
  },
  {
    id: "M19",
    says:
      "Replicas that are equal repair nothing, though they make their leaves by different versions.",
    ...TREE,
    section: "Part 1 g",
  },
];
