import { assert, assertEquals, assertMatch } from "@std/assert";
import { mutate } from "../props/mutants/mutant.ts";
import { mutants } from "../props/mutants/mutants.ts";
import { byLaw } from "./mutant_table.ts";
import { denoRun } from "./testing_tasks.ts";

const ROOT = new URL("..", import.meta.url);

Deno.test("every mutant still fits the code, and changes more than comments", () => {
  for (const mutant of mutants) {
    const source = Deno.readTextFileSync(new URL(mutant.file, ROOT));
    const code = (text: string) =>
      text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
    const wrong = mutate(source, mutant); // throws if the text is not there exactly once
    assertEquals(code(wrong) === code(source), false, `${mutant.name} changes comments alone`);
  }
});

Deno.test("a mutant that fits no more is a failure, and not a success", () => {
  const tree = Deno.makeTempDirSync({ prefix: "rotor-mutants-test-" });
  try {
    Deno.mkdirSync(`${tree}/src/ring`, { recursive: true });
    Deno.writeTextFileSync(`${tree}/src/ring/partition.ts`, "export {};\n"); // the code has moved on
    const args = ["bisect-off-by-one", "--tree", tree];
    const { code, err } = denoRun("cmd/mutants.ts", args, { permissions: ["-A"] });
    assertEquals(code, 1);
    assertMatch(err, /^Cannot apply bisect-off-by-one: its text stands 0 times/);
  } finally {
    Deno.removeSync(tree, { recursive: true });
  }
});

Deno.test("an unknown mutant is refused with the near ones", () => {
  const { code, err } = denoRun("cmd/mutants.ts", ["merge-leest"], { permissions: ["-A"] });
  assertEquals(code, 2);
  assertMatch(err, /^Cannot run merge-leest: there is no such mutant; near ones: merge-least, /);
});

Deno.test("a command line that makes no sense is refused in a sentence, with --list too", () => {
  const bounds = "a whole number from -2147483648 to 2147483647 wanted, got";
  for (
    const [args, said] of [
      [
        ["--tree", "/nowhere/at/all"],
        "Cannot use --tree: a directory with rotor's code wanted, got",
      ],
      [
        ["--tree", "deno.json"],
        "Cannot use --tree: a directory with rotor's code wanted, got deno.json",
      ],
      [["--list", "--seed", "x"], `Cannot use --seed: ${bounds} x`],
      [["--seed", "99999999999"], `Cannot use --seed: ${bounds} 99999999999`],
      [["--workers", "-1"], "Cannot use --workers: a whole number from 1 to 64 wanted, got -1"],
      [["--list", "merge-leest"], "Cannot run merge-leest: there is no such mutant; near ones: "],
    ] as const
  ) {
    const { code, out, err } = denoRun("cmd/mutants.ts", args, { permissions: ["-A"] });
    assertEquals([code, out], [2, ""], err);
    assert(err.startsWith(said), err);
    assertEquals(err.trimEnd().split("\n").length, 1, err);
  }
});

Deno.test("--list shows the mutants that are named", () => {
  const { code, out } = denoRun("cmd/mutants.ts", ["--list", "merge-least"], {
    permissions: ["-A"],
  });
  assertEquals(code, 0);
  assertMatch(out, /^merge-least: .*\n$/);
});

Deno.test("what became of the mutants is a table of statements and mutants, of lines that fit", () => {
  const names = Array.from({ length: 12 }, (_, i) => `mutant-number-${i}`);
  const verdicts = names.map((name, i) => {
    const mutant = { name, file: "", from: "", to: "", why: "", kills: ["V5", "R1"] };
    const ends = { V5: i === 3 ? "holds" : "fails", R1: "hangs" } as const;
    const ids = i === 0 ? ["V5", "R1"] as const : ["V5"] as const;
    return { mutant, checked: ids.map((id) => ({ id, end: ends[id] })), killed: i !== 3 };
  });
  assertEquals(
    byLaw(verdicts),
    `\
statement  found  mutants that its laws found alone; IN CAPITALS those that they did not
V5         11/12  mutant-number-0, mutant-number-1, mutant-number-2, MUTANT-NUMBER-3,
                  mutant-number-4, mutant-number-5, mutant-number-6, mutant-number-7,
                  mutant-number-8, mutant-number-9, mutant-number-10, mutant-number-11
R1           1/1  mutant-number-0
`,
  );
});

Deno.test("one mutant is made, run and found, and its laws hold without it", () => {
  const { code, out } = denoRun("cmd/mutants.ts", ["bisect-off-by-one"], { permissions: ["-A"] });
  assertEquals(code, 0, out);
  assertMatch(out, /^killed {3}bisect-off-by-one: R1 fails, R2 fails, R3 fails$/m);
});
