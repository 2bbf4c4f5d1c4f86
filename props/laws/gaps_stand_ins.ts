/**
 * What the generated mutants of sloppy quorums showed to be unchecked (`deno task mutation`): each step of a put and of a
 * read whose replicas cannot be reached, to the last effect. What all of that promises is in `fallbacks.ts`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { nodeId } from "../../src/id.ts";
import { isFailure } from "../../src/protocol/error.ts";
import type { Participant } from "../../src/protocol/error.ts";
import { EMPTY, sync, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, version } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { wasGot } from "./driving.ts";
import { OnePut } from "./one_put.ts";
import { OneRead } from "./one_read.ts";

const one = write(EMPTY, FRESH, { actor: actor("a"), counter: 1 }, version("one"));
const other = write(EMPTY, FRESH, { actor: actor("b"), counter: 1 }, version("other"));

/** Who is silent from now on is waited for. */
const WAITS = "set stand_in 1 in 500";
/** Of a put: the next of the walk keeps a copy. */
const keeps = (node: string, owner: string, seat: number, w = 2) => [
  "mark put.stood_in",
  `write 1 to ${node}, for ${owner} in seat ${seat} with w ${w}`,
];
/** What a put does when it is concluded well, and what a read does when all is over. */
const PUT_ENDS = ["cancel deadline 1", "cancel stand_in 1", "mark concluded"];
const ANSWERS = [
  ...["answer", "cancel deadline 1", "cancel stand_in 1", "set linger 1 in 1000"],
];
const READ_ENDS = ["cancel deadline 1", "cancel linger 1", "cancel stand_in 1"];

