/**
 * The unbounded laws as tests: Z3 finds no counterexample to a law, and does find one to each of its slips.
 *
 * Z3 is WebAssembly, imported as bytes, so that it needs no permission. Its own `check()` runs in a worker, on memory
 * which it shares with this thread; and on this thread, whenever JavaScript collects its garbage, terms of the same Z3
 * context are freed. Nothing keeps the two apart: a proof that met a collection came to nothing, or worse, to a wrong answer.
 * So here Z3 is called directly, and this thread waits: until there is an answer, nothing else happens in Z3's memory.
 *
 * Each proof has a context of its own, so that none depends on those before it. Contexts are kept to the end: once
 * collected, one might be freed before its terms. Each takes 6 MB, of the 2 GB that there are.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { init, killThreads, Z3_lbool } from "z3-solver";
import wasmBinary from "z3-solver/build/z3-built.wasm" with { type: "bytes" };
import { laws as clock } from "./clock.ts";
import { laws as container } from "./container.ts";
import { laws as quorum } from "./quorum.ts";
import type { Check, Prove, Verdict, Z3 } from "./unbounded.ts";

const { Context, em } = await init({ wasmBinary });
const contexts: Z3[] = [];
Deno.test.afterAll(() => killThreads(em)); // of the workers, which it starts whether they are wanted or not

const check: Check = (solver) => {
  switch (em._Z3_solver_check(solver.ctx.ptr, solver.ptr)) {
    case Z3_lbool.Z3_L_TRUE:
      return "sat";
    case Z3_lbool.Z3_L_FALSE:
      return "unsat";
    default:
      return "unknown";
  }
};

function verdictOf(prove: Prove): Verdict {
  const z3 = Context("rotor");
  contexts.push(z3);
  return prove(z3, check);
}

for (const { ids, name, prove, slips } of [...quorum, ...clock, ...container]) {
  Deno.test(`${ids.join(" ")} proved: ${name}`, () => {
    assertEquals(verdictOf(prove), "proved");
  });
  for (const slip of slips) {
    Deno.test(`${ids.join(" ")} refuted: ${slip.name}`, () => {
      assertNotEquals(verdictOf(slip.prove), "proved");
    });
  }
}

Deno.test("a proof takes the same steps again, whatever was proved in between", () => {
  const stepsOf = (prove: Prove) => {
    let steps = 0;
    const z3 = Context("rotor");
    contexts.push(z3);
    prove(z3, (solver) => {
      const said = check(solver);
      steps = solver.statistics().get("rlimit count") as number;
      return said;
    });
    return steps;
  };
  const proofs = container.slice(0, 3).map(({ prove }) => prove);
  const once = proofs.map(stepsOf);
  assert(once.every((steps) => steps > 0), `${once}`);
  assertEquals(proofs.toReversed().map(stepsOf), once.reverse());
});
