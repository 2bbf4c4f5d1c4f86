/**
 * Issuing dots: the one place where a new event of a key gets its name (protocol.md, Part 1 b).
 *
 * A clock entry a:n claims "I have applied a's events 1..n of this key, kills included". So (a, n+1) may be issued only
 * from a record that holds the effect of a's dots 1..n (I1), and no (a, n) twice. Durable counters, leases and counting
 * over the whole node all break one of the two when a record is lost and comes back, or a backup is restored. The rule that
 * holds needs nothing durable:
 *
 * - an actor is `node : boot : seq`; `boot` is fresh entropy at every start, `seq` counts in memory;
 * - a record carries a private `mine`, the last dot that this node issued in it. If that is of this boot, count on; else
 *   take a new actor. **Never infer the own actor from a clock**;
 * - a store that failed burns its actor: what the disk holds may be older than what was sent out;
 * - an actor that a message or a context knows further than `mine` does is dropped: this record is not what it was.
 *
 * @module
 */
import {
  type Actor,
  actorOf,
  type Boot,
  bootOf,
  type Dot,
  MAX_COUNTER,
  type NodeId,
} from "../id.ts";
import type { VersionVector } from "../version/version_vector.ts";
import type { StoredRecord } from "../protocol/event.ts";

/** The source of this boot's dots. */
export class Dots {
  readonly #node: NodeId;
  readonly #boot: Boot;
  readonly #burnt = new Set<Actor>();
  #seq = 0;

  /** Dots of `node` in the boot `boot`. */
  constructor(node: NodeId, boot: Boot) {
    this.#node = node;
    this.#boot = boot;
  }

  /**
   * The name of the next event of a record, which must be the very record that the event will be applied to.
   *
   * @param record What this node holds of the key; null if nothing.
   * @param seen The clock of the put's context.
   * @returns The dot, and whether `mine` had to be dropped because somebody knows that actor further than it.
   */
  next(record: StoredRecord | null, seen: VersionVector): { dot: Dot; overtaken: boolean } {
    const mine = record?.mine ?? null;
    if (mine === null || bootOf(mine.actor) !== this.#boot || this.#burnt.has(mine.actor)) {
      return { dot: this.#fresh(), overtaken: false };
    }
    const known = Math.max(
      record?.container.clock.get(mine.actor) ?? 0,
      seen.get(mine.actor) ?? 0,
    );
    if (known > mine.counter) return { dot: this.#fresh(), overtaken: true };
    if (mine.counter >= MAX_COUNTER) return { dot: this.#fresh(), overtaken: false };
    return { dot: { actor: mine.actor, counter: mine.counter + 1 }, overtaken: false };
  }

  /** The store that held a dot of this actor failed or was dropped: it is never counted on again. */
  burn(actor: Actor): void {
    this.#burnt.add(actor);
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { burnt: [...this.#burnt], seq: this.#seq };
  }

  #fresh(): Dot {
    return { actor: actorOf(this.#node, this.#boot, this.#seq++), counter: 1 };
  }
}
