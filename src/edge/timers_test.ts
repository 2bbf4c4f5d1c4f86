import { assert, assertEquals } from "@std/assert";
import type { Timer } from "../protocol/event.ts";
import { SystemClock } from "./clock.ts";
import { HandClock, settle, until } from "./testing.ts";
import { Timers } from "./timers.ts";

const deadline = (request: number): Timer => ({ kind: "deadline", request });
const requests = (timers: readonly Timer[]) =>
  timers.map((timer) => "request" in timer ? timer.request : -1);

Deno.test("a timer rings once, and never before its time", async () => {
  const clock = new SystemClock();
  const rung: { timer: Timer; atMs: number }[] = [];
  const timers = new Timers(clock, (timer) => rung.push({ timer, atMs: clock.now().monoMs }));
  const dueMs = clock.now().monoMs + 7.4;
  timers.set(deadline(1), dueMs);
  timers.set(deadline(2), dueMs + 5);
  await until(() => rung.length === 2, "both timers");
  assertEquals(requests(rung.map(({ timer }) => timer)), [1, 2]);
  assert(rung[0]!.atMs >= dueMs && rung[1]!.atMs >= dueMs + 5);
});

Deno.test("a timer whose wait is over too early is set again", async () => {
  const clock = new HandClock();
  const rung: Timer[] = [];
  const timers = new Timers(clock, (timer) => rung.push(timer));
  timers.set(deadline(1), clock.monoMs);
  clock.monoMs -= 1; // what setTimeout waits for is over, by the node's clock it is not
  await settle();
  await settle();
  assertEquals(rung, []);
  clock.monoMs += 1;
  await until(() => rung.length === 1, "the timer");
});

Deno.test("a moved timer rings for its new time only, a cancelled one never", async () => {
  const clock = new SystemClock();
  const rung: Timer[] = [];
  const timers = new Timers(clock, (timer) => rung.push(timer));
  const nowMs = clock.now().monoMs;
  timers.set(deadline(1), nowMs + 2);
  timers.set(deadline(1), nowMs + 12);
  timers.set(deadline(2), nowMs + 2);
  timers.cancel(deadline(2));
  timers.cancel(deadline(3));
  timers.set(deadline(4), nowMs + 6);
  await until(() => rung.length === 2, "the timers that are left");
  assertEquals(requests(rung), [4, 1]);
});

Deno.test("a timer that is further away than setTimeout can wait does not ring at once", async () => {
  const clock = new HandClock();
  const rung: Timer[] = [];
  let reads = 0;
  const counting = { now: () => (reads++, clock.now()) };
  const timers = new Timers(counting, (timer) => rung.push(timer));
  timers.set(deadline(1), clock.monoMs + 2 ** 40);
  for (let i = 0; i < 10; i++) await settle();
  assertEquals([rung, reads], [[], 1], "nor does it look at the clock all the time");
  timers.clear();
});
