/**
 * The kit as others get it: one module, which runs where there is no Deno and nothing of this repository.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "./kit.ts";
import { temporaryDirectory } from "./testing.ts";
import { denoRun } from "./testing_tasks.ts";

const PAGE = Deno.readTextFileSync(new URL("../docs/kit.md", import.meta.url));
const hasNode = new Deno.Command("sh", { args: ["-c", "command -v node"] }).outputSync().success;

Deno.test({
  name: `Node runs the page's example with the kit that is written, and prints the page's table${
    hasNode ? "" : " (skipped: no Node here)"
  }`,
  ignore: !hasNode,
  fn: () => {
    using directory = temporaryDirectory();
    assertEquals(main([directory.path]), 0);
    const [, example] = PAGE.match(/```js ignore\n([^]*?)```/)!;
    const [, wanted] = PAGE.match(/table\(report\(laws\)\),\n {2}`\\\n([^]*?)`/)!;
    Deno.writeTextFileSync(`${directory.path}/example.mjs`, example!);
    const { code, stdout, stderr } = new Deno.Command("node", {
      args: ["example.mjs"],
      cwd: directory.path,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH")! },
    }).outputSync();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(code, 0, text(stderr));
    assertEquals(text(stdout), `${wanted}\n`);
  },
});

Deno.test("the kit is one module that imports nothing, and its types say what it wants", () => {
  using directory = temporaryDirectory();
  assertEquals(main([directory.path]), 0);
  const read = (file: string) => Deno.readTextFileSync(`${directory.path}/${file}`);
  assertEquals(read("kit.js").match(/^import .*|\brequire\(.*|\bDeno\..*/gm), null);
  assertEquals(read("kit.d.ts").match(/^import .*/gm), null);
  Deno.writeTextFileSync(
    `${directory.path}/wrong.ts`,
    `// @ts-types="./kit.d.ts"
import { check, type Decision, quorumLaws, random } from "./kit.js";
const open: Decision = "open";
check(quorumLaws({ decide: () => open }));
check(quorumLaws({ decide: () => "perhaps" }));
`,
  );
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["check", "--no-config", `${directory.path}/wrong.ts`],
    env: { NO_COLOR: "1" },
  }).outputSync();
  const said = new TextDecoder().decode(stderr);
  assert(!success, said);
  assertMatch(said, /TS2459 .*'random' locally, but it is not exported/);
  assertMatch(said, /TS2322 .*Type '"perhaps"' is not assignable to type 'Decision'/);
  assertMatch(said, /Found 2 errors/);
});

Deno.test("more than a directory is refused in a sentence", () => {
  const { code, err } = denoRun("cmd/kit.ts", ["--out", "dist"], { permissions: ["-A"] });
  assertEquals(code, 2);
  assertMatch(err, /^Cannot make the kit: one directory wanted, got --out dist\n/);
});
