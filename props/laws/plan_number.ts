/**
 * The law of the planner's number: nodes that announce one number plan alike, to the last partition.
 *
 * It is a fingerprint. That what is planned is good is said by the other laws of the planner.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { bytesOf, digestOf, hex } from "../../src/id.ts";
import { SPEAKS } from "../../src/membership/register.ts";
import { example, type Law } from "../law.ts";
import { fixedHistories } from "./planned_rings.ts";

/** G19. */
export const laws: readonly Law[] = [
  example(
    "G19",
    "this planner plans exactly this: one that plans otherwise must announce another number",
    () => {
      const plans: string[] = [];
      for (const [zones, weights] of [[1, 1], [3, 1], [1, 4], [3, 4]] as const) {
        for (const step of fixedHistories({ zones, weights, count: 40 })) {
          plans.push(step.plan.owners.join());
        }
      }
      const digest = hex(digestOf(bytesOf(plans.join("\n"))));
      // Two planners that announce one number and plan unlike would undo one another's merges for ever.
      assertEquals({ planner: SPEAKS.planner, digest }, {
        planner: 1,
        digest: "3e111a6b9613543a611d29fe28d6338d",
      });
    },
  ),
];
