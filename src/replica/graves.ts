/**
 * Graves: what stood here of keys that were settled a moment ago (protocol.md, Part 1 c).
 *
 * When a key is reaped, or its clock shortened, copies of it may still be on their way, from a replica that has not heard yet. For as long as any
 * message and any request can live after that, the key behaves as if its last container were still held: what brings no
 * news is absorbed, and what does is merged with it. Only readers are told what is there.
 *
 * A grave is in no tree, on no disk, and in no answer. A process that starts again has none, and needs none: what was on its
 * way to the process before it is refused (`protocol/envelope.ts`).
 *
 * @module
 */
import { type Digest, nameBytes, type ObjectName } from "../id.ts";
import type { Now } from "../protocol/event.ts";
import type { NamedContainer, Settling } from "../protocol/message.ts";
import { containerDigest } from "../version/digest.ts";
import type { Container } from "../version/siblings.ts";
import { sizeOf } from "./coordinate.ts";

/** What stood here. */
export interface Grave {
  readonly container: Container;
  readonly digest: Digest;
  /** What was done with it. */
  readonly how: Settling;
  /** By the monotonic clock. */
  readonly untilMs: number;
}

/** What graves may hold together. When they do, a key that should go stays a while longer. In bytes. */
const MOST_BYTES = 64 * 2 ** 20;
/** About what a grave holds besides contents, and what an entry of its clock does. */
const GRAVE_BYTES = 256;
const ENTRY_BYTES = 64;

/** The graves of one node. */
export class Graves {
  /** In the order in which they go. */
  readonly #graves = new Map<string, Grave>();
  readonly #keepMs: number;
  readonly #mostBytes: number;
  #bytes = 0;

  /** None yet. Each is kept for `keepMs`. */
  constructor({ keepMs, mostBytes = MOST_BYTES }: {
    readonly keepMs: number;
    readonly mostBytes?: number;
  }) {
    this.#keepMs = keepMs;
    this.#mostBytes = mostBytes;
  }

  /** What they hold together. In bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What it holds in memory. */
  snapshot(): object {
    return [...this.#graves];
  }

  /** What stood here of a key, if that was not long ago. */
  of(name: ObjectName, now: Now): Grave | null {
    if (this.#graves.size === 0) return null;
    this.#fade(now);
    return this.#graves.get(nameBytes(name)) ?? null;
  }

  /** The grave of this very container, if that was not long ago. */
  holding({ name, container }: NamedContainer, now: Now): Grave | null {
    const grave = this.of(name, now);
    // Most keys have none, and a digest costs more than a look.
    return grave !== null && grave.digest === containerDigest(name, container) ? grave : null;
  }

  /** This stands here no more. False if there is no room for one more grave: then it must stay. */
  dig(
    name: ObjectName,
    { container, digest, how }: Pick<Grave, "container" | "digest" | "how">,
    now: Now,
  ): boolean {
    this.#fade(now);
    const key = nameBytes(name);
    const bytes = bytesOf(container);
    const known = this.#graves.get(key);
    const others = this.#bytes - (known === undefined ? 0 : bytesOf(known.container));
    if (others + bytes > this.#mostBytes) return false;
    this.#fill(key);
    this.#bytes += bytes;
    this.#graves.set(key, { container, digest, how, untilMs: now.monoMs + this.#keepMs });
    return true;
  }

  /** Those whose time is over go. */
  #fade({ monoMs }: Now): void {
    for (const [key, { untilMs }] of this.#graves) {
      if (monoMs <= untilMs) return;
      this.#fill(key);
    }
  }

  #fill(key: string): void {
    const grave = this.#graves.get(key);
    if (grave === undefined) return;
    this.#bytes -= bytesOf(grave.container);
    this.#graves.delete(key);
  }
}

function bytesOf(container: Container): number {
  return GRAVE_BYTES + ENTRY_BYTES * container.clock.size + sizeOf(container);
}
