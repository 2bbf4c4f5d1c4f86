/**
 * The laws of load: how evenly random tokens share the ring out (paper, figure 8).
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Owners, Strategy } from "../../src/ring/partition.ts";
import { drawFrom, planTokens } from "../../src/ring/tokens.ts";
import { example, type Law } from "../law.ts";
import { BANDS, maxToMean, median, members } from "./token_histories.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "R11",
    "strategy 1: the greatest load beside the mean falls with T, within its bands",
    () => {
      for (const { nodes, tokens, measured, band } of BANDS) {
        const active = members(nodes);
        const loads = Array.from({ length: tokens === 1 ? 100 : 30 }, (_, i) => {
          const draw = drawFrom(`R11 ${nodes} ${tokens} ${i}`);
          return maxToMean({
            owners: planTokens(new Map(), { members: active, tokens, draw }),
            strategy: 1,
            active,
          });
        });
        const got = median(loads);
        assert(Math.abs(got - measured) < band, `S ${nodes}, T ${tokens}: ${got.toFixed(2)}`);
        assert(
          Math.max(...loads) < 1 + 3 * (measured - 1),
          `worst ${Math.max(...loads).toFixed(2)}`,
        );
      }
    },
  ),
  example(
    "R11",
    "the load follows the weights, and stays random where weights fall and rise again",
    () => {
      const draw = drawFrom("R11 weights");
      const heavy = members(10, 4);
      const light = members(10, 1);
      const mixed = members(10).map((one, i) => ({ ...one, weight: 1 + i % 4 }));
      const loads: number[] = [];
      let owners: Owners = planTokens(new Map(), { members: heavy, tokens: 64, draw });
      for (const active of [light, mixed, heavy, light]) {
        owners = planTokens(owners, { members: active, tokens: 64, draw });
        loads.push(maxToMean({ owners, strategy: 1, active }));
      }
      for (const load of loads) assert(load > 1 && load < 1.4, `${loads}`);
    },
  ),
  example(
    "R11",
    "strategy 2 is as strategy 1 where partitions are many, and worse where they are few",
    () => {
      const active = members(10);
      const rings = Array.from(
        { length: 30 },
        (_, i) =>
          planTokens(new Map(), { members: active, tokens: 16, draw: drawFrom(`R11 two ${i}`) }),
      );
      const load = (strategy: Strategy, partitions: number) =>
        median(rings.map((owners) => maxToMean({ owners, strategy, partitions, active })));
      const [one, many, few] = [load(1, 1), load(2, 4096), load(2, 64)];
      assert(Math.abs(one - many) < 0.05, `${one.toFixed(2)} and ${many.toFixed(2)}`);
      assert(few > one + 0.1, `${one.toFixed(2)} and ${few.toFixed(2)}`);
    },
  ),
];
