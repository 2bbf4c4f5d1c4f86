/**
 * Where a hint is taken, and when it is given up: the room that carries them, by itself, with an invented ring.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nodeId } from "../../src/id.ts";
import { objectName } from "../generators.ts";
import { example, exhaustive, type Law } from "../law.ts";
import { HandoffRoom } from "./handoff_room.ts";

/** H1, H3, H6, H7, H8, H12, H13. */
export const laws: readonly Law[] = [
  exhaustive(
    "H7 H8 H12 H13",
    "where a hint is taken: to its owner; if that has left, serves no more, or is away for too long, to those who serve, if they are W: to all of them if it does not serve itself, else to all that can be reached; else nowhere",
    () => {
      const seats = [["a", "b", "c"], ["b", "c", "d"], ["b", "self", "c"]] as const;
      let carried = 0;
      for (const primaries of seats) {
        for (const down of subsets(["a", "b", "c"])) {
          for (const w of [1, 2, 3]) {
            for (const how of ["away", "away for long", "left"]) {
              const isLate = how === "away for long";
              const serves = primaries.some((node) => node === "a");
              if (serves && how === "left") continue;
              const downForMs = isLate ? 5000 : 4999;
              const left = how === "left" ? ["a"] : [];
              const room = new HandoffRoom({ primaries, down, downForMs, left });
              assertEquals(room.looked.includes(nodeId("self")), false, "what is kept for itself");
              room.keeps("a", w);
              const spreads = !serves || (down.includes("a") && isLate);
              const reached = primaries.filter((node) => !down.includes(node));
              // What is kept for a member that is down waits until it is to be spread.
              const waits = down.includes("a") && how === "away";
              const suffices = reached.length >= w &&
                (serves || reached.length === primaries.length);
              const to = waits ? [] : !spreads ? ["a"] : suffices ? reached : [];
              const what = JSON.stringify({ primaries, down, w, how });
              assertEquals(room.sentTo().sort(), to.map(nodeId).sort(), what);
              if (to.length === 0) {
                assertEquals(room.dropped, [], what);
                // It is not forgotten.
                room.allAreBack();
                room.nextRound();
                assert(room.sentTo().length > 0, what);
                continue;
              }
              carried++;
              // Each of them, and not before the last.
              for (const [i, node] of to.entries()) {
                assertEquals(room.dropped.length, 0, what);
                room.stores(node, primaries.findIndex((one) => one === node));
                assertEquals(room.dropped.length, i === to.length - 1 ? 1 : 0, what);
              }
            }
          }
        }
      }
      assert(carried > 50, `${carried}`);
    },
  ),
  example(
    "H12 H1",
    "a hint that is spread stays if one of those who serve has not made it durable",
    () => {
      for (
        const wrong of ["buffered", "failed", "not_serving", "no seat", "undelivered"] as const
      ) {
        const room = new HandoffRoom({ primaries: ["b", "c", "d"], down: [], downForMs: 0 });
        room.keeps("a", 2);
        room.stores("b", 0);
        room.fails("c", wrong);
        room.stores("d", 2);
        assertEquals(room.dropped, [], wrong);
        room.nextRound();
        for (const [seat, node] of ["b", "c", "d"].entries()) room.stores(node, seat);
        assertEquals(room.dropped.length, 1, wrong);
      }
    },
  ),
  example(
    "H7 H12",
    "what is kept for one that serves no more waits for whoever is down of those who do: it is all that there is for that",
    () => {
      const down = ["d"];
      const room = new HandoffRoom({ primaries: ["b", "c", "d"], down, downForMs: 2 ** 40 });
      room.keeps("a", 2);
      for (let round = 0; round < 20; round++) room.nextRound();
      assertEquals([room.sentTo(), room.dropped], [[], []]);
      down.pop();
      room.nextRound();
      assertEquals(room.sentTo(), ["b", "c", "d"].map(nodeId));
      for (const [seat, node] of ["b", "c", "d"].entries()) room.stores(node, seat);
      assertEquals(room.dropped.length, 1);
    },
  ),
  example(
    "H3 H6",
    "what was on its way to an owner that is back goes again at once, not when its pass is given up",
    () => {
      const room = new HandoffRoom({ primaries: ["a", "b", "c"], down: [], downForMs: 0 });
      room.keeps("a", 2);
      assertEquals(room.sentTo(), [nodeId("a")]);
      room.nextRound(); // nobody has answered, and nobody will
      assertEquals(room.sentTo(), []);
      const { length } = room.looked;
      room.isBack("b");
      assertEquals(room.sentTo(), []);
      assertEquals(room.looked.length, length, "for whom nothing is kept, nothing is looked for");
      room.isBack("a");
      assertEquals(room.sentTo(), [nodeId("a")]);
      room.stores("a", 0);
      assertEquals(room.dropped.length, 1);
    },
  ),
  exhaustive(
    "H6 H7",
    "whoever the disk keeps something for is looked after from the start: members, and who has left",
    () => {
      for (const left of [[], ["a"]]) {
        const primaries = left.length === 0 ? ["a", "b", "c"] : ["b", "c", "d"];
        const room = new HandoffRoom({ primaries, down: [], left, found: ["a"], downForMs: 0 });
        assertEquals(room.looked.filter((owner) => owner === nodeId("a")).length > 0, true);
        const to = left.length === 0 ? ["a"] : primaries;
        assertEquals(room.sentTo(), to.map(nodeId));
        for (const node of to) room.stores(node, primaries.indexOf(node));
        assertEquals(room.dropped.length, 1);
      }
    },
  ),
  exhaustive(
    "H3 H12",
    "hints that nobody takes hold up no others: in a few rounds all go that may, and those alone",
    () => {
      for (const count of [1, 15, 16, 17, 40, 70]) {
        for (const stuck of [0, 1, 16, 20, 33]) {
          const names = Array.from(
            { length: count + stuck },
            (_, i) => objectName("b", String(i).padStart(3, "0")),
          );
          // Those that nobody takes come first, where they are looked for.
          const bad = new Set(names.slice(0, stuck).map(({ key }) => key));
          const room = new HandoffRoom({ primaries: ["a", "b", "c"], down: [], downForMs: 0 });
          room.keeps("a", 2, names);
          if (stuck === 0) {
            room.settle(() => true);
            assertEquals(room.dropped.length, count, "page after page, in one round");
          }
          for (let round = 0; round < 8; round++) {
            room.settle(({ key }) => !bad.has(key));
            room.nextRound();
          }
          const gone = room.dropped.map(({ copy: { name } }) => name.key).sort();
          assertEquals(gone, names.slice(stuck).map(({ key }) => key), `${count} and ${stuck}`);
        }
      }
    },
  ),
  example(
    "H3",
    "a page that nobody takes is enough for a round; one of which nothing could be sent is not",
    () => {
      const names = Array.from({ length: 40 }, (_, i) => objectName("b", `${i}`.padStart(2, "0")));
      const room = new HandoffRoom({ primaries: ["a", "b", "c"], down: [], downForMs: 0 });
      room.keeps("a", 2, names);
      for (const sent of [16, 16, 8, 16]) {
        assertEquals(room.settle(() => false), sent);
        room.nextRound();
      }
      // Of one page some are taken; of the next none.
      const other = new HandoffRoom({ primaries: ["a", "b", "c"], down: [], downForMs: 0 });
      other.keeps("a", 2, names);
      assertEquals(other.settle(({ key }) => key < "08"), 32);
      // Those that want more copies than there are nodes to be reached come first.
      const short = new HandoffRoom({ primaries: ["a", "b", "c"], down: ["a"], downForMs: 1e9 });
      short.keepsMore("a", 3, names.slice(0, 20));
      short.keepsMore("a", 1, names.slice(20, 22));
      short.nextRound();
      assertEquals(short.settle(() => true), 4);
      assertEquals(short.dropped.length, 2);
    },
  ),
  example("H3 H1", "an answer is heard whichever of several owners it is of", () => {
    const room = new HandoffRoom({ primaries: ["a", "b", "c"], down: [], downForMs: 0 });
    for (const owner of ["c", "b", "a"]) room.keepsMore(owner, 2, [objectName("b", owner)]);
    room.nextRound();
    assertEquals(room.sentTo().length, 3);
    for (const [seat, owner] of ["a", "b", "c"].entries()) {
      assertEquals(room.dropped.length, seat);
      room.stores(owner, seat, objectName("b", owner));
    }
    assertEquals(room.dropped.map(({ copy: { owner } }) => owner), ["a", "b", "c"].map(nodeId));
  }),
];

function subsets<T>(of: readonly T[]): T[][] {
  return Array.from({ length: 2 ** of.length }, (_, bits) => of.filter((_, i) => bits & (1 << i)));
}
