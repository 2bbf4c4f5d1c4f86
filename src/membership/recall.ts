/**
 * Whether a data directory is an old copy, as far as anybody can know (protocol.md, Part 1 c, law S19).
 *
 * Think of a diary whose owner writes the date into it each evening, and tells it to his friends. If he finds one day that
 * they remember a later date than the last one in it, then the diary before him is not his diary, but an old copy. And by
 * the date in it he can tell how old.
 *
 * The date is the **tick** of a register: until when the store has lived, by the node's wall clock, durable before it is
 * said. A copy that is younger than G may be merged: nothing that it holds was forgotten elsewhere, for between the moment
 * at which all agreed on what stands there now, and that at which they let it go, lie G. An older one may hold what
 * everybody has forgotten, and nobody could see that it was ever dead. So
 *
 * ```text
 * the tick on the disk is younger than G ------------------------------------------------> start
 * it is not, and nobody else is a member ------------------------------------------------> start
 * it is not --ask all--> somebody remembers a later one -> the process ends, with a sentence
 *                        nobody does: it was down for long, and without it nothing was forgotten -> start
 * later: somebody remembers a later tick -> it speaks above that, and recovers; or ends, if the copy was too old
 * ```
 *
 * A disk without a register is empty: it brings nothing back, and is filled.
 *
 * What this does not see: what was lost after the last tick that anybody heard of; and an old copy where nobody remembers:
 * in a cluster of one, or while nobody can be reached. So that a node serves that is all that is left of its cluster,
 * it asks for no longer than a request takes (`requestTimeoutMs`); if it is told later, it ends then.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Register } from "../protocol/change.ts";
import type { Outbox } from "../protocol/outbox.ts";

/** Whoever has not answered is asked again after so long. In ms. */
const ASK_MS = 500;
/** By how much one clock may go faster than another: one in so many. */
const DRIFT = 64;

/** Words by which one knows that a process has ended because its disk is too old. */
export const OLD_COPY = "its data directory is an old copy";

/** What somebody remembers of a node. */
export interface Recalled {
  /** The greatest tick that the node has said; 0 if nothing is remembered. */
  readonly tick: number;
  /** The register that had it; null if only the tick is remembered. */
  readonly register: Register | null;
}

/** Nothing. */
export const NOTHING: Recalled = { tick: 0, register: null };

/** Of two memories the later one; of equal ones that which tells more. */
export function later(a: Recalled, b: Recalled): Recalled {
  return b.tick > a.tick || (b.tick === a.tick && a.register === null) ? b : a;
}

/** What a disk had when its process began. */
export class FoundDisk {
  readonly #tick: number;
  readonly #wallMs: number;
  readonly #youngMs: number;

  /**
   * @param tick The tick on it; 0 if it was empty.
   * @param wallMs When the process began, by the wall clock.
   * @param reapAfterMs G.
   */
  constructor({ tick, wallMs, reapAfterMs }: {
    readonly tick: number;
    readonly wallMs: number;
    readonly reapAfterMs: number;
  }) {
    this.#tick = tick;
    this.#wallMs = wallMs;
    // The leaders that let something go have waited for G by clocks of their own.
    this.#youngMs = reapAfterMs - Math.floor(reapAfterMs / DRIFT);
  }

  /** Whether it need not be asked about: nothing that it holds can have been forgotten. */
  get isYoung(): boolean {
    // Long before the tick a clock stands that was set back, or not yet set: it says nothing.
    return this.#tick === 0 || Math.abs(this.#wallMs - this.#tick) <= this.#youngMs;
  }

  /** Whether it is a copy that is too old, if its store has lived until then. */
  isTooOld(tick: number): boolean {
    if (this.#tick === 0 || tick <= this.#tick) return false;
    return this.#ageMs(tick) > this.#youngMs;
  }

  /** Why a process ends whose disk is too old. */
  sentence(node: NodeId, tick: number): string {
    const ageS = Math.floor(this.#ageMs(tick) / 1000);
    const age = ageS < 7200 ? `${ageS} seconds` : `${Math.floor(ageS / 3600)} hours`;
    return `Cannot go on as ${node}: ${OLD_COPY}, of ${age} ago, and its peers remember that it ` +
      "has lived on since; what was deleted meanwhile may be forgotten by all, and would come back. Empty the " +
      "directory and start the node again under the same id: its peers will fill it";
  }

  #ageMs(tick: number): number {
    return Math.max(this.#wallMs, tick) - this.#tick;
  }
}

/** The asking of all others. */
export class Recall {
  readonly #open: Set<NodeId>;
  readonly #untilMs: number;
  readonly #isNew: boolean;
  /** The latest that anybody remembers. */
  latest: Recalled = NOTHING;

  /** Nobody has answered yet. Whoever has not done so by `untilMs` cannot be reached. `isNew`: the disk is empty. */
  constructor(
    others: Iterable<NodeId>,
    { untilMs, isNew }: { readonly untilMs: number; readonly isNew: boolean },
  ) {
    this.#open = new Set(others);
    this.#untilMs = untilMs;
    this.#isNew = isNew;
  }

  /**
   * Somebody has; or cannot be reached. Who begins on an empty disk waits for nobody who is not there: a cluster that is just
   * being founded would begin late. Who may bring back what was forgotten waits.
   */
  onRecalled(from: NodeId, recalled: Recalled | null): void {
    if (recalled !== null || this.#isNew) this.#open.delete(from);
    if (recalled !== null) this.latest = later(this.latest, recalled);
  }

  /** Asks whoever has not answered, and will again. False if nobody is waited for any more. */
  asks(out: Outbox): boolean {
    if (this.#open.size === 0 || out.now.monoMs >= this.#untilMs) return false;
    for (const member of this.#open) out.send(member, { kind: "gossip_recall" });
    out.setTimer({ kind: "gossip" }, ASK_MS);
    return true;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const [latest, open] = [this.latest, [...this.#open]];
    return { open, untilMs: this.#untilMs, isNew: this.#isNew, latest };
  }
}
