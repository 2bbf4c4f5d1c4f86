import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { freePorts, isAlive, isFree, rotor, start, temporaryDirectory, until } from "./testing.ts";
import { get, keyUrl, put, TestCluster, texts } from "./testing_cluster.ts";

Deno.test("a cluster says a line a node, reports one that dies, and has its data again", async () => {
  using directory = temporaryDirectory();
  const { path: data } = directory;
  {
    await using cluster = await TestCluster.start({ data });
    const lines = cluster.program.stdout.trimEnd().split("\n");
    const served = cluster.urls.map((url, i) => `node${i + 1} serves on ${url}`);
    assertEquals(lines, [...served, "ready"]);

    const pids = [1, 2, 3].map((node) => cluster.pid(node));
    assertEquals(new Set([...pids, cluster.program.pid]).size, 4, "a process each");
    assert(pids.every(isAlive));

    Deno.kill(cluster.pid(2), "SIGKILL");
    await cluster.program.line(/^node2 ended: signal SIGKILL$/);
    const [one = "", , three = ""] = cluster.urls;
    assertEquals((await put(keyUrl(one, "b", "kept"), "value")).status, 204);
    assertEquals(texts(await get(keyUrl(three, "b", "kept"))), ["value"]);

    const ended = await cluster.program.stop("SIGINT");
    assertEquals([ended.code, ended.signal], [0, null], ended.stderr);
    assert(!pids.some(isAlive), "no process is left");
    assert(cluster.urls.every((url) => isFree(Number(new URL(url).port))), "the ports are free");
  }
  {
    // Other ports, the same data.
    await using again = await TestCluster.start({ data });
    for (const url of again.urls) {
      assertEquals(texts(await get(keyUrl(url, "b", "kept"))), ["value"]);
    }
    const ended = await again.program.stop("SIGTERM");
    assertEquals(ended.code, 0, ended.stderr);
    assert(!ended.stdout.includes("ended"), "what was told to end is not reported");
  }
  const two = ["--nodes", "2", "--port", `${freePorts(2)}`];
  const fewer = await rotor(["cluster", "--data", data, ...two]);
  assertEquals([fewer.code, fewer.stdout], [2, ""]);
  assertEquals(
    fewer.stderr,
    `Cannot start 2 nodes in ${data}: it has 3, and who is not started has not left\n`,
  );
});

Deno.test("a cluster is placed by the strategy that it is made with, and keeps it", async () => {
  using directory = temporaryDirectory();
  const { path: data } = directory;
  {
    await using cluster = await TestCluster.start({
      data,
      flags: ["--strategy", "1", "--tokens", "5", "--n", "2"],
    });
    const [one = "", two = "", three = ""] = cluster.urls;
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    for (const key of keys) assertEquals((await put(keyUrl(one, "b", key), key)).status, 204);
    for (const key of keys) assertEquals(texts(await get(keyUrl(three, "b", key))), [key]);
    // Twelve ranges or so for each of two copies: fifteen tokens cut them, and not 256 partitions.
    const trees = await (await fetch(`${two}/admin/aae`)).json();
    assert(trees.trees.length <= 15, `${trees.trees.length} trees`);
  }
});

Deno.test("a cluster grows when it is started with more nodes, and keeps who has joined", async () => {
  using directory = temporaryDirectory();
  const { path: data } = directory;
  const config = `${data}/rotor.json`;
  Deno.writeTextFileSync(config, JSON.stringify({ gossipMs: 50, probeMs: 100, downAfterMs: 200 }));
  const flags = ["--n", "1", "--partitions", "8", "--config", config];
  {
    await using one = await TestCluster.start({ data, nodes: 1, flags });
    assertEquals((await put(keyUrl(one.urls[0]!, "b", "k"), "v")).status, 204);
  }
  for (const line of [/^node3 has joined$/, /^node3 serves on /]) {
    await using three = await TestCluster.start({ data, nodes: 3, flags });
    assertMatch(three.program.stdout, new RegExp(line.source, "m"));
    const [, two = ""] = three.urls;
    await until(async () => {
      const { members } = await (await fetch(`${two}/stats`)).json();
      return members.length === 3;
    }, "node2 to hear of the joins");
    // Where the others are it hears a moment after its start.
    await until(async () => {
      const response = await fetch(`${keyUrl(two, "b", "k")}?timeout=500`);
      return await response.text() === "v";
    }, "node2 to answer for node1");
  }
});

