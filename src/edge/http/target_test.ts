import { isFailure } from "../../protocol/error.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_NAME_BYTES } from "../../id.ts";
import { parseTarget, percentDecode, percentEncode } from "./target.ts";

function resourceOf(target: string) {
  const parsed = parseTarget(`http://h:1${target}`, "h:1");
  return isFailure(parsed) ? parsed.error : parsed.resource;
}

function keyOf(target: string) {
  const resource = resourceOf(target);
  return typeof resource === "object" && resource.kind === "object" ? resource.name.key : resource;
}

Deno.test("an object is named with and without its type", () => {
  const object = { kind: "object", name: { type: "default", bucket: "b", key: "k" } };
  assertEquals(resourceOf("/buckets/b/keys/k"), object);
  assertEquals(resourceOf("/types/default/buckets/b/keys/k"), object);
});

Deno.test("every other resource", () => {
  assertEquals(resourceOf("/buckets/b/keys"), { kind: "keys", type: "default", bucket: "b" });
  assertEquals(resourceOf("/buckets/b/props"), { kind: "props", type: "default", bucket: "b" });
  assertEquals(resourceOf("/types/default/buckets/b/props"), resourceOf("/buckets/b/props"));
  assertEquals(resourceOf("/"), { kind: "root" });
  assertEquals(resourceOf("/ping"), { kind: "ping" });
  assertEquals(resourceOf("/stats"), { kind: "stats" });
  assertEquals(resourceOf("/errors"), { kind: "errors", error: null });
  assertEquals(resourceOf("/errors/timeout"), { kind: "errors", error: "timeout" });
});

Deno.test("a key is the bytes that percent-decoding gives", () => {
  assertEquals(keyOf("/buckets/b/keys/a%2Fb%00%ff%41+c"), "a/b\0\xffA+c");
  assertEquals(keyOf("/buckets/b/keys/caf\u00e9"), "caf\xc3\xa9", "unescaped is UTF-8");
  assertEquals(keyOf("/buckets/b/keys/caf%C3%A9"), "caf\xc3\xa9");
});

Deno.test("the path is not normalised", () => {
  assertEquals(keyOf("/buckets/b/keys/.."), "..");
  assertEquals(keyOf("/buckets/b/keys/%2e%2E"), "..");
  assertEquals(keyOf("/buckets/b/keys/a;b\\c|d"), "a;b\\c|d");
  assertEquals(resourceOf("//buckets/b/keys/k"), "not_found");
});

Deno.test("other types are unknown, other paths are nothing", () => {
  assertEquals(resourceOf("/types/maps/buckets/b/keys/k"), "unknown_type");
  assertEquals(resourceOf("/types//buckets/b/keys/k"), "unknown_type");
  for (
    const path of [
      "/buckets",
      "/buckets/b",
      "/buckets/b/",
      "/buckets/b/index/f/v",
      "/buckets/b/keys/a/b",
      "/buckets/b/props/x",
      "/ping/",
      "/riak/b/k",
      "/types/default",
      "/types/default/ping",
      "/errors/a/b",
      "/*",
    ]
  ) assertEquals(resourceOf(path), "not_found", path);
});

Deno.test("malformed escapes, empty and over-long names are refused", () => {
  for (const key of ["%", "%4", "%zz", "a%2", "%%41", "%C3%"]) {
    assertEquals(keyOf(`/buckets/b/keys/${key}`), "bad_request", key);
  }
  assertEquals(resourceOf("/buckets//keys/k"), "bad_request");
  assertEquals(resourceOf("/buckets/b/keys/"), "bad_request");
  assertEquals(resourceOf("/buckets//props"), "bad_request");
  const longest = MAX_NAME_BYTES - "default".length - 1;
  assertEquals(keyOf(`/buckets/b/keys/${"%00".repeat(longest)}`), "\0".repeat(longest));
  const parsed = parseTarget(`http://h/buckets/b/keys/${"k".repeat(longest + 1)}`, "h");
  assertEquals(
    isFailure(parsed) && parsed.detail,
    "Cannot use so long a name: at most 900 bytes of type, bucket and key together wanted, got 901",
  );
  assertEquals(resourceOf(`/buckets/${"b".repeat(894)}/props`), "bad_request");
});

Deno.test("the Host header cannot move the path", () => {
  const parsed = parseTarget("http://a/buckets/b/keys/k/ping", "a/buckets/b/keys/k");
  assertEquals(isFailure(parsed) && parsed.error, "bad_request");
  assertEquals(resourceOf("/buckets/b/keys/k#x"), "bad_request");
});

Deno.test("a target without a path is the root", () => {
  for (const url of ["http://h", "http://h?a=/b/c", "http://h/?a"]) {
    const parsed = parseTarget(url, null);
    assertEquals(!isFailure(parsed) && parsed.resource, { kind: "root" }, url);
  }
});

Deno.test("escaping and unescaping give the same bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const text = String.fromCharCode(...bytes);
    const escaped = percentEncode(text);
    assertEquals(percentDecode(escaped), text);
    assertEquals(/^[\x21-\x7e]*$/.test(escaped) && !/[/?#]/.test(escaped), true);
    return true;
  }));
});
