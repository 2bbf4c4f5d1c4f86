/**
 * The laws of siblings (paper, section 4.4), for any implementation of them: merge is a join, nothing is lost, and nothing
 * comes back. Histories drive the implementation and the oracle (`event_sets.ts`) alike.
 *
 * @module
 */
import { exhaustive, type Law, random, type Run } from "../law.ts";
import { demand, demandEqual, inCase } from "./demand.ts";
import { EVENT_SETS, eventName, type EventSets, maximalEvents } from "./event_sets.ts";
import {
  type Act,
  type EventName,
  everyHistory,
  histories,
  type History,
  pick,
  picks,
  type PlayedHistory,
  type PlayedWrite,
  playWrites,
  showHistory,
} from "./histories.ts";
import { siblingStories } from "./sibling_stories.ts";
import { joinFailure, type SiblingImplementation, smallStates } from "./siblings.ts";

/** All that two replicas can do in one step, with clients who have read nothing, the newest, or what was before it. */
export const TWO_REPLICAS: readonly Act[] = [0, 1].flatMap((at): Act[] => [
  { kind: "put", at, seen: null },
  { kind: "put", at, seen: 0 },
  { kind: "put", at, seen: 1 },
  { kind: "sync", from: 1 - at, to: at },
  { kind: "lose", at, back: null },
  { kind: "lose", at, back: 2 },
]);

/**
 * The laws that siblings keep: D1 to D8, D11 to D14, D16 and D17, as far as they can be said of what is implemented.
 *
 * @example The oracle keeps them
 * ```ts
 * import { siblingLaws } from "./sibling_laws.ts";
 * import { EVENT_SETS, type EventSets } from "./event_sets.ts";
 * import { hold } from "../law.ts";
 *
 * const values = new Map<string, string>();
 * const laws = siblingLaws<EventSets>({
 *   ...EVENT_SETS,
 *   put: (held, seen, write) => {
 *     values.set(JSON.stringify([write.actor, write.counter]), write.value);
 *     return EVENT_SETS.put(held, seen, write);
 *   },
 *   values: ({ live }) => [...live].map((event) => values.get(event)!),
 *   show: ({ seen, live }) => `${[...seen].sort()} | ${[...live].sort()}`,
 * });
 * for (const law of laws) hold(law, { runs: 50 });
 * ```
 */
export function siblingLaws<Held>(implementation: SiblingImplementation<Held>): Law[] {
  const laws = [
    ...truthLaws(implementation),
    ...joinLaws(implementation),
    ...putLaws(implementation),
    ...siblingStories(implementation),
  ];
  if (implementation.of) {
    laws.push(...smallScopeLaws(implementation, implementation.of.bind(implementation)));
  }
  const number = ({ ids }: Law) => Number(ids[0]!.slice(1));
  return laws.sort((a, b) => number(a) - number(b));
}

/** A history, played by the implementation and by the oracle. */
class Twice<Held> {
  readonly real: PlayedHistory<Held>;
  readonly truth: PlayedHistory<EventSets>;
  readonly #store: SiblingImplementation<Held>;
  readonly #values: ReadonlyMap<string, string>;

