/**
 * The laws of whole clusters in worlds on a seed (`src/sim/`): everything goes wrong at chosen and at random moments, every
 * step is audited, every answer of a client recorded; then a core is healed and must come to rest, serve and agree; then
 * everybody is well, and exactly what must be there is there.
 *
 * `rotor simulate` runs the same worlds, as many as one likes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkSessions, inversions } from "../../src/sim/checker.ts";
import { Node } from "../../src/node.ts";
import type { Effect } from "../../src/protocol/effect.ts";
import type { Event, Now } from "../../src/protocol/event.ts";
import { draw } from "../../src/sim/draw.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { simulate } from "../../src/sim/simulate.ts";
import { SOMETIMES } from "../../src/sim/sometimes.ts";
import { traceDigest } from "../../src/sim/trace.ts";
import { World } from "../../src/sim/world.ts";
import { type Law, negative, schedule } from "../law.ts";
import { Sometimes } from "./sometimes.ts";

const WORLDS = 300;
/** What a world of the budget must come to on average, in steps of nodes. */
const LEAST_STEPS = 2_000;
/** A seed is no case that can be smaller: `rotor simulate --minimise` makes a world smaller, by its plan. */
const seeds = fc.noBias(fc.noShrink(fc.nat()));

/** The laws of this file. */
export const laws: readonly Law[] = [
  schedule(
    "S1 S2 S3 S4 S5 S6 S9 S11 S12 S14 S15 S20 V12 V14 V15 V16 Q10 Q12 Q14 Q16 Q18 M18 RR4 RR5 H3 M10 M11 M16 T3 T4",
    "any world on a seed keeps every law, and worlds together take every rare path",
    (run) => {
      const seen = new Sometimes();
      let steps = 0;
      run.forAll(seeds, (seed) => {
        seen.begin();
        const report = simulate(draw(seed));
        for (const { law, what } of report.breaches) {
          throw new Error(`${law}: ${what} (rotor simulate --seed ${seed})`);
        }
        for (const [what, times] of report.counts) seen.saw(what, times);
        steps += report.steps;
        return true;
      });
      seen.demand(WORLDS, Object.fromEntries(SOMETIMES.map((what) => [what, 1])));
      if (run.runs >= WORLDS && steps < run.runs * LEAST_STEPS) {
        throw new Error(`T8: ${run.runs * LEAST_STEPS} steps of nodes wanted, got ${steps}`);
      }
    },
    { runs: WORLDS },
  ),
  schedule(
    "T1",
    "a world on a seed gives the same trace twice, byte for byte",
    (run) => {
      run.forAll(seeds, (seed) => {
        const plan = draw(seed, { operations: 60 });
        const [first, second] = [traceDigest(plan), traceDigest(plan)];
        if (first !== second) throw new Error(`T1: seed ${seed} gives ${first} and then ${second}`);
        return true;
      });
    },
    { runs: 20 },
  ),
  schedule(
    "T2",
    "what a machine of a world did, a bare node does too, given the same events at the same times",
    (run) => {
      run.forAll(seeds, (seed) => {
        const plan = draw(seed, { operations: 40 });
        const lives = new Map<string, { readonly node: Node; readonly steps: Told[] }>();
        const world = new World(plan);
        simulate(plan, {
          onlooker: {
            stepping({ id, boot, now }, event) {
              const life = `${id} ${boot}`;
              if (!lives.has(life)) {
                lives.set(life, { node: new Node(world.optionsOf(id)), steps: [] });
              }
              return (effects) => void lives.get(life)!.steps.push({ now, event, effects });
            },
          },
        });
        for (const [life, { node, steps }] of lives) {
          for (const { now, event, effects } of steps) {
            assertEquals(node.step(event, now), effects, `T2: ${life} at ${now.monoMs}`);
          }
        }
        return true;
      });
    },
    { runs: 20 },
  ),
  negative(
    "S20",
    "without a session's context a client goes back in time, under strict quorums and without one fault, too",
    (run) => {
      const found = firstOf((seed) => {
        const plan = quiet(draw(seed));
        const { config: { n, r, w } } = plan.shape;
        if (
          r! + w! <= n! || plan.intents.some(({ kind, quorum }) => kind === "get" && quorum < r!)
        ) {
          return null;
        }
        const { history } = simulate(plan);
        const [inversion] = inversions(history, () => true);
        return inversion ? { seed, history, inversion, quorums: `N ${n}, R ${r}, W ${w}` } : null;
      });
      const { reader, missing } = found.inversion;
      run.note(
        `seed ${found.seed}, ${found.quorums}: client ${reader.client} read ${missing} and later did not`,
      );
      // The very same clients with session contexts: the law that judges them finds nothing.
      const judged = checkSessions(found.history, []);
      if (judged.length > 0) throw new Error(`S20: judged without a session: ${judged[0]!.what}`);
    },
  ),
  negative(
    "S7 Q2",
    "where R + W does not exceed N a read misses what was acknowledged before, and it is said how long",
    (run) => {
      const found = firstOf((seed) => {
        const plan = quiet(draw(seed));
        const { n, r, w } = plan.shape.config;
        if (r! + w! > n!) return null;
        const { staleness } = simulate(plan);
        return staleness.stale > 0 ? { seed, staleness } : null;
      });
      const { reads, stale, longestMs } = found.staleness;
      run.note(`seed ${found.seed}: ${stale} of ${reads} reads, by ${Math.round(longestMs)} ms`);
      if (longestMs <= 0) throw new Error(`S7: a stale read must be stale by some time`);
    },
  ),
];

/** One step of a machine. */
interface Told {
  readonly now: Now;
  readonly event: Event;
  readonly effects: readonly Effect[];
}

/** The same world, in which nothing is ever broken: messages and disks are only slow, each as it is. */
function quiet(plan: Plan): Plan {
  const { shape, weather, intents } = plan;
  return {
    ...plan,
    shape: { ...shape, clients: shape.clients.map(() => ({ session: false })) },
    weather: { ...weather, loss: 0, duplicates: 0, storeFailures: 0, fetchFailures: 0 },
    intents: intents.map((intent) => ({ ...intent, timeoutMs: 10_000 })),
    faults: [],
    broken: [],
  };
}

/** The first seed that shows something. */
function firstOf<Found>(look: (seed: number) => Found | null): Found {
  for (let seed = 0; seed < 500; seed++) {
    const found = look(seed);
    if (found !== null) return found;
  }
  throw new Error("500 seeds do not show it");
}
