/**
 * The law of what a planner counts as it goes: pairs of partitions that are too near.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { NODE_CONFLICT, Spacing } from "../../src/ring/spacing.ts";
import { type Law, random } from "../law.ts";
import { tooClose } from "./planned_rings.ts";

/** R14. */
export const laws: readonly Law[] = [
  random(
    "R14",
    "the conflicts that a planner counts as it goes are those of a full recount",
    (run) => {
      const someCircle = fc.record({
        owners: fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 12 }),
        zoneOf: fc.array(fc.nat(2), { minLength: 5, maxLength: 5 }),
        nodeReach: fc.integer({ min: 1, max: 6 }),
        zoneReach: fc.integer({ min: 1, max: 6 }),
        swaps: fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.integer({ min: -1, max: 4 })), {
          minLength: 1,
          maxLength: 6,
        }),
      });
      run.forAll(someCircle, ({ owners, zoneOf, nodeReach, zoneReach, swaps }) => {
        const rule = { zoneOf, nodeReach, zoneReach: Math.min(zoneReach, nodeReach) };
        const recount = (now: readonly number[]) => {
          let weight = 0;
          for (let a = 0; a < now.length; a++) {
            for (let b = 0; b < a; b++) {
              const apart = Math.min(a - b, now.length - (a - b));
              const [one, other] = [now[a]!, now[b]!];
              if (one < 0 || other < 0) continue;
              if (one === other) weight += apart < rule.nodeReach ? NODE_CONFLICT : 0;
              else if (zoneOf[one] === zoneOf[other] && apart < rule.zoneReach) weight++;
            }
          }
          return weight;
        };
        const circle = new Spacing(owners, rule);
        const size = owners.length;
        for (const [x, y, owner] of swaps) {
          const [a, b] = [x % size, y % size];
          const was = recount(circle.owners);
          assertEquals(circle.total(), was);
          const nodes = circle.owners.map((one) => one < 0 ? null : one);
          assertEquals(circle.nodesApart(), tooClose(nodes, rule.nodeReach) === 0);
          const foreseen = circle.swapChange(a, b);
          assertEquals(recount(circle.owners), was, "asking changes nothing");
          circle.swap(a, b);
          assertEquals(recount(circle.owners), was + foreseen);
          circle.give(a, -1);
          const without = recount(circle.owners);
          const weight = circle.conflicts(a, owner);
          circle.give(a, owner);
          assertEquals(recount(circle.owners), without + weight);
        }
        return true;
      });
    },
    { runs: 500 },
  ),
];
