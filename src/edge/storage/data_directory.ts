/**
 * The directory in which one node keeps its data, held by one process at a time.
 *
 * `DIR/lock` is locked for the life of the process. The lock is the operating system's: it goes with the process however
 * that ends, so a file that is left behind stands in nobody's way. What is written in it is for people. A lock file does
 * not help where a directory is copied or shared by a network; the engine's own lock record does.
 *
 * @module
 */

/** A data directory that cannot be used. The message is one sentence for the operator. */
export class DataDirectoryError extends Error {
  override name = "DataDirectoryError";
}

/** A data directory that this process holds. */
export class DataDirectory {
  readonly path: string;
  readonly #lock: Deno.FsFile;

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Takes a directory, and makes it if its parent is there.
   *
   * @throws {DataDirectoryError} If it is not a directory, not writable, in use, or has no parent.
   */
  static async take(path: string): Promise<DataDirectory> {
    await makeDirectory(path);
    const lock = await openLock(path);
    if (!await lock.tryLock(true)) {
      lock.close();
      throw new DataDirectoryError(`The data directory ${path} is in use by ${await holder(path)}`);
    }
    try {
      await lock.truncate();
      const lines = `process ${Deno.pid}\nstarted ${new Date().toISOString()}\n`;
      await lock.write(new TextEncoder().encode(lines));
    } catch (error) {
      lock.close();
      throw refusal(path, `not writable (${reasonOf(error)})`, error);
    }
    return new DataDirectory(path, lock);
  }

  /** The database of Deno KV. */
  get kv(): string {
    return `${this.path}/store.kv`;
  }

  /** Lets go of the directory. */
  release(): void {
    this.#lock.close();
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return; // what it is, we shall see
    if (error instanceof Deno.errors.NotFound) {
      throw refusal(path, "the directory above it does not exist", error);
    }
    if (error instanceof Deno.errors.NotADirectory) {
      throw refusal(path, "what stands above it is not a directory", error);
    }
    throw refusal(path, `it cannot be made (${reasonOf(error)})`, error);
  }
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    if (!(await Deno.stat(path)).isDirectory) throw refusal(path, "it is not a directory");
    return await Deno.open(`${path}/lock`, { read: true, write: true, create: true });
  } catch (error) {
    if (error instanceof DataDirectoryError) throw error;
    throw refusal(path, `not writable (${reasonOf(error)})`, error);
  }
}

/** Who holds the lock, as well as can be told. */
async function holder(path: string): Promise<string> {
  try {
    const pid = /^process (\d+)$/m.exec(await Deno.readTextFile(`${path}/lock`))?.[1];
    return pid === undefined ? "another process" : `process ${pid}`;
  } catch (error) {
    // Some systems do not let others read a file that is locked.
    return `another process (${reasonOf(error)})`;
  }
}

function refusal(path: string, why: string, cause?: unknown): DataDirectoryError {
  return new DataDirectoryError(`Cannot use the data directory ${path}: ${why}`, { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
