/**
 * The laws of vector clocks (paper, section 4.4), for any implementation of them.
 *
 * The oracle is a count for each of four actors, 0 where there is none. Each law is checked on all of a small scope (three
 * actors, counts 0 to 2: 27 clocks, 729 pairs, 19,683 triples, smallest first) and then at random. One clock more has an
 * entry for every name that there is, and in another one actor counts beyond two bytes: what is cut, folded or wraps
 * around shows only there.
 *
 * @module
 */
import fc from "fast-check";
import { example, exhaustive, type Law, random } from "../law.ts";
import type { ClockImplementation, Counts } from "./clock.ts";
import { atLeast, ClockSpace, greatestOf, showCounts } from "./clock_space.ts";
import { demand, demandEqual, demandThrow, inCase } from "./demand.ts";

/** One actor is counted so far, or as far as counts go. */
const FAR = 2 ** 16 + 1;

/**
 * The laws that a vector clock keeps: V1 to V9 and V13.
 *
 * @example A plain object as a clock
 * ```ts
 * import { clockLaws } from "./clock_laws.ts";
 * import { hold } from "../law.ts";
 *
 * type Clock = Record<string, number>;
 * const actors = (...clocks: Clock[]) => clocks.flatMap((clock) => Object.keys(clock));
 * clockLaws<Clock>({
 *   fresh: {},
 *   increment: (clock, actor) => ({ ...clock, [actor]: (clock[actor] ?? 0) + 1 }),
 *   merge: (a, b) =>
 *     Object.fromEntries(actors(a, b).map((x) => [x, Math.max(a[x] ?? 0, b[x] ?? 0)])),
 *   descends: (a, b) => actors(b).every((x) => (a[x] ?? 0) >= (b[x] ?? 0)),
 *   count: (clock, actor) => clock[actor] ?? 0,
 * }).forEach((law) => hold(law));
 * ```
 */
export function clockLaws<Clock>(implementation: ClockImplementation<Clock>): Law[] {
  const laws = [
    ...orderLaws(implementation),
    ...mergeLaws(implementation),
    ...countLaws(implementation),
  ];
  const number = ({ ids }: Law) => Number(ids[0]!.slice(1));
  return laws.sort((a, b) => number(a) - number(b));
}

function orderLaws<Clock>(clocks: ClockImplementation<Clock>): Law[] {
  const space = new ClockSpace(clocks);
  const descends = (a: Clock, b: Clock) => clocks.descends(a, b);
  const laws = [
    random("V1", "descends is pointwise >= of a naive model", (run) => {
      space.forPairs(
        run,
        (a, b, A, B) => demandEqual(descends(a, b), atLeast(A, B), () => "descends"),
      );
    }),
    random("V2", "descends is a partial order and not a total one", (run) => {
      const unordered = space.smallPairs().find(([A, B]) => {
        const [a, b] = [space.build(A), space.build(B)];
        return !descends(a, b) && !descends(b, a);
      });
      demand(
        unordered !== undefined,
        () => "two clocks wanted of which neither descends the other",
      );
      space.forTriples(run, (a, b, c) => {
        demand(descends(a, a), () => "a clock must descend itself");
        const both = descends(a, b) && descends(b, a);
        demand(!both || space.equal(a, b), () => "both descend one another and are not equal");
        const chained = descends(a, b) && descends(b, c);
        return demand(
          !chained || descends(a, c),
          () => "a descends b, which descends c; a does not",
        );
      });
    }),
  ];
  if (clocks.order) {
    laws.push(random("V3", "exactly one of before, after, equal, concurrent holds", (run) => {
      space.forPairs(run, (a, b, A, B) => {
        const [after, before] = [atLeast(A, B), atLeast(B, A)];
        const wanted = after ? (before ? "equal" : "after") : before ? "before" : "concurrent";
        return demandEqual(clocks.order!(a, b), wanted, () => "order");
      });
    }));
  }
  if (clocks.dominates) {
    laws.push(random("V4", "dominates is descends and not the reverse", (run) => {
      space.forPairs(run, (a, b, A, B) => {
        const wanted = atLeast(A, B) && !atLeast(B, A);
        return demandEqual(clocks.dominates!(a, b), wanted, () => "dominates");
      });
    }));
  }
  return laws;
}

