/**
 * An engine that may take so much room and no more: full before its disk is.
 *
 * A database that has filled its disk can often not even remove anything, for that too is written first. So what needs
 * room (records, hints and their chunks) is refused while some is still left, and what gives room back, and the little that
 * a node must write of itself, goes on. How much the data takes the engine says, space that it has free within itself not
 * counted, so what is removed makes room at once.
 *
 * @module
 */
import {
  DiskFull,
  type Engine,
  type Entry,
  type KeyRange,
  type Limits,
  type Mutation,
  type Size,
} from "./engine.ts";
import { KEYSPACE } from "./layout.ts";

const NEED_ROOM: readonly (number | undefined)[] = [KEYSPACE.record, KEYSPACE.chunk, KEYSPACE.hint];

/** Whether a change is one that a full store refuses. */
export function needsRoom({ kind, key }: Mutation): boolean {
  return kind === "put" && NEED_ROOM.includes(key[0]);
}

/**
 * An engine before another.
 *
 * @example What needs room is refused, what gives it back is not
 * ```ts
 * import { DiskFull } from "./engine.ts";
 * import { MemoryEngine } from "./memory.ts";
 * import { QuotaEngine } from "./quota.ts";
 * import { assertRejects } from "@std/assert";
 *
 * const engine = new QuotaEngine(new MemoryEngine(), { maxBytes: 100 });
 * const key = new Uint8Array([2, 1]);
 * const value = new Uint8Array(90);
 * await engine.commit([{ kind: "put", key, value }]);
 * const more = [{ kind: "put", key: new Uint8Array([2, 2]), value }] as const;
 * await assertRejects(() => engine.commit(more), DiskFull, "quota of 100 bytes");
 * await engine.commit([{ kind: "delete", key }]);
 * await engine.commit(more);
 * ```
 */
export class QuotaEngine implements Engine {
  readonly #engine: Engine;
  readonly #maxBytes: number;

  /** Refuses what would take more than `maxBytes` together. */
  constructor(engine: Engine, { maxBytes }: { readonly maxBytes: number }) {
    this.#engine = engine;
    this.#maxBytes = maxBytes;
  }

  get limits(): Limits {
    return this.#engine.limits;
  }
  sizeOf(mutation: Mutation): Size {
    return this.#engine.sizeOf(mutation);
  }
  usedBytes(): number {
    return this.#engine.usedBytes();
  }
  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#engine.get(key);
  }
  list(range: KeyRange): AsyncIterable<Entry> {
    return this.#engine.list(range);
  }
  async commit(mutations: readonly Mutation[]): Promise<void> {
    this.#refuse(mutations);
    await this.#engine.commit(mutations);
  }
  close(): Promise<void> {
    return this.#engine.close();
  }

  #refuse(mutations: readonly Mutation[]): void {
    const growing = mutations.filter(needsRoom);
    if (growing.length === 0) return;
    const bytes = growing.reduce((sum, one) => sum + this.#engine.sizeOf(one).bytes, 0);
    if (this.#engine.usedBytes() + bytes <= this.#maxBytes) return;
    throw new DiskFull(`its quota of ${this.#maxBytes} bytes is used up`);
  }
}
