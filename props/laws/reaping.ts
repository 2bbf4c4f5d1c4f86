/**
 * Why settling is as it is: the rule by itself, in a small model, and what comes of every weaker one.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { exhaustive, type Law, negative } from "../law.ts";
import { type Reaping, search } from "../reaping_model.ts";

/** The rule, at M = D = 1: one tick less of the gap or of the grave is too little. */
const RULE: Reaping = {
  asks: "all twice",
  ...{ m: 1, d: 1, gap: 3, grave: 2 },
  hops: "never",
  vows: false,
  takesOldBoot: false,
  messages: 2,
};

/** The ten weaker ways, each by what it does. */
const WEAKER: Readonly<Record<string, Partial<Reaping>>> = {
  "each replica reaps by itself": { asks: "nobody" },
  "all replicas agreed once, and a copy was kept for one": { asks: "replicas once" },
  "everybody agreed once, and a copy was under way": { asks: "all once" },
  "those who may keep copies are not asked": { asks: "replicas twice" },
  "messages may be of any age": { m: null },
  "the second round begins M + D after the first": { gap: 2, messages: 3 },
  "no grave": { grave: 0, messages: 3 },
  "a grave for M": { grave: 1, messages: 3 },
  "copies that are kept wander": { hops: "wander" },
  "a new process takes what was sent to the last": { takesOldBoot: true, messages: 3 },
};

/** S16, S17. */
export const laws: readonly Law[] = [
  exhaustive(
    "S17 S16",
    "by the rule nothing comes back, in a model at M = D = 1, with restarts",
    () => {
      const { states, way } = search({ ...RULE, messages: 3 });
      assertEquals(way, []);
      assert(states > 20_000, `${states}`);
    },
  ),
  negative("S17", "each of the ten weaker ways of reaping brings something back", (run) => {
    for (const [what, weaker] of Object.entries(WEAKER)) {
      const { way } = search({ ...RULE, ...weaker });
      assert(way.length > 0, `S17: nothing comes back, though ${what}`);
      run.note(`${what}: ${way.join("; ")}`);
    }
  }),
  negative(
    "S17 S16",
    "who keeps a copy may be written to, and send what comes of it on: only the vow keeps that from coming back",
    (run) => {
      const written: Reaping = { ...RULE, hops: "written upon" };
      const { way } = search(written);
      assert(way.length > 0);
      run.note(way.join("; "));
      assertEquals(search({ ...written, vows: true }).way, []);
    },
  ),
];
