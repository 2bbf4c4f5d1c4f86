/**
 * What the laws of operators' steps are checked on: steps that make sense and steps that do not, and who serves what while
 * they are taken.
 *
 * @module
 */
import fc from "fast-check";
import { type Boot, compare, type NodeId, type Position } from "../../src/id.ts";
import { fold, type History } from "../../src/membership/history.ts";
import { Registers } from "../../src/membership/registers.ts";
import type { StagedStep } from "../../src/membership/staged_steps.ts";
import type { Role } from "../../src/protocol/change.ts";
import { NODES, someNode } from "./planned_histories.ts";

/** Who serves each range, by its end. */
export type Serving = ReadonlyMap<Position, readonly NodeId[]>;

/** Somebody who is likely to be a member. */
const someFounder = fc.constantFrom(...NODES.slice(0, 4));

export const someStep: fc.Arbitrary<StagedStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("join"),
      node: someNode,
      zone: fc.constantFrom("", "east"),
      weight: fc.constantFrom(1, 2, 1, 2, 0, 1.5),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom("leave", "stay"), node: someFounder }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("remove"),
      node: someFounder,
      acceptLoss: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("replace"), old: someFounder, new: someNode }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("weight"),
      node: someNode,
      weight: fc.constantFrom(1, 2, -1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("zone"),
      node: someNode,
      zone: fc.constantFrom("", "east"),
    }),
  },
) as fc.Arbitrary<StagedStep>;

/** Steps that make sense by themselves. */
export const someSoundStep = someStep.filter((step) =>
  (!("weight" in step) || [1, 2].includes(step.weight)) &&
  (step.kind !== "replace" || step.old !== step.new)
);

/** Commits of such. */
export const someCommits = fc.array(
  fc.array(someSoundStep, { minLength: 1, maxLength: 3 }),
  { maxLength: 3, size: "max" },
);

export function ownersServe(history: History): Serving {
  const { ring, genesis: { replicas } } = fold(history);
  return new Map(ring.ends.map((end) => [end, ring.owners(end, replicas)]));
}

export function outOf(history: History): ReadonlySet<NodeId> {
  return new Set([...fold(history).status].flatMap(([node, is]) => is === "out" ? [node] : []));
}

/** What all say of themselves where these serve, and nobody else does. */
export function registersOf(
  { genesis }: History,
  serving: Serving,
  recovering: ReadonlySet<string> = new Set(),
): Registers {
  const registers = new Registers(genesis);
  const n = genesis.replicas;
  for (const node of NODES) {
    const ends = [...serving.keys()].sort(compare);
    const startOf = (end: Position) => ends.at(ends.indexOf(end) - 1)!;
    const roles = [...serving].sort(([a], [b]) => compare(a, b)).flatMap(
      ([rangeEnd, nodes]): Role[] =>
        !nodes.includes(node) ? [] : [{
          ...{
            rangeStart: startOf(rangeEnd),
            rangeEnd,
            n,
            role: "serving",
            seat: nodes.indexOf(node),
            seats: nodes.length,
          },
          ...{ tenure: 1, recovering: recovering.has(`${node} ${rangeEnd}`), peers: [] },
        }],
    );
    registers.take({
      ...{ node, generation: 1, seq: 1, nonce: "nonce..." as Boot, addresses: [] },
      ...{ speaks: { wire: 1, planner: 1 }, history: genesis.id, tick: 0, resumed: 0, roles },
    });
  }
  return registers;
}
