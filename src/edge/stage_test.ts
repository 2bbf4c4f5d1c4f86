import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DEFAULTS } from "../protocol/config.ts";
import { type RunningNode, serve, type Settings, StartError } from "./server.ts";
import { until } from "./testing.ts";

const QUICK = { gossipMs: 20, probeMs: 100 };

async function start(more: Partial<Settings> = {}) {
  const node = await serve({
    dataDir: null,
    engine: "memory",
    maxStoreBytes: undefined,
    listen: { host: "127.0.0.1", port: 0 },
    advertise: undefined,
    id: undefined,
    members: undefined,
    config: { ...DEFAULTS, n: 1, r: 1, w: 1, partitions: 8, ...QUICK },
    placement: { strategy: 3, tokens: 0 },
    said: QUICK,
    secrets: [],
    insecure: false,
    log: () => {},
    ...more,
  });
  return Object.assign(node, { [Symbol.asyncDispose]: () => node.stop() });
}

async function ask(node: RunningNode, path: string, value?: object) {
  const init = value === undefined ? {} : {
    method: "POST",
    body: JSON.stringify(value),
    headers: { "Content-Type": "application/json" },
  };
  const response = await fetch(`${node.url}/admin/${path}`, init);
  return { status: response.status, body: await response.json() };
}

/** Joins or removes, when it may be. */
async function take(node: RunningNode, step: object): Promise<void> {
  let staged = await ask(node, "stage", step);
  for (const endMs = performance.now() + 10_000; staged.status !== 200;) {
    if (performance.now() > endMs) throw new Error(staged.body.detail);
    await new Promise((resolve) => setTimeout(resolve, 10));
    staged = await ask(node, "stage", step);
  }
  const { body: { plan } } = await ask(node, "plan");
  assertEquals((await ask(node, "commit", { plan, force: true })).status, 200);
}

Deno.test("of two who commit one plan at once one is told that it is stale", async () => {
  await using a = await start({ id: "a" });
  assertEquals((await ask(a, "stage", { kind: "zone", node: "a", zone: "east" })).status, 200);
  const { body: { plan } } = await ask(a, "plan");
  const both = await Promise.all([ask(a, "commit", { plan }), ask(a, "commit", { plan })]);
  const [done, stale] = both.sort((one, other) => one.status - other.status);
  assertEquals([done!.status, stale!.status, stale!.body.type], [200, 409, "/errors/stale_plan"]);
  assertEquals(a.changes.length, 2);
  const { body: { members } } = await ask(a, "status");
  assertEquals(members[0].zone, "east");
});

Deno.test("who waits outside is joined at any node that it calls; removed, it never comes back under its name", async () => {
  await using a = await start({ id: "a" });
  const seeds = [new URL(a.url).host];
  {
    await using b = await start({ id: "b", seeds });
    const refused = await ask(b, "stage", { kind: "join", node: "b" });
    assertEquals([refused.status, refused.body.detail], [
      503,
      "Cannot stage: it is no member yet; ask a member",
    ]);
    assertEquals((await ask(b, "status")).body.standing, "outside");
    await take(a, { kind: "join", node: "b" });
    await until(() => b.isMember, "b to hear of its join");
    await using c = await start({ id: "c", seeds: [new URL(b.url).host] });
    await take(b, { kind: "join", node: "c" });
    await until(() => c.isMember, "c to hear of its join");
    await until(() => a.changes.length === 3, "a to hear of the join of c");
    // They serve what nobody else does.
    await take(a, { kind: "remove", node: "b", acceptLoss: true });
    await take(a, { kind: "remove", node: "c", acceptLoss: true });
  }
  const error: Error = await assertRejects(() => start({ id: "b", seeds }), StartError);
  assertMatch(error.message, /^Cannot start b: it has left the cluster for good \(members: a\)/);
  await using d = await start({ id: "d", seeds });
  assertEquals(d.changes.length, 5);
});
