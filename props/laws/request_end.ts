/**
 * Whether a request has ended, beside whether the oracle says that it is due.
 *
 * @module
 */
import type { Reply } from "../../src/protocol/effect.ts";

/**
 * A request has an answer exactly if it is due.
 *
 * @throws {Error} That says which of the two it is that was wanted, and with what it has ended.
 */
export function demandEnd(reply: Reply | undefined, isDue: boolean): void {
  if ((reply !== undefined) === isDue) return;
  throw new Error(
    reply === undefined
      ? "the request has not ended, though the oracle says that it must have"
      : `the request has ended, though the oracle says that it is open: ${JSON.stringify(reply)}`,
  );
}
