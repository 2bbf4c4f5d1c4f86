/**
 * Laws of the causal container: merge is a join, nothing is lost and nothing comes back. The oracle is a container of
 * explicit sets of events (`oracle_events.ts`), and histories with losses, restores and late messages drive both.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { containerDigest } from "../src/version/digest.ts";
import {
  type Container,
  EMPTY,
  holds,
  sync,
  type Version,
  write,
} from "../src/version/siblings.ts";
import { covers, FRESH, merge, order } from "../src/version/version_vector.ts";
import {
  type Act,
  actor,
  type Algebra,
  CONTAINERS,
  containers,
  histories,
  type History,
  objectName,
  pick,
  picks,
  play,
  type PlayedPut,
  version,
} from "./generators.ts";
import { EVENT_SETS, eventsOf, liveEventsOf, maximalEvents, show } from "./oracle_events.ts";

const RUNS = { numRuns: 300 };

/** Checks `law` on every put of histories. */
function forPuts(law: (put: PlayedPut<Container>) => boolean): void {
  fc.assert(
    fc.property(histories(), (history) => play(history, CONTAINERS).puts.every(law)),
    RUNS,
  );
}

/** Checks `law` on containers that one history reached, as many as `law` takes. */
function forContainers(count: number, law: (...held: Container[]) => boolean): void {
  fc.assert(fc.property(containers(count), (held) => law(...held)), RUNS);
}

function text(version: Version): string {
  return String.fromCharCode(...version.content);
}

/** All histories of `length` of these acts. */
function* everyHistory(acts: readonly Act[], length: number): Generator<History> {
  if (length === 0) return yield [];
  for (const history of everyHistory(acts, length - 1)) {
    for (const act of acts) yield [...history, act];
  }
}

/** Everything that two replicas can do in one step, with clients who have seen nothing, the newest, or what was before. */
const TWO_REPLICAS: readonly Act[] = [0, 1].flatMap((at): Act[] => [
  ...[null, 0, 1].map((seen): Act => ({ kind: "put", at, seen })),
  { kind: "sync", from: 1 - at, to: at },
  { kind: "lose", at, back: null },
  { kind: "lose", at, back: 2 },
]);

/** True if the real containers of a history agree with event sets at every moment. */
function agrees(history: History, algebra: Algebra<Container> = CONTAINERS): boolean {
  const real = play(history, algebra);
  const truth = play(history, EVENT_SETS);
  return real.every.every((container, i) => {
    const { seen, live } = truth.every[i]!;
    return `${eventsOf(container)}` === `${[...seen].sort()}` &&
      `${liveEventsOf(container)}` === `${[...live].sort()}`;
  });
}

Deno.test("D1 containers agree with explicit event sets at every moment of every short history", () => {
  let count = 0;
  for (const history of everyHistory(TWO_REPLICAS, 4)) {
    assert(agrees(history), JSON.stringify(history));
    count++;
  }
  assertEquals(count, 12 ** 4);
});

Deno.test("D1 containers agree with explicit event sets in long histories of three replicas", () => {
  fc.assert(fc.property(histories({ maxLength: 40 }), (history) => agrees(history)), RUNS);
});

Deno.test("D1 negative: a put that merges {actor: counter} in loses the actor's earlier versions", () => {
  // One blind put after another through the same coordinator: the failure that dots are there to prevent.
  const careless: Algebra<Container> = {
    ...CONTAINERS,
    put: (held, seen, dot, version) =>
      sync(sync(held, { clock: seen?.clock ?? FRESH, siblings: [] }), {
        clock: new Map([[dot.actor, dot.counter]]),
        siblings: [{ dot, version }],
      }),
  };
  const blind: Act = { kind: "put", at: 0, seen: null };
  assert(!agrees([blind, blind], careless));
});

Deno.test("D4 a put is newer than all it knew: what it covers is gone, the rest stays, it is there itself", () => {
  forPuts(({ dot, version, held, seen, after }) => {
    const context = seen?.clock ?? FRESH;
    const kept = held.siblings.filter(({ dot }) => !covers(context, dot));
    return order(after.clock, held.clock) === "after" && order(after.clock, context) === "after" &&
      covers(after.clock, dot) && after.siblings.length === kept.length + 1 &&
      kept.every(({ dot }) => holds(after, dot)) &&
      after.siblings.find((sibling) =>
          sibling.dot.actor === dot.actor && sibling.dot.counter === dot.counter
        )
          ?.version === version;
  });
});

