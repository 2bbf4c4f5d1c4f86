import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { failure } from "../../protocol/error.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";

const PATH = "/buckets/fruit/keys/apple";
type Send = (method: string, target: string, init?: RequestInit) => Promise<Response>;

/** A node, its API, and the two lines that most tests begin with. */
function start(): { node: HttpNodes; send: Send; put: (text: string) => Promise<Response> } {
  const node = new HttpNodes();
  const api = node.api();
  const send: Send = (method, target, init) => api(rawRequest(method, target, init));
  const put = (text: string) =>
    send("PUT", PATH, { body: text, headers: { "Content-Type": "text/plain" } });
  return { node, send, put };
}

/** Two blind puts, and a delete that has seen only the first: a value and a tombstone. */
async function valueAndTombstone({ send, put }: { send: Send; put: Put }): Promise<void> {
  const first = await put("old");
  const vclock = first.headers.get("X-Riak-Vclock")!;
  await put("new");
  await send("DELETE", PATH, { headers: { "X-Riak-Vclock": vclock } });
}
type Put = (text: string) => Promise<Response>;

Deno.test("one value: 200 with all that was stored, and the headers of the table", async () => {
  const { send } = start();
  await send("PUT", PATH, {
    body: new Uint8Array([0, 255, 10]),
    headers: {
      "Content-Type": "application/x-fruit; v=1",
      "Content-Encoding": "identity",
      "X-Riak-Meta-Colour": "r\xe9d",
      "X-Riak-Index-age_int": "4",
      "Link": '</buckets/fruit/keys/pear>; riaktag="friend"',
      "X-Rotor-Write-Id": "00112233445566778899AABBCCDDEEFF",
      "X-Other": "not the value's",
    },
  });
  const response = await send("GET", PATH);
  assertEquals(response.status, 200);
  assertEquals(await response.bytes(), new Uint8Array([0, 255, 10]));
  const { etag, "x-riak-vclock": vclock, ...headers } = Object.fromEntries(response.headers);
  assertMatch(etag ?? "", /^"[A-Za-z0-9_-]{11}"$/);
  assertMatch(vclock ?? "", /^[A-Za-z0-9_-]{60,}$/);
  assertEquals(headers, {
    "content-type": "application/x-fruit; v=1",
    "content-encoding": "identity",
    "x-riak-meta-colour": "r\xe9d",
    "x-riak-index-age_int": "4",
    "link": '</buckets/fruit>; rel="up", </buckets/fruit/keys/pear>; riaktag="friend"',
    "x-rotor-write-id": "00112233445566778899aabbccddeeff",
    "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    "vary": "Accept, Accept-Encoding",
  });
});

Deno.test("the query reaches the node", async () => {
  const { node, send } = start();
  await send(
    "GET",
    `${PATH}?r=1&pr=one&n_val=2&sloppy_quorum=false&notfound_ok=false&basic_quorum=true&timeout=50`,
  );
  assertEquals(node.asked, [{
    kind: "get",
    ask: {
      name: { type: "default", bucket: "fruit", key: "apple" },
      r: 1,
      pr: "one",
      nVal: 2,
      sloppyQuorum: false,
      notfoundOk: false,
      basicQuorum: true,
      timeoutMs: 50,
      session: undefined,
    },
  }]);
});

Deno.test("never written: 404 without a context", async () => {
  const { send } = start();
  const response = await send("GET", PATH);
  assertEquals(response.status, 404);
  assertEquals(response.headers.get("X-Riak-Vclock"), null);
  assertEquals(response.headers.get("X-Riak-Deleted"), null);
  assertEquals(response.headers.get("Content-Type"), "application/problem+json");
  assertEquals((await response.json()).type, "/errors/not_found");
});

