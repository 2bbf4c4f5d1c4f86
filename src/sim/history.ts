/**
 * What clients did and what they were told: a plain list, and all that the checker knows.
 *
 * It speaks of writes by their names (`X-Rotor-Write-Id`), never of clocks, dots or values. So a wrong clock cannot fool
 * the checker, and whoever can list what a store's clients saw, over HTTP for instance, can have it checked.
 *
 * A write *overwrites* what its client had been shown when it took its context, and what that overwrote, and so on.
 *
 * @module
 */
import { type WriteName, WriteNumbers, WriteSet } from "./write_set.ts";

export type { WriteName } from "./write_set.ts";

/** How an operation ended, as its client sees it. */
export type Ending =
  /** It was done. */
  | "ok"
  /** It was not done, and never will be. */
  | "refused"
  /** Nobody said. A write may be there, or turn up yet. */
  | "unknown";

/** One thing that a client did. */
export interface Operation {
  readonly client: number;
  readonly kind: "get" | "put" | "delete";
  readonly key: string;
  /** What it writes; null for a get. */
  readonly write: WriteName | null;
  /** What its context covers: all that its client had been shown when it took it. */
  readonly seen: readonly WriteName[];
  /** True if it was done with the context of a session. */
  readonly session: boolean;
  readonly startMs: number;
  /** When it ended; infinity while it has not. */
  endMs: number;
  ending: Ending;
  /** The live writes that the answer showed; null if it showed nothing: an answer need not. */
  shown: readonly WriteName[] | null;
  /** R or W, as its client asked for it. */
  readonly quorum: number;
  /** True if the answer says that somebody stood in for a replica, and counted. */
  sloppy: boolean;
  /** True if the answer says that the session was reset: what it had seen was destroyed. */
  reset: boolean;
}

/** A list of operations, in the order in which they began. */
export class History {
  readonly operations: Operation[] = [];
  readonly #overwrites = new Map<WriteName, readonly WriteName[]>();
  readonly #keys = new Map<WriteName, string>();
  readonly #closures = new Map<WriteName, WriteSet>();
  readonly #numbers = new WriteNumbers();
  /** When what was left of a write was first forgotten, because all nodes agreed that it may be. */
  readonly #settledMs = new Map<WriteName, number>();
  readonly #settledKeys = new Map<string, number>();

  /** A client begins. A write that is tried again under its own name is one write. */
  began(
    begun: Pick<
      Operation,
      "client" | "kind" | "key" | "write" | "seen" | "session" | "startMs" | "quorum"
    >,
  ): Operation {
    const operation: Operation = {
      ...begun,
      endMs: Infinity,
      ending: "unknown",
      shown: null,
      sloppy: false,
      reset: false,
    };
    this.operations.push(operation);
    if (begun.write !== null) {
      this.#overwrites.set(begun.write, begun.seen);
      this.#keys.set(begun.write, begun.key);
      this.#closures.clear();
    }
    return operation;
  }

  /** Whether anybody ever tried to write this. */
  knows(write: WriteName): boolean {
    return this.#overwrites.has(write);
  }

  /** A replica has forgotten a deleted key, and with it all that is known of these writes. */
  settled(key: string, writes: readonly WriteName[], atMs: number): void {
    for (const write of writes) {
      if (!this.#settledMs.has(write)) this.#settledMs.set(write, atMs);
    }
    if (!this.#settledKeys.has(key)) this.#settledKeys.set(key, atMs);
  }

  /** Whether a write may be gone by then, with all that it overwrote. */
  isSettled(write: WriteName, byMs: number): boolean {
    const atMs = this.#settledMs.get(write);
    return atMs !== undefined && atMs <= byMs;
  }

  /** Whether anything of a key may be gone by then. */
  isKeySettled(key: string, byMs: number): boolean {
    const atMs = this.#settledKeys.get(key);
    return atMs !== undefined && atMs <= byMs;
  }

  /** Which key somebody tried to write this to. */
  keyOf(write: WriteName): string | undefined {
    return this.#keys.get(write);
  }

  /** A set without any write. */
  none(): WriteSet {
    return new WriteSet(this.#numbers);
  }

  /** What a write's client had been shown: what it overwrites by itself. */
  seenBy(write: WriteName): readonly WriteName[] {
    return this.#overwrites.get(write) ?? [];
  }

  /**
   * All that a write overwrites, at any remove. A list that was made by hand may say that a write overwrites itself: then it
   * is in its own set, and whoever shows it breaks S6.
   */
  overwrittenBy(write: WriteName): WriteSet {
    const known = this.#closures.get(write);
    if (known !== undefined) return known;
    const all = this.none();
    const left = [...this.seenBy(write)];
    for (let older = left.pop(); older !== undefined; older = left.pop()) {
      if (all.has(older)) continue;
      all.add(older);
      const further = this.#closures.get(older);
      if (further !== undefined) all.addAll(further);
      else for (const oldest of this.seenBy(older)) left.push(oldest);
    }
    this.#closures.set(write, all);
    return all;
  }

  /** These writes and all that they overwrite. */
  covered(writes: Iterable<WriteName>): WriteSet {
    const all = this.none();
    for (const write of writes) {
      all.add(write);
      all.addAll(this.overwrittenBy(write));
    }
    return all;
  }
}
