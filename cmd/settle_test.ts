import { assert, assertEquals } from "@std/assert";
import { until } from "./testing.ts";
import { QUICK, TestNodes } from "./testing_nodes.ts";

/** M is 6 s and D 3 s: what comes from a busy machine is young enough, and a test need not wait for long. */
const SETTLING = {
  ...QUICK,
  settleMs: 300,
  reapAfterMs: 1,
  maxMessageAgeMs: 6_000,
  maxRequestMs: 3_000,
  repairWaitMs: 200,
};
const KEYS = 12;
const LIMIT_MS = 90_000;

Deno.test("a node that is down keeps deleted keys, and says who it is; when it is back they go from every disk", async () => {
  await using nodes = await TestNodes.start({ nodes: 4, settings: SETTLING });
  const keys = Array.from({ length: KEYS }, (_, i) => `k${i}`);
  const ask = async (method: "PUT" | "DELETE", key: string) => {
    const url = `${nodes.url(1)}/buckets/b/keys/${key}?w=3`;
    const headers = { "Content-Type": "text/plain" };
    const init = method === "PUT" ? { method, headers, body: key } : { method };
    const response = await fetch(url, init);
    await response.body?.cancel();
    assertEquals(response.status, 204, `${method} ${key}`);
  };
  for (const key of [...keys, "stays"]) await ask("PUT", key);
  await nodes.kill(4);
  for (const key of keys) await ask("DELETE", key);
  const settle = async (node: number) =>
    await (await fetch(`${nodes.url(node)}/admin/settle`)).json();
  await until(
    async () => (await settle(1)).stalledBy.includes("node4"),
    "node1 to say that node4 holds it up",
    LIMIT_MS,
  );
  const waiting = (await Promise.all([1, 2, 3].map(settle))).reduce(
    (sum, one) => sum + one.waiting,
    0,
  );
  assert(waiting > 0, "those that node4 does not lead wait");
  const held = async () =>
    (await Promise.all(nodes.numbers.map((node) => nodes.disk(node))))
      .flatMap(({ copies }) => [...copies.keys()]);
  assertEquals(new Set(await held()).size, KEYS + 1);

  await nodes.start(4);
  let left: string[] = [];
  await until(
    async () => (left = (await held()).filter((key) => key !== "b/stays")).length === 0,
    "deleted keys to go",
    LIMIT_MS,
  ).catch((error) => {
    throw new Error(`${error.message}, but ${left.join(", ")} are held`);
  });
  assertEquals(await held(), ["b/stays", "b/stays", "b/stays"]);
  assert(await nodes.marks("settle.reaped") >= 3 * KEYS);
  const response = await fetch(`${nodes.url(2)}/buckets/b/keys/k0`);
  await response.body?.cancel();
  assertEquals([response.status, response.headers.get("X-Riak-Vclock")], [404, null]);
});
