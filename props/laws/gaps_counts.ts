/**
 * What the generated mutants of `src/quorum/needs.ts` and `tally.ts` showed to be unchecked (`deno task mutation`): what a
 * bucket leaves to the default, what a refusal says in numbers, and what is told of those who were asked.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { type NodeId, nodeId } from "../../src/id.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import { isClipped, readNeeds, writeNeeds } from "../../src/quorum/needs.ts";
import { Tally } from "../../src/quorum/tally.ts";
import { example, exhaustive, type Law } from "../law.ts";
import { standingOf } from "./driving.ts";
import { PROPS } from "./one_read.ts";

const [a, b, c, d] = ["a", "b", "c", "d"].map(nodeId) as [NodeId, NodeId, NodeId, NodeId];

/** What a request says that leaves everything to the bucket. */
const SILENT = { w: "default", dw: "default", pw: "default" } as const;

/** Q4, Q6, Q7, Q12, G23. */
export const laws: readonly Law[] = [
  exhaustive(
    "Q7",
    "a bucket that leaves its quorums to the default waits for a majority, and for no primaries",
    () => {
      for (const [n, majority] of [[1, 1], [2, 2], [3, 2], [4, 3], [5, 3]] as const) {
        const open = { r: "default", pr: "default", w: "default", dw: "default", pw: "default" };
        const props = { ...PROPS, ...open as Record<keyof typeof open, "default">, n_val: n };
        const list = { n, seats: n };
        assertEquals(readNeeds({}, props, list), {
          r: { want: majority, yields: true },
          pr: { want: 0, yields: false },
        });
        assertEquals(writeNeeds(SILENT, props, list), {
          w: { want: majority, yields: true },
          dw: { want: majority, yields: true },
          pw: { want: 0, yields: false },
        });
      }
    },
  ),

  example("Q6 Q7", "a promise of primaries never gives way, though the bucket made it", () => {
    const few = { n: 3, seats: 1 };
    const read = refusal(readNeeds({}, { ...PROPS, pr: 2 }, few));
    assertEquals([read.error, read.want, read.got], ["not_enough_nodes", { pr: 2 }, { seats: 1 }]);
    const write = refusal(writeNeeds(SILENT, { ...PROPS, pw: 2 }, few));
    assertEquals([write.error, write.want, write.got], ["not_enough_nodes", { pw: 2 }, {
      seats: 1,
    }]);
    assertEquals(write.detail, "Cannot wait for pw 2: the key's range has 1 seats");
  }),

  example("Q7", "a refusal says what was wanted and what there is, in numbers", () => {
    const list = { n: 3, seats: 3 };
    const above = refusal(readNeeds({ r: 4 }, PROPS, list));
    assertEquals([above.want, above.got], [{ r: 4 }, { n: 3 }]);
    const durable = refusal(writeNeeds({ ...SILENT, dw: 5 }, PROPS, list));
    assertEquals([durable.want, durable.got], [{ dw: 5 }, { n: 3 }]);
    const absent = refusal(readNeeds({ r: "all" }, PROPS, { n: 3, seats: 2 }));
    assertEquals([absent.want, absent.got], [{ r: 3 }, { seats: 2 }]);
  }),

  example("Q7 G23", "a put has given way if any of its quorums has, and only then", () => {
    const yielding = (want: number) => ({ want, yields: true });
    const needs = { w: yielding(1), dw: yielding(2), pw: { want: 0, yields: false } };
    assertEquals([1, 2, 3].map((seats) => isClipped(needs, seats)), [true, false, false]);
  }),

  example("Q12", "an answer of a node that was never asked cannot be counted", () => {
    const tally = new Tally({ r: { want: 1, yields: false } }, { n: 1, seats: 1 });
    tally.ask({ node: a, seat: 0, role: "primary" });
    assertEquals([a, b].map((node) => tally.awaits(node)), [true, false]);
    assertThrows(() => tally.record(b, "found", standingOf(0, 1), ["r"]), Error, "Cannot count b");
  }),

  example(
    "Q6",
    "who was asked is told in that order: what came, and the seat that the node has said, or else would have",
    () => {
      const tally = new Tally({ w: { want: 2, yields: false } }, { n: 3, seats: 3 });
      for (const [seat, node] of [c, a, b, d].entries()) tally.ask({ node, seat, role: "primary" });
      tally.record(b, "stored", standingOf(1, 3), ["w"]);
      tally.record(a, "not_serving", standingOf(null, 3), []);
      tally.record(d, "unreachable", null, []);
      assertEquals(
        tally.participants().map(({ node, seat, said }) => [node, seat, said]),
        [[c, 0, "silent"], [a, 1, "not_serving"], [b, 1, "stored"], [d, 3, "unreachable"]],
      );
      assertEquals([tally.pending, tally.counts()], [1, { want: { w: 2 }, got: { w: 1 } }]);
    },
  ),
];

function refusal(result: object): Failure {
  if (isFailure(result)) return result;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(result)}`);
}
