/**
 * What became of a batch that was posted to a peer, in the words of a link.
 *
 * @module
 */
import { CodecError, decodeVerdict } from "../protocol/codec.ts";
import type { Refusal, TurnedAway, Verdict } from "../protocol/envelope.ts";
import type { Posted } from "./http_line.ts";

/** What an operator reads when a peer will not have anything of this node. */
const REFUSALS: Readonly<Record<Refusal | TurnedAway, string>> = {
  wrong_cluster: "it belongs to another cluster",
  wrong_node: "it is another node: its address may have been given to the wrong one",
  unknown_member: "it does not know this node as a member",
  wrong_boot: "it took a hello for a batch of another boot",
  too_old: "it took a hello for a batch that is too old",
  other_process: "it hears another process of this node, which lives",
  unknown_version: "it is of an older version of rotor, which cannot read it",
};

/** Why the way to a peer failed. */
export interface Trouble {
  readonly reason: string;
  readonly timedOut: boolean;
}

/** What a posted batch came to: a verdict, or none. */
export type Outcome =
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | ({ readonly kind: "unanswered"; readonly wasSent: boolean } & Trouble);

/** What the answer to a batch says. */
export function outcomeOf(posted: Posted): Outcome {
  if (posted.kind !== "answer") {
    const { kind, reason, timedOut } = posted;
    return { kind: "unanswered", wasSent: kind === "lost", reason, timedOut };
  }
  const unanswered = (reason: string): Outcome => ({
    kind: "unanswered",
    wasSent: true,
    reason,
    timedOut: false,
  });
  // Whoever answers anything else is not known to have thrown the batch away: it counts as sent.
  if (posted.status !== 200) return unanswered(`its answer has status ${posted.status}`);
  try {
    return { kind: "verdict", verdict: decodeVerdict(posted.body) };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return unanswered(error.message);
  }
}

/** A refusal, for people. */
export function refusal(refused: Refusal | TurnedAway): Trouble {
  return { reason: REFUSALS[refused], timedOut: false };
}
