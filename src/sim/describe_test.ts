import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { actor, objectName, richContainer, version } from "../../props/generators.ts";
import { message } from "../../props/message_generators.ts";
import { actorOf, type Boot, nodeId } from "../id.ts";
import { failure } from "../protocol/error.ts";
import {
  describeContainer,
  describeEffect,
  describeFailure,
  describeMessage,
  describePut,
  describeRecord,
  describeReply,
  describeValue,
} from "./describe.ts";
import { Names } from "./names.ts";

const n1 = nodeId("n1");
const boots = ["boot-one", "boot-two"] as Boot[];

/** Printable, whatever bytes are in it: a trace is lines. */
function isLine(text: string): true {
  assert(/^[^\p{Cc}]+$/u.test(text), JSON.stringify(text));
  return true;
}

Deno.test("an actor is its node; its boot and its place in that are said where they are not the first", () => {
  const names = new Names();
  assertEquals(names.boot(n1, boots[0]!), 1);
  assertEquals(names.boot(n1, boots[1]!), 2);
  assertEquals(names.boot(n1, boots[0]!), 1);
  const shown = boots.flatMap((boot) =>
    [0, 1, 25, 26].map((seq) => names.actor(actorOf(n1, boot, seq)))
  );
  const first = ["n1", "n1.1b", "n1.1z", "n1.1(27)"];
  assertEquals(shown, [...first, "n1.2", "n1.2b", "n1.2z", "n1.2(27)"]);
});

Deno.test("two actors have two names", () => {
  const any = fc.tuple(
    fc.constantFrom("n1", "n2", "n1-1"),
    fc.constantFrom(...boots),
    fc.nat({ max: 60 }),
  ).map(([node, boot, seq]) => actorOf(nodeId(node), boot, seq));
  const names = new Names();
  fc.assert(fc.property(any, any, (a, b) => (names.actor(a) === names.actor(b)) === (a === b)));
});

Deno.test("a clock is shown in the order of nodes, boots and places, whatever the bytes of the boots", () => {
  const names = new Names();
  const late = ["z-first!", "a-second"] as Boot[];
  for (const boot of late) names.boot(n1, boot);
  const clock = new Map([
    [actorOf(nodeId("n2"), boots[0]!, 0), 7],
    [actorOf(n1, late[1]!, 0), 1],
    [actorOf(n1, late[0]!, 1), 2],
    [actorOf(n1, late[0]!, 0), 3],
  ]);
  assertEquals(names.clock(clock), "{n1:3,n1.1b:2,n1.2:1,n2:7}");
});

Deno.test("a short text is shown, in quotes where it could be mistaken; what is long by its length", () => {
  const shown = (text: string) => describeValue({ version: version(text) });
  const texts = ["milk", "milk and eggs", "a@n1:1,b", "", "a\n\x9b", '\\"', "x".repeat(41)];
  assertEquals(texts.map(shown), [
    "milk",
    '"milk and eggs"',
    '"a@n1:1,b"',
    '""',
    '"a\\x0a\\x9b"',
    '"\\\\\\""',
    "<41 bytes>",
  ]);
  assertEquals(describeValue({ version: version("", { tombstone: true }) }), "(deleted)");
});

Deno.test("a key of the bucket that goes without saying is shown without it", () => {
  const names = new Names({ bucket: "b" });
  assertEquals(["b", "c"].map((bucket) => names.key(objectName(bucket, "k"))), ["k", "c/k"]);
});

Deno.test("every message, container and effect is one line", () => {
  fc.assert(fc.property(message, richContainer, (message, container) => {
    const names = new Names();
    const effect = { kind: "send", to: n1, message } as const;
    isLine(describeMessage(message, names));
    isLine(describeEffect(effect, names));
    isLine(describeRecord({ container, mine: null }, names));
    return isLine(describeContainer(container, names));
  }));
});

Deno.test("a put says what it has seen, and a failure what was wanted and got", () => {
  const seen = { clock: new Map([[actor("n1", 0), 2]]), stamp: 0 };
  const { lastModifiedMs: _, stamp: __, expiresAtMs: ___, ...said } = version("milk");
  const put = { name: objectName("b", "k"), version: { ...said, expiresInMs: null }, seen };
  assertEquals(describePut(put, new Names()), "put b/k=milk, having seen {n1:2}");
  assertEquals(describePut({ ...put, seen: undefined }, new Names()), "put b/k=milk, blind");
  const node = { node: n1, seat: 0, role: "primary" } as const;
  const failed = failure("quorum_unmet", "Cannot put", {
    want: { w: 2, pw: 0 },
    got: { w: 1, pw: 0 },
    participants: [{ ...node, said: "stored" }, { ...node, node: nodeId("n2"), said: "silent" }],
  });
  const line = "503 quorum_unmet, indefinite: w 1 of 2, n1 stored, n2 silent";
  assertEquals(describeFailure(failed), line);
  assertEquals(describeReply(failed, new Names()), line);
  assertEquals(
    describeReply(failure("overloaded", "Cannot take it"), new Names()),
    "503 overloaded, definite: Cannot take it",
  );
});
