import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { actorOf, type Boot, bytesOf, byteString, nodeId, type WriteId } from "../../id.ts";
import { vtag } from "../../version/digest.ts";
import type { Sibling, Version } from "../../version/siblings.ts";
import { jsonSiblings, multipartSiblings, plainSiblings } from "./sibling_bodies.ts";

const utf8 = new TextEncoder();

function sibling(counter: number, version: Partial<Version>): Sibling {
  return {
    dot: { actor: actorOf(nodeId("a"), "bootboot" as Boot, 0), counter },
    version: {
      tombstone: false,
      content: new Uint8Array(0),
      contentType: "text/plain",
      headers: [],
      lastModifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      stamp: counter,
      expiresAtMs: null,
      writeId: "\x0a".repeat(16) as WriteId,
      ...version,
    },
  };
}

const RED = sibling(1, {
  content: utf8.encode("r\u00e9d"),
  headers: [["x-riak-meta-a", "\xe9"]],
});
const RAW = sibling(2, { content: new Uint8Array([0xff, 0]), contentType: "x/y" });
const DEAD = sibling(3, { tombstone: true, contentType: "" });

/** RFC 2046, as simply as can be: what stands between the delimiters, headers and body apart. */
function parts({ contentType, body }: { contentType: string; body: string | Uint8Array }) {
  const boundary = contentType.split("boundary=")[1]!;
  const text = typeof body === "string" ? body : byteString(body);
  const pieces = text.split(`\r\n--${boundary}`);
  assertEquals([pieces[0], pieces.at(-1)], ["", "--\r\n"]);
  return pieces.slice(1, -1).map((piece) => {
    assertEquals(piece.slice(0, 2), "\r\n");
    const blank = piece.indexOf("\r\n\r\n");
    const lines = piece.slice(2, blank).split("\r\n").map((line) => line.split(": "));
    return { headers: Object.fromEntries(lines), body: piece.slice(blank + 4) };
  });
}

Deno.test("the plain list", () => {
  assertEquals(plainSiblings([RED, DEAD]), {
    contentType: "text/plain",
    body: `Siblings:\n${vtag(RED.dot)}\n${vtag(DEAD.dot)}\n`,
  });
});

Deno.test("multipart/mixed: a part a sibling, with its own headers", () => {
  const body = multipartSiblings([RED, RAW, DEAD], "tag");
  assertEquals(body.contentType, "multipart/mixed; boundary=rotor-tag");
  const common = {
    "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    "X-Rotor-Write-Id": "0a".repeat(16),
  };
  assertEquals(parts(body), [
    {
      headers: {
        ...common,
        "ETag": `"${vtag(RED.dot)}"`,
        "Content-Type": "text/plain",
        "x-riak-meta-a": "\xe9",
      },
      body: "r\xc3\xa9d",
    },
    {
      headers: { ...common, "ETag": `"${vtag(RAW.dot)}"`, "Content-Type": "x/y" },
      body: "\xff\0",
    },
    {
      headers: { ...common, "ETag": `"${vtag(DEAD.dot)}"`, "X-Riak-Deleted": "true" },
      body: "",
    },
  ]);
});

Deno.test("no value can end its own part", () => {
  const bits = ["\r\n", "--", "rotor-", "t", "-", "rotor-t", "\r\n--rotor-t--\r\n", "x"];
  const value = fc.array(fc.constantFrom(...bits), { maxLength: 12 }).map((list) => list.join(""));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 3 }), (values) => {
      const siblings = values.map((text, i) => sibling(i + 1, { content: bytesOf(text) }));
      assertEquals(parts(multipartSiblings(siblings, "t")).map(({ body }) => body), values);
      return true;
    }),
    { numRuns: 300 },
  );
});

Deno.test("a large value of one byte costs no more than reading it", () => {
  const content = new Uint8Array(1 << 20).fill("-".charCodeAt(0));
  const { body } = multipartSiblings([sibling(1, { content })], "tag");
  assert(body.length > content.length);
});

Deno.test("JSON: a string if it is UTF-8, else base64; nothing of a tombstone", () => {
  const { contentType, body } = jsonSiblings([RED, RAW, DEAD], "VCLOCK");
  assertEquals(contentType, "application/json");
  const common = {
    lastModified: "2026-01-02T03:04:05.678Z",
    expiresAt: null,
    writeId: "0a".repeat(16),
  };
  assertEquals(JSON.parse(`${body}`), {
    vclock: "VCLOCK",
    siblings: [
      {
        vtag: vtag(RED.dot),
        deleted: false,
        contentType: "text/plain",
        ...common,
        meta: { "x-riak-meta-a": "\xe9" },
        value: "r\u00e9d",
      },
      {
        vtag: vtag(RAW.dot),
        deleted: false,
        contentType: "x/y",
        ...common,
        meta: {},
        base64: "/wA=",
      },
      { vtag: vtag(DEAD.dot), deleted: true, contentType: null, ...common, meta: {} },
    ],
  });
});

Deno.test("JSON gives every value back as it was, a byte order mark too", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.string({ unit: "binary", maxLength: 9 }).map((text) => utf8.encode(`\ufeff${text}`)),
      ),
      (content) => {
        const [only] = JSON.parse(`${jsonSiblings([sibling(1, { content })], "").body}`).siblings;
        const back = only.value === undefined
          ? Uint8Array.fromBase64(only.base64)
          : utf8.encode(only.value);
        assertEquals(back, content);
        return true;
      },
    ),
  );
});
