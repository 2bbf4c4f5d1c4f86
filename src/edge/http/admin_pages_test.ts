import { assertEquals, assertMatch } from "@std/assert";
import type { Config } from "../../protocol/config.ts";
import { failure } from "../../protocol/error.ts";
import { nameBytes, type NodeId } from "../../id.ts";
import { LEAF_VERSION } from "../../version/digest.ts";
import { nameOf } from "../../../props/asks.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";
import { arrive, cutOf } from "../../../props/laws/driving.ts";
import type { World } from "../../../props/world.ts";

const NAME = nameOf("fruit/apple");
const PATH = "/buckets/fruit/keys/apple";

function start(config: Partial<Config> = {}) {
  const node = new HttpNodes(config);
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

/** At their first start nodes compare: nobody has anything. */
const FOUNDED = ["n2", "n3"].map((peer) => ({ peer, agoMs: 0, differing: 0 }));
const FOUNDED_MARKS = { "exchange.equal": 6, "exchange.filled": 3, "recovery.done": 3 };

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
  const { boot, cluster, history, admission, ...status } = await page("status");
  assertMatch(boot, /^[0-9a-f]{16}$/);
  for (const digest of [cluster, history]) assertMatch(digest, /^[0-9a-f]{32}$/);
  assertEquals(status, {
    node: n1,
    serves: world.config.partitions,
    recovering: false,
    standing: "in",
    unsettled: 0,
    members: world.ids.map((node) => ({
      ...{ node, self: node === n1, status: "in", zone: "", weight: 1 },
      ...{ owns: 1, serves: 1, takes: 0, gives: 0, health: "up", forMs: null },
    })),
    disk: { full: false, usedBytes: null, maxBytes: null },
    newer: [],
    hints: { copies: 0, bytes: 0, limitBytes: world.config.maxHintBytes, owners: [] },
    recovery: { ranges: 0, puts: [], waitsFor: [] },
    trees: { filled: true, ranges: 1, keys: 1, compared: FOUNDED },
    settle: { filled: false, waiting: 0, later: 0, stalledBy: [] },
    marks: FOUNDED_MARKS,
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
  assertEquals([members[1].node, members[1].health, members[1].forMs], [n2, "suspect", 700]);
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

Deno.test("/admin/settle: what is deleted and not forgotten yet, why, and who holds it up", async () => {
  const { world, send, put, page, n1, n2 } = start({ settleMs: 3_000 });
  const empty = { node: n1, filled: false, waiting: 0, later: 0, stalledBy: [] };
  assertEquals(await page("settle"), { ...empty, why: {}, keys: [], marks: {} });
  // Some keys are led by others.
  let key = "";
  for (let i = 0; (await page("settle")).waiting === 0; i++) {
    key = `café${i}`;
    const path = `/buckets/fruit/keys/${encodeURIComponent(key)}`;
    await put("red", path);
    await send("DELETE", `${path}?w=3`);
  }
  const one = { bucket: "fruit", key, agreed: null, why: "new" };
  const found = await page("settle");
  assertEquals(found, { ...empty, waiting: 1, why: { new: 1 }, keys: [one], marks: {} });
  // The others hear nothing.
  world.wait(3_000);
  const ios = world.pending.filter(({ kind }) => kind === "io");
  world.pending.splice(0, world.pending.length, ...ios);
  world.run();
  assertEquals((await page("settle")).why, { asked: 1 });
  world.wait(world.config.requestTimeoutMs);
  const { why, keys, filled } = await page("settle");
  assertEquals([why, keys[0].why, filled], [{ silence: 1 }, "silence", true]);
  for (const _ of [1, 2]) {
    undelivered(world, n1, n2);
    world.wait(world.config.downAfterMs);
  }
  const { waiting, stalledBy } = (await page("status")).settle;
  assertEquals([waiting, stalledBy], [1, [n2]]);
  world.wait(3_000);
  const { marks } = await page("settle");
  assertEquals([marks["settle.aborted"] > 0, marks["settle.stalled"] > 0], [true, true]);
});

Deno.test("/admin/aae: replicas that hold the same have the same roots; when they were compared", async () => {
  const { world, page, put, n1, n2, n3 } = start();
  await put("red");
  const { trees, ...all } = await page("aae");
  assertEquals(all, {
    node: n1,
    filled: true,
    ranges: 1,
    keys: 1,
    compared: FOUNDED,
    marks: FOUNDED_MARKS,
  });
  const [tree] = trees;
  assertEquals([trees.length, tree.n, tree.keys], [1, 3, 1]);
  assertMatch(tree.rangeEnd + tree.root, /^[0-9a-f]{64}$/);
  const [own, other] = [n1, n2].map((id) => world.machines.get(id)!.node.trees!.plots[0]!);
  assertEquals(own!.tree.root(), other!.tree.root());

  const tell = (root: typeof own) => {
    const roots = root === undefined ? [] : [{ end: root.end, n: 3, root: root.tree.root() }];
    arrive(world, {
      from: n2,
      to: n1,
      message: { kind: "roots", request: 1, leaves: LEAF_VERSION, cut: cutOf(world), roots },
    });
  };
  tell(other);
  world.wait(40);
  const found = (differing: number, agoMs: number) => [
    { peer: n2, agoMs, differing },
    { peer: n3, agoMs: 40, differing: 0 },
  ];
  assertEquals((await page("aae")).compared, found(0, 40));
  tell(undefined);
  const later = await page("aae");
  assertEquals(later.compared, found(1, 0));
  assertEquals([later.marks["exchange.equal"], later.marks["exchange.differs"]], [7, 1]);
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

Deno.test("POST /admin/repair without a key: everything that the node holds is brought to all its replicas", async () => {
  const { node, world, send, put, n1, n2, n3 } = start();
  const objects = Array.from({ length: 40 }, (_, i) => `fruit/${i}`);
  for (const object of objects) await put("red", `/buckets/${object.replace("/", "/keys/")}`);
  const records = (id: NodeId) => world.machines.get(id)!.disk.records;
  const lost = objects.slice(0, 5).map(nameOf);
  for (const name of lost) records(n2).delete(nameBytes(name));
  records(n3).delete(nameBytes(lost[0]!));
  node.asked.length = 0;
  const response = await send("POST", "/admin/repair");
  assertEquals(response.status, 200);
  assertEquals(await response.json(), {
    keys: 40,
    missing: 6,
    failed: 0,
    failures: [],
    next: null,
  });
  assertEquals([node.asked.length, node.turns], [40, 40], "a turn for each key");
  assertEquals([records(n2).size, records(n3).size], [40, 40]);
  for (const name of lost) {
    assertEquals(world.onDisk(n2, name)?.container, world.onDisk(n1, name)?.container);
  }
  const again = await (await send("POST", "/admin/repair")).json();
  assertEquals([again.keys, again.missing], [40, 0]);
});

Deno.test("a repair of everything goes on where it stopped, past what it cannot repair, and reads damaged keys too", async () => {
  const { node, world, put, n1, n3 } = start();
  for (const path of ["a", "%2F", "b", "c"]) await put("red", `/buckets/fruit%2Fx/keys/${path}`);
  const { disk } = world.machines.get(n1)!;
  disk.damaged.add([...disk.records.keys()][0]!);
  // The clock goes on by itself, so each request ends after one key.
  let nowMs = 0;
  const api = node.api({ nowMs: () => nowMs += 5_000 });
  const walk = async () => {
    const found: { keys: number; missing: number; failed: number; next: string | null }[] = [];
    for (let next: string | null = ""; next !== null; next = found.at(-1)!.next) {
      const after = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
      const response = await api(rawRequest("POST", `/admin/repair?timeout=900${after}`));
      assertEquals(response.status, 200);
      found.push(await response.json());
    }
    return found;
  };
  const whole = await walk();
  assertEquals(whole.map(({ keys }) => keys), [1, 1, 1, 1, 0]);
  assertEquals(new Set(whole.map(({ next }) => next)).size, 5);
  assertEquals(whole.reduce((sum, { missing }) => sum + missing, 0), 1, "the damaged one");
  world.crash(n3);
  assertEquals((await walk()).map(({ failed }) => failed), [1, 1, 1, 1, 0]);
});

Deno.test("a repair of everything: who could not be asked, a store that cannot be read, a place that is none", async () => {
  const { node, world, send, put, n2, n3 } = start();
  await put("red");
  lose(world, n2);
  world.crash(n3);
  const { keys, failed, failures, next } = await (await send("POST", "/admin/repair?timeout=900"))
    .json();
  assertEquals([keys, failed, failures.length, next], [1, 1, 1, null]);
  assertEquals(failures[0].object, "fruit/apple");
  assertMatch(failures[0].detail, /^Cannot repair every replica: /);
  const repaired = world.sent.filter(({ message }) => message.kind === "repair");
  assertEquals(repaired.map(({ to }) => to), [n2], "who answered, and was behind");
  node.storeFails = true;
  const refused = await send("POST", "/admin/repair");
  assertEquals([refused.status, (await refused.json()).definite], [503, true]);
  for (const after of ["", "fruit", "fruit/", "/apple", "a/b/c", "fruit/%25"]) {
    assertEquals((await send("POST", `/admin/repair?after=${after}`)).status, 400, after);
  }
  assertEquals((await send("GET", "/admin/repair")).headers.get("Allow"), "POST");
});

Deno.test("names in a repair are bytes, as in /buckets; what is nobody's page is 404", async () => {
  const { node, send } = start();
  await send("POST", "/admin/repair/a%2Fb/..%2Fc?timeout=7");
  assertEquals(node.asked, [{
    kind: "get",
    ask: { name: { type: "default", bucket: "a/b", key: "../c" }, r: "all", timeoutMs: 7 },
  }]);
  for (const path of ["/admin", "/admin/", "/admin/rings", "/admin/repair/b", "/admin/status/x"]) {
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
