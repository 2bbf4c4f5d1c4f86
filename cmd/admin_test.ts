import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { HintsPage, NodeStatus, TreesPage } from "../src/edge/admin.ts";
import { serve } from "../src/edge/server.ts";
import { resolve } from "../src/edge/settings.ts";
import { showBytes, showDuration } from "./columns.ts";
import { freePorts, rotor, start, until } from "./testing.ts";
import { QUICK, TestNodes } from "./testing_nodes.ts";
import { keyUrl, put, TestCluster } from "./testing_cluster.ts";

const MEMORY = {
  flags: { engine: "memory", listen: "127.0.0.1:0", id: "alone" },
  environment: {},
  file: null,
};

Deno.test("sizes and times are said in few digits", () => {
  assertEquals([0, 1023, 1024, 1536, 20_480, 2 ** 30, 2 ** 50].map(showBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "20 KiB",
    "1.0 GiB",
    "1024 TiB",
  ]);
  assertEquals([0, 999.6, 1000, 61_000, 3_660_000, 90_000_000].map(showDuration), [
    "0 ms",
    "1000 ms",
    "1 s",
    "1 min 1 s",
    "1 h 1 min",
    "1 d 1 h",
  ]);
});

Deno.test("a node alone: its pages in columns, and a repair that says what it has found", async () => {
  const node = await serve({ ...resolve(MEMORY), log: () => {} });
  try {
    const admin = (...args: string[]) => rotor(["admin", ...args, "--url", node.url]);
    assertEquals((await put(keyUrl(node.url, "b", "a/k"), "v")).status, 204);
    // Trees are filled from the disk after the start; until then they are compared with nobody's.
    await until(
      async () => /, still being filled/.test((await admin("aae")).stdout) === false,
      "trees",
    );

    const status = await admin("status");
    assertEquals([status.code, status.stderr], [0, ""]);
    assertMatch(
      status.stdout,
      /^alone: serves 256 ranges\nboot [0-9a-f]{16}, cluster [0-9a-f]{32}\n\nMEMBER {2}STATUS {2}HEALTH .* {2}HINTS {2}BYTES\nalone {3}in {6}itself +1 {2}100\.0% {2}100\.0%\n\nhints: 0 hints, 0 B of 1\.0 GiB\ntrees: 1 keys in 1 trees\nsettle: 0 deleted keys wait, records are still to be looked through\nbackground: .*; nothing waits\n\nSINCE THE START {2}TIMES\nexchange\.filled +1\n$/,
    );
    assertEquals((await admin("hints")).stdout, "alone keeps 0 hints, 0 B of 1.0 GiB\n");
    assertMatch(
      (await admin("aae")).stdout,
      /^alone: 1 keys in 1 trees\n\nRANGE END +N {2}KEYS {2}ROOT\n[0-9a-f]{32} {2}3 {5}1 {2}[0-9a-f]{32}\n/,
    );
    assertEquals(
      (await admin("settle")).stdout,
      "alone: 0 deleted keys wait, records are still to be looked through\n",
    );
    const repair = await admin("repair", "b/a/k");
    assertEquals([repair.code, repair.stderr], [0, ""]);
    assertMatch(
      repair.stdout,
      /^REPLICA {2}ROLE {5}HELD\nalone {4}primary {2}found\n\nAll hold these now, or are being sent them:\n\S{11} {2}\d{4}-.*Z\n$/,
    );
    assertStringIncludes((await admin("repair", "b/none")).stdout, "alone    primary  absent\n");
    const json = JSON.parse((await admin("repair", "b/a/k", "--json")).stdout);
    assertEquals(json.replicas, [{ node: "alone", role: "primary", seat: 0, said: "found" }]);
    const all = await admin("repair", "all");
    assertEquals([all.code, all.stderr], [0, ""]);
    assertEquals(
      all.stdout,
      "1 keys were read from all their replicas; 0 copies were absent or damaged\n" +
        "All replicas hold what the others held, or are being sent it\n",
    );
    assertEquals(JSON.parse((await admin("repair", "all", "--json")).stdout), {
      ...{ keys: 1, missing: 0, failed: 0, failures: [] },
    });
    const wrong = await admin("repair", "b/k", "--timeout", "x");
    assertEquals([wrong.code, wrong.stdout], [2, ""]);
    assertStringIncludes(wrong.stderr, "Cannot use --timeout: ");
    assertEquals((await admin("repair", "nokey")).code, 2);
  } finally {
    await node.stop();
  }
});