Deno.test("D5 a blind put takes nothing away, though it goes through the same coordinator", () => {
  forPuts(({ held, seen, after }) =>
    seen !== null || held.siblings.every(({ dot }) => holds(after, dot))
  );
  const a1 = write(EMPTY, FRESH, { actor: actor("a"), counter: 1 }, version("Mary's"));
  const a2 = write(a1, FRESH, { actor: actor("a"), counter: 2 }, version("Peter's"));
  assertEquals(a2.siblings.map(({ version }) => text(version)), ["Mary's", "Peter's"]);
});

Deno.test("D5 Mary and Peter: v1, Peter reads, Mary writes v2 blind, Peter writes v3 over v1: {v2, v3}", () => {
  const at = (counter: number) => ({ actor: actor("a"), counter });
  const v1 = write(EMPTY, FRESH, at(1), version("v1"));
  const peterHasSeen = v1.clock;
  const v2 = write(v1, FRESH, at(2), version("v2"));
  const v3 = write(v2, peterHasSeen, at(3), version("v3"));
  assertEquals(v3.siblings.map(({ version }) => text(version)), ["v2", "v3"]);
  const reconciled = write(v3, v3.clock, at(4), version("v4"));
  assertEquals(reconciled.siblings.map(({ version }) => text(version)), ["v4"]);
  assertEquals(sync(reconciled, v2), reconciled);
});

Deno.test("D6 two interleaved read-modify-write clients never see more than two siblings, and lose nothing", () => {
  // A client is 0 or 1 by turns of reading and writing; it coordinates through either of two replicas, and reads both.
  const turn = fc.record({ client: fc.nat({ max: 1 }), at: fc.nat({ max: 1 }) });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 60, size: "max" }), (turns) => {
      const replicas = [EMPTY, EMPTY];
      const counters = [0, 0];
      const hasRead: (Container | null)[] = [null, null];
      const done = [new Set<string>(), new Set<string>()]; // what each client's last value says was done
      let total = 0;
      for (const { client, at } of turns) {
        const seen = hasRead[client];
        if (!seen) {
          hasRead[client] = sync(replicas[0]!, replicas[1]!);
          if (hasRead[client]!.siblings.length > 2) return false;
          continue;
        }
        const value = new Set(seen.siblings.flatMap(({ version }) => text(version).split(",")));
        value.add(`${total++}`);
        const dot = { actor: actor("ab"[at]!), counter: ++counters[at]! };
        const after = write(replicas[at]!, seen.clock, dot, version([...value].join()));
        replicas[at] = after;
        replicas[1 - at] = sync(replicas[1 - at]!, after);
        if (after.siblings.length > 2) return false;
        done[client] = value;
        hasRead[client] = null;
      }
      const end = sync(replicas[0]!, replicas[1]!);
      const kept = new Set(end.siblings.flatMap(({ version }) => text(version).split(",")));
      return Array.from({ length: total }, (_, i) => `${i}`).every((write) => kept.has(write));
    }),
    { numRuns: 200 },
  );
});

Deno.test("D7 the live versions are those that no seen put overwrote: exactly the concurrent ones", () => {
  fc.assert(
    fc.property(histories({ maxLength: 25 }), (history) => {
      const real = play(history, CONTAINERS);
      const truth = play(history, EVENT_SETS);
      return real.every.every((container, i) =>
        `${liveEventsOf(container)}` === `${maximalEvents(truth.every[i]!.seen, truth)}`
      );
    }),
    RUNS,
  );
});

Deno.test("D8 sync makes no version up, and its clock is the merge of the clocks", () => {
  forContainers(2, (a, b) => {
    const joined = sync(a, b);
    return joined.siblings.every(({ dot }) => holds(a, dot) || holds(b, dot)) &&
      joined.siblings.length <= a.siblings.length + b.siblings.length &&
      `${eventsOf(joined)}` === `${eventsOf({ clock: merge(a.clock, b.clock), siblings: [] })}`;
  });
});

Deno.test("D8 every container keeps its invariants: siblings sorted, once each, covered by the clock", () => {
  fc.assert(
    fc.property(
      histories({ maxLength: 30 }),
      (history) =>
        play(history, CONTAINERS).every.every(({ clock, siblings }) =>
          siblings.every(({ dot }, i) => {
            const last = siblings[i - 1]?.dot;
            const ascends = !last || last.actor < dot.actor ||
              (last.actor === dot.actor && last.counter < dot.counter);
            return ascends && covers(clock, dot);
          })
        ),
    ),
    RUNS,
  );
});

