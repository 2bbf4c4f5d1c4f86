/**
 * A walk through everything that this node holds, on somebody's order: page by page from the store, and before each key a
 * turn is waited for, as background work of the core waits for a slice.
 *
 * The walk itself is a client of the node, so the gate does not hold it up. But the gate knows how clients fare: while it
 * gives `size` slices in a period, a turn comes `size` times in it, and once a second if it gives none. A walk that makes
 * requests slow is so made slower itself. Two walks share the turns.
 *
 * @module
 */
import { type GateOverview, TRICKLE_MS } from "../admission/gate.ts";
import { PERIOD_MS } from "../admission/pace.ts";
import type { ScanResult } from "../protocol/event.ts";
import type { DriverStore, ScanOptions } from "./driver_options.ts";

/** What {@linkcode OwnRecords} are made of. */
export interface OwnRecordsOptions {
  readonly store: Pick<DriverStore, "scanRecords">;
  /** How background work stands. */
  readonly gate: () => Pick<GateOverview, "isOn" | "size">;
  /** A clock that never goes back. */
  readonly monoMs: () => number;
  /** Resolves after so many ms. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** The records of one node, for a walk. */
export class OwnRecords {
  readonly #options: OwnRecordsOptions;
  #nextMs = -Infinity;

  /** Nobody walks yet. */
  constructor(options: OwnRecordsOptions) {
    this.#options = options;
  }

  /** A page of them, in the order of the store, behind a name. */
  scan(options: ScanOptions): Promise<ScanResult> {
    return this.#options.store.scanRecords(options);
  }

  /**
   * Resolves when the next key may be asked for.
   *
   * @example The gate gives two slices in 100 ms
   * ```ts
   * import { OwnRecords } from "./own_records.ts";
   * import { assertEquals } from "@std/assert";
   *
   * const slept: number[] = [];
   * const own = new OwnRecords({
   *   store: { scanRecords: () => Promise.resolve({ kind: "records", records: [] }) },
   *   gate: () => ({ isOn: true, size: 2 }),
   *   monoMs: () => 0,
   *   sleep: (ms) => Promise.resolve(void slept.push(ms)),
   * });
   * for (let i = 0; i < 3; i++) await own.turn();
   * assertEquals(slept, [50, 100]);
   * ```
   */
  async turn(): Promise<void> {
    const { gate, monoMs, sleep } = this.#options;
    const { isOn, size } = gate();
    const nowMs = monoMs();
    const atMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = atMs + (isOn ? Math.min(TRICKLE_MS, PERIOD_MS / size) : 0);
    if (atMs > nowMs) await sleep(atMs - nowMs);
  }
}
