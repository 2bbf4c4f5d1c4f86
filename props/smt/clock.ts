/**
 * Version vectors over any actors and any counters (paper, section 4.4).
 *
 * A clock is a function from actors to numbers from 0 on, of which nothing else is known; there may be any number of
 * actors, infinitely many too. What `src/version/version_vector.ts` computes with loops over entries is here said of one
 * actor at a time.
 *
 * @module
 */
import type { Arith } from "z3-solver";
import {
  type Claim,
  type Formula,
  type Thing,
  unbounded,
  type UnboundedLaw,
  type Z3,
} from "./unbounded.ts";

/** Whoever can be in a clock. */
export type Actor = Thing;
/** How many events of an actor have been seen. */
export type Clock = (actor: Actor) => Arith<"rotor">;

/** Clocks in Z3's terms. */
export interface Clocks {
  /** Any clock at all. */
  readonly clock: (name: string) => Clock;
  /** Any actor. */
  readonly actor: (name: string) => Actor;
  /** What holds of every clock that was made by `clock`. */
  readonly premises: () => Claim;
  readonly forAllActors: (claim: (actor: Actor) => Claim) => Claim;
  readonly equal: (a: Clock, b: Clock) => Claim;
  readonly descends: (a: Clock, b: Clock) => Claim;
  readonly merge: (a: Clock, b: Clock) => Clock;
  readonly increment: (clock: Clock, by: Actor) => Clock;
}

/** The vocabulary of the laws of clocks. */
export function clocks(z3: Z3): Clocks {
  const sort = z3.Sort.declare("Actor");
  const made: Clock[] = [];
  const actor = (name: string): Actor => z3.Const(name, sort);
  const forAllActors: Clocks["forAllActors"] = (claim) => {
    const any = z3.FreshConst(sort, "actor"); // fresh, so that one may stand inside another
    return z3.ForAll([any], claim(any));
  };
  return {
    actor,
    forAllActors,
    clock: (name) => {
      const counter = z3.Function.declare(name, sort, z3.Int.sort());
      const clock: Clock = (actor) => counter.call(actor) as Arith<"rotor">;
      made.push(clock);
      return clock;
    },
    premises: () => z3.And(...made.map((clock) => forAllActors((x) => clock(x).ge(0)))),
    equal: (a, b) => forAllActors((x) => a(x).eq(b(x))),
    descends: (a, b) => forAllActors((x) => a(x).ge(b(x))),
    merge: (a, b) => (x) => z3.If(a(x).ge(b(x)), a(x), b(x)) as Arith<"rotor">,
    increment: (clock, by) => (x) => z3.If(x.eq(by), clock(x).add(1), clock(x)) as Arith<"rotor">,
  };
}

/** A law about three clocks that may be any. */
function about(
  claim: (
    z3: Z3,
    of: Clocks & { readonly a: Clock; readonly b: Clock; readonly c: Clock },
  ) => Claim,
): Formula {
  return (z3) => {
    const of = clocks(z3);
    const [a, b, c] = [of.clock("a"), of.clock("b"), of.clock("c")];
    return z3.Implies(of.premises(), claim(z3, { ...of, a, b, c }));
  };
}

