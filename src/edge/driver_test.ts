import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { leafKey } from "../anti_entropy/merkle_tree_key.ts";
import { nodeId } from "../id.ts";
import { Node } from "../node.ts";
import { found } from "../membership/found.ts";
import { DEFAULTS } from "../protocol/config.ts";
import type { Effect, Reply } from "../protocol/effect.ts";
import type { Envelope } from "../protocol/envelope.ts";
import { failure } from "../protocol/error.ts";
import type { Event, Now, Restored, StoredRecord } from "../protocol/event.ts";
import { positionOf } from "../ring/hash.ts";
import { EMPTY } from "../version/siblings.ts";
import { SystemClock } from "./clock.ts";
import { Driver } from "./driver.ts";
import type { DriverStore, Steppable } from "./driver_options.ts";
import type { ClientEvent } from "./http/ask.ts";
import { MemoryEngine } from "./storage/memory.ts";
import { RecordStore } from "./storage/record_store.ts";
import { BOOT_A, BOOT_B, CLUSTER, numbered, ScriptedNode, settle, until } from "./testing.ts";

const NOTHING: Restored = { history: [], register: null, props: [] };
const START = { boot: BOOT_A, seed: 1, restored: NOTHING };
const NAME = { type: "default", bucket: "b", key: "k" };
const LEAF = leafKey(NAME, positionOf(NAME));
const GET: ClientEvent = { kind: "get", ask: { name: NAME } };
const A = nodeId("a");
const B = nodeId("b");

const EMPTY_STORE: DriverStore = {
  fetch: () => Promise.resolve({ result: { kind: "absent" }, hints: [] }),
  store: () => Promise.resolve("durable"),
  scanHints: () => Promise.resolve({ kind: "hints", hints: [] }),
  scanRecords: () => Promise.resolve({ kind: "records", records: [] }),
  findRecords: () => Promise.resolve({ kind: "records", records: [] }),
  storeMeta: () => Promise.resolve("durable"),
};
const ENVELOPE: Envelope = {
  cluster: CLUSTER,
  from: B,
  fromBoot: BOOT_B,
  to: A,
  toBoot: BOOT_A,
  toStampMs: 0,
  messages: [],
};
const DONE: Reply = failure("not_found", "It is over");

/** A driver of a script, and what it has said and sent. */
function drive(
  script: (event: Event, now: Now) => Effect[],
  { store = EMPTY_STORE, send = () => {} }: {
    store?: DriverStore;
    send?: (driver: Driver) => void;
  } = {},
) {
  const node = new ScriptedNode(script);
  const logged: string[] = [];
  const driver: Driver = new Driver({
    node,
    store,
    send: () => send(driver),
    reach: () => {},
    clock: new SystemClock(),
    log: (sentence) => logged.push(sentence),
  });
  return { node, driver, logged };
}

/** Answers every read at once. */
const answering = (event: Event): Effect[] =>
  event.kind === "get" ? [{ kind: "reply", ticket: event.ticket, reply: DONE }] : [];

Deno.test("an ask is answered by the reply to its ticket", async () => {
  const { driver, node } = drive(answering);
  await driver.start(START);
  assertEquals(await Promise.all([driver.ask(GET), driver.ask(GET)]), [DONE, DONE]);
  assertEquals(node.kinds, ["start", "get", "get"]);
});

Deno.test("whatever a node asks of its store comes back to it", async () => {
  const copy = { owner: null, name: NAME, record: null };
  const asked: Effect[] = [
    { kind: "fetch", fetch: 1, name: NAME, owners: [] },
    { kind: "store", store: 2, ...copy },
    { kind: "scan_hints", scan: 3, owner: B, after: null, most: 1 },
    { kind: "scan_records", scan: 4, after: null, most: 1 },
    { kind: "find_records", scan: 5, keys: [] },
    { kind: "store_meta", store: 6, value: { kind: "props", entries: [] } },
  ];
  const { driver, node } = drive((event) =>
    event.kind === "start" ? [{ kind: "ready" }, ...asked] : []
  );
  await driver.start(START);
  await settle();
  assertEquals(node.kinds, [
    "start",
    "fetched",
    "stored",
    "scanned",
    "scanned",
    "scanned",
    "stored",
  ]);
});

