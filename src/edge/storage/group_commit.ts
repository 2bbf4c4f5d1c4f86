/**
 * Group commit: all writes that wait when a commit returns go into the next one.
 *
 * A disk syncs so many times a second, whatever it is given. One commit at a time is under way; whoever comes meanwhile
 * waits, and then all of them go together. A lone writer waits for nobody; sixty-four share one sync. It is the way a
 * lift works: it does not wait for a crowd, and a crowd does not need more lifts.
 *
 * A {@linkcode Work} is a list of mutations in order. One that fits a commit goes **whole**, and is on the disk or not.
 * One that does not fit **streams**: its mutations go in order into as many commits as it takes, so that what is on the
 * disk is at every moment a beginning of its list. Its owner has put them in an order that makes every beginning sound
 * (`parcel_store.ts`). Works are served first come, first served.
 *
 * When a commit fails, every work that had a part in it fails and the rest of its mutations is dropped; the others go
 * on. When there is no room, those that need some fail, and what gives room back is tried again without them. When this process has been shut out, everything fails for ever, and `shutOut` says why.
 *
 * @module
 */
import type { Complaint } from "./complaint.ts";
import {
  checkLimits,
  DiskFull,
  type Engine,
  excess,
  type Mutation,
  NOTHING,
  ShutOut,
  type Size,
  sum,
} from "./engine.ts";
import { needsRoom } from "./quota.ts";

/** How a write ended. A failed one may be on the disk nevertheless; one for which the disk is too full is not. */
export type Outcome = "durable" | "failed" | "full";

/** Mutations that belong together. */
export interface Work {
  readonly mutations: readonly Mutation[];
  /** Which of them makes the work count: when it is durable the owner is told so; what follows is tidying up. */
  readonly decisive: number;
}

/** What becomes of a work. Neither promise ever rejects. */
export interface Fate {
  /** Settles as soon as the decisive mutation is durable, or cannot be any more. */
  readonly decided: Promise<Outcome>;
  /** Settles when all of it is durable, or something of it never will be. */
  readonly finished: Promise<Outcome>;
}

interface Waiting extends Work {
  readonly size: Size;
  readonly decide: (outcome: Outcome) => void;
  readonly finish: (outcome: Outcome) => void;
  /** How many of the mutations are durable. */
  done: number;
}

/** Puts works together into commits of one engine. */
export class GroupCommit {
  readonly #engine: Engine;
  readonly #unwritable: Complaint;
  #queue: Waiting[] = [];
  #pumping = false;
  #closed = false;
  #isFull = false;
  #tellShutOut!: (reason: string) => void;
  /** Resolves, with the reason, if another process takes the data away. */
  readonly shutOut: Promise<string>;

  /** A queue before `engine`. Commits that fail are said to `unwritable`. */
  constructor(engine: Engine, unwritable: Complaint) {
    this.#engine = engine;
    this.#unwritable = unwritable;
    this.shutOut = new Promise((resolve) => this.#tellShutOut = resolve);
  }

  /** True if these mutations go into one commit, and so are made together or not at all. */
  fits(mutations: readonly Mutation[]): boolean {
    return excess(this.#sizeOf(mutations), this.#engine.limits) === null;
  }

  /**
   * Puts a work in the queue.
   *
   * @throws {RangeError} If a mutation is too large for any commit: it would take innocent ones down with it.
   */
  submit(work: Work): Fate {
    for (const mutation of work.mutations) checkLimits(this.#engine, [mutation]);
    if (work.mutations.length <= work.decisive) {
      throw new RangeError(
        `Cannot submit: a decisive mutation wanted, got ${work.decisive} of ${work.mutations.length}`,
      );
    }
    const decided = Promise.withResolvers<Outcome>();
    const finished = Promise.withResolvers<Outcome>();
    const waiting: Waiting = {
      ...work,
      size: this.#sizeOf(work.mutations),
      decide: decided.resolve,
      finish: finished.resolve,
      done: 0,
    };
    if (this.#closed) fail(waiting, "failed");
    else {
      this.#queue.push(waiting);
      if (!this.#pumping) this.#pump();
    }
    return { decided: decided.promise, finished: finished.promise };
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#queue.length > 0) {
      // A turn of the event loop, so that everybody whom the last commit has set free can come along.
      await turn();
      const { mutations, works } = this.#pack();
      try {
        await this.#engine.commit(mutations);
      } catch (error) {
        this.#failed(error, works);
        continue;
      }
      // While it is full, what needs no room says nothing about that.
      if (!this.#isFull || mutations.some(needsRoom)) {
        this.#unwritable.settle();
        this.#isFull = false;
      }
      for (const [work, count] of works) advance(work, count);
      this.#queue = this.#queue.filter((work) => work.done < work.mutations.length);
    }
    this.#pumping = false;
  }

  /** Takes from the head of the queue as much as one commit holds. */
  #pack(): { mutations: Mutation[]; works: Map<Waiting, number> } {
    const { limits } = this.#engine;
    const works = new Map<Waiting, number>();
    const mutations: Mutation[] = [];
    let total = NOTHING;
    for (const work of this.#queue) {
      if (excess(work.size, limits) === null) { // goes whole
        const together = sum(total, work.size);
        if (excess(together, limits) !== null) break;
        total = together;
        works.set(work, work.mutations.length);
        for (const mutation of work.mutations) mutations.push(mutation);
        continue;
      }
      let next = work.done;
      for (; next < work.mutations.length; next++) {
        const grown = sum(total, this.#engine.sizeOf(work.mutations[next]!));
        if (excess(grown, limits) !== null) break;
        total = grown;
        mutations.push(work.mutations[next]!);
      }
      if (next > work.done) works.set(work, next - work.done);
      if (next < work.mutations.length) break;
    }
    return { mutations, works };
  }

  #failed(error: unknown, works: ReadonlyMap<Waiting, number>): void {
    const reason = this.#unwritable.raise(error);
    if (error instanceof ShutOut) {
      this.#closed = true;
      this.#tellShutOut(reason);
    }
    const isFull = error instanceof DiskFull;
    this.#isFull ||= isFull;
    const growing = [...works.keys()].filter(({ mutations }) => mutations.some(needsRoom));
    const hit = new Set(isFull && growing.length > 0 ? growing : works.keys());
    const doomed = (work: Waiting) => this.#closed || hit.has(work);
    const failed = this.#queue.filter(doomed);
    this.#queue = this.#queue.filter((work) => !doomed(work));
    for (const work of failed) fail(work, isFull ? "full" : "failed");
  }

  #sizeOf(mutations: readonly Mutation[]): Size {
    return mutations.reduce((size, one) => sum(size, this.#engine.sizeOf(one)), NOTHING);
  }
}

/** `count` more mutations are durable. */
function advance(work: Waiting, count: number): void {
  work.done += count;
  if (work.done > work.decisive) work.decide("durable");
  if (work.done === work.mutations.length) work.finish("durable");
}

/** What is not durable yet will not be. */
function fail(work: Waiting, how: "failed" | "full"): void {
  work.decide(how); // changes nothing if it has been decided
  work.finish(how);
}

/** The rest of this turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
