import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mutants } from "../props/mutants/mutants.ts";
import { mutate } from "../props/mutants/mutant.ts";
import { copyCode } from "./mutant_workshop.ts";
import { ownProgram, signalChild } from "./process.ts";
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
  assertMatch(out, /\n5 worlds from seed 1 to 5: \d+ operations, \d+ steps of nodes, /);
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
  assertMatch(out, /^ +0 ms {2}n1 +starts, for the first time\n/);
  assertMatch(out, /\n +\d+ ms {2}client -> n\d +(get|put|delete) k0/);
  assertMatch(out, /\n +\d+ ms {2}n\d -> client /);
  assert(!/prob/.test(out), "probes are left out");
  const { out: all } = simulate("--seed", "3", "--operations", "3", "--story", "--all");
  assertMatch(all, /\n +\d+ ms {2}n\d +peers are probed\n/);
  const lines = new Set(all.split("\n"));
  assertEquals(out.split("\n").filter((line) => !lines.has(line)), []);
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
    assertMatch(
      changed.out,
      /\nthe trace differs in line 2, column \d+, in event\.kind:\n- .*START.*\n\+ .*start/,
    );
    Deno.writeTextFileSync(path, lines.replace('"trace":1', '"trace":2'));
    const other = simulate("--replay", path);
    assertEquals([other.code, other.out], [2, ""]);
    assertEquals(other.err, `Cannot read the trace: version 1 wanted, got 2 (${path})\n`);
  });
});

Deno.test("a known bug is found, made smaller, and plays again from its plan", () => {
  inScratch((dir) => {
    copyCode(new URL("..", import.meta.url).pathname, dir);
    const mutant = mutants.find(({ name }) => name === "fenced-by-the-newborn")!;
    const path = `${dir}/${mutant.file}`;
    Deno.writeTextFileSync(path, mutate(Deno.readTextFileSync(path), mutant));
    const found = run(["--seed", "1", "--seeds", "300", "--minimise"], dir);
    assertEquals(found.code, 1, found.err);
    const [, seed, operations] =
      /\nplay it again: deno task rotor simulate --seed (\d+) --operations (\d+)\n/
        .exec(found.out)!;
    assertMatch(found.out, /^Q18 does not hold: \w+ was issued as .* and as /);
    assertMatch(
      found.out,
      /\nmade smaller in \d+ runs: \d{1,2} operations? and [0-9] faults? still break Q18\n/,
    );
    const again = run(["--seed", seed!, "--operations", operations!], dir);
    assertEquals(again.code, 1);
    assertStringIncludes(again.out, found.out.slice(0, found.out.indexOf("\n")));
    const plan = `rotor-plan-${seed}.json`;
    const small = run(["--plan", plan], dir);
    assertEquals(small.code, 1);
    assertMatch(small.out, /\nQ18 does not hold: /);
    assertStringIncludes(small.out, `\nplay it again: deno task rotor simulate --plan ${plan}\n`);
    tracesOfBreaches(dir, plan);
    minimisedAgain(dir, plan);
  });
});

/** The step that was wrong is in the trace, and the trace says how it is played again. */
function tracesOfBreaches(dir: string, plan: string): void {
  assertEquals(run(["--plan", plan, "--trace", "a trace.jsonl"], dir).code, 1);
  const again = run(["--replay", "a trace.jsonl"], dir);
  assertEquals([again.code, again.err], [1, ""]);
  assertStringIncludes(
    again.out,
    "\nplay it again: deno task rotor simulate --replay 'a trace.jsonl'\n",
  );
  assertStringIncludes(again.out, "\nthe trace is the same, line by line\n");
  const lines = Deno.readTextFileSync(`${dir}/a trace.jsonl`).trimEnd().split("\n");
  const { breaches: [breach] } = JSON.parse(lines.at(-1)!);
  const [write] = breach.what.split(" ");
  assertStringIncludes(lines.at(-2)!, `"writeId":"${write}"`);
  const told = run(["--plan", plan, "--story"], dir).out;
  assertStringIncludes(told.slice(0, told.indexOf("\nseed ")), write.replace(/^0+/, ""));
}

