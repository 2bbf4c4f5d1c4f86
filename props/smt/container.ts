/**
 * The causal container over any dots: which of its laws need which invariant.
 *
 * A container is a clock and the set of dots that are live. Of a dot, a container either has not seen it, or holds it
 * live, or has seen it and holds it no more. To sync is, for each dot, to take the one of the two that is later in this
 * order: so it is commutative, associative and idempotent for *any* pairs of a clock and a set, whether or not they keep an
 * invariant (not even that what is live has been seen).
 *
 * What needs invariant I1 is that the result *means* something. Let the history say of each put which dots its client had
 * seen: those it **kills**. I1 says that a container which has seen a put holds that put's whole effect. Then what is
 * live follows from what has been seen, so that equal clocks mean equal live dots (I2), and both sync and a put keep I1,
 * if the put's dot is the very next of its actor and its context is one that a container could have given (downward closed:
 * a context that was cut is not).
 *
 * Here an event is a dot, and Z3 may choose any actors, counters and histories. It is the mathematics of
 * `src/version/siblings.ts`.
 *
 * @module
 */
import type { Arith } from "z3-solver";
import type { Clocks } from "./clock.ts";
import { about, type Container, type Containers } from "./container_terms.ts";
import { type Claim, type Formula, unbounded, type UnboundedLaw, type Z3 } from "./unbounded.ts";

