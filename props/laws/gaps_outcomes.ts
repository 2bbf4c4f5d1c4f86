/**
 * What the generated mutants of `src/quorum/outcomes.ts` showed to be unchecked (`deno task mutation`): for how long a
 * coordinator remembers, how much, and what it says then.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { nodeId, type WriteId } from "../../src/id.ts";
import { failure } from "../../src/protocol/error.ts";
import { Outcomes, type Try } from "../../src/quorum/outcomes.ts";
import { example, type Law } from "../law.ts";
import { DONE } from "./one_forward.ts";

/** How long the memories of this file keep what they know. */
const KEEP_MS = 100;
const MIB = 1 << 20;
const REFUSED = failure("container_full", "Cannot put: full");
const LOST = failure("timeout", "Cannot say that the put is stored", { definite: false });

/** Q13, Q14, Q18. */
export const laws: readonly Law[] = [
  example("Q18", "what ran and has ended is remembered for every try, with its answer", () => {
    for (const answer of [DONE, LOST]) {
      const memory = new Memory();
      assertEquals(memory.recall(put("w")), undefined);
      assert(memory.runs(put("w"), 0));
      assertEquals(memory.recall(put("w", 2)), { kind: "running" });
      memory.end(put("w"), answer, 0);
      for (const request of [1, 2]) {
        assertEquals(memory.recall(put("w", request)), { kind: "ended", answer });
      }
    }
  }),

  example(
    "Q18",
    "after a refusal another try may begin, and the one that was refused may not",
    () => {
      const memory = new Memory();
      memory.runs(put("w", 1), 0);
      memory.end(put("w", 1), REFUSED, 0);
      assertEquals(memory.recall(put("w", 1)), { kind: "ended", answer: REFUSED });
      assertEquals(memory.recall(put("w", 2)), undefined);
      assert(memory.fences(put("w", 2), 0));
      for (const request of [1, 2]) {
        assertEquals(memory.recall(put("w", request)), { kind: "fenced" });
      }
      assertEquals(memory.recall(put("w", 3)), undefined);
      assertEquals(memory.recall({ ...put("w", 1), from: nodeId("b") }), undefined);
      assert(memory.runs(put("w", 3), 0));
      memory.end(put("w", 3), DONE, 0);
      assertEquals(memory.recall(put("w", 4)), { kind: "ended", answer: DONE });
    },
  ),

  example("Q13", "a write id is of the key that it was first used for", () => {
    const memory = new Memory();
    assert(!memory.isOfAnother("w", "k"));
    memory.fences(put("w", 1), 0, null);
    assert(!memory.isOfAnother("w", "k"), "only its status was asked for");
    memory.runs(put("w", 2), 0, "k");
    assert(!memory.isOfAnother("w", "k"));
    assert(memory.isOfAnother("w", "other"));
    memory.end(put("w", 2), REFUSED, 0);
    memory.runs(put("w", 3), 0, "other");
    assert(memory.isOfAnother("w", "other"), "the first key stays");
  }),

  example("Q18", "a put is remembered for its full time, and then makes room", () => {
    const memory = new Memory({ most: 1 });
    memory.runs(put("old"), 0);
    memory.end(put("old"), DONE, 0);
    assert(!memory.runs(put("new"), KEEP_MS));
    assertEquals(memory.recall(put("old")), { kind: "ended", answer: DONE });
    assert(memory.runs(put("new"), KEEP_MS + 1));
    assertEquals(memory.recall(put("old")), undefined);
  }),

  example("Q18", "one that runs is never forgotten, and neither is what began after it", () => {
    const memory = new Memory({ most: 2 });
    memory.runs(put("slow"), 0);
    memory.runs(put("quick"), 0);
    memory.end(put("quick"), DONE, 0);
    assert(!memory.runs(put("new"), 1000 * KEEP_MS));
    assertEquals(memory.recall(put("slow")), { kind: "running" });
    assertEquals(memory.recall(put("quick")), { kind: "ended", answer: DONE });
    memory.end(put("slow"), DONE, 0);
    assert(memory.runs(put("new"), 1000 * KEEP_MS));
    assertEquals(memory.recall(put("quick")), undefined);
  }),

  example(
    "Q18",
    "a new try is remembered for its own full time, behind what began before it",
    () => {
      const memory = new Memory({ most: 1 });
      memory.fences(put("again", 1), 0);
      memory.fences(put("other"), 50);
      memory.fences(put("again", 2), 60);
      // The other's time is over, and the new try's is not.
      assert(!memory.runs(put("new"), 155), "one slot is taken");
      assertEquals(memory.recall(put("other")), undefined);
      for (const request of [1, 2]) {
        assertEquals(memory.recall(put("again", request)), { kind: "fenced" });
      }
      assert(memory.runs(put("new"), 161));
    },
  ),

  example("Q18", "a full memory takes no more puts, and as many fences again", () => {
    const memory = new Memory({ most: 2 });
    assert(memory.runs(put("a"), 0));
    assert(memory.runs(put("b"), 0));
    assert(!memory.runs(put("c"), 0));
    assertEquals(memory.recall(put("c")), undefined, "nothing of it is remembered");
    assert(memory.fences(put("c"), 0));
    assert(memory.fences(put("d"), 0));
    assert(!memory.fences(put("e"), 0));
    // Another try of what is remembered takes no room.
    assert(memory.fences(put("d", 2), 0));
    assert(memory.runs(put("d", 3), 0));
  }),

  example(
    "Q18 Q14",
    "answers are dropped for space, oldest first; that the put was handled is not",
    () => {
      const memory = new Memory();
      const ends = (writeId: string, mebibytes: number, atMs = 0) => {
        memory.runs(put(writeId), atMs);
        memory.end(put(writeId), DONE, mebibytes * MIB);
      };
      const kept = (...writeIds: string[]) =>
        writeIds.map((writeId) => {
          const known = memory.recall(put(writeId, 2));
          assertEquals(known?.kind, "ended");
          return known?.kind === "ended" && known.answer !== null;
        });
      ends("a", 12);
      ends("b", 20);
      assertEquals(kept("a", "b"), [true, true], "32 MiB are not too much");
      ends("c", 1);
      assertEquals(kept("a", "b", "c"), [false, true, true]);
      ends("d", 12, 50);
      assertEquals(kept("b", "c", "d"), [false, true, true]);
      // What is forgotten gives its space back, once: a, b and c are over, d and e make 32 MiB.
      ends("e", 20, KEEP_MS + 1);
      assertEquals(kept("d", "e"), [true, true]);
      ends("f", 1, KEEP_MS + 1);
      assertEquals(kept("d", "e", "f"), [false, true, true]);
      // A write id that comes again when it has been forgotten takes space for its new answer alone.
      ends("e", 20, 3 * KEEP_MS);
      assertEquals(kept("e"), [true]);
    },
  ),

  example("Q18", "space is never taken from a refusal, nor from a put that runs again", () => {
    const memory = new Memory();
    for (const writeId of ["refused", "again"]) {
      memory.runs(put(writeId, 1), 0);
      memory.end(put(writeId, 1), REFUSED, 0);
    }
    memory.runs(put("again", 2), 0);
    memory.runs(put("large"), 0);
    memory.end(put("large"), DONE, 33 * MIB);
    assertEquals(memory.recall(put("large")), { kind: "ended", answer: null });
    assertEquals(memory.recall(put("refused", 1)), { kind: "ended", answer: REFUSED });
    assertEquals(memory.recall(put("refused", 2)), undefined);
    assertEquals(memory.recall(put("again", 2)), { kind: "running" });
    memory.end(put("again", 2), DONE, 0);
    assertEquals(memory.recall(put("again", 2)), { kind: "ended", answer: DONE });
  }),

  example("Q12", "only a put that runs can end, and once", () => {
    const memory = new Memory();
    const ending = () => memory.end(put("w"), DONE, 0);
    assertThrows(ending, Error, "Cannot end a put that is not running");
    memory.runs(put("w"), 0);
    ending();
    assertThrows(ending, Error, "Cannot end a put that is not running");
  }),
];

/** A coordinator's memory, for short. */
class Memory {
  readonly #outcomes: Outcomes;

  constructor({ most = 10 }: { readonly most?: number } = {}) {
    this.#outcomes = new Outcomes({ most, keepMs: KEEP_MS });
  }

  recall(tried: Try) {
    return this.#outcomes.recall(tried);
  }
  isOfAnother(writeId: string, name: string) {
    return this.#outcomes.isOfAnother(idOf(writeId), name);
  }
  runs(tried: Try, monoMs: number, name: string | null = "k") {
    return this.#outcomes.remember(tried, { as: "running", name, monoMs });
  }
  fences(tried: Try, monoMs: number, name: string | null = null) {
    return this.#outcomes.remember(tried, { as: "fenced", name, monoMs });
  }
  end(...[tried, answer, bytes]: Parameters<Outcomes["end"]>) {
    this.#outcomes.end(tried, answer, bytes);
  }
}

/** One handing over of a put by node a. */
function put(writeId: string, request = 1): Try {
  return { writeId: idOf(writeId), from: nodeId("a"), request };
}

function idOf(text: string): WriteId {
  return text.padEnd(16) as WriteId;
}
