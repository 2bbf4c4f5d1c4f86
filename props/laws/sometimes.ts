/**
 * What the cases of a law must come to, counted: a law whose generator has gone stale says little, and must fail (laws
 * T3 and T8).
 *
 * A demand is made of a whole run only. One case that is played again from its seed and path reaches what it reaches.
 *
 * @module
 */

/** Counts what the cases of one law reach. */
export class Sometimes {
  readonly #counts = new Map<string, number>();
  #cases = 0;

  /** A case begins. */
  begin(): void {
    this.#cases++;
  }

  /** It came to this. */
  saw(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  /** How often something was reached. */
  count(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /**
   * Demands that each of these was reached, so often at least, if `cases` cases were played.
   *
   * @throws {Error} Names what was reached too seldom, and how often it was.
   */
  demand(cases: number, least: Readonly<Record<string, number>>): void {
    if (this.#cases < cases) return;
    for (const [what, times] of Object.entries(least)) {
      if (this.count(what) >= times) continue;
      throw new Error(
        `T3: ${what}: at least ${times} wanted of ${cases} cases, got ${this.count(what)}`,
      );
    }
  }
}
