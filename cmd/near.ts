/**
 * What somebody may have meant.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";

/**
 * The few of `known` that are written most like `word`, the nearest first.
 *
 * @example A letter that was left out
 * ```ts
 * import { nearest } from "./near.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nearest("dlete", ["put", "get", "delete"], 1), ["delete"]);
 * ```
 */
export function nearest(word: string, known: readonly string[], count = 3): string[] {
  const left = [...new Set(known)];
  const near: string[] = [];
  // The distance takes time with the square of the length: no more of a word than could be meant is looked at.
  while (near.length < count && left.length > 0) {
    const next = closestString(word.slice(0, 64), left);
    near.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return near;
}
