/**
 * Admission control: background work waits its turn, at a gate that gives slices by how clients fare (paper, section 6.5;
 * protocol.md, Part 1 i).
 *
 * Everything that no client waits for (taking hints home, comparing trees, sending copies) is done in small pieces, and
 * before each it asks for a *slice*. Think of the porter of a lift that guests and goods share: while guests wait too long,
 * goods are let in one by one; when nobody is there, all at once; and however many guests there are, a crate goes up now
 * and then, or the cellar would fill for ever.
 *
 * ```text
 *  ask           a slice is free            end, or it took longer than LIMIT_MS
 *  ----> waiting ---------------> under way -------------------------------------> (gone)
 * ```
 *
 * A slice is free if fewer than the limit are under way and
 *
 * 1. no client is there (`meter.ts`): the limit is {@linkcode MOST}; or
 * 2. fewer than `size` began in this period (`pace.ts`): the limit is `size`, and at least 1; or
 * 3. none began for {@linkcode TRICKLE_MS}: the limit is as in 2.
 *
 * Invariants:
 * 1. **whoever waits is given a slice within a bound**, whatever clients and whoever has slices do: one begins each
 *    TRICKLE_MS at least, or as soon as one that is under way ends or is taken back. What is acknowledged must not stay on
 *    one disk because clients are many;
 * 2. kinds have turns, and within a kind first come is first served: none starves another;
 * 3. there are never more under way than the limit allowed when the last one began.
 *
 * It decides *when*; how much goes to whom at a time, the rooms decide. A target that no request can miss
 * (`backgroundTargetMs` of at least `maxRequestMs`) opens the gate for good: nothing waits.
 *
 * @module
 */
import {
  BACKGROUND_KINDS,
  type BackgroundKind,
  type Begin,
  type Slice,
  type Slices,
} from "../protocol/background.ts";
import type { Config } from "../protocol/config.ts";
import type { Effect } from "../protocol/effect.ts";
import type { Event } from "../protocol/event.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { Meter } from "./meter.ts";
import { MOST, Pace, PERIOD_MS } from "./pace.ts";
import type { Spread } from "./recent.ts";

/** However clients fare, a slice begins so often if anybody waits for one. In ms. */
export const TRICKLE_MS = 1_000;
/** A slice that has not ended for so long is taken back: whoever has it does not use the disk now. In ms. */
export const LIMIT_MS = 2_000;

/** What became of one kind of work since the start. */
export interface KindOverview {
  /** Slices that it was given. */
  readonly granted: number;
  /** How many of them had to be waited for. */
  readonly waited: number;
  /** How many took so long that they were taken back. */
  readonly takenBack: number;
  /** How many it waits for. */
  readonly waiting: number;
}

/** The gate, for whoever looks after the node. */
export interface GateOverview {
  /** False: the target is one that no request can miss, so nothing ever waits. */
  readonly isOn: boolean;
  /** Whether clients are there. */
  readonly isBusy: boolean;
  /** Above it the 99th percentile is too slow. In ms. */
  readonly targetMs: number;
  /** Slices that may begin in a period, while clients are there. */
  readonly size: number;
  /** The most that it can be. */
  readonly most: number;
  /** Slices that are under way. */
  readonly running: number;
  /** What became of each kind of work. */
  readonly kinds: Readonly<Record<BackgroundKind, KindOverview>>;
  /** How long the last client requests took. */
  readonly requests: Spread;
  /** How long the last fetches and stores took. */
  readonly disk: Spread;
}

interface Waiting {
  readonly begin: Begin;
  /** False: it has only just come. */
  hasWaited: boolean;
}

type Counts = { granted: number; waited: number; takenBack: number };

/**
 * The gate of one node.
 *
 * @example Nobody is there, so nobody is disturbed
 * ```ts
 * import { Gate } from "./gate.ts";
 * import { nodeId } from "../id.ts";
 * import { DEFAULTS } from "../protocol/config.ts";
 * import { Outbox } from "../protocol/outbox.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const gate = new Gate(DEFAULTS);
 * const begun: number[] = [];
 * gate.ask("repair", (slice) => begun.push(slice), new Outbox(nodeId("a"), { monoMs: 0, wallMs: 0 }));
 * assertEquals(begun, [1]);
 * ```
 */
