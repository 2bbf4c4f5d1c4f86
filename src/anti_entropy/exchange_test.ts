import { assertEquals } from "@std/assert";
import { nodeId, type ObjectName, type Position } from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import { Outbox } from "../protocol/outbox.ts";
import { EMPTY } from "../version/siblings.ts";
import { Exchange } from "./exchange.ts";

const [A, B] = [nodeId("a"), nodeId("b")];
const EXCHANGE_MS = 100;
const NAME: ObjectName = { type: "default", bucket: "b", key: "k" };

/** Node a of a cluster of two, in which everything belongs to both. */
function exchange(): Exchange {
  let numbers = 0;
  const seat = { seat: 0, recovering: false } as never;
  return new Exchange({
    locator: {
      node: A,
      members: new Set([A, B]),
      list: () => [],
      nOf: () => 2,
      isDown: () => false,
      standing: () => seat,
    },
    land: {
      rangeEnd: () => "end" as Position,
      owners: () => [A, B],
      nOf: () => 2,
      serves: () => true,
    },
    config: { exchangeMs: EXCHANGE_MS },
    neighbours: () => new Set([B]),
    next: () => ++numbers,
  });
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
