import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Boot, type Digest, fromHex, nodeId } from "../id.ts";
import { decodeEnvelope, decodeVerdict, encodeEnvelope, encodeVerdict } from "../protocol/codec.ts";
import { DEFAULTS } from "../protocol/config.ts";
import type { Message } from "../protocol/message.ts";
import type { CountedStore } from "./counted_store.ts";
import { ListenError, type RunningNode, serve, type Settings, StartError } from "./server.ts";
import { BOOT_B, BOOT_C, until } from "./testing.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

function settings(more: Partial<Settings> = {}): Settings {
  return {
    dataDir: null,
    engine: "memory",
    maxStoreBytes: undefined,
    listen: LOOPBACK,
    advertise: undefined,
    id: undefined,
    members: undefined,
    config: { ...DEFAULTS, partitions: 16 },
    placement: { strategy: 3, tokens: 0 },
    secrets: [],
    insecure: false,
    log: () => {},
    ...more,
  };
}

/** A node that is stopped when the test ends. */
async function start(more: Partial<Settings> = {}): Promise<RunningNode & AsyncDisposable> {
  const node = await serve(settings(more));
  return Object.assign(node, { [Symbol.asyncDispose]: () => node.stop() });
}

/** Ports that were free a moment ago. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

async function startThree(
  more: Partial<Settings> = {},
): Promise<(RunningNode & AsyncDisposable)[]> {
  const ports = freePorts(3);
  const members = ports.map((port, i) => ({ id: `node${i + 1}`, address: `127.0.0.1:${port}` }));
  const nodes = await Promise.all(
    members.map(({ id }, i) =>
      start({ ...more, id, members, listen: { host: "127.0.0.1", port: ports[i]! } })
    ),
  );
  await Promise.all(nodes.map((node) => node.whole(5_000)));
  return nodes;
}

async function put(node: RunningNode, key: string, body: BodyInit): Promise<number> {
  const response = await fetch(`${node.url}/buckets/b/keys/${key}`, { method: "PUT", body });
  await response.body?.cancel();
  return response.status;
}

async function get(node: RunningNode, key: string): Promise<[number, string]> {
  const response = await fetch(`${node.url}/buckets/b/keys/${key}`);
  return [response.status, await response.text()];
}

Deno.test("a node alone keeps what it is told, and counts it", async () => {
  await using node = await start();
  assertEquals(await put(node, "k", "hello"), 204);
  assertEquals(await get(node, "k"), [200, "hello"]);
  assertEquals((await get(node, "other"))[0], 404);
  const stats = await (await fetch(`${node.url}/stats`)).json();
  assertEquals([stats.node, stats.members], [node.id, [node.id]]);
  assertEquals(stats.requests, { put: { ok: 1 }, get: { ok: 2 } });
  assertEquals(stats.waiting, 0);
  assert(stats.store.stored.durable >= 3 && stats.uptime_ms >= 0);
  assertEquals(stats.hints, { copies: 0, bytes: 0 });
  assertEquals(
    stats.exchange,
    { sent_bytes: 0, received_bytes: 0 },
    "there is nobody to compare with",
  );
  assertEquals([stats.settle.waiting, stats.settle.why, stats.settle.stalled_by], [0, {}, []]);
  const { body, status } = await fetch(`${node.url}/buckets/b/keys/k`, { method: "DELETE" });
  await body?.cancel();
  assertEquals(status, 204);
  const { settle } = await (await fetch(`${node.url}/stats`)).json();
  assertEquals([settle.waiting, settle.why], [1, { new: 1 }]);
});

Deno.test("what comparing trees has cost is in /stats: no more is taken than was sent", async () => {
  const nodes = await startThree();
  try {
    const costs: { sent_bytes: number; received_bytes: number }[] = await Promise.all(
      nodes.map(async ({ url }) => (await (await fetch(`${url}/stats`)).json()).exchange),
    );
    // Each has compared with the others, or it would not be whole.
    for (const cost of costs) assert(cost.sent_bytes > 0 && cost.received_bytes > 0);
    const received = costs.reduce((sum, cost) => sum + cost.received_bytes, 0);
    const sent = nodes.map((node) => (node.stats().exchange as typeof costs[0])!.sent_bytes)
      .reduce((sum, bytes) => sum + bytes, 0);
    assert(received <= sent, `${received} bytes taken, ${sent} sent`);
  } finally {
    for (const node of nodes) await node.stop();
  }
});

Deno.test("what one node is told, all of them answer; one that is gone costs no time", async () => {
  const nodes = await startThree();
  const [one, two, three] = nodes;
  await using _one = one!;
  await using _two = two!;
  try {
    assertEquals(await put(one!, "k", "hello"), 204);
    for (const node of nodes) assertEquals(await get(node, "k"), [200, "hello"]);
  } finally {
    await three!.stop();
  }
  for (let i = 0; i < 5; i++) {
    assertEquals(await put(two!, `k${i}`, "after"), 204);
    assertEquals(await get(one!, `k${i}`), [200, "after"]);
  }
  // Nobody listens at the third address, so that what was for it came back; none of it is in doubt.
  const { node3 } = one!.stats().peers as Record<string, { undelivered: number; lost: number }>;
  assert(node3!.undelivered > 0);
});

Deno.test("with a cluster secret the nodes still understand one another, and nobody else gets in", async () => {
  const nodes = await startThree({ secrets: [new TextEncoder().encode("s\u00ebcret")] });
  try {
    const [one, two] = nodes;
    assertEquals(await put(one!, "k", "hello"), 204);
    assertEquals(await get(two!, "k"), [200, "hello"]);
    const stranger = await fetch(`${one!.url}/peer/v1`, { method: "POST", body: "x" });
    assertEquals((await stranger.json()).type, "/errors/unauthorized");
  } finally {
    for (const node of nodes) await node.stop();
  }
});

Deno.test("a key that looks like the peers' path is a key", async () => {
  await using node = await start();
  assertEquals(await put(node, "peer%2Fv1", "a key"), 204);
  assertEquals(await get(node, "peer%2Fv1"), [200, "a key"]);
  assertEquals((await get(node, "peer/v1"))[0], 404);
});

Deno.test("a port that is in use is refused in one sentence, before anything is touched", async () => {
  await using node = await start();
  const parent = await Deno.makeTempDir();
  const dataDir = `${parent}/data`;
  const { port } = node.address;
  const again = settings({ engine: "kv", dataDir, listen: { host: "127.0.0.1", port } });
  const error = await assertRejects(() => serve(again), ListenError);
  assertEquals(error.message, `Cannot listen on 127.0.0.1:${port}: the port is in use`);
  await Deno.remove(parent); // which is empty, for else this fails
});

Deno.test("beyond this machine nobody is served, unless that is said aloud", async () => {
  const open = settings({ listen: { host: "0.0.0.0", port: 0 } });
  const error = await assertRejects(() => serve(open), ListenError);
  assertStringIncludes(error.message, "whoever can reach it is served");
  // A secret is for peers: it would keep no client out.
  const secrets = [new Uint8Array([65])];
  await assertRejects(() => serve({ ...open, secrets }), ListenError);
  const node = await serve({ ...open, secrets, insecure: true });
  await node.stop();
});

Deno.test("what is kept for a node that is gone outlives its keeper, and goes when the node is back", async () => {
  const parent = await Deno.makeTempDir({ prefix: "rotor-hints-" });
  const members = freePorts(4).map((port, i) => ({ id: `n${i}`, address: `127.0.0.1:${port}` }));
  const startOne = ({ id, address }: { id: string; address: string }) => {
    const listen = { host: "127.0.0.1", port: Number(address.split(":")[1]) };
    return serve(settings({ id, members, listen, engine: "kv", dataDir: `${parent}/${id}` }));
  };
  const hintsOf = (nodes: readonly RunningNode[], what: "stored" | "removed") =>
    nodes.map((node) => (node.stats().store as CountedStore["counts"]).hints[what])
      .reduce((sum, count) => sum + count, 0);

  let nodes = await Promise.all(members.map(startOne));
  try {
    // Who started first could not reach the others yet, and leaves them alone for a moment.
    await Promise.all(nodes.map((node) => node.whole(30_000)));
    await nodes.pop()!.stop();
    for (let i = 0; i < 20; i++) assertEquals(await put(nodes[i % 3]!, `k${i}`, `v${i}`), 204);
    const kept = hintsOf(nodes, "stored") - hintsOf(nodes, "removed");
    assert(kept > 0, `${kept} hints`);
    const shown = await Promise.all(nodes.map(async (node) => (await node.allStats()).hints));
    const told = (shown as { copies: number; bytes: number }[])
      .reduce((sum, { copies, bytes }) => ({
        copies: sum.copies + copies,
        bytes: sum.bytes + bytes,
      }));
    assertEquals(told.copies, kept, "/stats counts them on the disk");
    assert(told.bytes >= kept * "v0".length, `${told.bytes} bytes`);
    await Promise.all(nodes.map((node) => node.stop()));

    nodes = await Promise.all(members.map(startOne));
    await until(
      () => hintsOf(nodes, "removed") === kept,
      `${kept} hints to be handed over`,
      30_000,
    );
    // They were new, and may have been stopped before they had found one another.
    await Promise.all(nodes.map((node) => node.whole(30_000)));
    for (let i = 0; i < 20; i++) assertEquals(await get(nodes[3]!, `k${i}`), [200, `v${i}`]);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
  await Deno.remove(parent, { recursive: true });
});

Deno.test("a data directory keeps its node's name and data, and is no other's", async () => {
  const parent = await Deno.makeTempDir();
  const dataDir = `${parent}/data`;
  const kept = { engine: "kv", dataDir } as const;
  const first = await serve(settings(kept));
  assertEquals(await put(first, "k", "hello"), 204);
  await first.stop();
  await first.stop(); // a second time is no harm

  const error = await assertRejects(() => serve(settings({ ...kept, id: "other" })), StartError);
  assertEquals(
    error.message,
    `Cannot start as other: the data directory belongs to ${first.id}`,
  );
  const more = settings({ ...kept, config: { ...DEFAULTS, partitions: 32 } });
  assertStringIncludes((await assertRejects(() => serve(more), StartError)).message, "partitions");

  const second = await serve(settings(kept));
  assertEquals([second.id, await get(second, "k")], [first.id, [200, "hello"]]);
  assert(second.stats().boot !== first.stats().boot);
  await second.stop();
  await Deno.remove(parent, { recursive: true });
});

Deno.test("a node that is not among the members is refused", async () => {
  const members = [{ id: "a", address: "127.0.0.1:1" }];
  const error = await assertRejects(() => serve(settings({ id: "b", members })), StartError);
  assertEquals(error.message, "Cannot start b: it is not among the members a");
});

Deno.test("stopping answers what runs, and refuses what comes", async () => {
  // The two other members take connections and say nothing: a put cannot end before its time is up.
  using b = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using c = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [port] = freePorts(1);
  const ports = [port, ...[b, c].map(({ addr }) => (addr as Deno.NetAddr).port)];
  const members = ["a", "b", "c"].map((id, i) => ({ id, address: `127.0.0.1:${ports[i]}` }));
  const config = { ...DEFAULTS, partitions: 16, requestTimeoutMs: 300 };
  const node = await serve(
    settings({ id: "a", members, config, listen: { host: "127.0.0.1", port: port! } }),
  );
  const running = put(node, "k", "hello");
  await until(() => node.stats().waiting === 1, "the put to begin");
  await node.stop();
  assertEquals(await running, 503);
  await assertRejects(() => fetch(`${node.url}/ping`), TypeError);
});

/** A way to a port, on which nothing comes there while it is shut. */
class Gate implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #passing: Promise<void>;
  #opened: PromiseWithResolvers<void> | null = null;
  /** How much has had to wait. */
  waiting = 0;

  constructor(port: number) {
    this.#passing = this.#pass(port);
  }
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }
  shut(): void {
    this.#opened = Promise.withResolvers();
  }
  open(): void {
    this.#opened?.resolve();
    this.#opened = null;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.open();
    this.#listener.close();
    await this.#passing;
  }
  async #pass(port: number): Promise<void> {
    const passing: Promise<unknown>[] = [];
    const wait = () => {
      if (this.#opened !== null) this.waiting++;
      return this.#opened?.promise;
    };
    for await (const from of this.#listener) {
      const to = await Deno.connect({ hostname: "127.0.0.1", port });
      passing.push(copy(from, to, wait), copy(to, from));
    }
    await Promise.all(passing);
  }
}

