/**
 * What a coordinator remembers of the puts that were forwarded to it (protocol.md, Part 1 a; laws Q13, Q18).
 *
 * A forward may come twice, or late, or after its entry node has asked for its status. So a coordinator keeps, by write
 * id, whether a put is running, how it ended, or that it is **fenced**: asked for before it came, and from then on
 * refused. It remembers for longer than any message or request can live (M + D), so that whatever is still on its way
 * finds the entry. A restart forgets, but then messages to the former boot are refused anyway.
 *
 * The memory is bounded: when it is full, new forwards are refused, definitely. A refusal is remembered too, as a fence: a
 * second copy of a refused forward must not be coordinated when there is room again, for by then another node may have
 * the put. When not even a fence can be remembered, there is no answer at all. The *answers* of ended puts hold contents,
 * so the oldest are dropped earlier when they grow too large: a duplicate is then told, truthfully, that the put was
 * handled here and the answer is gone. It is never handled twice.
 *
 * @module
 */
import type { WriteId } from "../id.ts";
import type { Failure } from "../protocol/error.ts";
import type { PutDone } from "../protocol/message.ts";

/** Most bytes of contents that remembered answers may hold together. */
const MAX_ANSWER_BYTES = 32 << 20;

/** What is known of a write id. */
export type Remembered =
  | { readonly kind: "running" }
  | { readonly kind: "fenced" }
  /** `answer` is null if it was dropped for space. */
  | { readonly kind: "ended"; readonly answer: PutDone | Failure | null };

interface Slot {
  readonly sinceMs: number;
  remembered: Remembered;
}

/** The memory of one coordinator, in one boot. */
export class Outcomes {
  /** Oldest first. */
  readonly #slots = new Map<WriteId, Slot>();
  /** How many bytes each answer that is still kept holds; first ended first. */
  readonly #answerBytes = new Map<WriteId, number>();
  readonly #most: number;
  readonly #keepMs: number;
  #totalAnswerBytes = 0;

  /** Remembers `most` puts at most, each for `keepMs`. */
  constructor({ most, keepMs }: { readonly most: number; readonly keepMs: number }) {
    this.#most = most;
    this.#keepMs = keepMs;
  }

  /** What is known of a put; undefined if it has never been heard of. */
  recall(writeId: WriteId): Remembered | undefined {
    return this.#slots.get(writeId)?.remembered;
  }

  /**
   * Begins to remember a put. Returns false, and remembers nothing, if the memory is full. Half of it is kept for fenced
   * ones: a refusal is definite only while it is remembered.
   */
  remember(writeId: WriteId, as: "running" | "fenced", monoMs: number): boolean {
    this.#forget(monoMs);
    const most = as === "running" ? this.#most : 2 * this.#most;
    if (this.#slots.size >= most) return false;
    this.#slots.set(writeId, { sinceMs: monoMs, remembered: { kind: as } });
    return true;
  }

  /** A running put has ended, with an answer that holds `bytes` of contents. */
  end(writeId: WriteId, answer: PutDone | Failure, bytes: number): void {
    const slot = this.#slots.get(writeId);
    if (slot?.remembered.kind !== "running") {
      throw new Error("Cannot end a put that is not running");
    }
    slot.remembered = { kind: "ended", answer };
    this.#answerBytes.set(writeId, bytes);
    this.#totalAnswerBytes += bytes;
    for (const oldest of this.#answerBytes.keys()) {
      if (this.#totalAnswerBytes <= MAX_ANSWER_BYTES) break;
      this.#dropAnswer(oldest);
    }
  }

  #dropAnswer(writeId: WriteId): void {
    this.#totalAnswerBytes -= this.#answerBytes.get(writeId) ?? 0;
    this.#answerBytes.delete(writeId);
    const slot = this.#slots.get(writeId);
    if (slot) slot.remembered = { kind: "ended", answer: null };
  }

  /** A running put is never forgotten, however slow it is; what began after it waits behind it. */
  #forget(monoMs: number): void {
    for (const [writeId, { sinceMs, remembered }] of this.#slots) {
      if (monoMs - sinceMs <= this.#keepMs || remembered.kind === "running") return;
      this.#dropAnswer(writeId);
      this.#slots.delete(writeId);
    }
  }
}
