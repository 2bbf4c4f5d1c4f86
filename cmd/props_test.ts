import { assert, assertEquals, assertMatch } from "@std/assert";
import { denoRun } from "./testing_tasks.ts";

Deno.test("a law is run by its id, with as many cases as are asked for", () => {
  const { code, out } = denoRun("cmd/props.ts", ["R1", "--runs", "17"]);
  assertEquals(code, 0, out);
  assertMatch(out, /^ok {3}R1 .*\(17 cases, \d+ ms\)$/m);
  assertMatch(out, /^(\d+) of \1 laws hold$/m);
});

Deno.test("an unknown law is refused with the near ones, and an open one with who brings it", () => {
  const { code, err } = denoRun("cmd/props.ts", ["R99"]);
  assertEquals(code, 2);
  assertMatch(err, /^Cannot run R99: there is no such law; near ones: R/);
  const open = denoRun("cmd/props.ts", ["G33"]);
  assertEquals(open.code, 2);
  assertMatch(open.err, /^Cannot run G33 .*"The ring changes shape" will$/m);
});

Deno.test("a command line that makes no sense is refused in a sentence", () => {
  for (
    const [args, said] of [
      [["--runs", "0"], "Cannot use --runs: a whole number from 1 to 1000000000 wanted, got 0"],
      [["--runs", "-1"], "Cannot use --runs: a whole number from 1 to 1000000000 wanted, got -1"],
      [
        ["--runs", "many"],
        "Cannot use --runs: a whole number from 1 to 1000000000 wanted, got many",
      ],
      [
        ["V5", "--runs", "1.5"],
        "Cannot use --runs: a whole number from 1 to 1000000000 wanted, got 1.5",
      ],
      [
        ["V5", "--seed", "99999999999"],
        "Cannot use --seed: a whole number from -2147483648 to 2147483647 wanted, got 99999999999",
      ],
      [
        ["V5", "--seed", "3", "--path", ""],
        "Cannot use --path: numbers with colons between wanted",
      ],
      [
        ["V5", "--seed", "3", "--path", "garbage"],
        "Cannot use --path: numbers with colons between wanted, as in 3:1, got garbage",
      ],
      [["T7", "--seed", "3", "--path", "3:1"], "Cannot play a case again: T7 draws no cases"],
      [["V1", "--path", "3:0"], "Cannot play a case again: --path wants its --seed"],
      [
        ["--seed", "1", "--path", "3:0"],
        "Cannot play a case again: the law is wanted that its --path is of",
      ],
      [["--sead", "1"], "Unknown option '--sead'"],
    ] as const
  ) {
    const { code, err } = denoRun("cmd/props.ts", args);
    assertEquals(code, 2, args.join(" "));
    assert(err.startsWith(said), err);
  }
});

Deno.test("a path that leads nowhere is an error, for nothing was checked", () => {
  const path = "0" + ":0".repeat(20);
  const { code, out, err } = denoRun("cmd/props.ts", ["V5", "--seed", "3", "--path", path]);
  assertEquals(code, 2);
  assertMatch(out, /^---- V5 /);
  assertEquals(/laws hold/.test(out), false, out);
  assertEquals(
    err,
    `Cannot play a case again: no case of seed 3 has the path ${path}; nothing was checked\n`,
  );
});

Deno.test("a seed below 0 is a seed", () => {
  const { code, out } = denoRun("cmd/props.ts", ["V9", "--seed", "-3", "--runs", "5"]);
  assertEquals(code, 0, out);
});
