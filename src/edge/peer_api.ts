/**
 * Where peers bring their batches: `POST /peer/v1` (`docs/peers.md`).
 *
 * A batch is taken whole or not at all. Everything that can be told before its body is read is told then: the method,
 * the secret, the length. A body that is no batch is answered with 400 and changes nothing. What is inside a batch is
 * the node's to judge; its verdict is the answer, with status 200 also when it refuses. A batch of a later version of rotor
 * is refused by a verdict, too: so its sender knows for certain that nothing was done.
 *
 * @module
 */
import {
  CodecError,
  decodeEnvelope,
  encodeVerdict,
  UnknownVersionError,
} from "../protocol/codec.ts";
import type { Envelope, TurnedAway, Verdict } from "../protocol/envelope.ts";
import { type Failure, failure } from "../protocol/error.ts";
import { isBearer } from "./bearer.ts";
import { toResponse } from "./http/answer.ts";
import { readBody } from "./http/body.ts";
import { isFailure } from "../protocol/error.ts";
import { problem } from "./http/problem.ts";
import { PEER_MEDIA_TYPE } from "./peers.ts";

/** What takes the batches. */
export interface PeerApiOptions {
  /** Of the cluster; empty if it has none, and then everybody may bring batches. */
  readonly secrets: readonly Uint8Array[];
  /** Greatest batch. In bytes. */
  readonly maxBatchBytes: number;
  /** How long a batch may take to arrive: one that takes longer would be refused as too old anyway. In ms. */
  readonly bodyTimeoutMs: number;
  /** Null while the node takes batches; else why not. */
  readonly away: () => string | null;
  /** Whether a batch is of a second process of its node, while the first one lives. */
  readonly isTwin: (envelope: Envelope) => boolean | Promise<boolean>;
  /** Judges a batch and processes it. */
  readonly receive: (envelope: Envelope) => Verdict;
  /** The verdict on a batch that the node does not see. `why` is one sentence. */
  readonly turnAway: (refused: TurnedAway, why: string) => Verdict;
  /** Told of faults of rotor itself. */
  readonly log: (sentence: string, error: unknown) => void;
}

/** Takes batches. Never rejects. */
export function createPeerApi(options: PeerApiOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const answer = await take(request, options);
    if (!isFailure(answer)) {
      return new Response(encodeVerdict(answer), { headers: { "Content-Type": PEER_MEDIA_TYPE } });
    }
    const allow = answer.error === "method_not_allowed" ? { Allow: "POST" } : {};
    return toResponse(problem(answer, allow), request.method);
  };
}

async function take(request: Request, options: PeerApiOptions): Promise<Verdict | Failure> {
  const { secrets, maxBatchBytes, bodyTimeoutMs, away, isTwin, receive, turnAway, log } = options;
  if (request.method !== "POST") {
    return failure("method_not_allowed", `Cannot ${request.method} this: POST wanted`);
  }
  if (secrets.length > 0 && !isBearer(request.headers.get("authorization"), secrets)) {
    return failure("unauthorized", "Cannot take the batch: the cluster's secret wanted");
  }
  const body = await readBody(request, { maxBytes: maxBatchBytes, timeoutMs: bodyTimeoutMs });
  if (isFailure(body)) return body;
  const envelope = decode(body);
  if (envelope instanceof UnknownVersionError) {
    return turnAway("unknown_version", envelope.message);
  }
  if (isFailure(envelope)) return envelope;
  const judging = isTwin(envelope);
  if (judging !== false && await judging) {
    const { from } = envelope;
    return turnAway("other_process", `Cannot take a batch: another process of ${from} lives`);
  }
  const reason = away();
  if (reason !== null) return failure("not_ready", `Cannot take the batch: ${reason}`);
  try {
    return receive(envelope);
  } catch (error) {
    log("Cannot take a batch: a fault in rotor", error);
    return failure("internal", "Cannot say what became of the batch: this node has failed");
  }
}

function decode(body: Uint8Array): Envelope | UnknownVersionError | Failure {
  try {
    return decodeEnvelope(body);
  } catch (error) {
    if (error instanceof UnknownVersionError) return error;
    if (!(error instanceof CodecError)) throw error;
    return failure("bad_request", error.message);
  }
}
