import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { FRESH } from "../version/version_vector.ts";
import { Canonical } from "./canonical.ts";

Deno.test("equal values have one name, others another", () => {
  const canonical = new Canonical();
  const name = (value: unknown) => canonical.name(value);
  assertEquals(
    name({ a: [1, "x"], b: new Map([["p", 1], ["q", 2]]) }),
    name({
      a: [1, "x"],
      b: new Map([["q", 2], ["p", 1]]),
    }),
  );
  for (const other of [{ a: [1, "y"] }, { a: ["x", 1] }, { a: ["1", "x"] }, { b: [1, "x"] }]) {
    assertNotEquals(name({ a: [1, "x"] }), name(other));
  }
  assertNotEquals(name([["a"], []]), name([[], ["a"]]));
  assertNotEquals(name(Uint8Array.of(1, 2)), name([1, 2]));
});

Deno.test("what nothing depends on is left out, and what is in no order is sorted", () => {
  const canonical = new Canonical();
  const name = (value: unknown) => canonical.name(value);
  assertEquals(name({ k: 1, stamp: 5, lastModifiedMs: 6 }), name({ k: 1, stamp: 7 }));
  assertEquals(name({ running: [1, 2] }), name({ running: [2, 1] }));
  assertNotEquals(name({ queue: [1, 2] }), name({ queue: [2, 1] }));
});

Deno.test("a node's own numbers go by the names that they have outside", () => {
  const canonical = new Canonical();
  const [a, b] = [new Map([[900, 1]]), new Map([[901, 1]])];
  assertEquals(canonical.name({ request: 900 }, a), canonical.name({ request: 901 }, b));
  assertNotEquals(canonical.name({ request: 900 }, a), canonical.name({ request: 1 }, a));
});

Deno.test("equal containers have one number, whichever object they are", () => {
  const canonical = new Canonical();
  const one = canonical.container({ clock: FRESH, siblings: [] });
  assertEquals(canonical.container({ clock: new Map(), siblings: [] }), one);
  assertEquals(canonical.containers, 1);
});

Deno.test("what is no plain data has no name", () => {
  const canonical = new Canonical();
  assertThrows(() => canonical.name({ f: () => 1 }), TypeError, "Cannot name a function");
  assertThrows(() => canonical.name(new Set()), TypeError, "Cannot name a Set");
});
