/**
 * The list of what waits to be settled, and when the records are looked through: the room by itself, with an invented
 * cluster in which this node leads everything.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Gate } from "../../src/admission/gate.ts";
import { nodeId, type ObjectName, type Position } from "../../src/id.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import type { StoredRecord } from "../../src/protocol/event.ts";
import type { Message, SettleAnswer } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { Settle } from "../../src/settle/settle.ts";
import { EMPTY, write } from "../../src/version/siblings.ts";
import { nameOf } from "../asks.ts";
import { actor, tombstone, version } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { standingOf } from "./driving.ts";

const SELF = nodeId("self");
const AWAY = nodeId("away");
const SETTLE_MS = 1_000;
/** After so many looks at the list the records are looked through again. */
const SWEEPS = 60;
/** Keys that one question is about at most. */
const BATCH = 64;
/** Questions that are open at a time. */
const BATCHES = 256;

/** S10. */
export const laws: readonly Law[] = [
  example(
    "S10",
    "a list that is full leaves out what cannot go soon, and then what can; what was left out is found again, and only then is it looked for",
    () => {
      const room = new Room(4);
      room.sweep();
      assertEquals(room.scans, 1, "what is on the disk is looked for once");
      room.page([]);
      for (let i = 0; i < SWEEPS; i++) room.sweep();
      assertEquals(room.scans, 1, "nothing was left out");
      const justAgreed = room.wallMs;
      for (const i of [0, 1, 2]) room.stored(i, { agreedMs: justAgreed });
      assertEquals(room.waiting, ["k0", "k1"]);
      for (const i of [3, 4, 5]) room.stored(i, {});
      assertEquals(room.waiting, ["k0", "k1", "k3", "k4"]);
      assertEquals(room.settle.overview.leftOut, 2);
      room.value(0);
      room.gone(3);
      assertEquals(room.waiting, ["k1", "k4"]);
      for (let i = 0; i < SWEEPS; i++) room.sweep();
      assertEquals(room.scans, 2);
      room.page([1, 2, 5].map((i) => ({ i, agreedMs: i === 5 ? undefined : justAgreed })));
      assertEquals(room.waiting, ["k1", "k4", "k5"]);
      assertEquals(room.settle.overview.leftOut, 1);
      room.page([]);
      // A page that cannot be read is asked for again.
      for (let i = 0; i < SWEEPS; i++) room.sweep();
      assertEquals(room.scans, 4);
      room.fails();
      room.sweep();
      assertEquals(room.scans, 4, "what was known before is known still");
    },
  ),
  example(
    "S10",
    "a page of records that was read before a store, and comes after it, takes nothing off the list, and puts nothing on it",
    () => {
      const room = new Room(8);
      room.sweep();
      room.stored(0, {});
      room.value(1);
      room.gone(2);
      // The page is older than all three: 0 was a value then, 1 and 2 were deleted.
      room.page([{ i: 0, isValue: true }, { i: 1 }, { i: 2 }, { i: 3 }]);
      assertEquals(room.waiting, ["k0", "k3"]);
      // The next page was asked for after them.
      room.page([{ i: 4 }, { i: 0, isValue: true }]);
      assertEquals(room.waiting, ["k3", "k4"]);
    },
  ),
  example(
    "S10",
    "a key to which somebody says no is asked about again when all others have been: it holds up none",
    () => {
      const room = new Room(1_000, { isAwayDown: false });
      room.stored(0, {});
      room.sweep();
      for (const i of [1, 2]) room.stored(i, {});
      assertEquals(room.refuse("foreign"), ["k0"]);
      assertEquals(room.inOrder, ["k1", "k2", "k0"]);
    },
  ),
  example(
    "S10",
    "what waits takes the place of what has ended at once; what was refused waits for the next look at the list",
    () => {
      const room = new Room(100_000, { isAwayDown: false });
      const all = BATCH * BATCHES + 2 * BATCH;
      for (let i = 0; i < all; i++) room.stored(i, {});
      room.sweep();
      const first = room.refuse("foreign");
      assertEquals(first.length, BATCH * BATCHES, "a range has many batches");
      assertEquals(room.refuse("foreign").length, 2 * BATCH, "nobody has looked at the list");
      assertEquals(room.refuse("foreign"), []);
      room.sweep();
      assertEquals(room.refuse("foreign").length, BATCH * BATCHES);
    },
  ),
];

