/**
 * What nodes do that die, lose their disks or freeze, with real processes (paper, sections 4.6 and 4.7).
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { chaos, report } from "./chaos.ts";
import { until } from "./testing.ts";
import { keyUrl, put } from "./testing_cluster.ts";
import { QUICK, TestNodes } from "./testing_nodes.ts";

const N = 3;
/** Requests at once. */
const WORKERS = 8;
const TIMEOUT_MS = QUICK["requestTimeoutMs"]!;
/** What a busy machine may add to a timeout. */
const GRACE_MS = 3_000;

/** Puts a key of each number through the nodes in turn. */
async function putMany(
  nodes: TestNodes,
  count: number,
  through: readonly number[] = nodes.running,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const key = next++;
      const node = through[key % through.length]!;
      const { status, problem } = await put(keyUrl(nodes.url(node), "b", `${key}`), `value ${key}`);
      assertEquals([status, problem], [204, ""]);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

Deno.test("a node whose disk was wiped gets everything back by comparing trees, without any read", async () => {
  await using nodes = await TestNodes.start({ nodes: 5, settings: QUICK });
  await putMany(nodes, 500);
  await nodes.alike(N);
  const before = await nodes.disk(4);
  assert(before.copies.size > 150, `some 300 keys wanted, got ${before.copies.size}`);
  await nodes.kill(4);
  const delivered = await nodes.marks("hint.delivered");
  nodes.wipe(4);
  await nodes.start(4);
  await until(async () => (await nodes.disk(4)).copies.size === before.copies.size, "its records");
  await nodes.alike(N);
  assertEquals(await nodes.disk(4), before);

  // Nobody has read, and nobody kept a hint for it: what it has, it has through the trees.
  assertEquals(await nodes.marks("hint.delivered"), delivered);
  assert(await nodes.marks("exchange.repair") >= before.copies.size);
  for (const node of nodes.running) {
    const { requests } = await nodes.stats(node);
    assertEquals(requests["get"], undefined, `node${node} has served a read`);
  }
});

Deno.test("while a wiped node recovers, no strict read through it misses what was acknowledged; then it reads again", async () => {
  await using nodes = await TestNodes.start({ nodes: 5, settings: QUICK });
  const KEYS = 60;
  await putMany(nodes, KEYS);
  await nodes.alike(N);
  const read = async (key: number) => {
    const url = `${keyUrl(nodes.url(4), "b", `${key}`)}?r=2&sloppy_quorum=false`;
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status;
  };
  const readAll = () => Promise.all(Array.from({ length: KEYS }, (_, key) => read(key)));
  const isRecovering = async () =>
    (await (await fetch(`${nodes.url(4)}/admin/status`)).json()).recovering;
  await nodes.kill(4);
  nodes.wipe(4);
  // Whoever is frozen can neither be compared with nor say that no put counts on what was lost.
  nodes.signal(5, "SIGSTOP");
  await nodes.start(4);
  const statuses = new Set(await readAll());
  assertEquals(await isRecovering(), true);
  assert(statuses.isSubsetOf(new Set([200, 503])), `200 or 503 wanted, got ${[...statuses]}`);
  assert(statuses.has(200) && statuses.has(503), `both wanted, got ${[...statuses]}`);
  nodes.signal(5, "SIGCONT");
  await until(async () => !(await isRecovering()), "it to be whole", 30_000);
  await nodes.alike(N);
  assertEquals(new Set(await readAll()), new Set([200]));
});

Deno.test("nodes that are killed at random, one or two at a time, lose nothing and end up alike", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`who is killed and who does what is drawn from seed ${seed}`);
  const outcome = await chaos({ seed, stormMs: 6_000, patienceMs: 10_000, settings: QUICK });
  const { breaches, complaints, counts, kills } = outcome;
  assertEquals([breaches, complaints], [[], []], report(outcome).join("\n"));
  assert(kills > 0 && counts.get("put ok")! > 0 && counts.get("get ok")! > 0);
  // What is not taken although W nodes could: only puts that were with a node when it died.
  assertEquals(counts.get("put refused"), undefined, report(outcome).join("\n"));
  console.log(report(outcome).join("\n"));
});

Deno.test("a frozen node costs its clients one timeout, and then others serve; thawed, it takes what it missed", async () => {
  await using nodes = await TestNodes.start({ nodes: 5, settings: QUICK });
  await putMany(nodes, 50);
  await nodes.alike(N);
  nodes.signal(2, "SIGSTOP");
  const others = nodes.numbers.filter((node) => node !== 2);

  // A client of the frozen node itself hears nothing, gives up, and asks elsewhere.
  const asked = fetch(keyUrl(nodes.url(2), "b", "0"), { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const isLate = assertRejects(() => asked, DOMException);

  // Clients of the others: each request is answered, at worst when its time is up, and soon all are taken.
  let longestMs = 0;
  const refused: string[] = [];
  const putAll = async () => {
    let taken = 0;
    for (const node of others) {
      const startMs = performance.now();
      const { status, problem } = await put(keyUrl(nodes.url(node), "b", crypto.randomUUID()), "v");
      longestMs = Math.max(longestMs, performance.now() - startMs);
      if (status === 204) taken++;
      else refused.push(`${status} ${problem}`);
    }
    return taken === others.length && await isDownForAll(nodes, others);
  };
  await until(putAll, "the others to do without node2");
  await isLate;
  assert(longestMs < TIMEOUT_MS + GRACE_MS, `a request took ${longestMs} ms`);
  for (const each of refused) assertMatch(each, /^503 .*"definite":(true|false)/);
  // Who holds it to be down asks it no more: every put is taken.
  await putMany(nodes, 100, others);

  nodes.signal(2, "SIGCONT");
  await nodes.alike(N);
  assert(await nodes.marks("hint.delivered") > 0);
});

/** Whether each of these nodes has held some other to be down. */
async function isDownForAll(nodes: TestNodes, others: readonly number[]): Promise<boolean> {
  const all = await Promise.all(others.map((node) => nodes.stats(node)));
  return all.every(({ marks }) => (marks["health.down"] ?? 0) > 0);
}
