/**
 * What the laws of planned changes are checked on: histories of commits, on one side or on several that hear nothing of one
 * another; and oracles that sort a history and take the last move of each token. They never plan but to compare.
 *
 * @module
 */
import fc from "fast-check";
import { type NodeId, nodeId, type Position } from "../../src/id.ts";
import { found } from "../../src/membership/found.ts";
import { fold, History } from "../../src/membership/history.ts";
import { planChange } from "../../src/membership/plan.ts";
import type { Change, Member, Revision, Step } from "../../src/protocol/change.ts";
import type { Strategy } from "../../src/ring/partition.ts";
import { drawFrom } from "../../src/ring/tokens.ts";

export const NODES = [..."abcdefgh"].map(nodeId);

/** Whose each token is: the last move of it, in the order of (height, id). */
export function recorded(history: History): Map<Position, NodeId | null> {
  const heightOf = (change: Change) => change.kind === "genesis" ? 0 : change.height;
  const order = [...history.changes.values()].sort((a, b) =>
    heightOf(a) - heightOf(b) || (a.id < b.id ? -1 : 1)
  );
  return new Map(order.flatMap(({ moves }) => moves).map(({ position, node }) => [position, node]));
}

/** The tokens whose owner differs. */
export function differing(
  a: ReadonlyMap<Position, unknown>,
  b: ReadonlyMap<Position, unknown>,
): Position[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((position) =>
    (a.get(position) ?? null) !== (b.get(position) ?? null)
  );
}

/** How many of the tokens each active node owns. */
export function counts(history: History): number[] {
  const owners = [...recorded(history).values()];
  return fold(history).ring.active.map(({ node }) =>
    owners.filter((owner) => owner === node).length
  );
}

/** Pairs of equal owners less than `n` apart on the circle. */
export function tooClose(owners: readonly unknown[], n: number): number {
  const apart = (a: number, b: number) => Math.min(a - b, owners.length - (a - b));
  return owners.flatMap((one, a) =>
    owners.slice(0, a).filter((other, b) => one === other && apart(a, b) < n)
  ).length;
}

export const someNode = fc.constantFrom(...NODES);
export const someSteps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("join"),
        node: someNode,
        zone: fc.constantFrom("", "east"),
        weight: fc.integer({ min: 1, max: 2 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom("leave", "stay"), node: someNode }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("remove"),
        node: someNode,
        acceptLoss: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("replace"), old: someNode, new: someNode })
        .filter((step) => step.old !== step.new),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("weight"),
        node: someNode,
        weight: fc.integer({ min: 1, max: 2 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("nval"),
        bucket: fc.constant("b"),
        n: fc.constant(2),
      }),
    },
  ) as fc.Arbitrary<Step>,
  { maxLength: 4, size: "max" },
);

/** Everybody goes at once, and others come: whoever a token was recorded for, it is nobody's now. */
export const someExchange = fc.subarray(NODES, { minLength: 1, maxLength: 4 }).map((
  comers,
): Step[] => [
  ...comers.map((node): Step => ({ kind: "join", node, zone: "", weight: 1 })),
  ...NODES.filter((node) => !comers.includes(node))
    .map((node): Step => ({ kind: "remove", node, acceptLoss: true })),
]);

export const someFounding = fc.record({
  strategy: fc.constantFrom<Strategy>(1, 2, 3, 3),
  partitions: fc.constantFrom(6, 12, 24),
  replicas: fc.integer({ min: 1, max: 3 }),
  founders: fc.subarray(NODES.slice(0, 5), { minLength: 1 }),
}).map(({ strategy, partitions, replicas, founders }) =>
  History.of(found({
    strategy,
    partitions,
    replicas,
    tokens: strategy === 3 ? 0 : 3,
    members: founders.map((node) => ({ node, zone: "", weight: 1 })),
  }))
);

export function taken(history: History, changes: readonly Change[]): History {
  const taking = history.take(changes);
  if (taking.kind !== "taken") throw new Error(`taken wanted, got ${JSON.stringify(taking)}`);
  return taking.history;
}

/** A planned change on this history. */
export function planned(history: History, steps: readonly Step[], author = NODES[0]!): Revision {
  const draw = drawFrom(`${author} ${history.digest}`);
  return planChange(history, { author, wallMs: 0, steps, draw });
}

/** Commits planned changes, one after the other. */
export function commit(
  history: History,
  commits: readonly (readonly Step[])[],
  author = NODES[0]!,
) {
  return commits.reduce(
    (book, steps) => taken(book, [planned(book, steps, author)]),
    history,
  );
}

/** Two sides that know the same and then commit without hearing of one another; then all is known to all. */
export const someFork = fc.record({
  partitions: fc.constantFrom(24, 36, 48),
  replicas: fc.integer({ min: 1, max: 3 }),
  founders: fc.integer({ min: 3, max: 5 }),
  sides: fc.array(
    fc.array(
      fc.record({ kind: fc.constantFrom("join", "join", "leave"), which: fc.nat(9) }),
      { minLength: 1, maxLength: 3 },
    ),
    { minLength: 2, maxLength: 3 },
  ),
}).map(({ partitions, replicas, founders, sides }) => {
  const member = (name: string): Member => ({ node: nodeId(name), zone: "", weight: 1 });
  const members = Array.from({ length: founders }, (_, i) => member(`n${i}`));
  const base = History.of(found({ members, partitions, replicas }));
  const split = sides.map((events, side) =>
    commit(
      base,
      events.map(({ kind, which }, i): Step[] =>
        kind === "join"
          ? [{ kind: "join", ...member(`${"xyz"[(side + which) % 3]}${side}${i}`) }]
          : [{ kind: "leave", node: members[which % founders]!.node }]
      ),
      nodeId(`site${side}`),
    )
  );
  const healed = split.reduce((all, side) => taken(all, [...side.changes.values()]));
  return { base, split, healed };
});
