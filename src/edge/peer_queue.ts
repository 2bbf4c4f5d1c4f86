/**
 * What waits to be sent to one peer: bounded in bytes and in age, and bound to one process.
 *
 * Two lanes, because the order of messages does not matter to the protocol and their sizes do: a container of megabytes
 * takes its time on the network, and the small messages that requests hang on must not stand behind it.
 *
 * Invariants:
 * 1. the sum of what waits is at most `maxQueueBytes`, but an empty queue takes one message of any size;
 * 2. a message is given out at most once, except for one that was put back because it certainly was not processed;
 * 3. **a message is for the process that was known to be the peer when it was queued**: what a node has to say to one
 *    boot (an answer above all) means nothing to the next, or worse, something else, since requests are numbered anew
 *    (protocol.md, Part 1 c and h8). Before the first word with a peer there is no boot to mix up, and any will do;
 * 4. no message is given out that has waited longer than `maxWaitMs`: the sender's half of the greatest age.
 *
 * @module
 */
import type { Boot } from "../id.ts";
import type { Message } from "../protocol/message.ts";

/** Bounds of one peer's queue and of its batches. */
export interface QueueLimits {
  /** Greatest sum of what waits. In bytes. @default 32 MiB: a few seconds of a full network */
  readonly maxQueueBytes: number;
  /** Greatest batch, unless one message alone is greater. In bytes. @default 1 MiB */
  readonly maxBatchBytes: number;
  /** Most messages in a batch. @default 512 */
  readonly maxBatchMessages: number;
  /** From this size on a message takes the slow lane. In bytes. @default 64 KiB */
  readonly bulkBytes: number;
  /** Longest wait. In ms. @default 30 s, half of the greatest age of a message */
  readonly maxWaitMs: number;
}

/** What the bounds are if nobody says otherwise. */
export const QUEUE_LIMITS: QueueLimits = {
  maxQueueBytes: 32 << 20,
  maxBatchBytes: 1 << 20,
  maxBatchMessages: 512,
  bulkBytes: 64 << 10,
  maxWaitMs: 30_000,
};

/** Small messages go by one lane, large ones by the other. */
export type LaneName = "brisk" | "bulk";

/** A message that waits. */
export interface Waiting {
  readonly message: Message;
  readonly bytes: number;
  /** The peer's process that it is for; null is any. */
  readonly boot: Boot | null;
  readonly sinceMs: number;
}

/** What may go now, and what never will. */
export interface Taken {
  readonly batch: Waiting[];
  /** For another boot, or too old. */
  readonly dead: Waiting[];
}

/** The queue. */
export class PeerQueue {
  readonly #limits: QueueLimits;
  readonly #lanes: Record<LaneName, Waiting[]> = { brisk: [], bulk: [] };
  #bytes = 0;

  /** An empty queue. */
  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** How much waits. */
  get bytes(): number {
    return this.#bytes;
  }
  /** How many wait. */
  get length(): number {
    return this.#lanes.brisk.length + this.#lanes.bulk.length;
  }

  /** Queues a message; false if it does not fit. */
  offer(waiting: Waiting): boolean {
    if (this.#bytes > 0 && this.#bytes + waiting.bytes > this.#limits.maxQueueBytes) return false;
    this.#lanes[this.#laneOf(waiting)].push(waiting);
    this.#bytes += waiting.bytes;
    return true;
  }

  /** Takes the next batch of a lane for the peer's process `boot`. The batch is empty if nothing is left for it. */
  take(lane: LaneName, { boot, nowMs }: { readonly boot: Boot; readonly nowMs: number }): Taken {
    const { maxBatchBytes, maxBatchMessages, maxWaitMs } = this.#limits;
    const queued = this.#lanes[lane];
    const taken: Taken = { batch: [], dead: [] };
    let bytes = 0;
    let count = 0;
    for (const waiting of queued) {
      const isDead = nowMs - waiting.sinceMs > maxWaitMs ||
        (waiting.boot !== null && waiting.boot !== boot);
      const fits = taken.batch.length < maxBatchMessages &&
        (taken.batch.length === 0 || bytes + waiting.bytes <= maxBatchBytes);
      if (!isDead && !fits) break;
      (isDead ? taken.dead : taken.batch).push(waiting);
      if (!isDead) bytes += waiting.bytes;
      this.#bytes -= waiting.bytes;
      count++;
    }
    queued.splice(0, count);
    return taken;
  }

  /** Puts a batch back before all others: it certainly was not processed. It may pass the bound for a moment. */
  putBack(lane: LaneName, batch: readonly Waiting[]): void {
    this.#lanes[lane].unshift(...batch);
    for (const { bytes } of batch) this.#bytes += bytes;
  }

  /** Takes everything. */
  clear(): Waiting[] {
    const all = [...this.#lanes.brisk, ...this.#lanes.bulk];
    this.#lanes.brisk = [];
    this.#lanes.bulk = [];
    this.#bytes = 0;
    return all;
  }

  #laneOf({ bytes }: Waiting): LaneName {
    return bytes < this.#limits.bulkBytes ? "brisk" : "bulk";
  }
}
