/**
 * Laws as tests: each law is one test, named by its ids and its sentence.
 *
 * In the test command every law draws the same cases each time, by a seed that is made of its title: the same tree gives
 * the same result, and what a law demands that its cases reach is reached or is not. Fresh cases are drawn by
 * `deno task props`, as many as one likes.
 *
 * @module
 */
import { hold, type Law, titleOf } from "./law.ts";

/** Registers a test for each law. */
export function test(laws: readonly Law[]): void {
  for (const law of laws) {
    const title = titleOf(law);
    Deno.test(title, () => hold(law, { seed: seedOf(title) }));
  }
}

/** A number that follows from a text: 32 bits of FNV-1a. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
