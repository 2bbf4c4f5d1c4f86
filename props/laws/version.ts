/**
 * Laws of version vectors, and of the events that they count: the kit's laws of clocks, held against rotor's, and what
 * rotor promises beyond them.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MAX_COUNTER } from "../../src/id.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY, write } from "../../src/version/siblings.ts";
import { FRESH, increment } from "../../src/version/version_vector.ts";
import { rotorClock } from "../adapters.ts";
import {
  actor,
  clockOf,
  CONTAINERS,
  fewActors,
  histories,
  objectName,
  play,
  richContainer,
  version,
} from "../generators.ts";
import { clockLaws } from "../kit/clock_laws.ts";
import { example, type Law, random } from "../law.ts";

/** V1 to V9, V12 and V13. */
export const laws: readonly Law[] = [
  ...clockLaws(rotorClock),
  random(
    "V12",
    "no dot is issued twice and none is left out, whatever is lost on the way",
    (run) => {
      run.forAll(histories({ maxLength: 30 }), (history) => {
        const issued = new Set<string>();
        for (const { dot, held } of play(history, CONTAINERS).puts) {
          const named = JSON.stringify(dot);
          assertEquals(issued.has(named), false, `${named} is issued twice`);
          assertEquals(dot.counter, (held.clock.get(dot.actor) ?? 0) + 1);
          issued.add(named);
        }
        return true;
      });
    },
  ),
  random("V12", "a container refuses every dot but the next one of its actor", (run) => {
    const counter = fc.integer({ min: 1, max: 5 });
    run.forAll(richContainer, fewActors, counter, (held, actor, counter) => {
      const next = (held.clock.get(actor) ?? 0) + 1;
      const issue = () => write(held, FRESH, { actor, counter }, version("v"));
      if (counter === next) issue();
      else assertThrows(issue, RangeError, `${next} comes next`);
      return true;
    });
  }),
  example(
    "V12",
    "a container refuses a dot that the context has seen: its record is not what it was",
    () => {
      const dot = { actor: actor("a"), counter: 1 };
      assertThrows(
        () => write(EMPTY, clockOf({ a: 1 }), dot, version("v")),
        RangeError,
        "the context has seen 1",
      );
    },
  ),
  example("V13", "no put counts beyond 2^53-1, and great counters give unlike leaves", () => {
    const a = actor("a");
    const full: Container = { clock: clockOf({ a: MAX_COUNTER }), siblings: [] };
    const beyond = { actor: a, counter: MAX_COUNTER + 1 };
    assertThrows(() => write(full, FRESH, beyond, version("v")), RangeError);
    const counters = [MAX_COUNTER, MAX_COUNTER - 1, 2 ** 32, 2 ** 32 - 1, 1];
    const leaves = counters.map((n) =>
      containerDigest(objectName("", "k"), { clock: clockOf({ a: n }), siblings: [] })
    );
    assertEquals(new Set(leaves).size, 5);
    assertThrows(() => increment(full.clock, a), RangeError, "below 2^53-1");
  }),
];
