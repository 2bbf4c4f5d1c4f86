/**
 * What the generated mutants of `src/ring/plan.ts` and `repair.ts` showed to be unchecked (`deno task mutation`): when the
 * ring is laid anew and when not, and when the search for swaps gives up.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { plan } from "../../src/ring/plan.ts";
import { repair } from "../../src/ring/repair.ts";
import { Spacing } from "../../src/ring/spacing.ts";
import { example, type Law, random } from "../law.ts";
import { member, most, tooClose, zonesOf } from "./planned_rings.ts";
import { Sometimes } from "./sometimes.ts";

/** A small ring of anybody's and nobody's partitions; a few more members than copies, in as many zones or a few more. */
const someSmallRing = fc.record({
  owners: fc.array(fc.option(fc.nat(6), { freq: 8 }), { minLength: 9, maxLength: 24, size: "max" }),
  replicas: fc.integer({ min: 3, max: 4 }),
  moreZones: fc.nat(2),
  moreMembers: fc.integer({ min: 1, max: 4 }),
  weights: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 }),
}).map(({ owners, replicas, moreZones, moreMembers, weights }) => ({
  before: owners.map((name) => name === null ? null : member(name).node),
  replicas,
  members: weights.slice(0, replicas + moreMembers)
    .map((weight, i) => member(i, `z${i % (replicas + moreZones)}`, weight)),
}));

/** R16, R24. */
export const laws: readonly Law[] = [
  random(
    "R24 R16",
    "the ring is laid anew exactly where it was allowed for what still clashes, and that can be mended",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someSmallRing, ({ before, members, replicas }) => {
        seen.begin();
        const isEmpty = !before.some((owner) => members.some(({ node }) => node === owner));
        if (isEmpty) return true; // it is dealt, and nothing was there to be laid anew
        const planned = (relay: "never" | "nodes" | "zones") =>
          plan(before, { members, replicas, relay });
        const { owners, relaid } = planned("never");
        const zones = zonesOf(owners, members);
        const room = Math.floor(owners.length / replicas);
        const clashes = (labels: readonly string[]) => tooClose(labels, replicas) > 0;
        const nodesClash = clashes(owners) && most(owners) <= room;
        const zonesClash = clashes(zones) && most(zones) <= room;
        assertEquals(relaid, false);
        assertEquals(planned("nodes").relaid, nodesClash);
        assertEquals(planned("zones").relaid, nodesClash || zonesClash);
        if (nodesClash) seen.saw("nodes clash, and need not");
        else if (clashes(owners)) seen.saw("nodes clash, and must");
        else if (zonesClash) seen.saw("zones clash, and need not");
        else if (clashes(zones)) seen.saw("zones clash, and must");
        if (most(zones) === room && zonesClash) seen.saw("a zone has all the room there is");
        return true;
      });
      seen.demand(2000, {
        "nodes clash, and need not": 5,
        "nodes clash, and must": 5,
        "zones clash, and need not": 5,
        "zones clash, and must": 5,
        "a zone has all the room there is": 5,
      });
    },
    { runs: 2000 },
  ),

  example(
    "R24",
    "the search for swaps gives up after 300 steps, though more would mend more",
    () => {
      // Everybody twice in a row: one swap mends two places at most.
      const size = 1600;
      const owners = Array.from({ length: size }, (_, at) => Math.floor(at / 2) % 4);
      const circle = new Spacing(owners, { zoneOf: [0, 1, 2, 3], nodeReach: 2, zoneReach: 1 });
      const before = circle.total();
      assertEquals(repair(circle, owners), 300);
      assert(circle.total() > 0 && circle.total() < before);
    },
  ),
];
