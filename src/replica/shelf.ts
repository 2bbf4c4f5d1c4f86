/**
 * How much room the hints of a node take, and whether there is any for more.
 *
 * A fallback never drops a hint to make room. It refuses more, and is not counted (law H14).
 *
 * @module
 */
import type { StoredRecord } from "../protocol/event.ts";
import type { CopyName } from "../protocol/outbox.ts";
import { sizeOf } from "./coordinate.ts";

/** The room for hints. */
export class Shelf {
  readonly #most: number;
  #bytes: number;

  /** `bytes` are taken, and more is refused from `most` on. */
  constructor({ bytes, most }: { readonly bytes: number; readonly most: number }) {
    this.#bytes = bytes;
    this.#most = most;
  }

  /** How much is taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is no room for what this copy would grow by: there always is for the own one. */
  isFullFor({ owner }: CopyName): boolean {
    return owner !== null && this.#bytes >= this.#most;
  }

  /** On the disk one hint has taken the place of another, or of nothing, or has gone. */
  replaced(before: StoredRecord | null, after: StoredRecord | null): void {
    this.#bytes += bytesOf(after) - bytesOf(before);
  }
}

function bytesOf(record: StoredRecord | null): number {
  return record === null ? 0 : sizeOf(record.container);
}