/** The unbounded laws of clocks. */
export const laws: readonly UnboundedLaw[] = [
  unbounded(
    "V2",
    "descends is reflexive, transitive, and antisymmetric: a partial order",
    about((z3, { a, b, c, descends, equal }) =>
      z3.And(
        descends(a, a),
        z3.Implies(z3.And(descends(a, b), descends(b, c)), descends(a, c)),
        z3.Implies(z3.And(descends(a, b), descends(b, a)), equal(a, b)),
      )
    ),
    {
      "it is total: one of two clocks descends the other": about((z3, { a, b, descends }) =>
        z3.Or(descends(a, b), descends(b, a))
      ),
    },
  ),

  unbounded(
    "V5",
    "merge descends both its arguments, and every clock that does descends the merge",
    about((z3, { a, b, c, descends, merge }) =>
      z3.And(
        descends(merge(a, b), a),
        descends(merge(a, b), b),
        z3.Implies(z3.And(descends(c, a), descends(c, b)), descends(c, merge(a, b))),
      )
    ),
    {
      "the sum of the counters does as well as the greater": about((z3, { a, b, c, descends }) =>
        z3.Implies(z3.And(descends(c, a), descends(c, b)), descends(c, (x) => a(x).add(b(x))))
      ),
    },
  ),

  unbounded(
    "V6",
    "merge is commutative, associative and idempotent, and its unit is the clock of zeros",
    about((z3, { a, b, c, equal, merge }) =>
      z3.And(
        equal(merge(a, b), merge(b, a)),
        equal(merge(merge(a, b), c), merge(a, merge(b, c))),
        equal(merge(a, a), a),
        equal(merge(a, () => z3.Int.val(0)), a),
      )
    ),
    {
      "where two clocks are equal the merge counts one more": about((z3, { a, b, c, equal }) => {
        const merge = (a: Clock, b: Clock): Clock => (x) =>
          z3.If(a(x).gt(b(x)), a(x), z3.If(b(x).gt(a(x)), b(x), a(x).add(1))) as Arith<"rotor">;
        return equal(merge(merge(a, b), c), merge(a, merge(b, c)));
      }),
    },
  ),

  unbounded(
    "V7",
    "increment strictly dominates, and touches no other actor",
    about((z3, { a, actor, descends, forAllActors, increment }) => {
      const by = actor("by");
      const after = increment(a, by);
      return z3.And(
        descends(after, a),
        z3.Not(descends(a, after)),
        forAllActors((x) => z3.Implies(x.neq(by), after(x).eq(a(x)))),
      );
    }),
    {
      "an increment dominates every clock that it did not descend before": about((
        z3,
        { a, b, actor, descends, increment },
      ) => z3.Implies(z3.Not(descends(a, b)), descends(increment(a, actor("by")), b))),
    },
  ),

  // Whoever increments a clock after it met another gets a clock that descends both: a put by a reader of two siblings.
  unbounded(
    "V5 V7",
    "what is written after a merge dominates all that was merged",
    about((z3, { a, b, actor, descends, increment, merge }) => {
      const after = increment(merge(a, b), actor("by"));
      return z3.And(
        descends(after, a),
        z3.Not(descends(a, after)),
        descends(after, b),
        z3.Not(descends(b, after)),
      );
    }),
    {
      "it dominates what others have written since": about((
        _z3,
        { a, b, c, actor, descends, increment, merge },
      ) => descends(increment(merge(a, b), actor("by")), increment(c, actor("other")))),
    },
  ),

  unbounded(
    "V9",
    "a merge has seen an event exactly if one of its arguments has",
    about((z3, { a, b, actor, merge }) => {
      const by = actor("by");
      const counter = z3.Int.const("counter");
      const seenBy = (clock: Clock) => clock(by).ge(counter);
      return z3.Iff(seenBy(merge(a, b)), z3.Or(seenBy(a), seenBy(b)));
    }),
    {
      "it has seen an event exactly if both have": about((z3, { a, b, actor, merge }) => {
        const by = actor("by");
        const counter = z3.Int.const("counter");
        const seenBy = (clock: Clock) => clock(by).ge(counter);
        return z3.Iff(seenBy(merge(a, b)), z3.And(seenBy(a), seenBy(b)));
      }),
    },
  ),

  // To cut a clock is to set actors to 0 (section 4.4). The cut clock may still be descended by one that never saw it.
  unbounded(
    "V11",
    "a clock that was cut descends nothing that it did not descend before",
    about((z3, { a, b, c, descends, forAllActors }) => {
      const isCut = forAllActors((x) => z3.Or(c(x).eq(a(x)), c(x).eq(0)));
      return z3.Implies(z3.And(isCut, descends(c, b)), descends(a, b));
    }),
    {
      "and nothing descends it that did not before": about(
        (z3, { a, b, c, descends, forAllActors }) => {
          const isCut = forAllActors((x) => z3.Or(c(x).eq(a(x)), c(x).eq(0)));
          return z3.Implies(z3.And(isCut, descends(b, c)), descends(b, a));
        },
      ),
    },
  ),
];
