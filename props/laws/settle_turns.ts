/**
 * Settling waits its turn: questions, looks and deletes, each on a slice; and what becomes of them when turns are rare. The
 * room by itself, at a gate that is opened by hand; and real nodes whose clients never fare well.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  nameBytes,
  type NodeId,
  nodeId,
  type ObjectName,
  type Position,
  type WriteId,
} from "../../src/id.ts";
import type { Begin, Slice } from "../../src/protocol/background.ts";
import { DEFAULTS, lifeMs } from "../../src/protocol/config.ts";
import type { StoredRecord } from "../../src/protocol/event.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { Settle } from "../../src/settle/settle.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { EMPTY, type Seen, write } from "../../src/version/siblings.ts";
import { ask, contextOf, nameOf } from "../asks.ts";
import { actor, tombstone } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { World } from "../world.ts";
import { hang, standingOf, wasPut } from "./driving.ts";

const SELF = nodeId("self");
const PEER = nodeId("peer");
/** Keys that are looked at, or go, on one slice. */
const FEW = 8;
const { settleMs, requestTimeoutMs } = DEFAULTS;

/** A1, A2, S10. */
export const laws: readonly Law[] = [
  example("A2", "a question is put on a slice, and each on its own", () => {
    const room = new Room();
    for (let i = 0; i < 150; i++) room.stored(i);
    room.passes(settleMs);
    assertEquals(room.sent("settle_ask"), []);
    for (const asked of [1, 2, 3]) {
      room.give();
      assertEquals(room.sent("settle_ask").length, asked);
    }
    assertEquals([room.waits, room.held.size], [0, 0]);
  }),
  example(
    "A2 S10",
    "a member looks at a few keys on a slice, and holds it until all of them are read",
    () => {
      const room = new Room();
      const keys = 2 * FEW + 4;
      room.isAsked(keys);
      assertEquals([room.fetches.length, room.waits], [0, 1]);
      for (const few of [FEW, FEW, 4]) {
        room.give();
        assertEquals([room.fetches.length, room.held.size], [few, 1]);
        for (let i = few; i > 0; i--) {
          assertEquals(room.held.size, 1, "it is not read yet");
          room.reads();
        }
        assertEquals(room.held.size, 0);
      }
      assertEquals(room.waits, 0);
      assertEquals(room.said(), [Array.from({ length: keys }, () => "yes")]);
    },
  ),
  example("A2 S10", "a few keys go on a slice", () => {
    const room = new Room();
    room.isTold(2 * FEW + 4);
    for (const gone of [0, FEW, 2 * FEW, 2 * FEW + 4]) {
      assertEquals(room.gone, gone);
      if (room.waits > 0) room.give();
    }
    assertEquals([room.waits, room.held.size], [0, 0]);
  }),
  example(
    "A1 S10",
    "a member whose turn comes late answers for a few keys while its leader listens; what nobody waits for is not done",
    () => {
      const room = new Room();
      room.isAsked(3 * FEW);
      room.passes(requestTimeoutMs / 2 + 1);
      room.give();
      while (room.fetches.length > 0) room.reads();
      const yes = Array.from({ length: FEW }, () => "yes");
      const busy = Array.from({ length: 2 * FEW }, () => "busy");
      assertEquals(room.said(), [[...yes, ...busy]]);
      // The first leader has given up when its turn comes, the second has not.
      room.isAsked(FEW);
      room.passes(requestTimeoutMs / 2);
      room.isAsked(FEW + 1);
      room.passes(requestTimeoutMs / 2 + 1);
      room.give();
      while (room.fetches.length > 0) room.reads();
      assertEquals(room.said().slice(1), [[...yes, "busy"]]);
      assertEquals([room.waits, room.held.size], [0, 0]);
      // A delete that waits for longer than anything is under way does not happen.
      room.isTold(1);
      room.passes(lifeMs(DEFAULTS) + 1);
      room.isTold(2);
      room.give();
      assertEquals([room.gone, room.waits, room.held.size], [2, 0, 0]);
    },
  ),
  example("S16", "a member that has said yes too often says no to the oldest of it", () => {
    const room = new Room({ mostVows: 10 });
    const answer = (since: number | null) => {
      const request = room.isAsked(12, since);
      while (room.waits > 0) room.give();
      while (room.fetches.length > 0) room.reads();
      return request;
    };
    answer(answer(null));
    const yes = (count: number) => Array.from({ length: count }, () => "yes");
    assertEquals(room.said(), [yes(12), ["touched", "touched", ...yes(10)]]);
  }),
  example(
    "A1 S10",
    "where clients never fare well what is deleted goes all the same, at a slice a second for each node",
    () => {
      const world = new World({
        config: { backgroundTargetMs: 1, reapAfterMs: 1, settleMs, exchangeMs: 10_000 },
      });
      const [at] = world.ids as [NodeId];
      const names = Array.from({ length: 40 }, (_, i) => keyOf(i));
      const put = (name: ObjectName, value: string | null, seen: Seen | undefined = undefined) => {
        const writeId = `${value === null ? "d" : "v"}${name.key}`.padStart(16, "w") as WriteId;
        const ticket = world.put(at, { ...ask(`b/${name.key}`, value, writeId), w: 3, seen });
        world.run();
        return wasPut(world.replies.get(ticket));
      };
      for (const name of names) put(name, null, contextOf(put(name, "v")));
      const left = () => names.filter((name) => world.ids.some((id) => world.onDisk(id, name)));
      for (let second = 0; second < 1_000 && left().length > 0; second++) {
        for (const id of world.ids) hang(world, id);
        world.wait(1_000);
        world.run();
      }
      assertEquals(left(), []);
      const sizes = world.ids.map((id) =>
        world.machines.get(id)!.node.admission(world.monoMs).size
      );
      assertEquals(sizes, [0, 0, 0]);
    },
  ),
];

