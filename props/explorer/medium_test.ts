/** Scopes that take some seconds. */
import { exhaust } from "./exhaust.ts";

const MEDIUM = [
  ...["pair-disks", "pair-deletes", "pair-reads", "pair-w1"],
  ...["pair-session", "pair-lost-session", "entry", "hints", "hints-reads"],
];

for (const name of MEDIUM) {
  Deno.test(`T7 X1 every state of ${name} keeps the laws, and there are as many as pinned`, () => {
    exhaust(name);
  });
}
