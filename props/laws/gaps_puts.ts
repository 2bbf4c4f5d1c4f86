/**
 * What the generated mutants of `src/quorum/put.ts` showed to be unchecked (`deno task mutation`): each step of a put at its
 * coordinator, to the last effect, and what the client is told of those who were asked.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nodeId } from "../../src/id.ts";
import { type Failure, failure, isFailure } from "../../src/protocol/error.ts";
import type { Participant } from "../../src/protocol/error.ts";
import type { PutDone } from "../../src/protocol/message.ts";
import { example, type Law } from "../law.ts";
import { OnePut, WRITTEN } from "./one_put.ts";

/** What it does when it is concluded well. */
const ENDS = ["cancel deadline 1", "mark concluded"];

/** Q4, Q5, Q6, Q8, Q9, Q10, Q12, Q14, G23. */
export const laws: readonly Law[] = [
  example(
    "Q4 Q8 Q14",
    "a put asks for its dot, sends a copy to each other replica once, and is acknowledged at W",
    () => {
      const put = new OnePut();
      assertEquals(put.started, ["set deadline 1 in 50", "ask for coordinate"]);
      assertEquals(put.issued(), ["write 1 to b", "write 1 to c"]);
      assertEquals(put.issued(), [], "a dot is issued once");
      assertEquals(put.replies("b", "durable"), []);
      assert(!put.done);
      assertEquals(put.replies("a", "durable"), ENDS);
      assert(put.done);
    },
  ),

  example("Q10", "the answer is what was stored, what was counted, and who had said what", () => {
    const put = new OnePut({ w: 3, dw: 1, pw: 2 });
    put.issued();
    assertEquals(put.replies("a", "durable"), []);
    assertEquals(put.replies("c", "buffered"), []);
    assertEquals(put.replies("b", "buffered"), ENDS);
    assertEquals(put.outcome, {
      kind: "put",
      container: WRITTEN,
      coordinator: nodeId("a"),
      w: 3,
      dw: 1,
      pw: 2,
      clipped: false,
      participants: said({ a: "stored", b: "stored", c: "stored" }),
    });
  }),

  example("G23", "a default that gives way to the seats there are says so", () => {
    const put = new OnePut({}, { n: 7 });
    put.issued();
    for (const replica of ["a", "b"]) assertEquals(put.replies(replica, "durable"), []);
    assertEquals(put.replies("c", "durable"), ENDS);
    const { w, dw, clipped } = put.outcome as PutDone;
    assertEquals({ w, dw, clipped }, { w: 3, dw: 3, clipped: true });
  }),

  example(
    "Q12",
    "before the dot there is nothing to acknowledge, and when all is over neither",
    () => {
      const put = new OnePut({ w: 1 });
      assertEquals(put.replies("b", "durable"), []);
      assertEquals(put.undelivered("b"), []);
      put.issued();
      assertEquals(put.replies("b", "durable"), ENDS);
      assertEquals(put.replies("a", "durable"), []);
      assertEquals(put.replies("c", "other"), [], "it is not even looked at");
      assertEquals(put.undelivered("c"), []);
      assertEquals(put.issued(), []);
      assertEquals(put.refused(REFUSED), []);
      assertEquals(put.deadline(), []);
    },
  ),

  example("Q12", "a stranger's answer, and a second one, are passed over", () => {
    const put = new OnePut({ w: 3 });
    put.issued();
    assertEquals(put.replies("d", "durable", { seat: 2 }), []);
    assertEquals(put.undelivered("d"), []);
    assertEquals(put.replies("b", "durable"), []);
    assertEquals(put.replies("b", "durable", { seat: 2 }), []);
    assertEquals(put.undelivered("b"), []);
    assertEquals(put.replies("a", "durable"), []);
    assert(!put.done);
    assertEquals(put.replies("c", "durable"), ENDS);
  }),

  example(
    "Q4",
    "an acknowledgement of another container is marked, and the right one counts",
    () => {
      const put = new OnePut({ w: 2 });
      put.issued();
      assertEquals(put.replies("b", "other"), ["mark put.other_digest"]);
      assertEquals(put.replies("b", "other"), ["mark put.other_digest"]);
      assertEquals(put.replies("a", "durable"), []);
      assertEquals(put.replies("b", "durable"), ENDS);
    },
  ),

  example("Q9", "a put that got no dot ends with the refusal, as it was said", () => {
    const put = new OnePut();
    assertEquals(put.refused(REFUSED), ["cancel deadline 1", "mark concluded: container_full"]);
    assertEquals(put.outcome, REFUSED);
    assertEquals(put.issued(), []);
  }),

  example("Q9", "once a dot is issued, no refusal takes it back", () => {
    const put = new OnePut({ w: 1 });
    put.issued();
    assertEquals(put.refused(REFUSED), []);
    assertEquals(put.replies("a", "durable"), ENDS);
  }),

  example(
    "Q5 Q14",
    "a put fails as soon as too few are left, says who said what, and that it may have happened",
    () => {
      const put = new OnePut({ w: 2, pw: 1 });
      put.issued();
      assertEquals(put.undelivered("b"), []);
      assertEquals(put.replies("a", "durable"), []);
      assertEquals(put.replies("c", "failed"), [
        "cancel deadline 1",
        "mark concluded: quorum_unmet",
      ]);
      const failed = refusalOf(put);
      assertEquals(
        failed.detail,
        "Cannot say that the put is stored: too few replicas could store it; it may be, on some replicas",
      );
      assertEquals(failed.definite, false);
      assertEquals([failed.want, failed.got], [{ w: 2, dw: 2, pw: 1 }, { w: 1, dw: 1, pw: 1 }]);
      assertEquals(
        failed.participants,
        said({ a: "stored", b: "unreachable", c: "failed" }),
      );
    },
  ),

  example("Q5", "one that cannot become durable enough fails, though W stored it", () => {
    const put = new OnePut({ w: 1, dw: 2 });
    put.issued();
    assertEquals(put.replies("a", "buffered"), []);
    assertEquals(put.replies("b", "buffered"), [
      "cancel deadline 1",
      "mark concluded: quorum_unmet",
    ]);
    assertEquals(refusalOf(put).got, { w: 2, dw: 0, pw: 2 });
  }),

  example("Q6", "one that is stored by replicas without a seat is counted by none", () => {
    const put = new OnePut({ w: 1, pw: 1 });
    put.issued();
    assertEquals(put.replies("b", "durable", { seat: null }), []);
    assertEquals(put.replies("c", "not_serving", { seat: null }), []);
    assertEquals(put.replies("a", "durable"), ENDS);
  }),

  example("Q14", "when time is up it says so, before the dot and after it", () => {
    for (const isIssued of [false, true]) {
      const put = new OnePut({ timeoutMs: 50 });
      if (isIssued) {
        put.issued();
        put.replies("b", "durable");
      }
      assertEquals(put.deadline(), ["cancel deadline 1", "mark concluded: timeout"]);
      const failed = refusalOf(put);
      assertEquals(
        failed.detail,
        "Cannot say that the put is stored: time was up after 50 ms; it may be, on some replicas",
      );
      assertEquals(failed.definite, false);
      const count = isIssued ? 1 : 0;
      assertEquals(failed.got, { w: count, dw: count, pw: count });
      assertEquals(
        failed.participants,
        isIssued ? said({ a: "silent", b: "stored", c: "silent" }) : [],
      );
    }
  }),
];

const REFUSED = failure("container_full", "Cannot put: full");

function said(what: Readonly<Record<string, Participant["said"]>>): Participant[] {
  return Object.entries(what).map(([node, said], seat) => ({
    node: nodeId(node),
    seat,
    role: "primary",
    said,
  }));
}

function refusalOf({ outcome }: OnePut): Failure {
  if (outcome && isFailure(outcome)) return outcome;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(outcome)}`);
}