/** The room of a node that leads everything, with one peer; nothing begins that is not let in. */
class Room {
  readonly #settle: Settle;
  readonly #asks: Begin[] = [];
  /** Slices that have not ended. */
  readonly held = new Set<Slice>();
  /** Of which keys the disk is asked, and under which number. */
  readonly fetches: { readonly fetch: number; readonly name: ObjectName }[] = [];
  /** How many copies were to go. */
  gone = 0;
  readonly #records = new Map<string, StoredRecord>();
  readonly #sent: Message[] = [];
  #ms = 0;
  #numbers = 0;

  constructor({ mostVows = 100 } = {}) {
    this.#settle = new Settle({
      locator: {
        node: SELF,
        members: new Set([SELF, PEER]),
        list: () => [],
        nOf: () => 1,
        standsIn: true,
        receives: () => false,
        isDown: () => false,
        standing: () => standingOf(0, 1),
      },
      config: DEFAULTS,
      slices: {
        ask: (_kind, begin) => void this.#asks.push(begin),
        end: (slice) => void this.held.delete(slice),
      },
      next: () => ++this.#numbers,
      leads: () => ({ end: "e".repeat(16) as Position, n: 1 }),
      owners: () => [],
      isAtWork: () => false,
      mostVows,
      damaged: () => {},
      settled: (_name, { kind }) => void (this.gone += kind === "settle" ? 1 : 0),
    });
    this.#do((out) => this.#settle.onReady(out));
    this.passes(settleMs);
    // Its page of records is not what is looked at here: it waits for that for ever.
    this.#asks.shift();
  }

  /** How many times it has asked for a slice that it has not been given. */
  get waits(): number {
    return this.#asks.length;
  }

  /** The slice that it has waited for longest. */
  give(): void {
    const begin = this.#asks.shift();
    if (begin === undefined) throw new Error("Nothing waits for a slice");
    const slice = ++this.#numbers;
    this.held.add(slice);
    this.#do((out) => begin(slice, out));
  }

  /** Time goes by, and the timer of the room comes. */
  passes(ms: number): void {
    this.#ms += ms;
    this.#do((out) => this.#settle.onTimer(out));
  }

  /** A tombstone is stored. */
  stored(i: number): void {
    this.#settle.onStored(keyOf(i), recordOf(i));
  }

  /** The peer, which leads, asks about so many keys. Returns the number of its question. */
  isAsked(count: number, since: number | null = null): number {
    const { history } = standingOf(0, 1);
    const request = ++this.#numbers;
    const keys = this.#keys(count);
    this.#take({ kind: "settle_ask", request, since, history, n: 1, how: "reap", keys });
    return request;
  }

  /** All have agreed that so many keys may go. */
  isTold(count: number): void {
    this.#take({ kind: "settle_do", n: 1, how: "reap", keys: this.#keys(count) });
  }

  /** The disk answers the first fetch. */
  reads(): void {
    const { fetch, name } = this.fetches.shift()!;
    const record = this.#records.get(nameBytes(name))!;
    this.#do((out) =>
      void this.#settle.onFetched(fetch, { result: { kind: "record", record } }, out)
    );
  }

  /** What it has sent of this kind. */
  sent(kind: Message["kind"]): Message[] {
    return this.#sent.filter((message) => message.kind === kind);
  }

  /** What it has said of each key of each question that it has answered. */
  said(): string[][] {
    return this.#sent.flatMap((message) =>
      message.kind === "settle_reply" ? [[...message.answers]] : []
    );
  }

  #keys(count: number) {
    return Array.from({ length: count }, (_, i) => {
      const [name, record] = [keyOf(i), recordOf(i)];
      this.#records.set(nameBytes(name), record);
      return { name, digest: containerDigest(name, record.container) };
    });
  }

  #take(message: Extract<Message, { kind: "settle_ask" | "settle_do" }>): void {
    this.#do((out) => this.#settle.onMessage(PEER, message, out));
  }

  #do(step: (out: Outbox) => void): void {
    const out = new Outbox(SELF, { monoMs: this.#ms, wallMs: 1_700_000_000_000 + this.#ms });
    step(out);
    for (const effect of out.effects) {
      if (effect.kind === "send") this.#sent.push(effect.message);
      if (effect.kind === "fetch") this.fetches.push({ fetch: effect.fetch, name: effect.name });
    }
  }
}

function keyOf(i: number): ObjectName {
  return nameOf(`b/k${i}`);
}

function recordOf(i: number): StoredRecord {
  const dot = { actor: actor("d", i), counter: 1 };
  return { container: write(EMPTY, EMPTY.clock, dot, tombstone(`t${i}`)), mine: null };
}
