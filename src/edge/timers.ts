/**
 * The alarm clocks of one node: each of its timers, by name, on the machine's clock.
 *
 * A timer never rings before its time by the node's own clock, although `setTimeout` may, and one that is cancelled or
 * moved never rings for its former time.
 *
 * @module
 */
import { type Timer, timerKey } from "../protocol/event.ts";
import type { Clock } from "./clock.ts";

/** `setTimeout` takes no longer wait; a timer that is further away is set again when this is over. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** The timers that are set. */
export class Timers {
  readonly #clock: Clock;
  readonly #ring: (timer: Timer) => void;
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();

  /** No timers yet. `ring` is called with each that is due. */
  constructor(clock: Clock, ring: (timer: Timer) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Sets a timer, or moves it if it is set. */
  set(timer: Timer, atMs: number): void {
    const key = timerKey(timer);
    clearTimeout(this.#waiting.get(key));
    const waitMs = Math.ceil(atMs - this.#clock.now().monoMs);
    const due = setTimeout(() => {
      if (this.#clock.now().monoMs < atMs) return this.set(timer, atMs);
      this.#waiting.delete(key);
      this.#ring(timer);
    }, Math.min(Math.max(waitMs, 0), MAX_WAIT_MS));
    this.#waiting.set(key, due);
  }

  /** Takes a timer back. One that is not set is none. */
  cancel(timer: Timer): void {
    const key = timerKey(timer);
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
  }

  /** Takes all of them back. */
  clear(): void {
    for (const due of this.#waiting.values()) clearTimeout(due);
    this.#waiting.clear();
  }
}
