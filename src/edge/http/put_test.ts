import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { DEFAULTS } from "../../protocol/config.ts";
import { failure } from "../../protocol/error.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";
import { MAX_HEADER_BYTES } from "./stored_headers.ts";

const PATH = "/buckets/fruit/keys/apple";
const NAME = { type: "default", bucket: "fruit", key: "apple" };
const TEXT = { "Content-Type": "text/plain" };

function start(options: Parameters<HttpNodes["api"]>[0] = {}) {
  const node = new HttpNodes();
  const api = node.api(options);
  const send = (method: string, target: string, init?: RequestInit) =>
    api(rawRequest(method, target, init));
  const put = (body: string, headers: Record<string, string> = {}, query = "") =>
    send("PUT", PATH + query, { body, headers: { ...TEXT, ...headers } });
  const values = () =>
    node.held(NAME).siblings.map(({ version }) =>
      version.tombstone ? null : new TextDecoder().decode(version.content)
    );
  return { node, send, put, values };
}

const problemOf = async (response: Response) => {
  const { type, detail } = await response.json();
  return [response.status, type.split("/").at(-1), detail];
};

Deno.test("PUT and POST to a key: 204 with the context and the write id", async () => {
  for (const method of ["PUT", "POST"]) {
    const { send, values } = start();
    const response = await send(method, PATH, { body: "red", headers: TEXT });
    assertEquals([response.status, await response.text()], [204, ""]);
    const { "x-riak-vclock": vclock, "x-rotor-write-id": writeId, ...rest } = Object.fromEntries(
      response.headers,
    );
    assertMatch(vclock ?? "", /^[A-Za-z0-9_-]{60,}$/);
    assertMatch(writeId ?? "", /^[0-9a-f]{32}$/);
    assertEquals(rest, { link: '</buckets/fruit>; rel="up"' });
    assertEquals(values(), ["red"]);
  }
});

Deno.test("the whole order reaches the node", async () => {
  const { node, put } = start();
  const headers = { "X-Rotor-Write-Id": "ff".repeat(16), "X-Riak-Meta-A": "1" };
  const query = "?w=3&dw=one&pw=0&n_val=3&sloppy_quorum=true&timeout=99&returnbody=false";
  const response = await put("red", headers, query);
  assertEquals(response.headers.get("X-Rotor-Write-Id"), "ff".repeat(16));
  assertEquals(node.asked, [{
    kind: "put",
    ask: {
      name: NAME,
      version: {
        tombstone: false,
        content: new TextEncoder().encode("red"),
        contentType: "text/plain",
        headers: [["x-riak-meta-a", "1"]],
        expiresInMs: null,
        writeId: "\xff".repeat(16) as never,
      },
      seen: undefined,
      fastest: undefined,
      w: 3,
      dw: "one",
      pw: 0,
      nVal: 3,
      sloppyQuorum: true,
      timeoutMs: 99,
    },
  }]);
});

Deno.test("a context replaces what it has seen, and nothing else; without one all stays", async () => {
  const { put, values } = start();
  const first = await put("red");
  await put("green");
  assertEquals(values().toSorted(), ["green", "red"]);
  await put("blue", { "X-Riak-Vclock": first.headers.get("X-Riak-Vclock")! });
  assertEquals(values().toSorted(), ["blue", "green"]);
});

Deno.test("the answer to a put never gives a context that covers unseen siblings", async () => {
  const { send, put, values } = start();
  const alone = await put("red");
  assertEquals(alone.headers.get("X-Rotor-Session"), null);
  const beside = await put("green");
  assertEquals(beside.headers.get("X-Riak-Vclock"), null);
  const session = beside.headers.get("X-Rotor-Session")!;
  const read = await send("GET", PATH, { headers: { "X-Riak-Vclock": session } });
  assertEquals(read.status, 300, "as a session it is good");
  const vclock = alone.headers.get("X-Riak-Vclock")!;
  const deleted = await send("DELETE", PATH, { headers: { "X-Riak-Vclock": vclock } });
  assertEquals(deleted.headers.get("X-Riak-Vclock"), null);
  assertEquals(values().length, 2);
});

Deno.test("a delete that finds another value than it would have deleted gives no context of that", async () => {
  const { send, put, values } = start();
  const eggs = (await put("eggs")).headers.get("X-Riak-Vclock")!;
  await put("tea", { "X-Riak-Vclock": eggs });
  const deleted = await send("DELETE", PATH, { headers: { "X-Riak-Vclock": eggs } });
  assertEquals(deleted.status, 204);
  assertEquals(deleted.headers.get("X-Riak-Vclock"), null);
  assertMatch(deleted.headers.get("X-Rotor-Session") ?? "", /./);
  assertEquals(values(), ["tea"]);
});

