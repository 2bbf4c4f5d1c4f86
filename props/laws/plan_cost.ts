/**
 * The laws of the planner: what a plan may cost, and that everybody pays the same.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { plan } from "../../src/ring/plan.ts";
import { example, type Law, random } from "../law.ts";
import {
  fixedHistories,
  leastMoved,
  live,
  member,
  MIXED,
  moved,
  type Step,
  tooClose,
  zonesOf,
} from "./planned_rings.ts";
import { Sometimes } from "./sometimes.ts";

export const laws: readonly Law[] = [
  random(
    "R24",
    "the ring is laid anew only as far as the operator allows, only if swaps were not enough, and only if it helps",
    (run) => {
      const seen = new Sometimes();
      run.forAll(MIXED, (steps) => {
        seen.begin();
        for (const { before, members, replicas } of steps) {
          const planned = (relay: "never" | "nodes" | "zones") =>
            plan(before, { members, replicas, relay });
          const [never, nodes, zones] = [planned("never"), planned("nodes"), planned("zones")];
          assert(!never.relaid);
          assertEquals(plan(before, { members, replicas }), nodes);
          const nodesClash = tooClose(never.owners, replicas) > 0;
          const zonesClash = tooClose(zonesOf(never.owners, members), replicas) > 0;
          if (nodes.relaid) {
            assert(nodesClash, `${before} was laid anew for nothing`);
            assertEquals(tooClose(nodes.owners, replicas), 0, "and it did not help");
          } else assertEquals(nodes, never);
          if (zones.relaid) {
            assert(nodesClash || zonesClash, `${before} was laid anew for nothing`);
            assertEquals(tooClose(zones.owners, replicas), 0, "and it did not help");
          } else assertEquals(zones, never);
          if (nodes.relaid) seen.saw("laid anew for nodes");
          else if (zones.relaid) seen.saw("laid anew for zones");
        }
        return true;
      });
      seen.demand(400, { "laid anew for nodes": 6, "laid anew for zones": 6 });
    },
    { runs: 400 },
  ),
  random(
    "R24",
    "a ring that is laid anew is turned to where most of it stays",
    (run) => {
      const seen = new Sometimes();
      run.forAll(MIXED, (steps) => {
        seen.begin();
        for (const { before, members, replicas, plan: { owners, relaid } } of steps) {
          if (members.length > replicas && !relaid) continue;
          const stay = (turn: number) =>
            owners.filter((_, at) => owners[(at + turn) % owners.length] === before[at]).length;
          for (let turn = 1; turn < owners.length; turn++) assert(stay(turn) <= stay(0));
          if (stay(0) > 0) seen.saw("a ring with something to keep");
        }
        return true;
      });
      seen.demand(300, { "a ring with something to keep": 51 });
    },
  ),
  example(
    "R24",
    "beside the least, spacing costs little in one zone, more with weights, and most with zones",
    () => {
      const plain = costOf(fixedHistories({ zones: 1, weights: 1, count: 300 }));
      const weighted = costOf(fixedHistories({ zones: 1, weights: 4, count: 300 }));
      const zoned = costOf(fixedHistories({ zones: 3, weights: 1, count: 300 }));
      assert(plain.moved < 1.05 && plain.relaid === 0, JSON.stringify(plain));
      assert(weighted.moved < 1.19 && weighted.relaid < 0.03, JSON.stringify(weighted));
      assert(zoned.moved < 1.42 && zoned.relaid === 0, JSON.stringify(zoned));
    },
  ),
  example(
    "G19",
    "nodes that join on two sides of a split take different partitions, but for a few, so both keep what they took",
    () => {
      const sum = { own: 0, both: 0 };
      for (let i = 0; i < 30; i++) {
        const all = Array.from({ length: 10 }, (_, name) => member((name * 37 + i * 11) % 97));
        const sets = [3, 4, 5, 6, 7, 8].map((count) => all.slice(0, count));
        const base = live({ partitions: 64, replicas: 3, sets }).at(-1)!.plan.owners;
        const [left, right] = all.slice(8).map((comer) =>
          plan(base, { members: [...all.slice(0, 8), comer], replicas: 3 }).owners
        );
        sum.own += moved(base, left!);
        sum.both += base.filter((node, at) => left![at] !== node && right![at] !== node).length;
      }
      assert(sum.both < sum.own / 4, JSON.stringify(sum));
    },
  ),
];

/** Partitions moved beside the least, and how often the ring was laid anew. */
function costOf(steps: Iterable<Step>): { moved: number; relaid: number } {
  const sum = { plans: 0, moved: 0, least: 0, relaid: 0 };
  for (const step of steps) {
    sum.plans++;
    sum.moved += moved(step.before, step.plan.owners);
    sum.least += leastMoved(step);
    if (step.plan.relaid) sum.relaid++;
  }
  return { moved: sum.moved / sum.least, relaid: sum.relaid / sum.plans };
}
