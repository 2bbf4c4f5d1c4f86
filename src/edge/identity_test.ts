/**
 * Who is who, with real sockets: the rows of the protocol's table of operations that are about names (Part 2 d).
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DEFAULTS } from "../protocol/config.ts";
import { type RunningNode, serve, type Settings } from "./server.ts";
import { StartError } from "./start_error.ts";

const CONFIG = {
  ...DEFAULTS,
  n: 2,
  r: 1,
  w: 1,
  partitions: 8,
  gossipMs: 50,
  probeMs: 100,
  requestTimeoutMs: 1_000,
};
const PATIENCE_MS = 10_000;

/** A node in memory that is stopped when the test ends, and the lines that it says. */
async function start(
  id: string,
  { members, port }: { readonly members: Settings["members"]; readonly port: number },
): Promise<{ node: RunningNode; lines: string[] } & AsyncDisposable> {
  const lines: string[] = [];
  const node = await serve({
    dataDir: null,
    engine: "memory",
    maxStoreBytes: undefined,
    listen: { host: "127.0.0.1", port },
    advertise: undefined,
    id,
    members,
    config: CONFIG,
    placement: { strategy: 3, tokens: 0 },
    secrets: [],
    insecure: false,
    log: (line) => lines.push(line),
  });
  return { node, lines, [Symbol.asyncDispose]: () => node.stop() };
}

/** Ports that were free a moment ago. */
function freePorts(count: number): number[] {
  const listen = () => Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listeners = Array.from({ length: count }, listen);
  const ports = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!await isSo()) {
    assert(performance.now() < endMs, `never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function put(node: RunningNode): Promise<number> {
  const response = await fetch(`${node.url}/buckets/b/keys/k?w=2&pw=2&timeout=300`, {
    method: "PUT",
    body: "v",
  });
  await response.body?.cancel();
  return response.status;
}

async function healthOf(node: RunningNode, of: string): Promise<string> {
  const { members } = await (await fetch(`${node.url}/admin/status`)).json();
  return members.find(({ node }: { node: string }) => node === of).health;
}

const at = (port: number) => `127.0.0.1:${port}`;

Deno.test("G32 G37 a second process of a living node is refused by its peers, and ends, with the reason", async () => {
  const [a, b, elsewhere] = freePorts(3) as [number, number, number];
  const members = [{ id: "n1", address: at(a) }, { id: "n2", address: at(b) }];
  await using n2 = await start("n2", { members, port: b });
  {
    await using n1 = await start("n1", { members, port: a });
    await until("a put on both", async () => await put(n1.node) === 204);
    // It asks what is remembered of it before it serves, and hears that it is there already.
    await assertRejects(
      () => start("n1", { members, port: elsewhere }),
      StartError,
      "Cannot go on as n1: n2 hears another process of this id, which lives",
    );
    assertEquals(await put(n1.node), 204, "the first goes on");
    assertEquals(await put(n2.node), 204);
  }
  // The first is gone: now it is a restart, on an empty disk, at another port.
  const moved = [{ id: "n1", address: at(elsewhere) }, { id: "n2", address: at(b) }];
  await using next = await start("n1", { members: moved, port: elsewhere });
  await until("a put on both again", async () => await put(next.node) === 204);
});

Deno.test("G6 two clusters stay two: what one sends the other is refused by its cluster, in words", async () => {
  const [a, b] = freePorts(2) as [number, number];
  const members = [{ id: "n1", address: at(a) }, { id: "n2", address: at(b) }];
  // At that address there is a node of this name, and it is a cluster by itself.
  await using other = await start("n2", { members: undefined, port: b });
  await using n1 = await start("n1", { members, port: a });
  const told = async () => (await (await fetch(`${other.node.url}/admin/status`)).json()).members;
  const before = await told();
  await until(
    "a sentence of another cluster",
    () => n1.lines.some((line) => line === "n1: Cannot reach n2: it belongs to another cluster"),
  );
  await until("n2 is down", async () => await healthOf(n1.node, "n2") === "down");
  assertEquals(await told(), before);
  assertEquals(await put(other.node), 503, "it has no second replica, and borrows none");
});

Deno.test("G32 a frame for another node is refused, and who was meant is down", async () => {
  const [a, b, c] = freePorts(3) as [number, number, number];
  const members = [
    { id: "n1", address: at(a) },
    { id: "n2", address: at(b) },
    { id: "n3", address: at(c) },
  ];
  await using n1 = await start("n1", { members, port: a });
  // The address of n2 was given to n3.
  await using _n3 = await start("n3", { members, port: b });
  const sentence = "it is another node: its address may have been given to the wrong one";
  await until(
    "a sentence of another node",
    () => n1.lines.some((line) => line === `n1: Cannot reach n2: ${sentence}`),
  );
  await until("n2 is down", async () => await healthOf(n1.node, "n2") === "down");
});
