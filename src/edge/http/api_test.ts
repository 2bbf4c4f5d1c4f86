import { assert, assertEquals, assertMatch } from "@std/assert";
import { failure } from "../../protocol/error.ts";
import { errorsPage } from "./errors_page.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";

const start = () => {
  const node = new HttpNodes();
  const api = node.api();
  return {
    node,
    send: (method: string, target: string, init?: RequestInit) =>
      api(rawRequest(method, target, init)),
  };
};

Deno.test("/ping says OK", async () => {
  const { send } = start();
  const response = await send("GET", "/ping");
  assertEquals([response.status, await response.text()], [200, "OK"]);
  const head = await send("HEAD", "/ping");
  assertEquals([head.headers.get("Content-Length"), await head.text()], ["2", ""]);
});

Deno.test("/stats is JSON, and for people the same on many lines", async () => {
  const { send } = start();
  const machine = await send("GET", "/stats", { headers: { Accept: "*/*" } });
  assertEquals(machine.headers.get("Content-Type"), "application/json");
  assertEquals(await machine.text(), '{"gets":1,"nested":{"puts":2}}\n');
  const people = await send("GET", "/stats", { headers: { Accept: "text/plain" } });
  assertEquals(people.headers.get("Content-Type"), "text/plain; charset=utf-8");
  assertMatch(await people.text(), /^\{\n {2}"gets": 1,\n/);
});

Deno.test("/ lists the resources", async () => {
  const { send } = start();
  const response = await send("GET", "/");
  assertMatch(response.headers.get("Link") ?? "", /<\/ping>; rel="ping"/);
  assertEquals((await response.json()).object, "/buckets/{bucket}/keys/{key}");
});

Deno.test("/errors explains what a problem's type names", async () => {
  const { send } = start();
  assertEquals(await (await send("GET", "/errors")).text(), errorsPage());
  const { type } = await (await send("GET", "/nowhere")).json();
  assertMatch(await (await send("GET", type)).text(), /^404: There is nothing here\./);
  assertEquals((await send("GET", "/errors/toString")).status, 404);
});

Deno.test("unknown path: 404; unknown type: 404 of its own kind", async () => {
  const { send } = start();
  const nowhere = await send("GET", "/buckets/b/keys/a/b");
  assertEquals(nowhere.status, 404);
  assertEquals(
    (await nowhere.json()).detail,
    'No resource has the path "/buckets/b/keys/a/b"; a slash in a key is written %2F',
  );
  const typed = await send("GET", "/types/maps/buckets/b/keys/k");
  assertEquals([typed.status, (await typed.json()).type], [404, "/errors/unknown_type"]);
});

Deno.test("wrong method: 405 with Allow", async () => {
  const { node, send } = start();
  for (
    const [method, target, allow] of [
      ["PATCH", "/buckets/b/keys/k", "GET, HEAD, PUT, POST, DELETE"],
      ["GET", "/buckets/b/keys?keys=true", "POST"],
      ["POST", "/buckets/b/props", "GET, HEAD, PUT, DELETE"],
      ["POST", "/ping", "GET, HEAD"],
      ["DELETE", "/", "GET, HEAD"],
    ] as const
  ) {
    const response = await send(method, target);
    assertEquals([response.status, response.headers.get("Allow")], [405, allow], target);
    assertEquals((await response.json()).type, "/errors/method_not_allowed");
  }
  assertEquals(node.asked, []);
});

Deno.test("malformed escapes and over-long keys: 400 in one sentence", async () => {
  const { node, send } = start();
  const detail = async (target: string) => {
    const response = await send("PUT", target, { body: "x" });
    assertEquals(response.status, 400);
    return (await response.json()).detail;
  };
  assertEquals(
    await detail("/buckets/b/keys/100%"),
    'Cannot read the path: two hex digits behind each % wanted, got "100%"',
  );
  assertEquals(
    await detail("/buckets/b/keys/"),
    "Cannot use an empty key: at least one byte wanted",
  );
  assertEquals(
    await detail(`/buckets/b/keys/${"k".repeat(2000)}`),
    "Cannot use so long a name: at most 900 bytes of type, bucket and key together wanted, got 2008",
  );
  assertEquals(node.asked, []);
});

Deno.test("overloaded and not_ready say when to ask again", async () => {
  for (const error of ["overloaded", "not_ready"] as const) {
    const { node, send } = start();
    node.instead.push(failure(error, "Not now"));
    const response = await send("GET", "/buckets/b/keys/k");
    assertEquals([response.status, response.headers.get("Retry-After")], [503, "1"]);
  }
});

Deno.test("a fault of rotor: 500, logged, and definite only for a read", async () => {
  for (const [method, definite] of [["GET", true], ["PUT", false], ["DELETE", false]] as const) {
    const logged: unknown[] = [];
    const thrown = new Error("assertion");
    const api = new HttpNodes().api({
      ask: () => Promise.reject(thrown),
      log: (sentence, error) => logged.push([sentence, error]),
    });
    const response = await api(rawRequest(method, "/buckets/b/keys/k", {
      headers: { "Content-Type": "text/plain" },
    }));
    assertEquals(response.status, 500);
    const { type, definite: got } = await response.json();
    assertEquals([type, got], ["/errors/internal", definite]);
    const sentence =
      `Cannot answer ${method} "http://h.example/buckets/b/keys/k": a fault in rotor`;
    assertEquals(logged, [[sentence, thrown]]);
  }
});

Deno.test("an answer of the wrong kind is a fault of rotor", async () => {
  const { node, send } = start();
  for (const target of ["/buckets/b/keys/k", "/buckets/b/props"]) {
    node.instead.push({ kind: "nonsense" } as never);
    assertEquals((await send("GET", target)).status, 500);
  }
  assertEquals(node.logged.length, 2);
});

Deno.test("docs/errors.md is the page that the table makes", () => {
  const file = new URL("../../../docs/errors.md", import.meta.url);
  assert(
    Deno.readTextFileSync(file) === errorsPage(),
    "write it anew: deno run --allow-write=docs src/edge/http/errors_page.ts",
  );
});
