/**
 * How the program ends: its exit codes, and the refusal that carries one.
 *
 * Every refusal is one clear sentence on stderr, and a code that a script can tell apart. Anything else that is thrown
 * is a fault of rotor, and shows its stack.
 *
 * @module
 */

/** Exit codes of every command. */
export const EXIT = {
  /** It was done. */
  ok: 0,
  /** It was asked for well, and could not be done. */
  failed: 1,
  /** It was asked for badly: the command line, the environment, the configuration, a request that a node answers 400. */
  usage: 2,
  /** `get`, `delete`: the key holds nothing. */
  notFound: 3,
  /** `get`: the key holds more than one version, for the caller to reconcile. */
  siblings: 4,
  /** Whoever read the output has gone: what a shell says of a process that SIGPIPE has ended. */
  brokenPipe: 141,
} as const;

/** One of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What the program could not do, in one sentence without a final period. */
export class Refusal extends Error {
  override name = "Refusal";
  /** What the process ends with. */
  readonly code: ExitCode;

  /** A refusal that ends the process with `code`. */
  constructor(sentence: string, code: ExitCode = EXIT.failed) {
    super(sentence);
    this.code = code;
  }
}
