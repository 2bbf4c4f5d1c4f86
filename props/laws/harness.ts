/**
 * Laws of the suite itself: what must be true of laws, so that they are worth believing. The laws that they are about are
 * made up here, and most of them are broken on purpose.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { rotorSiblings } from "../adapters.ts";
import { counterexamples } from "../counterexamples.ts";
import { actor, CONTAINERS, histories, play } from "../generators.ts";
import { everyHistory } from "../kit/histories.ts";
import { check, report, table } from "../kit/report.ts";
import { TWO_REPLICAS } from "../kit/sibling_laws.ts";
import { smallStates } from "../kit/siblings.ts";
import {
  example,
  exhaustive,
  hold,
  type Law,
  LawBroken,
  LawFaulty,
  negative,
  NoSuchCase,
  random,
  type RunOptions,
} from "../law.ts";
import { show } from "../oracle_events.ts";
import { everyWrites } from "../plain_writes.ts";

/** A law whose predicate says `said` of every number. */
function saying(said: unknown): Law {
  return random("X1", "a law that says something", (run) => {
    run.forAll(fc.nat(), () => said as true);
  });
}

/** Numbers are less than `bound`, whatever stands beside them. */
function lessThan(bound: number): Law {
  const beside = fc.dictionary(fc.string(), fc.nat());
  return random("X2", 'numbers are "less" than a bound', (run) => {
    run.forAll(fc.array(fc.nat({ max: 10_000 })), beside, (numbers, _beside) => {
      const great = numbers.find((number) => number >= bound);
      if (great !== undefined) throw new Error(`${bound} wanted at most, got ${great}`);
      return true;
    });
  });
}

/** How a law is broken. */
function breakageOf(law: Law, options: Parameters<typeof hold>[1] = {}): LawBroken {
  try {
    hold(law, options);
  } catch (error) {
    if (error instanceof LawBroken) return error;
    throw error;
  }
  throw new Error(`${law.name}: it should be broken`);
}

