/**
 * How fast small worlds are explored: states a second.
 *
 * `deno bench -A src/explorer/search_bench.ts` says the time of one whole exploration; the name says how many states and how many
 * different steps of real nodes that is: the rest is looked up.
 *
 * @module
 */
import { SCOPES } from "./scopes.ts";
import { explore } from "./search.ts";

for (const name of ["pair", "pair-disks", "trio-loss"]) {
  const { scope } = SCOPES.find(({ scope }) => scope.name === name)!;
  const { states, steps } = explore(scope);
  Deno.bench(`${name}: ${states} states, ${steps} steps`, { n: 3, warmup: 1 }, () => {
    explore(scope);
  });
}
