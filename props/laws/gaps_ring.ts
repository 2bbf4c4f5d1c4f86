/**
 * What the generated mutants of `src/ring` showed to be unchecked (`deno task mutation`): what is refused, and in which
 * order nodes are told.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import { integerOf, positionAt, RING_SIZE } from "../../src/ring/hash.ts";
import { equalEnds } from "../../src/ring/partition.ts";
import { Ring } from "../../src/ring/ring.ts";
import { example, type Law, random } from "../law.ts";

/** R2, R4, R5. */
export const laws: readonly Law[] = [
  example("R2", "a position is a number from 0 to 2^128-1, and no other number is one", () => {
    for (const inside of [0n, 1n, RING_SIZE - 1n]) {
      assertEquals(integerOf(positionAt(inside)), inside);
    }
    for (const outside of [-1n, RING_SIZE, RING_SIZE + 1n]) {
      assertThrows(() => positionAt(outside), RangeError, `2^128-1 wanted, got ${outside}`);
    }
  }),

  example("R2", "a ring is parted into a whole number of ranges, at least one", () => {
    assertEquals(equalEnds(1), [positionAt(0n)]);
    for (const partitions of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
      assertThrows(() => equalEnds(partitions), RangeError, `wanted, got ${partitions}`);
    }
  }),

  example("R4", "a ring of nobody is refused", () => {
    const placement = { tokens: [[positionAt(0n), nodeId("a")] as const], ends: equalEnds(1) };
    assertThrows(() => new Ring({ placement, active: [] }), RangeError, "an active node is wanted");
  }),

  random(
    "R5",
    "a ring tells its nodes in the order of their ids, however it was told them",
    (run) => {
      const members = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { minLength: 1 });
      run.forAll(members, (names) => {
        const active = names.map((name) => ({ node: nodeId(name), zone: "", weight: 1 }));
        const ring = new Ring({ placement: { tokens: [], ends: equalEnds(4) }, active });
        const sorted = names.toSorted().map((name) => nodeId(name));
        assertEquals(ring.active.map(({ node }) => node), sorted);
        // Who has no token comes last, and so all come here, in that order.
        assertEquals(ring.walk(positionAt(0n)), sorted);
        return true;
      });
    },
  ),
];