Deno.test("who does not answer, or not as rotor does, is said in one sentence", async () => {
  const nobody = await rotor(["admin", "status", "--url", `http://127.0.0.1:${freePorts(1)}`]);
  assertEquals([nobody.code, nobody.stdout], [1, ""]);
  assertMatch(nobody.stderr, /^Cannot reach http:.*\n$/);
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using other = Deno.serve(options, () => new Response("<h1>hello</h1>"));
  const url = `http://127.0.0.1:${other.addr.port}`;
  const stranger = await rotor(["admin", "status", "--url", url]);
  assertEquals([stranger.code, stranger.stdout], [1, ""]);
  assertEquals(
    stranger.stderr,
    `Cannot read ${url}/admin/status: JSON of rotor wanted, got "<h1>hello</h1>"\n`,
  );
});

Deno.test("a repair of everything: who is away is said, and what it has missed is there before any exchange", async () => {
  const settings = { ...QUICK, exchangeMs: 3_600_000 };
  await using nodes = await TestNodes.start({ nodes: 3, settings });
  const all = () => rotor(["admin", "repair", "all", "--url", nodes.url(1), "--json"]);
  await nodes.kill(3);
  // There is no fourth node to keep anything for it.
  for (let i = 0; i < 20; i++) {
    assertEquals((await put(keyUrl(nodes.url(1), "b", `k${i}`), "value")).status, 204);
  }
  const without = await all();
  assertEquals(without.code, 1);
  const { keys, failed, failures } = JSON.parse(without.stdout);
  assertEquals([keys, failed, failures.length], [20, 20, 20]);
  await nodes.start(3);
  assertEquals((await nodes.disk(3)).copies.size, 0);
  await until(async () => (await all()).code === 0, "node3 to answer");
  await until(async () => (await nodes.disk(3)).copies.size === 20, "node3 to store");
  assertEquals(await nodes.marks("exchange.repair"), 0);
});

Deno.test("a killed node is seen to be down, its hints are kept and then taken, its trees compared", async () => {
  await using cluster = await TestCluster.start({ nodes: 4, flags: ["--partitions", "16"] });
  const [one = ""] = cluster.urls;
  const page = async <Page>(url: string, name: string): Promise<Page> =>
    await (await fetch(`${url}/admin/${name}`)).json();
  const kept = async () => {
    const pages = await Promise.all(
      [0, 2, 3].map((i) => page<HintsPage>(cluster.urls[i]!, "hints")),
    );
    return pages.flatMap(({ owners }) => owners);
  };
  Deno.kill(cluster.pid(2), "SIGKILL");
  await cluster.program.line(/^node2 ended: signal SIGKILL$/);
  for (let i = 0; i < 20; i++) {
    assertEquals((await put(keyUrl(one, "b", `k${i}`), "value")).status, 204);
  }
  await until(async () => {
    const { members } = await page<NodeStatus>(one, "status");
    const { health, forMs } = members.find(({ node }) => node === "node2")!;
    return health === "down" && forMs !== null && forMs > 0;
  }, "node2 to be held down");
  await until(async () => (await kept()).length > 0, "hints");
  for (const { owner, copies, bytes } of await kept()) {
    assertEquals(owner, "node2");
    assert(copies > 0 && bytes >= copies * "value".length, `${copies} copies of ${bytes} bytes`);
  }
  const people = await rotor(["admin", "status", "--url", one]);
  assertMatch(people.stdout, /^node2 +in +down +\d.* +1 +[0-9.]+% +[0-9.]+% +\d+ +\d+ B$/m);

  const json = await rotor(["admin", "hints", "--json", "--url", one]);
  assertEquals(Object.keys(JSON.parse(json.stdout)), Object.keys(await page(one, "hints")));

  await using again = start([...cluster.nodeFlags(2), "--partitions", "16"]);
  await again.line(/^node2 serves on /);
  await until(async () => {
    const { members } = await page<NodeStatus>(one, "status");
    return members.every(({ health }) => health === "up") && (await kept()).length === 0;
  }, "node2 to have taken its hints");
  await until(async () => {
    const { filled, keys, compared } = await page<TreesPage>(cluster.urls[1]!, "aae");
    return filled && keys > 0 && compared.some(({ differing }) => differing === 0);
  }, "trees of node2 that are like another's");
});
