import { assert, assertEquals, assertMatch } from "@std/assert";
import { BUGS, bugsOfWorldsTable } from "../props/bugs.ts";
import { mutants } from "../props/mutants/mutants.ts";
import { WorldBugs } from "./bugs.ts";
import { denoRun } from "./testing_tasks.ts";

const bugs = (...args: string[]) => denoRun("cmd/bugs.ts", args, { permissions: ["-A"] });

Deno.test("every known bug is a mutant, and stands in the book", () => {
  const page = Deno.readTextFileSync(new URL("../docs/simulator.md", import.meta.url));
  assert(page.includes(bugsOfWorldsTable()), bugsOfWorldsTable());
  const known = mutants.map(({ name }) => name);
  assertEquals(BUGS.filter(({ mutant }) => !known.includes(mutant)), []);
});

Deno.test("the world that the book names shows its bug", async () => {
  const workshop = new WorldBugs();
  try {
    for (const bug of BUGS) {
      const { world, law } = await workshop.find(bug, { seed: `${bug.world}`, seeds: "1" });
      assertEquals({ world, law }, { world: bug.world, law: bug.law }, bug.mutant);
    }
  } finally {
    workshop.clear();
  }
});

Deno.test("a bug is put back and found; without luck it is said that it was not", () => {
  const found = bugs("last-writer-in-merge", "--seeds", "20");
  assertEquals(found.code, 0, found.err);
  assertMatch(
    found.out,
    /^last-writer-in-merge +world \d+ +\S+ +last writer wins inside merge; Part 1 d/,
  );
  assertMatch(found.out, /\n1 of 1 found\n$/);
  const missed = bugs("fenced-by-the-newborn", "--seeds", "1");
  assertEquals(missed.code, 1);
  assertMatch(missed.out, /^fenced-by-the-newborn +not found/);
});

Deno.test("an unknown bug is refused with the near ones", () => {
  const { code, err } = bugs("last-writer");
  assertEquals(code, 2);
  assertMatch(
    err,
    /^Cannot put back last-writer: there is no such bug; near ones: last-writer-in-merge, /,
  );
});

Deno.test("what the command line cannot mean is refused, with how it is used", () => {
  for (
    const [args, sentence] of [
      [["--seeds", "x"], /^Cannot use --seeds: a whole number .* wanted, got "x"\n/],
      [["--seeds", "0"], /^Cannot use --seeds: /],
      [["--seed", "4294967295"], /^Cannot use --seed: /],
      [["--nonsense"], /^Unknown option '--nonsense'/],
      [["--seeds"], /argument missing/],
    ] as const
  ) {
    const { code, out, err } = bugs(...args);
    assertEquals([code, out], [2, ""], args.join(" "));
    assertMatch(err, sentence);
    assertMatch(err, /\n\nUsage: deno task bugs /);
  }
});
