/**
 * The causal container: what one key holds (a dotted version vector set; Preguiça, Baquero, Gonçalves and others).
 *
 * The paper (section 4.4) keeps one vector clock a version. With server-side actors that loses an acknowledged write as
 * soon as two clients write blindly through one coordinator. So rotor keeps one clock a *key*, which says what has been
 * seen, and tags each live version by its *dot*, the event that wrote it.
 *
 * Picture a guest book and a coat rack. The clock is the guest book: whoever came is in it for ever. The siblings are
 * the coats that still hang there. When two books meet, a coat missing from one rack, whose owner is in that rack's
 * book, has been collected: it goes. A coat whose owner is not in the other's book is news: it stays.
 *
 * Invariants of a {@linkcode Container}:
 * 1. siblings are sorted by dot, and no dot stands twice;
 * 2. every sibling's dot is covered by the clock;
 * 3. (I1) an entry a:n means that the effect of a's dots 1..n on this key, kills included, is in here;
 * 4. (I2) two containers of one key with equal clocks have equal dots.
 *
 * So {@linkcode sync} is a function of the two containers alone, and a join: commutative, associative, idempotent. It
 * knows no properties, no time, no limit, no write id. Nothing else may ever combine containers.
 *
 * @module
 */
import { compareDots, type Dot, hex, MAX_COUNTER, sameDot, type WriteId } from "../id.ts";
import { covers, FRESH, merge, type VersionVector } from "./version_vector.ts";

/** One written value or delete. All of it is set once, by the coordinator: a function of the dot. */
export interface Version {
  /** True for a delete: then content, content type and metadata are empty. */
  readonly tombstone: boolean;
  /** The value, as the client sent it. */
  readonly content: Uint8Array;
  /** The client's `Content-Type`. */
  readonly contentType: string;
  /** What else the client wants back with this version: lower-case header name and value, sorted by name. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The coordinator's wall clock at the write, in ms. Shown to people; nothing compares it. */
  readonly lastModifiedMs: number;
  /** Hybrid logical clock of the write, in µs: above every stamp that the coordinator held or the context knew. */
  readonly stamp: number;
  /** When it stops being shown, in ms of wall clock; null is never. A filter of the node that answers. */
  readonly expiresAtMs: number | null;
  /** Names the client's put. */
  readonly writeId: WriteId;
}

/** A live version and the event that wrote it. */
export interface Sibling {
  /** The event that wrote it. */
  readonly dot: Dot;
  /** What it wrote. */
  readonly version: Version;
}

/** All that one key holds: what has been seen of it, and which versions are live. */
export interface Container {
  /** Everything that has been seen of the key. */
  readonly clock: VersionVector;
  /** What is live, sorted by dot. */
  readonly siblings: readonly Sibling[];
}

/** What a put or a delete knows: what its client had seen, and the greatest stamp in that. */
export interface Seen {
  /** Everything that the client had been shown. */
  readonly clock: VersionVector;
  /** The greatest stamp in it, in µs. */
  readonly stamp: number;
}

/** The container of a key that was never written. */
export const EMPTY: Container = { clock: FRESH, siblings: [] };

/** The context of a client that has seen nothing. */
export const SEEN_NOTHING: Seen = { clock: FRESH, stamp: 0 };

/**
 * Joins two containers of one key: a version stays if both hold it, or if the side without it has never seen it.
 *
 * @example Concurrent writes are both kept
 * ```ts
 * import { EMPTY, sync, write } from "./siblings.ts";
 * import { FRESH } from "./version_vector.ts";
 * import type { Actor } from "../id.ts";
 * import { version } from "../../props/generators.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const mary = write(EMPTY, FRESH, { actor: "m" as Actor, counter: 1 }, version("milk"));
 * const peter = write(EMPTY, FRESH, { actor: "p" as Actor, counter: 1 }, version("bread"));
 * assertEquals(sync(mary, peter).siblings.length, 2);
 * assertEquals(sync(mary, mary), mary);
 * ```
 */
export function sync(a: Container, b: Container): Container {
  if (a === b) return a;
  const siblings: Sibling[] = [];
  // Both lists are sorted by dot (invariant 1), so one walk over the two finds what they share.
  for (let i = 0, j = 0; i < a.siblings.length || j < b.siblings.length;) {
    const ours = a.siblings[i];
    const theirs = b.siblings[j];
    const order = !ours ? 1 : !theirs ? -1 : compareDots(ours.dot, theirs.dot);
    if (ours && order <= 0) {
      if (order === 0 || !covers(b.clock, ours.dot)) siblings.push(ours);
      i++;
    } else if (theirs && !covers(a.clock, theirs.dot)) siblings.push(theirs);
    if (order >= 0) j++;
  }
  return { clock: merge(a.clock, b.clock), siblings };
}

/**
 * The container after a put: what `seen` covers is gone, what it does not cover stays, `version` is live under `dot`.
 * The caller has issued `dot` from this very container (protocol.md, Part 1 b), which is what keeps I1.
 *
 * @throws {RangeError} If `dot` is not the very next of its actor in the container (a gap would claim events whose effect
 * is not in here), or if the context has seen it already (it would be a second event of that name).
 */
export function write(
  held: Container,
  seen: VersionVector,
  dot: Dot,
  version: Version,
): Container {
  const next = (held.clock.get(dot.actor) ?? 0) + 1;
  if (dot.counter !== next || next > MAX_COUNTER) {
    throw new RangeError(
      `Cannot issue dot ${dot.counter} of ${hex(dot.actor)}: ${next} comes next here`,
    );
  }
  if (covers(seen, dot)) {
    throw new RangeError(
      `Cannot issue dot ${dot.counter} of ${hex(dot.actor)}: the context has seen ${
        seen.get(dot.actor)
      }`,
    );
  }
  const known = sync(held, { clock: seen, siblings: [] });
  // Not a sync with `{actor: counter}`: that clock would claim the actor's earlier versions, and take them away.
  return {
    clock: new Map(known.clock).set(dot.actor, dot.counter),
    siblings: [...known.siblings, { dot, version }].sort((x, y) => compareDots(x.dot, y.dot)),
  };
}

/** True if the version that `dot` wrote is live here. */
export function holds(container: Container, dot: Dot): boolean {
  return container.siblings.some((sibling) => sameDot(sibling.dot, dot));
}

/** The greatest stamp in a container: 0 if it has no version. */
export function greatestStamp(container: Container): number {
  return container.siblings.reduce((most, { version }) => Math.max(most, version.stamp), 0);
}
