/**
 * Asking a node for a key: the one read behind GET, behind a condition, and behind a DELETE that brings no context.
 *
 * @module
 */
import type { ObjectName } from "../../id.ts";
import { decodeContext, encodeContext } from "../../protocol/codec.ts";
import { ContextError } from "../../protocol/codec.ts";
import type { GetDone } from "../../protocol/effect.ts";
import { type Failure, failure } from "../../protocol/error.ts";
import { type Context, contextOf } from "../../version/context.ts";
import type { Container } from "../../version/siblings.ts";
import type { VersionVector } from "../../version/version_vector.ts";
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
  const { r, pr, nVal, sloppyQuorum, notfoundOk, basicQuorum, timeoutMs } = query;
  const reply = await api.ask({
    kind: "get",
    ask: { name, r, pr, nVal, sloppyQuorum, notfoundOk, basicQuorum, timeoutMs, session },
  });
  if (reply.kind === "get" || reply.kind === "failure") return reply;
  throw new Error(`Cannot take the answer to a get: get or failure wanted, got ${reply.kind}`);
}

/** The context that a request brings in `header`, or undefined if it brings none. */
export function readContext({ api, request, name }: Call, header: string): Context | undefined | Failure {
  const token = request.headers.get(header);
  return token === null ? undefined : openContext(token, name, api.secrets, header);
}

/** Opens a token. */
export function openContext(
  token: string,
  name: ObjectName,
  secrets: readonly Uint8Array[],
  header: string,
): Context | Failure {
  try {
    return decodeContext(token, name, secrets);
  } catch (error) {
    if (!(error instanceof ContextError)) throw error;
    return failure("bad_context", `Cannot read ${header}: ${error.message}`);
  }
}

/** The token for what a client is shown. */
export function vclockOf({ api, name }: Call, container: Container, fastest: Context["fastest"]): string {
  return encodeContext(contextOf(container, fastest), name, api.secrets);
}
