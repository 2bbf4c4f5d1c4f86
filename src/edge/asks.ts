/**
 * The clients that wait for an answer of the node, by ticket.
 *
 * @module
 */
import type { Reply } from "../protocol/effect.ts";
import type { Failure } from "../protocol/error.ts";
import type { Ticket } from "../protocol/event.ts";

/** Who waits. Each is answered once. */
export class Asks {
  readonly #waiting = new Map<Ticket, (reply: Reply) => void>();
  #whenNone: (() => void)[] = [];

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Somebody waits from now on. */
  open(ticket: Ticket): Promise<Reply> {
    return new Promise((resolve) => this.#waiting.set(ticket, resolve));
  }

  /** Answers one. @throws {Error} If nobody waits with this ticket: it has been answered, or never was. */
  answer(ticket: Ticket, reply: Reply): void {
    const resolve = this.#waiting.get(ticket);
    if (resolve === undefined) throw new Error(`Cannot answer ticket ${ticket}: nobody waits`);
    this.#waiting.delete(ticket);
    resolve(reply);
    if (this.#waiting.size === 0) this.#tellNone();
  }

  /** Answers all of them alike. */
  answerAll(why: Failure): void {
    for (const resolve of this.#waiting.values()) resolve(why);
    this.#waiting.clear();
    this.#tellNone();
  }

  /** Resolves when nobody waits, or after `withinMs`. */
  async none({ withinMs }: { readonly withinMs: number }): Promise<void> {
    if (this.#waiting.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenNone.push(resolve);
    const timeIsUp = setTimeout(resolve, withinMs);
    await promise;
    clearTimeout(timeIsUp);
  }

  #tellNone(): void {
    for (const tell of this.#whenNone) tell();
    this.#whenNone = [];
  }
}
