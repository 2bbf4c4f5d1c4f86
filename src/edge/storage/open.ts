/**
 * Opens a node's store: directory, lock, engine, format, in this order, so that each refusal comes before anything that
 * it would be wrong to do.
 *
 * @module
 */
import type { Boot } from "../../id.ts";
import type { Log } from "./complaint.ts";
import { DataDirectory } from "./data_directory.ts";
import { DenoKvEngine } from "./deno_kv.ts";
import type { Engine } from "./engine.ts";
import { MemoryEngine } from "./memory.ts";
import { QuotaEngine } from "./quota.ts";
import { RecordStore, StoreError } from "./record_store.ts";

/** The engines that can be chosen. `memory` keeps nothing, and uses no directory. */
export type EngineName = "kv" | "memory";

/** What a store is opened with. */
export interface OpenStoreOptions {
  /** The data directory. */
  readonly dir: string;
  readonly engine: EngineName;
  /** From so many bytes on it only shrinks. @default what the disk takes */
  readonly maxBytes?: number | undefined;
  /** Of this process: 8 fresh random bytes. */
  readonly boot: Boot;
  /** Takes lines for the operator. */
  readonly log: Log;
}

/**
 * Opens the store of a node.
 *
 * @throws {DataDirectoryError} If the directory cannot be used.
 * @throws {StoreError} If the store in it cannot be used.
 */
export async function openStore(
  { dir, engine, maxBytes, boot, log }: OpenStoreOptions,
): Promise<RecordStore> {
  const within = (engine: Engine) =>
    maxBytes === undefined ? engine : new QuotaEngine(engine, { maxBytes });
  if (engine === "memory") return await RecordStore.open(within(new MemoryEngine()), { boot, log });
  const directory = await DataDirectory.take(dir);
  const release = () => directory.release();
  let kv: Engine | null = null;
  try {
    kv = within(await openKv(directory.kv, boot));
    return await RecordStore.open(kv, { boot, log, release });
  } catch (error) {
    await kv?.close();
    release();
    throw error;
  }
}

/** Opens the database at `path`, and nowhere else. */
async function openKv(path: string, boot: Boot): Promise<Engine> {
  // These two make Deno KV use memory, or another path, without a word: then what we call durable would not be.
  const surprises = [
    ["DENO_KV_DB_MODE", "disk", "not set, or disk,"],
    ["DENO_KV_PATH_PREFIX", "", "not set"],
  ] as const;
  for (const [name, harmless, wanted] of surprises) {
    const value = Deno.env.get(name) ?? harmless;
    if (value !== harmless) {
      throw new StoreError(
        `Cannot open the database ${path}: ${name} ${wanted} wanted, got ${JSON.stringify(value)}`,
      );
    }
  }
  try {
    return await DenoKvEngine.open(path, { boot });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(`Cannot open the database ${path}: ${reason}`, { cause });
  }
}