Deno.test("a repeated delete of what is gone gives the context that the first gave", async () => {
  const { send, put } = start();
  const vclock = (await put("eggs")).headers.get("X-Riak-Vclock")!;
  const [first, second] = [
    await send("DELETE", PATH, { headers: { "X-Riak-Vclock": vclock } }),
    await send("DELETE", PATH, { headers: { "X-Riak-Vclock": vclock } }),
  ];
  assertMatch(first.headers.get("X-Riak-Vclock") ?? "", /./);
  assertEquals(second.headers.get("X-Riak-Vclock"), first.headers.get("X-Riak-Vclock"));
});

Deno.test("the context tells the node who was fastest", async () => {
  const { node, send, put } = start();
  await put("red");
  const vclock = (await send("GET", PATH)).headers.get("X-Riak-Vclock")!;
  await put("green", { "X-Riak-Vclock": vclock });
  const asked = node.asked.at(-1);
  assertEquals(asked?.kind === "put" && asked.ask.fastest, "n1" as never);
});

Deno.test("a context that is not one of this key's: 400, nothing written", async () => {
  const { node, send, put } = start();
  const vclock = (await put("red")).headers.get("X-Riak-Vclock")!;
  node.asked.length = 0;
  for (const [path, token] of [["/buckets/fruit/keys/pear", vclock], [PATH, "x"], [PATH, ""]]) {
    for (const method of ["PUT", "DELETE"]) {
      const response = await send(method, path ?? "", {
        headers: { ...TEXT, "X-Riak-Vclock": token ?? "" },
      });
      assertEquals((await problemOf(response)).slice(0, 2), [400, "bad_context"]);
    }
  }
  const forged = start({ secrets: [new Uint8Array([9])] });
  const refused = await forged.put("red", { "X-Riak-Vclock": vclock });
  assertEquals((await problemOf(refused)).slice(0, 2), [400, "bad_context"]);
  assertEquals([...node.asked, ...forged.node.asked], []);
});

Deno.test("a PUT without Content-Type, or with none that is one: 400", async () => {
  const { node, send } = start();
  const without = await send("PUT", PATH, { body: new Uint8Array(3) });
  assertEquals(await problemOf(without), [
    400,
    "bad_request",
    "Cannot take a body without Content-Type: TYPE/SUBTYPE wanted",
  ]);
  for (const contentType of ["text", "", "text/plain, text/html", "/", "a b/c"]) {
    const response = await send("PUT", PATH, {
      body: new Uint8Array(3),
      headers: { "Content-Type": contentType },
    });
    assertEquals(response.status, 400, contentType);
  }
  assertEquals(node.asked, []);
});

Deno.test("a body over the limit: 413 and nothing written; of just the limit: written", async () => {
  const { node, send, values } = start({ config: { ...DEFAULTS, maxObjectBytes: 4 } });
  const over = await send("PUT", PATH, { body: "12345", headers: TEXT });
  assertEquals(await problemOf(over), [
    413,
    "too_large",
    "Cannot take the body: at most 4 bytes wanted, got more",
  ]);
  const announced = await send("PUT", PATH, {
    body: "12345",
    headers: { ...TEXT, "Content-Length": "5" },
  });
  assertEquals(announced.status, 413);
  assertEquals(node.asked, []);
  assertEquals((await send("PUT", PATH, { body: "1234", headers: TEXT })).status, 204);
  assertEquals((await send("PUT", PATH, { headers: TEXT })).status, 204, "no bytes are a value");
  assertEquals(values().toSorted(), ["", "1234"]);
});

Deno.test("a body that breaks off or stalls: 400, 408, and nothing written", async () => {
  const { node, send } = start({ bodyTimeoutMs: 5 });
  const breaks = new ReadableStream({ start: (c) => c.error(new Error("reset")) });
  const stalls = new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) });
  assertEquals((await send("PUT", PATH, { body: breaks, headers: TEXT })).status, 400);
  const late = await send("PUT", PATH, { body: stalls, headers: TEXT });
  assertEquals((await problemOf(late)).slice(0, 2), [408, "slow_body"]);
  assertEquals(node.asked, []);
});

Deno.test("a write id that is none: 400", async () => {
  const { node, put, send } = start();
  assertEquals((await problemOf(await put("red", { "X-Rotor-Write-Id": "abc" }))).slice(0, 2), [
    400,
    "bad_request",
  ]);
  const headers = { "X-Rotor-Write-Id": "x".repeat(32) };
  assertEquals((await send("DELETE", PATH, { headers })).status, 400);
  assertEquals(node.asked, []);
});

Deno.test("a failed put carries its write id, and says whether it may have happened", async () => {
  const { node, put } = start();
  node.instead.push(failure("timeout", "Cannot write: w 2 wanted, got 1"));
  const response = await put("red", { "X-Rotor-Write-Id": "0a".repeat(16) });
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("X-Rotor-Write-Id"), "0a".repeat(16));
  assertEquals((await response.json()).definite, false);
});

