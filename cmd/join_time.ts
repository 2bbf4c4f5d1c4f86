/**
 * `deno task join-time`: how long it takes until a node that joins serves all that it owns, beside what the disk can write.
 *
 * One real node holds all keys, n is 3, and a second one joins, with the settings of an operator who sets
 * nothing: it is to hold a copy of everything. Counted is from the commit until nothing is on the move, as
 * both see it. Then the same bytes are written on the same disk without rotor: by Deno KV in large commits, and into a file
 * that is synchronised once. Only shares of one run mean something: machines differ.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { rotor, temporaryDirectory, until } from "./testing.ts";
import { keyUrl, put } from "./testing_cluster.ts";
import { TestNodes } from "./testing_nodes.ts";

const USAGE = `Usage: deno task join-time [--keys K]

How long a node takes to join, as a share of what the disk can write.

  --keys K   how many keys of 1 KiB there are (100000)`;

const VALUE_BYTES = 1 << 10;
const WRITERS = 64;
/** How long a join may take. In ms. */
const LIMIT_MS = 600_000;
/** Values of one commit of the bare Deno KV. */
const BATCH = 500;

/** Fills the first node. */
async function fill(url: string, keys: number): Promise<void> {
  let next = 0;
  const write = async () => {
    while (next < keys) {
      const key = next++;
      const { status, problem } = await put(keyUrl(url, "join", `${key}`), noise());
      if (status !== 204) throw new Error(`Cannot put key ${key}: ${status} ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

/** Joins the second node. In ms. */
async function join(nodes: TestNodes, keys: number): Promise<number> {
  await nodes.start(2);
  const admin = (...args: string[]) => rotor(["admin", ...args, "--url", nodes.url(1)]);
  await until(async () => (await admin("join", "node2")).code === 0, "node2 to call");
  const { stdout } = await admin("plan", "--json");
  const { plan } = JSON.parse(stdout);
  const startMs = performance.now();
  const body = JSON.stringify({ plan });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${nodes.url(1)}/admin/commit`, { method: "POST", headers, body });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`Cannot commit: ${said}`);
  const isDone = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const all = await Promise.all([1, 2].map(async (node) => {
      return await (await fetch(`${nodes.url(node)}/admin/status`)).json();
    }));
    return all.every(({ unsettled, standing, recovering }) =>
      unsettled === 0 && standing === "in" && !recovering
    ) && all[1].trees.keys === keys;
  };
  await until(isDone, "node2 to serve all that it owns", LIMIT_MS);
  return performance.now() - startMs;
}

/** The same bytes, by Deno KV alone. In ms. */
async function bareKv(directory: string, keys: number): Promise<number> {
  const kv = await Deno.openKv(`${directory}/bare.kv`);
  const startMs = performance.now();
  for (let at = 0; at < keys; at += BATCH) {
    const commit = kv.atomic();
    for (let key = at; key < Math.min(keys, at + BATCH); key++) commit.set(["k", key], noise());
    await commit.commit();
  }
  const tookMs = performance.now() - startMs;
  kv.close();
  return tookMs;
}

/** The same bytes, into a file. In ms. */
function bareFile(directory: string, keys: number): number {
  using file = Deno.openSync(`${directory}/bare`, { write: true, create: true });
  const startMs = performance.now();
  for (let key = 0; key < keys; key++) file.writeSync(noise());
  file.syncSync();
  return performance.now() - startMs;
}

/** What no disk can make smaller. */
function noise(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(VALUE_BYTES));
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: "string", default: "100000" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const keys = Number(values.keys);
  if (!(Number.isSafeInteger(keys) && keys > 0)) {
    console.error(`Cannot run: a whole number of keys wanted, got ${args.join(" ")}`);
    return 2;
  }
  await using nodes = TestNodes.apart({
    nodes: 2,
    known: (node) => node === 1 ? [] : ["--seed", `127.0.0.1:${nodes.port(1)}`],
  });
  await nodes.start(1);
  await fill(nodes.url(1), keys);
  console.log(`${keys} keys of ${VALUE_BYTES} bytes are there`);
  const joinMs = await join(nodes, keys);
  using directory = temporaryDirectory();
  const [kvMs, fileMs] = [await bareKv(directory.path, keys), bareFile(directory.path, keys)];
  const rate = (ms: number) =>
    `${(keys * VALUE_BYTES / (1 << 20) / (ms / 1_000)).toFixed(1)} MiB/s`;
  const line = (what: string, ms: number) =>
    `${what.padEnd(8)} ${(ms / 1_000).toFixed(1).padStart(6)} s  ${rate(ms).padStart(12)}` +
    `  the join writes at ${(100 * ms / joinMs).toFixed(1)} % of that`;
  for (const [what, ms] of [["join", joinMs], ["Deno KV", kvMs], ["file", fileMs]] as const) {
    console.log(line(what, ms));
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