function mergeLaws<Clock>(clocks: ClockImplementation<Clock>): Law[] {
  const space = new ClockSpace(clocks);
  const merge = (a: Clock, b: Clock) => clocks.merge(a, b);
  const descends = (a: Clock, b: Clock) => clocks.descends(a, b);
  return [
    random("V5", "merge is the least upper bound", (run) => {
      space.forTriples(run, (a, b, c, all) => {
        const merged = merge(a, b);
        demand(descends(merged, a), () => "a merge must descend its first argument");
        demand(descends(merged, b), () => "a merge must descend its second argument");
        // At random hardly any third clock is above the other two: one that is made of all three is.
        const above = space.build(greatestOf(all));
        const bounds = [c, above].filter((bound) => descends(bound, a) && descends(bound, b));
        return demand(
          bounds.every((bound) => descends(bound, merged)),
          () => "what descends both must descend their merge",
        );
      });
    }),
    random(
      "V6",
      "merge is commutative, associative and idempotent, and fresh is its unit",
      (run) => {
        const same = (one: Clock, other: Clock, what: string) =>
          demandEqual(space.show(one), space.show(other), () => what);
        space.forTriples(run, (a, b, c) => {
          same(merge(a, b), merge(b, a), "merge is commutative");
          same(merge(merge(a, b), c), merge(a, merge(b, c)), "merge is associative");
          same(merge(a, a), a, "merge is idempotent");
          same(merge(a, clocks.fresh), a, "fresh adds nothing");
          return same(merge(clocks.fresh, a), a, "to fresh all is added");
        });
      },
    ),
    random("V6", "merge changes neither of its arguments", (run) => {
      space.forPairs(run, (a, b, A, B) => {
        merge(a, b);
        const before = [space.wanted(A), space.wanted(B)];
        return demandEqual([a, b].map(space.show), before, () => "the arguments of a merge");
      });
    }),
    random("V8", "an actor that was never seen counts 0, and a merge counts the greater", (run) => {
      space.forPairs(run, (a, b, A, B) => {
        demandEqual(space.show(a), space.wanted(A), () => "the counts of a clock");
        const wanted = space.wanted(greatestOf([A, B]));
        return demandEqual(space.show(merge(a, b)), wanted, () => "the counts of a merge");
      });
    }),
  ];
}

function countLaws<Clock>(clocks: ClockImplementation<Clock>): Law[] {
  const space = new ClockSpace(clocks);
  const increment = (clock: Clock, actor: string) => clocks.increment(clock, actor);
  const laws = [
    random(
      "V7",
      "increment dominates strictly, touches its actor alone, changes no argument",
      (run) => {
        space.forClocks(run, (a, A) => {
          for (const actor of space.actors) {
            const more = increment(a, actor);
            const count = A.find(([other]) => other === actor)?.[1] ?? 0;
            const wanted = space.wanted(greatestOf([A, [[actor, count + 1]]]));
            demandEqual(space.show(more), wanted, () => `an increment of ${actor}`);
            const after = clocks.descends(more, a) && !clocks.descends(a, more);
            demand(after, () => "an increment must come after");
            demandEqual(space.show(a), space.wanted(A), () => "the argument of an increment");
          }
          return true;
        });
      },
    ),
    random("V7", "increments of two actors give the same in either order", (run) => {
      space.forClocks(run, (a) => {
        for (const x of space.actors) {
          for (const y of space.actors) {
            const [one, other] = [[x, y], [y, x]].map((turns) => turns.reduce(increment, a));
            demandEqual(space.show(one!), space.show(other!), () => `increments of ${x} and ${y}`);
          }
        }
        return true;
      });
    }),
  ];
  laws.push(farLaw(clocks), manyLaw(clocks));
  if (clocks.entries) laws.push(entriesLaw(clocks, (clock) => clocks.entries!(clock)));
  if (clocks.covers) {
    const dot = fc.tuple(fc.constantFrom(...space.actors), fc.integer({ min: 1, max: 4 }));
    laws.push(
      random("V9", "a clock covers an event if, and only if, its count is at least that", (run) => {
        run.forAll(space.any, dot, (A, [actor, drawn]) => {
          const clock = space.build(A);
          const count = A.find(([other]) => other === actor)?.[1] ?? 0;
          // One that is drawn hardly ever meets a great count; those around the count do.
          for (const counter of [drawn, count - 1, count, count + 1].filter((n) => n > 0)) {
            const covered = clocks.covers!(clock, actor, counter);
            demandEqual(covered, count >= counter, () => `covers event ${counter} of ${actor}`);
          }
          return true;
        });
      }, { runs: 500 }),
    );
  }
  if (clocks.of && clocks.greatest) laws.push(greatestLaw(clocks, clocks.greatest));
  return laws;
}

