/**
 * Laws as tests: each law is one test, named by its ids and its sentence.
 *
 * @module
 */
import { hold, type Law, titleOf } from "./law.ts";

/** Registers a test for each law. */
export function test(laws: readonly Law[]): void {
  for (const law of laws) Deno.test(titleOf(law), () => hold(law));
}
