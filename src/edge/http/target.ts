/**
 * Which resource a request names: from the raw target to byte strings.
 *
 * A key is whatever bytes percent-decoding gives. So the target is read as it was sent, never through `new URL`, which
 * would make `/buckets/b/keys/../x` and `/buckets/b/keys/%2e%2e/x` into other resources, and would take a raw tab away.
 * Slashes part the segments before anything is decoded: a key with a slash in it is written with `%2F`.
 *
 * Chars above ASCII come from clients that do not escape (`curl …/keys/café`); the server has read them as UTF-8, so
 * they are taken for the bytes that were sent.
 *
 * @module
 */
import { MAX_NAME_BYTES, type ObjectName } from "../../id.ts";
import { type Failure, failure, isFailure } from "../../protocol/error.ts";
import { badRequest, quoted, sentence } from "./problem.ts";

/** What a path names. */
export type Resource =
  | { readonly kind: "object"; readonly name: ObjectName }
  | { readonly kind: "keys"; readonly type: string; readonly bucket: string }
  | { readonly kind: "props"; readonly type: string; readonly bucket: string }
  /** `error` is null for the whole page. */
  | { readonly kind: "errors"; readonly error: string | null }
  | { readonly kind: "admin"; readonly page: AdminPage }
  /** An object, to be repaired. */
  | { readonly kind: "repair"; readonly name: ObjectName }
  /** Everything that the node holds, to be repaired. */
  | { readonly kind: "repair_all" }
  /** An object, to be found on the ring. */
  | { readonly kind: "locate"; readonly name: ObjectName }
  | { readonly kind: Operation }
  | { readonly kind: "ping" | "stats" | "root" };

/** What operators ask for under `/admin`. */
export type Operation = (typeof OPERATIONS)[number];

/** A page under `/admin`. */
export type AdminPage = (typeof ADMIN_PAGES)[number];

/** A target, taken apart. `query` is what stands behind the question mark, still escaped. */
export interface Target {
  readonly resource: Resource;
  readonly query: string;
}

/** The pages under `/admin`. */
const ADMIN_PAGES = ["status", "hints", "aae", "settle"] as const;
/** What operators do there. */
const OPERATIONS = ["stage", "clear", "plan", "commit", "ring", "transfers"] as const;
/** The only bucket type there is. */
const DEFAULT_TYPE = "default";
const utf8 = new TextEncoder();

/**
 * Takes the target of a request apart.
 *
 * @param url As the server gives it: scheme, authority, raw target.
 * @param host The `Host` header, which the server has put into `url` without a look at it.
 *
 * @example Dots are a key like any other
 * ```ts
 * import { parseTarget } from "./target.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseTarget("http://h/buckets/b/keys/..?r=1", "h"), {
 *   resource: { kind: "object", name: { type: "default", bucket: "b", key: ".." } },
 *   query: "r=1",
 * });
 * ```
 */
