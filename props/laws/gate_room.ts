/**
 * The gate of background work by itself: clients, disks, those who ask and those who never end are made up, and time goes
 * by as told. Everything that begins is written down.
 *
 * @module
 */
import { Gate } from "../../src/admission/gate.ts";
import { MOST, PERIOD_MS } from "../../src/admission/pace.ts";
import { nodeId } from "../../src/id.ts";
import type { BackgroundKind, Slice } from "../../src/protocol/background.ts";
import type { Effect } from "../../src/protocol/effect.ts";
import { failure } from "../../src/protocol/error.ts";
import type { Event } from "../../src/protocol/event.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { NAME } from "./one_read.ts";

/** What is too slow. */
export const TARGET_MS = 50;
const MAX_REQUEST_MS = 60_000;

/** One who asked, and what came of it. */
export interface Asker {
  readonly kind: BackgroundKind;
  readonly askedMs: number;
  /** When it began; null if it waits. */
  beganMs: number | null;
  /** How often it was told to begin. */
  begins: number;
  slice: Slice;
}

/** What was so when a slice began. */
export interface Begun {
  readonly asker: Asker;
  readonly atMs: number;
  /** With it. */
  readonly running: number;
  readonly size: number;
  readonly isBusy: boolean;
  /** Slices that have begun in this period, with it. */
  readonly inPeriod: number;
  /** Since the one before. */
  readonly sinceMs: number;
}

/** A gate, and what happened at it. */
export class GateRoom {
  readonly #gate = new Gate({ backgroundTargetMs: TARGET_MS, maxRequestMs: MAX_REQUEST_MS });
  readonly askers: Asker[] = [];
  readonly begun: Begun[] = [];
  readonly marks: string[] = [];
  nowMs = 1_000.25;
  #tickets = 0;
  #timerMs = Infinity;
  /** What ends by itself, and when. */
  readonly #ends: { readonly atMs: number; readonly end: () => void }[] = [];

  /** How it stands. */
  get overview(): ReturnType<Gate["overview"]> {
    return this.#gate.overview(this.nowMs);
  }
  /** Those who wait, first come first. */
  get waiting(): Asker[] {
    return this.askers.filter(({ beganMs }) => beganMs === null);
  }
  /** What it holds in memory. */
  snapshot(): object | null {
    return this.#gate.snapshot();
  }

  /** Somebody wants to do something; if `lastsMs` is given it ends then. */
  ask(kind: BackgroundKind, lastsMs = Infinity): Asker {
    const asker: Asker = { kind, askedMs: this.nowMs, beganMs: null, begins: 0, slice: 0 };
    this.askers.push(asker);
    this.#act((out) =>
      this.#gate.ask(kind, (slice) => {
        const last = this.begun.at(-1);
        const period = Math.floor(this.nowMs / PERIOD_MS);
        const before = this.begun.filter(({ atMs }) => Math.floor(atMs / PERIOD_MS) === period);
        Object.assign(asker, { slice, beganMs: this.nowMs, begins: asker.begins + 1 });
        const { size, isBusy, running } = this.overview;
        this.begun.push({
          ...{ asker, atMs: this.nowMs, running, size, isBusy },
          ...{ inPeriod: before.length + 1, sinceMs: this.nowMs - (last?.atMs ?? -Infinity) },
        });
        if (lastsMs === Infinity) return;
        this.#ends.push({ atMs: this.nowMs + lastsMs, end: () => this.end(asker) });
      }, out)
    );
    return asker;
  }

  /** It has done it. */
  end({ slice }: Asker): void {
    this.#act((out) => this.#gate.end(slice, out));
  }

  /** A client asks, and is answered so much later; never, if that is infinite. */
  request(tookMs: number, how: "done" | "overloaded" = "done"): void {
    const ticket = ++this.#tickets;
    this.#step({ kind: "get", ticket, ask: { name: NAME } }, []);
    const refused = failure("overloaded", "too much to do");
    const found = failure("not_found", "nothing there");
    const reply = { kind: "reply", ticket, reply: how === "done" ? found : refused } as const;
    const end = () => this.#step({ kind: "timer", timer: { kind: "probe" } }, [reply]);
    if (tookMs === 0) end();
    else if (tookMs !== Infinity) this.#ends.push({ atMs: this.nowMs + tookMs, end });
  }

  /** The disk is asked for something on behalf of some client elsewhere. */
  disk(tookMs: number): void {
    const fetch = ++this.#tickets;
    const messages = [{ kind: "read", request: 1, name: NAME, n: 3, asFallback: false }] as const;
    const ids = { from: nodeId("b"), to: nodeId("a"), cluster: "", fromBoot: "", toBoot: "" };
    const envelope = { ...ids, toStampMs: 0, messages } as unknown;
    const event = { kind: "envelope", ticket: fetch, envelope } as Event;
    this.#step(event, [{ kind: "fetch", fetch, name: NAME, owners: [] }]);
    const end = () => this.#step({ kind: "fetched", fetch, result: { kind: "absent" } }, []);
    if (tookMs === 0) end();
    else this.#ends.push({ atMs: this.nowMs + tookMs, end });
  }

  /** Time goes by, and everything that is due happens in order. */
  wait(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      this.#ends.sort((a, b) => a.atMs - b.atMs);
      const atMs = Math.min(this.#timerMs, this.#ends[0]?.atMs ?? Infinity);
      if (atMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, atMs);
      if (this.#timerMs <= this.nowMs) {
        this.#timerMs = Infinity;
        this.#act((out) => this.#gate.onTimer(out));
      } else this.#ends.shift()!.end();
    }
    this.nowMs = untilMs;
  }

  /** Somebody of each kind always wants the next slice. */
  wantAlways(kinds: readonly BackgroundKind[], lastsMs: number): void {
    for (const kind of kinds) {
      for (let asked = 0; asked < MOST; asked++) {
        if (this.waiting.filter((asker) => asker.kind === kind).length >= 2) break;
        this.ask(kind, lastsMs);
      }
    }
  }

  #step(event: Event, effects: readonly Effect[]): void {
    this.#gate.onStep(event, effects, this.nowMs);
  }

  #act(act: (out: Outbox) => void): void {
    const out = new Outbox(nodeId("a"), { monoMs: this.nowMs, wallMs: this.nowMs });
    act(out);
    for (const effect of out.effects) {
      if (effect.kind === "set_timer") this.#timerMs = effect.atMs;
      else if (effect.kind === "mark") this.marks.push(effect.name);
    }
  }
}
