/**
 * What the generated mutants of `src/quorum/get.ts` showed to be unchecked (`deno task mutation`): each step of a read, to
 * the last effect: timers that are taken back, answers that come when all is over, marks, and what a refusal says.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nodeId } from "../../src/id.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import { EMPTY, sync, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, version } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { wasGot } from "./driving.ts";
import { OneRead } from "./one_read.ts";

const one = write(EMPTY, FRESH, { actor: actor("a"), counter: 1 }, version("one"));
const other = write(
  EMPTY,
  FRESH,
  { actor: actor("b"), counter: 1 },
  version("other", { stamp: 1 }),
);
const both = sync(one, other);

/** What an answered read does when its client has the answer, and some are still silent. */
const ANSWERS = ["answer", "cancel deadline 1", "set linger 1 in 1000"];
/** What it does when all is over. */
const ENDS = ["cancel deadline 1", "cancel linger 1"];

/** Q3, Q11, Q12, Q14, Q20, RR1, S20, D19. */
export const laws: readonly Law[] = [
  example(
    "Q14 Q8",
    "a read asks each replica once, answers once, and takes its timers back",
    () => {
      const read = new OneRead({ timeoutMs: 50 });
      assertEquals(read.started, [
        "set deadline 1 in 50",
        "read 1 to a",
        "read 1 to b",
        "read 1 to c",
      ]);
      assertEquals(read.replies("a", one), []);
      assertEquals(read.replies("b", one), ANSWERS);
      assert(!read.done);
      assertEquals(read.timer("deadline"), [], "the client has its answer");
      assertEquals(read.replies("c", one), ENDS);
      assert(read.done);
    },
  ),

  example("Q12 Q14", "when all is over, nothing that comes does anything", () => {
    const read = new OneRead({ r: 1 });
    assertEquals(read.replies("a", one), ANSWERS);
    assertEquals(read.timer("linger"), ENDS);
    assert(read.done);
    assertEquals(read.replies("b", both), []);
    assertEquals(read.undelivered("b", "foreign"), []);
    assertEquals(read.undelivered("c", "read"), []);
    assertEquals(read.timer("deadline"), []);
    assertEquals(read.timer("linger"), []);
    assertEquals(read.tellsForeign("d", both), []);
  }),

  example(
    "Q12",
    "answers to another request, and messages that are no questions of it, are passed over",
    () => {
      const read = new OneRead({ r: 1 });
      assertEquals(read.replies("a", one, { request: 9 }), []);
      assertEquals(read.undelivered("a", "read", 9), []);
      assertEquals(read.undelivered("a", "repair"), []);
      assertEquals(read.replies("a", one), ANSWERS);
      assertEquals(read.replies("a", both), [], "a second answer");
      assertEquals(read.undelivered("a", "read"), []);
      assertEquals(wasGot(read.reply).container, one);
    },
  ),

  example("Q5 Q14", "a read fails as soon as too few are left, and names who said what", () => {
    const read = new OneRead({ r: 2 });
    assertEquals(read.replies("a", one), []);
    assertEquals(read.undelivered("b", "read"), []);
    assertEquals(read.replies("c", "failed"), ["fail quorum_unmet", "cancel deadline 1", ...ENDS]);
    const failed = refusalOf(read);
    assertEquals(failed.detail, "Cannot read: Too few replicas can answer");
    assertEquals([failed.want, failed.got], [{ r: 2, pr: 0 }, { r: 1, pr: 1 }]);
    const said = failed.participants.map(({ node, said }) => [node, said]);
    assertEquals(
      said,
      [["a", "found"], ["b", "unreachable"], ["c", "failed"]].map(([id, said]) => [
        nodeId(id!),
        said,
      ]),
    );
  }),

  example("Q14", "a read whose time is up says so, and goes on gathering for repair", () => {
    const read = new OneRead({ r: 2, timeoutMs: 50 });
    assertEquals(read.replies("a", one), []);
    assertEquals(read.timer("deadline"), [
      "fail timeout",
      "cancel deadline 1",
      "set linger 1 in 1000",
    ]);
    assertEquals(refusalOf(read).detail, "Cannot read: Time is up after 50 ms");
    assertEquals(refusalOf(read).definite, true);
    assertEquals(read.timer("deadline"), []);
    assertEquals(read.replies("b", both), []);
    assertEquals(read.replies("c", "absent"), [
      ...ENDS,
      "mark get.repair",
      "repair to a",
      "mark get.repair",
      "repair to c",
    ]);
  }),

  example(
    "Q3",
    "the fastest is the first that told what it holds, or that it holds nothing",
    () => {
      const orders: [string, Parameters<OneRead["replies"]>[1]][][] = [
        [["b", one], ["a", one], ["c", one]],
        [["a", "damaged"], ["b", "absent"], ["c", one]],
        [["a", "failed"], ["b", one], ["c", one]],
        [["a", "not_serving"], ["b", "absent"], ["c", "absent"]],
      ];
      for (const order of orders) {
        const read = new OneRead({ r: 2 });
        for (const [from, said] of order) read.replies(from, said);
        assertEquals(wasGot(read.reply).fastest, nodeId("b"));
      }
    },
  ),

  example(
    "Q20 RR7",
    "a recovering replica is marked, and one without a seat is neither counted nor repaired",
    () => {
      const read = new OneRead({ r: 1 });
      assertEquals(read.replies("a", one, { recovering: true }), ["mark get.recovering_reply"]);
      assertEquals(read.replies("b", EMPTY, { seat: null }), []);
      assertEquals(read.replies("c", one), ["answer", "cancel deadline 1", ...ENDS]);
      const { container, r, pr, clipped, sessionReset } = wasGot(read.reply);
      assertEquals({ container, r, pr, clipped, sessionReset }, {
        container: one,
        r: 1,
        pr: 0,
        clipped: false,
        sessionReset: false,
      });
    },
  ),

  example(
    "Q11",
    "enough replicas that have nothing are an answer: not found, and the session goes on",
    () => {
      const read = new OneRead({ r: 2, notfoundOk: false });
      assertEquals(read.replies("a", "absent"), []);
      assertEquals(read.replies("b", "absent"), ANSWERS);
      const { view, sessionReset } = wasGot(read.reply);
      assertEquals([view, sessionReset], [[], false]);
    },
  ),

  example(
    "D19",
    "a view shows the latest alone if the bucket is last-writer-wins, or has no siblings, or both",
    () => {
      for (const last_write_wins of [true, false]) {
        for (const allow_mult of [true, false]) {
          const read = new OneRead({ r: 1 }, { last_write_wins, allow_mult });
          read.replies("a", both);
          const { view, container } = wasGot(read.reply);
          const all = !last_write_wins && allow_mult;
          assertEquals(
            view.map(({ dot }) => dot),
            (all ? both : one).siblings.map(({ dot }) => dot),
          );
          assertEquals(container, both);
        }
      }
    },
  ),

  example(
    "S20",
    "a read that all have answered, and nothing satisfies, asks every member for its foreign copy",
    () => {
      const read = sessionRead();
      assertEquals(read.tellsForeign("a", null), []);
      assertEquals(read.tellsForeign("a", null), [], "told already");
      assertEquals(read.tellsForeign("b", null), []);
      assertEquals(read.tellsForeign("c", null), []);
      assertEquals(read.tellsForeign("d", other), ["read 2 to a", "read 2 to b", "read 2 to c"]);
      assertEquals(read.replies("a", one, { request: 1 }), [], "of the first round");
      assertEquals(read.replies("a", one), []);
      assertEquals(read.replies("b", one), ANSWERS);
      const { container, sessionReset } = wasGot(read.reply);
      assertEquals([container, sessionReset], [both, false]);
      // Only who has answered in this round is repaired, and c has not.
      assertEquals(read.timer("linger"), [
        ...ENDS,
        "mark get.repair",
        "repair to a",
        "mark get.repair",
        "repair to b",
      ]);
    },
  ),

  example("S20", "what nobody holds ends the session, after a second round, and says so", () => {
    const read = sessionRead();
    for (const member of "abcd") read.tellsForeign(member, null);
    assertEquals(read.replies("a", one), []);
    assertEquals(read.replies("b", one), []);
    assertEquals(read.replies("c", one), [
      "answer",
      "mark get.session_reset",
      "cancel deadline 1",
      ...ENDS,
    ]);
    const { container, sessionReset } = wasGot(read.reply);
    assertEquals([container, sessionReset], [one, true]);
  }),

  example(
    "S20",
    "a replica that has not told may hold what the session has seen: the read fails, and names it",
    () => {
      for (const said of ["failed", "damaged", "not_serving"] as const) {
        const read = new OneRead({ r: 2, session: both.clock });
        assertEquals(read.replies("a", one), []);
        assertEquals(read.replies("b", one), [], "R is met, and c may know more");
        const [first] = read.replies("c", said);
        assertEquals(first, "fail session_unmet");
        const detail = `Cannot read: ${nodeId("c")} may hold what the session has seen: ${said}`;
        assertEquals(refusalOf(read).detail, detail);
        assertEquals(refusalOf(read).definite, true);
      }
    },
  ),

  example("S20", "a member that cannot be reached may hold it too", () => {
    const read = sessionRead();
    assertEquals(read.undelivered("d", "foreign"), [
      "fail session_unmet",
      "cancel deadline 1",
      ...ENDS,
    ]);
    assertEquals(refusalOf(read).detail, `Cannot read: ${nodeId("d")} cannot be reached`);
    assertEquals(read.undelivered("c", "foreign"), []);
  }),

  example("S20 Q14", "a session that is not met in time is told from a quorum that is not", () => {
    const early = new OneRead({ r: 2, session: both.clock });
    assertEquals(early.replies("a", one), []);
    assertEquals(early.replies("b", one), []);
    assertEquals(early.timer("deadline")[0], "fail session_unmet");
    const why = "Cannot read: Time is up, and nothing that descends the session was found";
    assertEquals(refusalOf(early).detail, why);
    const late = sessionRead();
    assertEquals(late.timer("deadline")[0], "fail session_unmet");
    for (const member of "abcd") assertEquals(late.tellsForeign(member, both), [], "too late");
    assert(late.done);
  }),
];

/** A read with a session that has seen both, of which all three replicas hold one alone: it asks the members. */
function sessionRead(): OneRead {
  const read = new OneRead({ r: 2, session: both.clock });
  for (const replica of ["a", "b"]) assertEquals(read.replies(replica, one), []);
  assertEquals(read.replies("c", one), [
    "mark get.session_foreign",
    ...["a", "b", "c", "d"].map((member) => `foreign 1 to ${member}`),
  ]);
  return read;
}

function refusalOf({ reply }: OneRead): Failure {
  if (reply && isFailure(reply)) return reply;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(reply)}`);
}