Deno.test("too much metadata: 400 that says the limit", async () => {
  const { put } = start();
  const room = MAX_HEADER_BYTES - "text/plain".length - "x-riak-meta-a".length;
  assertEquals((await put("red", { "X-Riak-Meta-A": "v".repeat(room) })).status, 204);
  const [status, , detail] = await problemOf(
    await put("red", { "X-Riak-Meta-A": "v".repeat(room + 1) }),
  );
  assertEquals(status, 400);
  assertMatch(detail, /at most 8192 bytes .* got 8193$/);
});

Deno.test("the link to the bucket is not stored when a client sends it back", async () => {
  const { node, send, put } = start();
  const pear = '</buckets/fruit/keys/pear>; riaktag="friend"';
  await put("red", { Link: pear });
  for (let round = 0; round < 3; round++) {
    const read = await send("GET", PATH);
    await put("red", {
      Link: read.headers.get("Link")!,
      "X-Riak-Vclock": read.headers.get("X-Riak-Vclock")!,
    });
  }
  assertEquals(node.held(NAME).siblings[0]?.version.headers, [["link", pear]]);
  await send("PUT", "/buckets/fruit/keys/plain", {
    body: "x",
    headers: { ...TEXT, Link: '</buckets/fruit>; rel="up"' },
  });
  assertEquals(node.held({ ...NAME, key: "plain" }).siblings[0]?.version.headers, []);
});

Deno.test("returnbody: 200 with the value, or 300 as GET would", async () => {
  const { put } = start();
  const headers = { "X-Riak-Meta-A": "1", "Accept": "image/png" };
  const one = await put("red", headers, "?returnbody=true");
  assertEquals([one.status, await one.text()], [200, "red"]);
  assertEquals(one.headers.get("X-Riak-Meta-A"), "1");
  assert(one.headers.get("ETag") !== null);
  const many = await put("green", headers, "?returnbody=true");
  assertEquals([many.status, many.headers.get("Content-Type")], [300, "text/plain"]);
});

Deno.test("POST to a bucket picks a key: 201 with its Location", async () => {
  const { node, send } = start();
  const locations = await Promise.all(["", "?returnbody=true"].map(async (query) => {
    const response = await send("POST", `/buckets/fr%2Fuit/keys${query}`, {
      body: "red",
      headers: TEXT,
    });
    assertEquals(response.status, 201);
    assertEquals(await response.text(), query === "" ? "" : "red");
    return response.headers.get("Location")!;
  }));
  assertNotEquals(locations[0], locations[1]);
  for (const location of locations) {
    assertMatch(location, /^\/buckets\/fr%2Fuit\/keys\/[A-Za-z0-9_-]{22}$/);
    assertEquals(await (await send("GET", location)).text(), "red");
  }
  const failed = await send("POST", "/buckets/fruit/keys", { body: new Uint8Array(3) });
  assertEquals([failed.status, failed.headers.get("Location")], [400, null]);
  const long = await send("POST", `/buckets/${"b".repeat(880)}/keys`, { body: "", headers: TEXT });
  assertEquals(long.status, 400);
  node.instead.push(failure("no_coordinator", "Cannot write: nobody is there"));
  assertEquals((await send("POST", "/buckets/b/keys", { headers: TEXT })).status, 503);
});

Deno.test("a plain DELETE reads first and deletes what that shows", async () => {
  const { send, put, values } = start();
  await put("red");
  await put("green");
  const response = await send("DELETE", `${PATH}?rw=one`);
  assertEquals(response.status, 204);
  assert(response.headers.get("X-Riak-Vclock") !== null);
  assertEquals(values(), [null]);
  assertEquals((await send("DELETE", PATH)).status, 404, "deleted already");
  assertEquals((await send("DELETE", "/buckets/fruit/keys/pear")).status, 404, "never there");
});

Deno.test("DELETE with a context keeps the siblings that it has not seen", async () => {
  const { node, send, put, values } = start();
  const first = await put("red");
  await put("green");
  node.asked.length = 0;
  const headers = { "X-Riak-Vclock": first.headers.get("X-Riak-Vclock")! };
  assertEquals((await send("DELETE", `${PATH}?w=1&timeout=7`, { headers })).status, 204);
  assertEquals(values().toSorted(), ["green", null].toSorted());
  assertEquals(node.asked.map(({ kind }) => kind), ["put"], "it needs no read");
});

