/**
 * Quorums by counting, for every N, R and W (paper, section 4.5).
 *
 * The replies to one read and one write sort a range's N seats into four parts: those that answered only the read, only
 * the write, both, or neither. How many stand in each part is all that these laws need.
 *
 * @module
 */
import type { Arith } from "z3-solver";
import { type Claim, type Formula, unbounded, type UnboundedLaw, type Z3 } from "./unbounded.ts";

/** A whole number that may be any. */
type Count = Arith<"rotor">;

/** A read has got R replies and a write W, of N seats. */
interface Answered {
  readonly z3: Z3;
  readonly n: Count;
  readonly r: Count;
  readonly w: Count;
  /** Seats that answered both: if there is one, the read sees the write. */
  readonly both: Count;
  /** Acknowledgements of the write that are of no seat: hints on fallbacks. */
  readonly hinted: Count;
}

/** A law of any read and any write. */
function ofAnswers(claim: (answered: Answered) => Claim): Formula {
  return (z3) => {
    const { onlyRead, onlyWritten, both, neither, hinted } = //
      counts(z3, "onlyRead", "onlyWritten", "both", "neither", "hinted");
    const n = onlyRead.add(onlyWritten).add(both).add(neither);
    const r = onlyRead.add(both);
    const w = onlyWritten.add(both).add(hinted);
    const parts = [onlyRead, onlyWritten, both, neither, hinted];
    return z3.Implies(
      z3.And(...parts.map((part) => part.ge(0))),
      claim({ z3, n, r, w, both, hinted }),
    );
  };
}

/** A law of a request that waits: of N seats some have said yes, some have failed, and some are silent. */
function ofWaiting(
  claim: (counts: Record<"n" | "need" | "failed" | "open", Count>) => Claim,
): Formula {
  return (z3) => {
    const { need, yes, failed, silent } = counts(z3, "need", "yes", "failed", "silent");
    const n = yes.add(failed).add(silent);
    return z3.Implies(
      z3.And(...[need, yes, failed, silent].map((count) => count.ge(0))),
      claim({ n, need, failed, open: yes.add(silent) }),
    );
  };
}

/** The write is at the first W of N seats, the last R are read, and `slack` is by how much R + W may be above N. */
function missed(slack: number): Formula {
  return (z3) => {
    const { n, r, w, seat } = counts(z3, "n", "r", "w", "seat");
    const written = seat.lt(w);
    const read = seat.ge(n.sub(r));
    return z3.Implies(
      z3.And(seat.ge(0), seat.lt(n), r.ge(0), w.ge(0), r.add(w).le(n.add(slack))),
      z3.Not(z3.And(written, read)),
    );
  };
}

/** Quorums of at least `least` that overlap on N seats, cut to the k that there are. */
function cut(least: number): Formula {
  return (z3) => {
    const { n, r, w, k } = counts(z3, "n", "r", "w", "k");
    const cutTo = (quorum: Count) => z3.If(quorum.le(k), quorum, k) as Count;
    return z3.Implies(
      z3.And(k.ge(1), k.le(n), r.ge(least), w.ge(least), r.add(w).gt(n)),
      cutTo(r).add(cutTo(w)).gt(k),
    );
  };
}

/** The unbounded laws of quorums. */
export const laws: readonly UnboundedLaw[] = [
  // |A and B| >= |A| + |B| - N, which is at least 1 if R + W > N.
  unbounded(
    "Q1",
    "R replies and W replies of N seats have at least R + W - N seats in common",
    ofAnswers(({ z3, n, r, w, both, hinted }) =>
      z3.Implies(hinted.eq(0), both.ge(r.add(w).sub(n)))
    ),
    {
      "R + W = N is enough for one seat in common": ofAnswers(({ z3, n, r, w, both, hinted }) =>
        z3.Implies(z3.And(hinted.eq(0), r.add(w).ge(n)), both.ge(1))
      ),
    },
  ),

  // The word `quorum` is floor(N/2) + 1: it meets itself.
  unbounded(
    "Q1",
    "two majorities of N seats have a seat in common",
    ofAnswers(({ z3, n, r, w, both, hinted }) => {
      const majority = n.div(2).add(1);
      return z3.Implies(z3.And(hinted.eq(0), r.ge(majority), w.ge(majority)), both.ge(1));
    }),
    {
      "half of the seats, rounded up, is a majority": ofAnswers(({ z3, n, r, w, both, hinted }) => {
        const half = n.add(1).div(2);
        return z3.Implies(z3.And(hinted.eq(0), n.ge(1), r.ge(half), w.ge(half)), both.ge(1));
      }),
    },
  ),

  // The converse, with the seats named: where R + W <= N, a stale read is always possible.
  unbounded(
    "Q2",
    "if R + W <= N, a read of the last R seats misses a write to the first W",
    missed(0),
    { "it misses it if R + W = N + 1": missed(1) },
  ),

  // A strict request has lost as soon as those that may still say yes are too few, and not before.
  unbounded(
    "Q5",
    "a quorum of N seats is out of reach exactly from the (N - need + 1)th failure on",
    ofWaiting(({ n, need, failed, open }) => open.lt(need).eq(failed.ge(n.sub(need).add(1)))),
    {
      "it is out of reach from the (N - need)th failure on": ofWaiting((
        { n, need, failed, open },
      ) => open.lt(need).eq(failed.ge(n.sub(need)))),
    },
  ),

  // A hint lies where no read asks. It is what a sloppy quorum pays with, until the hint is delivered.
  unbounded(
    "Q16",
    "if h of the W are hints, a read sees the write wherever R + W > N + h",
    ofAnswers(({ z3, n, r, w, both, hinted }) =>
      z3.Implies(r.add(w).gt(n.add(hinted)), both.ge(1))
    ),
    {
      "R + W > N is enough, hints or not": ofAnswers(({ z3, n, r, w, both }) =>
        z3.Implies(r.add(w).gt(n), both.ge(1))
      ),
    },
  ),

  // A cluster with fewer members than n_val has k seats, and default quorums give way to that.
  unbounded(
    "G23",
    "quorums that overlap on N seats still do when both are cut to the k <= N that there are",
    cut(1),
    { "they do even if one of them is 0": cut(0) },
  ),
];

function counts<Name extends string>(z3: Z3, ...names: Name[]): Record<Name, Count> {
  return Object.fromEntries(names.map((name) => [name, z3.Int.const(name)])) as Record<Name, Count>;
}
