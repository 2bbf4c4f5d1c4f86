/**
 * The two clocks of a real node, which never go back within a boot.
 *
 * `monoMs` is the machine's monotonic clock: ages, waits and timeouts are differences of it. `wallMs` is the time of
 * day: stamps and expiry use it. An operator or a time server may set the time of day back; here it then stands still
 * until the true time has caught up, because what has expired must not come back (protocol.md, Part 1 d).
 *
 * What this room cannot help: on most systems the monotonic clock stands still while a machine is suspended.
 *
 * @module
 */
import type { Now } from "../protocol/event.ts";

/** Tells the time. */
export interface Clock {
  /** Both clocks, read together. */
  now(): Now;
}

/** Where a {@linkcode SystemClock} reads its times; in ms. */
export interface ClockSources {
  readonly mono: () => number;
  readonly wall: () => number;
}

const SYSTEM: ClockSources = { mono: () => performance.now(), wall: () => Date.now() };

/**
 * The clocks of this machine.
 *
 * @example A wall clock that is set back stands still
 * ```ts
 * import { SystemClock } from "./clock.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const times = [1_000, 400, 1_001];
 * const clock = new SystemClock({ mono: () => 0, wall: () => times.shift()! });
 * assertEquals([1, 2, 3].map(() => clock.now().wallMs), [1_000, 1_000, 1_001]);
 * ```
 */
export class SystemClock implements Clock {
  readonly #sources: ClockSources;
  #monoMs = 0;
  #wallMs = 0;

  /** @param sources Where the times come from. @default this machine */
  constructor(sources: ClockSources = SYSTEM) {
    this.#sources = sources;
  }

  /** Both clocks: each at least what it was. */
  now(): Now {
    this.#monoMs = Math.max(this.#monoMs, this.#sources.mono());
    this.#wallMs = Math.max(this.#wallMs, this.#sources.wall());
    return { monoMs: this.#monoMs, wallMs: this.#wallMs };
  }
}
