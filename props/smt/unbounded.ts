/**
 * What an unbounded law is, and how it is proved.
 *
 * The other laws try cases: many, or all small ones. A few statements are about numbers, maximums and sets alone, and of
 * those an SMT solver (Z3) can prove that they hold for **all** cases: any number of replicas, any number of actors,
 * however large the counters. The proof turns the law around: it asserts that the law does *not* hold, and asks for an
 * example. `unsat` is the answer that there is none.
 *
 * What is proved is the mathematics, written once more in Z3's terms beside the law; that `src/` computes this
 * mathematics is what the laws that try cases are for.
 *
 * A proof from premises that contradict one another proves everything, and proves nothing. So each law stands beside
 * a **slip** or two: the same claim with one thing wrong, of which the solver must find a counterexample. A slip keeps the premises
 * of its law, unless it is one of them that it leaves out or weakens.
 *
 * @module
 */
import type { Bool, Context as Theory, Expr, Sort, Z3_ast } from "z3-solver";

/** Z3, in which terms are made. */
export type Z3 = Theory<"rotor">;
/** A term that is true or false. */
export type Claim = Bool<"rotor">;
/** A term of a sort of which Z3 knows nothing: there may be any number of them. */
export type Thing = Expr<"rotor", Sort<"rotor">, Z3_ast>;

/** There is no counterexample, or here is one. */
export type Verdict = "proved" | { readonly counterexample: string };

/** Looks for a counterexample. */
export type Prove = (z3: Z3, check: Check) => Verdict;

/** A solver to which claims are added. */
export type Solver = InstanceType<Z3["Solver"]>;

/** Whether all that a solver was told can be true at once. It must not return before the answer is there. */
export type Check = (solver: Solver) => "sat" | "unsat" | "unknown";

/** A law for all cases there are. */
export interface UnboundedLaw {
  /** Statements of the catalogue that it proves; the first names it. */
  readonly ids: readonly string[];
  /** What it says, in one plain sentence without a final period. */
  readonly name: string;
  readonly prove: Prove;
  /** Nearly the law, and wrong: each must have a counterexample. */
  readonly slips: readonly { readonly name: string; readonly prove: Prove }[];
}

/** A claim in Z3's terms, with its free constants meant as "for all". */
export type Formula = (z3: Z3) => Claim;

/**
 * The solver gives up after so many of its own steps: then nothing is proved, and the test fails. Steps are counted, and
 * not time, so that a busy machine proves what a quiet one does; and no thread is needed that watches a clock. The
 * longest search takes 34,463 of them.
 */
const MOST_STEPS = 1_000_000;

/**
 * A law for all cases, and its slips by what they say.
 *
 * @throws {Error} If there is no slip: nothing would show that the law can fail.
 */
export function unbounded(
  ids: string,
  name: string,
  law: Formula,
  slips: Readonly<Record<string, Formula>>,
): UnboundedLaw {
  if (Object.keys(slips).length === 0) throw new Error(`${ids} ${name}: it has no slip`);
  return {
    ids: ids.split(" "),
    name,
    prove: proving(law),
    slips: Object.entries(slips).map(([name, law]) => ({ name, prove: proving(law) })),
  };
}

function proving(law: Formula): Prove {
  return (z3, check) => {
    const solver = new z3.Solver();
    solver.set("rlimit", MOST_STEPS);
    solver.add(z3.Not(law(z3)));
    switch (check(solver)) {
      case "unsat":
        return "proved";
      case "sat":
        return { counterexample: solver.model().sexpr() };
      case "unknown":
        throw new Error(
          `Cannot decide: unsat or sat wanted, got unknown (${solver.reasonUnknown()})`,
        );
    }
  };
}
