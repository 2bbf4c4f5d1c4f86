/**
 * The laws of counting: R, W and their kin as numbers, and answers counted by seats. The oracles list all subsets.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Digest, NodeId } from "../../src/id.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import type { Standing } from "../../src/protocol/message.ts";
import { countOf, cut, isClipped, readNeeds, writeNeeds } from "../../src/quorum/needs.ts";
import { Tally } from "../../src/quorum/tally.ts";
import { example, exhaustive, type Law, negative, random } from "../law.ts";
import { PROPS } from "./one_read.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "Q1",
    "every read quorum meets every write quorum, if R + W > N: every N, R and W up to 7",
    () => {
      for (let n = 1; n <= 7; n++) {
        for (let r = 1; r <= n; r++) {
          for (let w = n - r + 1; w <= n; w++) {
            for (const readers of subsets(n, r)) {
              for (const writers of subsets(n, w)) {
                assert(
                  readers.some((seat) => writers.includes(seat)),
                  `${n} ${readers} ${writers}`,
                );
              }
            }
          }
        }
      }
    },
  ),
  negative(
    "Q2",
    "if R + W <= N, a read quorum misses a write quorum: found for every such N, R and W up to 7",
    (run) => {
      const found: string[] = [];
      for (let n = 2; n <= 7; n++) {
        for (let r = 1; r < n; r++) {
          for (let w = 1; w <= n - r; w++) {
            const writers = subsets(n, w)[0]!;
            const missing = subsets(n, r).find((readers) =>
              !readers.some((seat) => writers.includes(seat))
            );
            assert(missing !== undefined, `N ${n}, R ${r}, W ${w}: every read meets every write`);
            found.push(`N ${n}, R ${r}, W ${w}: written to ${writers}, read from ${missing}`);
          }
        }
      }
      run.note(found[0]!);
    },
  ),
  random(
    "Q5 G23",
    "a quorum is met by distinct seats, and given up exactly when it cannot be met",
    (run) => {
      // Every node answers with a seat (or none), in some order; the oracle looks at the whole list each time.
      const answers = fc.array(
        fc.record({ seat: fc.option(fc.nat(3), { nil: null }), counts: fc.boolean() }),
        { maxLength: 6 },
      );
      run.forAll(answers, fc.integer({ min: 1, max: 4 }), (answers, want) => {
        const tally = new Tally({ w: need(want) }, { n: 4, seats: 4 });
        const nodes = answers.map((_, i) => `n${i}` as NodeId);
        for (const node of nodes) tally.ask({ node, seat: null, role: "primary" });
        for (const [i, { seat, counts }] of answers.entries()) {
          tally.record(nodes[i]!, "stored", standing(seat, 4), counts ? ["w"] : []);
          const told = answers.slice(0, i + 1).filter(({ seat, counts }) =>
            counts && seat !== null
          );
          const distinct = new Set(told.map(({ seat }) => seat)).size;
          assertEquals(tally.got("w"), distinct);
          assertEquals(tally.enough, distinct >= want);
          assertEquals(tally.hopeless, distinct + (answers.length - i - 1) < want);
        }
        return true;
      });
    },
  ),
  example("Q8", "no node is asked twice, and none is counted twice", () => {
    const tally = new Tally({ r: need(1) }, { n: 1, seats: 1 });
    const entry = { node: "a" as NodeId, seat: 0, role: "primary" } as const;
    assert(tally.ask(entry));
    assert(!tally.ask(entry));
    tally.record(entry.node, "found", standing(0, 1), ["r"]);
    assert(!tally.awaits(entry.node));
    // A second answer of one node is a programmer's mistake.
    assertThrows(() => tally.record(entry.node, "found", standing(0, 1), ["r"]), Error, "again");
  }),
  example(
    "G23",
    "k follows the greatest number of seats in any reply, and default quorums with it",
    () => {
      const tally = new Tally({ r: { want: 2, yields: true } }, { n: 3, seats: 1 });
      for (const node of ["a", "b"] as NodeId[]) tally.ask({ node, seat: null, role: "primary" });
      assertEquals(tally.want("r"), 1);
      tally.record("a" as NodeId, "found", standing(0, 3), ["r"]);
      assertEquals(tally.want("r"), 2);
      assert(!tally.enough);
    },
  ),
  example(
    "G23",
    "a request that asks fewer replicas than the range has seats counts no more than it asks",
    () => {
      const tally = new Tally({ r: { want: 2, yields: true } }, { n: 1, seats: 1 });
      tally.ask({ node: "a" as NodeId, seat: 0, role: "primary" });
      tally.record("a" as NodeId, "found", standing(0, 3), ["r"]);
      assertEquals([tally.want("r"), tally.enough], [1, true]);
    },
  ),
  example(
    "Q7",
    "an impossible quorum is refused before anything is sent, naming both numbers",
    () => {
      const list = { n: 3, seats: 3 };
      for (const r of [0, 4, 1.5, -1]) {
        const refused = readNeeds({ r }, PROPS, list);
        const { error, definite, detail } = refusal(refused);
        assertEquals([error, definite], ["quorum_impossible", true]);
        assert(detail.includes(`r ${r}`) && detail.includes("n 3"), detail);
      }
      for (const asked of [{ w: 4 }, { dw: 4 }, { pw: 4 }, { w: 0 }]) {
        const all = { w: "default", dw: "default", pw: "default", ...asked } as const;
        const refused = writeNeeds(all, PROPS, list);
        assertEquals(refusal(refused).error, "quorum_impossible", JSON.stringify(asked));
      }
    },
  ),
  example(
    "Q7",
    "a default gives way to the number of seats and says so; what was asked for does not",
    () => {
      const few = { n: 3, seats: 1 };
      const needs = granted(readNeeds({}, PROPS, few));
      assertEquals(cut(needs.r, 1), 1);
      assert(isClipped(needs, 1) && !isClipped(needs, 3));
      for (const asked of [{ r: 2 }, { r: "quorum" }, { r: "all" }, { pr: 2 }] as const) {
        const refused = readNeeds(asked, PROPS, few);
        assertEquals(refusal(refused).error, "not_enough_nodes", JSON.stringify(asked));
      }
      const strict = readNeeds({}, { ...PROPS, pr: 2 }, few);
      assertEquals(refusal(strict).error, "not_enough_nodes");
    },
  ),
  exhaustive("Q7", "the words for quorums mean what Riak's users know", () => {
    for (let n = 1; n <= 7; n++) {
      assertEquals(countOf("one", n), 1);
      assertEquals(countOf("all", n), n);
      const quorum = countOf("quorum", n);
      assert(2 * quorum > n && 2 * (quorum - 1) <= n);
    }
  }),
  example("Q4", "dw follows w where nobody set it", () => {
    const list = { n: 3, seats: 3 };
    const asked = { w: 3, dw: "default", pw: "default" } as const;
    const needs = granted(writeNeeds(asked, PROPS, list));
    assertEquals([needs.w.want, needs.dw.want, needs.pw.want], [3, 3, 0]);
    const own = granted(writeNeeds({ ...asked, w: "default" }, { ...PROPS, dw: 1 }, list));
    assertEquals([own.w.want, own.dw.want], [2, 1]);
  }),
];

/** All subsets of 0..n-1 with `size` members. */
function subsets(n: number, size: number): number[][] {
  if (size === 0) return [[]];
  if (n < size) return [];
  return [
    ...subsets(n - 1, size),
    ...subsets(n - 1, size - 1).map((rest) => [...rest, n - 1]),
  ];
}

function standing(seat: number | null, seats = 3): Standing {
  return { seat, seats, recovering: false, history: "" as Digest, registerSeq: 0 };
}

function refusal(result: object): Failure {
  if (isFailure(result)) return result;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(result)}`);
}

function granted<T extends object>(result: T | Failure): T {
  if (isFailure(result)) throw new Error(result.detail);
  return result;
}

function need(want: number) {
  return { want, yields: false };
}
