/**
 * Runs the README as a new user would: every `console` block against a real cluster, every command of it, in order, in
 * one shell. What a command prints must be what stands under it, but for two things: `…` in the README stands for any
 * text (context tokens, vtags, dates), and the ports 8098 to 8100 are those of the test's own cluster.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import deno from "../deno.json" with { type: "json" };
import { TestCluster } from "./testing_cluster.ts";

/** One command of the README, and what stands under it. */
interface Step {
  readonly command: string;
  readonly expected: string;
}

const README = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
const FIRST_PORT = 8098;
const MARK = "=== end of a command ===";

Deno.test("the README's session does what the README says", async () => {
  const steps = [...README.matchAll(/^```console\n(.*?)^```$/gms)].flatMap((block) =>
    stepsOf(block[1] ?? "")
  );
  assert(steps.length >= 8, `a session is wanted, got ${steps.length} commands`);
  assert(steps.every(({ command }) => /\bcurl\b/.test(command)), "every line is a curl line");
  await using cluster = await TestCluster.start();
  // curl shows how far it is where its output goes into a pipe; a user's terminal has no use for that in a README.
  const script = ['curl() { command curl --silent --show-error "$@"; }']
    .concat(
      steps.flatMap(({ command }) => [onPorts(command, cluster.port), `printf '\\n${MARK}\\n'`]),
    )
    .join("\n");
  const shell = new Deno.Command("sh", { args: ["-ec", script], stdin: "null" });
  const { success, stdout, stderr } = await shell.output();
  assert(success, new TextDecoder().decode(stderr));
  const outputs = new TextDecoder().decode(stdout).split(`\n${MARK}\n`).slice(0, -1);
  assertEquals(outputs.length, steps.length);
  for (const [i, { command, expected }] of steps.entries()) {
    assertMatch(`${tidy(outputs[i] ?? "")}\n`, patternOf(expected), command);
  }
});

Deno.test("the README's two commands are tasks, and start what the README says", () => {
  const tasks = [...README.matchAll(/^npx -y deno@([0-9.]+) task (\w+)/gm)].map((match) =>
    match[2]
  );
  assertEquals(tasks, ["start", "test"]);
  assertEquals(
    deno.tasks.start.command,
    "deno run -A cmd/main.ts cluster --nodes 3 --data .rotor --port 8098",
  );
  assertEquals(deno.tasks.test.command, "deno run -A cmd/test.ts");
});

Deno.test("the README links to pages that are there", () => {
  const links = [...README.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? "");
  for (const link of links.filter((link) => !link.startsWith("https://"))) {
    Deno.statSync(new URL(`../${link}`, import.meta.url));
  }
});

function stepsOf(block: string): Step[] {
  const [before = "", ...steps] = block.split(/^\$ /m);
  assertEquals(before, "", "a block begins with a command");
  return steps.map((step) => {
    const [command = "", ...expected] = step.split("\n");
    return { command, expected: expected.join("\n") };
  });
}

function onPorts(command: string, first: number): string {
  const move = (port: string) => `:${first + Number(port.slice(1)) - FIRST_PORT}`;
  return command.replaceAll(/:(8098|8099|8100)\b/g, move);
}

/** What a terminal shows: no carriage returns, nothing but one line end at the end. */
function tidy(output: string): string {
  return output.replaceAll("\r", "").trimEnd();
}

/** The whole of what is expected; `…` is any text. */
function patternOf(expected: string): RegExp {
  const parts = tidy(expected).split("…").map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("[^]*?")}\\n$`);
}