Deno.test("deleted: 404 with the context and X-Riak-Deleted", async () => {
  const { send, put } = start();
  await put("red");
  assertEquals((await send("DELETE", PATH)).status, 204);
  const response = await send("GET", PATH);
  assertEquals(response.status, 404);
  assertEquals(response.headers.get("X-Riak-Deleted"), "true");
  const vclock = response.headers.get("X-Riak-Vclock")!;
  await send("PUT", PATH, {
    body: "green",
    headers: { "Content-Type": "text/plain", "X-Riak-Vclock": vclock },
  });
  assertEquals(await (await send("GET", PATH)).text(), "green", "its context covers the tombstone");
});

Deno.test("siblings: 300 with the plain list, each to be had by its vtag", async () => {
  const { send, put } = start();
  await put("red");
  await put("green");
  for (const accept of [undefined, "*/*", "text/plain", "text/*;q=0.3, application/json;q=0.2"]) {
    const response = await send("GET", PATH, accept === undefined ? {} : { headers: { accept } });
    assertEquals(response.status, 300);
    assertEquals(response.headers.get("Content-Type"), "text/plain");
    const [title, ...vtags] = (await response.text()).trimEnd().split("\n");
    assertEquals(title, "Siblings:");
    const values = await Promise.all(vtags.map(async (vtag) => {
      const one = await send("GET", `${PATH}?vtag=${vtag}`);
      assertEquals([one.status, one.headers.get("ETag")], [200, `"${vtag}"`]);
      return await one.text();
    }));
    assertEquals(values.toSorted(), ["green", "red"]);
  }
});

