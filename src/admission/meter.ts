/**
 * How clients fare at this node: it looks on at every step, and times what was asked and what was answered.
 *
 * Two things are timed: client requests, from the ask to the reply; and the disk, from a fetch or a store to its end, while
 * there is foreground work at all (a node that no client asks may be a replica that many clients wait for). Times are whole
 * microseconds.
 *
 * What came since it was last judged is counted: all, and those that were *slow*, which is as much as a percentile needs:
 * the 99th is above the target if, and only if, more than one in a hundred is. The last ones are kept as they are, too, for
 * people; nothing depends on those.
 *
 * @module
 */
import type { Effect } from "../protocol/effect.ts";
import type { Event, Ticket } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import { Recent, type Spread } from "./recent.ts";

/** Messages for which a client waits somewhere. What handoff brings comes as a write as well, and counts as one. */
const FOREGROUND: ReadonlySet<Message["kind"]> = new Set(["read", "write", "forward"]);
/** For so long after the last sign of a client there may be another. In ms. */
const BUSY_MS = 1_000;

/** How many there were, and how many of them took too long. */
export interface Tally {
  readonly all: number;
  readonly slow: number;
}

/** What happened since it was last forgotten. */
export interface Evidence {
  /** Client requests. */
  readonly requests: Tally;
  /** Fetches and stores. */
  readonly disk: Tally;
}

/** Times what a node does for clients. */
export class Meter {
  readonly #targetMs: number;
  /** When each request began that has no answer yet, oldest first. */
  readonly #asked = new Map<Ticket, number>();
  /** When each fetch and store began that has not ended. */
  readonly #io = new Map<number, number>();
  readonly #recent = { requests: new Recent(), disk: new Recent() };
  #fresh = { requests: { all: 0, slow: 0 }, disk: { all: 0, slow: 0 } };
  #foregroundMs = -Infinity;

  /** What takes longer than `targetMs` is slow. */
  constructor(targetMs: number) {
    this.#targetMs = targetMs;
  }

  /** A step was taken: this has happened, and that is to be done about it. */
  onStep(event: Event, effects: readonly Effect[], nowMs: number): void {
    this.#onEvent(event, nowMs);
    for (const effect of effects) {
      if (effect.kind === "fetch") this.#io.set(effect.fetch, nowMs);
      else if (effect.kind === "store") this.#io.set(effect.store, nowMs);
      else if (effect.kind === "reply") {
        const { ticket, reply } = effect;
        // One that is refused for want of room says more than how quickly it was.
        const isRefused = reply.kind === "failure" && reply.error === "overloaded";
        this.#end("requests", this.#asked, ticket, { nowMs, isSlow: isRefused });
      }
    }
  }

  /** Whether there is anybody to disturb. */
  isBusy(nowMs: number): boolean {
    return this.#asked.size > 0 || nowMs - this.#foregroundMs < BUSY_MS;
  }

  /** What has happened since it was last forgotten. A request that is late already counts as slow. */
  evidence(nowMs: number): Evidence {
    const { requests, disk } = this.#fresh;
    let late = 0;
    for (const beganMs of this.#asked.values()) {
      if (nowMs - beganMs <= this.#targetMs) break;
      late++;
    }
    return { requests: { all: requests.all + late, slow: requests.slow + late }, disk };
  }

  /** It has been judged. */
  forget(): void {
    this.#fresh = { requests: { all: 0, slow: 0 }, disk: { all: 0, slow: 0 } };
  }

  /** How long the last ones took, for people. */
  get spreads(): { readonly requests: Spread; readonly disk: Spread } {
    return { requests: this.#recent.requests.spread, disk: this.#recent.disk.spread };
  }

  /** What it holds in memory, and rules depend on. */
  snapshot(): object {
    const [asked, io] = [[...this.#asked], [...this.#io]];
    return { asked, io, fresh: structuredCopy(this.#fresh), foregroundMs: this.#foregroundMs };
  }

  #onEvent(event: Event, nowMs: number): void {
    switch (event.kind) {
      case "get":
      case "put":
        this.#foregroundMs = nowMs;
        this.#asked.set(event.ticket, nowMs);
        return;
      case "envelope":
        if (event.envelope.messages.some(({ kind }) => FOREGROUND.has(kind))) {
          this.#foregroundMs = nowMs;
        }
        return;
      case "fetched":
        return this.#end("disk", this.#io, event.fetch, { nowMs, isSlow: false });
      case "stored":
        return this.#end("disk", this.#io, event.store, { nowMs, isSlow: false });
    }
  }

  #end(
    what: keyof Evidence,
    began: Map<number, number>,
    id: number,
    { nowMs, isSlow }: { readonly nowMs: number; readonly isSlow: boolean },
  ): void {
    const beganMs = began.get(id);
    if (beganMs === undefined) return;
    began.delete(id);
    if (!this.isBusy(nowMs) && what === "disk") return;
    const tookMs = nowMs - beganMs;
    const fresh = this.#fresh[what];
    fresh.all++;
    if (isSlow || tookMs > this.#targetMs) fresh.slow++;
    this.#recent[what].add(Math.round(tookMs * 1_000));
  }
}

function structuredCopy({ requests, disk }: Evidence): Evidence {
  return { requests: { ...requests }, disk: { ...disk } };
}
