/**
 * The promise that everything else is for: what was acknowledged is there, whatever became of a node meanwhile.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { start } from "./testing.ts";
import { get, keyUrl, put, TestCluster } from "./testing_cluster.ts";

const KEYS = 800;
const MAX_BYTES = 1 << 20;
/** Requests at once. */
const WORKERS = 12;

Deno.test("every acknowledged write survives kill -9 of a node, through every node", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`sizes and contents are drawn from seed ${seed}`);
  await using cluster = await TestCluster.start();
  const acknowledged = new Set<number>();

  let killed = 0;
  await inParallel(KEYS, async (key) => {
    if (key === KEYS / 2) {
      killed = cluster.pid(2);
      Deno.kill(killed, "SIGKILL");
    }
    await putSomewhere(cluster, key, contentOf(seed, key));
    acknowledged.add(key);
  });
  await cluster.program.line(/^node2 ended: signal SIGKILL$/);
  assertEquals(acknowledged.size, KEYS);

  // It comes back with what it had on its disk, and reads bring the rest.
  await using again = start(cluster.nodeFlags(2));
  await again.line(/^node2 serves on /);
  assert(cluster.pid(2) !== killed);

  for (const node of cluster.urls) {
    await inParallel(KEYS, async (key) => {
      const { values } = await get(keyUrl(node, "durable", `key ${key}`));
      const wanted = contentOf(seed, key);
      // A put that was sent again after an ambiguous failure may stand there twice: equal siblings of one value.
      assert(values.length > 0, `key ${key} is lost at ${node} (seed ${seed})`);
      for (const value of values) {
        assert(equal(value, wanted), `key ${key} has other bytes at ${node} (seed ${seed})`);
      }
    });
  }
});

/** Puts through the nodes in turn, the next one where one does not answer, until the put is acknowledged. */
async function putSomewhere(
  cluster: TestCluster,
  key: number,
  content: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const failures: string[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    const node = cluster.urls[(key + attempt) % cluster.urls.length] ?? "";
    try {
      const { status, problem } = await put(keyUrl(node, "durable", `key ${key}`), content);
      if (status === 204) return;
      failures.push(`${status} ${problem}`);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch says so when the node is gone
      failures.push(`${error.cause ?? error}`);
    }
  }
  throw new Error(`Cannot put key ${key} anywhere: ${failures.join("; ")}`);
}

/** Runs the work for 0 … count-1, in order of begin, some at once. */
async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

/** The content of a key: a function of seed and key, so that nothing need be kept. */
function contentOf(seed: number, key: number): Uint8Array<ArrayBuffer> {
  let state = (seed ^ Math.imul(key + 1, 0x9e3779b1)) | 1;
  const next = () => { // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 8; i++) next(); // neighbouring keys begin alike
  const bytes = sizeOf(key, next() / 2 ** 32);
  const words = new Uint32Array(Math.ceil(bytes / 4)).map(next);
  return new Uint8Array(words.buffer, 0, bytes);
}

/** Log-uniform from 0 B to 1 MiB; both ends stand for certain. */
function sizeOf(key: number, chance: number): number {
  if (key < 2) return key * MAX_BYTES;
  return Math.floor(Math.exp(chance * Math.log(MAX_BYTES + 2))) - 1;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let same = a.length === b.length;
  for (let i = 0; same && i < a.length; i++) same = a[i] === b[i];
  return same;
}
