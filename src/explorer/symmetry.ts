/**
 * Nodes to which nothing has happened yet, and which of them need to act.
 *
 * If two nodes are as they began, and the same messages are on their way to each, then to exchange the two (with their
 * seats) changes nothing in the state: nobody has heard of either. What the second could do, the first can, and the worlds
 * that follow are the same but for the names; a law that breaks in one breaks in the other. So the second need not act
 * before the first has.
 *
 * That needs a world in which all nodes hold the key and clients may ask each: an entry node prefers coordinators by
 * their order, which the exchange would turn round.
 *
 * @module
 */
import type { Flights } from "./flights.ts";
import { Memo } from "./interner.ts";
import type { Scope } from "./scope.ts";
import type { Steps } from "./steps.ts";

/** The symmetry of one world. */
export class Symmetry {
  readonly #isThere: boolean;
  readonly #first: readonly number[];
  readonly #flights: Flights;
  readonly #steps: Steps;
  readonly #known = new Memo<number>();

  /** The symmetry of a scope whose nodes begin as the cells `first`. */
  constructor(
    { symmetry, nodes, n, entries }: Scope,
    { first, flights, steps }: {
      readonly first: readonly number[];
      readonly flights: Flights;
      readonly steps: Steps;
    },
  ) {
    this.#isThere = symmetry && nodes === n && (entries === 0 || entries === nodes);
    this.#first = first;
    this.#flights = flights;
    this.#steps = steps;
  }

  /** Which nodes must act in a state, as bits. `bag` is what is on its way. */
  acting(state: readonly number[], bag: number): number {
    const everybody = (1 << this.#first.length) - 1;
    if (!this.#isThere) return everybody;
    let untouched = 0;
    for (let i = 0; i < this.#first.length; i++) {
      if (state[i] === this.#first[i]) untouched |= 1 << i;
    }
    if ((untouched & (untouched - 1)) === 0) return everybody;
    return this.#known.of(bag, untouched, () => this.#actors(bag, untouched));
  }

  #actors(bag: number, untouched: number): number {
    let acting = 0;
    const known = new Set<string>();
    for (let i = 0; i < this.#first.length; i++) {
      const told = (untouched & 1 << i) === 0 ? null : this.#toldTo(i, bag);
      if (told === null || !known.has(told)) acting |= 1 << i;
      if (told !== null) known.add(told);
    }
    return acting;
  }

  /** One name for what is on its way to a node. */
  #toldTo(index: number, bag: number): string {
    return this.#flights.in(bag).map((id) => this.#flights.flights.at(id))
      .filter(({ to }) => to === index)
      .map(({ said, fromBoot }) => `${this.#steps.said.at(said).toAnybody} ${fromBoot}`)
      .sort().join();
  }
}