Deno.test("a port in use is said in words; nothing is started and nothing written", async () => {
  using directory = temporaryDirectory();
  const port = freePorts(3);
  const taken = Deno.listen({ hostname: "127.0.0.1", port: port + 1 });
  try {
    const data = `${directory.path}/cluster`;
    const { code, stdout, stderr } = await rotor(["cluster", "--data", data, "--port", `${port}`]);
    assertEquals([code, stdout], [1, ""]);
    assertEquals(stderr, `Cannot start node2 on 127.0.0.1:${port + 1}: the port is in use\n`);
    assertEquals([...Deno.readDirSync(directory.path)], []);
  } finally {
    taken.close();
  }
});

Deno.test("a node that cannot start ends the start of all, with exit code 1", async () => {
  using directory = temporaryDirectory();
  const { path: data } = directory;
  Deno.mkdirSync(`${data}/node2/store.kv`, { recursive: true }); // a directory where a file is wanted
  const port = freePorts(3);
  const ended = await rotor(["cluster", "--data", data, "--port", `${port}`]);
  assertEquals(ended.code, 1);
  assertStringIncludes(ended.stderr, "Cannot start node2: it ended with exit code 1");
  assert(!ended.stdout.includes("ready"));
  assert([0, 1, 2].every((i) => isFree(port + i)), "what was started is stopped");
  assertThrows(() => Deno.statSync(`${data}/cluster.json`), Deno.errors.NotFound);
});

Deno.test("a first start that fails does not fix the membership", async () => {
  using directory = temporaryDirectory();
  const { path: data } = directory;
  const inTheWay = `${data}/node2`;
  Deno.writeTextFileSync(inTheWay, "a file where a directory is wanted");
  const ended = await rotor(["cluster", "--data", data, "--port", `${freePorts(3)}`]);
  assertEquals([ended.code, ended.stdout], [1, ""]);
  assertEquals(
    ended.stderr,
    `Cannot start node2: Cannot use the data directory ${inTheWay}: it is not a directory\n`,
  );
  Deno.removeSync(inTheWay);
  await using cluster = await TestCluster.start({ nodes: 2, data });
  // Two nodes and W=2: a node that was refused while its peer was starting says so for a moment after they are ready.
  const key = keyUrl(cluster.urls[0] ?? "", "b", "k");
  await until(
    async () => (await put(key, "v")).status === 204,
    "the two to have found one another",
  );
});

Deno.test("a killed node is started again by hand, as docs/cli.md says, and the others say so", async () => {
  await using cluster = await TestCluster.start();
  const page = Deno.readTextFileSync(new URL("../docs/cli.md", import.meta.url));
  const line = /^rotor (serve --data \.rotor\/node2 .*)$/m.exec(page)?.[1] ?? "";
  const args = cluster.onPorts(line.replace(".rotor", cluster.data), 8098).split(" ");
  const [one = "", two = ""] = cluster.urls;
  const says = async (sentence: RegExp) => {
    // Only a node that has something to say to another one finds out about it.
    const hasSaid = async () => {
      assertEquals((await put(keyUrl(one, "b", crypto.randomUUID()), "v")).status, 204);
      return sentence.test(cluster.program.stderr);
    };
    await until(hasSaid, `${sentence} in ${cluster.program.stderr}`);
  };

  Deno.kill(cluster.pid(2), "SIGKILL");
  await cluster.program.line(/^node2 ended: signal SIGKILL$/);
  await says(/^node1: Cannot reach node2: /m);
  assertEquals((await put(keyUrl(one, "b", "kept"), "value")).status, 204);

  const alone = await rotor(args.slice(0, args.indexOf("--members")));
  assertEquals([alone.code, alone.stdout], [2, ""]);
  assertEquals(
    alone.stderr,
    "Cannot start node2 alone: this store belongs to a cluster of node1, node2, node3: " +
      "say --seed with the address of one, or --members with those of all founders\n",
  );

  await using node = start([...args, "--until-stdin-closes"]);
  assertEquals(await node.line(/ serves on /), `node2 serves on ${two}`);
  await says(/^node1: node2 can be reached again$/m);
  assertEquals(texts(await get(keyUrl(two, "b", "kept"))), ["value"]);
  assertEquals((await node.stop()).code, 0);
});