/** Passes on what comes, until either side ends. */
async function copy(
  from: Deno.Conn,
  to: Deno.Conn,
  wait: () => Promise<void> | undefined = () => undefined,
): Promise<void> {
  const { BadResource, BrokenPipe, ConnectionReset, Interrupted } = Deno.errors;
  const ends = [BadResource, BrokenPipe, ConnectionReset, Interrupted];
  const buffer = new Uint8Array(4096);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      await wait();
      await to.write(buffer.subarray(0, count));
    }
    to.close();
  } catch (error) {
    if (!ends.some((end) => error instanceof end)) throw error;
  }
}

Deno.test("while a node drains, peers can still answer it", async () => {
  const [a, b, nobody] = freePorts(3);
  await using gate = new Gate(b!);
  const members = [a, gate.port, nobody].map((port, i) => ({
    id: ["a", "b", "c"][i]!,
    address: `127.0.0.1:${port}`,
  }));
  await using _b = await start({ id: "b", members, listen: { host: "127.0.0.1", port: b! } });
  const node = await start({ id: "a", members, listen: { host: "127.0.0.1", port: a! } });
  gate.shut();
  const running = put(node, "k", "hello");
  await until(
    () => node.stats().waiting === 1 && gate.waiting > 0,
    "the put to wait for the gate",
  );
  const stopped = node.stop();
  assertEquals(await put(node, "k", "too late"), 503);
  gate.open();
  assertEquals(await running, 204);
  await stopped;
});

