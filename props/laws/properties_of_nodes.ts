/**
 * The laws of bucket properties at real nodes: they act at a coordinator's write and at the view, and nowhere else.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { ask, texts } from "../asks.ts";
import { World } from "../world.ts";
import { example, type Law } from "../law.ts";
import { get, NAME, put, wasPut } from "./driving.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "D18 D19",
    "last_write_wins shows the latest, and flipping it both ways changes no replica",
    () => {
      const world = new World();
      const digest = () =>
        world.ids.map((id) => containerDigest(NAME, world.onDisk(id, NAME)!.container));
      put(world, "one", { at: world.ids[0]! });
      put(world, "two", { at: world.ids[1]! });
      const before = digest();
      const set = (value: boolean) => {
        world.setProps(world.ids[2]!, "b", { last_write_wins: value });
        world.run();
      };
      set(true);
      assertEquals(texts(get(world)), ["two"]);
      assertEquals(digest(), before);
      set(false);
      assertEquals(texts(get(world)), ["one", "two"]);
      assertEquals(digest(), before);
      set(true);
      // With the property on, a put covers all that its coordinator holds.
      put(world, "three");
      set(false);
      assertEquals(texts(get(world)), ["three"]);
    },
  ),
  example("D19", "allow_mult=false shows one sibling and loses none", () => {
    const world = new World();
    put(world, "one");
    put(world, "two");
    world.setProps(world.ids[0]!, "b", { allow_mult: false });
    world.run();
    assertEquals(texts(get(world, { at: world.ids[1]! })), ["two"]);
    world.setProps(world.ids[0]!, "b", { allow_mult: null });
    world.run();
    assertEquals(texts(get(world, { at: world.ids[1]! })), ["one", "two"]);
  }),
  example("D19", "the last write wins although its coordinator's clock is behind", () => {
    const world = new World();
    const [a, b] = world.ids as [NodeId, NodeId];
    world.setProps(a, "b", { allow_mult: false });
    world.run();
    world.aheadMs.set(a, 3_600_000);
    put(world, "first", { at: a });
    put(world, "second", { at: b });
    assertEquals(texts(get(world)), ["second"]);
  }),
  example("D20", "a clock far ahead drags nobody along; one a little ahead is followed", () => {
    const world = new World();
    const [a, b] = world.ids as [NodeId, NodeId];
    const stampAt = (at: NodeId, key: string) => {
      const writeId = `${key}${at}`.padStart(16, "0") as WriteId;
      const ticket = world.put(at, { ...ask(`b/${key}`, "x", writeId), w: 3 });
      world.run();
      return wasPut(world.replies.get(ticket)).container.siblings[0]!.version.stamp;
    };
    world.aheadMs.set(a, 365 * 24 * 3_600_000);
    assert(stampAt(a, "far") > (world.wallMs + 60_000) * 1000);
    assert(stampAt(b, "own") <= world.wallMs * 1000 + 1000);
    world.aheadMs.set(a, 30_000);
    const near = stampAt(a, "far2"); // above its own past, a year ahead
    world.crash(a);
    world.restart(a); // which a new process has forgotten
    world.run();
    const followed = stampAt(a, "near");
    assert(near > followed);
    assert(stampAt(b, "after") > followed);
  }),
];
