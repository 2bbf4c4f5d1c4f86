/**
 * A store that counts what goes through it, for `/stats`.
 *
 * @module
 */
import type { LeafKey } from "../anti_entropy/merkle_tree_key.ts";
import type { NodeId, ObjectName } from "../id.ts";
import type { MetaValue } from "../protocol/effect.ts";
import type { FetchResult, ScanResult, StoredRecord } from "../protocol/event.ts";
import type { CopyName } from "../protocol/outbox.ts";
import type { DriverStore, Fetched, ScanOptions, StoreOutcome } from "./driver_options.ts";

/** What became of hints: stored and removed by writes, found by fetches and by scans, and scans that failed. */
export interface HintCounts {
  readonly stored: number;
  readonly removed: number;
  readonly fetched: number;
  readonly scanned: number;
  readonly scans_failed: number;
}

/** A store, and counts of what it was asked and what became of that. */
export class CountedStore implements DriverStore {
  readonly #store: DriverStore;
  readonly #fetched = { record: 0, absent: 0, damaged: 0, failed: 0 };
  readonly #stored = { durable: 0, buffered: 0, failed: 0, full: 0 };
  readonly #hints = { stored: 0, removed: 0, fetched: 0, scanned: 0, scans_failed: 0 };
  #running = 0;

  /** Counts what goes to `store` from now on. */
  constructor(store: DriverStore) {
    this.#store = store;
  }

  /**
   * Counts of fetches by what was found of the record, of writes of every kind by how they ended, of hints apart, and of
   * what is under way.
   */
  get counts(): {
    readonly fetched: Record<FetchResult["kind"], number>;
    readonly stored: Record<StoreOutcome, number>;
    readonly hints: HintCounts;
    readonly running: number;
  } {
    return {
      fetched: { ...this.#fetched },
      stored: { ...this.#stored },
      hints: { ...this.#hints },
      running: this.#running,
    };
  }

  /** As the store under it. */
  fetch(name: ObjectName, owners: readonly NodeId[]): Promise<Fetched> {
    return this.#run(this.#store.fetch(name, owners), ({ result, hints }) => {
      this.#fetched[result.kind]++;
      this.#hints.fetched += hints.length;
    });
  }
  /** As the store under it. */
  store(copy: CopyName, record: StoredRecord | null): Promise<StoreOutcome> {
    return this.#run(this.#store.store(copy, record), (outcome) => {
      this.#stored[outcome]++;
      if (copy.owner === null || outcome === "failed" || outcome === "full") return;
      this.#hints[record === null ? "removed" : "stored"]++;
    });
  }
  /** As the store under it. */
  scanHints(owner: NodeId, options: ScanOptions): Promise<ScanResult> {
    return this.#run(this.#store.scanHints(owner, options), (result) => {
      if (result.kind === "failed") this.#hints.scans_failed++;
      else if (result.kind === "hints") this.#hints.scanned += result.hints.length;
    });
  }
  /** As the store under it. */
  scanRecords(options: ScanOptions): Promise<ScanResult> {
    return this.#run(this.#store.scanRecords(options), () => {});
  }
  /** As the store under it. */
  findRecords(keys: readonly LeafKey[]): Promise<ScanResult> {
    return this.#run(this.#store.findRecords(keys), () => {});
  }
  /** As the store under it. */
  storeMeta(value: MetaValue): Promise<StoreOutcome> {
    return this.#run(this.#store.storeMeta(value), (outcome) => {
      this.#stored[outcome]++;
    });
  }

  /** Counts work as running until it ends, and what came of it if it came to an end. */
  async #run<Result>(work: Promise<Result>, count: (result: Result) => void): Promise<Result> {
    this.#running++;
    try {
      const result = await work;
      count(result);
      return result;
    } finally {
      this.#running--;
    }
  }
}
