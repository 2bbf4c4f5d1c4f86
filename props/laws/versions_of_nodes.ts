/**
 * The laws of versions as clients of real nodes meet them: siblings, contexts, deletes, and where dots come from.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { bootOf, type NodeId, type WriteId } from "../../src/id.ts";
import { ask, contextOf, texts } from "../asks.ts";
import { World } from "../world.ts";
import { example, type Law } from "../law.ts";
import { get, NAME, PATH, put, refusal, runLosing, wasGot, wasPut } from "./driving.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "D5",
    "two blind puts through one node are two siblings, and a put with their context is one",
    () => {
      const world = new World();
      put(world, "milk");
      const two = put(world, "bread");
      assertEquals(texts(two), ["bread", "milk"]);
      assertEquals(texts(put(world, "both", { seen: contextOf(get(world)) })), ["both"]);
      assertEquals(texts(get(world)), ["both"]);
    },
  ),
  example(
    "D6",
    "Mary and Peter: Mary's blind second put and Peter's put over her first are both kept",
    () => {
      const world = new World();
      put(world, "v1"); // Mary
      const peter = contextOf(get(world));
      put(world, "v2"); // Mary again, blindly
      put(world, "v3", { seen: peter });
      assertEquals(texts(get(world)), ["v2", "v3"]);
    },
  ),
  example(
    "D6",
    "two clients that read, modify and write in turns never see more than two siblings",
    () => {
      const world = new World();
      const clients = [0, 1].map((id) => ({
        id,
        seen: contextOf(get(world)),
        known: [] as string[],
      }));
      for (let turn = 0; turn < 60; turn++) {
        const client = clients[turn % 2]!;
        const text = [...client.known, `${client.id}:${turn}`].sort().join(",");
        put(world, text, { seen: client.seen, at: world.ids[turn % 3]! });
        const read = get(world, { at: world.ids[(turn + 1) % 3]! });
        assert(texts(read).length <= 2);
        client.seen = contextOf(read);
        client.known = [...new Set((texts(read) as string[]).join(",").split(","))];
      }
      const last = texts(put(world, "end", { seen: contextOf(get(world)) }));
      assertEquals(last, ["end"]);
    },
  ),
  example("D16", "a stale context never deletes what its client had not seen", () => {
    const world = new World();
    put(world, "one");
    const stale = contextOf(get(world));
    put(world, "two", { seen: stale });
    put(world, "three", { seen: stale });
    assertEquals(texts(get(world)), ["three", "two"]);
  }),
  example(
    "D4",
    "a container that would grow above its limit refuses the put, definitely; merge does not",
    () => {
      const world = new World({ config: { maxContainerBytes: 60, maxObjectBytes: 60 } });
      assertEquals(put(world, "x".repeat(30)).kind, "put");
      const failed = refusal(put(world, "y".repeat(30)));
      assertEquals([failed.error, failed.definite], ["container_full", true]);
      assertEquals(put(world, "z".repeat(30), { seen: contextOf(get(world)) }).kind, "put");
      assertEquals(texts(get(world)), ["z".repeat(30)]);
    },
  ),
  example(
    "S10",
    "a delete with a context leaves a tombstone with a dot, and keeps what it had not seen",
    () => {
      const world = new World();
      put(world, "one");
      const seen = contextOf(get(world));
      put(world, "two");
      put(world, null, { seen });
      const read = wasGot(get(world));
      assertEquals(texts(read), [null, "two"]);
      assertEquals(new Set(read.container.siblings.map(({ dot }) => dot)).size, 2);
    },
  ),
  example(
    "S10",
    "a delete that is repeated adds no tombstone, and still reaches who had missed it",
    () => {
      const world = new World();
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      put(world, "x");
      const seen = contextOf(get(world));
      // The first delete reaches a alone, and its client hears nothing.
      world.put(a, { ...ask(PATH, null, "d".repeat(16) as WriteId), seen });
      runLosing(world, (_, to, kind) => kind === "write" && (to === b || to === c));
      for (let i = 0; i < 5; i++) wasPut(put(world, null, { seen, w: 3 }));
      for (const id of world.ids) {
        const held = world.onDisk(id, NAME)!.container;
        assertEquals(held.siblings.map(({ version }) => version.tombstone), [true]);
      }
      assertEquals(world.marks.get("put.unchanged"), 5);
      // A stale delete of a value that it had not seen leaves it alone.
      put(world, "y", { seen: contextOf(get(world)) });
      wasPut(put(world, null, { seen }));
      assertEquals(texts(get(world)), ["y"]);
    },
  ),
  example(
    "S10",
    "a delete that has seen more than its coordinator has is an event of its own",
    () => {
      const world = new World();
      const [a, b] = world.ids as [NodeId, NodeId];
      put(world, "x", { at: a });
      // Only b has y, and only its client has seen it: to a, the delete covers nothing that is live.
      world.put(b, { ...ask(PATH, "y", "y".repeat(16) as WriteId), w: 1 });
      runLosing(world, (_, __, kind) => kind === "write");
      const ticket = world.get(b, { name: NAME, r: 1 });
      runLosing(world, (from, to, kind) => kind === "repair" || from !== to);
      const read = wasGot(world.replies.get(ticket));
      const dot = read.container.siblings.find(({ version }) => version.content[0] === 121)!.dot;
      const seen = { clock: new Map([[dot.actor, dot.counter]]), stamp: 0 };
      wasPut(put(world, null, { at: a, seen }));
      get(world);
      assertEquals(texts(get(world, { r: "all" })), [null, "x"]);
    },
  ),
  example("V15", "an actor is of this boot or new: not after a restart, not after damage", () => {
    const world = new World();
    put(world, "one");
    put(world, "two");
    const [id] = world.ids;
    assertEquals(world.onDisk(id!, NAME)!.container.clock.size, 1);
    world.crash(id!);
    world.restart(id!);
    world.run();
    put(world, "three");
    const clock = world.onDisk(id!, NAME)!.container.clock;
    assertEquals(new Set([...clock.keys()].map(bootOf)).size, 2);
    world.machines.get(id!)!.disk.damaged.add(
      [...world.machines.get(id!)!.disk.records.keys()][0]!,
    );
    put(world, "four");
    // It has begun to recover, and counts again when it has compared.
    world.wait(1_000);
    world.run();
    assertEquals(texts(get(world, { r: "all" })), ["four", "one", "three", "two"]);
    assertEquals(world.onDisk(id!, NAME)!.container.clock.size, 3);
  }),
  example("V15", "an actor that a context knows further than the record does is dropped", () => {
    const world = new World();
    const [a] = world.ids as [NodeId];
    put(world, "one");
    const { disk } = world.machines.get(a)!;
    const old = new Map(disk.records);
    put(world, "two", { seen: contextOf(get(world)) });
    const seen = contextOf(get(world));
    disk.records = old; // the disk has gone back, in the same boot
    put(world, "three", { seen });
    assertEquals(world.marks.get("actor.overtaken"), 1);
    assertEquals(texts(get(world, { r: "all" })), ["three"]);
  }),
  example(
    "V16",
    "a failed store burns the actor: the next put takes a new one, and both writes live",
    () => {
      const world = new World();
      put(world, "zero");
      world.put(world.ids[0]!, ask(PATH, "one", "1".repeat(16) as WriteId));
      world.happen();
      world.fail(
        world.pending.findIndex((next) => next.kind === "io" && next.effect.kind === "store"),
      );
      world.run();
      put(world, "two");
      assertEquals(texts(get(world, { r: "all" })), ["one", "two", "zero"]);
      const actors = new Set(world.onDisk(world.ids[1]!, NAME)!.container.clock.keys());
      assertEquals(actors.size, 2);
    },
  ),
];
