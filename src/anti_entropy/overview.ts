/**
 * Trees, and the talk about them, for whoever looks after a node.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Plot } from "./forest.ts";
import type { RecoveryOverview } from "./recovery.ts";

/** What came of it when a peer last told its roots. */
export interface Comparison {
  /** With whom. */
  readonly peer: NodeId;
  /** By the monotonic clock. */
  readonly atMs: number;
  /** Ranges of which the two did not hold the same. */
  readonly differing: number;
}

/** The trees, for whoever looks after the node. */
export interface TreesOverview {
  /** Whether every record has its leaf. */
  readonly isFull: boolean;
  /** All of them. */
  readonly plots: readonly Plot[];
  /** With each peer that has told its roots, the last time. */
  readonly compared: readonly Comparison[];
  /** What it may have lost, and from whom it is still to be fetched. */
  readonly recovery: RecoveryOverview;
}
