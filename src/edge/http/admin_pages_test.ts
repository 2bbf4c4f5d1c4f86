import { assertEquals, assertMatch } from "@std/assert";
import { failure } from "../../protocol/error.ts";
import type { NodeId } from "../../id.ts";
import { nameOf } from "../../../props/asks.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";
import { arrive } from "../../../props/laws/driving.ts";
import type { World } from "../../../props/world.ts";

const NAME = nameOf("fruit/apple");
const PATH = "/buckets/fruit/keys/apple";

function start() {
  const node = new HttpNodes();
  const api = node.api();
  const send = (method: string, target: string, init?: RequestInit) =>
    api(rawRequest(method, target, init));
  const put = (body: string, path = PATH) =>
    send("PUT", `${path}?w=3`, { body, headers: { "Content-Type": "text/plain" } });
  const page = async (name: string) => {
    const response = await send("GET", `/admin/${name}`);
    assertEquals(response.status, 200, name);
    return await response.json();
  };
  const { world } = node;
  const [n1, n2, n3] = world.ids as [NodeId, NodeId, NodeId];
  return { node, world, send, put, page, n1, n2, n3 };
}

/** A message to `to` certainly does not arrive. */
function undelivered(world: World, from: NodeId, to: NodeId): void {
  const messages = [{ kind: "foreign", request: 0, name: NAME }] as const;
  world.step(from, { kind: "undelivered", to, messages });
}

/** A node forgets one key, as if its disk had lost it while it was down. */
function lose(world: World, id: NodeId): void {
  world.machines.get(id)!.disk.records.clear();
  world.crash(id);
  world.restart(id);
  world.run();
}

Deno.test("/admin/status: the node, its peers, what it keeps, its trees, and nothing that it cannot know", async () => {
  const { world, page, put, n1, n2 } = start();
  await put("red");
  const { boot, cluster, admission, ...status } = await page("status");
  assertMatch(boot, /^[0-9a-f]{16}$/);
  assertMatch(cluster, /^[0-9a-f]{32}$/);
  assertEquals(status, {
    node: n1,
    serves: world.config.partitions,
    recovering: false,
    members: world.ids.map((node) => ({ node, self: node === n1, health: "up", forMs: null })),
    disk: { full: false, usedBytes: null, maxBytes: null },
    hints: { copies: 0, bytes: 0, limitBytes: world.config.maxHintBytes, owners: [] },
    trees: { filled: true, ranges: 1, keys: 1, compared: [] },
    marks: { "exchange.filled": 3 },
  });
  const { kinds, requests, ...gate } = admission;
  assertEquals(gate, {
    ...{ on: true, busy: true, targetMs: world.config.backgroundTargetMs, periodMs: 100 },
    ...{ size: 32, most: 32, running: 0, disk: { count: 2, p50Us: 0, p99Us: 0, maxUs: 0 } },
  });
  assertEquals(kinds.rebuild, { granted: 1, waited: 0, takenBack: 0, waiting: 0 });
  assertEquals(requests, { count: 1, p50Us: 0, p99Us: 0, maxUs: 0 });
  undelivered(world, n1, n2);
  world.wait(700);
  const { members, marks } = await page("status");
  assertEquals(members[1], { node: n2, self: false, health: "suspect", forMs: 700 });
  assertEquals(marks["health.suspect"], 1);
  world.wait(world.config.downAfterMs);
  undelivered(world, n1, n2);
  const down = (await page("status")).members[1];
  assertEquals([down.health, down.forMs], ["down", 700 + world.config.downAfterMs]);
});

Deno.test("/admin/hints: what is kept for each owner, by its bytes", async () => {
  const { node, world, send, put, page, n1, n2, n3 } = start();
  await put("red");
  await put("green", "/buckets/fruit/keys/pear");
  const { hints } = world.machines.get(n1)!.disk;
  const keep = (owner: NodeId, path: string) => {
    const name = nameOf(path);
    const { container } = world.onDisk(n1, name)!;
    hints.put({ owner, name }, { container, mine: null, hint: { n: 3, seat: 1, w: 1 } });
  };
  keep(n2, "fruit/apple");
  keep(n2, "fruit/pear");
  keep(n3, "fruit/apple");
  const type = "text/plain".length;
  const expected = {
    copies: 3,
    bytes: 3 + 5 + 3 + 3 * type,
    limitBytes: world.config.maxHintBytes,
    owners: [
      { owner: n2, copies: 2, bytes: 8 + 2 * type },
      { owner: n3, copies: 1, bytes: 3 + type },
    ],
  };
  assertEquals(await page("hints"), { node: n1, ...expected, marks: {} });
  assertEquals((await page("status")).hints, expected);

  node.storeFails = true;
  const failed = await send("GET", "/admin/hints");
  assertEquals([failed.status, (await failed.json()).type], [503, "/errors/store_failed"]);
  assertEquals((await page("status")).hints, null, "the rest can be said all the same");
});

