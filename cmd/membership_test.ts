import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { PlanPage, RingPage } from "../src/edge/operations.ts";
import { nodeId } from "../src/id.ts";
import { planLines, ringLines, stepText, transfersLines } from "./membership_tables.ts";
import { freePorts, rotor, start, temporaryDirectory, until } from "./testing.ts";
import { get, keyUrl, put, texts } from "./testing_cluster.ts";

Deno.test("a plan says who is who before and after, what goes where, and what may be lost", () => {
  const [a, b, c] = ["a", "b", "c"].map(nodeId);
  const member = { status: "in", zone: "", weight: 1, owns: 0.5 } as const;
  const transfer = {
    rangeEnd: "00",
    n: 2,
    kind: "pass",
    from: [a!],
    to: [c!],
    bytes: null,
  } as const;
  const plan: PlanPage = {
    node: a!,
    plan: "76da7dea5306".padEnd(32, "0"),
    plannedOn: "945008824b1b".padEnd(32, "0"),
    steps: [{ kind: "join", node: c!, zone: "east", weight: 2 }, {
      kind: "remove",
      node: b!,
      acceptLoss: true,
    }],
    members: [
      { node: a!, before: member, after: { ...member, owns: 1 } },
      { node: b!, before: member, after: { ...member, status: "out", owns: 0 } },
      { node: c!, before: null, after: { ...member, zone: "east", weight: 2, owns: 1 } },
    ],
    moves: 3,
    transfers: [
      { ...transfer, keys: 3 },
      { ...transfer, rangeEnd: "80", keys: 4 },
      { ...transfer, rangeEnd: "c0", kind: "fill", from: [], keys: null },
    ],
    losses: [
      { rangeEnd: "40", n: 2, kind: "lost", removed: [b!], survivors: [] },
      { rangeEnd: "80", n: 2, kind: "doubtful", removed: [b!], survivors: [a!] },
    ],
    warnings: [{ kind: "few_nodes", says: "2 nodes" }],
    unsettled: 1,
  };
  assertEquals(planLines(plan, "rotor admin commit"), [
    "a plans, on the history 945008824b1b:",
    "  join c --zone east --weight 2",
    "  remove b --accept-loss",
    "",
    "NODE  STATUS         ZONE  WEIGHT   OWNS    THEN",
    "a     in                   1       50.0%  100.0%",
    "b     in -> out            1       50.0%    0.0%",
    "c     outside -> in  east  2              100.0%",
    "",
    "3 tokens change hands; 3 ranges go to another node:",
    "FROM    TO  HOW   RANGES     KEYS    BYTES",
    "a       c   pass       2        7  unknown",
    "nobody  c   fill       1  unknown  unknown",
    "LOST: all that is in 1 ranges, for nobody but b is whole there:",
    "  40",
    "WARNING: in 1 ranges a write may have been acknowledged by b alone, and would be lost",
    "WARNING: 2 nodes",
    "WARNING: 1 ranges are on the move already; only --force commits before they have arrived",
    "",
    "carry it out with: rotor admin commit 76da7dea5306",
  ]);
  const { transfers } = plan;
  const moves = { arrivals: [], departures: [], drains: [], aside: 0 };
  const page = { node: a!, unsettled: 3, transfers: transfers.slice(0, 2), moves };
  assertEquals(transfersLines(page, null), [
    "3 ranges are on the move:",
    "FROM  TO  HOW   RANGES  KEYS    BYTES",
    "a     c   pass       2     7  unknown",
  ]);
  assertEquals(stepText({ kind: "zone", node: a!, zone: "" }), 'zone a ""');
  assertEquals(stepText({ kind: "replace", old: a!, new: b! }), "replace a b");
  const ring: RingPage = {
    ...{ node: a!, history: "945008824b1b".padEnd(32, "0"), heads: 2, strategy: 1, partitions: 8 },
    ...{ tokens: 4, n: 1, unsettled: 1 },
    ranges: [{
      ...{ rangeEnd: "00", owners: [b!], unsettled: true },
      servers: [{ node: a!, seat: 0, recovering: true }],
    }],
  };
  assertEquals(ringLines(ring), [
    "strategy 1, 4 tokens a node, n 1; 1 ranges; history 945008824b1b",
    "2 sides have changed the members at once: a merge will follow",
    "1 ranges are on the move",
    "",
    "RANGE END  OWNERS  SERVED BY (:SEAT)",
    "00         b       a:0 (recovering)   moving",
  ]);
});