Deno.test("an answer to a former process of a peer does not reach the next", async () => {
  const [a] = freePorts(1);
  const asked: Message[] = [];
  let second = false;
  // The peer: to whatever is posted to it once it is asked to, it answers as its second process.
  await using peer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { messages, cluster, fromBoot } = decodeEnvelope(await request.bytes());
      if (second) asked.push(...messages.filter(({ kind }) => kind === "read_reply"));
      const recalled = { kind: "gossip_recalled", tick: 0, register: null } as const;
      const asks = !second && messages.some(({ kind }) => kind === "gossip_recall");
      if (asks) post([recalled], { cluster, toBoot: fromBoot });
      const verdict = { refused: null, boot: second ? BOOT_C : BOOT_B, stampMs: 1 };
      return new Response(encodeVerdict(verdict));
    },
  );
  const members = [["a", a], ["b", peer.addr.port]].map(([id, port]) => ({
    id: `${id}`,
    address: `127.0.0.1:${port}`,
  }));
  const post = async (messages: Message[], to: { cluster: Digest; toBoot: Boot }) => {
    const body = encodeEnvelope({
      ...{ from: nodeId("b"), fromBoot: BOOT_B, to: nodeId("a"), ...to },
      toStampMs: performance.now(),
      messages,
    });
    const response = await fetch(`http://127.0.0.1:${a}/peer/v1`, { method: "POST", body });
    return decodeVerdict(await response.bytes()).refused;
  };
  await using node = await start({ id: "a", members, listen: { host: "127.0.0.1", port: a! } });
  const { boot, cluster } = node.stats();
  const itself = { cluster: fromHex(`${cluster}`) as Digest, toBoot: fromHex(`${boot}`) as Boot };
  second = true;
  const name = { type: "default", bucket: "b", key: "k" };
  assertEquals(
    await post([{ kind: "read", request: 1, name, n: 3, asFallback: false }], itself),
    null,
  );
  const undelivered = () =>
    (node.stats().peers as Record<string, { undelivered: number }>).b!.undelivered;
  await until(() => undelivered() + asked.length > 0, "the answer to come to its end");
  assertEquals([undelivered(), asked], [1, []]);
});

