/**
 * The engine that keeps everything in memory: for tests, for `--engine memory`, and for worlds without a disk. It
 * survives nothing but its own process, and says so by its name.
 *
 * What stays when an engine is closed is a {@linkcode MemoryDisk}: opening an engine on it again is what a restart is to
 * a real one. A disk knows who claimed it last, so a second engine shuts the first out as a second process would.
 *
 * @module
 */
import { bytesOf, byteString } from "../../id.ts";
import {
  checkLimits,
  type Engine,
  type Entry,
  type KeyRange,
  type Limits,
  type Mutation,
  plainSizeOf,
  ShutOut,
  type Size,
} from "./engine.ts";

/** Limits that nothing reaches: a value is never split. */
export const UNLIMITED: Limits = {
  maxKeyBytes: Number.MAX_SAFE_INTEGER,
  maxValueBytes: Number.MAX_SAFE_INTEGER,
  maxCommitBytes: Number.MAX_SAFE_INTEGER,
  maxCommitKeyBytes: Number.MAX_SAFE_INTEGER,
  maxCommitMutations: Number.MAX_SAFE_INTEGER,
};

/** What outlives a {@linkcode MemoryEngine}. */
export class MemoryDisk {
  readonly #values = new Map<string, Uint8Array>();
  /** Sorted, but for the keys at its end that came since; holds keys that are gone. Put right when somebody lists. */
  #keys: string[] = [];
  #untidy = false;
  /** Keys and values together. */
  bytes = 0;
  /** Who has claimed it. */
  owner: MemoryEngine | null = null;

  /** A disk with the same entries, which nobody has claimed: what a backup is to a real one. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk();
    for (const [key, value] of this.#values) copy.put(key, value);
    return copy;
  }
  /** A value as it is kept: not to be changed. */
  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }
  /** Sets a value. */
  put(key: string, value: Uint8Array): void {
    const old = this.#values.get(key);
    if (old === undefined) {
      this.#keys.push(key);
      this.#untidy = true;
    }
    this.bytes += value.length - (old === undefined ? -key.length : old.length);
    this.#values.set(key, value);
  }
  /** Removes a value. */
  delete(key: string): void {
    const old = this.#values.get(key);
    if (old === undefined) return;
    this.#values.delete(key);
    this.bytes -= key.length + old.length;
    this.#untidy = true;
  }
  /** All keys from `start`, before `end`, in order. */
  range(start: string, end: string): string[] {
    if (this.#untidy) {
      this.#keys = [...new Set(this.#keys)].filter((key) => this.#values.has(key)).sort(byBytes);
      this.#untidy = false;
    }
    return this.#keys.slice(this.#firstFrom(start), this.#firstFrom(end));
  }

  #firstFrom(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** An engine in memory. */
export class MemoryEngine implements Engine {
  readonly limits: Limits;
  readonly #disk: MemoryDisk;
  readonly #sizeOf: (mutation: Mutation) => Size;
  /** Who had claimed the disk when this engine last knew: nobody else may since. */
  #owner: MemoryEngine | null;
  #closed = false;

  /**
   * Opens a disk.
   *
   * @param options.disk What is kept. @default a new, empty one
   * @param options.limits What to refuse. @default nothing
   * @param options.sizeOf What a mutation takes of the limits. @default a byte is a byte
   */
  constructor(options: {
    disk?: MemoryDisk;
    limits?: Limits;
    sizeOf?: (mutation: Mutation) => Size;
  } = {}) {
    this.#disk = options.disk ?? new MemoryDisk();
    this.#owner = this.#disk.owner;
    this.limits = options.limits ?? UNLIMITED;
    this.#sizeOf = options.sizeOf ?? plainSizeOf;
  }

  sizeOf(mutation: Mutation): Size {
    return this.#sizeOf(mutation);
  }

  usedBytes(): number {
    return this.#disk.bytes;
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#now(() => this.#disk.get(byteString(key))?.slice() ?? null);
  }

  async *list({ start, end, limit = Infinity }: KeyRange): AsyncIterable<Entry> {
    const keys = await this.#now(() => this.#disk.range(byteString(start), byteString(end)));
    let listed = 0;
    for (const key of keys) {
      if (listed === limit) return;
      const value = this.#disk.get(key);
      if (value === undefined) continue;
      listed++;
      yield [bytesOf(key), value.slice()];
    }
  }

  commit(mutations: readonly Mutation[]): Promise<void> {
    return this.#now(() => {
      if (this.#disk.owner !== this.#owner) {
        throw new ShutOut("Cannot write to this memory: another engine has opened it since");
      }
      checkLimits(this, mutations);
      this.#disk.owner = this.#owner = this;
      for (const mutation of mutations) {
        const key = byteString(mutation.key);
        if (mutation.kind === "put") this.#disk.put(key, mutation.value.slice());
        else this.#disk.delete(key);
      }
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /** Runs `act` at once, and gives what it throws as a rejection. */
  #now<Value>(act: () => Value): Promise<Value> {
    return new Promise((resolve) => {
      if (this.#closed) throw new Error("Cannot use an engine that is closed");
      resolve(act());
    });
  }
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : 1;
}
