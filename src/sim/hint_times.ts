/**
 * When any disk of a world kept something of a key for somebody else: while it does, reads may miss what was acknowledged
 * (law Q16).
 *
 * @module
 */

/** From when to when something of a key was kept, both included. */
export interface HintTime {
  readonly key: string;
  readonly fromMs: number;
  /** Infinity: it is still. */
  readonly toMs: number;
}

/** Counts what the disks of one world keep. */
export class HintTimes {
  /** How many hints there are of each key, and since when there are any. */
  readonly #kept = new Map<string, { count: number; fromMs: number }>();
  readonly #over: HintTime[] = [];

  /** All times until now. */
  get all(): HintTime[] {
    const open = [...this.#kept].filter(([, { count }]) => count > 0)
      .map(([key, { fromMs }]) => ({ key, fromMs, toMs: Infinity }));
    return [...this.#over, ...open];
  }

  /** So many more of a key are kept from now on, or fewer. */
  changes(key: string, by: number, nowMs: number): void {
    let kept = this.#kept.get(key);
    if (kept === undefined) this.#kept.set(key, kept = { count: 0, fromMs: 0 });
    const before = kept.count;
    kept.count += by;
    if (before === 0 && kept.count > 0) kept.fromMs = nowMs;
    if (before > 0 && kept.count === 0) this.#over.push({ key, fromMs: kept.fromMs, toMs: nowMs });
  }
}
