/**
 * What a run of real nodes is held to: a deliberately dumb account of who overwrote what. It knows texts, never clocks, so a
 * wrong clock cannot fool it.
 *
 * Every put and every delete has a name of its own, and knows which others its client had been shown. A write covers what
 * it overwrote, and what that overwrote, and so on.
 *
 * @module
 */

/** The account of one key's puts. */
export class History {
  readonly #overwrote = new Map<string, ReadonlySet<string>>();
  readonly #acknowledged = new Set<string>();
  readonly #observed = new Set<string>();
  readonly #gone = new Set<string>();

  /** A client, who had been shown `seen`, puts `text`. It may or may not happen. */
  attempted(text: string, seen: Iterable<string>): void {
    this.#overwrote.set(text, new Set(seen));
  }
  /** A delete was acknowledged that had nothing left to delete: what its client had been shown is gone already. */
  gone(seen: Iterable<string>): void {
    for (const text of seen) this.#gone.add(text);
  }
  /** The put of `text` was acknowledged. */
  acknowledged(text: string): void {
    this.#acknowledged.add(text);
  }

  /** A client was shown these texts, acknowledged or not. */
  observed(texts: Iterable<string>): void {
    for (const text of texts) this.#observed.add(text);
  }

  /** These texts, and all that they overwrote, at any remove. */
  covered(texts: Iterable<string>): Set<string> {
    const all = new Set<string>();
    const visit = (text: string) => {
      if (all.has(text)) return;
      all.add(text);
      for (const older of this.#overwrote.get(text) ?? []) visit(older);
    };
    for (const text of texts) visit(text);
    return all;
  }

  /**
   * Holds what a key ends with to the laws.
   *
   * @param loses True in a last-writer-wins bucket, which may drop what no context covered: then S1 says nothing.
   * @param damaged True if a disk has lost what it held: what one replica alone had may be gone, though it was seen.
   * @throws {Error} S1: an acknowledged write is neither there nor overwritten by what is. S2: something is there beside
   * what overwrote it. S3: what somebody was shown has vanished. S4: something is there that nobody wrote.
   */
  check(
    final: readonly string[],
    { loses = false, damaged = false }: { loses?: boolean; damaged?: boolean } = {},
  ): void {
    for (const text of final) {
      if (!this.#overwrote.has(text)) throw new Error(`S4: ${text} was never written`);
      const older = this.covered(this.#overwrote.get(text)!);
      const back = final.find((other) => older.has(other));
      if (back) throw new Error(`S2: ${back} is back, although ${text} overwrote it`);
    }
    for (const text of final) {
      if (this.#gone.has(text)) throw new Error(`S2: ${text} is there, although it was deleted`);
    }
    if (loses) return;
    const covered = this.covered(final);
    for (const text of this.#acknowledged) {
      if (!covered.has(text)) throw new Error(`S1: ${text} was acknowledged and is lost`);
    }
    if (damaged) return;
    for (const text of this.#observed) {
      if (!covered.has(text)) throw new Error(`S3: ${text} was shown to a client and has vanished`);
    }
  }
}
