/**
 * How much room the hints of a node take, and whether there is any for more.
 *
 * A fallback never drops a hint to make room. It refuses more, and is not counted (law H14).
 *
 * What is counted is what is on the disk. Of a store that failed nobody knows whether it has landed, so such a copy is in
 * **doubt**: it counts for what it was, until somebody has looked.
 *
 * @module
 */
import type { StoredRecord } from "../protocol/event.ts";
import type { CopyName } from "../protocol/outbox.ts";
import { sizeOf } from "./coordinate.ts";
import { laneKey } from "./lane.ts";

/** The room for hints. */
export class Shelf {
  readonly #most: number;
  #bytes: number;
  /** Copies in doubt, by lane, and what each counts for. */
  readonly #doubts = new Map<string, number>();

  /** `bytes` are taken, and more is refused from `most` on. */
  constructor({ bytes, most }: { readonly bytes: number; readonly most: number }) {
    this.#bytes = bytes;
    this.#most = most;
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { bytes: this.#bytes, doubts: [...this.#doubts] };
  }

  /** Whether there is no room for what this copy would grow by: there always is for the own one. */
  isFullFor({ owner }: CopyName): boolean {
    return owner !== null && this.#bytes >= this.#most;
  }

  /** On the disk one hint has taken the place of another, or of nothing, or has gone. */
  replaced(before: StoredRecord | null, after: StoredRecord | null): void {
    this.#bytes += bytesOf(after) - bytesOf(before);
  }

  /** What was to take the place of this may have done so, or not. */
  doubts(copy: CopyName, before: StoredRecord | null): void {
    this.#doubts.set(laneKey(copy), bytesOf(before));
  }

  /** This is on the disk. */
  sees(copy: CopyName, record: StoredRecord | null): void {
    const counted = this.#doubts.get(laneKey(copy));
    if (counted === undefined) return;
    this.#doubts.delete(laneKey(copy));
    this.#bytes += bytesOf(record) - counted;
  }
}

function bytesOf(record: StoredRecord | null): number {
  return record === null ? 0 : sizeOf(record.container);
}
