/**
 * X: exploration. What is true of every order of events in small worlds, and of the search itself.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group X. */
export const exploration: readonly Statement[] = [
  {
    id: "X1",
    says:
      "No order of messages, disks, crashes and client steps breaks a promise in a small world: every state is looked at.",
    section: "the suite",
    must: "M",
  },
  {
    id: "X2",
    says: "Two nodes whose memory looks the same behave the same, however each came to it.",
    section: "the suite",
    must: "M",
  },
  {
    id: "X3",
    says: "What the search leaves out, since it would be the same again, is the same again.",
    section: "the suite",
    must: "M",
  },
];