Deno.test("all effects of one event are done before the next event is taken", async () => {
  const order: string[] = [];
  const { driver } = drive((event) => {
    order.push(event.kind);
    if (event.kind !== "get") return [];
    return [
      { kind: "send", to: B, message: numbered(1) },
      { kind: "mark", name: "after the send" },
      { kind: "reply", ticket: event.ticket, reply: DONE },
    ];
  }, {
    // What an effect brings about at once comes back as an event, and has to wait.
    send: (driver) => {
      driver.undelivered(B, [numbered(1)]);
      order.push(`sent, ${driver.marks.size} marks`);
    },
  });
  await driver.start(START);
  await driver.ask(GET);
  assertEquals(order, ["start", "get", "sent, 0 marks", "undelivered"]);
  assertEquals([...driver.marks], [["after the send", 1]]);
});

Deno.test("a node that has not started, or is stopping, refuses definitely", async () => {
  const { driver, node } = drive(() => []);
  const before = await driver.ask(GET);
  assert(before.kind === "failure" && before.error === "not_ready" && before.definite);
  await driver.start(START);
  const running = driver.ask(GET);
  const stopping = driver.stop({ withinMs: 5 });
  const during = await driver.ask(GET);
  assert(during.kind === "failure" && during.error === "not_ready" && during.definite);
  await stopping;
  const cut = await running;
  assert(cut.kind === "failure" && cut.error === "timeout" && !cut.definite);
  assertEquals(node.kinds, ["start", "get"]);
});

Deno.test("stopping waits for the asks that run, and takes what they need", async () => {
  const { driver } = drive((event) => {
    if (event.kind === "get") return [{ kind: "fetch", fetch: 7, name: NAME, owners: [] }];
    return event.kind === "fetched" ? [{ kind: "reply", ticket: 1, reply: DONE }] : [];
  });
  await driver.start(START);
  const asked = driver.ask(GET);
  await driver.stop({ withinMs: 60_000 });
  assertEquals(await asked, DONE);
});

Deno.test("start rejects with the reason if the node must not serve", async () => {
  const { driver } = drive((event) =>
    event.kind === "start" ? [{ kind: "halt", reason: "the store is another node's" }] : []
  );
  await assertRejects(() => driver.start(START), Error, "the store is another node's");
  assertEquals(await driver.halted, "the store is another node's");
  assertThrows(() => driver.start(START), Error, "ended");
});

Deno.test("a rule that throws ends the node: it is said, and nobody waits for ever", async () => {
  const { driver, node, logged } = drive((event) => {
    if (event.kind === "timer") throw new Error("I1 is broken");
    if (event.kind !== "get") return [];
    const timer = { kind: "deadline", request: event.ticket } as const;
    return [{ kind: "set_timer", timer, atMs: 0 }];
  });
  await driver.start(START);
  const reply = await driver.ask(GET);
  assert(reply.kind === "failure" && reply.error === "internal" && !reply.definite);
  assertEquals(await driver.halted, 'a rule of the node broke over "timer": I1 is broken');
  assertEquals(logged, ['Cannot go on: a rule of the node broke over "timer"']);
  const later = await driver.ask(GET);
  assert(later.kind === "failure" && later.error === "not_ready");
  driver.undelivered(B, [numbered(1)]);
  assertThrows(() => driver.receive(ENVELOPE), Error, "ended");
  assertEquals(node.kinds, ["start", "get", "timer"]);
});

