/**
 * Known bugs, put back one at a time, and what the explorer says of each: the law that breaks, after how many states, and
 * how long the shortest way there is. Breadth first, so both numbers are exact; `cmd/explore_bugs_test.ts` holds them.
 *
 * A bug is one mistake of `props/mutants/`, or two where one alone does no harm.
 *
 * @module
 */

/** One bug. */
export interface ExplorerBug {
  /** What is wrong, in a clause. */
  readonly bug: string;
  /** Names of mutants that make it. */
  readonly mutants: readonly string[];
  /** What `rotor explore` is asked. */
  readonly explore: readonly string[];
  /** How what it finds begins. */
  readonly broken: string;
  /** States until it is found, moves to it. */
  readonly states: number;
  readonly moves: number;
}

/** Every bug that the explorer is known to find. */
export const explorerBugs: readonly ExplorerBug[] = [];

/** The bugs as a table in Markdown. */
export function bugsTable(bugs: readonly ExplorerBug[]): string {
  const rows = bugs.map(({ bug, mutants, explore, broken, states, moves }) =>
    `| ${bug} | ${mutants.join(", ")} | ${explore.join(" ")} | ${broken} | ${states} | ${moves} |\n`
  );
  return "| bug | mutants | scope | broken | states until found | moves |\n" +
    `| --- | --- | --- | --- | --: | --: |\n${rows.join("")}`;
}