/** A plan that is made smaller again is not written over. */
function minimisedAgain(dir: string, plan: string): void {
  const before = Deno.readTextFileSync(`${dir}/${plan}`);
  const { code, out, err } = run(["--plan", plan, "--minimise", "--json"], dir);
  assertEquals([code, err], [1, ""]);
  const { again, breaches, minimised } = JSON.parse(out);
  assertEquals(breaches[0].law, "Q18");
  assertEquals(again, `deno task rotor simulate --plan ${plan}`);
  assertEquals(minimised.file, plan.replace(".json", "-2.json"));
  assertEquals(minimised.again, `deno task rotor simulate --plan ${minimised.file}`);
  assertEquals(Deno.readTextFileSync(`${dir}/${plan}`), before);
  assertEquals(run(["--plan", minimised.file], dir).code, 1);
}

Deno.test("with --json there is one document, whatever else is said", () => {
  inScratch((dir) => {
    const path = `${dir}/t.jsonl`;
    simulate("--seed", "8", "--operations", "20", "--trace", path);
    const same = JSON.parse(simulate("--replay", path, "--json", "--minimise").out);
    assertEquals([same.breaches, same.differs], [[], null]);
    assertEquals(same.again, `deno task rotor simulate --replay ${path}`);
    Deno.writeTextFileSync(
      path,
      Deno.readTextFileSync(path).replace('"kind":"start"', '"kind":"x"'),
    );
    const { code, out } = simulate("--replay", path, "--json");
    assertEquals([code, JSON.parse(out).differs.line], [1, 2]);
  });
});

Deno.test(
  "a disk that is full or closed is told in one sentence",
  { ignore: Deno.build.os !== "linux" },
  () => {
    const full = simulate("--seed", "8", "--operations", "20", "--trace", "/dev/full");
    assertEquals([full.code, full.out], [1, ""]);
    assertMatch(full.err, /^Cannot write the trace to \/dev\/full: .*\n$/);
    const nowhere = simulate("--seed", "8", "--operations", "20", "--trace", "/nowhere/t");
    assertEquals([nowhere.code, nowhere.out], [1, ""]);
    assertMatch(nowhere.err, /^Cannot write the trace to \/nowhere\/t: .*\n$/);
  },
);

Deno.test("if whoever read the output has gone, the command ends, with 141", async () => {
  for (
    const args of [
      ["simulate", "--seed", "8", "--trace", "-"],
      ["simulate", "--seed", "8", "--story"],
      ["explore"],
    ]
  ) {
    const { path, args: all } = ownProgram(args);
    const child = new Deno.Command(path, { args: all, stdout: "piped", stderr: "piped" }).spawn();
    await child.stdout.cancel();
    const [{ code }, err] = await Promise.all([child.status, new Response(child.stderr).text()]);
    assertEquals([code, err], [141, ""], args.join(" "));
  }
});

Deno.test("--forever says where it begins, ends when it is told to, and says what it came to", async () => {
  const { path, args } = ownProgram(["simulate", "--forever", "--seed", "5", "--operations", "5"]);
  const child = new Deno.Command(path, { args, stdout: "piped", stderr: "piped" }).spawn();
  const told: string[] = [];
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    told.push(text);
    // It listens by now: it says so before the first world.
    signalChild(child, "SIGINT");
  }
  assertEquals(told.join(""), "worlds from seed 5, until a law does not hold, or Ctrl-C\n");
  const [out, { code }] = await Promise.all([new Response(child.stdout).text(), child.status]);
  assertEquals(code, 0);
  const [, worlds, last] = /\n(\d+) worlds from seed 5 to (\d+): /.exec(out)!;
  assertEquals(Number(last), 4 + Number(worlds));
});

Deno.test("bad input is refused in one sentence that names what is wanted", () => {
  for (
    const [args, sentence] of [
      [["--seed", "x"], 'Cannot use --seed: a whole number from 0 to 4294967295 wanted, got "x"'],
      [["--seeds", "0"], 'Cannot use --seeds: a whole number from 1 to 10000000 wanted, got "0"'],
      [
        ["--operations", "5001"],
        'Cannot use --operations: a whole number from 1 to 5000 wanted, got "5001"',
      ],
      [
        ["--seed", "1", "--story", "--json"],
        "Cannot use --json with --story: standard output can be one of them",
      ],
      [
        ["--seed", "1", "--story", "--trace", "-"],
        "Cannot use --story with --trace -: standard output can be one of them",
      ],
      [["--trace", "t"], "Cannot use --trace: one --seed or --plan wanted"],
      [["--seed", "1", "--all"], "Cannot use --all: --story wanted, of which it is to tell all"],
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