Deno.test("the end leaves no timer behind", { sanitizeOps: true }, async () => {
  const { driver, node } = drive((event) =>
    event.kind === "get"
      ? [
        { kind: "set_timer", timer: { kind: "deadline", request: 1 }, atMs: 0 },
        { kind: "set_timer", timer: { kind: "props_retry" }, atMs: 1e9 },
        { kind: "halt", reason: "enough" },
        { kind: "mark", name: "after the end" },
      ]
      : []
  );
  await driver.start(START);
  await driver.ask(GET);
  await settle();
  assertEquals(node.kinds, ["start", "get"]);
  assertEquals(driver.marks.size, 0);
});

Deno.test("a ticket that is answered twice is a broken rule", async () => {
  const { driver } = drive((event) => [...answering(event), ...answering(event)]);
  await driver.start(START);
  assertEquals(await driver.ask(GET), DONE);
  assertEquals(
    await driver.halted,
    'a rule of the node broke over "get": Cannot answer ticket 1: nobody waits',
  );
});

Deno.test("a batch is judged before receive returns", async () => {
  const verdict = { refused: null, boot: BOOT_A, stampMs: 12 };
  const { driver } = drive((event) =>
    event.kind === "envelope" ? [{ kind: "verdict", ticket: event.ticket, verdict }] : []
  );
  assertThrows(() => driver.receive(ENVELOPE), Error, "the node is new");
  await driver.start(START);
  assertEquals(driver.receive(ENVELOPE), verdict);
});

Deno.test("a batch without a verdict ends the node", async () => {
  const { driver } = drive(() => []);
  await driver.start(START);
  assertThrows(() => driver.receive(ENVELOPE), Error, "the node has ended over it");
  assertEquals(await driver.halted, "the node gave no verdict on a batch");
});

Deno.test("what becomes of fetches, stores and scans comes back with their numbers", async () => {
  const record: StoredRecord = { container: EMPTY, mine: null, hint: { n: 3, seat: 1, w: 2 } };
  const hints = [{ owner: B, name: NAME, record }];
  const records = [{ name: NAME, record: { container: EMPTY, mine: null } }];
  const asked: unknown[] = [];
  const { driver, node } = drive((event) =>
    event.kind === "get"
      ? [
        { kind: "fetch", fetch: 1, name: NAME, owners: [B] },
        { kind: "store", store: 2, name: NAME, owner: B, record },
        { kind: "store_meta", store: 3, value: { kind: "props", entries: [] } },
        { kind: "scan_hints", scan: 4, owner: B, after: NAME, most: 5 },
        { kind: "scan_records", scan: 5, after: NAME, most: 6 },
        { kind: "find_records", scan: 6, keys: [LEAF] },
        ...answering(event),
      ]
      : [], {
    store: {
      ...EMPTY_STORE,
      fetch: (name, owners) => {
        asked.push([name, owners]);
        return Promise.resolve({ result: { kind: "absent" }, hints });
      },
      store: ({ name, owner }, record) => {
        asked.push([name, owner, record]);
        return Promise.resolve("durable");
      },
      scanHints: (owner, { after, most }) => {
        asked.push([owner, after, most]);
        return Promise.resolve({ kind: "hints", hints });
      },
      scanRecords: ({ after, most }) => {
        asked.push([after, most]);
        return Promise.resolve({ kind: "records", records });
      },
      findRecords: (keys) => {
        asked.push(keys);
        return Promise.resolve({ kind: "records", records: [] });
      },
    },
  });
  await driver.start(START);
  await driver.ask(GET);
  await until(() => node.events.length === 8, "six events");
  assertEquals(node.events.slice(2), [
    { kind: "fetched", fetch: 1, result: { kind: "absent" }, hints },
    { kind: "stored", store: 2, outcome: "durable" },
    { kind: "stored", store: 3, outcome: "durable" },
    { kind: "scanned", scan: 4, result: { kind: "hints", hints } },
    { kind: "scanned", scan: 5, result: { kind: "records", records } },
    { kind: "scanned", scan: 6, result: { kind: "records", records: [] } },
  ]);
  assertEquals(asked, [[NAME, [B]], [NAME, B, record], [B, NAME, 5], [NAME, 6], [LEAF]]);
});

