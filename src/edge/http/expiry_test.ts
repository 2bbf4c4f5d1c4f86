import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";

const PATH = "/buckets/fruit/keys/apple";
const TEXT = { "Content-Type": "text/plain" };

function start() {
  const node = new HttpNodes();
  const api = node.api();
  const send = (method: string, target: string, init?: RequestInit) =>
    api(rawRequest(method, target, init));
  const put = (body: string, headers: Record<string, string> = {}, query = "") =>
    send("PUT", PATH + query, { body, headers: { ...TEXT, ...headers } });
  const get = (headers: Record<string, string> = {}) => send("GET", PATH, { headers });
  return { node, send, put, get };
}

Deno.test("a value says until when it is shown, and is not there from then on; its context is", async () => {
  const { node, put, get } = start();
  await put("red", { "X-Rotor-Expires-In": "90" });
  const shown = await get();
  assertEquals([shown.status, await shown.text()], [200, "red"]);
  assertEquals(shown.headers.get("X-Rotor-Expires-At"), "Fri, 02 Jan 2026 03:05:35 GMT");
  node.wallMs += 90_000 - 1;
  assertEquals((await get()).status, 200);
  node.wallMs += 1;
  const gone = await get();
  assertEquals([gone.status, gone.headers.get("X-Riak-Deleted")], [404, null]);
  await put("green", { "X-Riak-Vclock": gone.headers.get("X-Riak-Vclock")! });
  const next = await get();
  assertEquals([next.status, await next.text()], [200, "green"]);
  assertEquals(next.headers.get("X-Rotor-Expires-At"), null);
});

Deno.test("each sibling has its own end, in every form; the list changes its ETag when one ends", async () => {
  const { node, put, get } = start();
  await put("red", { "X-Rotor-Expires-In": "10" });
  await put("green", { "X-Rotor-Expires-In": "20" });
  await put("blue");
  const list = await get();
  assertEquals(list.status, 300);
  const parts = await (await get({ Accept: "multipart/mixed" })).text();
  assertEquals(parts.match(/^X-Rotor-Expires-At: .*$/gm)?.map((line) => line.trim()), [
    "X-Rotor-Expires-At: Fri, 02 Jan 2026 03:04:15 GMT",
    "X-Rotor-Expires-At: Fri, 02 Jan 2026 03:04:25 GMT",
  ]);
  const json = await (await get({ Accept: "application/json" })).json();
  assertEquals(
    json.siblings.map(({ expiresAt }: { expiresAt: unknown }) => expiresAt),
    ["2026-01-02T03:04:15.678Z", "2026-01-02T03:04:25.678Z", null],
  );
  node.wallMs += 10_000;
  const fewer = await get({ "If-None-Match": list.headers.get("ETag")! });
  assertEquals(fewer.status, 300, "what the client has is not good any more");
  assertNotEquals(fewer.headers.get("ETag"), list.headers.get("ETag"));
  const again = await get({ "If-None-Match": fewer.headers.get("ETag")! });
  assertEquals(again.status, 304);
});

Deno.test("returnbody shows the end, too; POST to a bucket takes it", async () => {
  const { send, put } = start();
  const body = await put("red", { "X-Rotor-Expires-In": "1" }, "?returnbody=true");
  assertEquals(body.headers.get("X-Rotor-Expires-At"), "Fri, 02 Jan 2026 03:04:06 GMT");
  const headers = { ...TEXT, "X-Rotor-Expires-In": "2" };
  const made = await send("POST", "/buckets/fruit/keys", { body: "x", headers });
  const got = await send("GET", made.headers.get("Location")!);
  assertEquals(got.headers.get("X-Rotor-Expires-At"), "Fri, 02 Jan 2026 03:04:07 GMT");
});

Deno.test("what is no time until an expiry is 400 in one sentence, and nothing is written", async () => {
  const { node, put } = start();
  for (const bad of ["0", "-1", "1.5", "1e3", "", "soon", "Never", "3153600001", "1, 2"]) {
    const response = await put("red", { "X-Rotor-Expires-In": bad });
    assertEquals(response.status, 400, bad);
    assertEquals(
      (await response.json()).detail,
      "Cannot read X-Rotor-Expires-In: a whole number of seconds from 1 to 3153600000, or never, " +
        `wanted, got "${bad}"`,
    );
  }
  assertEquals(node.asked, []);
  assertEquals((await put("red", { "X-Rotor-Expires-In": "3153600000" })).status, 204);
});

Deno.test("a bucket's expires_in holds for puts that do not say; never is said aloud", async () => {
  const { send, put, get } = start();
  const setProps = (expires_in: unknown) =>
    send("PUT", "/buckets/fruit/props", {
      body: JSON.stringify({ props: { expires_in } }),
      headers: { "Content-Type": "application/json" },
    });
  assertEquals((await setProps(60)).status, 204);
  const props = async () => (await (await send("GET", "/buckets/fruit/props")).json()).props;
  assertEquals((await props()).expires_in, 60);
  await put("red");
  assertEquals((await get()).headers.get("X-Rotor-Expires-At"), "Fri, 02 Jan 2026 03:05:05 GMT");
  const vclock = (await get()).headers.get("X-Riak-Vclock")!;
  await put("green", { "X-Rotor-Expires-In": "never", "X-Riak-Vclock": vclock });
  assertEquals((await get()).headers.get("X-Rotor-Expires-At"), null);
  for (const bad of [0, -1, 1.5, "60", true, 3_153_600_001, "one"]) {
    const response = await setProps(bad);
    assertEquals(response.status, 400, JSON.stringify(bad));
    assertMatch(
      (await response.json()).detail,
      /^Cannot set property expires_in: a whole number of seconds from 1 to 3153600000, or null, wanted, got /,
    );
  }
  assertEquals((await setProps(null)).status, 204);
  assertEquals((await props()).expires_in, null);
  assert("expires_in" in await props());
});
