/**
 * The engine of a real node: Deno KV, a SQLite file in the data directory.
 *
 * Deno KV syncs the disk once a commit (measured: 212 `fsync` for 200 `set`) and never puts two commits together, so the
 * rate of commits is the rate of syncs; `group_commit.ts` is what makes one commit of many writes.
 *
 * Two processes on one file would each be right by themselves and wrong together. The lock file of the data directory
 * keeps them apart; where it cannot (a remote database, a copied directory), the lock *record* does: the first commit
 * writes this process's boot under the key `["lock"]`, and every commit checks that nobody has written there since
 * (protocol.md, Part 1 h7). It sorts behind every key of bytes, so no list ever sees it.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import type { Boot } from "../../id.ts";
import { bytesOf, byteString } from "../../id.ts";
import {
  checkLimits,
  DiskFull,
  type Engine,
  type Entry,
  type KeyRange,
  type Limits,
  type Mutation,
  ShutOut,
  type Size,
} from "./engine.ts";

const LOCK = ["lock"];
/** What SQLite says of a disk without room. Deno KV hands its sentence on, and no code. */
const FULL = /database or disk is full/;
/** Kept free in every commit for the check of the lock record, and for setting it. */
const LOCK_BYTES = 64;

/** What one `atomic()` takes: the limits that Deno KV documents, less what the lock record needs. */
export const DENO_KV_LIMITS: Limits = {
  maxKeyBytes: 2_048,
  maxValueBytes: 65_536,
  maxCommitBytes: 800 * 1024 - LOCK_BYTES,
  maxCommitKeyBytes: 80 * 1024 - LOCK_BYTES,
  maxCommitMutations: 1_000 - 1,
};

/**
 * What Deno KV counts, as measured on 2.9.4: a key has a byte before and behind it and each zero byte in it twice; a
 * `set` counts its key twice.
 */
export function denoKvSizeOf(mutation: Mutation): Size {
  let zeros = 0;
  for (const byte of mutation.key) if (byte === 0) zeros++;
  const keyBytes = mutation.key.length + zeros + 2;
  const bytes = mutation.kind === "put" ? 2 * keyBytes + mutation.value.length : keyBytes;
  return { mutations: 1, bytes, keyBytes };
}

/** A Deno KV database as an engine. */
export class DenoKvEngine implements Engine {
  readonly limits: Limits = DENO_KV_LIMITS;
  readonly #kv: Deno.Kv;
  readonly #path: string;
  readonly #boot: Boot;
  /** The same file, to ask what it takes: Deno KV does not say. Opened when somebody asks. */
  #pages: DatabaseSync | null = null;
  /** Versionstamp of the lock record as this process knows it: null while nobody has ever claimed the database. */
  #lock: string | null;
  #claimed = false;
  #shutOut: ShutOut | null = null;

  private constructor(
    kv: Deno.Kv,
    { path, boot, lock }: { path: string; boot: Boot; lock: string | null },
  ) {
    this.#kv = kv;
    this.#path = path;
    this.#boot = boot;
    this.#lock = lock;
  }

  /** Opens the database at `path`, which is made if it is not there. Nothing is claimed before the first commit. */
  static async open(path: string, { boot }: { boot: Boot }): Promise<DenoKvEngine> {
    const kv = await Deno.openKv(path);
    return new DenoKvEngine(kv, { path, boot, lock: (await kv.get(LOCK)).versionstamp });
  }

  sizeOf(mutation: Mutation): Size {
    return denoKvSizeOf(mutation);
  }

  /** What its pages take that hold anything. Pages that are free are used again before the file grows. */
  usedBytes(): number {
    this.#pages ??= new DatabaseSync(this.#path, { readOnly: true });
    const of = (pragma: string) =>
      Number(Object.values(this.#pages!.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    return (of("page_count") - of("freelist_count")) * of("page_size");
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    return (await this.#kv.get<Uint8Array>([key])).value;
  }

  async *list({ start, end, limit }: KeyRange): AsyncIterable<Entry> {
    if (byteString(start) >= byteString(end)) return;
    const options = limit === undefined ? {} : { limit };
    const range = this.#kv.list<Uint8Array>({ start: [start], end: [end] }, options);
    for await (const { key, value } of range) yield [key[0] as Uint8Array, value];
  }

  async commit(mutations: readonly Mutation[]): Promise<void> {
    if (this.#shutOut !== null) throw this.#shutOut;
    checkLimits(this, mutations);
    if (await this.#commitUnderLock(mutations)) return;
    // Our own claim may have gone through although its commit was reported as failed: then the lock record is ours.
    const lock = await this.#kv.get<Uint8Array>(LOCK);
    if (lock.value !== null && byteString(lock.value) === this.#boot) {
      this.#lock = lock.versionstamp;
      this.#claimed = true;
      if (await this.#commitUnderLock(mutations)) return;
    }
    this.#shutOut = new ShutOut(
      "Cannot write to the database: another process has opened it since, and it has one writer",
    );
    throw this.#shutOut;
  }

  close(): Promise<void> {
    this.#pages?.close();
    this.#kv.close();
    return Promise.resolve();
  }

  /** False if somebody else has written the lock record, and nothing was changed. */
  async #commitUnderLock(mutations: readonly Mutation[]): Promise<boolean> {
    const atomic = this.#kv.atomic().check({ key: LOCK, versionstamp: this.#lock });
    if (!this.#claimed) atomic.set(LOCK, bytesOf(this.#boot));
    for (const mutation of mutations) {
      if (mutation.kind === "put") atomic.set([mutation.key], mutation.value);
      else atomic.delete([mutation.key]);
    }
    const result = await atomic.commit().catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw FULL.test(reason) ? new DiskFull(reason, { cause }) : cause;
    });
    if (!result.ok) return false;
    if (!this.#claimed) {
      this.#lock = result.versionstamp;
      this.#claimed = true;
    }
    return true;
  }
}