export class Gate implements Slices {
  readonly #isOn: boolean;
  readonly #targetMs: number;
  readonly #meter: Meter;
  readonly #pace = new Pace();
  readonly #waiting = new Map<BackgroundKind, Waiting[]>(
    BACKGROUND_KINDS.map((kind) => [kind, []]),
  );
  readonly #running = new Map<Slice, { readonly kind: BackgroundKind; readonly sinceMs: number }>();
  readonly #counts = new Map<BackgroundKind, Counts>(
    BACKGROUND_KINDS.map((kind) => [kind, { granted: 0, waited: 0, takenBack: 0 }]),
  );
  #slices = 0;
  /** Whose turn is next, among kinds. */
  #turn = 0;
  /** The period in which a slice last began, and how many have begun in it. */
  #period = -Infinity;
  #begun = 0;
  #lastMs = -Infinity;
  #isTicking = false;

  /** A gate at which nobody waits. */
  constructor(
    { backgroundTargetMs, maxRequestMs }: Pick<Config, "backgroundTargetMs" | "maxRequestMs">,
  ) {
    this.#isOn = backgroundTargetMs < maxRequestMs;
    this.#targetMs = backgroundTargetMs;
    this.#meter = new Meter(backgroundTargetMs);
  }

  /** How it stands. */
  overview(nowMs: number): GateOverview {
    const kinds = BACKGROUND_KINDS.map((kind) =>
      [kind, { ...this.#counts.get(kind)!, waiting: this.#waiting.get(kind)!.length }] as const
    );
    return {
      isOn: this.#isOn,
      isBusy: this.#meter.isBusy(nowMs),
      targetMs: this.#targetMs,
      size: this.#pace.size,
      most: MOST,
      running: this.#running.size,
      kinds: Object.fromEntries(kinds) as Record<BackgroundKind, KindOverview>,
      ...this.#meter.spreads,
    };
  }

  /** What it holds in memory; null if it is open for good, for then nothing depends on it. */
  snapshot(): object | null {
    if (!this.#isOn) return null;
    return {
      meter: this.#meter.snapshot(),
      pace: this.#pace.snapshot(),
      waiting: [...this.#waiting].map(([kind, queue]) => [kind, queue.length]),
      running: [...this.#running],
      turn: this.#turn,
      began: [this.#period, this.#begun, this.#lastMs],
      isTicking: this.#isTicking,
    };
  }

  /** A step of the node was taken: this has happened, and that is to be done about it. */
  onStep(event: Event, effects: readonly Effect[], nowMs: number): void {
    this.#meter.onStep(event, effects, nowMs);
  }

  /** Asks for a slice: see {@linkcode Slices.ask}. */
  ask(kind: BackgroundKind, begin: Begin, out: Outbox): void {
    if (!this.#isOn) {
      this.#counts.get(kind)!.granted++;
      return begin(++this.#slices, out);
    }
    const waiting = { begin, hasWaited: false };
    this.#waiting.get(kind)!.push(waiting);
    this.#grant(out);
    waiting.hasWaited = true;
  }

  /** A piece is done. */
  end(slice: Slice, out: Outbox): void {
    if (this.#running.delete(slice)) this.#grant(out);
  }

  /** A period has gone by, and somebody waits. */
  onTimer(out: Outbox): void {
    this.#isTicking = false;
    this.#grant(out);
  }

  /** Gives what is free, to all whose turn it is. */
  #grant(out: Outbox): void {
    this.#judge(out);
    for (let kind = this.#next(); kind !== null && this.#isFree(out); kind = this.#next()) {
      const { begin, hasWaited } = this.#waiting.get(kind)!.shift()!;
      const { monoMs } = out.now;
      const slice = ++this.#slices;
      this.#turn = (BACKGROUND_KINDS.indexOf(kind) + 1) % BACKGROUND_KINDS.length;
      const period = Math.floor(monoMs / PERIOD_MS);
      this.#begun = period === this.#period ? this.#begun + 1 : 1;
      this.#period = period;
      this.#lastMs = monoMs;
      this.#running.set(slice, { kind, sinceMs: monoMs });
      const counts = this.#counts.get(kind)!;
      counts.granted++;
      if (hasWaited) counts.waited++;
      if (hasWaited) out.mark("gate.waited");
      begin(slice, out);
    }
    if (this.#next() === null || this.#isTicking) return;
    this.#isTicking = true;
    out.setTimer({ kind: "gate" }, PERIOD_MS);
  }

  #judge(out: Outbox): void {
    const { monoMs } = out.now;
    if (!this.#pace.isDue(monoMs)) return;
    const { judgement, isUsedUp } = this.#pace.judge(this.#meter.evidence(monoMs), monoMs);
    if (isUsedUp) this.#meter.forget();
    if (judgement === "less") out.mark("gate.narrowed");
  }

  /** The kind whose turn it is, of those that wait. */
  #next(): BackgroundKind | null {
    for (let i = 0; i < BACKGROUND_KINDS.length; i++) {
      const kind = BACKGROUND_KINDS[(this.#turn + i) % BACKGROUND_KINDS.length]!;
      if (this.#waiting.get(kind)!.length > 0) return kind;
    }
    return null;
  }

  #isFree(out: Outbox): boolean {
    const { monoMs } = out.now;
    this.#takeBack(out);
    if (!this.#meter.isBusy(monoMs)) return this.#running.size < MOST;
    const { size } = this.#pace;
    if (this.#running.size >= Math.max(1, size)) return false;
    const begun = Math.floor(monoMs / PERIOD_MS) === this.#period ? this.#begun : 0;
    return begun < size || monoMs - this.#lastMs >= TRICKLE_MS;
  }

  /** Slices begin in the order of their times, so the first is the oldest. */
  #takeBack(out: Outbox): void {
    for (const [slice, { kind, sinceMs }] of this.#running) {
      if (out.now.monoMs - sinceMs < LIMIT_MS) return;
      this.#running.delete(slice);
      this.#counts.get(kind)!.takenBack++;
      out.mark("gate.taken_back");
    }
  }
}
