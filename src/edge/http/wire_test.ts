/**
 * The API behind a real listener: that what it relies on of the server is so (raw targets, header bytes, HEAD lengths,
 * bodies that break off).
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { bytesOf, byteString } from "../../id.ts";
import { DEFAULTS } from "../../protocol/config.ts";
import { HttpNodes } from "../../../props/http_nodes.ts";

const NAME = { type: "default", bucket: "b", key: "k" };

/** Serves three nodes for the time of `body`. */
async function withServer(
  options: Parameters<HttpNodes["api"]>[0],
  body: (world: { node: HttpNodes; port: number }) => Promise<void>,
): Promise<void> {
  const node = new HttpNodes();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    node.api(options),
  );
  try {
    await body({ node, port: server.addr.port });
  } finally {
    await server.shutdown();
  }
}

/**
 * Sends bytes as they are and reads to the end of the connection, or to `end`; `half` closes before anything comes.
 */
async function raw(
  port: number,
  text: string,
  { half = false, end }: { half?: boolean; end?: string } = {},
): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(bytesOf(text));
  if (half) return "";
  let answer = "";
  const buffer = new Uint8Array(65_536);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    answer += byteString(buffer.subarray(0, n));
    if (end !== undefined && answer.endsWith(end)) break;
  }
  return answer;
}

function head(method: string, target: string, headers: string[] = []): string {
  const lines = ["Host: h.example", "Connection: close", ...headers];
  return `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

Deno.test("a name that is too long is told so, unless the head of the request is too long for Deno", async () => {
  await withServer({}, async ({ port }) => {
    const key = (bytes: number) => head("GET", `/buckets/b/keys/${"k".repeat(bytes)}`);
    const long = await raw(port, key(65_000));
    assertMatch(long, /^HTTP\/1\.1 400 .*application\/problem\+json/s);
    assertMatch(long, /at most 900 bytes of type, bucket and key together wanted, got 65008/);
    for (const request of [key(65_536), head("GET", "/ping", [`A: ${"a".repeat(65_536)}`])]) {
      const refused = await raw(port, request);
      assertMatch(refused, /^HTTP\/1\.1 400 .*\r\ncontent-length: 0\r\n/s);
      assert(refused.endsWith("\r\n\r\n"), "docs/http.md says that nothing is said");
    }
  });
});

Deno.test("a raw target, raw header bytes and a raw body come through and back", async () => {
  await withServer({}, async ({ node, port }) => {
    const target = "/buckets/b/keys/../%2e%2E";
    assertMatch(await raw(port, head("GET", target)), /^HTTP\/1\.1 404 /);
    const key = "/buckets/b/keys/%2e%2E";
    const headers = ["Content-Type: x/y", "X-Riak-Meta-A: caf\xc3\xa9\xff", "Content-Length: 3"];
    assertMatch(await raw(port, `${head("PUT", key, headers)}\0\xff\n`), /^HTTP\/1\.1 204 /);
    assertEquals(node.held({ ...NAME, key: ".." }).siblings.length, 1);
    const answer = await raw(port, head("GET", key));
    assertMatch(answer, /\r\nx-riak-meta-a: caf\xc3\xa9\xff\r\n/);
    assert(answer.endsWith("\r\n\r\n\0\xff\n"));
    const length = await raw(port, head("HEAD", key));
    assertMatch(length, /\r\ncontent-length: 3\r\n/);
    assert(length.endsWith("\r\n\r\n"));
  });
});

Deno.test("a half-sent body writes nothing, and the node goes on", async () => {
  await withServer({}, async ({ node, port }) => {
    for (const framing of ["Content-Length: 10", "Transfer-Encoding: chunked"]) {
      const chunk = framing.startsWith("T") ? "3\r\nred\r\n" : "red";
      const request = head("PUT", "/buckets/b/keys/k", ["Content-Type: text/plain", framing]);
      await raw(port, request + chunk, { half: true });
    }
    assertMatch(await raw(port, head("GET", "/buckets/b/keys/k")), /^HTTP\/1\.1 404 /);
    assertEquals(node.asked.map(({ kind }) => kind), ["get"]);
  });
});

Deno.test("a body that breaks off: its client is told so, and nothing of the runtime", async () => {
  await withServer({}, async ({ node, port }) => {
    const headers = ["Content-Type: text/plain", "Content-Length: 10"];
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(bytesOf(`${head("PUT", "/buckets/b/keys/k", headers)}red`));
    await connection.closeWrite();
    const answer = await new Response(connection.readable).text();
    assertMatch(answer, /^HTTP\/1\.1 400 /);
    const problem = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));
    // The runtime may drop the last bytes, if they come together with the end.
    assertMatch(
      problem.detail,
      /^Cannot take the body: 10 bytes wanted, got [03] bytes and then its end$/,
    );
    assertEquals(node.asked, []);
  });
});

Deno.test("a stalled body: 408 while its client still waits", async () => {
  await withServer({ bodyTimeoutMs: 20 }, async ({ node, port }) => {
    const headers = ["Content-Type: text/plain", "Content-Length: 10"];
    // The server keeps the connection of an unread body until its client goes, so the answer's end is the end here.
    const request = `${head("PUT", "/buckets/b/keys/k", headers)}red`;
    const answer = await raw(port, request, { end: "}\n" });
    assertMatch(answer, /^HTTP\/1\.1 408 .*"definite":true/s);
    assertEquals(node.asked, []);
  });
});

Deno.test("a body over the limit: 413, announced or not", async () => {
  await withServer({ config: { ...DEFAULTS, maxObjectBytes: 1000 } }, async ({ node, port }) => {
    const url = `http://127.0.0.1:${port}/buckets/b/keys/k`;
    const headers = { "Content-Type": "text/plain" };
    const announced = await fetch(url, { method: "PUT", headers, body: new Uint8Array(1001) });
    assertEquals([announced.status, (await announced.json()).status], [413, 413]);
    const chunk = `3e9\r\n${"x".repeat(1001)}\r\n0\r\n\r\n`;
    const lines = ["Content-Type: text/plain", "Transfer-Encoding: chunked"];
    assertMatch(
      await raw(port, head("PUT", "/buckets/b/keys/k", lines) + chunk),
      /^HTTP\/1\.1 413 /,
    );
    assertEquals(node.asked, []);
  });
});
