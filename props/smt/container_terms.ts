/**
 * Causal containers in Z3's terms: the words that `container.ts` speaks of them with.
 *
 * The history is a relation: which dots the client of each put had seen. Z3 may choose any, with any actors and counters.
 *
 * @module
 */
import type { Arith } from "z3-solver";
import { type Actor, type Clock, type Clocks, clocks } from "./clock.ts";
import type { Claim, Formula, Thing, Z3 } from "./unbounded.ts";

/** The event that wrote a version. */
export type Dot = Thing;

/** What one replica holds of a key. */
export interface Container {
  readonly clock: Clock;
  /** True of the dots that are live. */
  readonly live: (dot: Dot) => Claim;
}

/** Containers in Z3's terms. */
export interface Containers extends Clocks {
  readonly a: Container;
  readonly b: Container;
  readonly c: Container;
  readonly dot: (name: string) => Dot;
  readonly actorOf: (dot: Dot) => Actor;
  readonly counterOf: (dot: Dot) => Arith<"rotor">;
  readonly forAllDots: (claim: (dot: Dot) => Claim) => Claim;
  readonly covers: (clock: Clock, dot: Dot) => Claim;
  readonly sync: (a: Container, b: Container) => Container;
  readonly same: (a: Container, b: Container) => Claim;
  /** The history: the client that wrote `by` had seen `dot`. */
  readonly kills: (by: Dot, dot: Dot) => Claim;
  /** The clock has seen an event whose client had seen `dot`. */
  readonly overwritten: (clock: Clock, dot: Dot) => Claim;
  /** What is live has been seen (invariant 2). */
  readonly sound: (container: Container) => Claim;
  /** A put with that dot, by a client that has seen that clock. */
  readonly write: (held: Container, seen: Clock, dot: Dot) => Container;
  /** With each event in it, the clock has all that the event's client had seen. */
  readonly closed: (clock: Clock) => Claim;
  /** Invariant I1: closed, and live is what has been seen and was killed by nothing that has been seen. */
  readonly whole: (container: Container) => Claim;
}

/** The vocabulary of the laws of containers. */
function containers(z3: Z3): Containers {
  const of = clocks(z3);
  const sort = z3.Sort.declare("Dot");
  const actor = z3.Function.declare("actorOf", sort, of.actor("any").sort);
  const counter = z3.Function.declare("counterOf", sort, z3.Int.sort());
  const killed = z3.Function.declare("kills", sort, sort, z3.Bool.sort());

  const dot = (name: string): Dot => z3.Const(name, sort);
  const actorOf = (dot: Dot) => actor.call(dot) as Actor;
  const counterOf = (dot: Dot) => counter.call(dot) as Arith<"rotor">;
  const kills = (by: Dot, dot: Dot) => killed.call(by, dot) as Claim;
  const covers = (clock: Clock, dot: Dot) => clock(actorOf(dot)).ge(counterOf(dot));
  const fresh = (): Dot => z3.FreshConst(sort, "dot");
  const forAllDots = (claim: (dot: Dot) => Claim) => {
    const d = fresh();
    return z3.ForAll([d], claim(d));
  };
  const forAllPairs = (claim: (d: Dot, e: Dot) => Claim) => {
    const [d, e] = [fresh(), fresh()];
    return z3.ForAll([d, e], claim(d, e));
  };

  const container = (name: string): Container => {
    const live = z3.Function.declare(`live_${name}`, sort, z3.Bool.sort());
    return { clock: of.clock(name), live: (dot) => live.call(dot) as Claim };
  };
  const sync: Containers["sync"] = (a, b) => ({
    clock: of.merge(a.clock, b.clock),
    live: (d) =>
      z3.Or(
        z3.And(a.live(d), b.live(d)),
        z3.And(a.live(d), z3.Not(covers(b.clock, d))),
        z3.And(b.live(d), z3.Not(covers(a.clock, d))),
      ),
  });
  const closed = (clock: Clock) =>
    forAllPairs((d, e) => z3.Implies(z3.And(covers(clock, e), kills(e, d)), covers(clock, d)));
  const overwritten = (clock: Clock, d: Dot) => {
    const by = fresh();
    return z3.Exists([by], z3.And(covers(clock, by), kills(by, d)));
  };
  return {
    ...of,
    a: container("a"),
    b: container("b"),
    c: container("c"),
    dot,
    actorOf,
    counterOf,
    forAllDots,
    covers,
    kills,
    overwritten,
    closed,
    sync,
    // A dot's counter is at least 1, and its actor and counter name it.
    premises: () =>
      z3.And(
        of.premises(),
        forAllDots((d) => counterOf(d).ge(1)),
        forAllPairs((d, e) =>
          z3.Implies(
            z3.And(actorOf(d).eq(actorOf(e)), counterOf(d).eq(counterOf(e))),
            d.eq(e),
          )
        ),
      ),
    same: (a, b) => z3.And(of.equal(a.clock, b.clock), forAllDots((d) => a.live(d).eq(b.live(d)))),
    sound: ({ clock, live }) => forAllDots((d) => z3.Implies(live(d), covers(clock, d))),
    write: (held, seen, put) => {
      const known = sync(held, { clock: seen, live: () => z3.Bool.val(false) });
      return {
        clock: (x) => z3.If(x.eq(actorOf(put)), counterOf(put), known.clock(x)) as Arith<"rotor">,
        live: (d) => z3.Or(d.eq(put), known.live(d)),
      };
    },
    whole: ({ clock, live }) =>
      z3.And(
        closed(clock),
        forAllDots((d) => live(d).eq(z3.And(covers(clock, d), z3.Not(overwritten(clock, d))))),
      ),
  };
}

/** A law about three containers that may be any. */
export function about(claim: (z3: Z3, of: Containers) => Claim): Formula {
  return (z3) => {
    const of = containers(z3);
    return z3.Implies(of.premises(), claim(z3, of));
  };
}
