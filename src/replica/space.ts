/**
 * Whether the disk of this node takes more. A node whose disk is full only reads: it refuses copies and puts, definitely,
 * before a dot is issued, so that others take its place. What gives room back (a hint that is where it belongs) goes on.
 *
 * ```text
 * there is room --a store fails for want of it--> full --one that was let through is durable--> there is room
 * ```
 *
 * How does it find out that there is room again? It tries: now and then one copy is let through. A put only where nobody
 * sends copies, for if it fails then its client is told that it may have happened.
 *
 * @module
 */
import type { Outbox } from "../protocol/outbox.ts";
import type { Work } from "./lane.ts";

/** A full disk is tried again so often, with a copy that somebody sends. In ms. */
const TRY_MS = 1_000;
/** With a put, if nothing else came for so long. In ms. */
const TRY_PUT_MS = 5_000;

/** The room on one disk. */
export class Space {
  /** When it was last tried; null: there is room. */
  #triedMs: number | null = null;

  /** Whether there is none. */
  get isFull(): boolean {
    return this.#triedMs !== null;
  }

  /** What it holds in memory. */
  snapshot(): number | null {
    return this.#triedMs;
  }

  /** Whether a piece of work must be refused; if not, and the disk is full, it is the one that tries it. */
  refuses(kind: Work["kind"], { now: { monoMs } }: Outbox): boolean {
    const writes = kind === "write" || kind === "repair" || kind === "put";
    if (this.#triedMs === null || !writes) return false;
    if (monoMs - this.#triedMs < (kind === "put" ? TRY_PUT_MS : TRY_MS)) return true;
    this.#triedMs = monoMs;
    return false;
  }

  /** A store has failed for want of room. */
  onFull(out: Outbox): void {
    if (this.#triedMs === null) out.mark("store.full");
    this.#triedMs = out.now.monoMs;
  }

  /** Something that needs room has been stored. */
  onRoom(out: Outbox): void {
    if (this.#triedMs !== null) out.mark("store.room");
    this.#triedMs = null;
  }
}
