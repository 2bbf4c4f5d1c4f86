import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { envelope, message, messages } from "../../props/message_generators.ts";
import { encodeEnvelope } from "../protocol/codec.ts";
import type { Message } from "../protocol/message.ts";
import { ExchangeBytes } from "./exchange_bytes.ts";
import { messageBytes } from "./message_bytes.ts";

const SPOKEN = ["roots", "roots_reply", "places", "places_reply", "want", "want_reply"] as const;

Deno.test("what is said of trees weighs at least what it takes on the wire", () => {
  const [shell] = fc.sample(envelope, { numRuns: 1, seed: 1 });
  const takes = (all: readonly Message[]) => encodeEnvelope({ ...shell!, messages: all }).length;
  for (const kind of SPOKEN) {
    fc.assert(fc.property(messages[kind], (message) => {
      const [weighs, wire] = [messageBytes(message), takes([message]) - takes([])];
      assert(weighs >= wire, `${kind}: ${weighs} weighed, ${wire} on the wire`);
    }));
  }
});

Deno.test("the cost of comparing trees is the weight of what is said of trees, and of nothing else", () => {
  fc.assert(fc.property(fc.array(message), fc.array(message), (out, come) => {
    const cost = new ExchangeBytes();
    for (const message of out) cost.onSent(message);
    cost.onReceived(come);
    const of = (all: readonly Message[]) =>
      all.filter(({ kind }) => (SPOKEN as readonly string[]).includes(kind))
        .reduce((sum, message) => sum + messageBytes(message), 0);
    assertEquals(cost.toJSON(), { sent_bytes: of(out), received_bytes: of(come) });
  }));
});
