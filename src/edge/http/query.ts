/**
 * What a request asks for behind the question mark: quorums, timeout and the like.
 *
 * A name that is not known is passed over, as in Riak, so that links with a tracking parameter go on working. A known
 * name with a value that cannot be meant is refused, because a store that guesses at a quorum has none. So is a known
 * name that stands twice, and one whose promise rotor does not keep yet (`node_confirms` and its like): to pass over it
 * would be to acknowledge what was not done.
 *
 * @module
 */
import type { ObjectName } from "../../id.ts";
import type { Quorum } from "../../protocol/bucket_props.ts";
import type { Failure } from "../../protocol/error.ts";
import { badRequest } from "./problem.ts";
import { percentDecode, readName } from "./target.ts";

/** The parameters of one request. What is left out takes the bucket's default. */
export interface Query {
  r?: Quorum;
  w?: Quorum;
  dw?: Quorum;
  pr?: Quorum;
  pw?: Quorum;
  /** Deprecated in Riak: r and w of a DELETE, where those do not stand themselves. */
  rw?: Quorum;
  nVal?: number;
  timeoutMs?: number;
  sloppyQuorum?: boolean;
  notfoundOk?: boolean;
  basicQuorum?: boolean;
  returnBody?: boolean;
  /** Picks one sibling. */
  vtag?: string;
  /** Of a walk: it goes on behind this key. */
  after?: ObjectName;
}

type Reader = (value: string, into: Query, limits: QueryLimits) => true | string;

/** What the values of parameters are measured by. */
export interface QueryLimits {
  readonly maxRequestMs: number;
}

/** No parameters. */
const NONE: Query = Object.freeze({});
/** Nothing that is counted here needs more digits, and these are exact in a number. */
const MAX_DIGITS = 9;

/** Known names. A reader answers true, or what it wanted. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ["r", quorum("r", 1)],
  ["w", quorum("w", 1)],
  ["rw", quorum("rw", 1)],
  ["dw", quorum("dw", 0)],
  ["pr", quorum("pr", 0)],
  ["pw", quorum("pw", 0)],
  ["n_val", readNVal],
  ["timeout", readTimeout],
  ["sloppy_quorum", flag("sloppyQuorum")],
  ["notfound_ok", flag("notfoundOk")],
  ["basic_quorum", flag("basicQuorum")],
  ["returnbody", flag("returnBody")],
  ["vtag", readVtag],
  ["after", readAfter],
  ["node_confirms", unsupported],
  ["sync_on_write", unsupported],
  ["asis", unsupported],
]);

/**
 * Reads what stands behind the question mark.
 *
 * @example Numbers and words
 * ```ts
 * import { parseQuery } from "./query.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseQuery("r=1&pw=all&utm=x", { maxRequestMs: 60_000 }), { r: 1, pw: "all" });
 * ```
 */
export function parseQuery(text: string, limits: QueryLimits): Query | Failure {
  if (text === "") return NONE;
  const query: Query = {};
  const seen = new Set<string>();
  for (const pair of text.split("&")) {
    const equals = pair.indexOf("=");
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    const read = name === null ? undefined : READERS.get(name);
    if (name === null || read === undefined) continue;
    if (seen.has(name)) return badRequest(`read parameter ${name}`, "once at most wanted, got two");
    seen.add(name);
    const value = percentDecode(equals < 0 ? "" : pair.slice(equals + 1));
    if (value === null) {
      return badRequest(`read parameter ${name}`, "two hex digits behind each % wanted", pair);
    }
    const wanted = read(value, query, limits);
    if (wanted !== true) return badRequest(`read parameter ${name}`, wanted, value);
  }
  return query;
}

/** A whole number in decimal digits; null if `text` is not one. */
function wholeNumber(text: string): number | null {
  return text.length <= MAX_DIGITS && /^[0-9]+$/.test(text) ? Number(text) : null;
}

/** Says of a quorum value what is allowed. The greatest is the bucket's n, which only the node knows. */
export function quorumWanted(least: number): string {
  return `a whole number from ${least} to n, or one of one, quorum, all, default wanted`;
}

/** True if it is one of the words for a quorum. */
export function isQuorumWord(value: unknown): value is Quorum {
  return value === "one" || value === "quorum" || value === "all" || value === "default";
}

function quorum(field: "r" | "w" | "rw" | "dw" | "pr" | "pw", least: number): Reader {
  const wanted = quorumWanted(least);
  return (value, into) => {
    const count = isQuorumWord(value) ? value : wholeNumber(value);
    if (count === null || (typeof count === "number" && count < least)) return wanted;
    into[field] = count;
    return true;
  };
}

function flag(field: "sloppyQuorum" | "notfoundOk" | "basicQuorum" | "returnBody"): Reader {
  return (value, into) => {
    if (value !== "true" && value !== "false") return "true or false wanted";
    into[field] = value === "true";
    return true;
  };
}

function readNVal(value: string, into: Query): true | string {
  const n = wholeNumber(value);
  if (n === null || n < 1) return "a whole number from 1 to the bucket's n_val wanted";
  into.nVal = n;
  return true;
}

function readTimeout(value: string, into: Query, { maxRequestMs }: QueryLimits): true | string {
  const timeoutMs = wholeNumber(value);
  if (timeoutMs === null || timeoutMs < 1 || timeoutMs > maxRequestMs) {
    return `milliseconds from 1 to ${maxRequestMs} wanted`;
  }
  into.timeoutMs = timeoutMs;
  return true;
}

function readAfter(value: string, into: Query): true | string {
  const name = readName(value);
  if (name === null) return "BUCKET/KEY, each escaped, as `next` gives it, wanted";
  into.after = name;
  return true;
}

function readVtag(value: string, into: Query): true | string {
  if (value === "") return "a vtag, as a 300 lists them, wanted";
  into.vtag = value;
  return true;
}

function unsupported(): string {
  return "nothing wanted, for rotor does not support it";
}
