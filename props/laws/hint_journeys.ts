/**
 * The room that carries hints through random weather: pages that cannot be read, owners that are down, refuse, or are not
 * heard of again, turns that are long in coming; and what is kept changes meanwhile. When all is well again every hint is
 * where it belongs, and nothing is left of the work.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Law, random } from "../law.ts";
import { Carriers } from "./hint_carriers.ts";
import { Sometimes } from "./sometimes.ts";

const which = fc.nat(15);
const few = fc.integer({ min: 1, max: 40 });

/** One thing that happens. Numbers are taken modulo what there is. */
const happening = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("keep" as const), count: few }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("keep again" as const), which }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom("arrive" as const, "arrive" as const, "refuse" as const),
      which,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("unreached" as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), which }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("page" as const),
      fails: fc.nat(4).map((n) => n === 0),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "turn" as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: "round" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("down" as const), isDown: fc.boolean() }) },
);

/** H1, H3, H6. */
export const laws: readonly Law[] = [
  random(
    "H3 H1 H6",
    "through any weather hints go when and only when their owner has them, in pages, one pass at a time; and when all is well again none is left, nor anything of the work",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.array(happening, { maxLength: 60, size: "max" }), (happenings) => {
        seen.begin();
        const carriers = new Carriers();
        for (const one of happenings) {
          carriers.happen(one);
          if (carriers.kept > 20) seen.saw("more than a page");
        }
        seen.saw("taken", carriers.taken);
        seen.saw("left", Number(carriers.kept > 0));
        let rounds = 0;
        for (carriers.mend(); !carriers.isAtRest && rounds < 30; rounds++) carriers.calmRound();
        assertEquals(carriers.kept, 0, "a hint is left");
        assert(carriers.isAtRest, `something is left of the work: ${carriers.rest()}`);
        return true;
      });
      seen.demand(300, { "more than a page": 50, taken: 300, left: 100 });
    },
    { runs: 300 },
  ),
];
