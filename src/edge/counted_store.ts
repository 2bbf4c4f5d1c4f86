/**
 * A store that counts what goes through it, for `/stats`.
 *
 * @module
 */
import type { ObjectName } from "../id.ts";
import type { MetaValue } from "../protocol/effect.ts";
import type { FetchResult, StoredRecord } from "../protocol/event.ts";
import type { DriverStore, StoreOutcome } from "./driver_options.ts";

/** A store, and counts of what it was asked and what became of that. */
export class CountedStore implements DriverStore {
  readonly #store: DriverStore;
  readonly #fetched = { record: 0, absent: 0, damaged: 0, failed: 0 };
  readonly #stored = { durable: 0, buffered: 0, failed: 0 };
  #running = 0;

  /** Counts what goes to `store` from now on. */
  constructor(store: DriverStore) {
    this.#store = store;
  }

  /** Counts of records read by what was found, of records written by how that ended, and of what is under way. */
  get counts(): {
    readonly fetched: Record<FetchResult["kind"], number>;
    readonly stored: Record<StoreOutcome, number>;
    readonly running: number;
  } {
    return { fetched: { ...this.#fetched }, stored: { ...this.#stored }, running: this.#running };
  }

  /** As the store under it. */
  async fetch(name: ObjectName): Promise<FetchResult> {
    this.#running++;
    try {
      const result = await this.#store.fetch(name);
      this.#fetched[result.kind]++;
      return result;
    } finally {
      this.#running--;
    }
  }
  /** As the store under it. */
  store(name: ObjectName, record: StoredRecord | null): Promise<StoreOutcome> {
    return this.#count(this.#store.store(name, record));
  }
  /** As the store under it. */
  storeMeta(value: MetaValue): Promise<StoreOutcome> {
    return this.#count(this.#store.storeMeta(value));
  }

  async #count(work: Promise<StoreOutcome>): Promise<StoreOutcome> {
    this.#running++;
    try {
      const outcome = await work;
      this.#stored[outcome]++;
      return outcome;
    } finally {
      this.#running--;
    }
  }
}