/** The unbounded laws of causal containers. */
export const laws: readonly UnboundedLaw[] = [
  // No premise at all: for each dot, sync takes the later of unknown, live but unseen, live, gone.
  unbounded(
    "D2",
    "sync is commutative, associative and idempotent, whatever the clocks and the live dots",
    about((z3, { a, b, c, sync, same }) =>
      z3.And(
        same(sync(a, b), sync(b, a)),
        same(sync(sync(a, b), c), sync(a, sync(b, c))),
        same(sync(a, a), a),
      )
    ),
    {
      "so is taking the side whose clock descends the other, and both where they are concurrent":
        about((z3, of) => {
          const { a, b, c, same } = of;
          const sync = byWholeClocks(z3, of);
          return same(sync(sync(a, b), c), sync(a, sync(b, c)));
        }),
    },
  ),

  // Invariant 2 of a container.
  unbounded(
    "D2",
    "if each side has seen what it holds live, so has the sync",
    about((z3, { a, b, sync, sound }) => z3.Implies(z3.And(sound(a), sound(b)), sound(sync(a, b)))),
    {
      "it is enough if one side has": about((z3, { a, b, sync, sound }) =>
        z3.Implies(sound(a), sound(sync(a, b)))
      ),
    },
  ),

  // Why nothing may be cut from a clock: the clock is all that is left of what was overwritten.
  unbounded(
    "D3 V17",
    "what one side has seen and holds no more is not live in the sync",
    about((z3, { a, b, sync, covers, dot }) => {
      const d = dot("gone");
      return z3.Implies(z3.And(covers(b.clock, d), z3.Not(b.live(d))), z3.Not(sync(a, b).live(d)));
    }),
    {
      "not even if actors of which nothing is live are cut from that side's clock afterwards":
        about((z3, { a, b, c, sync, covers, dot, actorOf, forAllActors, forAllDots }) => {
          const d = dot("gone");
          const isCut = forAllActors((x) =>
            z3.Or(
              c.clock(x).eq(b.clock(x)),
              z3.And(
                c.clock(x).eq(0),
                forAllDots((d) => z3.Implies(actorOf(d).eq(x), z3.Not(b.live(d)))),
              ),
            )
          );
          const after = { clock: c.clock, live: b.live };
          return z3.Implies(
            z3.And(isCut, covers(b.clock, d), z3.Not(b.live(d))),
            z3.Not(sync(a, after).live(d)),
          );
        }),
    },
  ),

  // I1 implies I2.
  unbounded(
    "D13",
    "with I1, equal clocks mean equal live dots",
    about((z3, { a, b, equal, same, whole }) =>
      z3.Implies(z3.And(whole(a), whole(b), equal(a.clock, b.clock)), same(a, b))
    ),
    {
      "they do if only each side has seen what it holds live": about((
        z3,
        { a, b, equal, same, sound },
      ) => z3.Implies(z3.And(sound(a), sound(b), equal(a.clock, b.clock)), same(a, b))),
    },
  ),

  unbounded(
    "V14 D17",
    "sync keeps I1",
    about((z3, { a, b, sync, whole }) => z3.Implies(z3.And(whole(a), whole(b)), whole(sync(a, b)))),
    {
      "I2 alone is enough: if equal clocks mean equal live dots among three, then among the sync of two and the third":
        about((z3, { a, b, c, equal, sync, same, sound }) => {
          const agree = (x: Container, y: Container) =>
            z3.Implies(equal(x.clock, y.clock), same(x, y));
          return z3.Implies(
            z3.And(sound(a), sound(b), sound(c), agree(a, b), agree(a, c), agree(b, c)),
            agree(sync(a, b), c),
          );
        }),
    },
  ),

  // I1 in plain words; the slip shows that there are containers of which it says something.
  unbounded(
    "D7",
    "with I1, what is live in a sync is what either side has seen and neither has seen overwritten",
    about((z3, { a, b, sync, whole, covers, overwritten, forAllDots }) =>
      z3.Implies(
        z3.And(whole(a), whole(b)),
        forAllDots((d) => {
          const seen = z3.Or(covers(a.clock, d), covers(b.clock, d));
          const gone = z3.Or(overwritten(a.clock, d), overwritten(b.clock, d));
          return sync(a, b).live(d).eq(z3.And(seen, z3.Not(gone)));
        }),
      )
    ),
    {
      "what either side holds live is live in the sync": about((z3, { a, b, sync, whole, dot }) => {
        const d = dot("written");
        return z3.Implies(z3.And(whole(a), whole(b), a.live(d)), sync(a, b).live(d));
      }),
    },
  ),

  // So a replica that descends all others holds what all of them together hold.
  unbounded(
    "D17",
    "with I1, sync is the least upper bound in the order of the clocks: who descends both sides has nothing to learn",
    about((z3, { a, b, c, descends, sync, same, whole }) =>
      z3.Implies(
        z3.And(
          whole(a),
          whole(b),
          whole(c),
          descends(c.clock, a.clock),
          descends(c.clock, b.clock),
        ),
        same(sync(c, sync(a, b)), c),
      )
    ),
    {
      "it is if only each side has seen what it holds live": about((
        z3,
        { a, c, descends, sync, same, sound },
      ) =>
        z3.Implies(
          z3.And(sound(a), sound(c), descends(c.clock, a.clock)),
          same(sync(c, a), c),
        )
      ),
    },
  ),

  unbounded(
    "D4 D16",
    "a put takes away what its context covers, keeps all else, and is live",
    about((z3, { a, c, write, covers, dot, forAllDots }) => {
      const put = dot("put");
      const after = write(a, c.clock, put);
      return z3.And(
        after.live(put),
        forAllDots((d) =>
          z3.Implies(
            d.neq(put),
            after.live(d).eq(z3.And(a.live(d), z3.Not(covers(c.clock, d)))),
          )
        ),
      );
    }),
    {
      "the put can be synced in as a container that has seen only its dot, and its actor's earlier versions stay":
        about((z3, { a, sync, covers, actorOf, counterOf, dot }) => {
          const [put, earlier] = [dot("put"), dot("earlier")];
          const alone: Container = {
            clock: (x) => z3.If(x.eq(actorOf(put)), counterOf(put), 0) as Arith<"rotor">,
            live: (d) => d.eq(put),
          };
          return z3.Implies(
            z3.And(a.live(earlier), z3.Not(covers(a.clock, put))),
            sync(a, alone).live(earlier),
          );
        }),
    },
  ),

  unbounded(
    "V14",
    "a put keeps I1, if its dot is the very next of its actor and its context is downward closed",
    put({ next: true, closed: true }),
    {
      "any dot will do that is new to the container": put({ next: false, closed: true }),
      "any context will do, one that was cut for instance": put({ next: true, closed: false }),
    },
  ),
];

/** A put in the history, by a client that had seen `c`'s clock, at a coordinator that holds `a`, keeps I1. */
function put(premise: { readonly next: boolean; readonly closed: boolean }): Formula {
  return about((z3, of) => {
    const { a, c, write, covers, closed, counterOf, actorOf, dot, forAllDots, kills, whole } = of;
    const put = dot("put");
    const held = a.clock(actorOf(put));
    return z3.Implies(
      z3.And(
        whole(a),
        premise.closed ? closed(c.clock) : true,
        premise.next ? counterOf(put).eq(held.add(1)) : counterOf(put).gt(held),
        z3.Not(covers(c.clock, put)),
        forAllDots((d) => kills(put, d).eq(covers(c.clock, d))),
      ),
      whole(write(a, c.clock, put)),
    );
  });
}

/** The merge of stores with one clock a key and no dots: the later clock wins, and concurrent ones keep all. */
function byWholeClocks(z3: Z3, { descends, merge }: Clocks): Containers["sync"] {
  return (a, b) => ({
    clock: merge(a.clock, b.clock),
    live: (d) =>
      z3.If(
        descends(a.clock, b.clock),
        a.live(d),
        z3.If(descends(b.clock, a.clock), b.live(d), z3.Or(a.live(d), b.live(d))),
      ) as Claim,
  });
}
