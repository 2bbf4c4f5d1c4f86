/**
 * The way a new user starts it: `npx -y deno@VERSION task …`, which is a chain of npx, deno, a shell and the program. SIGTERM to
 * npx alone would leave the rest running, so whoever starts it so stops its whole process group, as Ctrl-C does.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { freePorts, isAlive, isFree, Running, temporaryDirectory, until } from "./testing.ts";
import { get, keyUrl, put, texts } from "./testing_cluster.ts";

const VERSION = "2.9.4";
const hasNpx = new Deno.Command("sh", { args: ["-c", "command -v npx"] }).outputSync().success;

Deno.test({
  name: `what npx has started, Ctrl-C ends whole${hasNpx ? "" : " (skipped: no npx here)"}`,
  ignore: !hasNpx,
  fn: async () => {
    using directory = temporaryDirectory();
    const port = freePorts(3);
    const own = ["--nodes", "3", "--data", `${directory.path}/data`, "--port", `${port}`];
    const task = ["-y", `deno@${VERSION}`, "task", "rotor", "cluster", ...own];
    // Detached, it leads a process group of its own, whose id is the process id of npx.
    await using npx = new Running("npx", task, {
      cwd: new URL("..", import.meta.url),
      env: { NO_COLOR: "1" },
      detached: true,
    });
    let group: number[] = [];
    try {
      await npx.line(/^ready$/);
      group = processesOf(npx.pid);
      assert(group.length >= 5, `npx, the cluster and three nodes wanted, got ${group.length}`);
      const key = keyUrl(`http://127.0.0.1:${port}`, "b", "k");
      assertEquals((await put(key, "value")).status, 204);
      assertEquals(texts(await get(key)), ["value"]);
    } finally {
      Deno.kill(-npx.pid, "SIGINT");
      await npx.ended;
    }
    await until(() => !group.some(isAlive), `processes ${group} to end`);
    assertEquals(processesOf(npx.pid), []);
    assert([0, 1, 2].every((i) => isFree(port + i)), "the ports are free");
  },
});

/** The living processes of a process group. */
function processesOf(group: number): number[] {
  return [...Deno.readDirSync("/proc")]
    .map(({ name }) => Number(name))
    .filter((pid) => Number.isInteger(pid) && groupOf(pid) === group && isAlive(pid));
}

function groupOf(pid: number): number | null {
  try {
    // Behind the name, which stands in brackets and may hold anything: state, parent, group.
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || /os error 3\b/.test(String(error))) return null;
    throw error;
  }
}