export function parseTarget(url: string, host: string | null): Target | Failure {
  if (host !== null && /[/?#\\]/.test(host)) {
    return badRequest("read the Host header", "HOST or HOST:PORT wanted", host);
  }
  if (url.includes("#")) {
    return badRequest("read the target", "# is written %23 there", url.slice(url.indexOf("#")));
  }
  const authority = url.indexOf("//") + 2;
  const question = url.indexOf("?", authority);
  const end = question < 0 ? url.length : question;
  const slash = url.indexOf("/", authority);
  const path = slash < 0 || slash > end ? "/" : url.slice(slash, end);
  const resource = route(path);
  if (isFailure(resource)) return resource;
  return { resource, query: question < 0 ? "" : url.slice(question + 1) };
}

function route(path: string): Resource | Failure {
  const segments: string[] = [];
  for (const raw of path.slice(1).split("/")) {
    const segment = percentDecode(raw);
    if (segment === null) {
      return badRequest("read the path", "two hex digits behind each % wanted", raw);
    }
    segments.push(segment);
  }
  const typed = segments[0] === "types" && segments.length > 2;
  const type = typed ? segments[1] ?? "" : DEFAULT_TYPE;
  const [first, second, third, fourth] = typed ? segments.slice(2) : segments;
  const depth = segments.length - (typed ? 2 : 0);
  if (typed && type !== DEFAULT_TYPE) {
    return failure("unknown_type", sentence("find the bucket type", "default wanted", type));
  }
  if (first === "buckets" && second !== undefined) {
    if (third === "keys" && fourth !== undefined && depth === 4) {
      const name: ObjectName = { type, bucket: second, key: fourth };
      return checkName(name) ?? { kind: "object", name };
    }
    if (depth === 3 && (third === "keys" || third === "props")) {
      return checkBucket(type, second) ?? { kind: third, type, bucket: second };
    }
    if (third === "keys" && depth > 4) {
      return nothingAt(path, "; a slash in a key is written %2F");
    }
  }
  if (!typed && depth === 1) {
    if (first === "") return { kind: "root" };
    if (first === "ping" || first === "stats") return { kind: first };
    if (first === "errors") return { kind: "errors", error: null };
  }
  const page = ADMIN_PAGES.find((page) => page === second);
  if (!typed && depth === 2 && first === "admin" && page !== undefined) {
    return { kind: "admin", page };
  }
  const operation = OPERATIONS.find((operation) => operation === second);
  if (!typed && depth === 2 && first === "admin" && operation !== undefined) {
    return { kind: operation };
  }
  if (!typed && depth === 2 && first === "admin" && second === "repair") {
    return { kind: "repair_all" };
  }
  if (!typed && depth === 4 && first === "admin" && (second === "repair" || second === "locate")) {
    const name: ObjectName = { type, bucket: third ?? "", key: fourth ?? "" };
    return checkName(name) ?? { kind: second, name };
  }
  if (!typed && depth === 2 && first === "errors" && second !== undefined) {
    return { kind: "errors", error: second };
  }
  return nothingAt(path, "; GET / lists the resources");
}

function nothingAt(path: string, hint: string): Failure {
  return failure("not_found", `No resource has the path ${quoted(path)}${hint}`);
}

/** Why an object cannot have this name, or null if it can. */
export function checkName(name: ObjectName): Failure | null {
  if (name.key === "") return badRequest("use an empty key", "at least one byte wanted");
  const bytes = name.type.length + name.bucket.length + name.key.length;
  return checkBucket(name.type, name.bucket) ?? (bytes > MAX_NAME_BYTES ? tooLong(bytes) : null);
}

function checkBucket(type: string, bucket: string): Failure | null {
  if (bucket === "") return badRequest("use an empty bucket", "at least one byte wanted");
  const bytes = type.length + bucket.length;
  return bytes > MAX_NAME_BYTES ? tooLong(bytes) : null;
}

function tooLong(bytes: number): Failure {
  return badRequest(
    "use so long a name",
    `at most ${MAX_NAME_BYTES} bytes of type, bucket and key together wanted, got ${bytes}`,
  );
}

/**
 * The bytes that an escaped text stands for, as a byte string; null if an escape is malformed.
 *
 * @example Bytes, not characters
 * ```ts
 * import { percentDecode } from "./target.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(percentDecode("a%2Fb%ff"), "a/b\xff");
 * assertEquals(percentDecode("100%"), null);
 * ```
 */
export function percentDecode(text: string): string | null {
  if (!text.includes("%") && isAscii(text)) return text;
  let out = "";
  for (const byte of utf8.encode(text)) out += String.fromCharCode(byte);
  let decoded = "";
  for (let i = 0; i < out.length; i++) {
    if (out[i] !== "%") {
      decoded += out[i];
      continue;
    }
    const high = hexDigit(out.charCodeAt(i + 1));
    const low = hexDigit(out.charCodeAt(i + 2));
    if (high < 0 || low < 0) return null;
    decoded += String.fromCharCode(high * 16 + low);
    i += 2;
  }
  return decoded;
}

/** Escapes all but the unreserved characters of RFC 3986, so that {@linkcode percentDecode} gives the same bytes. */
export function percentEncode(bytes: string): string {
  if (/^[A-Za-z0-9._~-]*$/.test(bytes)) return bytes;
  return bytes.replaceAll(
    /[^A-Za-z0-9._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** A name of the default type, as one parameter gives it: both parts escaped, and a slash between them. */
export function showName({ bucket, key }: ObjectName): string {
  return `${percentEncode(bucket)}/${percentEncode(key)}`;
}

/** Such a name, taken apart; null if it is none. */
export function readName(text: string): ObjectName | null {
  const parts = text.split("/").map(percentDecode);
  const [bucket, key] = parts;
  if (parts.length !== 2 || !bucket || !key) return null;
  const name: ObjectName = { type: DEFAULT_TYPE, bucket, key };
  return checkName(name) === null ? name : null;
}

/** The path of a bucket of the default type, as `Link: rel="up"` and `Location` give it. */
export function bucketPath(bucket: string): string {
  return `/buckets/${percentEncode(bucket)}`;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** -1 if `code` is not one; NaN (behind the end) is not. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
