import { assertEquals } from "@std/assert";
import { Gate } from "../admission/gate.ts";
import { type Digest, type NodeId, nodeId, type ObjectName, type Position } from "../id.ts";
import { DEFAULTS } from "../protocol/config.ts";
import type { Effect } from "../protocol/effect.ts";
import type { Message } from "../protocol/message.ts";
import { Outbox } from "../protocol/outbox.ts";
import { EMPTY } from "../version/siblings.ts";
import { Exchange } from "./exchange.ts";
import { Recovery } from "./recovery.ts";

const [A, B, C] = [nodeId("a"), nodeId("b"), nodeId("c")];
const EXCHANGE_MS = 100;
const NAME: ObjectName = { type: "default", bucket: "b", key: "k" };

const CUT = "16 bytes of ends" as Digest;

const STANDING = {
  seat: 0,
  seats: 2,
  recovering: false,
  history: "h" as Digest,
  registerSeq: 0,
};

/** Node a of a cluster in which everything belongs to it and to these. */
function exchange(peers = [B]): Exchange {
  let numbers = 0;
  return new Exchange({
    locator: {
      node: A,
      members: new Set([A, ...peers]),
      list: () => [],
      nOf: () => 2,
      isDown: () => false,
      standsIn: true,
      receives: () => false,
      standing: () => STANDING,
    },
    land: {
      ends: () => ["end" as Position],
      cut: () => CUT,
      rangeEnd: () => "end" as Position,
      fetches: (_, peer) => peers.includes(peer),
      gives: (_, peer) => peers.includes(peer),
      nOf: () => 2,
      holds: () => true,
    },
    config: { ...DEFAULTS, exchangeMs: EXCHANGE_MS },
    moving: { isMoving: false, epoch: 0, needs: () => false, onCompared: () => {} },
    settled: () => null,
    slices: new Gate({ backgroundTargetMs: 1, maxRequestMs: 1 }),
    recovery: new Recovery({
      node: A,
      members: () => [A, ...peers],
      maxRequestMs: 1_000,
      next: () => ++numbers,
      ranges: () => [],
      owners: () => [A, ...peers],
      isDown: () => false,
      leastW: () => 2,
      say: () => true,
    }),
    damaged: () => {},
    look: () => {},
    neighbours: () => new Set(peers),
    next: () => ++numbers,
  });
}

/** What a peer answers that holds the same. */
function alike(roots: Message): Extract<Message, { kind: "roots_reply" }> {
  if (roots.kind !== "roots") throw new Error(`roots wanted, got ${roots.kind}`);
  return { kind: "roots_reply", request: roots.request, whole: true, differing: [] };
}

/** What it asks for when this happens. */
function after(happens: (out: Outbox) => unknown): Effect[] {
  const out = new Outbox(A, { monoMs: 0, wallMs: 0 });
  happens(out);
  return out.effects.filter(({ kind }) => kind !== "mark");
}

/** The number of the one scan among these. */
function scanIn(effects: readonly Effect[]): number {
  const scans = effects.filter((effect) => effect.kind === "scan_records");
  assertEquals(effects.length, 1);
  return scans[0]!.scan;
}

Deno.test("a disk that cannot be read is asked again after a while, from the beginning", () => {
  const trees = exchange();
  const first = scanIn(after((out) => trees.onReady(out)));
  const record = { container: EMPTY, mine: null };
  const page = { kind: "records", records: [{ name: NAME, record }] } as const;
  const second = scanIn(after((out) => trees.onScanned(first, page, out)));
  const failed = { kind: "failed", reason: "input/output error" } as const;
  assertEquals(after((out) => trees.onScanned(second, failed, out)), [
    { kind: "set_timer", timer: { kind: "exchange" }, atMs: EXCHANGE_MS },
  ]);

  // Meanwhile its trees are compared with nobody's.
  const again = after((out) => trees.onTimer(out));
  const third = scanIn(again);
  assertEquals(again, [{ kind: "scan_records", scan: third, after: null, most: 256 }]);
  after((out) => trees.onScanned(third, { kind: "records", records: [] }, out));
  assertEquals(trees.forest.isFull, true);
  const [timer, roots] = after((out) => trees.onTimer(out));
  assertEquals([timer?.kind, roots?.kind], ["set_timer", "send"]);
});

Deno.test("each peer has its turn within exchangeMs, however many there are", () => {
  const peers = [B, C, nodeId("d"), nodeId("e")];
  const trees = exchange(peers);
  const scan = scanIn(after((out) => trees.onReady(out)));
  const full = { kind: "records", records: [] } as const;
  const effects = after((out) => trees.onScanned(scan, full, out));
  const told: NodeId[] = [];
  let waitedMs = 0;
  while (waitedMs < EXCHANGE_MS) {
    for (const effect of effects.splice(0)) {
      if (effect.kind === "send") {
        told.push(effect.to);
        effects.push(...after((out) => trees.onMessage(effect.to, alike(effect.message), out)));
      }
      if (effect.kind === "set_timer") waitedMs += effect.atMs;
    }
    effects.push(...after((out) => trees.onTimer(out)));
  }
  for (const effect of effects) if (effect.kind === "send") told.push(effect.to);
  assertEquals(told, peers);
});
