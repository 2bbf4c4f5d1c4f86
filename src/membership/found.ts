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
import type { Genesis, Member, Move } from "../protocol/change.ts";
import { deal } from "../ring/claim.ts";
import { equalEnds, type Strategy } from "../ring/partition.ts";
import { drawFrom, planTokens } from "../ring/tokens.ts";

/** What a cluster begins with. */
export interface Founding {
  /** In any order. */
  readonly members: readonly Member[];
  /** Q: how many equal ranges the ring has (strategies 2 and 3). */
  readonly partitions: number;
  /** N: on how many nodes a key lives. */
  readonly replicas: number;
  /** Which of the paper's placement strategies. @default 3: equal ranges that are dealt out */
  readonly strategy?: Strategy;
  /** T: random tokens for each unit of weight (strategies 1 and 2). @default 0, for strategy 3 has none */
  readonly tokens?: number;
  /** What the random tokens come from; founders must be given the same. @default "" */
  readonly seed?: string;
}

/** The genesis of a cluster of these members. */
export function found(founding: Founding): Genesis {
  const { partitions, replicas, strategy = 3, tokens = 0 } = founding;
  const members = [...founding.members].sort((a, b) => compare(a.node, b.node));
  const moves = strategy === 3 ? dealt({ ...founding, members }) : drawn({ ...founding, members });
  return makeGenesis({ strategy, partitions, tokens, replicas, members, moves });
}

function dealt({ members, partitions, replicas }: Founding): Move[] {
  const owners = deal({ partitions, replicas, members });
  return equalEnds(partitions).map((position, i) => ({ position, node: owners[i] ?? null }));
}

function drawn({ members, tokens = 0, seed = "" }: Founding): Move[] {
  const owners = planTokens(new Map(), { members, tokens, draw: drawFrom(seed) });
  return [...owners].map(([position, node]) => ({ position, node }));
}

/** What somebody says of how a cluster was founded. What is left out is not said. */
export type FoundingClaim = Partial<
  Pick<Genesis, "replicas" | "partitions" | "strategy" | "tokens" | "members">
>;

/**
 * One clause for each way in which a cluster was founded otherwise than somebody says.
 *
 * @param what What is known to have been made otherwise: the store, or the cluster.
 *
 * @example One of two things is wrong
 * ```ts
 * import { differences, found } from "./found.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const members = [{ node: nodeId("a"), zone: "", weight: 1 }];
 * const made = found({ members, partitions: 8, replicas: 3 });
 * assertEquals(differences({ replicas: 3, partitions: 16 }, made, "cluster"), [
 *   "partitions 16 was given, but this cluster was made with partitions 8",
 * ]);
 * ```
 */
export function differences(
  given: FoundingClaim,
  made: Genesis,
  what: "store" | "cluster",
): string[] {
  const clauses: string[] = [];
  const say = (field: string, got: string | number | undefined, was: string | number) => {
    if (got === undefined || got === was) return;
    const verb = field === "members" ? "were" : "was";
    clauses.push(`${field} ${got} ${verb} given, but this ${what} was made with ${field} ${was}`);
  };
  say("n", given.replicas, made.replicas);
  say("partitions", given.partitions, made.partitions);
  say("strategy", given.strategy, made.strategy);
  say("tokens", given.tokens, made.tokens);
  say("members", given.members && described(given.members), described(made.members));
  return clauses;
}

/** `a, b (zone east), c (weight 2)`. */
function described(members: readonly Member[]): string {
  return members.toSorted((a, b) => compare(a.node, b.node)).map(({ node, zone, weight }) => {
    const more = [zone === "" ? "" : `zone ${zone}`, weight === 1 ? "" : `weight ${weight}`]
      .filter((part) => part !== "");
    return more.length === 0 ? node : `${node} (${more.join(", ")})`;
  }).join(", ");
}