/** Q5, Q8, Q10, Q12, Q14, Q15, Q20, S20. */
export const laws: readonly Law[] = [
  example("Q15", "a put passes over who is held to be down, while there is anybody else", () => {
    const put = new OnePut({}, { fallbacks: ["d", "e"], down: ["b"] });
    assertEquals(put.started, ["set deadline 1 in 50", "ask for coordinate"]);
    assertEquals(put.silence(), [], "it has asked nobody");
    assertEquals(put.issued(), [...keeps("d", "b", 1), "write 1 to c", WAITS]);
    const few = new OnePut({}, { fallbacks: ["d"], down: ["b", "c"] });
    assertEquals(
      few.issued(),
      [...keeps("d", "b", 1), "write 1 to c"],
      "nobody is left to wait for",
    );
    const none = new OnePut({}, { down: ["b", "c"] });
    assertEquals(none.issued(), ["write 1 to b", "write 1 to c"]);
  }),

  example(
    "Q15 Q8",
    "whoever will not store a copy is stood in for at once, and who does so, in its turn",
    () => {
      const put = new OnePut({ w: 3, dw: 1 }, { fallbacks: ["d", "e", "f", "g"] });
      assertEquals(put.issued(), ["write 1 to b", "write 1 to c", WAITS]);
      assertEquals(put.undelivered("b"), keeps("d", "b", 1, 3));
      assertEquals(put.replies("c", "not_serving", { seat: null }), keeps("e", "c", 2, 3));
      assertEquals(put.replies("d", "failed", { seat: null }), keeps("f", "b", 1, 3));
      assertEquals(put.undelivered("f"), keeps("g", "b", 1, 3));
      for (const node of ["b", "d", "f"]) assertEquals(put.undelivered(node), [], "it is known");
      assertEquals(put.replies("a", "durable"), []);
      assertEquals(put.replies("g", "durable", { seat: null }), []);
      assertEquals(put.replies("e", "durable", { seat: null }), PUT_ENDS);
      assertEquals(put.outcome?.kind === "put" && put.outcome.participants, [
        ...[primary("a", 0, "stored"), primary("b", 1, "unreachable")],
        ...[primary("c", 2, "not_serving"), standIn("d", 1, "failed"), standIn("e", 2, "stored")],
        ...[standIn("f", 1, "unreachable"), standIn("g", 1, "stored")],
      ]);
    },
  ),

  example("Q5 Q15", "a put fails when the walk is at its end, and not before", () => {
    const put = new OnePut({ w: 2 }, { fallbacks: ["d"] });
    put.issued();
    assertEquals(put.replies("a", "durable"), []);
    assertEquals(put.undelivered("b"), keeps("d", "b", 1));
    assertEquals(put.undelivered("c"), []);
    assertEquals(put.replies("d", "failed", { seat: null }), [
      ...["cancel deadline 1", "cancel stand_in 1", "mark concluded: quorum_unmet"],
    ]);
    assertEquals(put.silence(), [], "it is over");
  }),

  example(
    "Q15 Q8 Q14",
    "who is silent is stood in for, may answer yet, and is stood in for once; the coordinator is not",
    () => {
      const put = new OnePut({ w: 3 }, { fallbacks: ["d", "e", "f"] });
      put.issued();
      assertEquals(put.replies("c", "durable"), []);
      assertEquals(put.silence(), ["mark silent: b", ...keeps("d", "b", 1, 3), WAITS]);
      assertEquals(put.silence(), [
        ...["mark silent: b", "mark silent: d", ...keeps("e", "b", 1, 3), WAITS],
      ]);
      assertEquals(put.undelivered("d"), [], "e is asked in its place");
      assertEquals(put.silence(), [
        ...["mark silent: b", "mark silent: e", ...keeps("f", "b", 1, 3)],
      ], "nobody is left");
      assertEquals(put.silence(), ["mark silent: b", "mark silent: e", "mark silent: f"]);
      assertEquals(put.replies("b", "durable"), []);
      assertEquals(put.replies("a", "durable"), PUT_ENDS);
    },
  ),

  example(
    "Q15",
    "who coordinates in the place of another keeps a hint for it, and asks it too unless it is down",
    () => {
      for (const down of [[], ["b"]]) {
        const put = new OnePut({ w: 3 }, { standsFor: "b", fallbacks: ["e"], down });
        assertEquals(put.started, [
          "set deadline 1 in 50",
          "ask for coordinate, for b in seat 1 with w 3",
        ]);
        assertEquals(put.issued(), [
          ...["write 1 to a", ...down.length > 0 ? [] : ["write 1 to b"], "write 1 to c", WAITS],
        ]);
        assertEquals(put.replies("a", "durable"), []);
        assertEquals(put.replies("d", "durable", { seat: null }), []);
        assertEquals(put.undelivered("c"), keeps("e", "c", 2, 3));
        assertEquals(put.replies("e", "durable", { seat: null }), PUT_ENDS);
      }
    },
  ),

  example(
    "Q15 Q5",
    "when the store of who coordinates in another's place fails, the next keeps it",
    () => {
      const put = new OnePut({ w: 2 }, { standsFor: "a", fallbacks: ["e"], down: ["a"] });
      put.issued();
      assertEquals(put.replies("d", "failed", { seat: null }), keeps("e", "a", 0));
    },
  ),

  example("Q15", "a read passes over who is held to be down, while there is anybody else", () => {
    const read = readOf({ fallbacks: ["d", "e"], down: ["b"] });
    assertEquals(read.started, [
      ...["set deadline 1 in 10000", "read 1 to a", "read 1 to d, as a fallback", "read 1 to c"],
      WAITS,
    ]);
    const few = readOf({ fallbacks: ["d"], down: ["b", "c"] });
    assertEquals(few.started, [
      ...["set deadline 1 in 10000", "read 1 to a", "read 1 to d, as a fallback", "read 1 to c"],
    ]);
    const none = readOf({ down: ["b", "c"] });
    assertEquals(none.started, [
      ...["set deadline 1 in 10000", "read 1 to a", "read 1 to b", "read 1 to c"],
    ]);
  }),

  example(
    "Q15 Q8 Q20",
    "whoever tells a read nothing is stood in for at once; what a fallback keeps counts, that it has nothing does not",
    () => {
      const read = readOf({ r: 2, fallbacks: ["d", "e", "f", "g"] });
      assertEquals(read.undelivered("b", "read"), ["read 1 to d, as a fallback"]);
      assertEquals(read.replies("c", "failed"), ["read 1 to e, as a fallback"]);
      assertEquals(read.replies("d", "absent", { seat: null }), [], "it has said what it has");
      assertEquals(read.replies("e", "damaged", { seat: null }), ["read 1 to f, as a fallback"]);
      assertEquals(read.replies("f", other, { seat: null }), []);
      assertEquals(read.replies("a", one), [
        ...["answer", "cancel deadline 1", "cancel stand_in 1", ...READ_ENDS],
        ...["mark get.repair", "repair to a"],
      ], "only primaries are repaired");
      const { r, pr, fastest, participants } = wasGot(read.reply);
      assertEquals([r, pr, fastest], [2, 0, nodeId("d")]);
      assertEquals(participants, [
        ...[primary("a", 0, "found"), primary("b", 1, "unreachable"), primary("c", 2, "failed")],
        ...[standIn("d", 1, "absent"), standIn("e", 2, "damaged"), standIn("f", 2, "found")],
      ]);
    },
  ),

  example(
    "Q15 Q12 Q14",
    "who is silent to a read is stood in for, until the client has its answer",
    () => {
      const read = readOf({ fallbacks: ["d", "e", "f"] });
      assertEquals(read.replies("a", one), []);
      assertEquals(read.timer("stand_in"), [
        ...["mark silent: b", "read 1 to d, as a fallback"],
        ...["mark silent: c", "read 1 to e, as a fallback", WAITS],
      ]);
      assertEquals(read.replies("d", one, { seat: null }), ANSWERS);
      assertEquals(read.undelivered("b", "read"), [], "it is stood in for no more");
      assertEquals(read.timer("stand_in"), ["mark silent: c", "mark silent: e"]);
      assertEquals(read.timer("linger"), READ_ENDS);
      assertEquals(read.timer("stand_in"), []);
      assertEquals(wasGot(read.reply).participants, [
        ...[primary("a", 0, "found"), primary("b", 1, "silent"), primary("c", 2, "silent")],
        ...[standIn("d", 1, "found"), standIn("e", 2, "silent")],
      ]);
    },
  ),

  example("Q15 Q14", "when a read has nobody left to ask it waits for no silence", () => {
    const read = readOf({ fallbacks: ["d"] });
    assertEquals(read.timer("stand_in"), [
      ...["mark silent: a", "read 1 to d, as a fallback", "mark silent: b", "mark silent: c"],
    ]);
  }),

  example(
    "S20 Q15",
    "who was passed over, or stood in for, may hold what the session has seen",
    () => {
      const session = sync(one, other).clock;
      const passed = readOf({ r: 2, session, fallbacks: ["d"], down: ["b"] });
      for (const from of ["a", "c"]) assertEquals(passed.replies(from, one), []);
      assertEquals(passed.replies("d", "absent", { seat: null })[0], "fail session_unmet");
      assertEquals(
        detailOf(passed),
        `${nodeId("b")} may hold what the session has seen: not asked`,
      );
      const stoodIn = readOf({ r: 2, session, fallbacks: ["d"] });
      assertEquals(stoodIn.undelivered("b", "read"), ["read 1 to d, as a fallback"]);
      for (const from of ["a", "c"]) assertEquals(stoodIn.replies(from, one), []);
      assertEquals(stoodIn.replies("d", one, { seat: null })[0], "fail session_unmet");
      assertEquals(
        detailOf(stoodIn),
        `${nodeId("b")} may hold what the session has seen: unreachable`,
      );
    },
  ),

  example("S20 Q15 Q8", "the second round of a read has the whole walk before it again", () => {
    const read = readOf({ r: 2, session: sync(one, other).clock, fallbacks: ["d", "e"] });
    assertEquals(read.replies("a", one), []);
    assertEquals(read.timer("stand_in").length, 4);
    for (const from of ["b", "c", "d"]) assertEquals(read.replies(from, one), []);
    assertEquals(read.replies("e", one)[0], "mark get.session_foreign");
    assertEquals(read.timer("stand_in"), [], "nobody is stood in for while the members are asked");
    for (const from of ["a", "b", "c"]) assertEquals(read.tellsForeign(from, null), []);
    assertEquals(read.tellsForeign("d", null), [
      ...["read 2 to a", "read 2 to b", "read 2 to c", WAITS],
    ]);
    assertEquals(read.undelivered("b", "read"), ["read 2 to d, as a fallback"]);
  }),
];

/** A read, and who may stand in for its replicas. */
function readOf(
  { fallbacks = [], down = [], ...ask }: NonNullable<ConstructorParameters<typeof OneRead>[0]> & {
    readonly fallbacks?: readonly string[];
    readonly down?: readonly string[];
  },
): OneRead {
  return new OneRead(ask, {}, { fallbacks, down });
}

function detailOf({ reply }: OneRead): string {
  if (reply && isFailure(reply)) return reply.detail.replace("Cannot read: ", "");
  throw new Error(`A refusal was wanted, got ${JSON.stringify(reply)}`);
}

function primary(node: string, seat: number, said: Participant["said"]): Participant {
  return { node: nodeId(node), seat, role: "primary", said };
}

function standIn(node: string, seat: number, said: Participant["said"]): Participant {
  return { node: nodeId(node), seat, role: "fallback", said };
}