Deno.test("/admin/aae: replicas that hold the same have the same roots; when they were compared", async () => {
  const { world, page, put, n1, n2 } = start();
  await put("red");
  const { trees, ...all } = await page("aae");
  assertEquals(all, {
    node: n1,
    filled: true,
    ranges: 1,
    keys: 1,
    compared: [],
    marks: { "exchange.filled": 3 },
  });
  const [tree] = trees;
  assertEquals([trees.length, tree.n, tree.keys], [1, 3, 1]);
  assertMatch(tree.rangeEnd + tree.root, /^[0-9a-f]{64}$/);
  const [own, other] = [n1, n2].map((id) => world.machines.get(id)!.node.trees!.plots[0]!);
  assertEquals(own!.tree.root(), other!.tree.root());

  const tell = (root: typeof own) => {
    const roots = root === undefined ? [] : [{ end: root.end, n: 3, root: root.tree.root() }];
    arrive(world, { from: n2, to: n1, message: { kind: "roots", request: 1, roots } });
  };
  tell(other);
  world.wait(40);
  assertEquals((await page("aae")).compared, [{ peer: n2, agoMs: 40, differing: 0 }]);
  tell(undefined);
  const later = await page("aae");
  assertEquals(later.compared, [{ peer: n2, agoMs: 0, differing: 1 }]);
  assertEquals([later.marks["exchange.equal"], later.marks["exchange.differs"]], [1, 1]);
});

Deno.test("POST /admin/repair: says what each replica holds, and brings back who is behind", async () => {
  const { world, send, put, n1, n2, n3 } = start();
  await put("red");
  lose(world, n2);
  assertEquals(world.onDisk(n2, NAME), undefined);
  const response = await send("POST", "/admin/repair/fruit/apple");
  assertEquals(response.status, 200);
  const { replicas, versions } = await response.json();
  const said = (replicas: { node: string; said: string; role: string }[]) =>
    Object.fromEntries(replicas.map(({ node, said, role }) => [node, `${role} ${said}`]));
  assertEquals(said(replicas), {
    [n1]: "primary found",
    [n2]: "primary absent",
    [n3]: "primary found",
  });
  assertEquals(versions.length, 1);
  assertEquals([versions[0].deleted, versions[0].lastModified], [
    false,
    "2026-01-02T03:04:05.678Z",
  ]);
  assertEquals(world.onDisk(n2, NAME)?.container, world.onDisk(n1, NAME)?.container);
  const again = await (await send("POST", "/admin/repair/fruit/apple")).json();
  assertEquals(new Set(Object.values(said(again.replicas))), new Set(["primary found"]));
});

Deno.test("a repair that cannot ask everybody says whom, and repairs the others", async () => {
  const { world, send, put, n2, n3 } = start();
  await put("red");
  lose(world, n2);
  world.crash(n3);
  const response = await send("POST", "/admin/repair/fruit/apple?timeout=900");
  assertEquals(response.status, 503);
  const problem = await response.json();
  assertMatch(problem.detail, /^Cannot repair every replica: /);
  assertEquals(problem.definite, false);
  assertEquals(
    problem.replicas.find(({ node }: { node: string }) => node === n3).said,
    "silent",
  );
  const repaired = world.sent.filter(({ message }) => message.kind === "repair").map(({ to }) =>
    to
  );
  assertEquals(repaired, [n2], "who answered, and was behind");
});

Deno.test("names in a repair are bytes, as in /buckets; what is nobody's page is 404", async () => {
  const { node, send } = start();
  await send("POST", "/admin/repair/a%2Fb/..%2Fc?timeout=7");
  assertEquals(node.asked, [{
    kind: "get",
    ask: { name: { type: "default", bucket: "a/b", key: "../c" }, r: "all", timeoutMs: 7 },
  }]);
  for (const path of ["/admin", "/admin/", "/admin/ring", "/admin/repair/b", "/admin/status/x"]) {
    assertEquals((await send("GET", path)).status, 404, path);
  }
  assertEquals((await send("POST", "/admin/repair/b/")).status, 400);
  assertEquals((await send("POST", "/admin/repair/b/k?timeout=soon")).status, 400);
  assertEquals((await send("GET", "/admin/repair/b/k")).headers.get("Allow"), "POST");
  assertEquals((await send("POST", "/admin/status")).headers.get("Allow"), "GET, HEAD");
  node.instead.push(failure("overloaded", "Cannot take the request: too many run"));
  const refused = await send("POST", "/admin/repair/b/k");
  assertEquals([refused.status, (await refused.json()).definite], [503, true]);
});
