/**
 * Laws of what the generators make: enough of everything that laws are about. A generator that goes stale (no more
 * siblings, say) would leave laws that look at nothing and hold.
 *
 * Samples are of one seed, so that these laws are no matter of chance.
 *
 * @module
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { type Container, sync } from "../../src/version/siblings.ts";
import { order } from "../../src/version/version_vector.ts";
import { clock, containers, histories, type History, picks } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { liveEventsOf } from "../oracle_events.ts";

const SAMPLE = { numRuns: 2000, seed: 1 };

/** Demands that at least a share of a sample is so. */
function atLeast<T>(least: number, what: string, samples: readonly T[], is: (one: T) => boolean) {
  const share = samples.filter(is).length / samples.length;
  assert(share >= least, `${what}: a share of ${least} wanted, got ${share}`);
}

/** T8. */
export const laws: readonly Law[] = [
  example("T8", "histories reach siblings, tombstones, and pairs of every ordering", () => {
    const samples = fc.sample(containers(2), SAMPLE) as [Container, Container][];
    for (const want of ["equal", "before", "after", "concurrent"]) {
      atLeast(0.1, want, samples, ([a, b]) => order(a.clock, b.clock) === want);
    }
    atLeast(0.3, "siblings", samples, ([a]) => a.siblings.length >= 2);
    atLeast(0.1, "three siblings", samples, ([a]) => a.siblings.length >= 3);
    atLeast(0.1, "tombstones", samples, ([a]) => a.siblings.some((s) => s.version.tombstone));
    atLeast(0.1, "a second event", samples, ([a]) => [...a.clock.values()].some((n) => n >= 2));
    const lives = (...held: Container[]) => new Set(held.flatMap(liveEventsOf)).size;
    atLeast(0.1, "a sync that drops", samples, ([a, b]) => lives(a, b) > lives(sync(a, b)));
  }),
  example(
    "T8",
    "histories have every kind of act, blind clients, stale ones, and many are as long as may be",
    () => {
      const samples = fc.sample(histories(), SAMPLE);
      const some = (is: (act: History[number]) => boolean) => (history: History) =>
        history.some(is);
      for (const kind of ["put", "sync"]) {
        atLeast(0.8, kind, samples, some((act) => act.kind === kind));
      }
      for (const kind of ["delete", "late", "lose"]) {
        atLeast(0.4, kind, samples, some((act) => act.kind === kind));
      }
      atLeast(0.6, "blind", samples, some((act) => act.kind === "put" && act.seen === null));
      atLeast(0.5, "stale", samples, some((act) => act.kind === "put" && (act.seen ?? 0) >= 2));
      atLeast(0.4, "long", samples, (history) => history.length === 16);
      atLeast(0.01, "short", samples, (history) => history.length <= 2);
    },
  ),
  example(
    "T8",
    "clocks at random stand to one another in every way, and have great counts too",
    () => {
      const samples = fc.sample(fc.tuple(clock, clock), SAMPLE);
      for (const [want, least] of [["equal", 0.005], ["before", 0.05], ["after", 0.05]] as const) {
        atLeast(least, want, samples, ([a, b]) => order(a, b) === want);
      }
      atLeast(0.3, "concurrent", samples, ([a, b]) => order(a, b) === "concurrent");
      atLeast(0.2, "great counts", samples, ([a]) => [...a.values()].some((n) => n >= 2 ** 31));
    },
  ),
  example("T8", "picks of a history are often two of one, and often far apart", () => {
    const samples = fc.sample(picks(2), SAMPLE);
    atLeast(0.1, "the same", samples, ([a, b]) => a === b);
    atLeast(0.1, "far apart", samples, ([a, b]) => Math.abs(a! - b!) >= 5);
  }),
];
