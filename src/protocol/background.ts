/**
 * What a node does when no client waits for it, and how a room asks for its turn (paper, section 6.5). Rooms ask through
 * this, so that none of them knows how the turns are given (`admission/`).
 *
 * @module
 */
import type { Outbox } from "./outbox.ts";

/** One kind of background work. Each has its turn, so none can starve another. */
export type BackgroundKind =
  /** A page of hints is taken to its owner. */
  | "handoff"
  /** Trees are compared with a peer's. */
  | "exchange"
  /** A few copies that a peer lacks are read and sent; or some that this node lacks are fetched and stored. */
  | "repair"
  /** A page of records is read into trees. */
  | "rebuild"
  /** Tombstones and clocks are settled. */
  | "settle"
  /** A few copies of a range that is on the move are sent to its new owner, or compared with what that holds. */
  | "handover";

/** All of them, in the order of their turns. */
export const BACKGROUND_KINDS: readonly BackgroundKind[] = [
  ...["handoff", "exchange", "repair", "rebuild", "settle", "handover"] as const,
];

/** Leave to do one small piece of background work now. Its number, at least 1, is used once in a boot. */
export type Slice = number;

/** What somebody does who is given a slice, in the step in which it is given. */
export type Begin = (slice: Slice, out: Outbox) => void;

/** Where background work waits its turn. */
export interface Slices {
  /**
   * Asks for a slice. `begin` is called once: at once, or in a later step. Who does not want it any more then ends it at
   * once.
   */
  ask(kind: BackgroundKind, begin: Begin, out: Outbox): void;
  /** The piece is done. One that was taken back, because it took too long, may be ended all the same. */
  end(slice: Slice, out: Outbox): void;
}
