/** Scopes that take a minute or more: `deno task explore`. */
import { SCOPES } from "../../src/explorer/scopes.ts";
import { exhaust } from "./exhaust.ts";

for (const { scope: { name }, long } of SCOPES) {
  if (!long) continue;
  Deno.test(`T7 X1 every state of ${name} keeps the laws, and there are as many as pinned`, () => {
    exhaust(name);
  });
}
