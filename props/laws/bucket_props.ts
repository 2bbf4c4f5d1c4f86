/**
 * The laws of bucket properties: the lattice, and machines that set them under loss, duplication, disorder, failing
 * disks and crashes (`props_net.ts`).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compareEntries, PropCells } from "../../src/membership/prop_cells.ts";
import { Props } from "../../src/membership/props.ts";
import type { PropEntry, PropValue, SettableProp } from "../../src/protocol/bucket_props.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import { type Law, random } from "../law.ts";
import { Sometimes } from "./sometimes.ts";
import { NODES, play, someActs } from "./props_net.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G1",
    "joining properties is a join: any order, grouping and repetition gives the same cells",
    (run) => {
      const some = fc.array(someEntry, { maxLength: 12, size: "max" });
      run.forAll(some, some, some, (a, b, c) => {
        const [x, y, z] = [cellsOf(a), cellsOf(b), cellsOf(c)];
        assertEquals(cellsOf(x, y), cellsOf(y, x));
        assertEquals(cellsOf(cellsOf(x, y), z), cellsOf(x, cellsOf(y, z)));
        assertEquals(cellsOf(x, x), x);
        assertEquals(cellsOf(x, []), x);
        // It descends both: in no cell does it hold less than either did.
        for (const entry of [...x, ...y]) {
          const held = cellsOf(x, y).find((one) =>
            one.bucket === entry.bucket && one.prop === entry.prop
          )!;
          assert(compareEntries(held, entry) >= 0);
        }
        // And what one says to be newer is all that the other lacks.
        const mine = new PropCells();
        mine.join(x);
        assertEquals(cellsOf(y, mine.newerThan(y)), cellsOf(x, y));
        assertEquals(mine.join(x), [], "what is held was news");
        return true;
      });
    },
  ),
  random("G1", "in a cell the greatest (counter, node) holds, and null is the default", (run) => {
    run.forAll(fc.array(someEntry, { maxLength: 12, size: "max" }), (entries) => {
      const cells = new PropCells();
      cells.join(entries);
      for (const bucket of ["k", "l"]) {
        const effective = cells.effective("default", bucket, FALLBACK);
        for (const prop of ["r", "w", "allow_mult"] as const) {
          const all = entries.filter((entry) => entry.bucket === bucket && entry.prop === prop);
          const counter = Math.max(...all.map((entry) => entry.counter));
          const last = all.filter((entry) => entry.counter === counter);
          const node = last.map((entry) => entry.node).sort().at(-1);
          const values = last.filter((entry) => entry.node === node).map(({ value }) => value);
          assert(
            all.length === 0
              ? effective[prop] === FALLBACK[prop]
              : values.some((value) => effective[prop] === (value ?? FALLBACK[prop])),
            `${prop}: ${effective[prop]} of ${values}`,
          );
        }
      }
      return true;
    });
  }),
  random(
    "G17",
    "whatever is lost, doubled, late or crashed: once healed, all nodes hold the same properties",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someActs, (acts) => {
        seen.begin();
        const net = play(acts);
        net.heal();
        const [first, ...others] = net.machines;
        for (const { props, disk } of others) {
          assertEquals(props.entries, first!.props.entries);
          assertEquals([...disk], [...first!.disk]);
          for (const bucket of ["k", "l"]) {
            assertEquals(
              props.effective("default", bucket),
              first!.props.effective("default", bucket),
            );
          }
        }
        seen.saw("a set was acknowledged", net.acknowledged);
        seen.saw("all that can be reached, below a majority", net.belowMajority);
        return true;
      });
      seen.demand(400, {
        "a set was acknowledged": 200,
        "all that can be reached, below a majority": 1,
      });
    },
    { runs: 400 },
  ),
  random(
    "S1",
    "an acknowledged set is on a majority, or on all that can be reached, and none is undone",
    (run) => {
      run.forAll(someActs, (acts) => {
        const net = play(acts); // the net asserts, at each answer, on whose disks the entry is
        net.heal();
        for (const { entry, answers } of net.asked) {
          if (!answers.includes("props") || entry === null) continue;
          for (const { disk } of net.machines) {
            const held = disk.find(({ bucket }) => bucket === entry.bucket);
            assert(held && compareEntries(held, entry) >= 0, "an acknowledged set is gone");
          }
        }
        return true;
      });
    },
    { runs: 400 },
  ),
  random("Q14", "every set is answered exactly once, unless its node crashed", (run) => {
    run.forAll(someActs, (acts) => {
      const net = play(acts);
      net.due("deadline");
      for (const { at, boot, answers } of net.asked) {
        const machine = net.machines.find(({ id }) => id === at)!;
        const survived = machine.up && machine.boot === boot;
        assert(survived ? answers.length === 1 : answers.length <= 1, `${answers}`);
      }
      return true;
    });
  }, { runs: 400 }),
];

const someEntry: fc.Arbitrary<PropEntry> = fc.record({
  type: fc.constant("default"),
  bucket: fc.constantFrom("k", "l"),
  prop: fc.constantFrom<SettableProp>("r", "w", "allow_mult"),
  value: fc.constantFrom<PropValue>(1, 2, true, false, "quorum", null),
  counter: fc.integer({ min: 1, max: 3 }),
  node: fc.constantFrom(...NODES),
});

function cellsOf(...lists: PropEntry[][]): PropEntry[] {
  const cells = new PropCells();
  for (const list of lists) cells.join(list);
  return cells.entries();
}

const FALLBACK = new Props({ node: NODES[0]!, config: DEFAULTS, next: () => 0 })
  .effective("default", "none");
