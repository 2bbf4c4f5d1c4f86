/**
 * Examples of the causal container; its laws are in `props/laws/siblings.ts` and `props/laws/merge.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { actor, clockOf, version } from "../../props/generators.ts";
import { type Container, EMPTY, greatestStamp, holds, sync, write } from "./siblings.ts";
import { FRESH } from "./version_vector.ts";

const at = (node: string, counter: number) => ({ actor: actor(node), counter });

Deno.test("sync of a container with itself is itself", () => {
  const held = write(EMPTY, FRESH, at("a", 1), version("v"));
  assertStrictEquals(sync(held, held), held);
});

Deno.test("a put whose context knows more than the container takes that knowledge in", () => {
  // The client read a:2 elsewhere; this replica has only a:1.
  const behind = write(EMPTY, FRESH, at("a", 1), version("old"));
  const after = write(behind, clockOf({ a: 2 }), at("b", 1), version("new"));
  assertEquals(after.clock, clockOf({ a: 2, b: 1 }));
  assertEquals(after.siblings.map(({ dot }) => dot), [at("b", 1)]);
  // So a:2, whose client has overwritten it, finds no place here when it comes.
  const late: Container = {
    clock: clockOf({ a: 2 }),
    siblings: [{ dot: at("a", 2), version: version("overwritten") }],
  };
  assertEquals(sync(after, late), after);
});

Deno.test("a dot that would leave a gap is refused: its clock entry would claim what is not there", () => {
  assertThrows(
    () => write(EMPTY, FRESH, at("a", 2), version("v")),
    RangeError,
    "1 comes next here",
  );
});

Deno.test("ten thousand siblings merge in a time that a request can wait for", () => {
  const many = (node: string): Container => ({
    clock: new Map([[actor(node), 10_000]]),
    siblings: Array.from({ length: 10_000 }, (_, i) => ({
      dot: at(node, i + 1),
      version: version(""),
    })),
  });
  const joined = sync(many("a"), many("b"));
  assertEquals(joined.siblings.length, 20_000);
  assertEquals(sync(joined, many("a")).siblings.length, 20_000);
});

Deno.test("holds and greatestStamp look at live versions", () => {
  const one = write(EMPTY, FRESH, at("a", 1), version("1", { stamp: 9 }));
  const two = write(one, one.clock, at("a", 2), version("2", { stamp: 4 }));
  assert(holds(two, at("a", 2)) && !holds(two, at("a", 1)));
  const three = write(two, FRESH, at("b", 1), version("3", { stamp: 2 }));
  assertEquals([EMPTY, one, two, three].map(greatestStamp), [0, 9, 4, 4]);
});
