/**
 * Whatever a client sends, it gets an answer of the table, and never a fault of rotor.
 *
 * The requests of a run share a node and two keys, and half of their tokens and tags are ones that answers before have
 * given, so that siblings, tombstones, sessions and conditions come about.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ERRORS } from "../../protocol/error.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";

interface Fuzzed {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** Which token and tag of those seen so far takes the place of the words TOKEN and TAG. */
  readonly pick: number;
}

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("buckets", "keys", "props", "types", "default", "b") },
  fc.constantFrom("", ".", "..", "%", "%2", "%00", "%ff", "a%2Fb", "ping", "stats", "errors", "é"),
  fc.string({ maxLength: 6 }).map((text) => text.replaceAll(/\s/g, "+")),
);
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("/buckets/b/keys/k", "/buckets/b/keys/l") },
  fc.constantFrom("/buckets/b/keys", "/buckets/b/props", "/types/default/buckets/b/keys/k"),
  fc.array(piece, { maxLength: 7 }).map((pieces) => `/${pieces.join("/")}`),
);
const parameter = fc.tuple(
  fc.constantFrom("r", "w", "dw", "pr", "pw", "rw", "n_val", "timeout", "returnbody", "vtag", "x"),
  fc.oneof(fc.constantFrom("1", "2", "0", "all", "true", "false", "TAG", "%"), fc.string()),
).map(([name, value]) => `${name}=${value.replaceAll(/[\s#]/g, "")}`);
const query = fc.oneof(
  fc.constant(""),
  fc.array(parameter, { maxLength: 3 }).map((list) => `?${list.join("&")}`),
);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("TOKEN", '"TAG"', "*", "text/plain", "a/b;c=d") },
  fc.constantFrom("application/json", "multipart/mixed", "*/*", "Fri, 02 Jan 2026 03:04:05 GMT"),
  fc.array(fc.constantFrom(...' !"%&,/;=*aZ0_-\x80\xff'), { maxLength: 12 })
    .map((chars) => chars.join("")),
);
const name = fc.constantFrom(
  "Content-Type",
  "Accept",
  "X-Riak-Vclock",
  "If-Match",
  "If-None-Match",
  "If-Modified-Since",
  "If-Unmodified-Since",
  "X-Riak-If-Not-Modified",
  "X-Rotor-Write-Id",
  "X-Riak-Meta-A",
  "Content-Length",
  "Content-Encoding",
  "Link",
  "Host",
);
const wild: fc.Arbitrary<Fuzzed> = fc.record({
  method: fc.constantFrom("GET", "PUT", "GET", "PUT", "DELETE", "POST", "HEAD", "PATCH"),
  target: fc.tuple(path, query).map((both) => both.join("")),
  headers: fc.array(fc.tuple(name, value), { maxLength: 4 }),
  body: fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.from(bytes)),
    fc.constantFrom('{"props":{"r":1}}', '{"props":{"allow_mult":false}}', "[1]")
      .map((text) => new TextEncoder().encode(text)),
  ),
  pick: fc.nat(3),
});

/** What clients usually do, with one thing on top. */
const usual: fc.Arbitrary<Fuzzed> = fc.record({
  method: fc.constantFrom("GET", "PUT", "PUT", "DELETE", "HEAD"),
  target: fc.constantFrom("/buckets/b/keys/k", "/buckets/b/keys/k?vtag=TAG"),
  headers: fc.oneof(
    fc.constant([]),
    fc.tuple(fc.constantFrom("X-Riak-Vclock", "X-Riak-If-Not-Modified"), fc.constant("TOKEN"))
      .map((header) => [header]),
    fc.tuple(fc.constantFrom("If-Match", "If-None-Match"), fc.constant('"TAG"'))
      .map((header) => [header]),
    fc.tuple(name, value).map((header) => [header]),
  ).map((extra) => [["Content-Type", "text/plain"] as const, ...extra]),
  body: fc.uint8Array({ maxLength: 3 }).map((bytes) => Uint8Array.from(bytes)),
  pick: fc.nat(3),
});
const request = fc.oneof(wild, usual);

/** What answers have given so far. */
class Seen {
  readonly tokens: string[] = [];
  readonly tags: string[] = [];

  fill(text: string, pick: number): string {
    // The last is 0: what was given lately still holds more often.
    return text.replaceAll("TOKEN", this.tokens.at(-1 - pick) ?? "none")
      .replaceAll("TAG", this.tags.at(-1 - pick) ?? "none");
  }
  note({ headers }: Response): void {
    const token = headers.get("X-Riak-Vclock");
    const tag = headers.get("ETag");
    const session = headers.get("X-Rotor-Session");
    if (token !== null) this.tokens.push(token);
    if (session !== null) this.tokens.push(session);
    if (tag !== null) this.tags.push(tag.slice(1, -1));
  }
}

async function checkAnswer(response: Response, method: string): Promise<void> {
  const { status, headers } = response;
  const body = await response.bytes();
  assert(status !== 500, `${status}`);
  if (method === "HEAD" || status === 204 || status === 304) {
    assertEquals(body.length, 0);
    return;
  }
  if (status < 400) return;
  assertEquals(headers.get("Content-Type"), "application/problem+json");
  const problem = JSON.parse(new TextDecoder().decode(body));
  const row = ERRORS[problem.type.split("/").at(-1) as keyof typeof ERRORS];
  assertEquals([problem.status, problem.title], [status, row.title]);
  assertEquals(row.status, status);
  assertEquals(typeof problem.definite, "boolean");
  assert(problem.detail.length > 0 && !problem.detail.endsWith("."), problem.detail);
}

Deno.test("whatever a client sends, it gets an answer of the table and never a 500", async () => {
  const statuses = new Map<number, number>();
  const property = fc.asyncProperty(
    fc.array(request, { minLength: 1, maxLength: 20, size: "max" }),
    async (list) => {
      const node = new HttpNodes();
      const api = node.api();
      const seen = new Seen();
      for (const { method, target, headers, body, pick } of list) {
        const filled = headers.map((
          [name, value],
        ): [string, string] => [name, seen.fill(value, pick)]);
        const response = await api(rawRequest(method, seen.fill(target, pick), {
          headers: filled,
          body: method === "GET" || method === "HEAD" ? null : body,
        }));
        seen.note(response);
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        await checkAnswer(response, method);
      }
      assertEquals(node.logged, []);
      return true;
    },
  );
  await fc.assert(property, { numRuns: 1000, interruptAfterTimeLimit: 10_000 });
  // A run that never comes to the interesting places proves nothing.
  for (const status of [200, 204, 300, 400, 404, 405, 409, 412, 415]) {
    assert(statuses.has(status), `no ${status} among ${JSON.stringify([...statuses])}`);
  }
});
