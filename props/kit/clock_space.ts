/**
 * Where the laws of clocks look (`clock.ts`): all of a small scope, and counts at random. And what they compare with: a
 * count for each actor.
 *
 * @module
 */
import fc from "fast-check";
import type { Run } from "../law.ts";
import { ACTOR_NAMES, type ClockImplementation, type Counts } from "./clock.ts";
import { inCase } from "./demand.ts";

/** The naive model: every count of A is at least that of B. */
export function atLeast(A: Counts, B: Counts): boolean {
  return B.every(([actor, n]) => A.some(([other, m]) => other === actor && m >= n));
}

/** The greater count of each actor. */
export function greatestOf(all: readonly Counts[]): [string, number][] {
  const actors = [...new Set(all.flatMap((counts) => counts.map(([actor]) => actor)))];
  const of = (counts: Counts, actor: string) => counts.find(([x]) => x === actor)?.[1] ?? 0;
  return actors.map((actor) => [actor, Math.max(...all.map((counts) => of(counts, actor)))]);
}

function total(...all: Counts[]): number {
  return all.flat().reduce((sum, [, n]) => sum + n, 0);
}

/** The clocks that laws are checked on. Each is built anew for each case: an implementation may be wrong in any way. */
export class ClockSpace<Clock> {
  /** Four names. */
  readonly actors: readonly string[];
  /** All names. */
  readonly everyActor: readonly string[];
  readonly #clocks: ClockImplementation<Clock>;
  /** The small scope, smallest first. */
  readonly #small: readonly Counts[];
  /** Counts at random, great ones too if there may be any. */
  readonly any: fc.Arbitrary<Counts>;
  readonly #few: fc.Arbitrary<Counts>;

  /** The clocks of this implementation. */
  constructor(clocks: ClockImplementation<Clock>) {
    const { actors: everyActor = ACTOR_NAMES, greatest } = clocks;
    const actors = everyActor.slice(0, 4);
    this.#clocks = clocks;
    this.actors = actors;
    this.everyActor = everyActor;
    const counts = [0, 1, 2];
    this.#small = counts.flatMap((c) =>
      counts.flatMap((b) =>
        counts.map((a): Counts =>
          [a, b, c].map((n, i) => [actors[i]!, n] as const).filter(([, n]) => n > 0)
        )
      )
    ).sort((A, B) => total(A) - total(B));
    const few = fc.integer({ min: 1, max: 3 });
    this.#few = countsOver(actors, few);
    this.any = clocks.of && greatest
      ? countsOver(
        actors,
        fc.oneof(
          { weight: 8, arbitrary: few },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: greatest }) },
          { weight: 1, arbitrary: fc.constantFrom(...besideBounds(greatest)) },
        ),
      )
      : this.#few;
  }

  /** The clock of these counts. */
  build = (counts: Counts): Clock => {
    const clocks = this.#clocks;
    const seen = counts.filter(([, n]) => n > 0);
    if (clocks.of) return clocks.of(seen);
    return seen.reduce((clock, [actor, n]) => {
      for (let i = 0; i < n; i++) clock = clocks.increment(clock, actor);
      return clock;
    }, clocks.fresh);
  };

  /** What the implementation tells of a clock: the counts of all actors, zeros too. */
  show = (clock: Clock): string =>
    this.actors.map((actor) => `${actor}:${this.#clocks.count(clock, actor)}`).join(", ");

  /** The same of counts. */
  wanted(counts: Counts): string {
    return greatestOf([this.actors.map((actor) => [actor, 0] as const), counts])
      .map(([actor, n]) => `${actor}:${n}`).join(", ");
  }

  /** True if two clocks tell the same. */
  equal(a: Clock, b: Clock): boolean {
    return this.show(a) === this.show(b);
  }

  /** All pairs of the small scope, smallest first. */
  smallPairs(): [Counts, Counts][] {
    return this.#small.flatMap((A) => this.#small.map((B): [Counts, Counts] => [A, B]))
      .sort((x, y) => total(...x) - total(...y));
  }

  /** Small counts only: there is room for more events. */
  forClocks(run: Run, law: (a: Clock, A: Counts) => true): void {
    for (const A of this.#small) inCase(() => law(this.build(A), A), () => showCounts(A));
    run.forAll(this.#few, (A) => law(this.build(A), A));
  }

  /** All pairs of the small scope, then pairs at random. */
  forPairs(run: Run, law: (a: Clock, b: Clock, A: Counts, B: Counts) => true): void {
    const on = (A: Counts, B: Counts) => law(this.build(A), this.build(B), A, B);
    for (const [A, B] of this.smallPairs()) {
      inCase(() => on(A, B), () => [A, B].map(showCounts).join(", "));
    }
    run.forAll(this.any, this.any, on);
  }

  /** The same of triples. */
  forTriples(run: Run, law: (a: Clock, b: Clock, c: Clock, all: readonly Counts[]) => true): void {
    const on = (A: Counts, B: Counts, C: Counts) =>
      law(this.build(A), this.build(B), this.build(C), [A, B, C]);
    const triples = this.smallPairs().flatMap(([A, B]) =>
      this.#small.map((C): [Counts, Counts, Counts] => [A, B, C])
    )
      .sort((x, y) => total(...x) - total(...y));
    for (const all of triples) inCase(() => on(...all), () => all.map(showCounts).join(", "));
    run.forAll(this.any, this.any, this.any, on);
  }
}

/** Counts of any of the actors, in any order. */
function countsOver(actors: readonly string[], count: fc.Arbitrary<number>): fc.Arbitrary<Counts> {
  return fc.uniqueArray(fc.tuple(fc.constantFrom(...actors), count), {
    selector: ([actor]) => actor,
    maxLength: 4,
  });
}

/** Counts beside which arithmetic goes wrong first. */
function besideBounds(greatest: number): number[] {
  return [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, greatest - 1, greatest]
    .filter((n) => n <= greatest);
}

/** `{a:1, b:2}`: counts for people to read. */
export function showCounts(counts: Counts): string {
  return `{${counts.filter(([, n]) => n > 0).map(([actor, n]) => `${actor}:${n}`).join(", ")}}`;
}