  constructor(history: History, store: SiblingImplementation<Held>) {
    this.#store = store;
    this.real = playWrites(history, store, store.actorName);
    this.truth = playWrites(history, EVENT_SETS, store.actorName);
    this.#values = new Map(
      this.truth.writes.map(({ write }) => [eventName(write), write.value]),
    );
  }

  /** The values of events, sorted. */
  valuesOf(events: Iterable<string>): string[] {
    return [...events].map((event) => this.#values.get(event)!).sort();
  }

  /** Demands that a state is what the truth says of it. */
  agree(held: Held, { seen, live }: EventSets, what: () => string): true {
    const values = this.#store.values(held);
    demandEqual([...values].sort(), this.valuesOf(live), () => `values ${what()}`);
    const events = this.#store.events?.(held);
    if (!events) return true;
    const names = [events.seen, events.live].map((list) => list.map(eventName));
    demandEqual(names[0]!.sort(), [...seen].sort(), () => `events seen ${what()}`);
    const written = names[1]!.map((event) => this.#values.get(event));
    return demandEqual(written, values, () => `the values of the live events ${what()}`);
  }
}

function truthLaws<Held>(store: SiblingImplementation<Held>): Law[] {
  const agree = (history: History) => {
    const twice = new Twice(history, store);
    for (const [moment, held] of twice.real.every.entries()) {
      twice.agree(held, twice.truth.every[moment]!, () => `after step ${moment}`);
    }
    return true as const;
  };
  return [
    exhaustive(
      "D1",
      "siblings are as explicit event sets say in every short history of two replicas",
      () => {
        let count = 0;
        for (let length = 1; length <= 4; length++) {
          for (const history of everyHistory(TWO_REPLICAS, length)) {
            inCase(() => agree(history), () => showHistory(history));
            count++;
          }
        }
        demandEqual(count, 12 + 12 ** 2 + 12 ** 3 + 12 ** 4, () => "histories");
      },
    ),
    random(
      "D1",
      "siblings are as explicit event sets say in long histories of three replicas",
      (run) => {
        run.forAll(histories({ maxLength: 40 }), agree);
      },
    ),
    random(
      "D7",
      "the live versions are those that no seen write overwrote: exactly the concurrent ones",
      (run) => {
        run.forAll(histories({ maxLength: 25 }), (history) => {
          const twice = new Twice(history, store);
          for (const [moment, { seen }] of twice.truth.every.entries()) {
            const wanted = twice.valuesOf(maximalEvents(seen, twice.truth));
            const values = [...store.values(twice.real.every[moment]!)].sort();
            demandEqual(values, wanted, () => `values after step ${moment}`);
          }
          return true;
        });
      },
    ),
    random(
      "D13",
      "replicas that have seen the same hold the same, anywhere in a history",
      (run) => {
        run.forAll(histories({ maxLength: 25 }), (history) => {
          const { real, truth } = new Twice(history, store);
          const bySeen = new Map<string, string>();
          for (const [moment, { seen }] of truth.every.entries()) {
            const events = [...seen].sort().join();
            const shown = store.show(real.every[moment]!);
            demandEqual(shown, bySeen.get(events) ?? shown, () => `a state after step ${moment}`);
            bySeen.set(events, shown);
          }
          return true;
        });
      },
    ),
    random("D14", "replicas that have exchanged everything, in any order, hold the same", (run) => {
      run.forAll(histories({ lossless: true }), picks(6), (history, order) => {
        const played = new Twice(history, store).real;
        const sync = (a: Held, b: Held) => store.sync(a, b);
        // What a replica held before adds nothing to what the replicas hold now.
        const shuffled = [...pick(played, order), ...played.replicas].reverse();
        const [one, other] = [shuffled, played.replicas].map((all) => store.show(all.reduce(sync)));
        return demandEqual(one, other, () => "merged in another order");
      });
    }),
  ];
}

function joinLaws<Held>(store: SiblingImplementation<Held>): Law[] {
  const show = (held: Held) => store.show(held);
  return [
    random(
      "D2",
      "sync is commutative, associative and idempotent, and the empty state is its unit",
      (run) => {
        run.forAll(histories(), picks(3), (history, order) => {
          const held = () => pick(new Twice(history, store).real, order) as [Held, Held, Held];
          const [[a, b, c], [again]] = [held(), held()];
          const sync = (x: Held, y: Held) => store.sync(x, y);
          const same = (x: Held, y: Held, what: string) =>
            demandEqual(show(x), show(y), () => what);
          same(sync(a, b), sync(b, a), "sync is commutative");
          same(sync(sync(a, b), c), sync(a, sync(b, c)), "sync is associative");
          same(sync(a, again), a, "sync is idempotent");
          same(sync(a, store.empty), a, "the empty state adds nothing");
          return same(sync(store.empty, a), a, "to the empty state all is added");
        });
      },
    ),
    random(
      "D3",
      "sync keeps a version unless the other side has seen it and holds it no more",
      (run) => {
        forSyncs(run, store, (twice, joined, truth) =>
          demandEqual(
            [...store.values(joined)].sort(),
            twice.valuesOf(truth.live),
            () => "values after sync",
          ));
      },
    ),
    random("D8", "sync makes no version up, and has seen what either has seen", (run) => {
      forSyncs(run, store, (twice, joined, truth, [a, b]) => {
        const known = [...store.values(a), ...store.values(b)];
        const values = store.values(joined);
        demand(values.every((value) => known.includes(value)), () => `made up: ${values}`);
        demandEqual(new Set(values).size, values.length, () => "values, each once");
        return twice.agree(joined, truth, () => "after sync");
      });
    }),
    random("D17", "sync depends on the two states alone, and changes neither", (run) => {
      run.forAll(histories(), picks(2), (history, order) => {
        const held = () => pick(new Twice(history, store).real, order) as [Held, Held];
        const [[a, b], [c, d]] = [held(), held()];
        const before = [a, b].map(show);
        const first = show(store.sync(a, b));
        store.sync(b, a);
        demandEqual([a, b].map(show), before, () => "the arguments of sync");
        demandEqual(show(store.sync(a, b)), first, () => "the same sync again");
        return demandEqual(show(store.sync(c, d)), first, () => "sync of equal states");
      });
    }),
  ];
}

/** Checks `law` on the syncs of two states that one history reached. */
function forSyncs<Held>(
  run: Run,
  store: SiblingImplementation<Held>,
  law: (twice: Twice<Held>, joined: Held, truth: EventSets, of: [Held, Held]) => true,
): void {
  run.forAll(histories(), picks(2), (history, order) => {
    const twice = new Twice(history, store);
    const [a, b] = pick(twice.real, order) as [Held, Held];
    const [x, y] = pick(twice.truth, order) as [EventSets, EventSets];
    return law(twice, store.sync(a, b), EVENT_SETS.sync(x, y), [a, b]);
  });
}

function putLaws<Held>(store: SiblingImplementation<Held>): Law[] {
  /** Checks `law` on every write of histories. */
  const forPuts = (
    run: Run,
    law: (done: PlayedWrite<Held>, truth: PlayedWrite<EventSets>, twice: Twice<Held>) => true,
  ) =>
    run.forAll(histories(), (history) => {
      const twice = new Twice(history, store);
      return twice.real.writes.every((done, i) => law(done, twice.truth.writes[i]!, twice)) as true;
    });
  /** Values that are live at the coordinator before the put, by what its client knows of them. */
  const kept = ({ held, seen }: PlayedWrite<EventSets>) =>
    [...held.live].filter((event) => !seen?.seen.has(event));
  return [
    random(
      "D4",
      "a put is newer than all it knew: what it covers is gone, the rest stays, it is there",
      (run) => {
        forPuts(run, ({ after, write }, truth, twice) => {
          const wanted = [...twice.valuesOf(kept(truth)), write.value].sort();
          demandEqual([...store.values(after)].sort(), wanted, () => `values after ${write.value}`);
          return twice.agree(after, truth.after, () => `after ${write.value}`);
        });
      },
    ),
    random(
      "D5",
      "a blind put takes nothing away, though it goes through the same coordinator",
      (run) => {
        forPuts(run, ({ held, seen, after, write }) => {
          const values = store.values(after);
          const lost = seen === null ? store.values(held).filter((v) => !values.includes(v)) : [];
          return demandEqual(lost, [], () => `taken away by ${write.value}`);
        });
      },
    ),
    random(
      "D16",
      "a stale context never takes a version away that its client has not seen",
      (run) => {
        forPuts(run, ({ after, write }, truth, twice) => {
          const values = store.values(after);
          const lost = twice.valuesOf(kept(truth)).filter((value) => !values.includes(value));
          return demandEqual(lost, [], () => `taken away by ${write.value}, unseen`);
        });
      },
    ),
  ];
}

function smallScopeLaws<Held>(
  store: SiblingImplementation<Held>,
  of: NonNullable<SiblingImplementation<Held>["of"]>,
): Law[] {
  const actorName = store.actorName ?? ((replica, life) => `${replica}${life}`);
  const states = smallStates([actorName("a", 1), actorName("b", 1)]);
  const make = (valueOf: (event: EventName) => string) =>
    states.map(({ seen, live }) => () =>
      of(
        seen,
        live.map((event) => ({ ...event, value: valueOf(event), deletes: false })),
      )
    );
  return [
    exhaustive(
      "D3",
      "sync keeps what the other has not seen or holds too: on every pair of a small scope",
      () => {
        demandEqual(states.length, 21, () => "states of three events");
        const held = make(eventName);
        for (const [i, a] of states.entries()) {
          for (const [j, b] of states.entries()) {
            const [x, y] = [a, b].map((state): EventSets => ({
              seen: new Set(state.seen.map(eventName)),
              live: new Set(state.live.map(eventName)),
            })) as [EventSets, EventSets];
            const [one, other] = [held[i]!(), held[j]!()];
            inCase(() => {
              const joined = store.sync(one, other);
              const truth = EVENT_SETS.sync(x, y);
              demandEqual([...store.values(joined)].sort(), [...truth.live].sort(), () => "values");
              const seen = store.events?.(joined).seen.map(eventName).sort();
              if (seen) demandEqual(seen, [...truth.seen].sort(), () => "events seen");
            }, () => `${store.show(one)} and ${store.show(other)}`);
          }
        }
      },
    ),
    exhaustive(
      "D17",
      "sync is a join on every triple of a small scope, also where two writes are one client's",
      () => {
        const failure = joinFailure(make(eventName), store);
        demand(failure === null, () => `${failure}`);
        // The first events of both actors have one value: one put that was coordinated twice.
        const twins = joinFailure(make(({ counter }) => (counter === 1 ? "twin" : "other")), store);
        demand(twins === null, () => `of twins, ${twins}`);
      },
    ),
  ];
}
