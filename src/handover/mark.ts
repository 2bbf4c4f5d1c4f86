/**
 * What one node has promised another of a range: that it keeps in mind what it stores (`departures.ts`).
 *
 * @module
 */
import type { LeafKey } from "../anti_entropy/merkle_tree_key.ts";
import type { NodeId } from "../id.ts";
import type { Slice } from "../protocol/background.ts";
import type { RequestId, TreeName } from "../protocol/terms.ts";
import type { Inner } from "../protocol/outbox.ts";

/** Work on a copy that waits. */
export type Late = Extract<Inner, { kind: "late" | "coordinate" }>;

/** What a newcomer was promised. */
export interface Mark {
  readonly id: number;
  readonly range: TreeName;
  readonly to: NodeId;
  readonly seat: number;
  readonly passes: boolean;
  /** How many seats the range has when it has this one. */
  readonly seats: number;
  /** What was stored since, and is not stored there: by key, when it was stored last. */
  readonly unsent: Map<LeafKey, number>;
  phase: "open" | "closing" | "giving" | "given";
  /** The question that is open; 0 if none is. */
  request: RequestId;
  closingMs: number;
  /** What is on its way there. */
  sending: {
    readonly find: number;
    readonly keys: ReadonlyMap<LeafKey, number>;
    slice: Slice;
    atMs: number;
  } | null;
  readonly sent: Map<
    RequestId,
    { readonly key: LeafKey; readonly at: number; readonly atMs: number }
  >;
  /** Whether it waits for leave to send. */
  waits: boolean;
  readonly late: Late[];
}

/** A range that goes, for whoever looks after the node. */
export interface DepartureOverview extends TreeName {
  /** Who gets it. */
  readonly to: NodeId;
  /** Which seat. */
  readonly seat: number;
  /** Whether it is this node's own. */
  readonly passes: boolean;
  /** How far it is. */
  readonly phase: "open" | "closing" | "giving" | "given";
  /** Keys that were stored here since, and are not there yet. */
  readonly unsent: number;
}

/** A promise that is just given. Its number is used once in a boot. */
export function newMark(
  id: number,
  range: TreeName,
  wanted: Pick<Mark, "to" | "seat" | "passes" | "seats">,
): Mark {
  return {
    ...{ id, range, ...wanted, unsent: new Map(), phase: "open", request: 0, closingMs: 0 },
    ...{ sending: null, sent: new Map(), waits: false, late: [] },
  };
}
