import { assert, assertEquals } from "@std/assert";
import { explorerBugs } from "../props/bugs/explorer.ts";
import { scopesTable } from "../props/explorer/pins.ts";
import { bugsTable, BugWorkshop } from "./explore_bugs.ts";

const ROOT = new URL("..", import.meta.url);

Deno.test("the explorer finds each known bug that is put back, on the shortest way", () => {
  const workshop = new BugWorkshop();
  try {
    for (const bug of explorerBugs) {
      const { broken, moves } = workshop.find(bug);
      const name = bug.mutants.join(" and ");
      assert(broken?.startsWith(bug.broken), `${name}: ${bug.broken} wanted, got ${broken}`);
      assertEquals(moves, bug.moves, name);
    }
  } finally {
    workshop.clear();
  }
});

Deno.test("without the symmetry of nodes the same bugs are found, and not sooner", () => {
  const workshop = new BugWorkshop();
  try {
    const names = ["actor-of-any-boot", "acknowledged-before-stored", "context-ignored"];
    for (const name of names) {
      const bug = explorerBugs.find(({ mutants }) => mutants.join() === name)!;
      const { broken, moves } = workshop.find(bug, ["--no-symmetry"]);
      assert(broken?.startsWith(bug.broken), `${name}: ${bug.broken} wanted, got ${broken}`);
      assertEquals(moves, bug.moves, name);
    }
  } finally {
    workshop.clear();
  }
});

Deno.test("docs/explorer.md has the scopes and the bugs as they are", () => {
  const page = Deno.readTextFileSync(new URL("docs/explorer.md", ROOT));
  for (const table of [scopesTable(), bugsTable(explorerBugs)]) assert(page.includes(table), table);
});
