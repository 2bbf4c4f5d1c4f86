import { assertEquals } from "@std/assert";
import { States } from "./states.ts";

Deno.test("a row is added once, however many there are, and read back as it was", () => {
  const states = new States(3);
  const known = new Map<string, number>();
  // Few values in three places: most rows come more than once.
  for (let i = 0, seed = 1; i < 200_000; i++) {
    seed = Math.imul(seed, 1_103_515_245) + 12_345;
    const row = [seed >>> 28, (seed >>> 20) & 63, (seed >>> 8) & 127];
    const at = known.get(row.join());
    assertEquals(states.add(row, i), at === undefined ? known.size : -1);
    if (at === undefined) known.set(row.join(), known.size);
  }
  assertEquals(states.size, known.size);
  for (const [row, at] of known) assertEquals(states.read(at, []).join(), row);
});

Deno.test("each row knows from where it was reached first", () => {
  const states = new States(1);
  assertEquals([states.add([7], -1), states.add([8], 0), states.add([8], 1)], [0, 1, -1]);
  assertEquals([states.parent(0), states.parent(1)], [-1, 0]);
});