/** T1, T6, T7 and T9. */
export const laws: readonly Law[] = [
  random(
    "T1",
    "a law that is held twice from one seed sees the same cases in the same order",
    (run) => {
      run.forAll(fc.integer(), (seed) => {
        const [one, other] = [0, 1].map(() => {
          const cases: unknown[] = [];
          const law = random("X3", "a law that remembers", (run) => {
            run.forAll(histories(), fc.double(), (...drawn) => cases.push(drawn) > 0 as true);
          });
          hold(law, { runs: 20, seed });
          return JSON.stringify(cases);
        });
        assertEquals(one, other);
        return true;
      });
    },
    { runs: 20 },
  ),
  random("T1", "a history that is played twice gives the same containers", (run) => {
    run.forAll(histories({ maxLength: 40 }), (history) => {
      const [one, other] = [0, 1].map(() => play(history, CONTAINERS).every.map(show));
      assertEquals(one, other);
      return true;
    });
  }),
  ...counterexamples.map(({ ids, name, replay, bug }) =>
    example(`T6 ${ids.join(" ")}`, `never again: ${name}`, () => {
      replay(rotorSiblings);
      assertThrows(() => replay(bug), Error, "wanted", "the case shows its bug no more");
    })
  ),
  exhaustive("T7", "searches through a small scope look at as many cases as they say", () => {
    const historiesOf = (length: number) => [...everyHistory(TWO_REPLICAS, length)].length;
    assertEquals([1, 2, 3, 4].map(historiesOf), [12, 144, 1728, 20_736]);
    assertEquals([1, 2, 3, 4].map((length) => everyWrites(length).length), [6, 36, 216, 1296]);
    assertEquals(smallStates([actor("a"), actor("b")]).length, 21);
  }),
  exhaustive(
    "T9",
    "a predicate that says anything but true breaks its law, undefined above all",
    () => {
      for (const said of [undefined, false, null, 0, 1, "true", {}, Promise.resolve(true)]) {
        const broken = breakageOf(saying(said));
        assertEquals(broken.reason, `A law returns true or throws, got ${said}`);
      }
      hold(saying(true));
    },
  ),
  example("T9", "a check that answers false, or that somebody must wait for, is no check", () => {
    for (const said of [false, Promise.resolve()]) {
      const law = example("X4", "a law that answers", () => said as unknown as undefined);
      assertThrows(() => hold(law), LawFaulty, "a check throws, and waits for nothing");
    }
  }),
  example(
    "T9",
    "a law that draws nothing, or twice, or without a number of runs, or that finds and does not show, is no law",
    () => {
      const nothing = random("X5", "a law that draws nothing", () => {});
      assertThrows(() => hold(nothing), LawFaulty, "it has runs, but draws nothing");
      const twice = random("X6", "a law that draws twice", (run) => {
        for (const _ of [1, 2]) run.forAll(fc.nat(), () => true);
      });
      assertThrows(() => hold(twice), LawFaulty, "it draws twice");
      const none = negative("X7", "a law without runs", (run) => run.forAll(fc.nat(), () => true));
      assertThrows(() => hold(none), LawFaulty, "it draws cases, but has no number of runs");
      const skipped = random("X8", "a law that skips all", (run) => {
        run.forAll(fc.nat(), () => fc.pre(false) as never);
      });
      assertThrows(() => hold(skipped), LawFaulty, "cases were skipped");
      const silent = negative("X11", "a law that has found something, and keeps it", () => {});
      assertThrows(() => hold(silent), LawFaulty, "shows nothing");
    },
  ),
  example("T9", "what would check nothing, or never end, is refused in words", () => {
    const refused = (options: RunOptions, said: string) => {
      assertThrows(() => hold(lessThan(1), options), RangeError, said);
      assertThrows(() => check([lessThan(1)], options), RangeError, said);
    };
    for (const runs of [NaN, 0, -1, 1.5, Infinity, 1e9 + 1]) {
      refused({ runs }, `runs: a whole number from 1 to 1000000000 wanted, got ${runs}`);
    }
    for (const seed of [NaN, 0.5, Infinity, 2 ** 31, -(2 ** 31) - 1]) {
      refused({ seed }, `seed: a whole number from -2147483648 to 2147483647 wanted, got ${seed}`);
    }
    for (const path of ["", "garbage", "1:", "-1", "1e3"]) {
      refused({ seed: 1, path }, `numbers with colons between wanted, as in 3:1, got "${path}"`);
    }
    assertThrows(() => check([]), RangeError, "at least one wanted, got none");
    for (const holding of [hold, (law: Law, options: RunOptions) => check([law], options)]) {
      const far = { seed: 1, path: "0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0" };
      assertThrows(() => holding(lessThan(1), far), NoSuchCase, "no case of this law has the path");
    }
  }),
  random(
    "T9",
    "a law that is broken prints one command, which plays the same smallest case again",
    (run) => {
      run.forAll(fc.integer(), fc.integer({ min: 1, max: 500 }), (seed, bound) => {
        const law = lessThan(bound);
        const broken = breakageOf(law, { seed });
        assertEquals(broken.breakage.smallest, `[[${bound}],{}]`);
        const commands = [
          ...broken.message.matchAll(/deno task props "(.*)" --seed (.*) --path (.*)/g),
        ];
        assertEquals(commands.length, 1, broken.message);
        const [, title, printed, path] = commands[0] as unknown as [string, string, string, string];
        assertEquals(JSON.parse(`"${title}"`), `${law.ids[0]} ${law.name}`);
        const again = breakageOf(law, { seed: Number(printed), path });
        assertEquals(again.breakage.smallest, broken.breakage.smallest);
        assertEquals(again.reason, broken.reason);
        assertEquals(again.breakage.after, 1);
        return true;
      });
    },
    { runs: 50 },
  ),
  example("T9", "a case is called the smallest only if a smaller one was looked for", () => {
    const usual = fc.readConfigureGlobal();
    try {
      for (
        const [endOnFailure, said] of [[false, "smallest case"], [
          true,
          "first case that fails",
        ]] as const
      ) {
        fc.configureGlobal({ ...usual, endOnFailure });
        assertMatch(
          breakageOf(lessThan(100), { seed: 1 }).message,
          new RegExp(`^  ${said}, after`, "m"),
        );
        const [outcome] = report([lessThan(100)], { seed: 1 });
        assertMatch(table([outcome!]), new RegExp(`^ +${said}: `, "m"));
      }
    } finally {
      fc.configureGlobal(usual);
    }
  }),
  example(
    "T9",
    "a law that is broken without drawing says so too, with the command that holds it again",
    () => {
      const law = example("X9", "a law that throws", () => {
        throw new Error("two wanted, got one");
      });
      const { message, breakage } = breakageOf(law);
      assert(message.includes("does not hold: two wanted, got one"), message);
      assert(message.endsWith('deno task props "X9 a law that throws"'), message);
      assertEquals(Object.keys(breakage), ["cause"]);
    },
  ),
  example(
    "T9",
    "a law that draws nothing is held the same, however many runs are asked for",
    () => {
      let held = 0;
      hold(example("X10", "a law that counts", () => void held++), { runs: 1000, seed: 1 });
      assertEquals(held, 1);
    },
  ),
];
