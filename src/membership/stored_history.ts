/**
 * What stands in a node's store of the history of its cluster, and whether it is this node's, and this cluster's.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import { ChangeError } from "../protocol/canonical.ts";
import type { Genesis } from "../protocol/change.ts";
import type { Restored } from "../protocol/event.ts";
import { differences } from "./found.ts";
import { History, type Status } from "./history.ts";

/** The history; null if the store is empty; or why the node cannot start with it: a sentence for people. */
export function storedHistory(
  { history, register }: Pick<Restored, "history" | "register">,
  { node, genesis }: { readonly node: NodeId; readonly genesis: Genesis },
): History | string | null {
  if (register !== null && register.node !== node) {
    return `Cannot start ${node}: this data directory belongs to node ${register.node}, not ${node}`;
  }
  if (history.length === 0) {
    return register === null
      ? null
      : `Cannot start ${node}: its store has a register, but no history`;
  }
  try {
    const stored = History.from(history);
    // The stored moves hold, also where this version of the program would have dealt otherwise: rings are never re-dealt.
    const differing = differences(genesis, stored.genesis, "store");
    return differing.length === 0 ? stored : `Cannot start ${node}: ${differing.join("; ")}`;
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error;
    return `Cannot start ${node}: its stored history is damaged: ${error.message}`;
  }
}

/** Why a node of this standing cannot start; null if it can. Who is out, and holds something, may have to give it to others. */
export function whyNotToStart(
  node: NodeId,
  { status, members, seeds, restored }: {
    readonly status: Status | undefined;
    readonly members: ReadonlySet<NodeId>;
    readonly seeds: readonly NodeId[];
    readonly restored: Restored;
  },
): string | null {
  const names = `(members: ${[...members].join(", ")})`;
  if (status === "out" && restored.register === null) {
    return `Cannot start ${node}: it has left the cluster for good ${names}; ` +
      "another name, and an empty data directory, may join";
  }
  return status === undefined && seeds.length === 0
    ? `Cannot start ${node}: it is not a member ${names}`
    : null;
}
