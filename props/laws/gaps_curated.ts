/**
 * What the curated mutants showed to be unchecked (`deno task mutants`): copies that only a stranger holds, a coordinator
 * that is lost while it is asked, an event number 0, the bytes of a value.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { nameBytes, type WriteId } from "../../src/id.ts";
import { CodecError } from "../../src/protocol/codec_shape.ts";
import { decodeRecord, encodeRecord } from "../../src/protocol/codec_record.ts";
import { ask, contextOf, texts } from "../asks.ts";
import { EMPTY } from "../../src/version/siblings.ts";
import { actor } from "../generators.ts";
import { example, type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { get, NAME, outsider, PATH, refusal, sentTo, wasGot } from "./driving.ts";

/** V10, Q13, S4, S20. */
export const laws: readonly Law[] = [
  example("V10", "no clock has an event number 0, and no record issues after it", () => {
    const none = { actor: actor("a"), counter: 0 };
    const container = { clock: new Map([[none.actor, none.counter]]), siblings: [] };
    for (const record of [{ container, mine: null }, { container: EMPTY, mine: none }]) {
      assertThrows(() => decodeRecord(encodeRecord(record)), CodecError);
    }
  }),
  example(
    "Q13",
    "a coordinator that is lost while it is asked for its status has no successor, its entry node neither",
    () => {
      const { world, entry } = outsider();
      const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
      for (let i = 0; i >= 0; i = world.pending.findIndex((next) => next.kind !== "message")) {
        world.happen(i); // it has the put, and issues; nothing of that leaves it
      }
      world.pending.length = 0;
      world.wait(world.config.fallbackAfterMs);
      const status = world.pending.findIndex((next) =>
        next.kind === "message" && next.message.kind === "status"
      );
      world.undelivered(status);
      const lost = refusal(world.replies.get(ticket));
      assertEquals([lost.error, lost.definite], ["coordinator_lost", false]);
      assertEquals(sentTo(world, "forward").length, 1);
      world.run();
      const { load } = world.machines.get(entry)!.node;
      assertEquals(load.requests, 0, "nor does its entry node stand in for it");
      assertEquals(texts(get(world, { at: entry, r: "all" })), ["x", "zero"]);
    },
  ),
  random("S4", "what is read is what was put, byte for byte", (run) => {
    run.forAll(fc.uint8Array({ maxLength: 300 }), fc.nat(2), fc.nat(2), (content, at, from) => {
      const world = new World();
      const { version, ...order } = ask(PATH, "", "w".repeat(16) as WriteId);
      const headers = [["x-riak-meta-n", String(content.length)]] as const;
      world.put(world.ids[at]!, {
        ...order,
        version: { ...version, content, contentType: "image/png", headers },
      });
      world.run();
      const [read] = wasGot(get(world, { at: world.ids[from]!, r: "all" })).view;
      assertEquals(read!.version.content, content);
      assertEquals([read!.version.contentType, read!.version.headers], ["image/png", headers]);
      return true;
    });
  }, { runs: 100 }),
  example(
    "S20",
    "what only a node holds that does not serve the key is found for its session",
    () => {
      const { world, entry, serving } = outsider();
      const session = contextOf(get(world)).clock;
      const [first, ...others] = serving.map((id) => world.machines.get(id)!.disk.records);
      world.machines.get(entry)!.disk.records.set(nameBytes(NAME), first!.get(nameBytes(NAME))!);
      for (const records of [first!, ...others]) records.clear();
      const found = wasGot(get(world, { session }));
      assertEquals([found.sessionReset, texts(found)], [false, ["zero"]]);
    },
  ),
];
