/**
 * The laws of a put at a node that does not serve its key: one hop, one coordinator, one dot (protocol.md, Part 1 a).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { WriteId } from "../../src/id.ts";
import { ask, contextOf, texts } from "../asks.ts";
import { World } from "../world.ts";
import { example, type Law } from "../law.ts";
import {
  get,
  NAME,
  outsider,
  PATH,
  put,
  refusal,
  runLosing,
  sentTo,
  wasGot,
  wasPut,
} from "./driving.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "Q13",
    "a coordinator that cannot be reached is passed over; one that is lost is not",
    () => {
      const { world, entry } = outsider();
      const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
      world.undelivered(0); // never left: another may be tried
      world.run();
      assertEquals(world.replies.get(ticket)?.kind, "put");
      assertEquals(sentTo(world, "forward").length, 2);

      const lost = world.put(entry, ask(PATH, "y", "v".repeat(16) as WriteId));
      runLosing(world, (_, __, kind) => kind === "forward_reply");
      assertEquals(world.replies.get(lost), undefined);
      const to = sentTo(world, "forward").at(-1)!;
      world.crash(to);
      world.wait(world.config.requestTimeoutMs);
      const failed = refusal(world.replies.get(lost));
      assertEquals([failed.error, failed.definite], ["coordinator_lost", false]);
      assertEquals(sentTo(world, "forward").length, 3, "nobody else may be tried");
    },
  ),
  example("Q13", "a lost answer is asked for again: one client put makes one dot", () => {
    const { world, entry } = outsider();
    const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
    runLosing(world, (_, __, kind) => kind === "forward_reply");
    world.wait(world.config.fallbackAfterMs);
    world.run();
    assertEquals(world.replies.get(ticket)?.kind, "put");
    assertEquals(texts(get(world)), ["x", "zero"]);
  }),
  example(
    "Q13 Q18",
    "a forward that is refused for want of memory is refused for good, or not answered",
    () => {
      const world = new World({ nodes: 5, config: { maxOutcomes: 1 } });
      put(world, "zero");
      const entry = world.ids.find((id) => !world.onDisk(id, NAME))!;
      assertEquals(put(world, "v1", { at: entry }).kind, "put");
      // The first candidate remembers one put, which is all that it may: it refuses the next, and another takes that.
      world.sent.length = 0;
      const ticket = world.put(entry, ask(PATH, "v2", "2".repeat(16) as WriteId));
      const refused = world.pending[0]!;
      world.run();
      assertEquals(world.replies.get(ticket)?.kind, "put");
      assertEquals(sentTo(world, "forward").length, 2);
      // Later, when there is room again, a second copy of the refused forward arrives.
      world.wait(world.config.maxMessageAgeMs / 2);
      world.pending.push(refused);
      world.run();
      const read = wasGot(get(world));
      assertEquals(texts(read), ["v1", "v2", "zero"]);
      assertEquals(read.container.siblings.length, 3);
      // When not even a refusal can be remembered, nothing is claimed.
      const silent = world.put(entry, ask(PATH, "v3", "3".repeat(16) as WriteId));
      world.run();
      world.wait(world.config.requestTimeoutMs);
      const lost = refusal(world.replies.get(silent));
      assertEquals([lost.error, lost.definite], ["coordinator_lost", false]);
      assert(world.marks.has("outcomes.full"));
    },
  ),
  example("Q13", "a write id that was used for one key is refused for another", () => {
    const { world, entry } = outsider();
    const writeId = "w".repeat(16) as WriteId;
    const [, fastest] = world.ids;
    const first = world.put(entry, ask(PATH, "x", writeId));
    world.run();
    const { coordinator } = wasPut(world.replies.get(first));
    // Another key that the same coordinator serves, and this entry node does not.
    const path = Array.from({ length: 99 }, (_, i) => `b/other${i}`).find((path) => {
      const probe = world.put(entry, ask(path, "probe", path.padStart(16, "0") as WriteId));
      world.run();
      return wasPut(world.replies.get(probe)).coordinator === coordinator;
    })!;
    const again = world.put(entry, { ...ask(path, "y", writeId), fastest: coordinator });
    world.run();
    const failed = refusal(world.replies.get(again));
    assertEquals([failed.error, failed.definite], ["bad_request", true]);
    assert(fastest !== undefined);
  }),
  example(
    "Q18",
    "a forward that comes twice, or after it was fenced, issues one dot or none",
    () => {
      const { world, entry } = outsider();
      const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
      world.duplicate(0);
      world.run();
      world.wait(world.config.requestTimeoutMs);
      world.run();
      assertEquals(world.replies.get(ticket)?.kind, "put");
      assertEquals(texts(get(world)), ["x", "zero"]);

      world.wait(2 * world.config.maxMessageAgeMs); // a process that has just started can fence nothing
      // The forward is delayed; its status is asked for first, which fences it; then another coordinator is tried.
      const delayed = world.put(entry, ask(PATH, "y", "v".repeat(16) as WriteId));
      const [forward] = world.pending.splice(0, 1);
      world.wait(world.config.fallbackAfterMs);
      world.run();
      assertEquals(world.replies.get(delayed)?.kind, "put");
      assertEquals(world.marks.get("outcomes.fenced"), 1);
      world.pending.push(forward!);
      world.run();
      const read = wasGot(get(world, { r: "all" }));
      assertEquals(texts(read), ["x", "y", "zero"]);
      assertEquals(read.container.siblings.length, 3, "the fenced forward made a twin");
    },
  ),
  example(
    "Q18",
    "a coordinator that has started again meanwhile fences nothing: its former boot may have issued",
    () => {
      const { world, entry } = outsider();
      world.wait(2 * world.config.maxMessageAgeMs);
      const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
      runLosing(world, (_, __, kind) => kind === "forward_reply");
      const to = sentTo(world, "forward").at(-1)!;
      world.crash(to);
      world.restart(to);
      world.run();
      world.wait(world.config.requestTimeoutMs);
      world.run();
      assertEquals(refusal(world.replies.get(ticket)).error, "coordinator_lost");
      assertEquals(sentTo(world, "forward").length, 1);
      assertEquals(texts(get(world, { r: "all" })), ["x", "zero"]);
    },
  ),
  example(
    "Q18",
    "a write id may be used again after a definite refusal; a copy of the refused try may not",
    () => {
      const world = new World({ nodes: 5, config: { maxContainerBytes: 60, maxObjectBytes: 60 } });
      put(world, "x".repeat(30));
      const serving = world.ids.filter((id) => world.onDisk(id, NAME));
      const entry = world.ids.find((id) => !serving.includes(id))!;
      const order = {
        ...ask(PATH, "y".repeat(30), "w".repeat(16) as WriteId),
        fastest: serving[0],
      };
      const refused = world.put(entry, order);
      const copy = world.pending[0]!;
      world.run();
      assertEquals(refusal(world.replies.get(refused)).error, "container_full");
      const seen = contextOf(get(world));
      const again = world.put(entry, { ...order, seen });
      world.run();
      assertEquals(wasPut(world.replies.get(again)).kind, "put");
      put(world, "z", { seen: contextOf(get(world)) });
      world.pending.push(copy); // now there would be room for it
      world.run();
      assertEquals(texts(get(world)), ["z"]);
    },
  ),
  example(
    "Q19",
    "a put at a node that does not serve the key is forwarded once, and coordinated there",
    () => {
      const { world, entry, serving } = outsider();
      const reply = wasPut(put(world, "x", { at: entry }));
      assertEquals(sentTo(world, "forward").length, 1);
      assert(serving.includes(reply.coordinator));
      assertEquals(world.onDisk(entry, NAME), undefined);
      assertEquals(texts(get(world, { at: entry })), ["x", "zero"]);
    },
  ),
  example("Q19", "the fastest replica of the preceding read is the coordinator", () => {
    for (const fastest of outsider().serving) {
      const { world, entry } = outsider();
      const reply = wasPut(put(world, "x", { at: entry, fastest }));
      assertEquals(reply.coordinator, fastest);
    }
  }),
];
