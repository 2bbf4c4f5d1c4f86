import { assertEquals, assertMatch } from "@std/assert";
import { failure } from "../../protocol/error.ts";
import { DEFAULT_PROPS, HttpNodes, rawRequest } from "../../../props/http_nodes.ts";

const PATH = "/buckets/fruit/props";
const JSON_TYPE = { "Content-Type": "application/json" };

function start() {
  const node = new HttpNodes();
  const api = node.api();
  const put = (body: unknown, headers: Record<string, string> = JSON_TYPE) =>
    api(rawRequest("PUT", PATH, {
      body: typeof body === "string" ? body : JSON.stringify({ props: body }),
      headers,
    }));
  const get = async () => (await (await api(rawRequest("GET", PATH))).json()).props;
  return { node, api, put, get };
}

const detailOf = async (response: Response) => (await response.json()).detail;

Deno.test("GET shows all properties, n_val among them", async () => {
  const { api } = start();
  const response = await api(rawRequest("GET", PATH));
  assertEquals([response.status, response.headers.get("Content-Type")], [200, "application/json"]);
  assertEquals(await response.json(), { props: DEFAULT_PROPS });
  const head = await api(rawRequest("HEAD", PATH));
  assertEquals([head.status, await head.text()], [200, ""]);
  const typed = await api(rawRequest("GET", "/types/default/buckets/fruit/props"));
  assertEquals((await typed.json()).props, DEFAULT_PROPS);
});

Deno.test("PUT sets what it names, DELETE puts all back", async () => {
  const { api, put, get } = start();
  const set = { r: 1, w: "all", dw: 0, pr: 3, pw: "one", allow_mult: false, basic_quorum: true };
  assertEquals((await put(set)).status, 204);
  assertEquals(await get(), { ...DEFAULT_PROPS, ...set });
  assertEquals((await put({ r: null, n_val: 3 })).status, 204);
  assertEquals(await get(), { ...DEFAULT_PROPS, ...set, r: "quorum" });
  assertEquals((await api(rawRequest("DELETE", PATH))).status, 204);
  assertEquals(await get(), DEFAULT_PROPS);
});

Deno.test("what GET gives may be PUT back", async () => {
  const { put, get } = start();
  assertEquals((await put(await get())).status, 204);
});

Deno.test("n_val is not changed here: 400", async () => {
  const { put, get } = start();
  const response = await put({ r: 1, n_val: 5 });
  assertEquals(response.status, 400);
  assertEquals(
    await detailOf(response),
    'Cannot change n_val, which is a step of membership: 3 wanted, got "5"',
  );
  assertEquals((await put({ n_val: null })).status, 400);
  assertEquals(await get(), DEFAULT_PROPS, "nothing of it was set");
});

Deno.test("an unknown property: 400 that names the nearest", async () => {
  const { put, get } = start();
  for (
    const [name, near] of [["alow_mult", "allow_mult"], ["nval", "n_val"], ["__proto__", "r"]]
  ) {
    const response = await put(`{"props":{"r":1,"${name}":true}}`);
    assertEquals(response.status, 400, name);
    if (name !== "__proto__") {
      assertEquals(
        await detailOf(response),
        `Cannot set property "${name}": no such property; the nearest is ${near}`,
      );
    }
  }
  assertEquals(await get(), DEFAULT_PROPS);
});

Deno.test("a value that cannot be meant: 400 that names it", async () => {
  const { put } = start();
  assertEquals(
    await detailOf(await put({ allow_mult: "yes" })),
    'Cannot set property allow_mult: true or false wanted, got "\\"yes\\""',
  );
  const response = await put({ w: 4 });
  assertEquals(response.status, 400);
  const problem = await response.json();
  assertEquals(problem.type, "/errors/quorum_impossible");
  assertMatch(problem.detail, /n_val, which is 3, wanted, got 4$/);
  for (const bad of [{ r: 0 }, { r: 1.5 }, { r: "two" }, { pr: -1 }, { w: true }, { r: {} }]) {
    assertEquals((await put(bad)).status, 400, JSON.stringify(bad));
  }
});

Deno.test("a body that is not application/json: 415; that is not JSON of the form: 400", async () => {
  const { node, put } = start();
  for (const contentType of ["text/plain", "application/jsonx", "text/json"]) {
    const response = await put({ r: 1 }, { "Content-Type": contentType });
    assertEquals(response.status, 415);
  }
  assertEquals(
    (await put({ r: 1 }, { "Content-Type": "Application/JSON; charset=utf-8" })).status,
    204,
  );
  node.asked.length = 0;
  for (const body of ["", "{", "null", "[]", "{}", '{"props":[]}', '{"props":1}', '"\xff']) {
    assertEquals((await put(body)).status, 400, body);
  }
  const large = await put(`{"props":{"r":${" ".repeat(70_000)}1}}`);
  assertEquals(large.status, 413);
  assertEquals(node.asked, []);
});

Deno.test("what stands beside props is refused, not passed over", async () => {
  const { put, get } = start();
  const response = await put('{"props":{"r":1},"allow_mult":false}');
  assertEquals(response.status, 400);
  assertEquals(
    await detailOf(response),
    'Cannot read properties: nothing beside "props" wanted, got "allow_mult"',
  );
  assertEquals(await get(), DEFAULT_PROPS, "nothing of it was set");
});

Deno.test("a failure of the node is a problem", async () => {
  const { node, api, put } = start();
  const fails = () => node.instead.push(failure("not_ready", "This node is starting"));
  fails();
  const response = await api(rawRequest("GET", PATH));
  assertEquals([response.status, response.headers.get("Retry-After")], [503, "1"]);
  fails();
  assertEquals((await put({ r: 1 })).status, 503);
  fails();
  assertEquals((await api(rawRequest("DELETE", `${PATH}?timeout=9`))).status, 503);
  assertEquals(node.asked.at(-1)?.kind === "props_set" && node.asked.at(-1), {
    kind: "props_set",
    type: "default",
    bucket: "fruit",
    patch: Object.fromEntries(
      Object.keys(DEFAULT_PROPS).filter((name) => name !== "n_val").map((name) => [name, null]),
    ),
    timeoutMs: 9,
  });
});
