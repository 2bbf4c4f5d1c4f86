import { assertEquals, assertMatch } from "@std/assert";
import { BUGS } from "../props/bugs.ts";
import { mutants } from "../props/mutants/mutants.ts";
import { denoRun } from "./testing_tasks.ts";

const bugs = (...args: string[]) => denoRun("cmd/bugs.ts", args, { permissions: ["-A"] });

Deno.test("every known bug is a mutant, and has its row in the book", () => {
  const page = Deno.readTextFileSync(new URL("../docs/simulator.md", import.meta.url));
  const rows = [...page.matchAll(/^\| .+ \| ([a-z-]+) +\| +\d+ \| \S+ +\|$/gm)].map(([, name]) =>
    name
  );
  assertEquals(rows, BUGS.map(({ mutant }) => mutant));
  const known = mutants.map(({ name }) => name);
  assertEquals(BUGS.filter(({ mutant }) => !known.includes(mutant)), []);
});

Deno.test("a bug is put back and found; without luck it is said that it was not", () => {
  const found = bugs("last-writer-in-merge", "--seeds", "20");
  assertEquals(found.code, 0, found.err);
  assertMatch(
    found.out,
    /^last-writer-in-merge +\d+ worlds +\S+ +last writer wins inside merge; Part 1 d\n/,
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
