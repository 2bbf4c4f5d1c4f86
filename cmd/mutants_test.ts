import { assertEquals, assertMatch } from "@std/assert";
import { mutate } from "../props/mutants/mutant.ts";
import { mutants } from "../props/mutants/mutants.ts";
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

Deno.test("one mutant is made, run and found, and its laws hold without it", () => {
  const { code, out } = denoRun("cmd/mutants.ts", ["bisect-off-by-one"], { permissions: ["-A"] });
  assertEquals(code, 0, out);
  assertMatch(out, /^killed {3}bisect-off-by-one: R1 fails, R2 fails, R3 fails$/m);
});