Deno.test("when every node has died, the cluster ends with exit code 1", async () => {
  await using cluster = await TestCluster.start({ nodes: 2, flags: ["--engine", "memory"] });
  for (const node of [1, 2]) Deno.kill(cluster.pid(node), "SIGKILL");
  const { code, stdout, stderr } = await cluster.program.ended;
  assertEquals(code, 1);
  assertStringIncludes(stdout, "node1 ended: signal SIGKILL");
  assertStringIncludes(stdout, "node2 ended: signal SIGKILL");
  assertEquals(stderr, "The cluster is gone: every node has ended\n");
});

Deno.test("nodes do not outlive a cluster that is killed", async () => {
  await using cluster = await TestCluster.start({ nodes: 2 });
  const pids = [1, 2].map((node) => cluster.pid(node));
  assert(pids.every(isAlive));
  try {
    cluster.program.signal("SIGKILL");
    await until(() => !pids.some(isAlive), "the nodes to end");
  } finally {
    for (const pid of pids.filter(isAlive)) Deno.kill(pid, "SIGKILL");
  }
});

Deno.test("with --until-stdin-closes a cluster ends when its parent does", async () => {
  await using cluster = await TestCluster.start({ nodes: 1, flags: ["--engine", "memory"] });
  const ended = await cluster.program.closeStdin();
  assertEquals([ended.code, ended.signal], [0, null], ended.stderr);
});

Deno.test("the commands put, get and delete speak to real nodes", async () => {
  await using cluster = await TestCluster.start({ flags: ["--engine", "memory"] });
  const [one = "", two = ""] = cluster.urls;
  const on = (url: string, ...args: string[]) => rotor([...args, "--url", url]);

  const first = await on(one, "put", "carts/anna", "milk");
  assertEquals(first.code, 0, first.stderr);
  const context = first.stdout.trim();
  assert(context.length > 0, "a put gives its context");
  const got = await on(two, "get", "carts/anna");
  assertEquals([got.code, got.stdout], [0, "milk"]);

  const blind = await on(two, "put", "carts/anna", "bread");
  assertEquals([blind.code, blind.stdout], [0, ""], "no context for what nobody has seen");
  assertStringIncludes(blind.stderr, "carts/anna has siblings now");
  const both = await on(one, "get", "carts/anna");
  assertEquals(both.code, 4);
  assertStringIncludes(both.stdout, "carts/anna has 2 siblings:");
  assertStringIncludes(both.stdout, "milk");
  assertStringIncludes(both.stdout, "bread");

  // The context of the first put covers milk and not bread.
  assertEquals((await on(one, "put", "carts/anna", "oat milk", "--context", context)).code, 0);
  const { siblings, context: all } = JSON.parse(
    (await on(one, "get", "carts/anna", "--json")).stdout,
  );
  const values = siblings.map(({ value }: { value: string }) => value);
  assertEquals(values.sort(), ["bread", "oat milk"]);

  assertEquals((await on(two, "delete", "carts/anna", "--context", all)).code, 0);
  const gone = await on(one, "get", "carts/anna");
  assertEquals([gone.code, gone.stdout], [3, ""]);
  assertStringIncludes(gone.stderr, "carts/anna is deleted\n");

  const wrong = await on(one, "put", "carts/peter", "milk", "--context", all);
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "It was not written.");
  assertEquals((await on(one, "get", "carts/peter")).code, 3);
});

Deno.test("a cluster with a secret talks among itself", async () => {
  using directory = temporaryDirectory();
  const secretFile = `${directory.path}/secret`;
  Deno.writeTextFileSync(secretFile, "open sesame\n");
  await using cluster = await TestCluster.start({ flags: ["--secret-file", secretFile] });
  const [one = ""] = cluster.urls;
  assertEquals((await rotor(["put", "b/k", "v", "--w", "3", "--url", one])).code, 0);
});
