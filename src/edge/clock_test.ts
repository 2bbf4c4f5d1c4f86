import { assertEquals } from "@std/assert";
import { SystemClock } from "./clock.ts";

Deno.test("neither clock goes back, whatever the machine says", () => {
  const mono = [5, 3, 6];
  const wall = [100, 90, 101];
  const clock = new SystemClock({ mono: () => mono.shift()!, wall: () => wall.shift()! });
  assertEquals([clock.now(), clock.now(), clock.now()], [
    { monoMs: 5, wallMs: 100 },
    { monoMs: 5, wallMs: 100 },
    { monoMs: 6, wallMs: 101 },
  ]);
});

Deno.test("the machine's own clocks go on", () => {
  const clock = new SystemClock();
  const first = clock.now();
  const before = Date.now();
  const second = clock.now();
  assertEquals(second.monoMs >= first.monoMs && second.wallMs >= before, true);
});
