/**
 * What a batch of messages travels in, and when a node takes it.
 *
 * Reaping, fencing and forgetting outcomes all rest on one number: no message is older than M when it is processed
 * (protocol.md, Part 1 c). No synchronised clock is needed for that. Every batch carries the *receiver's* boot and the
 * last stamp of the *receiver's* own monotonic clock that the sender has had, so the receiver alone judges, by its own
 * clock: another boot, or a stamp older than half of M, is refused. The sender keeps the other half: what has waited
 * longer in its queue is dropped before it is sent. A sender that has no stamp yet says hello first: an empty batch.
 *
 * @module
 */
import type { Boot, Digest, NodeId } from "../id.ts";
import { isGossip, isHandedOver } from "./message_kinds.ts";
import type { Message } from "./message.ts";

/** A batch on its way. */
export interface Envelope {
  /** Id of the cluster: clusters never mix. */
  readonly cluster: Digest;
  /** Who sends it. */
  readonly from: NodeId;
  /** The sender's boot. */
  readonly fromBoot: Boot;
  /** Whom it is for: an id, not an address. */
  readonly to: NodeId;
  /** The receiver's boot as the sender knows it; null only in a hello. */
  readonly toBoot: Boot | null;
  /** The receiver's `monoMs` that the sender has had last. */
  readonly toStampMs: number;
  /** Empty in a hello. */
  readonly messages: readonly Message[];
}

/** Why a batch was not taken. Nothing of it was processed. */
export type Refusal = "wrong_cluster" | "wrong_node" | "unknown_member" | "wrong_boot" | "too_old";

/**
 * Why a batch was not even brought to the node: a later version of rotor has written it, or its sender is a second process
 * of its node, while the first one lives.
 */
export type TurnedAway = "unknown_version" | "other_process";

/** The receiver's answer to a batch: what became of it, and what the next one must carry. */
export interface Verdict {
  /** Null if it was taken. */
  readonly refused: Refusal | TurnedAway | null;
  /** The receiver's boot. */
  readonly boot: Boot;
  /** The receiver's `monoMs` now. */
  readonly stampMs: number;
}

/** What the receiver judges by. */
export interface Judge {
  /** Its cluster. */
  readonly cluster: Digest;
  /** Its own id. */
  readonly node: NodeId;
  /** Its own boot. */
  readonly boot: Boot;
  /** Those that it takes batches from; of others it takes hellos and gossip alone. */
  readonly members: ReadonlySet<NodeId>;
  /** Those that were members, and are not any more: of them it also takes what they hand over. */
  readonly out: ReadonlySet<NodeId>;
  /** M: half of it is the age at which a stamp is too old. */
  readonly maxMessageAgeMs: number;
}

/** Whether the receiver takes the batch: null, or why not. */
export function judge(envelope: Envelope, by: Judge, monoMs: number): Refusal | null {
  if (envelope.cluster !== by.cluster) return "wrong_cluster";
  if (envelope.to !== by.node) return "wrong_node";
  const isHandingOver = (message: Message) => by.out.has(envelope.from) && isHandedOver(message);
  const isSmallTalk = (message: Message) => isGossip(message) || isHandingOver(message);
  if (!by.members.has(envelope.from) && !envelope.messages.every(isSmallTalk)) {
    return "unknown_member";
  }
  if (envelope.messages.length === 0) return null; // a hello changes nothing, so it may be of any boot
  if (envelope.toBoot !== by.boot) return "wrong_boot";
  // A stamp ahead of this clock is of a clock that is not this one: as wrong as an old one.
  const ageMs = monoMs - envelope.toStampMs;
  return ageMs < 0 || ageMs > by.maxMessageAgeMs / 2 ? "too_old" : null;
}
