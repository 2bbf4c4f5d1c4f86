/**
 * The unbounded laws as tests: Z3 finds no counterexample to a law, and does find one to each of its slips.
 *
 * Z3 is WebAssembly, imported as bytes, so that it needs no permission. It runs in workers, which end with the last test.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { init, killThreads } from "z3-solver";
import wasmBinary from "z3-solver/build/z3-built.wasm" with { type: "bytes" };
import { laws as clock } from "./clock.ts";
import { laws as container } from "./container.ts";
import { laws as quorum } from "./quorum.ts";

const { Context, em } = await init({ wasmBinary });
const z3 = Context("rotor");
Deno.test.afterAll(() => killThreads(em));

for (const { ids, name, prove, slips } of [...quorum, ...clock, ...container]) {
  Deno.test(`${ids.join(" ")} proved: ${name}`, async () => {
    assertEquals(await prove(z3), "proved");
  });
  for (const slip of slips) {
    Deno.test(`${ids.join(" ")} refuted: ${slip.name}`, async () => {
      assertNotEquals(await slip.prove(z3), "proved");
    });
  }
}