Deno.test("siblings: 300 has the context that covers them, and the container's digest as ETag", async () => {
  const { send, put } = start();
  await put("red");
  const one = await send("GET", PATH);
  await put("green");
  const many = await send("GET", PATH);
  assertMatch(many.headers.get("ETag") ?? "", /^"[A-Za-z0-9_-]{22}"$/);
  assertEquals(many.headers.get("Vary"), "Accept, Accept-Encoding");
  assertEquals(many.headers.get("Last-Modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
  assertEquals(many.headers.get("Link"), '</buckets/fruit>; rel="up"');
  assertNotEquals(many.headers.get("ETag"), one.headers.get("ETag"));
  const same = await send("GET", PATH);
  assertEquals(same.headers.get("ETag"), many.headers.get("ETag"));
  await send("PUT", PATH, {
    body: "both",
    headers: {
      "Content-Type": "text/plain",
      "X-Riak-Vclock": many.headers.get("X-Riak-Vclock")!,
    },
  });
  assertEquals(await (await send("GET", PATH)).text(), "both");
});

Deno.test("a value beside a tombstone: 300 that shows both", async () => {
  const world = start();
  await valueAndTombstone(world);
  const { send } = world;
  const response = await send("GET", PATH, { headers: { Accept: "application/json" } });
  assertEquals(response.status, 300);
  const { siblings } = await response.json();
  assertEquals(siblings.map((s: { deleted: boolean }) => s.deleted).toSorted(), [false, true]);
  const dead = siblings.find((s: { deleted: boolean }) => s.deleted).vtag;
  const picked = await send("GET", `${PATH}?vtag=${dead}`);
  assertEquals([picked.status, picked.headers.get("X-Riak-Deleted")], [404, "true"]);
});

Deno.test("an unknown vtag: 404 with the context", async () => {
  const { send, put } = start();
  await put("red");
  const vtag = (await send("GET", PATH)).headers.get("ETag")!.slice(1, -1);
  assertEquals((await send("GET", `${PATH}?vtag=${vtag}`)).status, 200, "a lone value has one too");
  const response = await send("GET", `${PATH}?vtag=nonsense`);
  assertEquals(response.status, 404);
  assert(response.headers.get("X-Riak-Vclock") !== null);
  assertEquals(
    (await response.json()).detail,
    'No sibling of this key has the vtag "nonsense"',
  );
});

Deno.test("Accept excludes what is there: 406", async () => {
  const { send, put } = start();
  await put("red");
  const status = async (accept: string) =>
    (await send("GET", PATH, { headers: { accept } })).status;
  assertEquals(await status("application/json"), 406);
  assertEquals(await status("application/json, */*;q=0.1"), 200);
  assertEquals(await status("text/*"), 200);
  assertEquals(await status("text/plain;q=0"), 406);
  assertEquals(await status("nonsense"), 406);
  await put("green");
  assertEquals(await status("image/png"), 406);
  assertEquals(await status("application/json, */*;q=0.1"), 300);
});

Deno.test("HEAD is GET without the body, with its length", async () => {
  const { send, put } = start();
  const pairs = async () => {
    const [get, head] = [await send("GET", PATH), await send("HEAD", PATH)];
    assertEquals(head.status, get.status);
    assertEquals(await head.text(), "");
    const { "content-length": length, ...headers } = Object.fromEntries(head.headers);
    assertEquals(headers, Object.fromEntries(get.headers));
    assertEquals(Number(length), (await get.bytes()).length);
    return get.status;
  };
  assertEquals(await pairs(), 404);
  await put("r\u00e9d");
  assertEquals(await pairs(), 200);
  await put("green");
  assertEquals(await pairs(), 300);
});

Deno.test("304 for a copy that is good: If-None-Match, If-Modified-Since", async () => {
  const { send, put } = start();
  await put("red");
  const fresh = await send("GET", PATH);
  const etag = fresh.headers.get("ETag")!;
  const get = (headers: Record<string, string>) => send("GET", PATH, { headers });
  const response = await get({ "If-None-Match": `"other", ${etag}` });
  assertEquals([response.status, await response.text()], [304, ""]);
  for (const name of ["ETag", "Last-Modified", "Vary", "X-Riak-Vclock"]) {
    assertEquals(response.headers.get(name), fresh.headers.get(name), name);
  }
  assertEquals((await get({ "If-None-Match": `W/${etag}` })).status, 304, "weak comparison");
  assertEquals((await get({ "If-None-Match": '"other"' })).status, 200);
  assertEquals((await get({ "If-Modified-Since": "Fri, 02 Jan 2026 03:04:05 GMT" })).status, 304);
  assertEquals((await get({ "If-Modified-Since": "Fri, 02 Jan 2026 03:04:04 GMT" })).status, 200);
  await put("green");
  const many = await send("GET", PATH);
  assertEquals((await get({ "If-None-Match": many.headers.get("ETag")! })).status, 304);
  assertEquals((await get({ "If-None-Match": etag })).status, 300);
});

Deno.test("304 is said only of what would be shown: what is deleted or was never written stays 404", async () => {
  const { send, put } = start();
  const future = { "If-Modified-Since": "Sun, 06 Nov 2094 08:49:37 GMT" };
  for (const method of ["GET", "HEAD"]) {
    assertEquals((await send(method, PATH, { headers: future })).status, 404, method);
  }
  await put("red");
  const refused = await send("GET", PATH, { headers: { ...future, "Accept": "image/png" } });
  assertEquals(refused.status, 406);
  await send("DELETE", PATH);
  for (const method of ["GET", "HEAD"]) {
    const gone = await send(method, PATH, { headers: future });
    assertEquals([gone.status, gone.headers.get("X-Riak-Deleted")], [404, "true"], method);
  }
});

Deno.test("412 on GET: If-Match, If-Unmodified-Since", async () => {
  const { send, put } = start();
  const status = async (headers: Record<string, string>) =>
    (await send("GET", PATH, { headers })).status;
  assertEquals(await status({ "If-Match": "*" }), 412, "nothing is there");
  await put("red");
  assertEquals(await status({ "If-Match": "*" }), 200);
  assertEquals(await status({ "If-Match": '"other"' }), 412);
  assertEquals(await status({ "If-Unmodified-Since": "Fri, 02 Jan 2026 03:04:04 GMT" }), 412);
  assertEquals(await status({ "If-Unmodified-Since": "yesterday" }), 400);
});

Deno.test("a session: the answer descends the context, or is an honest 503", async () => {
  const { node, send, put } = start();
  const vclock = (await put("red")).headers.get("X-Riak-Vclock")!;
  const headers = { "X-Riak-Vclock": vclock };
  assertEquals((await send("GET", PATH, { headers })).status, 200);
  const [, asked] = node.asked;
  assertEquals(asked?.kind === "get" && asked.ask.session?.size, 1);

  // Three nodes that have never heard of it: nobody is silent, so what the session has seen is gone.
  const behind = new HttpNodes();
  behind.instead.push(failure("session_unmet", "Cannot read: n2 is silent"));
  const refused = await behind.api()(rawRequest("GET", PATH, { headers }));
  assertEquals([refused.status, (await refused.json()).type], [503, "/errors/session_unmet"]);
  const reset = await behind.api()(rawRequest("GET", PATH, { headers }));
  assertEquals([reset.status, reset.headers.get("X-Rotor-Session")], [404, "reset"]);
});

Deno.test("a context of another key, or no context at all: 400", async () => {
  const { node, send, put } = start();
  const vclock = (await put("red")).headers.get("X-Riak-Vclock")!;
  node.asked.length = 0;
  for (
    const [path, token] of [
      ["/buckets/fruit/keys/pear", vclock],
      [PATH, `${vclock}x`],
      [PATH, "nonsense"],
      [PATH, ""],
    ] as const
  ) {
    const response = await send("GET", path, { headers: { "X-Riak-Vclock": token } });
    assertEquals([response.status, (await response.json()).type], [400, "/errors/bad_context"]);
  }
  assertEquals(node.asked, []);
});

Deno.test("a clipped quorum is said", async () => {
  const { node, send, put } = start();
  node.clipped = true;
  assertEquals((await put("red")).headers.get("X-Rotor-Quorum"), "w=2, dw=2, pw=0, clipped");
  assertEquals((await send("GET", PATH)).headers.get("X-Rotor-Quorum"), "r=2, pr=0, clipped");
});

Deno.test("a last-writer-wins view shows one", async () => {
  const { send, put } = start();
  await send("PUT", "/buckets/fruit/props", {
    body: '{"props":{"allow_mult":false}}',
    headers: { "Content-Type": "application/json" },
  });
  await put("red");
  await put("green");
  const response = await send("GET", PATH);
  assertEquals([response.status, await response.text()], [200, "green"]);
});

Deno.test("a failure of the node is a problem with want, got, replicas and definite", async () => {
  const { node, send } = start();
  node.instead.push(failure("quorum_unmet", "Cannot read: r 2 wanted, got 1", {
    want: { r: 2, pr: 0 },
    got: { r: 1, pr: 0 },
    definite: true,
    participants: [{ node: "n1" as never, seat: 0, role: "primary", said: "found" }],
  }));
  const response = await send("GET", PATH);
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("Retry-After"), null);
  assertEquals(await response.json(), {
    type: "/errors/quorum_unmet",
    title: "Too few replicas answered",
    status: 503,
    detail: "Cannot read: r 2 wanted, got 1",
    definite: true,
    want: { r: 2, pr: 0 },
    got: { r: 1, pr: 0 },
    replicas: [{ node: "n1", role: "primary", seat: 0, said: "found" }],
  });
});

Deno.test("a problem leaves out what would be empty", async () => {
  const { node, send } = start();
  assertEquals(await (await send("GET", PATH)).json(), {
    type: "/errors/not_found",
    title: "There is nothing here",
    status: 404,
    detail: "This key has no value",
    definite: true,
  });
  node.instead.push(failure("quorum_impossible", "Cannot read", { want: { r: 9 } }));
  const { want, got, replicas } = await (await send("GET", PATH)).json();
  assertEquals([want, got, replicas], [{ r: 9 }, {}, undefined]);
});

Deno.test("r > n: 400 that names both", async () => {
  const { send } = start();
  const response = await send("GET", `${PATH}?r=4`);
  assertEquals(response.status, 400);
  assertMatch((await response.json()).detail, /4.*3/);
});
