/**
 * The laws of expiry at real nodes (protocol.md, Part 1 d): a put says for how long, its coordinator fixes until when, and
 * from then on nobody changes anything: replicas hold the same time, each node hides by its own clock, and nothing is sent.
 *
 * Clocks are a minute or a year apart here: a time that was fixed at another node than the coordinator, or at more than
 * one, would show.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { NodeId, WriteId } from "../../src/id.ts";
import type { Lifetime } from "../../src/protocol/message.ts";
import type { Sibling } from "../../src/version/siblings.ts";
import { ask, contextOf, texts } from "../asks.ts";
import { example, type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { get, NAME, outsider, PATH, put, wasGot, wasPut } from "./driving.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

/** A put of a text that lives for so long. */
function living(text: string | null, expiresInMs: Lifetime) {
  const { version } = ask(PATH, text, text?.padStart(16, "0") as WriteId ?? "d".repeat(16));
  return { version: { ...version, expiresInMs } };
}

/** The one version that a put has left at every node that holds the key. */
function everywhere(world: World): Sibling[] {
  return world.ids.flatMap((id) => world.onDisk(id, NAME)?.container.siblings.slice(-1) ?? []);
}

function expiriesOf(world: World): (number | null)[] {
  return everywhere(world).map(({ version }) => version.expiresAtMs);
}

/** What a node shows, without a message more than a read is. */
function shownAt(world: World, at: NodeId): (string | null)[] {
  return texts(get(world, { at, r: "all" }));
}

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "D20",
    "all replicas hold one time: the coordinator's clock at the put, and what it said, wherever it entered",
    (run) => {
      const lifetime = fc.integer({ min: 1, max: YEAR_MS });
      run.forAll(fc.nat({ max: 4 }), fc.nat({ max: 2 }), lifetime, (at, first, lifeMs) => {
        const world = new World({ nodes: 5 });
        world.ids.forEach((id, i) => world.aheadMs.set(id, i * 60_000));
        const entry = world.ids[at]!;
        const fastest = world.ids[first]!;
        const done = wasPut(put(world, "x", { at: entry, fastest, ...living("x", lifeMs) }));
        const { coordinator } = done;
        const wallMs = world.wallMs + world.aheadMs.get(coordinator)!;
        assertEquals(expiriesOf(world), Array.from({ length: 3 }, () => wallMs + lifeMs));
        return true;
      });
    },
  ),
  example("D20", "a forward that comes twice, and later, sets one time", () => {
    const { world, entry } = outsider();
    world.aheadMs.set(entry, YEAR_MS);
    const atMs = world.wallMs;
    const ticket = world.put(entry, {
      ...ask(PATH, "x", "w".repeat(16) as WriteId),
      ...living("x", 5_000),
    });
    world.duplicate(0);
    const copy = world.pending[0]!;
    world.run();
    world.wait(2_000);
    world.pending.push(copy);
    world.run();
    assertEquals(world.replies.get(ticket)?.kind, "put");
    const lived = everywhere(world).filter(({ version }) => version.expiresAtMs !== null);
    assertEquals(
      lived.map(({ version }) => version.expiresAtMs),
      [atMs, atMs, atMs].map((ms) => ms + 5_000),
    );
    const { container } = wasGot(get(world, { r: "all" }));
    assertEquals(container.siblings.length, 2, "zero and x, and no twin of x");
  }),
  example(
    "D20",
    "a put that does not say takes its bucket's time; one that says never has none",
    () => {
      const world = new World();
      world.setProps(world.ids[0]!, "b", { expires_in: 60 });
      world.run();
      const lives = (text: string | null, expiresInMs: Lifetime) => {
        const seen = contextOf(get(world, { r: "all" }));
        wasPut(put(world, text, { seen, ...living(text, expiresInMs) }));
        const times = new Set(expiriesOf(world));
        assertEquals(times.size, 1);
        const [atMs] = times;
        return atMs === null ? null : atMs! - world.wallMs;
      };
      assertEquals(lives("by the bucket", null), 60_000);
      assertEquals(lives("by itself", 5_000), 5_000);
      assertEquals(lives("for ever", "never"), null);
      assertEquals(lives(null, null), null, "a delete never ends");
      world.setProps(world.ids[0]!, "b", { expires_in: null });
      world.run();
      assertEquals(lives("again", null), null);
    },
  ),
  example(
    "D20",
    "each node hides by its own clock, nothing is sent for it, and nothing is lost",
    () => {
      const world = new World();
      const [a, b] = world.ids as [NodeId, NodeId, NodeId];
      put(world, "x", { at: a, w: 3, ...living("x", 60_000) });
      world.aheadMs.set(b, YEAR_MS);
      const before = world.ids.map((id) => world.onDisk(id, NAME));
      assertEquals([shownAt(world, a), shownAt(world, b)], [["x"], []]);
      world.wait(59_999);
      assertEquals(shownAt(world, a), ["x"]);
      world.wait(1);
      world.sent.length = 0;
      assertEquals([shownAt(world, a), shownAt(world, b)], [[], []]);
      const kinds = new Set(world.sent.map(({ message }) => message.kind));
      assertEquals(
        [...kinds].sort(),
        ["read", "read_reply"],
        "the reads of this law, and no repair",
      );
      assertEquals(world.ids.map((id) => world.onDisk(id, NAME)), before);
    },
  ),
  example(
    "D20",
    "the context of a read that hides covers what it hid: the next put replaces it",
    () => {
      const world = new World();
      put(world, "old", { w: 3, ...living("old", 1_000) });
      world.wait(1_000);
      const read = wasGot(get(world));
      assertEquals(texts(read), []);
      assert(read.container.clock.size > 0, "there is a context");
      put(world, "new", { seen: contextOf(read) });
      const after = wasGot(get(world, { r: "all" }));
      assertEquals([texts(after), after.container.siblings.length], [["new"], 1]);
    },
  ),
];
