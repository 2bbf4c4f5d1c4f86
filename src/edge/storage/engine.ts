/**
 * What rotor asks of a storage engine (paper, section 5: "different storage engines can be plugged in"): an ordered map
 * from bytes to bytes that takes several changes at once, all or nothing, durably.
 *
 * An engine knows nothing of objects, versions or chunks; everything clever stands above it and is written once. So an
 * adapter is a page long, and `conformance.ts` is the one suite that every adapter passes.
 *
 * The contract:
 * 1. keys are ordered as bytes, and any bytes may be a key or a value, none included;
 * 2. `commit` is atomic, and durable when it resolves. When it rejects the changes may have been made or not, but never
 *    some of them. A `RangeError` means that a limit was passed, and that nothing was written;
 * 3. the caller makes one commit after the other, and leaves the bytes alone that it gave until the commit has settled;
 * 4. opening changes nothing. The first commit **claims** the data: whoever else has it open at that moment is shut out,
 *    for ever, at its own next commit (protocol.md, Part 1 h7). There is never more than one writer.
 *
 * @module
 */

/** One change. */
export type Mutation =
  | { readonly kind: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly key: Uint8Array };

/** What an engine can take at once. What a mutation takes of it, {@linkcode Engine.sizeOf} says. */
export interface Limits {
  /** Greatest key. */
  readonly maxKeyBytes: number;
  /** Greatest value. */
  readonly maxValueBytes: number;
  /** Greatest sum of the `bytes` of one commit. */
  readonly maxCommitBytes: number;
  /** Greatest sum of the `keyBytes` of one commit. */
  readonly maxCommitKeyBytes: number;
  /** Most mutations in one commit. */
  readonly maxCommitMutations: number;
}

/** The keys from `start`, up to and without `end`. */
export interface KeyRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  /** Most entries wanted. @default all */
  readonly limit?: number | undefined;
}

/** A key and its value. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** An ordered, atomic, durable map of bytes. See the contract above. */
export interface Engine {
  /** What a commit may hold. */
  readonly limits: Limits;
  /** What a mutation takes of the limits: engines count differently, and some escape some bytes. */
  sizeOf(mutation: Mutation): Size;
  /** The value of a key, or null. */
  get(key: Uint8Array): Promise<Uint8Array | null>;
  /** The entries of a range in the order of their keys. Not a snapshot: what is committed meanwhile may be in it. */
  list(range: KeyRange): AsyncIterable<Entry>;
  /** What the data takes now, without what is free within it. In bytes. */
  usedBytes(): number;
  /**
   * Makes all of the changes, in order, or none.
   *
   * @throws {ShutOut} If another process has claimed the data.
   * @throws {DiskFull} If there is no room for them.
   */
  commit(mutations: readonly Mutation[]): Promise<void>;
  /** Lets go of the data. Nothing else may be called afterwards. */
  close(): Promise<void>;
}

/** Another process has claimed the data: this one will never write again. */
export class ShutOut extends Error {
  override name = "ShutOut";
}

/** There is no room for what was to be written. Nothing of it was. */
export class DiskFull extends Error {
  override name = "DiskFull";

  /** Full, for this reason. */
  constructor(reason: string, options?: ErrorOptions) {
    super(`it is full, and can only be read: ${reason}`, options);
  }
}

/** What one mutation or many take of the limits. */
export interface Size {
  /** How many there are. */
  readonly mutations: number;
  /** Keys and values together. */
  readonly bytes: number;
  /** Keys alone. */
  readonly keyBytes: number;
}

/** The size of nothing. */
export const NOTHING: Size = { mutations: 0, bytes: 0, keyBytes: 0 };

/** What a mutation takes where a byte is a byte. */
export function plainSizeOf(mutation: Mutation): Size {
  const keyBytes = mutation.key.length;
  const valueBytes = mutation.kind === "put" ? mutation.value.length : 0;
  return { mutations: 1, bytes: keyBytes + valueBytes, keyBytes };
}

/** The size of two things together. */
export function sum(a: Size, b: Size): Size {
  return {
    mutations: a.mutations + b.mutations,
    bytes: a.bytes + b.bytes,
    keyBytes: a.keyBytes + b.keyBytes,
  };
}

/** The limit that a commit of this size passes, in words, or null if it fits. */
export function excess(size: Size, limits: Limits): string | null {
  const over = (what: string, got: number, most: number) =>
    got > most ? `at most ${most} ${what} wanted, got ${got}` : null;
  return over("mutations", size.mutations, limits.maxCommitMutations) ??
    over("bytes", size.bytes, limits.maxCommitBytes) ??
    over("bytes of keys", size.keyBytes, limits.maxCommitKeyBytes);
}

/**
 * Refuses what passes an engine's limits: every adapter calls this before it does anything.
 *
 * @throws {RangeError} Naming the limit, what is wanted and what was got.
 *
 * @example A value that is too large
 * ```ts
 * import { checkLimits } from "./engine.ts";
 * import { MemoryEngine } from "./memory.ts";
 * import { DENO_KV_LIMITS } from "./deno_kv.ts";
 * import { assertThrows } from "@std/assert";
 *
 * const engine = new MemoryEngine({ limits: DENO_KV_LIMITS });
 * const put = { kind: "put", key: new Uint8Array(1), value: new Uint8Array(65_537) } as const;
 * assertThrows(() => checkLimits(engine, [put]), RangeError, "at most 65536 bytes");
 * ```
 */
export function checkLimits(
  engine: Pick<Engine, "sizeOf" | "limits">,
  mutations: readonly Mutation[],
): void {
  const { limits } = engine;
  let total = NOTHING;
  for (const mutation of mutations) {
    const size = engine.sizeOf(mutation);
    const valueBytes = mutation.kind === "put" ? mutation.value.length : 0;
    if (size.keyBytes > limits.maxKeyBytes) {
      throw new RangeError(
        `Cannot commit a key: at most ${limits.maxKeyBytes} bytes wanted, got ${size.keyBytes}`,
      );
    }
    if (valueBytes > limits.maxValueBytes) {
      throw new RangeError(
        `Cannot commit a value: at most ${limits.maxValueBytes} bytes wanted, got ${valueBytes}`,
      );
    }
    total = sum(total, size);
  }
  const reason = excess(total, limits);
  if (reason !== null) throw new RangeError(`Cannot commit: ${reason}`);
}
