import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mutants } from "../props/mutants/mutants.ts";
import { mutate } from "../props/mutants/mutant.ts";
import { copyCode } from "./mutant_workshop.ts";
import { denoRun, type Ended } from "./testing_tasks.ts";

const simulate = (...args: string[]) => run(args);

function run(args: readonly string[], cwd?: string): Ended {
  const permissions = ["--allow-all"];
  return denoRun("cmd/main.ts", ["simulate", ...args], { permissions, ...cwd ? { cwd } : {} });
}

/** A directory that is gone afterwards. */
function inScratch(then: (dir: string) => void): void {
  const dir = Deno.makeTempDirSync({ prefix: "rotor-simulate-test-" });
  try {
    then(dir);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test("one world: who is there, what happened, what was found", () => {
  const { code, out, err } = simulate("--seed", "42");
  assertEquals([code, err], [0, ""]);
  assertMatch(
    out,
    /^seed 42: [2-7] nodes, N [235], R \d, W \d, \d keys, \d clients, 200 operations/,
  );
  assertMatch(out, /fingerprint [0-9a-f]{8}\n/);
  assertMatch(out, /\nevery law held\n$/);
  assertEquals(simulate("--seed", "42").out, out, "the same seed says the same");
});

Deno.test("many worlds: a table of everything that must sometimes happen", () => {
  const { code, out } = simulate("--seed", "1", "--seeds", "5", "--operations", "50");
  assertEquals(code, 0);
  assertMatch(out, /^fault\.crash +\d+ {3}/);
  assertMatch(out, /\n5 worlds from seed 1: \d+ operations, \d+ steps of nodes, /);
  assertMatch(out, /\nnever happened: .*\nevery law held\n$/);
});

Deno.test("what came of it as JSON", () => {
  const { out } = simulate("--seed", "3", "--operations", "20", "--json");
  const said = JSON.parse(out);
  assertEquals([said.seed, said.breaches], [3, []]);
  const many = JSON.parse(simulate("--seeds", "2", "--operations", "5", "--json").out);
  assertEquals(many.seeds, 2);
});

Deno.test("one world in words", () => {
  const { code, out } = simulate("--seed", "3", "--operations", "3", "--story");
  assertEquals(code, 0);
  assertMatch(out, /^ +0 ms {2}n1 +starts, for the 1\. time\n/);
  assertMatch(out, /\n +\d+ ms {2}client -> n\d +(get|put|delete) k0/);
  assertMatch(out, /\n +\d+ ms {2}n\d -> client /);
});

Deno.test("a trace is written, plays again, and one of another version is refused in words", () => {
  inScratch((dir) => {
    const path = `${dir}/t.jsonl`;
    assertEquals(simulate("--seed", "8", "--operations", "20", "--trace", path).code, 0);
    const again = simulate("--replay", path);
    assertEquals(again.code, 0);
    assertMatch(again.out, /\nthe trace is the same, line by line\n$/);
    const lines = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, lines.replace('"kind":"start"', '"kind":"START"'));
    const changed = simulate("--replay", path);
    assertEquals(changed.code, 1);
    assertMatch(changed.out, /\nthe trace differs in line 2:\n- .*START.*\n\+ .*start/);
    Deno.writeTextFileSync(path, lines.replace('"trace":1', '"trace":2'));
    const other = simulate("--replay", path);
    assertEquals([other.code, other.out], [2, ""]);
    assertEquals(other.err, `Cannot read the trace: version 1 wanted, got 2 (${path})\n`);
  });
});

Deno.test("a known bug is found, made smaller, and plays again from its plan", () => {
  inScratch((dir) => {
    copyCode(new URL("..", import.meta.url).pathname, dir);
    const mutant = mutants.find(({ name }) => name === "forward-twice")!;
    const path = `${dir}/${mutant.file}`;
    Deno.writeTextFileSync(path, mutate(Deno.readTextFileSync(path), mutant));
    const found = run(["--seed", "1", "--seeds", "300", "--minimise"], dir);
    assertEquals(found.code, 1, found.err);
    const [, seed, operations] = /\nplay it again: rotor simulate --seed (\d+) --operations (\d+)\n/
      .exec(found.out)!;
    assertMatch(found.out, /^Q18 does not hold: \w+ was issued as .* and as /);
    assertMatch(
      found.out,
      /\nmade smaller in \d+ runs: \d{1,2} operations and [0-9] faults still break Q18\n/,
    );
    const again = run(["--seed", seed!, "--operations", operations!], dir);
    assertEquals(again.code, 1);
    assertStringIncludes(again.out, found.out.slice(0, found.out.indexOf("\n")));
    const small = run(["--plan", `rotor-plan-${seed}.json`], dir);
    assertEquals(small.code, 1);
    assertMatch(small.out, /\nQ18 does not hold: /);
  });
});

Deno.test("bad input is refused in one sentence that names what is wanted", () => {
  for (
    const [args, sentence] of [
      [["--seed", "x"], 'Cannot use --seed: a whole number from 0 to 4294967295 wanted, got "x"'],
      [["--seeds", "0"], 'Cannot use --seeds: a whole number from 1 to 10000000 wanted, got "0"'],
      [
        ["--operations", "100001"],
        'Cannot use --operations: a whole number from 1 to 100000 wanted, got "100001"',
      ],
      [["--trace", "t"], "Cannot use --trace: one --seed or --plan wanted"],
      [["--story"], "Cannot use --story: one --seed or --plan wanted"],
      [
        ["--forever", "--seeds", "3"],
        "Cannot use --forever with --seeds: one of them wanted",
      ],
      [
        ["--plan", "p", "--seed", "3"],
        "Cannot use --plan with --seed, --seeds or --forever: one of them wanted",
      ],
      [
        ["--plan", "p", "--operations", "3"],
        "Cannot use --operations: a plan says what clients do",
      ],
    ] as const
  ) {
    const { code, out, err } = simulate(...args);
    assertEquals([code, out, err], [2, "", `${sentence}\n`]);
  }
  inScratch((dir) => {
    const path = `${dir}/plan.json`;
    assertMatch(simulate("--plan", path).err, /^Cannot read .*plan\.json: /);
    Deno.writeTextFileSync(path, "{");
    assertEquals(simulate("--plan", path).err, `Cannot read the plan: it is not JSON (${path})\n`);
    Deno.writeTextFileSync(path, '{"version":3}');
    const { code, err } = simulate("--plan", path);
    assertEquals([code, err], [2, `Cannot read the plan: version 1 wanted, got 3 (${path})\n`]);
  });
});
