/**
 * What has been spent of a scope's budgets, and what time it is.
 *
 * @module
 */
import { Interner } from "./interner.ts";
import { BEGIN_MS } from "./place.ts";
import type { Scope } from "./scope.ts";

/** What a scope limits, other than the shape of the world. */
export const SPENT = [
  ...["puts", "deletes", "gets", "crashes", "wipes", "damages"],
  ...["losses", "doubles", "refusals", "failures", "timers"],
] as const satisfies readonly (keyof Scope)[];
/** One of them. */
export type Spent = typeof SPENT[number];

/** The time, and how often each has happened. */
export type Ledger = { readonly [Kind in Spent]: number } & { readonly nowMs: number };

/** All ledgers that there were. */
export class Ledgers {
  readonly #known = new Interner<Ledger>();
  readonly #spends: Map<string, number>[] = [];

  /** The number of a ledger. */
  of(ledger: Ledger): number {
    return this.#known.of([ledger.nowMs, ...SPENT.map((kind) => ledger[kind])].join(), ledger);
  }

  /** The first: nothing is spent. */
  first(): number {
    const none = Object.fromEntries(SPENT.map((kind) => [kind, 0])) as Record<Spent, number>;
    return this.of({ ...none, nowMs: BEGIN_MS });
  }

  /** A ledger. */
  at(id: number): Ledger {
    return this.#known.at(id);
  }

  /** The ledger after one more of these has happened. */
  spend(id: number, kind: Spent): number {
    const spends = this.#spends[id] ??= new Map();
    let next = spends.get(kind);
    if (next === undefined) {
      const ledger = this.at(id);
      next = this.of({ ...ledger, [kind]: ledger[kind] + 1 });
      spends.set(kind, next);
    }
    return next;
  }

  /** The ledger after a timer has fired that was due at `atMs`. */
  fire(id: number, atMs: number): number {
    const ledger = this.at(this.spend(id, "timers"));
    return this.of({ ...ledger, nowMs: Math.max(ledger.nowMs, atMs) });
  }
}
