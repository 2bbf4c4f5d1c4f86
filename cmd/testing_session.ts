/**
 * Runs the sessions of a page as a new user would: every `console` block against a real cluster, every command of it, in
 * order, in one shell. What a command prints must be what stands under it, but for two things: `…` in the page stands
 * for any text (context tokens, vtags, dates), and the ports 8098 to 8100 are those of the test's own cluster.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ownProgram } from "./process.ts";
import type { TestCluster } from "./testing_cluster.ts";

/** One command of a page, and what stands under it. */
export interface Step {
  readonly command: string;
  readonly expected: string;
}

const FIRST_PORT = 8098;
const MARK = "=== end of a command ===";

/** The steps of a page's `console` blocks. */
export function stepsOfPage(page: string): Step[] {
  return [...page.matchAll(/^```console\n(.*?)^```$/gms)].flatMap((block) =>
    stepsOf(block[1] ?? "")
  );
}

/** Runs the steps in one shell, where `curl` is curl and `rotor` this program. @throws If one prints something else. */
export async function runSession(steps: readonly Step[], cluster: TestCluster): Promise<void> {
  const { path, args } = ownProgram([]);
  const errors = Deno.makeTempFileSync({ prefix: "rotor-session-" });
  const lines = [
    // curl shows how far it is where its output goes into a pipe; a user's terminal has no use for that in a page.
    'curl() { command curl --silent --show-error "$@"; }',
    `rotor() { ${[path, ...args].map(quoted).join(" ")} "$@"; }`,
    `exec 2>>${quoted(errors)}`,
  ];
  for (const { command } of steps) {
    // What a terminal shows: standard output, then what was said about it, on a line of its own.
    lines.push(`: >${quoted(errors)}`, cluster.onPorts(command, FIRST_PORT));
    lines.push(`echo`, `cat ${quoted(errors)}`, `printf '\\n${MARK}\\n'`);
  }
  try {
    const env = { NO_COLOR: "1", ROTOR_URL: cluster.urls[0] ?? "" };
    const shell = new Deno.Command("sh", { args: ["-c", lines.join("\n")], stdin: "null", env });
    const { success, stdout } = await shell.output();
    assert(success, Deno.readTextFileSync(errors));
    const outputs = new TextDecoder().decode(stdout).split(`\n${MARK}\n`).slice(0, -1);
    assertEquals(outputs.length, steps.length);
    for (const [i, { command, expected }] of steps.entries()) {
      assertMatch(tidy(outputs[i] ?? ""), patternOf(expected), command);
    }
  } finally {
    Deno.removeSync(errors);
  }
}

function stepsOf(block: string): Step[] {
  const [before = "", ...steps] = block.split(/^\$ /m);
  assertEquals(before, "", "a block begins with a command");
  return steps.map((step) => {
    const [command = "", ...expected] = step.split("\n");
    return { command, expected: expected.join("\n") };
  });
}

/** No carriage returns, no empty lines. */
function tidy(output: string): string {
  return output.replaceAll("\r", "").split("\n").filter((line) => line !== "").join("\n");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The whole of what is expected; `…` is any text. */
function patternOf(expected: string): RegExp {
  const parts = tidy(expected).split("…").map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("[^]*?")}$`);
}
