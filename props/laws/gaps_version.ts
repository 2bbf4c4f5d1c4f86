/**
 * What the generated mutants of `src/version` showed to be unchecked (`deno task mutation`): exact bytes, exact order, and
 * the last counter that there is.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Actor, fromHex, hex, MAX_COUNTER, nodeId } from "../../src/id.ts";
import { contextOf } from "../../src/version/context.ts";
import { containerDigest, vtag } from "../../src/version/digest.ts";
import { plainPut } from "../../src/version/plain_clock.ts";
import {
  EMPTY,
  greatestStamp,
  SEEN_NOTHING,
  type Version,
  write,
} from "../../src/version/siblings.ts";
import { FRESH, sortedEntries } from "../../src/version/version_vector.ts";
import { showsOnly } from "../../src/version/view.ts";
import { actor, clockOf, richContainer, tombstone, version } from "../generators.ts";
import { example, exhaustive, type Law, random } from "../law.ts";

/** V10, V12, V13, D16, M17. */
export const laws: readonly Law[] = [
  random(
    "V10",
    "a clock's entries come in ascending order of the bytes of their actors",
    (run) => {
      run.forAll(richContainer, ({ clock }) => {
        const bytes = sortedEntries(clock).map(([actor]) => hex(actor));
        assertEquals(bytes, [...clock.keys()].map(hex).toSorted());
        return true;
      });
    },
  ),

  example("V13", "the last counter there is can be issued, and none after it", () => {
    const a = actor("a");
    const last = { actor: a, counter: MAX_COUNTER };
    const held = { clock: clockOf({ a: MAX_COUNTER - 1 }), siblings: [] };
    const full = write(held, FRESH, last, version("last"));
    assertEquals(full.clock.get(a), MAX_COUNTER);
    for (const counter of [MAX_COUNTER, MAX_COUNTER + 1]) {
      assertThrows(() => write(full, FRESH, { actor: a, counter }, version("over")), RangeError);
    }
  }),

  random(
    "V12",
    "a plain put counts on from the greatest counter of its node that it knows, of its context or of what is held",
    (run) => {
      const counter = fc.nat(9);
      const counters = fc.record({ context: counter, held: fc.array(counter, { maxLength: 3 }) });
      run.forAll(counters, ({ context, held }) => {
        const node = nodeId("a");
        const clock = (counter: number) => new Map([[node, { counter, lastMs: 0 }]]);
        const versions = held.map((counter) => ({ value: "held", clock: clock(counter) }));
        const put = { value: "put", context: clock(context), node, nowMs: 1 };
        const written = plainPut(versions, put).find(({ value }) => value === "put");
        assertEquals(written?.clock.get(node)?.counter, [context, ...held].toSorted().at(-1)! + 1);
        return true;
      });
    },
  ),

  random(
    "D16",
    "a context is all that was merged, the greatest stamp in it, and who answered first",
    (run) => {
      const stamps = fc.array(fc.nat(), { minLength: 5, maxLength: 5 });
      run.forAll(richContainer, stamps, (container, stamps) => {
        const siblings = container.siblings.map(({ dot, version }, i) => ({
          dot,
          version: { ...version, stamp: stamps[i % stamps.length]! } satisfies Version,
        }));
        const greatest = siblings.map(({ version }) =>
          version.stamp
        ).toSorted((a, b) => b - a)[0] ?? 0;
        const held = { ...container, siblings };
        assertEquals(greatestStamp(held), greatest);
        const context = contextOf(held, null);
        assertEquals(context, { clock: container.clock, stamp: greatest, fastest: null });
        return true;
      });
    },
  ),

  example("D16", "who has seen nothing has the context of a key that was never written", () => {
    const { clock, stamp } = contextOf(EMPTY, null);
    assertEquals({ ...SEEN_NOTHING }, { clock, stamp });
    assertEquals([clock.size, stamp], [0, 0]);
  }),

  exhaustive(
    "D16",
    "what a put shows is seen by whoever wrote it, if it is that write alone, or deletes alone",
    () => {
      const writeId = version("mine").writeId;
      const kinds = [version("mine"), tombstone("mine"), version("other"), tombstone("other")];
      const views = [[], ...kinds.map((one) => [one])];
      for (let length = 1; length < 3; length++) {
        views.push(
          ...views.filter((view) => view.length === length).flatMap((view) =>
            kinds.map((next) => [...view, next])
          ),
        );
      }
      assertEquals(views.length, 1 + 4 + 16 + 64);
      for (const versions of views) {
        const dot = { actor: actor("a"), counter: 1 };
        const values = versions.filter(({ tombstone }) => !tombstone).length;
        const others = versions.filter((version) => version.writeId !== writeId).length;
        assertEquals(
          showsOnly(versions.map((version) => ({ dot, version })), writeId),
          values === 0 || others === 0,
        );
      }
    },
  ),

  example(
    "M17",
    "a leaf and a version's tag are what they always were, byte for byte: else old and new replicas differ for ever",
    () => {
      // The bytes are written out in src/version/digest_test.ts, where the platform hashes them.
      const a = fromHex("01" + "61" + "0102030405060708" + "00000001") as Actor;
      const b = fromHex("02" + "6232" + "0102030405060708" + "00000102") as Actor;
      const siblings = [{ actor: a, counter: 5 }, { actor: b, counter: 3 }].map((dot) => ({
        dot,
        version: version("anything"),
      }));
      const name = { type: "default", bucket: "b", key: "\x00\xff" };
      const clock = new Map([[b, 3], [a, 2 ** 32 + 7]]);
      assertEquals(
        hex(containerDigest(name, { clock, siblings })),
        "184fe82dc6ffcf049bf7518fa8407303",
      );
      assertEquals(vtag({ actor: a, counter: 5 }), "2tG3fi5_IUU");
    },
  ),
];
