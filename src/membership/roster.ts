/**
 * What one node knows of who is who: for operators, who ask before they change anything, and for plans. Nothing of it is
 * what the node acts on later; by then it may know more.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import type { Entry } from "../ring/preference_list.ts";
import type { ClusterView, History } from "./history.ts";
import type { Registers } from "./registers.ts";

/** A node that has called, and is no member yet: it may be joined. */
export interface Outsider {
  /** Who. */
  readonly node: NodeId;
  /** Where it says it can be reached: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** When it called last, by this node's monotonic clock. */
  readonly heardMs: number;
}

/** Who is who, as one node knows it. */
export interface Roster {
  /** All changes of the membership: what a change is planned on. */
  readonly history: History;
  /** What they come to. */
  readonly view: ClusterView;
  /** What nodes have said of themselves. */
  readonly registers: Registers;
  /** Who may be joined; sorted by id. */
  readonly outsiders: readonly Outsider[];
  /** Why this node takes no requests; null if it does. */
  readonly away: string | null;
  /** Whom a request about a key asks, and the n of its bucket. */
  readonly listOf: (name: ObjectName) => { readonly n: number; readonly entries: readonly Entry[] };
}
