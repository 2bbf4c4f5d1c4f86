import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { serve } from "../src/edge/server.ts";
import { resolve } from "../src/edge/settings.ts";
import { Refusal } from "./outcome.ts";
import { ownProgram } from "./process.ts";
import { objectUrl, readTarget } from "./request.ts";
import { freePorts, rotor } from "./testing.ts";

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A server that gives one answer and remembers what it was asked. Real nodes are asked in cluster_test.ts. */
class Double implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #asked: Asked[] = [];

  constructor(status: number, headers: Record<string, string> = {}, body: BodyInit | null = null) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      const { method, url, headers: sent } = request;
      const target = url.slice(url.indexOf("/", url.indexOf("//") + 2));
      this.#asked.push({ method, target, headers: sent, body: await request.bytes() });
      return new Response(body, { status, headers });
    });
  }

  /** Runs a command against it. */
  run(args: readonly string[], stdin?: Uint8Array<ArrayBuffer>) {
    return rotor([...args, "--url", this.url], stdin);
  }

  /** Where it is asked. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** What it was asked last. */
  get last(): Asked {
    const last = this.#asked.at(-1);
    if (!last) throw new Error("Nobody has asked");
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** A node alone, on a free port. */
const MEMORY = {
  flags: { engine: "memory", listen: "127.0.0.1:0" },
  environment: {},
  file: null,
};
const PROBLEM = { "Content-Type": "application/problem+json" };
const SIBLINGS = {
  vclock: "BOTH",
  siblings: [
    {
      vtag: "aaa",
      deleted: false,
      contentType: "text/plain",
      lastModified: "2026-01-02T03:04:05.000Z",
      expiresAt: "2026-01-02T04:04:05.000Z",
      value: "milk",
    },
    {
      vtag: "bbb",
      deleted: false,
      contentType: "image/png",
      lastModified: "2026-01-02T03:04:06.000Z",
      expiresAt: null,
      base64: "AAECAw==",
    },
    {
      vtag: "ccc",
      deleted: true,
      contentType: null,
      lastModified: "2026-01-02T03:04:07.000Z",
      expiresAt: null,
    },
  ],
};

Deno.test("a name is BUCKET/KEY, and both are escaped whole", () => {
  const url = (name: string) => objectUrl("http://h", readTarget(name), {}).href;
  assertEquals(url("b/k"), "http://h/buckets/b/keys/k");
  assertEquals(url("b/1/ä b?#%"), "http://h/buckets/b/keys/1%2F%C3%A4%20b%3F%23%25");
  assertEquals(
    objectUrl("http://h/x/", readTarget("b/k"), { r: "1", pr: undefined }).href,
    "http://h/x/buckets/b/keys/k?r=1",
  );
  for (const wrong of ["", "b", "/k", "b/", "b/.", "../k"]) {
    assertThrows(() => readTarget(wrong), Refusal);
  }
  assertThrows(() => objectUrl("localhost:8098", readTarget("b/k"), {}), Refusal);
});

Deno.test("put sends value, type, context and quorums, and prints the new context alone", async () => {
  await using node = new Double(204, { "X-Riak-Vclock": "NEW" });
  const done = await node.run(["put", "cart/peter", "bröd", "--context", "OLD", "--w", "all"]);
  assertEquals([done.code, done.stdout, done.stderr], [0, "NEW\n", ""]);
  const { method, target, headers, body } = node.last;
  assertEquals([method, target], ["PUT", "/buckets/cart/keys/peter?w=all"]);
  assertEquals(headers.get("x-riak-vclock"), "OLD");
  assertEquals(headers.get("content-type"), "text/plain; charset=utf-8");
  assertMatch(headers.get("x-rotor-write-id") ?? "", /^[0-9a-f]{32}$/);
  assertEquals(new TextDecoder().decode(body), "bröd");
});

Deno.test("put and delete say their write id with --json, whatever becomes of them", async () => {
  await using node = new Double(204, { "X-Riak-Vclock": "NEW", "X-Rotor-Write-Id": "WRITE" });
  for (const args of [["put", "b/k", "x", "--json"], ["delete", "b/k", "--json"]]) {
    assertEquals(JSON.parse((await node.run(args)).stdout), {
      name: "b/k",
      context: "NEW",
      hasSiblings: false,
      session: null,
      writeId: "WRITE",
    });
  }
  await using failing = new Double(503, PROBLEM, '{"detail":"Too late","definite":false}');
  const failed = await failing.run(["put", "b/k", "x", "--json"]);
  const writeId = failing.last.headers.get("x-rotor-write-id") ?? "";
  assertEquals(JSON.parse(failed.stdout), { detail: "Too late", definite: false, writeId });
  assertEquals(
    failed.stderr,
    `Too late. It may have been written, with the write id ${writeId}.\n`,
  );
  const url = `http://127.0.0.1:${freePorts(1)}`;
  const unanswered = await rotor(["put", "b/k", "x", "--json", "--url", url]);
  const problem = JSON.parse(unanswered.stdout);
  assertEquals([unanswered.code, problem.definite], [1, true]);
  assertMatch(problem.writeId, /^[0-9a-f]{32}$/);
});

Deno.test("put gives no context that would silence siblings which nobody has seen", async () => {
  await using node = new Double(204, { "X-Rotor-Session": "SEEN" });
  const done = await node.run(["put", "b/k", "v"]);
  assertEquals([done.code, done.stdout], [0, ""]);
  assertEquals(
    done.stderr,
    "b/k has siblings now: get it, and put what they come to\nsession: SEEN\n",
  );
  const json = await node.run(["put", "b/k", "v", "--json"]);
  assertEquals(JSON.parse(json.stdout), {
    name: "b/k",
    context: null,
    hasSiblings: true,
    session: "SEEN",
    writeId: null,
  });
  // What a script has kept of it is refused, rather than taken for a blind put.
  assertEquals((await node.run(["put", "b/k", "v", "--context", ""])).code, 2);
});

Deno.test("put - takes standard input, byte for byte, and is blind without a context", async () => {
  await using node = new Double(204);
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256);
  assertEquals((await node.run(["put", "b/k", "-"], bytes)).code, 0);
  assertEquals(node.last.body, bytes);
  assertEquals(node.last.headers.get("content-type"), "application/octet-stream");
  assertEquals(node.last.headers.get("x-riak-vclock"), null);
});