Deno.test("D11 duplicates are one, a later one supersedes, a common successor supersedes a concurrent pair", () => {
  const [a, b] = ["a", "b"].map((node) => (counter: number) => ({ actor: actor(node), counter }));
  const left = write(EMPTY, FRESH, a!(1), version("left"));
  const right = write(EMPTY, FRESH, b!(1), version("right"));
  const later = write(left, left.clock, a!(2), version("later"));
  const both = sync(left, right);
  const successor = write(both, both.clock, a!(2), version("successor"));
  assertEquals(sync(left, { ...left }), left);
  assertEquals(sync(left, later), later);
  assertEquals(sync(later, left), later);
  assertEquals(both.siblings.length, 2);
  for (const old of [left, right, both]) assertEquals(sync(old, successor), successor);
});

Deno.test("D12 two puts of the same bytes are two versions until one is overwritten", () => {
  const same = version("same");
  const one = write(EMPTY, FRESH, { actor: actor("a"), counter: 1 }, same);
  const two = write(one, FRESH, { actor: actor("a"), counter: 2 }, same);
  const other = write(EMPTY, FRESH, { actor: actor("b"), counter: 1 }, same);
  assertEquals(two.siblings.length, 2);
  assertEquals(sync(one, other).siblings.length, 2);
  assertNotEquals(
    containerDigest(objectName("b", "k"), one),
    containerDigest(objectName("b", "k"), other),
  );
});

Deno.test("D13 equal clocks mean equal versions and equal digests, anywhere in a history", () => {
  const name = objectName("b", "k");
  fc.assert(
    fc.property(histories({ maxLength: 25 }), (history) => {
      const byClock = new Map<string, Container>();
      return play(history, CONTAINERS).every.every((container) => {
        const clock = `${eventsOf(container)}`;
        const other = byClock.get(clock) ?? container;
        byClock.set(clock, container);
        return show(container) === show(other) &&
          containerDigest(name, container) === containerDigest(name, other);
      });
    }),
    RUNS,
  );
});

Deno.test("D14 replicas that have exchanged everything in any order hold the same", () => {
  fc.assert(
    fc.property(histories({ lossless: true }), picks(6), (history, order) => {
      const played = play(history, CONTAINERS);
      // What a replica held before adds nothing to what the replicas hold now.
      const shuffled = [...pick(played, order), ...played.replicas].reverse();
      return show(shuffled.reduce(sync)) === show(played.replicas.reduce(sync));
    }),
    RUNS,
  );
});

Deno.test("D16 a stale context never takes a version away that its client has not seen", () => {
  forPuts(({ held, seen, after }) =>
    held.siblings.every(({ dot }) => covers(seen?.clock ?? FRESH, dot) || holds(after, dot))
  );
});

Deno.test("Sometimes: histories reach siblings, tombstones, and pairs of every ordering", () => {
  const samples = fc.sample(containers(2), { numRuns: 2000, seed: 1 });
  const share = (holds: (pair: Container[]) => boolean) =>
    samples.filter(holds).length / samples.length;
  const ordering = (want: string) => share(([a, b]) => order(a!.clock, b!.clock) === want);
  const atLeast = (least: number, got: number, what: string) =>
    assert(got >= least, `${what}: a share of ${least} wanted, got ${got}`);
  atLeast(0.1, ordering("equal"), "equal");
  atLeast(0.1, ordering("before"), "before");
  atLeast(0.1, ordering("after"), "after");
  atLeast(0.1, ordering("concurrent"), "concurrent");
  atLeast(0.3, share(([a]) => a!.siblings.length >= 2), "siblings");
  atLeast(0.1, share(([a]) => a!.siblings.length >= 3), "three siblings");
  atLeast(0.1, share(([a]) => a!.siblings.some((s) => s.version.tombstone)), "tombstones");
  atLeast(0.1, share(([a]) => [...a!.clock.values()].some((n) => n >= 2)), "a second event");
  const lives = (...held: Container[]) => new Set(held.flatMap(liveEventsOf)).size;
  atLeast(0.1, share(([a, b]) => lives(a!, b!) > lives(sync(a!, b!))), "a sync that drops");
});
