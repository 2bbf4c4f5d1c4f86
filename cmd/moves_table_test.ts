import { assertEquals } from "@std/assert";
import type { MovesPage } from "../src/edge/moves_page.ts";
import { nodeId } from "../src/id.ts";
import { hasRate, movesLines } from "./moves_table.ts";

const [b, c] = [nodeId("b"), nodeId("c")];
const NOTHING: MovesPage = { arrivals: [], departures: [], drains: [], aside: 0 };

Deno.test("what a node takes and gives: what it waits for, and how fast keys come and go", () => {
  assertEquals(movesLines("a", NOTHING, null), []);
  assertEquals(hasRate(NOTHING), false);
  const arrival = { rangeEnd: "00", n: 3, keys: 3, seat: 0, claims: [] };
  const departure = { rangeEnd: "40", n: 3, keys: 9, to: c, seat: 1, unsent: 2 } as const;
  const moves: MovesPage = {
    arrivals: [
      { ...arrival, from: [{ node: b, waitsFor: "copies" }] },
      { ...arrival, rangeEnd: "10", keys: 4, from: [{ node: b, waitsFor: "copies" }] },
      { ...arrival, rangeEnd: "20", from: [{ node: b, waitsFor: "nothing" }], claims: [c] },
      // Nobody is asked for the seat before all is here.
      { ...arrival, rangeEnd: "30", from: [{ node: c, waitsFor: "mark" }], claims: [b] },
    ],
    departures: [{ ...departure, kind: "fill", phase: "open" }, {
      ...{ ...departure, rangeEnd: "50", keys: null, unsent: 0 },
      ...{ kind: "pass", phase: "given" },
    }],
    drains: [{ rangeEnd: "60", n: 3, keys: 300 }],
    aside: 2,
  };
  const lines = [
    "",
    "a takes:",
    "FROM  WAITS FOR                                RANGES  KEYS HERE",
    "b     nothing more                                  1          3",
    "b     what it holds                                 2          7",
    "c     its promise to tell what it stores            1          3",
    "c     its word that it does not have the seat       1          3",
    "",
    "a gives:",
    "TO  HOW   NOW                                    UNSENT  RANGES  KEYS HERE",
    "c   fill  what is here is fetched                some         1          9",
    "c   pass  it is let go; the taker will serve it               1    unknown",
    "",
    "a has given away 1 ranges; 300 keys of them are here",
  ];
  const old = "a keeps 2 keys that are too old to be given to anybody";
  assertEquals(movesLines("a", moves, null), [...lines, old]);

  assertEquals(hasRate(moves), true);
  const before: MovesPage = {
    ...moves,
    arrivals: [{ ...moves.arrivals[1]!, keys: 1 }],
    drains: [{ rangeEnd: "60", n: 3, keys: 310 }, { rangeEnd: "70", n: 3, keys: 5 }],
  };
  assertEquals(movesLines("a", moves, { moves: before, agoMs: 2_000 }), [
    ...lines,
    "2 keys a second come; how many there are to come is not known here",
    "5 keys a second go: 1 min 0 s are left",
    old,
  ]);
  assertEquals(
    movesLines("a", { ...NOTHING, drains: moves.drains }, { moves, agoMs: 2_000 }).at(-1),
    "none go just now: those who serve them have not said yet that they have them",
  );
});
