/**
 * Asking a node for a key: the one read behind GET, behind a condition, and behind a DELETE that brings no context.
 *
 * @module
 */
import type { ObjectName } from "../../id.ts";
import { ContextError, decodeContext } from "../../protocol/codec.ts";
import type { GetDone } from "../../protocol/effect.ts";
import { type Failure, failure, isFailure } from "../../protocol/error.ts";
import type { Context } from "../../version/context.ts";
import type { VersionVector } from "../../version/version_vector.ts";
import { type Conditions, readConditions } from "./conditions.ts";
import type { Api } from "./options.ts";
import type { Query } from "./query.ts";

/** The header that carries a context, both ways. */
export const VCLOCK = "X-Riak-Vclock";

/** One request for one object. */
export interface Call {
  readonly api: Api;
  readonly request: Request;
  readonly name: ObjectName;
  readonly query: Query;
}

/** Reads the key with the request's quorums; `session` is what the answer must descend. */
export async function read(
  { api, name, query }: Call,
  session?: VersionVector,
): Promise<GetDone | Failure> {
  const { r, rw, pr, nVal, sloppyQuorum, notfoundOk, basicQuorum, timeoutMs } = query;
  const reply = await api.ask({
    kind: "get",
    ask: { name, r: r ?? rw, pr, nVal, sloppyQuorum, notfoundOk, basicQuorum, timeoutMs, session },
  });
  if (reply.kind === "get" || reply.kind === "failure") return reply;
  throw new Error(`Cannot take the answer to a get: get or failure wanted, got ${reply.kind}`);
}

/** The context that a request brings in `header`, or undefined if it brings none. */
export function readContext(
  { api, request, name }: Call,
  header: string = VCLOCK,
): Context | undefined | Failure {
  const token = request.headers.get(header);
  if (token === null) return undefined;
  try {
    return decodeContext(token, name, api.secrets);
  } catch (error) {
    if (!(error instanceof ContextError)) throw error;
    return failure("bad_context", `${error.message} (${header})`);
  }
}

/** The conditions of a request, or null if it has none. */
export function conditionsOf(call: Call): Conditions | null | Failure {
  const unmodified = readContext(call, "X-Riak-If-Not-Modified");
  if (isFailure(unmodified)) return unmodified;
  return readConditions(call.request.headers, unmodified?.clock);
}

/** What a read has waited for. */
export function readQuorums({ r, pr }: GetDone): Record<string, number> {
  return { r, pr };
}
