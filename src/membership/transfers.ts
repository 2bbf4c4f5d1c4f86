/**
 * Which ranges must go from whom to whom until everybody serves what they own (protocol.md, Part 2 a6): for operators, who
 * want to see what a change costs before they make it. Nodes find it out by themselves.
 *
 * Of each range there are those who serve it, S, and those who own it, T. Both sorted, the i-th of S without T **passes** its
 * seat to the i-th of T without S. Whoever of T is left over has a seat that is new or vacant, and **fills** it from all of
 * S: no single one of them must have everything. Whoever of S is left over **drops** its seat, and what it has goes to all
 * of T first.
 *
 * Invariants, for each range:
 * 1. nobody gives twice, and nobody takes twice;
 * 2. when all is done exactly the owners serve it;
 * 3. a fill names everybody who serves the range now and is not out.
 *
 * A seat that is filled from nobody begins empty: there `lossesOf` has something to say.
 *
 * @module
 */
import { compare, type NodeId, type Position } from "../id.ts";
import type { Ring } from "../ring/ring.ts";
import type { Registers } from "./registers.ts";

/** A range of the ring, for one n. */
export interface KeyRange {
  /** The last position in it. */
  readonly rangeEnd: Position;
  readonly n: number;
}

/** One range that moves. */
export interface Transfer extends KeyRange {
  readonly kind: "pass" | "fill" | "drop";
  /** Who gives it. */
  readonly from: readonly NodeId[];
  /** Who takes it. */
  readonly to: readonly NodeId[];
}

/** From what it follows. */
export interface TransferOptions {
  /** The ring as it is: roles are for its ranges. */
  readonly now: Ring;
  /** The ring as it is to be. */
  readonly then: Ring;
  readonly registers: Registers;
  /** The n's that are in use. */
  readonly ns: readonly number[];
  /** Those who will be out: their roles are void. */
  readonly out: ReadonlySet<NodeId>;
}

/** All that must move, in the order of the ranges. */
export function transfersOf({ then, registers, ns, out }: TransferOptions): Transfer[] {
  return then.ends.flatMap((rangeEnd) =>
    ns.flatMap((n) => {
      // Under strategy 1 a new token parts a range: who served the whole serves its parts.
      const servers = registers.serversAt(rangeEnd, n);
      const serving = sorted(servers.map(({ node }) => node).filter((node) => !out.has(node)));
      return ofRange({ rangeEnd, n }, serving, then.owners(rangeEnd, n));
    })
  );
}

function ofRange(
  range: KeyRange,
  serving: readonly NodeId[],
  owners: readonly NodeId[],
): Transfer[] {
  const givers = serving.filter((node) => !owners.includes(node));
  const takers = sorted(owners).filter((node) => !serving.includes(node));
  const passes = Math.min(givers.length, takers.length);
  return [
    ...takers.map((taker, i): Transfer =>
      i < passes
        ? { ...range, kind: "pass", from: [givers[i]!], to: [taker] }
        : { ...range, kind: "fill", from: serving, to: [taker] }
    ),
    ...givers.slice(passes).map((giver): Transfer => ({
      ...range,
      kind: "drop",
      from: [giver],
      to: sorted(owners),
    })),
  ];
}

/** The ends of the ranges of a ring in which not exactly the owners serve, or somebody is on the way in or out. */
export function unsettledRanges(
  options: Omit<TransferOptions, "then">,
): ReadonlySet<Position> {
  const { now, registers, out } = options;
  const ends = new Set(transfersOf({ ...options, then: now }).map(({ rangeEnd }) => rangeEnd));
  for (const { node, roles } of registers.said) {
    if (out.has(node)) continue;
    for (const { role, rangeEnd } of roles) if (role !== "serving") ends.add(rangeEnd);
  }
  return ends;
}

function sorted(nodes: Iterable<NodeId>): NodeId[] {
  return [...new Set(nodes)].sort(compare);
}
