/**
 * What a vector clock is to the laws (paper, section 4.4): five functions, and some that it may have.
 *
 * @module
 */

/** How one clock stands to another: `before` means that the other has seen all of it, and more. */
export type ClockOrdering = "equal" | "before" | "after" | "concurrent";

/** How often each actor was seen: an actor at most once, each count at least 1. */
export type Counts = readonly (readonly [actor: string, count: number])[];

/**
 * Somebody's vector clock. What is optional may be absent: then the laws about it are left out.
 *
 * @typeParam Clock Whatever a clock is there. It must not change in place.
 */
export interface ClockImplementation<Clock> {
  /** The clock that has seen nothing. */
  readonly fresh: Clock;
  /** The clock after one more event of an actor. */
  increment(clock: Clock, actor: string): Clock;
  /** The clock that has seen what either has seen. */
  merge(a: Clock, b: Clock): Clock;
  /** True if `a` has seen all that `b` has seen; of equal clocks too. */
  descends(a: Clock, b: Clock): boolean;
  /** How many events of an actor it has seen, 0 if none. */
  count(clock: Clock, actor: string): number;
  /** True if `a` descends `b` and they are not equal. Law V4. */
  dominates?(a: Clock, b: Clock): boolean;
  /** Where `a` stands to `b`. Law V3. */
  order?(a: Clock, b: Clock): ClockOrdering;
  /** True if an actor's `counter`-th event was seen. Law V9. */
  covers?(clock: Clock, actor: string, counter: number): boolean;
  /** What it has seen, in an order that depends on nothing else. Law V8. */
  entries?(clock: Clock): Counts;
  /** The clock of these counts. With it, counts up to `greatest` are tried too. @default by increments */
  of?(counts: Counts): Clock;
  /** The greatest count that there may be: another increment throws. Law V13, if there is `of`. */
  readonly greatest?: number;
  /** Names of four actors or more, for clocks that do not take any string. @default {@linkcode ACTOR_NAMES} */
  readonly actors?: readonly string[];
}

/**
 * The names that actors have in the laws: the first four in small and in random cases, and all of them in one clock. Two
 * names are two actors, however much they look alike.
 */
export const ACTOR_NAMES: readonly string[] = [
  ...["a", "b", "c", "d"],
  ...["A", "B", "aa", "a ", " a", "a:1", "a,b", "ä", "a\u0308", "1", "01", "10"],
  ...Array.from({ length: 48 }, (_, i) => `node-${i + 1}`),
];
