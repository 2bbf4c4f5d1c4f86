/**
 * Examples of what a client is shown; the laws are in `props/laws/view.ts`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { actor, tombstone, version } from "../../props/generators.ts";
import { EMPTY, type Version, write } from "./siblings.ts";
import { FRESH } from "./version_vector.ts";
import { view } from "./view.ts";

/** Concurrent versions, each by a node of its own: a, b, c… */
const siblings = (...versions: Version[]) =>
  versions.reduce(
    (held, version, i) => write(held, FRESH, { actor: actor("abc"[i]!), counter: 1 }, version),
    EMPTY,
  );
const shown = (...[container, options]: Parameters<typeof view>) =>
  view(container, options).map(({ dot }) => dot.actor[1]);

Deno.test("all siblings are shown in the order of dots", () => {
  const held = siblings(version("1"), tombstone("2"), version("3"));
  assertEquals(shown(held, { latestOnly: false, wallMs: 0 }), ["a", "b", "c"]);
});

Deno.test("of equal stamps the greatest dot is the latest", () => {
  const held = siblings(
    version("1", { stamp: 5 }),
    version("2", { stamp: 5 }),
    version("3", { stamp: 4 }),
  );
  assertEquals(shown(held, { latestOnly: true, wallMs: 0 }), ["b"]);
});

Deno.test("a tombstone that is the latest is what is shown: its reader says not found", () => {
  const held = siblings(version("1", { stamp: 1 }), tombstone("2", { stamp: 2 }));
  assertEquals(view(held, { latestOnly: true, wallMs: 0 })[0]?.version.tombstone, true);
});

Deno.test("an expired version is neither shown nor the latest", () => {
  const held = siblings(version("1", { stamp: 1 }), version("2", { stamp: 2, expiresAtMs: 100 }));
  assertEquals(shown(held, { latestOnly: true, wallMs: 99 }), ["b"]);
  assertEquals(shown(held, { latestOnly: true, wallMs: 100 }), ["a"]);
});

Deno.test("nothing is shown of a key that was never written", () => {
  assertEquals(view(EMPTY, { latestOnly: true, wallMs: 0 }), []);
});
