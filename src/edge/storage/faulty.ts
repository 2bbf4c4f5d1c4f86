/**
 * An engine that fails when it is told to: the rig for the laws about crashes and full disks.
 *
 * Commits are numbered from 1. At the chosen one it does what a {@linkcode Fault} says; all else goes to the engine
 * behind it, untouched.
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

/** What happens at a commit. */
export type Fault =
  /** The process ends before it: this and everything later never comes back. */
  | "crash"
  /** It is refused, and not made. */
  | "refuse"
  /** There is no room for it. */
  | "full"
  /** It is made, and reported as failed: the answer of a remote database can get lost. */
  | "lose answer";

/** An engine before another. */
export class FaultyEngine implements Engine {
  readonly #engine: Engine;
  readonly #faults: ReadonlyMap<number, Fault>;
  #dead = false;
  #tellCrashed!: () => void;
  /** How many commits there were. */
  commits = 0;
  /** Resolves at a crash. */
  readonly crashed: Promise<void>;
  /** Called, and waited for, before each list: to do something between two reads of one reader. */
  beforeList: () => Promise<void> = () => Promise.resolve();

  /** Puts `faults`, by number of the commit, before `engine`. */
  constructor(engine: Engine, faults: ReadonlyMap<number, Fault> = new Map()) {
    this.#engine = engine;
    this.#faults = faults;
    this.crashed = new Promise((resolve) => this.#tellCrashed = resolve);
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
    return this.#dead ? never() : this.#engine.get(key);
  }
  async *list(range: KeyRange): AsyncIterable<Entry> {
    await this.beforeList();
    if (this.#dead) await never();
    yield* this.#engine.list(range);
  }
  async commit(mutations: readonly Mutation[]): Promise<void> {
    if (this.#dead) await never();
    const fault = this.#faults.get(++this.commits);
    if (fault === "crash") {
      this.#dead = true;
      this.#tellCrashed();
      await never();
    }
    if (fault === "refuse") throw new Error("no space left on device");
    if (fault === "full") throw new DiskFull("no space left on device");
    await this.#engine.commit(mutations);
    if (fault === "lose answer") throw new Error("connection lost");
  }
  close(): Promise<void> {
    return this.#dead ? never() : this.#engine.close();
  }
}

function never<Value>(): Promise<Value> {
  return new Promise(() => {});
}
