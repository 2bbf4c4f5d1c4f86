/**
 * A: admission. When a node does what no client waits for.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group A. */
export const admission: readonly Statement[] = [
  {
    id: "A1",
    says:
      "Background work that waits begins within a bound, whatever clients do, and whoever does not end.",
    section: "6.5",
    must: "M",
  },
  {
    id: "A2",
    says:
      "While clients or the disk are too slow background work becomes less and less, down to one slice in a while.",
    section: "6.5",
    must: "M",
  },
  {
    id: "A3",
    says: "Never are more slices under way than the limit, and the same events give the same ones.",
    section: "6.5",
    must: "M",
  },
  {
    id: "A4",
    says: "Kinds of background work have turns, and within a kind first come is first served.",
    section: "6.5",
    must: "M",
  },
  {
    id: "A5",
    says:
      "Where no client is there background work waits for nothing, and where clients fare well again it becomes more again.",
    section: "6.5",
    must: "M",
  },
];
