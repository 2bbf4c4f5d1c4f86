import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { STORE_FORMAT } from "../src/edge/storage/record_store.ts";
import { ownProgram } from "./process.ts";
import { freePorts, isAlive, rotor, Running, start, temporaryDirectory } from "./testing.ts";
import { get, keyUrl, put, texts } from "./testing_cluster.ts";

const IDLE_CONNECTIONS = 10_000;
/** Open files that a process wants beside its connections. */
const OTHER_FILES = 600;

/** Starts one node on a free port; waits until it serves. */
async function serve(...flags: string[]): Promise<{ node: Running; port: number; url: string }> {
  const port = freePorts(1);
  const listen = `127.0.0.1:${port}`;
  const node = start(["serve", "--listen", listen, "--until-stdin-closes", ...flags]);
  assertMatch(await node.line(/ serves on /), new RegExp(` serves on http://${listen}$`));
  return { node, port, url: `http://${listen}` };
}

/** Runs a node that is expected not to start. */
async function refused(...flags: string[]): Promise<string> {
  const listen = `127.0.0.1:${freePorts(1)}`;
  const { code, stdout, stderr } = await rotor(["serve", "--listen", listen, ...flags]);
  assertEquals([code, stdout], [1, ""], stderr);
  assertEquals(stderr.trimEnd().split("\n").length, 1, `one sentence: ${stderr}`);
  return stderr;
}

Deno.test("one node keeps its name and its data, and its process id while it runs", async () => {
  using directory = temporaryDirectory();
  const data = `${directory.path}/node`;
  let line = "";
  for (const round of [1, 2]) {
    const { node, url } = await serve("--data", data);
    await using _ended = node;
    const name = node.stdout.split(" ")[0] ?? "";
    assertMatch(name, /^[0-9a-f]{16}$/);
    if (round === 1) line = name;
    assertEquals(name, line, "the name is kept in the data directory");
    assertEquals(Deno.readTextFileSync(`${data}/rotor.pid`), `${node.pid}\n`);
    if (round === 1) assertEquals((await put(keyUrl(url, "b", "k"), "v")).status, 204);
    assertEquals(texts(await get(keyUrl(url, "b", "k"))), ["v"]);
    const { code, stderr } = await node.stop(round === 1 ? "SIGINT" : "SIGTERM");
    assertEquals([code, stderr], [0, ""]);
    assertEquals([...Deno.readDirSync(data)].some(({ name }) => name === "rotor.pid"), false);
  }
});

Deno.test("the id that a directory keeps serves where none is given, with members too", async () => {
  using directory = temporaryDirectory();
  const data = `${directory.path}/node`;
  const port = freePorts(2);
  const members = `--members=a=127.0.0.1:${port},b=127.0.0.1:${port + 1}`;
  const listen = ["--listen", `127.0.0.1:${port}`];
  const nameless = await rotor(["serve", "--data", data, members, ...listen]);
  assertEquals([nameless.code, nameless.stdout], [2, ""]);
  assertEquals(
    nameless.stderr,
    "Cannot tell which member this node is: the data directory is new, --id as one of a, b wanted\n",
  );
  for (const id of [["--id", "a"], []]) {
    await using node = start([
      "serve",
      "--data",
      data,
      members,
      ...listen,
      ...id,
      "--until-stdin-closes",
    ]);
    assertEquals(await node.line(/ serves on /), `a serves on http://127.0.0.1:${port}`);
    assertEquals((await node.stop()).code, 0);
  }
  const elsewhere = await rotor(["serve", "--data", data, members, ...listen, "--advertise=h:1"]);
  assertEquals(elsewhere.code, 2);
  assertStringIncludes(elsewhere.stderr, "Cannot advertise h:1: members say that a is reached at");
});

Deno.test("a node stops when its standard input closes, if it was told to", async () => {
  const { node } = await serve("--engine", "memory");
  await using _ended = node;
  assertEquals((await node.closeStdin()).code, 0);
});

Deno.test("a data directory that cannot be written is refused in one sentence", async () => {
  using directory = temporaryDirectory();
  const file = `${directory.path}/file`;
  Deno.writeTextFileSync(file, "");
  // These hold for root too, whom no permission stops.
  for (const data of [file, `${file}/under`, "/proc/rotor"]) {
    assertStringIncludes(await refused("--data", data), data);
  }
});

Deno.test("a second process on one data directory is refused; the first goes on", async () => {
  using directory = temporaryDirectory();
  const data = `${directory.path}/node`;
  const { node, url } = await serve("--data", data);
  await using _ended = node;
  assertStringIncludes(await refused("--data", data), "in use");
  assertEquals(Deno.readTextFileSync(`${data}/rotor.pid`), `${node.pid}\n`);
  assertEquals((await put(keyUrl(url, "b", "k"), "v")).status, 204);
});

Deno.test("S24 a node whose database another process has taken writes no more, and ends", async () => {
  using directory = temporaryDirectory();
  const data = `${directory.path}/node`;
  const { node, url } = await serve("--data", data);
  await using _ended = node;
  assertEquals((await put(keyUrl(url, "b", "k"), "v")).status, 204);
  {
    // As a process would that shares the disk but not the lock file.
    using kv = await Deno.openKv(`${data}/store.kv`);
    await kv.set(["lock"], new TextEncoder().encode("somebody"));
  }
  const refusal = await put(keyUrl(url, "b", "late"), "v");
  assert(refusal.status >= 500, `the put was answered ${refusal.status}`);
  const { code, stderr } = await node.ended;
  assertEquals(code, 1);
  assertMatch(stderr, /^[0-9a-f]{16} had to end: .*another process/m);
});

