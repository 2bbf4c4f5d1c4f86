/**
 * The clients: each does one thing at a time, and remembers what it was last shown.
 *
 * Clients are all alike, so which of them is which does not matter: a row of clients is kept sorted, and of several that
 * know the same only one acts. A client whose node crashes hears nothing, and goes on.
 *
 * @module
 */
import type { Puts } from "./account.ts";
import { Interner } from "./interner.ts";

/** One client. */
export interface Client {
  /** What it waits for; 0 if it is idle. */
  readonly ticket: number;
  /** Whom it asked. */
  readonly at: number;
  /** The number of the container that it was shown last; 0 if none. Its clock is the context. */
  readonly context: number;
  /** The puts that it was shown. */
  readonly seen: Puts;
  /** What had been acknowledged when its get began. */
  readonly before: Puts;
  /** What the answer to its get must show, or cover: the puts of its session. */
  readonly session: Puts;
}

/** A client that has done nothing. */
export const IDLE: Client = { ticket: 0, at: 0, context: 0, seen: 0, before: 0, session: 0 };

/** All rows of clients that there were. */
export class Clients {
  readonly #rows = new Interner<readonly Client[]>();

  /** The number of a row. */
  of(row: readonly Client[]): number {
    const sorted = row.toSorted((a, b) => compareClients(a, b));
    const key = sorted.map(({ ticket, at, context, seen, before, session }) =>
      `${ticket},${at},${context},${seen},${before},${session}`
    ).join(";");
    return this.#rows.of(key, sorted);
  }

  /** The clients of a row. */
  at(row: number): readonly Client[] {
    return this.#rows.at(row);
  }

  /** The row in which the client at a place is another. */
  with(row: number, place: number, client: Client): number {
    return this.of(this.at(row).with(place, client));
  }
}

/** True if both know and do the same. */
export function alike(a: Client, b: Client): boolean {
  return compareClients(a, b) === 0;
}

function compareClients(a: Client, b: Client): number {
  return a.ticket - b.ticket || a.at - b.at || a.context - b.context || a.seen - b.seen ||
    a.before - b.before || a.session - b.session;
}
