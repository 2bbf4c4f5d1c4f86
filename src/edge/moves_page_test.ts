import { assertEquals } from "@std/assert";
import { MerkleTree } from "../anti_entropy/merkle_tree.ts";
import { nodeId, type Position } from "../id.ts";
import type { TransfersOverview } from "../handover/handover.ts";
import { movesPage } from "./moves_page.ts";

const [b, c] = [nodeId("b"), nodeId("c")];
const [FIRST, SECOND] = ["\x10".repeat(16), "\x20".repeat(16)] as Position[];
const NOTHING = { arrivals: [], departures: [], drains: [], aside: 0 };

Deno.test("what moves is told with the keys that are here, once the node knows them", () => {
  const transfers: TransfersOverview = {
    arrivals: [{
      ...{ end: FIRST!, n: 3, seat: 1, claims: [c] },
      from: [{ node: b, waitsFor: "copies" }],
    }],
    departures: [{
      ...{ end: SECOND!, n: 3, to: c, seat: 0, passes: true, phase: "closing", unsent: 1 },
    }],
    drains: [{ end: FIRST!, n: 2 }],
    aside: 4,
  };
  const plots = [{ end: SECOND!, n: 3, tree: new MerkleTree() }];
  const [first, second] = ["10".repeat(16), "20".repeat(16)];
  const arrival = { seat: 1, from: [{ node: b, waitsFor: "copies" }], claims: [c] };
  const departure = { to: c, seat: 0, kind: "pass", phase: "closing", unsent: 1 };
  assertEquals<unknown>(movesPage(transfers, { isFull: true, plots }), {
    arrivals: [{ rangeEnd: first, n: 3, keys: 0, ...arrival }],
    departures: [{ rangeEnd: second, n: 3, keys: 0, ...departure }],
    drains: [{ rangeEnd: first, n: 2, keys: 0 }],
    aside: 4,
  });
  const { arrivals, departures, drains } = movesPage(transfers, { isFull: false, plots });
  assertEquals([...arrivals, ...departures, ...drains].map(({ keys }) => keys), [null, null, null]);
  assertEquals(movesPage(null, null), NOTHING);
});