Deno.test("rw stands for r and w of a DELETE where they do not stand", async () => {
  const { node, send, put } = start();
  await put("red");
  node.asked.length = 0;
  await send("DELETE", `${PATH}?rw=all&w=1`);
  const [get, del] = node.asked;
  assertEquals([get?.kind === "get" && get.ask.r, del?.kind === "put" && del.ask.w], ["all", 1]);
  await put("red", {}, "?rw=all");
  await send("DELETE", `${PATH}?rw=one&r=2`);
  const [blind, again, both] = node.asked.slice(2);
  assertEquals(blind?.kind === "put" && blind.ask.w, undefined, "a put has no rw");
  assertEquals([again?.kind === "get" && again.ask.r, both?.kind === "put" && both.ask.w], [
    2,
    "one",
  ]);
});

Deno.test("a failed read before a write is definite: nothing was written", async () => {
  const { node, send } = start();
  node.instead.push(failure("timeout", "Cannot read: r 2 wanted, got 0"));
  const response = await send("DELETE", PATH);
  assertEquals([response.status, (await response.json()).definite], [503, true]);
  assertEquals(node.asked.length, 1);
});

Deno.test("the read before a write and the write share one timeout", async () => {
  let nowMs = 0;
  const { node, send, put } = start({ nowMs: () => nowMs += 30 });
  await put("red");
  await send("DELETE", `${PATH}?timeout=100`);
  const last = node.asked.at(-1);
  assertEquals(last?.kind === "put" && last.ask.timeoutMs, 70);
  await put("red", { "If-Match": "*" });
  await put("red", { "If-None-Match": '"x"' }, "?timeout=90");
  const conditional = node.asked.at(-1);
  assertEquals(conditional?.kind === "put" && conditional.ask.timeoutMs, 60);
  await put("red");
  const late = await send("DELETE", `${PATH}?timeout=30`);
  assertEquals([late.status, (await late.json()).definite], [503, true]);
});

Deno.test("conditions on PUT: 412 and nothing written, or 204", async () => {
  const { send, put, values } = start();
  assertEquals((await put("no", { "If-Match": "*" })).status, 412);
  assertEquals((await put("red", { "If-None-Match": "*" })).status, 204);
  assertEquals((await put("no", { "If-None-Match": "*" })).status, 412);
  const etag = (await send("GET", PATH)).headers.get("ETag")!;
  assertEquals((await put("no", { "If-None-Match": etag })).status, 412);
  assertEquals((await put("no", { "If-Match": '"other"' })).status, 412);
  const [old, now] = ["Fri, 02 Jan 2026 03:04:04 GMT", "Fri, 02 Jan 2026 03:04:05 GMT"];
  assertEquals((await put("no", { "If-Unmodified-Since": old })).status, 412);
  assertEquals((await put("no", { "If-Modified-Since": now })).status, 412);
  assertEquals((await put("no", { "If-Unmodified-Since": "2026" })).status, 400);
  assertEquals(values(), ["red"]);
  assertEquals((await put("green", { "If-Match": `"other", ${etag}` })).status, 204);
  assertEquals(values(), ["green"], "If-Match has named what it replaces");
});

Deno.test("a condition that does not name what was seen makes a sibling", async () => {
  const { put, values } = start();
  await put("red");
  await put("green", { "If-Match": "*" });
  await put("blue", { "If-Unmodified-Since": "Fri, 02 Jan 2026 03:04:05 GMT" });
  await put("gold", { "If-None-Match": '"other"' });
  assertEquals(values().toSorted(), ["blue", "gold", "green", "red"]);
});

Deno.test("If-None-Match: * puts over a tombstone, not beside it", async () => {
  const { send, put, values } = start();
  await put("red");
  await send("DELETE", PATH);
  assertEquals((await put("green", { "If-None-Match": "*" })).status, 204);
  assertEquals(values(), ["green"]);
});

Deno.test("X-Riak-If-Not-Modified: 409 if the key has another clock", async () => {
  const { send, put, values } = start();
  const first = (await put("red")).headers.get("X-Riak-Vclock")!;
  assertEquals((await put("green", { "X-Riak-If-Not-Modified": first })).status, 204);
  assertEquals(values(), ["green"]);
  const refused = await put("blue", { "X-Riak-If-Not-Modified": first });
  assertEquals((await problemOf(refused)).slice(0, 2), [409, "clock_mismatch"]);
  const headers = { "X-Riak-If-Not-Modified": first };
  assertEquals((await send("DELETE", PATH, { headers })).status, 409);
  assertEquals((await put("blue", { "X-Riak-If-Not-Modified": "x" })).status, 400);
  assertEquals(values(), ["green"]);
});

Deno.test("conditions on DELETE", async () => {
  const { send, put, values } = start();
  await put("red");
  assertEquals((await send("DELETE", PATH, { headers: { "If-Match": '"x"' } })).status, 412);
  const etag = (await send("GET", PATH)).headers.get("ETag")!;
  assertEquals((await send("DELETE", PATH, { headers: { "If-Match": etag } })).status, 204);
  assertEquals(values(), [null]);
});
