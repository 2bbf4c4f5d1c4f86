/**
 * What the generated mutants of `src/quorum/forward.ts` showed to be unchecked (`deno task mutation`): each step of a put at
 * a node that does not serve its key, to the last effect.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type ErrorKind, type Failure, failure, isFailure } from "../../src/protocol/error.ts";
import { example, exhaustive, type Law } from "../law.ts";
import { DONE, OneForward } from "./one_forward.ts";
import { orderOf } from "./one_put.ts";

/** What it does at the end, whatever came of it: request 1 is the client's, and 2 the first try. */
const ENDS = ["cancel patience 2", "cancel deadline 1"];

/** Q12, Q13, Q14, Q15, Q18. */
export const laws: readonly Law[] = [
  example(
    "Q13 Q14",
    "a put is handed to the best candidate, once; its answer is the client's, and timers are taken back",
    () => {
      const forward = new OneForward();
      assertEquals(forward.started, [
        "set deadline 1 in 1000",
        "forward 2 to a",
        "set patience 2 in 100",
      ]);
      assert(!forward.done);
      assertEquals(forward.replies("a", DONE), [...ENDS, "mark concluded"]);
      assertEquals([forward.done, forward.outcome], [true, DONE]);
    },
  ),

  example("Q12", "when the client has been told, nothing that comes does anything", () => {
    const forward = new OneForward();
    forward.replies("a", DONE);
    assertEquals(forward.replies("a", DONE), []);
    assertEquals(forward.says("a", "fenced"), []);
    assertEquals(forward.undelivered("a", "forward"), []);
    assertEquals(forward.undelivered("a", "status"), []);
    assertEquals(forward.timer("patience"), []);
    assertEquals(forward.timer("deadline"), []);
  }),

  example("Q13", "only the coordinator that has it now can say what became of it", () => {
    const forward = new OneForward();
    assertEquals(forward.undelivered("a", "forward"), HANDED_TO_B);
    for (const [from, request] of [["a", 2], ["a", 3], ["b", 2], ["c", 3]] as const) {
      assertEquals(forward.replies(from, DONE, request), []);
      assertEquals(forward.says(from, "fenced", request), []);
      assertEquals(forward.undelivered(from, "forward", request), []);
      assertEquals(forward.undelivered(from, "status", request), []);
    }
    assertEquals(forward.undelivered("b", "read"), [], "a message that is none of it");
    assertEquals(forward.timer("patience", 2), [], "the patience of the first try");
    assertEquals(forward.timer("linger", 3), [], "a timer that is none of it");
    assertEquals(forward.says("b", "running"), []);
    assert(!forward.done);
    assertEquals(forward.replies("b", DONE), [
      "cancel patience 3",
      "cancel deadline 1",
      "mark concluded",
    ]);
  }),

  exhaustive(
    "Q13",
    "another is tried after the definite refusals that it may do better with; every other answer is the client's",
    () => {
      const better: ErrorKind[] = ["no_coordinator", "overloaded", "not_ready", "store_failed"];
      const final: ErrorKind[] = [
        "bad_request",
        "container_full",
        "quorum_unmet",
        "quorum_impossible",
        "not_enough_nodes",
        "timeout",
        "coordinator_lost",
        "bad_context",
      ];
      for (const error of [...better, ...final]) {
        for (const definite of [true, false]) {
          const forward = new OneForward();
          const refused = failure(error, "Cannot put", { definite });
          const done = forward.replies("a", refused);
          if (definite && better.includes(error)) {
            assertEquals(done, ["mark forward.refused", ...HANDED_TO_B], error);
          } else {
            assertEquals(done, [...ENDS, `mark concluded: ${error}`]);
            assertEquals(forward.outcome, refused);
          }
        }
      }
    },
  ),

  example("Q13 Q18", "a fence is a definite non-issue: the next candidate is tried", () => {
    const forward = new OneForward();
    assertEquals(forward.says("a", "fenced"), ["mark forward.fenced", ...HANDED_TO_B]);
  }),

  example("Q13 Q14", "when nobody is left the put has definitely not happened", () => {
    for (const candidates of [[], ["a"], ["a", "b"]]) {
      const forward = new OneForward(candidates);
      for (const node of candidates) {
        assert(!forward.done);
        forward.undelivered(node, "forward");
      }
      assert(forward.done);
      const { error, definite, detail } = refusalOf(forward);
      assertEquals([error, definite], ["no_coordinator", true]);
      assertEquals(
        detail,
        "Cannot put: every node that serves the key refused it or is unreachable",
      );
    }
    assertEquals(new OneForward([]).started, [
      "set deadline 1 in 1000",
      "cancel deadline 1",
      "mark concluded: no_coordinator",
    ]);
  }),

  example(
    "Q13 Q18",
    "a silent coordinator is asked for the put's status, again and again, and told how old it is",
    () => {
      const forward = new OneForward();
      for (const ageMs of [100, 201]) {
        assertEquals(forward.timer("patience", 2, ageMs === 100 ? 99.5 : 100.7), [
          "mark forward.status",
          "mark silent: a",
          "status 2 to a",
          "set patience 2 in 100",
        ]);
        const { writeId } = orderOf().version;
        assertEquals(forward.status, { kind: "status", request: 2, writeId, ageMs });
      }
      assertEquals(forward.says("a", "running"), []);
      assert(!forward.done);
    },
  ),

  example("Q13", "one that is lost while it is asked has no successor, and nobody knows", () => {
    const forward = new OneForward();
    forward.timer("patience");
    assertEquals(forward.undelivered("a", "status"), [...ENDS, "mark concluded: coordinator_lost"]);
    const { definite, detail } = refusalOf(forward);
    assertEquals(definite, false);
    const why = "its coordinator a took it and cannot be reached any more";
    assertEquals(detail, `Cannot say what became of the put: ${why}`);
  }),

  example("Q14", "when time is up nobody knows, and the client is told who has it", () => {
    const forward = new OneForward();
    forward.undelivered("a", "forward");
    assertEquals(forward.timer("deadline"), [
      "cancel patience 3",
      "cancel deadline 1",
      "mark concluded: coordinator_lost",
    ]);
    const { definite, detail } = refusalOf(forward);
    assertEquals(definite, false);
    const why = "its coordinator b did not answer in 1000 ms";
    assertEquals(detail, `Cannot say what became of the put: ${why}`);
  }),

  example(
    "Q15 Q14",
    "when nobody is left who serves the key, this node is the coordinator, in the time that is left",
    () => {
      const alone = new OneForward([], { isSloppy: true });
      assertEquals([alone.started, alone.done], [
        ["set deadline 1 in 1000", "mark forward.stood_in", "cancel deadline 1", standsInFor(1000)],
        true,
      ]);
      for (const [afterMs, leftMs] of [[400, 600], [999, 1], [1500, 1]] as const) {
        const forward = new OneForward(["a"], { isSloppy: true });
        assertEquals(forward.timer("linger", 2, afterMs), [], "time goes by");
        assertEquals(forward.undelivered("a", "forward"), [
          ...["cancel patience 2", "mark forward.stood_in", "cancel deadline 1"],
          standsInFor(leftMs),
        ]);
        assertEquals(forward.done, true);
        assertEquals([forward.timer("deadline"), forward.replies("a", DONE)], [[], []]);
        assertEquals(forward.outcome, undefined, "it is not its to say");
      }
    },
  ),
];

const standsInFor = (leftMs: number) => `mark stands in for ${leftMs} ms`;

/** What it does when another is tried. */
const HANDED_TO_B = ["cancel patience 2", "forward 3 to b", "set patience 3 in 100"];

function refusalOf({ outcome }: OneForward): Failure {
  if (outcome && isFailure(outcome)) return outcome;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(outcome)}`);
}
