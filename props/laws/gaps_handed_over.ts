/**
 * What the generated mutants of `src/quorum/requests.ts` showed to be unchecked (`deno task mutation`) of puts that other
 * nodes hand over: what is taken, what is refused for good, what is remembered and what is said of it later.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Failure, failure, isFailure } from "../../src/protocol/error.ts";
import { EMPTY, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, objectName, version } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { WRITTEN } from "./one_put.ts";
import { RequestRoom, stored } from "./request_room.ts";

/** The first thing that a second put does which was handed over. */
const BEGINS = "set deadline 2 in 50";

/** Q7, Q13, Q14, Q18. */
export const laws: readonly Law[] = [
  example(
    "Q7 Q13",
    "a put that is handed over is refused for the same reasons, and stays refused",
    () => {
      for (const wrong of [{ nVal: 4 }, { w: 4 }] as const) {
        const room = new RequestRoom();
        for (const _ of [1, 2]) {
          assertEquals(room.forwarded("d", 7, wrong).at(-1), "forward_reply 7 to d");
          assertEquals(room.count, 0);
          assertEquals(toldTo(room, "d").error, "quorum_impossible");
        }
      }
    },
  ),

  example("Q13 Q18", "a put that is handed over to a busy node is refused for good", () => {
    const room = new RequestRoom({ config: { maxRequests: 1 } });
    room.get();
    assertEquals(room.forwarded("d", 7), ["mark forward.overloaded", "forward_reply 7 to d"]);
    const detail = "Cannot take the request: too many forwarded puts are running or remembered";
    assertEquals([toldTo(room, "d").detail, toldTo(room, "d").definite], [detail, true]);
    room.timer("deadline", 1);
    room.timer("linger", 1);
    assertEquals(room.count, 0);
    assertEquals(room.forwarded("d", 7), ["mark forward.again", "forward_reply 7 to d"]);
    const { error, definite, detail: why } = toldTo(room, "d");
    assertEquals([error, definite], ["no_coordinator", true]);
    assertEquals(why, "Cannot put: the put was fenced before it came");
    assertEquals(room.askedFor("d", 7), ["status_reply 7 to d"]);
    assertEquals(stateToldTo(room), "fenced");
    assertEquals(room.forwarded("d", 8), [
      "set deadline 2 in 50",
      "ask for coordinate",
    ], "another try of the put begins");
  }),

  example("Q13 Q18", "what runs is said to run, and nobody is answered twice", () => {
    const room = new RequestRoom();
    assertEquals(room.forwarded("d", 7), ["set deadline 1 in 50", "ask for coordinate"]);
    assertEquals(room.forwarded("d", 7), ["mark forward.again"]);
    assertEquals(room.askedFor("d", 7), ["status_reply 7 to d"]);
    assertEquals(stateToldTo(room), "running");
    room.issued(1, WRITTEN);
    room.comes("a", stored(1, 0, WRITTEN));
    assertEquals(room.comes("b", stored(1, 1, WRITTEN)), [
      ...["cancel deadline 1", "cancel stand_in 1", "forward_reply 7 to d"],
    ]);
    assertEquals(room.count, 0);
    assertEquals(room.askedFor("d", 7), ["forward_reply 7 to d"]);
    assertEquals(room.forwarded("d", 7), ["mark forward.again", "forward_reply 7 to d"]);
  }),

  example("Q18", "a node that has not been up for long enough fences nothing", () => {
    const room = new RequestRoom({ config: { maxMessageAgeMs: 100 } });
    room.wait(150);
    assertEquals(room.askedFor("d", 7, "w", 50), [
      "mark outcomes.too_young",
      "status_reply 7 to d",
    ]);
    assertEquals(stateToldTo(room), "running");
    assertEquals(room.askedFor("d", 7, "w", 49), ["mark outcomes.fenced", "status_reply 7 to d"]);
    assertEquals(stateToldTo(room), "fenced");
    assertEquals(room.askedFor("d", 7, "w", 50), ["status_reply 7 to d"]);
    assertEquals(stateToldTo(room), "fenced");
    room.forwarded("d", 7);
    assertEquals(toldTo(room, "d").error, "no_coordinator");
  }),

  example("Q18 Q14", "where nothing more can be remembered, nothing is said", () => {
    const room = new RequestRoom({ config: { maxMessageAgeMs: 100, maxOutcomes: 1 } });
    room.wait(1000);
    for (const writeId of ["a", "b"]) room.askedFor("d", 7, writeId);
    assertEquals(room.askedFor("d", 7, "c"), ["mark outcomes.full"]);
    assertEquals(room.forwarded("d", 7, { writeId: "c" }), [
      "mark forward.overloaded",
      "mark outcomes.full",
    ]);
  }),

  example(
    "Q18",
    "a put is remembered for as long as a message, a request and its asking may live",
    () => {
      const times = { maxMessageAgeMs: 1000, maxRequestMs: 200, requestTimeoutMs: 30 };
      for (const [afterMs, first] of [[1230, "mark forward.overloaded"], [1231, BEGINS]] as const) {
        const room = new RequestRoom({ config: { ...times, maxOutcomes: 1 } });
        room.forwarded("d", 7, { writeId: "old" });
        room.refused(1, failure("container_full", "Cannot put: full"));
        room.wait(afterMs);
        assertEquals(room.forwarded("d", 8, { writeId: "new" })[0], first);
      }
    },
  ),

  example(
    "Q13 Q18",
    "of a put whose answer was too large to be remembered it is said that nobody knows",
    () => {
      const large = write(
        EMPTY,
        FRESH,
        { actor: actor("a"), counter: 1 },
        { ...version("large"), content: new Uint8Array(33 << 20) },
      );
      const room = new RequestRoom();
      room.forwarded("d", 7);
      room.issued(1, large);
      room.comes("a", stored(1, 0, large));
      room.comes("b", stored(1, 1, large));
      assertEquals(room.forwarded("d", 7), ["mark forward.again", "forward_reply 7 to d"]);
      const { error, definite, detail } = toldTo(room, "d");
      assertEquals([error, definite], ["coordinator_lost", false]);
      assertEquals(
        detail,
        "Cannot say what became of the put: it was handled, and its answer is forgotten",
      );
      // One whose contents are small is answered in full, for as long as anybody may ask.
      room.forwarded("d", 8, { writeId: "small" });
      room.issued(2, WRITTEN);
      room.comes("a", stored(2, 0, WRITTEN));
      room.comes("b", stored(2, 1, WRITTEN));
      room.forwarded("d", 8, { writeId: "small" });
      const answer = room.sent.at(-1)!.message;
      assert(answer.kind === "forward_reply" && !isFailure(answer.outcome));
    },
  ),

  example("Q13", "a write id that was used for another key is refused, in words", () => {
    const room = new RequestRoom();
    room.forwarded("d", 7);
    assertEquals(room.forwarded("d", 8, { name: objectName("b", "other") }), [
      "forward_reply 8 to d",
    ]);
    assertEquals(
      toldTo(room, "d").detail,
      "Cannot put: its write id has been used for another key; a fresh one is wanted",
    );
  }),
];

/** The last state that was told. */
function stateToldTo({ sent }: RequestRoom): string {
  const { message } = sent.at(-1)!;
  return message.kind === "status_reply" ? message.state : message.kind;
}

/** The refusal that an entry node was told last. */
function toldTo({ sent }: RequestRoom, node: string): Failure {
  const { to, message } = sent.at(-1)!;
  const isReply = to === node && message.kind === "forward_reply";
  if (isReply && isFailure(message.outcome)) return message.outcome;
  throw new Error(`A refusal for ${node} was wanted, got ${message.kind} to ${to}`);
}
