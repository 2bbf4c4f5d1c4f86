/**
 * The README is true: its session runs as a new user would run it, its commands are tasks, its links lead somewhere.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import deno from "../deno.json" with { type: "json" };
import { TestCluster } from "./testing_cluster.ts";
import { runSession, stepsOfPage } from "./testing_session.ts";

const README = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
const CLI_PAGE = Deno.readTextFileSync(new URL("../docs/cli.md", import.meta.url));

Deno.test("the README's session does what the README says, and then that of docs/cli.md", async () => {
  const steps = stepsOfPage(README);
  assert(steps.length >= 8, `a session is wanted, got ${steps.length} commands`);
  assert(steps.every(({ command }) => /\bcurl\b/.test(command)), "every line is a curl line");
  const more = stepsOfPage(CLI_PAGE);
  assert(more.length >= 8, `a session is wanted, got ${more.length} commands`);
  assert(more.every(({ command }) => /\brotor\b/.test(command)), "every line is a rotor line");
  await using cluster = await TestCluster.start({ flags: ["--engine", "memory"] });
  await runSession([...steps, ...more], cluster);
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