Deno.test("a thousand idle connections, and clients that vanish, hold nobody up", async () => {
  await using node = await start();
  const { host: hostname, port } = node.address;
  const idle: Deno.Conn[] = [];
  for (let i = 0; i < 20; i++) {
    const some = Array.from({ length: 50 }, () => Deno.connect({ hostname, port }));
    idle.push(...await Promise.all(some));
  }
  const half = new TextEncoder().encode(
    "PUT /buckets/b/keys/half HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhal",
  );
  for (const connection of idle.splice(0, 20)) {
    await connection.write(half);
    connection.close();
  }
  assertEquals(await put(node, "k", "hello"), 204);
  assertEquals(await get(node, "k"), [200, "hello"]);
  assertEquals((await get(node, "half"))[0], 404);
  await node.stop();
  for (const connection of idle) connection.close();
});

Deno.test("a node that comes back at another port is found again, by who was told the old one", async () => {
  const dataDir = Deno.makeTempDirSync({ prefix: "rotor-moved-" });
  const [a, b, elsewhere] = freePorts(3) as [number, number, number];
  const membersWith = (port: number) => [
    { id: "node1", address: `127.0.0.1:${a}` },
    { id: "node2", address: `127.0.0.1:${port}` },
  ];
  const config = {
    ...DEFAULTS,
    n: 2,
    r: 2,
    w: 2,
    partitions: 16,
    gossipMs: 50,
    probeMs: 100,
    exchangeMs: 100,
  };
  const at = (port: number) => ({ host: "127.0.0.1", port });
  try {
    await using first = await start({
      config,
      id: "node1",
      members: membersWith(b),
      listen: at(a),
    });
    const kept = { config, id: "node2", engine: "kv" as const, dataDir };
    {
      await using _second = await start({ ...kept, members: membersWith(b), listen: at(b) });
      assertEquals(await put(first, "k", "one"), 204);
    }
    await using second = await start({
      ...kept,
      members: membersWith(elsewhere),
      listen: at(elsewhere),
    });
    const untilMs = performance.now() + 10_000;
    while (await put(first, "k", "two") !== 204) {
      assert(performance.now() < untilMs, "no put has reached both");
    }
    // Both recover at first, and count toward no read until they have compared.
    while ((await get(second, "k"))[0] === 503) {
      assert(performance.now() < untilMs, "no read is answered");
    }
    assertEquals((await get(second, "k"))[0], 300, "the one, which the other has not seen");
  } finally {
    Deno.removeSync(dataDir, { recursive: true });
  }
});
