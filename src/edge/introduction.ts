/**
 * How a node that knows nobody comes to know a cluster: it asks a seed, `GET /peer/v1/history`, and gets who that is and all
 * changes of the membership that it knows (`docs/peers.md`).
 *
 * Nothing of it is believed because of who said it: every change's id is that of its fields, and the cluster's id is that of
 * its genesis (protocol.md, Part 2 a1, a2). So a seed cannot make a node join another cluster than the one that it shows.
 *
 * Whoever has a store asks too, for the one thing that it does not know: who listens at the address.
 *
 * @module
 */
import { hex, type NodeId } from "../id.ts";
import { History } from "../membership/history.ts";
import { ChangeError } from "../protocol/canonical.ts";
import { CodecError } from "../protocol/codec.ts";
import {
  decodeIntroduction,
  encodeIntroduction,
  type Introduction,
} from "../protocol/codec_introduction.ts";
import { failure } from "../protocol/error.ts";
import { bearerOf, isBearer } from "./bearer.ts";
import { toResponse } from "./http/answer.ts";
import { problem } from "./http/problem.ts";
import { PEER_MEDIA_TYPE } from "./peers.ts";

/** Where a node introduces itself. */
export const HISTORY_PATH = "/peer/v1/history";
/** A seed that says nothing for so long is asked later. In ms. */
const ASK_TIMEOUT_MS = 3_000;

/** What introduces a node. */
export interface IntroductionOptions {
  /** Of the cluster; empty if it has none, and then everybody may ask. */
  readonly secrets: readonly Uint8Array[];
  /** What it says. */
  readonly introduce: () => Introduction;
}

/** Answers those who ask who this is. Never rejects. */
export function createIntroductionApi(
  { secrets, introduce }: IntroductionOptions,
): (request: Request) => Promise<Response> {
  const answer = (request: Request) => {
    if (request.method !== "GET") {
      const why = failure("method_not_allowed", `Cannot ${request.method} this: GET wanted`);
      return toResponse(problem(why, { Allow: "GET" }), request.method);
    }
    if (secrets.length > 0 && !isBearer(request.headers.get("authorization"), secrets)) {
      const why = failure("unauthorized", "Cannot tell the history: the cluster's secret wanted");
      return toResponse(problem(why), request.method);
    }
    const headers = { "Content-Type": PEER_MEDIA_TYPE, "Cache-Control": "no-store" };
    return new Response(encodeIntroduction(introduce()), { headers });
  };
  return (request) => Promise.resolve(answer(request));
}

/** Who listens at a seed's address, and what its cluster has come to. */
export interface Acquaintance {
  readonly node: NodeId;
  readonly history: History;
}

/** Why a seed has not said who it is. */
export interface Unknown {
  /** As a clause. */
  readonly why: string;
  /** True: it would say the same again. */
  readonly isFinal: boolean;
}

/** Asks a seed, once. */
export async function askSeed(
  seed: string,
  secret: Uint8Array | undefined,
): Promise<Acquaintance | Unknown> {
  const later = (why: string): Unknown => ({ why, isFinal: false });
  let response: Response;
  let body: Uint8Array;
  try {
    response = await fetch(`http://${seed}${HISTORY_PATH}`, {
      headers: secret === undefined ? {} : { Authorization: bearerOf(secret) },
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      redirect: "error",
    });
    body = await response.bytes();
  } catch (error) {
    return later(reasonOf(error));
  }
  if (response.status === 503) return later("it is starting or stopping");
  if (response.status === 401) return { why: "it wants another secret", isFinal: true };
  if (response.status !== 200) return later(`200 wanted, got ${response.status}`);
  try {
    const { node, changes } = decodeIntroduction(body);
    return { node, history: History.from(changes) };
  } catch (error) {
    if (!(error instanceof CodecError || error instanceof ChangeError)) throw error;
    return later(error.message);
  }
}

/** `cluster 01cf66ab`: enough of a cluster's id to tell it from another. */
export function showCluster(history: History): string {
  return `cluster ${hex(history.genesis.id).slice(0, 8)}`;
}

/** The innermost error says what happened: fetch wraps it into "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${ASK_TIMEOUT_MS / 1_000} s`;
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return /: ([^:]*)$/.exec(error.message)?.[1] ?? error.message;
}
