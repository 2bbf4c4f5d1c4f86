/**
 * Laws of what the generators make: enough of everything that laws are about. A generator that goes stale (no more
 * siblings, say) would leave laws that look at nothing and hold.
 *
 * Samples are of one seed, so that these laws are no matter of chance. What is in them is noted: `deno task props T8`.
 *
 * @module
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { type Container, sync } from "../../src/version/siblings.ts";
import { order } from "../../src/version/version_vector.ts";
import { clock, containers, histories, type History, picks } from "../generators.ts";
import { example, type Law, type Run } from "../law.ts";
import { liveEventsOf } from "../oracle_events.ts";

const SAMPLE = { numRuns: 2000, seed: 1 };

/** Classes of what a generator makes: the least share of each, and what belongs to it. One thing may be of several. */
type Classes<T> = Readonly<Record<string, readonly [least: number, is: (one: T) => boolean]>>;

/** Notes how much of a sample is in each class (`deno task props T8` shows it), and demands the least shares. */
function demandShares<T>(run: Run, arbitrary: fc.Arbitrary<T>, classes: Classes<T>): void {
  const shares = new Map<string, number>();
  const labels = (one: T) => Object.keys(classes).filter((label) => classes[label]![1](one));
  fc.statistics(arbitrary, labels, {
    ...SAMPLE,
    logger: (line) => {
      run.note(line);
      const [, label, percent] = line.match(/^([^.]+)\.+([0-9]+\.[0-9]+)%$/) ?? [];
      shares.set(label!, Number(percent) / 100);
    },
  });
  for (const [label, [least]] of Object.entries(classes)) {
    const share = shares.get(label) ?? 0;
    assert(share >= least, `${label}: a share of ${least} wanted, got ${share}`);
  }
}

/** T8. */
export const laws: readonly Law[] = [
  example("T8", "histories reach siblings, tombstones, and pairs of every ordering", (run) => {
    const lives = (...held: Container[]) => new Set(held.flatMap(liveEventsOf)).size;
    type Pair = readonly [Container, Container];
    const isOrdered = (want: string) => ([a, b]: Pair) => order(a.clock, b.clock) === want;
    demandShares(run, containers(2) as fc.Arbitrary<unknown> as fc.Arbitrary<Pair>, {
      equal: [0.1, isOrdered("equal")],
      before: [0.1, isOrdered("before")],
      after: [0.1, isOrdered("after")],
      concurrent: [0.1, isOrdered("concurrent")],
      siblings: [0.3, ([a]) => a.siblings.length >= 2],
      "three siblings": [0.1, ([a]) => a.siblings.length >= 3],
      tombstones: [0.1, ([a]) => a.siblings.some((s) => s.version.tombstone)],
      "a second event": [0.1, ([a]) => [...a.clock.values()].some((n) => n >= 2)],
      "a sync that drops": [0.1, ([a, b]) => lives(a, b) > lives(sync(a, b))],
    });
  }),
  example(
    "T8",
    "histories have every kind of act, blind clients, stale ones, and many are as long as may be",
    (run) => {
      const some = (is: (act: History[number]) => boolean) => (history: History) =>
        history.some(is);
      const has = (kind: string) => some((act) => act.kind === kind);
      demandShares(run, histories(), {
        put: [0.8, has("put")],
        sync: [0.8, has("sync")],
        delete: [0.4, has("delete")],
        late: [0.4, has("late")],
        lose: [0.4, has("lose")],
        blind: [0.6, some((act) => act.kind === "put" && act.seen === null)],
        stale: [0.5, some((act) => act.kind === "put" && (act.seen ?? 0) >= 2)],
        long: [0.4, (history) => history.length === 16],
        short: [0.01, (history) => history.length <= 2],
      });
    },
  ),
  example(
    "T8",
    "clocks at random stand to one another in every way, and have great counts too",
    (run) => {
      demandShares(run, fc.tuple(clock, clock), {
        equal: [0.005, ([a, b]) => order(a, b) === "equal"],
        before: [0.05, ([a, b]) => order(a, b) === "before"],
        after: [0.05, ([a, b]) => order(a, b) === "after"],
        concurrent: [0.3, ([a, b]) => order(a, b) === "concurrent"],
        "great counts": [0.2, ([a]) => [...a.values()].some((n) => n >= 2 ** 31)],
      });
    },
  ),
  example("T8", "picks of a history are often two of one, and often far apart", (run) => {
    demandShares(run, picks(2), {
      "the same": [0.1, ([a, b]) => a === b],
      "far apart": [0.1, ([a, b]) => Math.abs(a! - b!) >= 5],
    });
  }),
];
