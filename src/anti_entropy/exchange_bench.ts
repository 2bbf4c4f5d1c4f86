/**
 * What one exchange costs between two real nodes that hold 10^5 keys in 256 ranges, of which some differ.
 *
 * `deno bench -A src/anti_entropy/exchange_bench.ts`. The names say what was sent, both ways: messages, their bytes as the
 * codec makes them, and how many of these are the copies themselves (a value of 100 bytes each; the rest is what finding
 * the differences costs). Node b fetches; before each iteration some keys of a get a newer version. Disks are maps, and
 * the network is a queue: what is timed is the two nodes alone.
 */
import type { Boot, NodeId, ObjectName } from "../id.ts";
import { found } from "../membership/found.ts";
import { Node } from "../node.ts";
import { encodeEnvelope } from "../protocol/codec.ts";
import { DEFAULTS } from "../protocol/config.ts";
import type { Effect } from "../protocol/effect.ts";
import type { Event, Restored, StoredCopy, StoredRecord } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import { positionOf } from "../ring/hash.ts";
import { EMPTY, write } from "../version/siblings.ts";
import { FRESH } from "../version/version_vector.ts";
import { actor, objectName, version } from "../../props/generators.ts";
import { type LeafKey, leafKey } from "./merkle_tree_key.ts";

const KEYS = 100_000;
const VALUE = "x".repeat(100);
const [A, B] = ["a", "b"] as [NodeId, NodeId];
const GENESIS = found({
  partitions: DEFAULTS.partitions,
  replicas: 2,
  members: [A, B].map((node) => ({ node, zone: "", weight: 1 })),
});

/** A node, and what it has on its disk, by leaf key; `order` is the order of the store. */
interface Side {
  readonly id: NodeId;
  readonly boot: Boot;
  readonly node: Node;
  readonly disk: Map<LeafKey, StoredCopy>;
  readonly order: readonly LeafKey[];
  restored: Restored;
}

/** Two nodes, what is on its way between them, and what that has come to. */
class Pair {
  readonly sides: ReadonlyMap<NodeId, Side>;
  readonly #queue: (() => void)[] = [];
  messages = 0;
  bytes = 0;
  copies = 0;

  constructor(records: ReadonlyMap<LeafKey, StoredCopy>) {
    const order = [...records.keys()].sort();
    // Time stands still here, so nothing may wait for a turn.
    const backgroundTargetMs = DEFAULTS.maxRequestMs;
    const config = { ...DEFAULTS, n: 2, r: 1, w: 1, backgroundTargetMs };
    this.sides = new Map([A, B].map((id) => {
      const node = new Node({ node: id, addresses: [`${id}:1`], genesis: GENESIS, config });
      const restored = { history: [], register: null, props: [] };
      const boot = `${id}-boot..` as Boot;
      return [id, { id, boot, node, disk: new Map(records), order, restored }];
    }));
    for (const { id, boot, restored } of this.sides.values()) {
      this.step(id, { kind: "start", boot, seed: 1, restored });
    }
    this.run();
  }

