/**
 * Words that many messages share.
 *
 * @module
 */
import type { Digest, ObjectName, Position } from "../id.ts";

/** Numbers the requests of one boot of one node. A reply that answers another boot's request never arrives (envelope). */
export type RequestId = number;

/** Names the tree of one range and one n. */
export interface TreeName {
  /** The end of the range. */
  readonly end: Position;
  /** On how many nodes its keys live. */
  readonly n: number;
}

/** A key, and what it must hold for something to be done with it. */
export interface KeyAt {
  /** The key. */
  readonly name: ObjectName;
  /** Of its container. */
  readonly digest: Digest;
}
