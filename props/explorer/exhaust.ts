/**
 * Exhausting a named scope, and holding it to its pin.
 *
 * @module
 */
import { SCOPES } from "../../src/explorer/scopes.ts";
import { explore } from "../../src/explorer/search.ts";
import { transcript } from "../../src/explorer/transcript.ts";
import { MARKS, PINS } from "./pins.ts";

/**
 * Looks at every state of a scope.
 *
 * @throws {Error} With the shortest way to a broken law, with the numbers if they are not as pinned, or with the rare branches that were missed.
 */
export function exhaust(name: string): void {
  const scope = SCOPES.find(({ scope }) => scope.name === name)?.scope;
  const pin = PINS[name];
  if (scope === undefined || pin === undefined) throw new Error(`There is no scope ${name}`);
  const { violation, states, transitions, depth, marks } = explore(scope);
  if (violation !== null) throw new Error(`${name}:\n${transcript(violation).join("\n")}`);
  const got = [states, transitions, depth];
  if (got.join() !== pin.join()) {
    throw new Error(`${name}: ${pin} states, transitions and depth are pinned, got ${got}`);
  }
  const missed = (MARKS[name] ?? []).filter((mark) => !marks.includes(mark));
  if (missed.length > 0) throw new Error(`${name}: ${missed.join(", ")} never happened`);
}