  run(): void {
    for (let happen = this.#queue.shift(); happen; happen = this.#queue.shift()) happen();
  }

  /** One exchange, which b begins. */
  exchange(): void {
    Object.assign(this, { messages: 0, bytes: 0, copies: 0 });
    this.step(B, { kind: "timer", timer: { kind: "exchange" } });
    this.run();
  }

  /** So many keys of a get a newer version, by a put of a client. */
  change(count: number, round: number): void {
    const { disk, order } = this.sides.get(A)!;
    for (let i = 0; i < count; i++) {
      const { name, record: { container } } = disk.get(order[(i * 7919 + round) % KEYS]!)!;
      const dot = { actor: actor("a", 9), counter: (container.clock.get(actor("a", 9)) ?? 0) + 1 };
      const newer = write(container, container.clock, dot, version(VALUE));
      const message = {
        kind: "write",
        request: 1,
        name,
        n: 2,
        container: newer,
        hint: null,
      } as const;
      this.#receive(B, A, message);
    }
    this.run();
  }

  step(id: NodeId, event: Event): void {
    const side = this.sides.get(id)!;
    const now = { monoMs: 1_000_000, wallMs: 1_700_000_000_000 };
    for (const effect of side.node.step(event, now)) this.#take(side, effect);
  }

  #take(side: Side, effect: Effect): void {
    const { id, disk, order } = side;
    const later = (event: Event) => this.#queue.push(() => this.step(id, event));
    switch (effect.kind) {
      case "send":
        this.#count(id, effect.to, effect.message);
        this.#queue.push(() => this.#receive(id, effect.to, effect.message));
        return;
      case "fetch": {
        const record = disk.get(keyOf(effect.name))?.record;
        const result = record ? { kind: "record", record } as const : { kind: "absent" } as const;
        return void later({ kind: "fetched", fetch: effect.fetch, result });
      }
      case "store":
        if (effect.record) disk.set(keyOf(effect.name), copyOf(effect.name, effect.record));
        return void later({ kind: "stored", store: effect.store, outcome: "durable" });
      case "store_meta":
        return void later({ kind: "stored", store: effect.store, outcome: "durable" });
      case "scan_records": {
        const from = effect.after === null ? 0 : order.indexOf(keyOf(effect.after)) + 1;
        const records = order.slice(from, from + effect.most).map((key) => disk.get(key)!);
        return void later({
          kind: "scanned",
          scan: effect.scan,
          result: { kind: "records", records },
        });
      }
      case "find_records": {
        const records = effect.keys.flatMap((key) => disk.get(key) ?? []);
        return void later({
          kind: "scanned",
          scan: effect.scan,
          result: { kind: "records", records },
        });
      }
      case "scan_hints":
        return void later({
          kind: "scanned",
          scan: effect.scan,
          result: { kind: "hints", hints: [] },
        });
    }
  }

  #receive(from: NodeId, to: NodeId, message: Message): void {
    this.step(to, { kind: "envelope", ticket: 1, envelope: this.#envelope(from, to, [message]) });
  }

  #count(from: NodeId, to: NodeId, message: Message): void {
    this.messages++;
    const [all, none] = [[message], []].map((batch) =>
      encodeEnvelope(this.#envelope(from, to, batch)).length
    );
    this.bytes += all! - none!;
    if (message.kind === "want_reply") this.copies += message.copies.length;
  }

  #envelope(from: NodeId, to: NodeId, messages: readonly Message[]) {
    const [fromBoot, toBoot] = [from, to].map((id) => this.sides.get(id)!.boot) as [Boot, Boot];
    return { cluster: GENESIS.id, from, fromBoot, to, toBoot, toStampMs: 1_000_000, messages };
  }
}

function keyOf(name: ObjectName): LeafKey {
  return leafKey(name, positionOf(name));
}

function copyOf(name: ObjectName, record: StoredRecord): StoredCopy {
  return { name, record };
}

const records = new Map(Array.from({ length: KEYS }, (_, i) => {
  const name = objectName("bench", `key ${i}`);
  const container = write(EMPTY, FRESH, { actor: actor("a", 1), counter: 1 }, version(VALUE));
  return [keyOf(name), copyOf(name, { container, mine: null })] as const;
}));
const pair = new Pair(records);
let round = 0;
for (const differing of [0, 1, 10, 100, 1_000]) {
  pair.change(differing, ++round);
  pair.exchange();
  const { messages, bytes, copies } = pair;
  const sent = `${messages} messages, ${bytes} bytes, ${copies} copies`;
  Deno.bench(`${differing} of ${KEYS} keys differ: ${sent}`, { n: 5, warmup: 1 }, (bench) => {
    pair.change(differing, ++round);
    bench.start();
    pair.exchange();
    bench.end();
  });
}
