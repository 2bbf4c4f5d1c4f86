/**
 * Which messages are about what.
 *
 * @module
 */
import type { GossipMessage } from "./gossip_message.ts";
import type { HandoverMessage } from "./handover_message.ts";
import type { Message } from "./message.ts";

const OF_HANDOVER: ReadonlySet<string> = new Set(
  [
    ...["take", "take_reply", "promote", "promote_reply"] as const,
    ...["claim", "claim_reply", "held_ask", "held_reply"] as const,
  ] satisfies HandoverMessage["kind"][],
);

/** Whether a message is gossip. */
export function isGossip(message: Message): message is GossipMessage {
  return message.kind.startsWith("gossip");
}

/** Whether a message is of a handover. */
export function isHandover(message: Message): message is HandoverMessage {
  return OF_HANDOVER.has(message.kind);
}

/** Whether a message is one with which a node that is out gives what it holds to those who serve it. */
export function isHandedOver(message: Message): boolean {
  return message.kind === "held_ask" || (message.kind === "write" && message.hint === null);
}
