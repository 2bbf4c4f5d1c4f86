/**
 * Says each trouble once: a full disk fails thousands of writes, and one line about it is enough.
 *
 * @module
 */

/** Takes a line for the operator. */
export type Log = (line: string) => void;

/** One kind of trouble: said when it begins, when its reason changes, and when it is over. */
export class Complaint {
  readonly #log: Log;
  readonly #what: string;
  #reason: string | null = null;

  /** A complaint about `what`, a clause such as "The store cannot be written". */
  constructor(log: Log, what: string) {
    this.#log = log;
    this.#what = what;
  }

  /** It went wrong. Gives the reason, in words. */
  raise(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#reason) this.#log(`${this.#what}: ${reason}`);
    this.#reason = reason;
    return reason;
  }
  /** It went well. */
  settle(): void {
    if (this.#reason !== null) this.#log(`${this.#what}: this is over`);
    this.#reason = null;
  }
}