function farLaw<Clock>(clocks: ClockImplementation<Clock>): Law {
  const [actor, beside] = new ClockSpace(clocks).actors as [string, string];
  const far = Math.min(FAR, clocks.greatest ?? FAR);
  return exhaustive("V7", `each of ${far} increments of one actor counts one more`, () => {
    let clock = clocks.increment(clocks.fresh, beside);
    for (let count = 1; count <= far; count++) {
      inCase(() => {
        const more = clocks.increment(clock, actor);
        demandEqual(clocks.count(more, actor), count, () => `the count of ${actor}`);
        const after = clocks.descends(more, clock) && !clocks.descends(clock, more);
        demand(after, () => "an increment must come after");
        clock = more;
      }, () => `${count} increments of ${actor}`);
    }
    demandEqual(clocks.count(clock, beside), 1, () => `the count of ${beside}`);
  });
}

function manyLaw<Clock>(clocks: ClockImplementation<Clock>): Law {
  const { everyActor } = new ClockSpace(clocks);
  const made = (actors: readonly string[]) =>
    actors.reduce((clock, actor) => clocks.increment(clock, actor), clocks.fresh);
  const demandCounts = (clock: Clock, seen: readonly string[], what: string) => {
    for (const actor of everyActor) {
      const wanted = seen.includes(actor) ? 1 : 0;
      demandEqual(clocks.count(clock, actor), wanted, () => `the count of "${actor}" in ${what}`);
    }
  };
  return exhaustive("V8", `a clock counts each of ${everyActor.length} actors by itself`, () => {
    for (let many = 1; many <= everyActor.length; many++) {
      const seen = everyActor.slice(0, many);
      inCase(() => {
        const clock = made(seen);
        demandCounts(clock, seen, "a clock");
        const [even, odd] = [0, 1].map((rest) => made(seen.filter((_, i) => i % 2 === rest)));
        const merged = clocks.merge(even!, odd!);
        demandCounts(merged, seen, "a merge");
        const equal = clocks.descends(clock, merged) && clocks.descends(merged, clock);
        demand(equal, () => "a merge of the halves of a clock must descend it, and it the merge");
      }, () => `${many} actors, the last of them "${seen.at(-1)}"`);
    }
  });
}

function entriesLaw<Clock>(
  clocks: ClockImplementation<Clock>,
  entries: (clock: Clock) => Counts,
): Law {
  const space = new ClockSpace(clocks);
  const sorted = (counts: Counts) => showCounts([...counts].sort(([x], [y]) => (x < y ? -1 : 1)));
  return random("V8", "equal clocks have equal entries, however they were made", (run) => {
    space.forPairs(run, (a, b, A, B) => {
      const backwards = space.build([...A].reverse());
      demandEqual(entries(backwards), entries(a), () => "the entries of one clock, made twice");
      demand(entries(a).every(([, n]) => n > 0), () => "an actor that was never seen is no entry");
      demandEqual(sorted(entries(a)), sorted(A), () => "the entries");
      const merged = sorted(entries(clocks.merge(a, b)));
      demandEqual(merged, sorted(greatestOf([A, B])), () => "the entries of a merge");
      const same = JSON.stringify(entries(a)) === JSON.stringify(entries(b));
      return demandEqual(same, sorted(A) === sorted(B), () => "equal entries");
    });
  });
}

function greatestLaw<Clock>(clocks: ClockImplementation<Clock>, greatest: number): Law {
  return example("V13", "great counts are compared exactly, and nothing counts beyond", () => {
    const [x, y] = new ClockSpace(clocks).actors as [string, string];
    const [top, below] = [clocks.of!([[x, greatest]]), clocks.of!([[x, greatest - 1], [y, 1]])];
    demand(!clocks.descends(below, top), () => "one less than the greatest is less");
    const merged = clocks.merge(below, top);
    demand(clocks.descends(merged, top), () => "a merge with the greatest descends it");
    const last = clocks.count(clocks.increment(below, x), x);
    demandEqual(last, greatest, () => "the last increment");
    demandThrow(() => clocks.increment(top, x), () => "an increment of the greatest count");
  });
}
