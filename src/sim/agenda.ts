/**
 * What is going to happen, and when: virtual time, which jumps from one appointment to the next.
 *
 * Two appointments of one moment happen in the order in which they were made, so that a run is a function of its plan.
 *
 * @module
 */
import TinyQueue from "tinyqueue";

interface Appointment {
  readonly atMs: number;
  readonly order: number;
  readonly happen: () => void;
}

/** Appointments, soonest first. */
export class Agenda {
  readonly #queue = new TinyQueue<Appointment>([], (a, b) => a.atMs - b.atMs || a.order - b.order);
  #order = 0;
  /** The time now, in ms since the world began. */
  nowMs = 0;
  /** How many appointments have been kept. */
  kept = 0;

  /** How many appointments there are. */
  get size(): number {
    return this.#queue.length;
  }
  /** When the next is; infinity if there is none. */
  get nextMs(): number {
    return this.#queue.peek()?.atMs ?? Infinity;
  }

  /** Makes an appointment. What should have happened already happens next. */
  at(atMs: number, happen: () => void): void {
    this.#queue.push({ atMs: Math.max(atMs, this.nowMs), order: this.#order++, happen });
  }
  /** The same, from now. */
  after(afterMs: number, happen: () => void): void {
    this.at(this.nowMs + afterMs, happen);
  }

  /** Lets happen all that is due until then, and all that follows from it. Then it is `untilMs`. */
  run(untilMs: number): void {
    while (this.nextMs <= untilMs) {
      const { atMs, happen } = this.#queue.pop()!;
      this.nowMs = atMs;
      this.kept++;
      happen();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }
}
