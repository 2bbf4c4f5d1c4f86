/**
 * S23 on a real disk: a process that is killed in the middle of its writes loses nothing that it was told is durable.
 */
import { assert, assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { objectName } from "../../../props/generators.ts";
import { type Boot, nodeId } from "../../id.ts";
import { audit } from "./audit.ts";
import { DataDirectory } from "./data_directory.ts";
import { DenoKvEngine } from "./deno_kv.ts";
import { RecordStore } from "./record_store.ts";

const AUDIT = "audit..." as Boot;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

/** Some node for which this one keeps hints. */
const OWNER = nodeId("owner");
/** How many keys are written: of every second one the hint, of the others the record. */
const KEYS = 8;

/** Writes objects of 0 B to 3 MiB to eight keys, and prints a line before each write and one after it. */
function writer(dir: string, boot: string): string {
  const at = (path: string) => JSON.stringify(import.meta.resolve(path));
  return `
    import { crc32 } from "node:zlib";
    import { openStore } from ${at("./open.ts")};
    import { actor, objectName, version } from ${at("../../../props/generators.ts")};
    import { EMPTY, write } from ${at("../../version/siblings.ts")};
    import { FRESH } from ${at("../../version/version_vector.ts")};
    const store = await openStore({
      dir: ${JSON.stringify(dir)}, engine: "kv", boot: ${JSON.stringify(boot)}, log: console.error,
    });
    for (let i = 0; i < ${KEYS}; i++) writeFor(i);
    async function writeFor(key) {
      const isHint = key % 2 === 1;
      const copy = {
        name: objectName("b", String(key)),
        owner: isHint ? ${JSON.stringify(OWNER)} : null,
      };
      const more = isHint ? { hint: { n: 3, seat: 1, w: 2 } } : {};
      for (let n = 1;; n++) {
        const size = Math.floor(n % 2 ? 2 ** (20 * Math.random()) : 2 ** (20 + 1.5 * Math.random()));
        const content = new Uint8Array(size).fill(n);
        const dot = { actor: actor("a", n), counter: 1 };
        const container = write(EMPTY, FRESH, dot, version("", { content }));
        const sum = crc32(content);
        console.log(\`\\ntry \${key} \${sum} .\`);
        const outcome = await store.store(copy, { container, mine: dot, ...more });
        if (outcome === "durable") console.log(\`\\ndone \${key} \${sum} .\`);
      }
    }`;
}

/** Lets a writer write until it has been told `wanted` times that something is durable; then kills it. */
async function killAfter(dir: string, boot: string, wanted: number): Promise<string[][]> {
  await Deno.writeTextFile(`${dir}.${boot}.ts`, writer(dir, boot));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      "--no-check",
      "--unstable-kv",
      "--config",
      CONFIG,
      `${dir}.${boot}.ts`,
    ],
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let said = "";
  for await (const piece of child.stdout) {
    said += decoder.decode(piece, { stream: true });
    if (said.split("done").length > wanted) child.kill("SIGKILL");
  }
  await child.status;
  return said.split("\n").map((line) => line.split(" ")).filter((words) => words.at(-1) === ".");
}

Deno.test("S23 a process that is killed while it writes loses nothing durable", async () => {
  const parent = await Deno.makeTempDir({ prefix: "rotor-kill-" });
  const dir = `${parent}/data`;
  const allowed = new Map<string, Set<string>>(); // what a reader may find under a key
  for (const boot of ["boot one", "boot two", "boot 003"]) {
    const lines = await killAfter(dir, boot, 30);
    assert(lines.length > 30, `more than 30 lines wanted, got ${lines.length}`);
    for (const [what, key, sum] of lines) {
      if (what === "done") allowed.set(key!, new Set([sum!]));
      else allowed.set(key!, (allowed.get(key!) ?? new Set(["absent"])).add(sum!));
    }
    const directory = await DataDirectory.take(dir);
    const engine = await DenoKvEngine.open(directory.kv, { boot: AUDIT });
    const store = await RecordStore.open(engine, { boot: AUDIT });
    assertEquals(await audit(engine), []);
    for (const [key, sums] of allowed) {
      const { result, hints } = await store.fetch(objectName("b", key), [OWNER]);
      const isHint = Number(key) % 2 === 1;
      assertEquals(isHint ? result.kind : hints.length, isHint ? "absent" : 0);
      const record = isHint ? hints[0]?.record : result.kind === "record" ? result.record : null;
      const sum = record ? String(crc32(record.container.siblings[0]!.version.content)) : "absent";
      assert(sums.has(sum), `${key}: one of ${[...sums]} wanted, got ${sum}`);
      allowed.set(key, new Set([sum]));
    }
    await store.close();
    directory.release();
  }
  await Deno.remove(parent, { recursive: true });
});
