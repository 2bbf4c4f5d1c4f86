/** Scopes that take some seconds. */
import { exhaust } from "./exhaust.ts";

for (
  const name of ["pair-disks", "pair-deletes", "pair-reads", "pair-w1", "pair-session", "entry"]
) {
  Deno.test(`T7 X1 every state of ${name} keeps the laws, and there are as many as pinned`, () => {
    exhaust(name);
  });
}
