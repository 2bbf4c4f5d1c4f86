/**
 * The laws of the planner: what need not move stays.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId } from "../../src/id.ts";
import { deal } from "../../src/ring/claim.ts";
import { plan } from "../../src/ring/plan.ts";
import { example, exhaustive, type Law, random } from "../law.ts";
import {
  everyStep,
  histories,
  leastMoved,
  lists,
  MIXED,
  moved,
  NARROW,
  PLAIN,
  SCOPES,
  someRing,
  type Step,
} from "./planned_rings.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "R19",
    "who takes another's place takes its partitions, wherever its id sorts, and nothing else moves",
    (run) => {
      const seen = new Sometimes();
      run.forAll(histories({ zones: 1, weights: 4 }), fc.nat(), fc.boolean(), (steps, at, low) => {
        seen.begin();
        const { members, replicas, plan: { owners } } = steps.at(-1)!;
        if (members.length <= replicas) return true; // there the shape is free, and ids shape it
        const old = members[at % members.length]!;
        const heir = nodeId(low ? "a" : "z");
        const translated = owners.map((owner) => owner === old.node ? heir : owner);
        const after = members.map((one) => one === old ? { ...one, node: heir } : one);
        assertEquals(plan(translated, { members: after, replicas }).owners, translated);
        seen.saw("more nodes than copies");
        return true;
      });
      seen.demand(300, { "more nodes than copies": 41 });
    },
  ),
  exhaustive("R22", "a second plan moves nothing: every ring that a small cluster reaches", () => {
    for (const scope of SCOPES) {
      for (const { members, replicas, plan: { owners } } of everyStep(scope)) {
        assertEquals(plan(owners, { members, replicas }).owners, owners);
      }
    }
  }),
  random(
    "R22",
    "a second plan moves nothing, in one zone, whatever the order of the members",
    (run) => {
      run.forAll(histories({ zones: 1, weights: 4 }), (steps) => {
        for (const { members, replicas, plan: { owners } } of steps) {
          const shuffled = members.toReversed();
          assertEquals(plan(owners, { members: shuffled, replicas }).owners, owners);
        }
        return true;
      });
    },
  ),
  random(
    "R23",
    "a single join moves at most one partition more than it must, and to nobody but the newcomer unless it mends",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.oneof(PLAIN, NARROW, NARROW), (steps) => {
        seen.begin();
        for (const [i, step] of steps.entries()) {
          const previous = steps[i - 1]?.members ?? [];
          const comers = step.members.filter(({ node }) =>
            !previous.some((one) => one.node === node)
          );
          const isJoin = comers.length === 1 && step.members.length === previous.length + 1;
          if (!isJoin || previous.length <= step.replicas) continue;
          const { before, plan: { owners, swaps, relaid } } = step;
          const extra = moved(before, owners) - leastMoved(step);
          assert(extra <= 1, `${extra} more: ${before} became ${owners}`);
          const strangers = owners.filter((owner, at) =>
            owner !== before[at] && owner !== comers[0]!.node
          ).length;
          if (swaps === 0) assertEquals({ strangers, relaid }, { strangers: 0, relaid: false });
          seen.saw("joins");
          if (swaps > 0) seen.saw("mended");
          if (extra > 0) seen.saw("extra");
        }
        return true;
      });
      seen.demand(300, { joins: 301, mended: 11 });
    },
  ),
  random("R24", "with N nodes or fewer no copy moves that need not", (run) => {
    const seen = new Sometimes();
    run.forAll(MIXED, (steps) => {
      seen.begin();
      for (const [i, step] of steps.entries()) {
        if (i === 0 || step.members.length > step.replicas) continue;
        const { moved, least } = copiesMoved(steps[i - 1]!, step);
        assertEquals(moved, least);
        seen.saw("plans for N nodes or fewer");
      }
      return true;
    });
    seen.demand(300, { "plans for N nodes or fewer": 40 });
  }),
  example(
    "R24",
    "with more than N nodes, plans move at most 1.2 times the least copies, over all of many histories",
    () => {
      const sum = { moved: 0, least: 0 };
      // A mean says little about one history, so these are the same ones each time.
      for (const steps of fc.sample(MIXED, { numRuns: 150, seed: 24 })) {
        for (const [i, step] of steps.entries()) {
          if (i === 0 || step.members.length <= step.replicas) continue;
          const { moved, least } = copiesMoved(steps[i - 1]!, step);
          sum.moved += moved;
          sum.least += least;
        }
      }
      const ratio = sum.moved / sum.least;
      assert(ratio > 1 && ratio < 1.2, `${ratio.toFixed(3)} times the least`);
    },
  ),
  random("R24", "an empty ring is dealt, and so is one of which no member owns anything", (run) => {
    run.forAll(someRing, ({ before, members, replicas }) => {
      const dealt = deal({ partitions: before.length, replicas, members });
      const strangers = before.map((_, i) => i % 2 === 0 ? null : nodeId("stranger"));
      for (const empty of [before.map(() => null), strangers]) {
        const planned = plan(empty, { members, replicas });
        assertEquals(planned, { owners: dealt, swaps: 0, relaid: false });
      }
      return true;
    });
  }),
];

/** Movement as it is felt: copies of ranges that a node must get, and how few could have been enough. */
function copiesMoved(previous: Step, { before, members, replicas, plan: { owners } }: Step) {
  const was = lists(before, previous.members, replicas);
  const is = lists(owners, members, replicas);
  const moved = is.flatMap((list, at) => list.filter((node) => !was[at]!.includes(node)));
  const holds = (all: NodeId[][], node: NodeId) => all.filter((list) => list.includes(node)).length;
  const least = members.reduce(
    (sum, { node }) => sum + Math.max(0, holds(is, node) - holds(was, node)),
    0,
  );
  return { moved: moved.length, least };
}
