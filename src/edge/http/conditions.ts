/**
 * Conditional requests: `If-Match` and its kin (RFC 9110, section 13), and Riak's `X-Riak-If-Not-Modified`.
 *
 * They are **advisory**. A condition is judged by a read before the write; two clients that write at the same moment
 * both find it true, and their writes become siblings, as they would without. Where exactly one may win, no
 * always-writable store can help.
 *
 * A put under a condition that names exactly what its client has seen (`If-Match` with a tag, `If-None-Match: *`,
 * `X-Riak-If-Not-Modified`) has said its context by that. If it brings no `X-Riak-Vclock`, it takes the context of the
 * read that judged the condition, and replaces what it meant to replace. Dates do not say so much: two writes may fall
 * into one second.
 *
 * A date that cannot be read is refused rather than passed over, for a write whose condition is dropped is another write.
 *
 * @module
 */
import { ifMatch, ifNoneMatch } from "@std/http/etag";
import { type ErrorKind, type Failure, failure, isFailure } from "../../protocol/error.ts";
import { order, type VersionVector } from "../../version/version_vector.ts";
import { badRequest } from "./problem.ts";

/** The one form that is made today. `Date.parse` alone would take "1" for a date, and other forms for local time. */
const HTTP_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

/** The conditions of one request; what is left out was not asked. */
export interface Conditions {
  ifMatch?: string;
  ifNoneMatch?: string;
  ifModifiedSinceMs?: number;
  ifUnmodifiedSinceMs?: number;
  /** The clock that the key must still have. */
  unmodifiedClock?: VersionVector;
}

/** What a condition is judged by: the key as a read has just found it. */
export interface Current {
  /** Undefined if nothing is shown. */
  readonly entityTag: string | undefined;
  readonly lastModifiedMs: number | undefined;
  readonly clock: VersionVector;
}

/** A condition that does not hold. */
export interface Unheld {
  readonly error: Extract<ErrorKind, "condition_failed" | "clock_mismatch">;
  /** The header that says so. */
  readonly header: string;
}

/**
 * The conditions of a request, or null if it has none.
 *
 * @param unmodifiedClock What `X-Riak-If-Not-Modified` holds, if it is there.
 */
export function readConditions(
  headers: Headers,
  unmodifiedClock?: VersionVector,
): Conditions | null | Failure {
  const conditions: Conditions = {};
  const match = headers.get("if-match");
  const noneMatch = headers.get("if-none-match");
  const modified = readDate(headers, "If-Modified-Since");
  const unmodified = readDate(headers, "If-Unmodified-Since");
  if (isFailure(modified)) return modified;
  if (isFailure(unmodified)) return unmodified;
  if (match !== null) conditions.ifMatch = match;
  if (noneMatch !== null) conditions.ifNoneMatch = noneMatch;
  if (modified !== null) conditions.ifModifiedSinceMs = modified;
  if (unmodified !== null) conditions.ifUnmodifiedSinceMs = unmodified;
  if (unmodifiedClock !== undefined) conditions.unmodifiedClock = unmodifiedClock;
  return Object.keys(conditions).length === 0 ? null : conditions;
}

/**
 * The first condition that does not hold, or null if all do. The order and the precedence are those of RFC 9110,
 * section 13.2.2; Riak's own comes first.
 *
 * @example What is there already is not made anew
 * ```ts
 * import { firstUnheld } from "./conditions.ts";
 * import { FRESH } from "../../version/version_vector.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const there = { entityTag: '"a"', lastModifiedMs: 0, clock: FRESH };
 * assertEquals(firstUnheld({ ifNoneMatch: "*" }, there)?.header, "If-None-Match");
 * assertEquals(firstUnheld({ ifMatch: '"a"' }, there), null);
 * ```
 */
export function firstUnheld(conditions: Conditions, current: Current): Unheld | null {
  const { unmodifiedClock, ifUnmodifiedSinceMs, ifModifiedSinceMs } = conditions;
  if (unmodifiedClock !== undefined && order(unmodifiedClock, current.clock) !== "equal") {
    return { error: "clock_mismatch", header: "X-Riak-If-Not-Modified" };
  }
  if (conditions.ifMatch !== undefined) {
    if (!ifMatch(conditions.ifMatch, current.entityTag)) return failed("If-Match");
  } else if (ifUnmodifiedSinceMs !== undefined) {
    if (secondOf(current) > ifUnmodifiedSinceMs) return failed("If-Unmodified-Since");
  }
  if (conditions.ifNoneMatch !== undefined) {
    if (!ifNoneMatch(conditions.ifNoneMatch, current.entityTag)) return failed("If-None-Match");
  } else if (ifModifiedSinceMs !== undefined) {
    if (secondOf(current) <= ifModifiedSinceMs) return failed("If-Modified-Since");
  }
  return null;
}

/** The failure that says which condition does not hold. */
export function conditionFailure({ error, header }: Unheld): Failure {
  return failure(error, `Cannot go on: the key does not have what ${header} wants`);
}

/** True if a client whose conditions hold has thereby named what it has seen. */
export function nameWhatWasSeen({ ifMatch, ifNoneMatch, unmodifiedClock }: Conditions): boolean {
  return unmodifiedClock !== undefined || ifNoneMatch?.trim() === "*" ||
    (ifMatch !== undefined && ifMatch.trim() !== "*");
}

function failed(header: string): Unheld {
  return { error: "condition_failed", header };
}

/** HTTP dates have whole seconds, so that is what they are compared with. Nothing was modified never. */
function secondOf({ lastModifiedMs }: Current): number {
  return lastModifiedMs === undefined ? -Infinity : Math.floor(lastModifiedMs / 1000) * 1000;
}

function readDate(headers: Headers, name: string): number | null | Failure {
  const text = headers.get(name);
  if (text === null) return null;
  const ms = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isFinite(ms)
    ? ms
    : badRequest(`read ${name}`, "an HTTP date like Sun, 06 Nov 1994 08:49:37 GMT wanted", text);
}
