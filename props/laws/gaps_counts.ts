/**
 * What the generated mutants of `src/quorum/needs.ts` and `tally.ts` showed to be unchecked (`deno task mutation`): what a
 * bucket leaves to the default, what a refusal says in numbers, and what is told of those who were asked.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { type NodeId, nodeId } from "../../src/id.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import type { Standing } from "../../src/protocol/message.ts";
import { isClipped, readNeeds, writeNeeds } from "../../src/quorum/needs.ts";
import { Tally } from "../../src/quorum/tally.ts";
import type { Entry } from "../../src/ring/preference_list.ts";
import { example, exhaustive, type Law } from "../law.ts";
import { standingOf } from "./driving.ts";
import { PROPS } from "./one_read.ts";

type Five = [NodeId, NodeId, NodeId, NodeId, NodeId];
const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(nodeId) as Five;

/** What a request says that leaves everything to the bucket. */
const SILENT = { w: "default", dw: "default", pw: "default" } as const;

/** Q4 to Q8, Q12, Q15, G23. */
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

  example(
    "Q15 Q6",
    "who stands in counts for the seat that it was asked for, and for no quorum of primaries",
    () => {
      for (const [any, ofPrimaries] of [["r", "pr"], ["w", "pw"], ["dw", "pw"]] as const) {
        const names = [any, ofPrimaries];
        const gotBy = (role: Entry["role"], standing: Standing | null) => {
          const need = { want: 1, yields: false };
          const tally = new Tally({ [any]: need, [ofPrimaries]: need }, { n: 3, seats: 3 });
          tally.ask({ node: d, seat: 1, role });
          tally.record(d, "stored", standing, names);
          return [...names.map((name) => tally.got(name)), tally.participants()[0]!.seat];
        };
        assertEquals(gotBy("fallback", standingOf(null, 3)), [1, 0, 1]);
        assertEquals(gotBy("fallback", standingOf(2, 3)), [1, 1, 2], "it has come to serve");
        assertEquals(gotBy("fallback", null), [0, 0, 1], "it cannot be reached");
        assertEquals(gotBy("primary", standingOf(1, 3)), [1, 1, 1]);
        assertEquals(gotBy("primary", standingOf(null, 3)), [0, 0, 1], "it has ceased to");
      }
    },
  ),

  example("Q5 Q8 Q15", "while who stands in is silent there is hope for its seat, once", () => {
    const hopeless = (want: { readonly w: number; readonly pw: number }, more: Entry[] = []) => {
      const tally = ofWrite(want);
      for (const entry of [fallback(d, 1), ...more]) tally.ask(entry);
      tally.record(b, "unreachable", null, []);
      tally.record(c, "unreachable", null, []);
      return tally.hopeless;
    };
    assertEquals(hopeless({ w: 2, pw: 1 }), false);
    assertEquals(hopeless({ w: 3, pw: 1 }), true, "nobody is asked for the third");
    assertEquals(hopeless({ w: 2, pw: 2 }), true, "it is no primary");
    assertEquals(hopeless({ w: 3, pw: 1 }, [fallback(e, 2)]), false);
    assertEquals(hopeless({ w: 3, pw: 1 }, [fallback(e, 1)]), true, "two for one seat are one");
    assertEquals(hopeless({ w: 3, pw: 1 }, [fallback(e, null)]), true, "it is for no seat");
  }),

  example("Q5 Q8 Q15", "who stands in for one that may answer yet adds nothing to it", () => {
    const tally = ofWrite({ w: 3, pw: 0 });
    tally.ask(fallback(d, 1));
    assertEquals(tally.hopeless, false);
    tally.record(c, "unreachable", null, []);
    assertEquals(tally.hopeless, true, "a is silent, and so are b and d: two seats");
  }),

  example("Q5 Q8 Q15", "who stands in for a seat that counts already adds nothing to it", () => {
    const tally = ofWrite({ w: 2, pw: 0 });
    for (const node of [a, b, c]) tally.record(node, "unreachable", null, []);
    for (const node of [d, e]) tally.ask(fallback(node, 1));
    assertEquals(tally.hopeless, true);
    const other = ofWrite({ w: 2, pw: 0 });
    for (const node of [d, e]) other.ask(fallback(node, 1));
    other.record(e, "stored", standingOf(null, 3), ["w", "pw"]);
    for (const node of [b, c]) other.record(node, "unreachable", null, []);
    assertEquals(other.hopeless, false, "a may answer yet");
    other.record(a, "failed", standingOf(0, 3), []);
    assertEquals(other.hopeless, true, "d may, but its seat is counted");
    assertThrows(() => other.record(e, "stored", standingOf(2, 3), ["w"]), Error, "again: stored");
  }),
];

/** A write that has asked the primaries a, b and c for the seats 0, 1 and 2. */
function ofWrite({ w, pw }: { readonly w: number; readonly pw: number }): Tally<"w" | "pw"> {
  const needs = { w: { want: w, yields: false }, pw: { want: pw, yields: false } };
  const tally = new Tally(needs, { n: 3, seats: 3 });
  for (const [seat, node] of [a, b, c].entries()) tally.ask({ node, seat, role: "primary" });
  return tally;
}

function fallback(node: NodeId, seat: number | null): Entry {
  return { node, seat, role: "fallback" };
}

function refusal(result: object): Failure {
  if (isFailure(result)) return result;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(result)}`);
}
