/**
 * What the rooms of a handover are told of the cluster, and what they may do to this node's own roles.
 *
 * @module
 */
import type { Digest, NodeId } from "../id.ts";
import type { Role, RoleThere } from "../protocol/change.ts";
import type { TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Holder } from "./wish.ts";

/** The cluster as this node knows it now, and this node's roles. */
export interface Stage {
  /** This node. */
  readonly node: NodeId;
  /** Whether it knows its own roles: not before its start is over. */
  readonly isReady: boolean;
  /** Digest of the history that it knows. */
  readonly history: Digest;
  /** Everybody who is not out. */
  readonly members: ReadonlySet<NodeId>;
  /** Every range, for each n in use. */
  readonly ranges: readonly TreeName[];
  /** Who should serve a range. */
  owners(range: TreeName): readonly NodeId[];
  /** Who has a role there, as far as is known. */
  holders(range: TreeName): readonly Holder[];
  /** This node's own role, durable; null is none. */
  own(range: TreeName): Role | null;
  /** All of them. */
  readonly roles: readonly Role[];
  /** Whether this node is about to have another role there. */
  isTurning(range: TreeName): boolean;
  /** From now on its role is this one. What it gives up is given up at once, what it gets counts when it is durable. */
  turn(range: TreeName, role: RoleThere | null, out: Outbox): void;
  /** Whether this node has lost nothing that it knows of. */
  readonly isWhole: boolean;
  /** Whether enough others have been heard to know that its disk is no old copy, with roles that it has passed on since. */
  readonly isConfirmed: boolean;
  /** Whether this node is out, for good. */
  readonly isOut: boolean;
  /** Whether it was accepted that what only nodes had that are out is lost. */
  readonly acceptsLoss: boolean;
  /** Whether a node is held to be down. */
  isDown(node: NodeId): boolean;
}

/** One string a range. */
export function rangeId({ end, n }: TreeName): string {
  return `${n} ${end}`;
}

/** Names the range of a role. */
export function rangeOf({ rangeEnd: end, n }: Role): TreeName {
  return { end, n };
}