/** What a page says of a key: that it is deleted, and when all agreed; or that it has a value. */
interface Found {
  readonly i: number;
  readonly agreedMs?: number | undefined;
  readonly isValue?: boolean;
}

/** The room, in a cluster whose other member is down, so that nobody is asked; or is not. */
class Room {
  readonly settle: Settle;
  /** What the other member was asked, and has not answered. */
  #asked: Extract<Message, { kind: "settle_ask" }>[] = [];
  wallMs = 1_700_000_000_000;
  scans = 0;
  #monoMs = 0;
  #numbers = 0;
  #scan = 0;

  constructor(mostWaiting: number, { isAwayDown = true } = {}) {
    this.settle = new Settle({
      locator: {
        node: SELF,
        members: new Set([SELF, AWAY]),
        list: () => [],
        nOf: () => 1,
        standsIn: true,
        receives: () => false,
        isDown: (node) => isAwayDown && node === AWAY,
        standing: () => standingOf(0, 1),
      },
      config: { ...DEFAULTS, settleMs: SETTLE_MS },
      slices: new Gate({ backgroundTargetMs: 1, maxRequestMs: 1 }),
      next: () => ++this.#numbers,
      leads: () => ({ end: "e".repeat(16) as Position, n: 1 }),
      owners: () => [],
      isAtWork: () => false,
      damaged: () => {},
      settled: () => {},
      mostWaiting,
    });
    this.#do((out) => this.settle.onReady(out));
  }

  /** The keys that wait, in the order in which they are asked about. */
  get inOrder(): string[] {
    return this.settle.overview.entries.map(({ name }) => name.key);
  }

  /** The keys that wait, sorted. */
  get waiting(): string[] {
    return this.settle.overview.entries.map(({ name }) => name.key).sort();
  }

  sweep(): void {
    this.#monoMs += SETTLE_MS;
    this.wallMs += SETTLE_MS;
    this.#do((out) => this.settle.onTimer(out));
  }

  stored(i: number, more: Partial<StoredRecord>): void {
    this.settle.onStored(keyOf(i), { ...deletedRecord(i), ...more });
  }

  value(i: number): void {
    this.settle.onStored(keyOf(i), valueRecord(i));
  }

  gone(i: number): void {
    this.settle.onStored(keyOf(i), null);
  }

  /** The other member says no to all keys that it is asked about. Returns them. */
  refuse(answer: SettleAnswer): string[] {
    const asked = this.#asked;
    this.#asked = [];
    for (const { request, keys } of asked) {
      const answers = keys.map(() => answer);
      const reply = { kind: "settle_reply", request, answers } as const;
      this.#do((out) => this.settle.onMessage(AWAY, reply, out));
    }
    return asked.flatMap(({ keys }) => keys.map(({ name }) => name.key));
  }

  page(found: readonly Found[]): void {
    const records = found.map(({ i, agreedMs, isValue = false }) => ({
      name: keyOf(i),
      record: isValue ? valueRecord(i) : { ...deletedRecord(i), agreedMs },
    }));
    const result = { kind: "records", records } as const;
    this.#do((out) => void this.settle.onScanned(this.#scan, result, out));
  }

  fails(): void {
    const result = { kind: "failed", reason: "read error" } as const;
    this.#do((out) => void this.settle.onScanned(this.#scan, result, out));
  }

  #do(step: (out: Outbox) => void): void {
    const out = new Outbox(SELF, { monoMs: this.#monoMs, wallMs: this.wallMs });
    step(out);
    for (const effect of out.effects) {
      if (effect.kind === "send" && effect.message.kind === "settle_ask") {
        this.#asked.push(effect.message);
      }
      if (effect.kind !== "scan_records") continue;
      this.scans++;
      this.#scan = effect.scan;
    }
  }
}

function keyOf(i: number): ObjectName {
  return nameOf(`b/k${i}`);
}

function valueRecord(i: number): StoredRecord {
  const dot = { actor: actor("v", i), counter: 1 };
  return { container: write(EMPTY, EMPTY.clock, dot, version("value")), mine: null };
}

function deletedRecord(i: number): StoredRecord {
  const dot = { actor: actor("d", i), counter: 1 };
  return { container: write(EMPTY, EMPTY.clock, dot, tombstone(`t${i}`)), mine: null };
}
