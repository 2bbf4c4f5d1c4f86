/**
 * Where keys live, as one node sees it now. The request machines and the replica ask through this, so that neither knows
 * how membership came about.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import type { Entry } from "../ring/preference_list.ts";
import type { Standing } from "./message.ts";

/** What one node knows of the cluster. */
export interface Locator {
  /** This node. */
  readonly node: NodeId;
  /** Everybody who is not out, this node too. */
  readonly members: ReadonlySet<NodeId>;
  /** Whom a request about the key asks: who serves it, with their seats, then fallbacks (section 4.3). */
  list(name: ObjectName, n: number): readonly Entry[];
  /** n_val of the key's bucket, as this node knows it. */
  nOf(name: ObjectName): number;
  /** Whether a node is held to be down: who asks passes it over. A guess, and this node's alone (section 4.8.3). */
  isDown(node: NodeId): boolean;
  /** Whether this node may keep copies for others: not if it is on its way out (protocol.md, Part 2 c). */
  readonly standsIn: boolean;
  /** Whether this node is getting what others hold of the key's range: it stores, and counts for nothing. */
  receives(name: ObjectName, n: number): boolean;
  /** What this node is for the key's range and n. */
  standing(name: ObjectName, n: number): Standing;
}
