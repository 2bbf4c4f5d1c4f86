/**
 * What a coordinator remembers of the puts that were forwarded to it (protocol.md, Part 1 a; laws Q13, Q18).
 *
 * A forward may come twice, or late, or after its entry node has asked for its status. So a coordinator keeps, by write
 * id, whether a put is running, how it ended, or that it is **fenced**: asked for before it came, and from then on
 * refused. It remembers for longer than any message or request can live (M + D), so that whatever is still on its way
 * finds the entry. A restart forgets, but then messages to the former boot are refused anyway.
 *
 * A write id may be used again after a definite refusal, and only then. Such a new try has another request number than the
 * one that was refused; a second copy of the refused one has the same, and finds its refusal.
 *
 * The memory is bounded: when it is full, new forwards are refused, definitely. A refusal is remembered too, as a fence: a
 * second copy of a refused forward must not be coordinated when there is room again, for by then another node may have
 * the put. When not even a fence can be remembered, there is no answer at all. The *answers* of ended puts hold contents,
 * so the oldest are dropped earlier when they grow too large: a duplicate is then told, truthfully, that the put was
 * handled here and the answer is gone. It is never handled twice.
 *
 * @module
 */
import type { NodeId, WriteId } from "../id.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { PutDone } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";

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
  /** The key that the put is of; null while only its status was asked for. */
  name: string | null;
  remembered: Remembered;
  /** The tries that were refused definitely, fences among them: another copy of one must find its refusal. */
  readonly refused: string[];
}

/** One handing over of a put: its entry node and request number. A second copy of it is the same try. */
export interface Try {
  readonly writeId: WriteId;
  readonly from: NodeId;
  readonly request: RequestId;
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

  /**
   * What is known of a put; undefined if this try may begin: it has never been heard of, or every earlier try was refused
   * definitely and this is another one.
   */
  recall(tried: Try): Remembered | undefined {
    const slot = this.#slots.get(tried.writeId);
    if (slot === undefined) return undefined;
    const { remembered, refused } = slot;
    if (!isRefused(remembered)) return remembered;
    return refused.includes(idOf(tried)) ? remembered : undefined;
  }

  /** True if the write id has been used for another key. */
  isOfAnother(writeId: WriteId, name: string): boolean {
    const known = this.#slots.get(writeId)?.name ?? null;
    return known !== null && known !== name;
  }

  /**
   * Begins to remember a put. Returns false, and remembers nothing, if the memory is full. Half of it is kept for fenced
   * ones: a refusal is definite only while it is remembered.
   */
  remember(
    tried: Try,
    { as, name, monoMs }: {
      readonly as: "running" | "fenced";
      readonly name: string | null;
      readonly monoMs: number;
    },
  ): boolean {
    this.#forget(monoMs);
    const known = this.#slots.get(tried.writeId);
    const most = as === "running" ? this.#most : 2 * this.#most;
    if (known === undefined && this.#slots.size >= most) return false;
    // A new try moves to the end: it is remembered for its own full time, and the refusals before it for longer.
    this.#slots.delete(tried.writeId);
    const refused = known?.refused ?? [];
    if (as === "fenced") refused.push(idOf(tried));
    const remembered = { kind: as };
    this.#slots.set(tried.writeId, {
      sinceMs: monoMs,
      name: known?.name ?? name,
      remembered,
      refused,
    });
    return true;
  }

  /** A running put has ended, with an answer that holds `bytes` of contents. */
  end(tried: Try, answer: PutDone | Failure, bytes: number): void {
    const { writeId } = tried;
    const slot = this.#slots.get(writeId);
    if (slot?.remembered.kind !== "running") {
      throw new Error("Cannot end a put that is not running");
    }
    slot.remembered = { kind: "ended", answer };
    if (isRefused(slot.remembered)) slot.refused.push(idOf(tried));
    // What holds no contents is never dropped for space. A refusal must be found by the tries after it; and such a try may
    // be running when space is short, under the same write id.
    if (bytes === 0) return;
    this.#answerBytes.set(writeId, bytes);
    this.#totalAnswerBytes += bytes;
    for (const oldest of this.#answerBytes.keys()) {
      if (this.#totalAnswerBytes <= MAX_ANSWER_BYTES) break;
      this.#dropAnswer(oldest);
    }
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { slots: [...this.#slots], answerBytes: [...this.#answerBytes] };
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

/** What a second copy of a put, or a question about it, is answered; null if its first copy runs, and will answer itself. */
export function saidAgain(known: Remembered): PutDone | Failure | null {
  if (known.kind === "running") return null;
  if (known.kind === "fenced") {
    return failure("no_coordinator", "Cannot put: the put was fenced before it came");
  }
  return known.answer ?? failure(
    "coordinator_lost",
    "Cannot say what became of the put: it was handled, and its answer is forgotten",
    { definite: false },
  );
}

function idOf({ from, request }: Try): string {
  return `${from}:${request}`;
}

/** True if no dot was issued, and none will be. */
function isRefused(remembered: Remembered): boolean {
  if (remembered.kind === "fenced") return true;
  return remembered.kind === "ended" && remembered.answer?.kind === "failure" &&
    remembered.answer.definite;
}
