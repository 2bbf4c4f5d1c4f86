/**
 * What of a request's headers belongs to the version: it is kept with it, and given back with it.
 *
 * Kept are `Content-Type` (a field of its own), `Content-Encoding`, `X-Riak-Meta-*`, `X-Riak-Index-*` and `Link`. The
 * last two are kept as they are and nothing can be asked by them; that loses nothing, where dropping them would. Every
 * other request header speaks of the message and not of the value, and is not kept.
 *
 * `X-Rotor-Expires-In` says for how long the value is to be shown; what is kept of that is the coordinator's to say.
 *
 * Header values are byte strings, as names of objects are.
 *
 * @module
 */
import { fromHex, type WriteId } from "../../id.ts";
import { MAX_EXPIRES_IN_S } from "../../protocol/bucket_props.ts";
import { type Failure, isFailure } from "../../protocol/error.ts";
import type { Lifetime } from "../../protocol/message.ts";
import type { Version } from "../../version/siblings.ts";
import { badRequest } from "./problem.ts";

/** Most bytes of names and values that one version keeps: what every client and proxy still takes in a response. */
export const MAX_HEADER_BYTES = 8192;

/** What a version keeps of its request's headers. */
export type StoredHeaders = Pick<Version, "contentType" | "headers">;

/** How many seconds there may be until an expiry, in words. */
export const SECONDS_WANTED = `a whole number of seconds from 1 to ${MAX_EXPIRES_IN_S}`;

const PREFIXES = ["x-riak-meta-", "x-riak-index-"];
const NAMES = ["content-encoding", "link"];
/** type "/" subtype of RFC 9110, and whatever parameters there are. A list of two types is not one. */
const MEDIA_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(;.*)?$/;

/**
 * Reads what the version keeps.
 *
 * @param up The link that every answer carries. A client that reads, changes and writes sends it back at the head of
 * `Link`; it is not the client's, and would else be stored once more at each turn.
 */
export function storedHeaders(headers: Headers, up: string): StoredHeaders | Failure {
  const contentType = readContentType(headers);
  if (isFailure(contentType)) return contentType;
  const kept: [string, string][] = [];
  let bytes = contentType.length;
  // Headers iterate by name, in lower case, in order.
  for (const [name, value] of headers) {
    if (!NAMES.includes(name) && !PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    const own = name === "link" ? withoutUp(value, up) : value;
    if (own === null) continue;
    kept.push([name, own]);
    bytes += name.length + own.length;
  }
  if (bytes > MAX_HEADER_BYTES) {
    return badRequest(
      "keep the headers",
      `at most ${MAX_HEADER_BYTES} bytes of Content-Type, X-Riak-Meta-* and other kept headers ` +
        `wanted, got ${bytes}`,
    );
  }
  return { contentType, headers: kept };
}

/** The `Content-Type`, which a value must have. */
function readContentType(headers: Headers): string | Failure {
  const contentType = headers.get("content-type");
  if (contentType === null) {
    return badRequest("take a body without Content-Type", "TYPE/SUBTYPE wanted");
  }
  return MEDIA_TYPE.test(contentType)
    ? contentType
    : badRequest("read Content-Type", "TYPE/SUBTYPE wanted", contentType);
}

/** The client's name for this put, or undefined if it gives none. */
export function readWriteId(headers: Headers): WriteId | undefined | Failure {
  const text = headers.get("x-rotor-write-id");
  if (text === null) return undefined;
  return /^[0-9a-fA-F]{32}$/.test(text)
    ? fromHex(text) as WriteId
    : badRequest("read X-Rotor-Write-Id", "32 hex digits wanted", text);
}

/** For how long the value of this put is to be shown; null if the client leaves that to the bucket. */
export function readLifetime(headers: Headers): Lifetime | Failure {
  const text = headers.get("x-rotor-expires-in");
  if (text === null || text === "never") return text;
  const seconds = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  return seconds >= 1 && seconds <= MAX_EXPIRES_IN_S
    ? seconds * 1000
    : badRequest("read X-Rotor-Expires-In", `${SECONDS_WANTED}, or never, wanted`, text);
}

function withoutUp(link: string, up: string): string | null {
  if (link === up) return null;
  return link.startsWith(`${up}, `) ? link.slice(up.length + 2) : link;
}
