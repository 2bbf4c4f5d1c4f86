/**
 * The network: which messages are on their way, each with the process that it is for. An unordered bag, by its number.
 *
 * @module
 */
import { Interner, Memo } from "./interner.ts";

/** One message on its way. */
export interface Flight {
  /** The number of what is said, by whom and to whom. */
  readonly said: number;
  /** Which node it is for. */
  readonly to: number;
  /** Which of its processes. */
  readonly toBoot: number;
  /** Which node sent it, and which of its processes. */
  readonly from: number;
  readonly fromBoot: number;
  /** When it was sent; 0 where messages have no age. */
  readonly sentMs: number;
}

/** All bags of messages that there were. */
export class Flights {
  readonly flights = new Interner<Flight>();
  readonly #bags = new Interner<readonly number[]>();
  readonly #added = new Memo<number>();
  readonly #removed = new Memo<number>();

  /** The empty bag. */
  readonly none: number = this.#bag([]);

  /** The number of a message on its way. */
  of(flight: Flight): number {
    const { said, toBoot, fromBoot, sentMs } = flight;
    return this.flights.of(`${said},${toBoot},${fromBoot},${sentMs}`, flight);
  }

  /** What is in a bag, each as often as it will arrive; equal ones stand together. */
  in(bag: number): readonly number[] {
    return this.#bags.at(bag);
  }

  /** The bag with one more in it. */
  plus(bag: number, flight: number): number {
    return this.#added.of(
      bag,
      flight,
      () => this.#bag([...this.in(bag), flight].sort((a, b) => a - b)),
    );
  }

  /** The bag with one less in it. */
  minus(bag: number, flight: number): number {
    return this.#removed.of(bag, flight, () => {
      const at = this.in(bag).indexOf(flight);
      if (at < 0) throw new Error(`Cannot take ${flight} out of bag ${bag}: it is not in it`);
      return this.#bag(this.in(bag).toSpliced(at, 1));
    });
  }

  /** The bag without those that are not wanted. */
  only(bag: number, wanted: (flight: Flight) => boolean): number {
    return this.#bag(this.in(bag).filter((id) => wanted(this.flights.at(id))));
  }

  #bag(flights: readonly number[]): number {
    return this.#bags.of(flights.join(), flights);
  }
}