Deno.test("a port in use is refused in one sentence", async () => {
  using directory = temporaryDirectory();
  const { node, port } = await serve("--engine", "memory");
  await using _ended = node;
  const sentence = await refused(
    "--data",
    `${directory.path}/node`,
    "--listen",
    `127.0.0.1:${port}`,
  );
  assertStringIncludes(sentence, `${port}`);
  assertStringIncludes(sentence, "in use");
});

Deno.test("what was fixed at the first start is refused if it changes", async () => {
  using directory = temporaryDirectory();
  const data = `${directory.path}/node`;
  const first = await serve("--data", data, "--id", "one");
  assertEquals((await first.node.stop()).code, 0);
  assertMatch(await refused("--data", data, "--n", "2"), /\bn\b/);
  assertMatch(await refused("--data", data, "--partitions", "64"), /partitions/);
  assertMatch(await refused("--data", data, "--id", "two"), /two/);
});

Deno.test("a store of a newer format is refused in one sentence, and keeps its data", async () => {
  using directory = temporaryDirectory();
  const data = `${directory.path}/node`;
  const setFormat = async (format: string) => {
    using kv = await Deno.openKv(`${data}/store.kv`);
    const key = [new TextEncoder().encode("\x01\x06format")];
    assertEquals((await kv.get(key)).value !== null, true, "the format stands where it stood");
    await kv.set(key, new TextEncoder().encode(format));
  };
  const first = await serve("--data", data);
  assertEquals((await put(keyUrl(first.url, "b", "k"), "v")).status, 204);
  assertEquals((await first.node.stop()).code, 0);

  await setFormat(String(STORE_FORMAT + 1));
  assertStringIncludes(await refused("--data", data), "newer rotor");

  await setFormat("1");
  const { node, url } = await serve("--data", data);
  await using _ended = node;
  assertEquals(texts(await get(keyUrl(url, "b", "k"))), ["v"]);
});

Deno.test("half-sent bodies write nothing and hold nobody up", async () => {
  const { node, port, url } = await serve("--engine", "memory");
  await using _ended = node;
  const halves = [
    "PUT /buckets/b/keys/length HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nhalf",
    "PUT /buckets/b/keys/chunks HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "PUT /buckets/b/keys/head HTTP/1.1\r\nHost: h\r\nContent-Ty",
  ];
  const held: Deno.Conn[] = [];
  for (const half of halves) {
    for (const closes of [true, false]) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode(half));
      if (closes) connection.close();
      else held.push(connection);
    }
  }
  assertEquals((await put(keyUrl(url, "b", "whole"), "whole")).status, 204);
  assertEquals(texts(await get(keyUrl(url, "b", "whole"))), ["whole"]);
  for (const connection of held) connection.close();
  for (const key of ["length", "chunks", "head"]) {
    assertEquals((await get(keyUrl(url, "b", key))).status, 404, key);
  }
  assertEquals((await node.stop()).code, 0);
});

Deno.test("a body over the limit is refused with 413, and the next request is served", async () => {
  const { node, url } = await serve("--engine", "memory");
  await using _ended = node;
  const tooLarge = await put(keyUrl(url, "b", "k"), new Uint8Array((1 << 20) + 1));
  assertEquals(tooLarge.status, 413);
  assertEquals((await get(keyUrl(url, "b", "k"))).status, 404);
  assertEquals((await put(keyUrl(url, "b", "k"), new Uint8Array(1 << 20))).status, 204);
});

const fileLimit = hardLimitOfOpenFiles();
Deno.test({
  name: fileLimit < IDLE_CONNECTIONS + OTHER_FILES
    ? `ten thousand idle connections (skipped: this machine allows ${fileLimit} open files)`
    : "ten thousand idle connections keep nobody from being served",
  ignore: fileLimit < IDLE_CONNECTIONS + OTHER_FILES,
  fn: async () => {
    const port = freePorts(1);
    const listen = `127.0.0.1:${port}`;
    const own = ownProgram(["serve", "--engine", "memory", "--listen", listen]);
    await using node = withOpenFiles(own.path, [...own.args, "--until-stdin-closes"]);
    await node.line(/ serves on /);
    const opener = new URL("idle_connections.ts", import.meta.url).href;
    const many = ["run", "--allow-net", opener, "127.0.0.1", `${port}`, `${IDLE_CONNECTIONS}`];
    await using idle = withOpenFiles(Deno.execPath(), many);
    await idle.line(/^open$/);

    const key = keyUrl(`http://${listen}`, "b", "k");
    assertEquals((await put(key, "value")).status, 204);
    assertEquals(texts(await get(key)), ["value"]);
    assert(isAlive(node.pid));
    assertEquals((await idle.closeStdin()).code, 0);
    assertEquals(texts(await get(key)), ["value"]);
    assertEquals((await node.stop()).code, 0);
  },
});

/** Starts a program that may have as many files open as the machine allows. */
function withOpenFiles(path: string, args: readonly string[]): Running {
  return new Running("sh", ["-c", 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"', path, ...args]);
}

function hardLimitOfOpenFiles(): number {
  const { stdout } = new Deno.Command("sh", { args: ["-c", "ulimit -Hn"] }).outputSync();
  const text = new TextDecoder().decode(stdout).trim();
  return text === "unlimited" ? Infinity : Number(text);
}