Deno.test("a node alone is a cluster of one: others come by a seed, are joined, and are known everywhere", async () => {
  using directory = temporaryDirectory();
  const port = freePorts(2);
  const [first, second] = [port, port + 1].map((port) => `127.0.0.1:${port}`) as [string, string];
  const config = `${directory.path}/rotor.json`;
  Deno.writeTextFileSync(config, JSON.stringify({ gossipMs: 50, probeMs: 200 }));
  const serve = (id: string, listen: string, ...more: string[]) =>
    start([
      ...["serve", "--id", id, "--data", `${directory.path}/${id}`, "--listen", listen],
      ...["--config", config, "--until-stdin-closes", ...more],
    ]);
  const admin = (...args: string[]) => rotor(["admin", ...args, "--url", `http://${first}`]);
  // The newcomer is there first, and waits for its seed.
  await using b = serve("b", second, "--seed", first);
  await until(() => Promise.resolve(b.stderr !== ""), "b to miss its seed");
  assertMatch(b.stderr, /^b: Cannot use the seed 127\.0\.0\.1:\d+: .*; it is asked again$/m);
  await using a = serve("a", first, "--n", "2", "--partitions", "8");
  await a.line(/^a serves on /);
  const waits = await b.line(/ waits on /);
  assertEquals(waits, `b waits on http://${second} to be a member: rotor admin join b`);
  assertEquals((await put(keyUrl(`http://${first}`, "b", "k"), "v")).status, 204);

  await until(async () => (await admin("status")).stdout.includes("b       outside"), "b to call");
  for (const quiet of ["transfers", "wait"]) {
    assertEquals((await admin(quiet)).stdout, "nothing is on the move\n");
  }
  const unknown = await admin("join", "bb");
  assertEquals([unknown.code, unknown.stdout], [1, ""]);
  assertMatch(unknown.stderr, /^Cannot join bb: no node of that id has called here: .*is b\n$/);
  assertEquals((await admin("commit", "0123456789")).code, 1);
  assertEquals((await admin("weight", "a", "x")).code, 2);
  const staged = await admin("join", "b", "--zone", "east");
  assertEquals([staged.code, staged.stderr], [0, ""]);
  assertStringIncludes(staged.stdout, "staged at a, and nowhere else:\n  join b --zone east\n");
  const busy = await admin("weight", "a", "2", "--yes");
  assertEquals([busy.code, busy.stderr], [
    1,
    "Cannot take the step at once: join b --zone east is staged at a; commit or clear that first\n",
  ]);
  const plan = await admin("plan");
  assertStringIncludes(plan.stdout, "b     outside -> in  east  1               100.0%\n");
  const id = / commit .* ([0-9a-f]{12})\n$/.exec(plan.stdout)?.[1] ?? "no plan";
  const committed = await admin("commit", id);
  assertEquals([committed.code, committed.stderr], [0, ""]);
  assertMatch(committed.stdout, /^a has committed plan [0-9a-f]{12}, as change [0-9a-f]{12}:\n/);
  assertMatch(
    (await admin("commit", id)).stderr,
    /^Cannot commit plan .* It was not committed\.\n$/,
  );

  const known = async () =>
    (await rotor(["admin", "status", "--json", "--url", `http://${second}`])).stdout;
  await until(async () => JSON.parse(await known()).standing === "in", "b to hear of its join");
  await until(
    async () => texts(await get(keyUrl(`http://${second}`, "b", "k"))).join() === "v",
    "the newcomer to answer for what others hold",
  );
  const found = await admin("locate", "b/k");
  assertMatch(found.stdout, /^b\/k stands at [0-9a-f]{32}, .*\n\nNODE +ROLE .*\n[ab] +primary/);
  assertEquals((await admin("ring", "--json")).code, 0);
  assertEquals((await admin("wait", "--timeout", "x")).code, 2);
  // It keeps its place: alone it cannot start, and with a seed it is what it was.
  await a.stop();
  const alone = await rotor(["serve", "--data", `${directory.path}/a`, "--listen", first]);
  assertEquals(alone.code, 2);
  assertStringIncludes(
    alone.stderr,
    "Cannot start a alone: this store belongs to a cluster of a, b",
  );
  await using again = serve("a", first, "--seed", second);
  await again.line(/^a serves on /);
});
