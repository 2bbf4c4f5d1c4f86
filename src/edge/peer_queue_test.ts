import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import type { Boot } from "../id.ts";
import { type LaneName, PeerQueue, QUEUE_LIMITS, type Waiting } from "./peer_queue.ts";
import { BOOT_A, BOOT_B, numbered } from "./testing.ts";

const LIMITS = {
  maxQueueBytes: 100,
  maxBatchBytes: 40,
  maxBatchMessages: 3,
  bulkBytes: 20,
  maxWaitMs: 30,
};
const waiting = (id: number, bytes = 10, more: Partial<Waiting> = {}): Waiting => ({
  message: numbered(id),
  bytes,
  boot: null,
  sinceMs: 0,
  ...more,
});
const ids = (all: readonly Waiting[]) =>
  all.map(({ message }) => "request" in message ? message.request : -1);
const NOW = { boot: BOOT_A, nowMs: 0 };

Deno.test("a lane gives out what it has, in order, in batches", () => {
  const queue = new PeerQueue(LIMITS);
  for (let id = 1; id <= 5; id++) assert(queue.offer(waiting(id)));
  assertEquals(ids(queue.take("brisk", NOW).batch), [1, 2, 3]);
  assertEquals(ids(queue.take("brisk", NOW).batch), [4, 5]);
  assertEquals([queue.length, queue.bytes], [0, 0]);
});

Deno.test("large messages do not stand before small ones", () => {
  const queue = new PeerQueue(LIMITS);
  for (const [id, bytes] of [[1, 60], [2, 10], [3, 20]] as const) {
    assert(queue.offer(waiting(id, bytes)));
  }
  assertEquals(ids(queue.take("brisk", NOW).batch), [2]);
  assertEquals(ids(queue.take("bulk", NOW).batch), [1], "over the batch's bound, but alone");
  assertEquals(ids(queue.take("bulk", NOW).batch), [3]);
});

Deno.test("what does not fit is refused; an empty queue takes one message of any size", () => {
  const queue = new PeerQueue(LIMITS);
  assert(queue.offer(waiting(1, 1_000)));
  assert(!queue.offer(waiting(2, 1)));
  assertEquals(ids(queue.take("bulk", NOW).batch), [1]);
  assert(queue.offer(waiting(3, 99)));
  assert(queue.offer(waiting(4, 1)));
  assert(!queue.offer(waiting(5, 1)));
});

Deno.test("too old and meant for a former boot are dead, and take no room in the batch", () => {
  const queue = new PeerQueue(LIMITS);
  assert(queue.offer(waiting(1, 10, { boot: BOOT_B })));
  assert(queue.offer(waiting(2, 10, { boot: BOOT_A })));
  assert(queue.offer(waiting(3, 10, { sinceMs: -31 })));
  assert(queue.offer(waiting(4, 10, { sinceMs: -30 })));
  const { batch, dead } = queue.take("brisk", NOW);
  assertEquals([ids(batch), ids(dead)], [[2, 4], [1, 3]]);
});

Deno.test("what is put back goes first", () => {
  const queue = new PeerQueue(LIMITS);
  for (let id = 1; id <= 4; id++) assert(queue.offer(waiting(id)));
  queue.putBack("brisk", queue.take("brisk", NOW).batch);
  assertEquals(ids(queue.clear()), [1, 2, 3, 4]);
  assertEquals(queue.bytes, 0);
});

Deno.test("whatever happens, nothing is doubled or vanishes, and the bound holds", () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("offer" as const),
      bytes: fc.integer({ min: 1, max: 60 }),
      boot: fc.constantFrom<Boot | null>(BOOT_A, BOOT_B, null),
    }),
    fc.record({
      kind: fc.constant("take" as const),
      lane: fc.constantFrom<LaneName>("brisk", "bulk"),
      afterMs: fc.integer({ min: 0, max: 20 }),
    }),
    fc.constant({ kind: "clear" as const }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const queue = new PeerQueue(LIMITS);
    const inside: Waiting[] = []; // the oracle: a list, in which order says nothing
    let nowMs = 0;
    const remove = (gone: readonly Waiting[]) => {
      for (const one of gone) {
        const at = inside.indexOf(one);
        assert(at >= 0, "given out twice, or never queued");
        inside.splice(at, 1);
      }
    };
    for (const [id, did] of steps.entries()) {
      const before = inside.reduce((sum, { bytes }) => sum + bytes, 0);
      if (did.kind === "offer") {
        const one = waiting(id, did.bytes, { boot: did.boot, sinceMs: nowMs });
        const fits = before === 0 || before + did.bytes <= LIMITS.maxQueueBytes;
        assertEquals(queue.offer(one), fits);
        if (fits) inside.push(one);
      } else if (did.kind === "take") {
        nowMs += did.afterMs;
        const { batch, dead } = queue.take(did.lane, { boot: BOOT_A, nowMs });
        const isDead = (one: Waiting) => one.boot === BOOT_B || nowMs - one.sinceMs > 30;
        assert(batch.every((one) => !isDead(one)) && dead.every(isDead));
        assert(batch.length <= LIMITS.maxBatchMessages);
        assert(batch.length === 1 || batch.reduce((sum, { bytes }) => sum + bytes, 0) <= 40);
        assertEquals(
          batch.length === 0,
          inside.every((one) => (one.bytes >= 20) !== (did.lane === "bulk") || isDead(one)),
        );
        remove([...batch, ...dead]);
      } else remove(queue.clear());
      assertEquals(queue.bytes, inside.reduce((sum, { bytes }) => sum + bytes, 0));
      assertEquals(queue.length, inside.length);
    }
    return true;
  }));
});

Deno.test("the greatest batch fits the queue many times", () => {
  assert(QUEUE_LIMITS.maxBatchBytes * 8 <= QUEUE_LIMITS.maxQueueBytes);
  assert(QUEUE_LIMITS.bulkBytes < QUEUE_LIMITS.maxBatchBytes);
});
