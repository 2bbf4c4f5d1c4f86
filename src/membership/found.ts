/**
 * Founding a cluster: the genesis that its first members agree on (protocol.md, Part 2 a1).
 *
 * It is a function of its arguments alone, so nodes that are started with the same members and the same shape make the
 * same genesis, and so belong to one cluster, without asking one another.
 *
 * @module
 */
import { compare } from "../id.ts";
import { makeGenesis } from "../protocol/canonical.ts";
import type { Genesis, Member } from "../protocol/change.ts";
import { deal } from "../ring/claim.ts";
import { equalEnds } from "../ring/partition.ts";

/** The genesis of a cluster of these members: `partitions` equal ranges, dealt out, every key on `replicas` nodes. */
export function found(
  { members, partitions, replicas }: {
    readonly members: readonly Member[];
    readonly partitions: number;
    readonly replicas: number;
  },
): Genesis {
  const sorted = [...members].sort((a, b) => compare(a.node, b.node));
  const owners = deal({ partitions, replicas, members: sorted });
  const moves = equalEnds(partitions).map((position, i) => ({
    position,
    node: owners[i] ?? null,
  }));
  return makeGenesis({ strategy: 3, partitions, tokens: 0, replicas, members: sorted, moves });
}