Deno.test("a store that rejects or throws fails that one thing, and is said aloud", async () => {
  const { driver, node, logged } = drive((event) =>
    event.kind === "get"
      ? [
        { kind: "fetch", fetch: 1, name: NAME, owners: [] },
        { kind: "store", store: 2, name: NAME, owner: null, record: null },
        { kind: "scan_hints", scan: 3, owner: B, after: null, most: 1 },
        { kind: "scan_records", scan: 4, after: null, most: 1 },
        { kind: "find_records", scan: 5, keys: [LEAF] },
        ...answering(event),
      ]
      : [], {
    store: {
      ...EMPTY_STORE,
      fetch: () => Promise.reject(new Error("no")),
      store: () => {
        throw new Error("no");
      },
      scanHints: () => Promise.reject(new Error("no")),
      scanRecords: () => Promise.reject(new Error("no")),
      findRecords: () => Promise.reject(new Error("no")),
    },
  });
  await driver.start(START);
  await driver.ask(GET);
  await until(() => node.events.length === 7, "five events");
  const fault = { kind: "failed", reason: "a fault in rotor" } as const;
  assertEquals(
    new Set(node.events.slice(2)),
    new Set<Event>([
      { kind: "fetched", fetch: 1, result: fault, hints: [] },
      { kind: "stored", store: 2, outcome: "failed" },
      { kind: "scanned", scan: 3, result: fault },
      { kind: "scanned", scan: 4, result: fault },
      { kind: "scanned", scan: 5, result: fault },
    ]),
  );
  assertEquals(logged.length, 5);
});

/** A node that writes down what happened to it, and what it did about it. */
class Recorder implements Steppable {
  readonly trace: { event: Event; now: Now; effects: Effect[] }[] = [];
  readonly #node: Steppable;
  constructor(node: Steppable) {
    this.#node = node;
  }
  step(event: Event, now: Now): Effect[] {
    const effects = this.#node.step(event, now);
    this.trace.push(structuredClone({ event, now, effects }));
    return effects;
  }
}

Deno.test("a recorded run of a real node replays to the same effects", async () => {
  const genesis = found({
    members: [{ node: A, zone: "", weight: 1 }],
    partitions: 8,
    replicas: 3,
  });
  const config = { ...DEFAULTS, partitions: 8, repairWaitMs: 1 };
  const make = () => new Node({ node: A, addresses: ["127.0.0.1:1"], genesis, config });
  const recorder = new Recorder(make());
  const store = await RecordStore.open(new MemoryEngine(), { boot: BOOT_A });
  const driver = new Driver({
    node: recorder,
    store,
    send: () => {},
    reach: () => {},
    clock: new SystemClock(),
    log: (sentence, error) => {
      throw new Error(sentence, { cause: error });
    },
  });
  await driver.start(START);
  const put = (text: string): ClientEvent => ({
    kind: "put",
    ask: {
      name: NAME,
      version: {
        tombstone: false,
        content: new TextEncoder().encode(text),
        contentType: "text/plain",
        headers: [],
        expiresInMs: null,
        writeId: text.padEnd(16, ".") as never,
      },
    },
  });
  const replies = await Promise.all([put("one"), GET, put("two"), GET].map((e) => driver.ask(e)));
  assertEquals(replies.map(({ kind }) => kind), ["put", "get", "put", "get"]);
  const last = await driver.ask(GET);
  assertEquals(last.kind === "get" && last.view.length, 2);
  await driver.stop({ withinMs: 1_000 });
  await store.close();

  const again = make();
  for (const { event, now, effects } of recorder.trace) {
    assertEquals(again.step(event, now), effects);
  }
  assert(recorder.trace.length > 10);
});
