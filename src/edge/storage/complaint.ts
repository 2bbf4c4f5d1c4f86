/**
 * Says each trouble once: a full disk fails thousands of writes, and one line about it is enough.
 *
 * @module
 */

/** Takes a line for the operator. */
export type Log = (line: string) => void;

/** The words for one kind of trouble. */
export interface Words {
  /** What cannot be done, such as "Cannot write to the store"; the reason follows. */
  readonly trouble: string;
  /** What is so when it is over, such as "The store can be written to again". */
  readonly over: string;
}

/** One kind of trouble: said when it begins, when its reason changes, and when it is over. */
export class Complaint {
  readonly #log: Log;
  readonly #words: Words;
  #reason: string | null = null;

  /** Nothing to complain about yet. */
  constructor(log: Log, words: Words) {
    this.#log = log;
    this.#words = words;
  }

  /** It went wrong. Gives the reason, in words. */
  raise(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#reason) this.#log(`${this.#words.trouble}: ${reason}`);
    this.#reason = reason;
    return reason;
  }
  /** It went well. */
  settle(): void {
    if (this.#reason !== null) this.#log(this.#words.over);
    this.#reason = null;
  }
}