Deno.test("get prints the value and nothing else on standard output", async () => {
  await using node = new Double(200, { "X-Riak-Vclock": "C", "Content-Type": "text/x" }, "mil\nk");
  const done = await node.run(["get", "b/k", "--r", "1", "--context", "SEEN"]);
  assertEquals([done.code, done.stdout, done.stderr], [0, "mil\nk", "context: C\n"]);
  assertEquals(node.last.target, "/buckets/b/keys/k?r=1");
  assertEquals(node.last.headers.get("x-riak-vclock"), "SEEN");
});

Deno.test("a value that was stored packed comes packed, byte for byte", async () => {
  const packing = new Blob(["milk"]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = await new Response(packing).bytes();
  await using node = new Double(200, { "Content-Encoding": "gzip" }, packed);
  const done = await node.run(["get", "b/k", "--json"]);
  const [{ meta, base64 }] = JSON.parse(done.stdout).siblings;
  assertEquals([meta, base64], [{ "content-encoding": "gzip" }, packed.toBase64()]);
});

Deno.test("whoever reads no further is told no more", async () => {
  await using node = new Double(200, { "X-Riak-Vclock": "C" }, "x".repeat(1 << 20));
  const { path, args } = ownProgram(["get", "b/big", "--url", node.url]);
  // The status of the pipe is that of `head`, so that of the program goes to standard error, where nothing else is.
  const script = '{ "$0" "$@"; echo "code $?" >&2; } | head -c 3';
  const shell = new Deno.Command("sh", { args: ["-c", script, path, ...args], stdin: "null" });
  const { stdout, stderr } = await shell.output();
  assertEquals(new TextDecoder().decode(stdout), "xxx");
  assertEquals(new TextDecoder().decode(stderr), "code 141\n");
});

Deno.test("what a node cannot understand was asked for badly: exit code 2, in the words of the flags", async () => {
  const node = await serve({ ...resolve(MEMORY), log: () => {} });
  try {
    const wrong: [string[], string][] = [
      [["--r", "x"], "Cannot use --r: a whole number from 1 to n"],
      [["--r", "4"], "4"],
      [["--timeout", "0"], "Cannot use --timeout: milliseconds from 1 to 60000 wanted, got"],
      [["--timeout", "abc"], "Cannot use --timeout: milliseconds from 1 to 60000 wanted, got"],
      [["--context", "garbage"], "(--context)"],
    ];
    const puts: [string[], string][] = [
      [["--type", "nonsense"], 'Cannot use --type: TYPE/SUBTYPE wanted, got "nonsense"'],
      [["--w", "0"], "Cannot use --w: "],
      [
        ["--w", "9"],
        "Cannot use --w: a whole number from 1 to n, which is 3, wanted, got 9. It was not written.\n",
      ],
      [["--expires-in", "soon"], 'Cannot use --expires-in: seconds, or never, wanted, got "soon"'],
      [["--expires-in", "0"], "Cannot use --expires-in: a whole number of seconds from 1 to "],
    ];
    const commands: [string[], string][] = [
      ...wrong.map(([flags, text]): [string[], string] => [["get", "b/k", ...flags], text]),
      ...puts.map(([flags, text]): [string[], string] => [["put", "b/k", "v", ...flags], text]),
    ];
    for (const [args, sentence] of commands) {
      const { code, stdout, stderr } = await rotor([...args, "--url", node.url]);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertStringIncludes(stderr, sentence);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  } finally {
    await node.stop();
  }
});

Deno.test("get --json gives a single value the members that siblings have", async () => {
  const node = await serve({ ...resolve(MEMORY), log: () => {} });
  try {
    const put = (value: string) =>
      fetch(`${node.url}/buckets/b/keys/k`, {
        method: "PUT",
        headers: {
          "Content-Type": "text/plain",
          "X-Riak-Meta-Colour": "red",
          "X-Riak-Index-age_int": "4",
          "Link": '</buckets/b/keys/other>; riaktag="friend"',
        },
        body: value,
      });
    const get = async () =>
      JSON.parse((await rotor(["get", "b/k", "--json", "--url", node.url])).stdout);
    await put("one");
    const [single] = (await get()).siblings;
    await put("two");
    const [first] = (await get()).siblings;
    // HTTP dates have whole seconds.
    const wholeSecond = `${first.lastModified.slice(0, -5)}.000Z`;
    assertEquals(single, { ...first, lastModified: wholeSecond });
    assertEquals(single.meta, {
      "link": '</buckets/b/keys/other>; riaktag="friend"',
      "x-riak-index-age_int": "4",
      "x-riak-meta-colour": "red",
    });
  } finally {
    await node.stop();
  }
});

Deno.test("get --json says the value as text if it is text, else as base64", async () => {
  const headers = {
    "X-Riak-Vclock": "C",
    "Content-Type": "text/x",
    "ETag": '"tag"',
    "X-Rotor-Write-Id": "WRITE",
    "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    "X-Rotor-Expires-At": "Fri, 02 Jan 2026 04:04:05 GMT",
  };
  await using node = new Double(200, headers, new Uint8Array([0xff, 0]));
  const done = await node.run(["get", "b/k", "--json"]);
  assertEquals(JSON.parse(done.stdout), {
    found: true,
    context: "C",
    siblings: [{
      vtag: "tag",
      deleted: false,
      contentType: "text/x",
      lastModified: "2026-01-02T03:04:05.000Z",
      expiresAt: "2026-01-02T04:04:05.000Z",
      writeId: "WRITE",
      meta: {},
      base64: "/wA=",
    }],
  });
});

Deno.test("put --expires-in says for how long, and get until when", async () => {
  const node = await serve({ ...resolve(MEMORY), log: () => {} });
  try {
    const run = (...args: string[]) => rotor([...args, "--url", node.url]);
    assertEquals((await run("put", "b/k", "v", "--expires-in", "3600")).code, 0);
    const got = await run("get", "b/k");
    assertEquals([got.code, got.stdout], [0, "v"]);
    assertMatch(got.stderr, /^expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z\ncontext: /);
    assertEquals((await run("put", "b/never", "v", "--expires-in", "never")).code, 0);
    assertMatch((await run("get", "b/never")).stderr, /^context: /);
  } finally {
    await node.stop();
  }
});

Deno.test("siblings are shown as siblings, with exit code 4", async () => {
  await using node = new Double(300, { "X-Riak-Vclock": "BOTH" }, JSON.stringify(SIBLINGS));
  const done = await node.run(["get", "b/k"]);
  assertEquals(done.code, 4);
  assertEquals(done.stdout.split("\n"), [
    "b/k has 3 siblings:",
    "aaa  2026-01-02T03:04:05.000Z  milk  (expires 2026-01-02T04:04:05.000Z)",
    "bbb  2026-01-02T03:04:06.000Z  (4 bytes of image/png)",
    "ccc  2026-01-02T03:04:07.000Z  (deleted)",
    "",
  ]);
  assertEquals(done.stderr.split("\n")[0], "context: BOTH");
  assertEquals(node.last.headers.get("accept")?.startsWith("application/json"), true);

  const json = await node.run(["get", "b/k", "--json"]);
  assertEquals(json.code, 4);
  assertEquals(JSON.parse(json.stdout), {
    found: true,
    context: "BOTH",
    siblings: SIBLINGS.siblings,
  });
});

Deno.test("not found is exit code 3; a deleted key gives the context to go on with", async () => {
  await using nothing = new Double(404, PROBLEM, '{"detail":"nothing"}');
  const absent = await nothing.run(["get", "b/k"]);
  assertEquals([absent.code, absent.stdout, absent.stderr], [3, "", "b/k is not there\n"]);

  const headers = { ...PROBLEM, "X-Riak-Deleted": "true", "X-Riak-Vclock": "C" };
  await using tombstone = new Double(404, headers, '{"detail":"nothing"}');
  const deleted = await tombstone.run(["get", "b/k"]);
  assertEquals([deleted.code, deleted.stderr], [3, "b/k is deleted\ncontext: C\n"]);
  const json = await tombstone.run(["get", "b/k", "--json"]);
  assertEquals(JSON.parse(json.stdout), {
    found: false,
    deleted: true,
    context: "C",
    siblings: [],
  });

  await using other = new Double(404, { "Content-Type": "text/html" }, "<h1>no such page</h1>");
  const stranger = await other.run(["get", "b/k"]);
  assertEquals(stranger.code, 1);
  assertEquals(stranger.stderr, "The node answered 404: <h1>no such page</h1>\n");
});

Deno.test("a failure says what was wanted and got, who answered, and whether it happened", async () => {
  const replicas = [
    { node: "node1", role: "primary", seat: 0, said: "stored" },
    { node: "node3", role: "fallback", seat: null, said: "not_serving" },
  ];
  const body = {
    detail: "Too few",
    definite: false,
    want: { w: 2, pw: 0 },
    got: { w: 1 },
    replicas,
  };
  await using node = new Double(503, PROBLEM, JSON.stringify(body));
  const done = await node.run(["put", "b/k", "v"]);
  assertEquals(done.code, 1);
  assertEquals(
    done.stderr,
    "Too few; w: 2 wanted, got 1 (node1 stored, node3 not serving as fallback). " +
      `It may have been written, with the write id ${node.last.headers.get("x-rotor-write-id")}.\n`,
  );
  const json = await node.run(["put", "b/k", "v", "--json"]);
  const writeId = node.last.headers.get("x-rotor-write-id");
  assertEquals(JSON.parse(json.stdout), { ...body, writeId });

  const counted = JSON.stringify({ ...body, want: { w: 2 }, got: { w: 0 }, replicas: [] });
  await using none = new Double(503, PROBLEM, counted);
  assertMatch((await none.run(["put", "b/k", "v"])).stderr, /^Too few; w: 2 wanted, got 0\. /);

  await using definite = new Double(400, PROBLEM, '{"detail":"No","definite":true}');
  assertEquals((await definite.run(["delete", "b/k"])).stderr, "No. It was not deleted.\n");
  assertEquals((await definite.run(["get", "b/k"])).stderr, "No\n");

  await using dumb = new Double(400); // as Deno's server answers what is too long for it
  const silent = "The node answered 400: no reason\n";
  assertEquals((await dumb.run(["get", "b/k"])).stderr, silent);
});

Deno.test("delete sends its context", async () => {
  await using node = new Double(204, { "X-Riak-Vclock": "NEW" });
  const done = await node.run(["delete", "b/k", "--context", "OLD"]);
  assertEquals([done.code, done.stdout], [0, "NEW\n"]);
  assertEquals(node.last.method, "DELETE");
  assertEquals(node.last.target, "/buckets/b/keys/k");
  assertEquals(node.last.headers.get("x-riak-vclock"), "OLD");
});

Deno.test("delete of what is not there is exit code 3", async () => {
  await using nothing = new Double(404, PROBLEM, '{"detail":"nothing"}');
  const done = await nothing.run(["delete", "b/k"]);
  assertEquals([done.code, done.stdout, done.stderr], [3, "", "b/k is not there\n"]);
});

Deno.test("where nobody listens, nothing was written, and the program says so", async () => {
  const url = `http://127.0.0.1:${freePorts(1)}`;
  const done = await rotor(["put", "b/k", "v", "--url", url]);
  assertEquals(done.code, 1);
  assertEquals(done.stdout, "");
  assertEquals(
    done.stderr,
    `Cannot reach ${url}: Connection refused (os error 111). It was not written.\n`,
  );
});

Deno.test("a connection that breaks is not tried again, and leaves open whether it was written", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const served = (async () => {
    for await (const connection of listener) {
      connections++;
      await connection.read(new Uint8Array(1000));
      connection.close();
    }
  })();
  const url = `http://127.0.0.1:${listener.addr.port}`;
  for (const args of [["put", "b/k", "v"], ["put", "b/k", ""], ["delete", "b/k"]]) {
    connections = 0;
    const done = await rotor([...args, "--url", url]);
    assertEquals([done.code, connections], [1, 1], args.join(" "));
    assertMatch(
      done.stderr,
      /^Cannot reach .*\. It may have been (written|deleted), with the write id [0-9a-f]{32}\.\n$/,
    );
  }
  listener.close();
  await served;
});
