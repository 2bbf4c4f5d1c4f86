/**
 * The recovery of one range of one node, and beside it a list of all that has happened, from which it is plain when the
 * range is whole.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Recovery } from "../../src/anti_entropy/recovery.ts";
import { type NodeId, nodeId, type Position } from "../../src/id.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { nameOf } from "../asks.ts";
import type { Sometimes } from "./sometimes.ts";

const [A, B, C, D] = ["a", "b", "c", "d"].map(nodeId) as [NodeId, NodeId, NodeId, NodeId];
const OTHERS = [B, C, D];

/** Something that happens to the recovery of a node. Numbers are taken modulo what there is. */
export interface Step {
  readonly kind: "damage" | "answer" | "all_answer" | "begin" | "end" | "compare" | "down" | "time";
  readonly which: number;
  readonly flag: boolean;
}

/** One of them. */
export const anyStep = fc.record({
  kind: mostly([
    ...[["answer", 4], ["all_answer", 2], ["begin", 3], ["end", 3], ["compare", 6]] as const,
    ...[["down", 2], ["time", 1], ["damage", 1]] as const,
  ]),
  which: fc.nat(11),
  flag: fc.integer({ min: 0, max: 9 }).map((dice) => dice > 1),
});

function mostly(kinds: readonly (readonly [Step["kind"], number])[]): fc.Arbitrary<Step["kind"]> {
  return fc.constantFrom(...kinds.flatMap(([kind, times]) => Array(times).fill(kind)));
}

/** An exchange that has begun. */
interface Begun {
  readonly peer: NodeId;
  readonly epoch: number;
  readonly at: number;
}

/** A recovery of one range with three others, and what should come of it, by the list of all that has happened. */
export class Watched {
  readonly #seen: Sometimes;
  /** The least W that each knows: this node first, then the others; 0: it says nothing of it. */
  readonly #ws: readonly number[];
  readonly #range = { end: "end" as Position, n: 4 };
  readonly #recovery: Recovery;
  readonly #down = new Set<NodeId>();
  readonly #begun: Begun[] = [];
  /** When exchanges that are done were begun, and whether the peer was whole. */
  readonly #done: { readonly peer: NodeId; readonly at: number; readonly whole: boolean }[] = [];
  #recovers = true;
  #request = 0;
  #nowMs = 0;
  #at = 0;
  /** Who has yet to say that no put counts on the last loss; when that was over; when it was asked. */
  #open = new Set<NodeId>([A, ...OTHERS]);
  #overAt = Infinity;
  #askedMs = 0;
  /** What others have said of W since it was asked. */
  readonly #told = new Map<NodeId, number>();

  /** It has lost everything. */
  constructor(ws: readonly number[], seen: Sometimes) {
    this.#seen = seen;
    this.#ws = ws;
    this.#recovery = new Recovery({
      node: A,
      members: () => [A, ...OTHERS],
      maxRequestMs: 1_000,
      next: () => ++this.#request,
      ranges: () => this.#recovers ? [this.#range] : [],
      owners: () => [A, ...OTHERS],
      isDown: (peer) => this.#down.has(peer),
      leastW: () => ws[0]!,
      say: (_, recovering) => {
        this.#recovers = recovering;
        return true;
      },
    });
  }

  /** All of it happens. */
  live(steps: readonly Step[]): void {
    this.#recovery.onRecovering(this.#out);
    for (const step of steps) {
      this.#at++;
      this.#take(step);
      const whole = this.#isWhole;
      this.#recovery.onTimer(this.#out);
      if (!this.#recovers) this.#seen.saw("whole");
      assertEquals(this.#recovers, !whole, `after ${step.kind}`);
      if (whole) return;
    }
  }

  #take({ kind, which, flag }: Step): void {
    const peer = OTHERS[which % OTHERS.length]!;
    switch (kind) {
      case "damage": {
        this.#recovery.onDamaged(nameOf(`b/${which}${this.#at}`), this.#range, this.#out);
        this.#seen.saw("damaged");
        this.#open = new Set([A, ...OTHERS]);
        this.#told.clear();
        this.#overAt = Infinity;
        this.#askedMs = this.#nowMs;
        return;
      }
      case "answer":
        return this.#answer([A, ...OTHERS][which % 4]!, flag);
      case "all_answer":
        for (const from of [A, ...OTHERS]) this.#answer(from, true);
        return;
      case "begin":
        this.#begun.push(this.#begin(peer));
        return;
      case "end": {
        const one = this.#begun[which % Math.max(1, this.#begun.length)];
        return one && this.#end(one, flag);
      }
      case "compare":
        return this.#end(this.#begin(peer), flag);
      case "down":
        if (flag) this.#down.add(peer);
        else this.#down.delete(peer);
        return;
      case "time":
        this.#nowMs += 400;
        // Nobody waits for longer than any request takes, and a 64th more.
        if (this.#nowMs - this.#askedMs > 1_016) this.#overAt = Math.min(this.#overAt, this.#at);
    }
  }

  #answer(from: NodeId, clear: boolean): void {
    const w = from === A ? 0 : this.#ws[1 + OTHERS.indexOf(from)]!;
    this.#recovery.onReply(from, { kind: "amnesia_reply", request: this.#request, clear, w });
    if (w > 0) this.#told.set(from, w);
    if (clear) this.#open.delete(from);
    if (this.#open.size === 0) this.#overAt = Math.min(this.#overAt, this.#at);
  }

  #begin(peer: NodeId): Begun {
    return { peer, epoch: this.#recovery.epoch, at: this.#at };
  }

  #end({ peer, epoch, at }: Begun, isWhole: boolean): void {
    this.#recovery.onCompared(peer, { epoch, isWhole }, this.#out);
    this.#done.push({ peer, at, whole: isWhole });
    if (at < this.#overAt) this.#seen.saw("too early");
  }

  get #isWhole(): boolean {
    const last = new Map<NodeId, boolean>();
    for (const { peer, at, whole } of this.#done) if (at >= this.#overAt) last.set(peer, whole);
    if (OTHERS.every((peer) => last.has(peer))) return true;
    // Of four members three know what was acknowledged of a bucket: two of the others have one of these among them.
    const isTold = this.#told.size >= 2;
    if (isTold) this.#seen.saw("told");
    const w = isTold ? Math.min(this.#ws[0]!, ...this.#told.values()) : 1;
    const isEnough = [...last.values()].filter((whole) => whole).length >= 4 - w + 1;
    return isEnough && OTHERS.every((peer) => last.has(peer) || this.#down.has(peer));
  }

  get #out(): Outbox {
    return new Outbox(nodeId("nobody"), { monoMs: this.#nowMs, wallMs: 0 });
  }
}
