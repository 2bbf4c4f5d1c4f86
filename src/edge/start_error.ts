/**
 * Why a node cannot be started, for the operator.
 *
 * @module
 */

/** A node that cannot be started as it was wanted. The message is one sentence. */
export class StartError extends Error {
  override name = "StartError";
}
