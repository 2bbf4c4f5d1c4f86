/**
 * What the room that fetches copies is told of ranges that come to this node.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Outbox } from "../protocol/outbox.ts";

/** Ranges that come to this node, for which copies must be fetched (`handover/`). */
export interface Moving {
  /** Whether there are any. */
  readonly isMoving: boolean;
  /** What an exchange that begins now is good for. */
  readonly epoch: number;
  /** Whether an exchange with this node is needed. */
  needs(peer: NodeId): boolean;
  /** An exchange with a peer is done, which was begun at this epoch. */
  onCompared(peer: NodeId, epoch: number, out: Outbox): void;
}
