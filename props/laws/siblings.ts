/**
 * Laws of the causal container: the kit's laws of siblings, held against rotor's, and what rotor promises beyond them. The
 * oracle is two sets of events (`kit/event_sets.ts`).
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { sameDot } from "../../src/id.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY, holds, sync, write } from "../../src/version/siblings.ts";
import { covers, FRESH, merge, order } from "../../src/version/version_vector.ts";
import { rotorSiblings } from "../adapters.ts";
import {
  actor,
  type Algebra,
  CONTAINERS,
  containers,
  histories,
  type History,
  objectName,
  play,
  version,
} from "../generators.ts";
import { everyHistory, showHistory } from "../kit/histories.ts";
import { siblingLaws, TWO_REPLICAS } from "../kit/sibling_laws.ts";
import { example, type Law, negative, random } from "../law.ts";
import { EVENT_SETS, eventsOf, liveEventsOf, show } from "../oracle_events.ts";

/** A put that merges `{actor: counter}` in, as if the actor's earlier events were known with it. */
const CARELESS: Algebra<Container> = {
  ...CONTAINERS,
  put: (held, seen, dot, version) =>
    sync(sync(held, { clock: seen?.clock ?? FRESH, siblings: [] }), {
      clock: new Map([[dot.actor, dot.counter]]),
      siblings: [{ dot, version }],
    }),
};

/** True if the containers of a history agree with event sets at every moment. */
function agrees(history: History, algebra: Algebra<Container>): boolean {
  const real = play(history, algebra);
  const truth = play(history, EVENT_SETS);
  return real.every.every((container, i) => {
    const { seen, live } = truth.every[i]!;
    return `${eventsOf(container)}` === `${[...seen].sort()}` &&
      `${liveEventsOf(container)}` === `${[...live].sort()}`;
  });
}

/** D1 to D8, D11 to D14, D16 and D17. */
export const laws: readonly Law[] = [
  ...siblingLaws(rotorSiblings),
  negative(
    "D1",
    "a put that merges {actor: counter} in loses the actor's earlier versions, in two steps",
    (run) => {
      const lossy = (length: number) =>
        [...everyHistory(TWO_REPLICAS, length)].filter((history) => !agrees(history, CARELESS));
      assertEquals(lossy(1), []);
      const smallest = lossy(2)[0]!;
      assertEquals(showHistory(smallest), "put v1 at a, blind; put v2 at a, blind");
      assert(agrees(smallest, CONTAINERS));
      run.note(showHistory(smallest));
    },
  ),
  random(
    "D4",
    "the clock after a put comes after the container's and after the context's",
    (run) => {
      run.forAll(histories(), (history) => {
        for (const { dot, version, held, seen, after } of play(history, CONTAINERS).puts) {
          assertEquals(order(after.clock, held.clock), "after");
          assertEquals(order(after.clock, seen?.clock ?? FRESH), "after");
          assert(covers(after.clock, dot));
          const written = after.siblings.find((sibling) => sameDot(sibling.dot, dot));
          assert(written?.version === version, "the very version that was written must be there");
        }
        return true;
      });
    },
  ),
  random(
    "D8",
    "the clock of a sync is the merge of the clocks, and it holds no dot that neither holds",
    (run) => {
      run.forAll(containers(2), ([a, b]) => {
        const joined = sync(a!, b!);
        assertEquals(joined.clock, merge(a!.clock, b!.clock));
        assert(joined.siblings.every(({ dot }) => holds(a!, dot) || holds(b!, dot)));
        return true;
      });
    },
  ),
  random(
    "D8",
    "every container keeps its invariants: siblings sorted, once each, covered by the clock",
    (run) => {
      run.forAll(histories({ maxLength: 30 }), (history) => {
        for (const { clock, siblings } of play(history, CONTAINERS).every) {
          for (const [i, { dot }] of siblings.entries()) {
            const last = siblings[i - 1]?.dot;
            const ascends = !last || last.actor < dot.actor ||
              (last.actor === dot.actor && last.counter < dot.counter);
            assert(ascends, "dots ascend");
            assert(covers(clock, dot), "the clock covers every dot");
          }
        }
        return true;
      });
    },
  ),
  example("D12", "two writes of the same bytes have unlike digests", () => {
    const [one, other] = ["a", "b"].map((node) =>
      containerDigest(
        objectName("b", "k"),
        write(EMPTY, FRESH, { actor: actor(node), counter: 1 }, version("same")),
      )
    );
    assertNotEquals(one, other);
  }),
  random(
    "D13",
    "equal clocks mean equal versions and equal digests, anywhere in a history",
    (run) => {
      const name = objectName("b", "k");
      run.forAll(histories({ maxLength: 25 }), (history) => {
        const byClock = new Map<string, Container>();
        for (const container of play(history, CONTAINERS).every) {
          const clock = `${eventsOf(container)}`;
          const other = byClock.get(clock) ?? container;
          byClock.set(clock, container);
          assertEquals(show(container), show(other));
          assertEquals(containerDigest(name, container), containerDigest(name, other));
        }
        return true;
      });
    },
  ),
];
