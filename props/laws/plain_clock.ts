/**
 * Laws of the paper's plain vector clock (section 4.4): what it is good for, and how it fails. The failures are found by
 * exhaustive search, shortest first, so each stands here with the length of the shortest history that shows it.
 *
 * V11 has two conditions that the paper does not state: that the times in the clocks agree with causality, and that no
 * node counts from 1 again. Under them truncation only makes versions look concurrent that are not; without either of
 * them a version is lost to its own ancestor.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nodeOf } from "../../src/id.ts";
import {
  type PlainClock,
  plainMerge,
  plainPut,
  type PlainVersion,
  reconcile,
  truncate,
} from "../../src/version/plain_clock.ts";
import {
  type Act,
  type Algebra,
  CONTAINERS,
  histories,
  type History,
  play,
} from "../generators.ts";
import { everyHistory, showHistory } from "../kit/histories.ts";
import { type Law, negative, random } from "../law.ts";
import { EVENT_SETS, eventName, liveEventsOf } from "../oracle_events.ts";
import {
  everyWrites,
  falseConcurrency,
  falseDominance,
  type PlainWrite,
  showWrites,
  writeAll,
  writes,
} from "../plain_writes.ts";

/** The paper's versions as an algebra that a history can be played over; a value is its event's name. */
const PLAIN: Algebra<readonly PlainVersion<string>[]> = {
  empty: [],
  sync: (a, b) => reconcile([...a, ...b]),
  put: (held, seen, dot) =>
    plainPut(held, {
      value: eventName(dot),
      context: plainMerge((seen ?? []).map(({ clock }) => clock)),
      node: nodeOf(dot.actor),
      nowMs: 0,
    }),
};

/** True if some replica has lost a version that is live in truth. */
function loses(history: History): boolean {
  const held = play(history, PLAIN).replicas.map((versions) => versions.map(({ value }) => value));
  const truth = play(history, EVENT_SETS).replicas;
  return truth.some(({ live }, i) => [...live].some((event) => !held[i]!.includes(event)));
}

/** What two replicas can do in one step, without losses, and with clients who have read nothing or the newest. */
const ACTS: readonly Act[] = [0, 1].flatMap((at): Act[] => [
  { kind: "put", at, seen: null },
  { kind: "put", at, seen: 0 },
  { kind: "sync", from: 1 - at, to: at },
]);

const toTwo = (clock: PlainClock) => truncate(clock, 2);

/** The sequences of `length` writes, each by one of three clients, that `fails`. */
function found(length: number, fails: (writes: readonly PlainWrite[]) => boolean): PlainWrite[][] {
  return everyWrites(length).filter(fails);
}

/** V11, and what plain clocks are not able to do. */
export const laws: readonly Law[] = [
  negative(
    "V11",
    "plain clocks lose an acknowledged write in two steps: two blind puts through one node",
    (run) => {
      assertEquals([...everyHistory(ACTS, 1)].filter(loses), []);
      const lossy = [...everyHistory(ACTS, 2)].filter(loses);
      const blind = (at: number): Act => ({ kind: "put", at, seen: null });
      assertEquals(lossy[0], [blind(0), blind(0)]);
      // All that lose are of this one form: a blind put over a put, at the same node.
      for (const history of lossy) {
        const at = [0, 1].find((at) => {
          const [first, second] = history;
          return first?.kind === "put" && first.at === at &&
            JSON.stringify(second) === JSON.stringify(blind(at));
        });
        assert(at !== undefined, showHistory(history));
      }
      run.note(showHistory(lossy[0]!));
    },
  ),
  negative("V11", "where plain clocks lose a write, containers with dots lose none", (run) => {
    const tried = fc.sample(histories({ lossless: true }), { numRuns: 300, seed: 1 });
    for (const history of tried) {
      const truth = play(history, EVENT_SETS).replicas;
      for (const [i, held] of play(history, CONTAINERS).replicas.entries()) {
        assertEquals(liveEventsOf(held), [...truth[i]!.live].sort(), showHistory(history));
      }
    }
    const lost = tried.filter(loses).length;
    assert(lost > 30, `many histories in which plain clocks lose wanted, got ${lost}`);
    run.note(`plain clocks lose a write in ${lost} of ${tried.length} histories`);
  }),
  random("V11", "a cut clock has at most as many pairs as the limit: the newest ones", (run) => {
    run.forAll(writes, fc.integer({ min: 1, max: 4 }), (writes, limit) => {
      const newest = (clock: PlainClock) =>
        [...clock.values()].map(({ lastMs }) => lastMs).sort((a, b) => b - a);
      for (const { clock } of writeAll(writes)) {
        const kept = truncate(clock, limit);
        assertEquals(kept.size, Math.min(limit, clock.size));
        assertEquals(newest(kept), newest(clock).slice(0, limit));
        for (const [node, entry] of kept) assert(clock.get(node) === entry, node);
      }
      return true;
    });
  }),
  random(
    "V11",
    "uncut, a clock of clients that know their own writes says exactly what descends from what",
    (run) => {
      run.forAll(writes, (writes) => {
        const all = writeAll(writes);
        assertEquals(falseDominance(all), 0);
        assertEquals(falseConcurrency(all), 0);
        return true;
      });
    },
  ),
  random("V11", "cutting true clocks by true times invents no dominance", (run) => {
    const none = (writes: readonly PlainWrite[]) => {
      for (const limit of [1, 2, 3]) {
        const invented = falseDominance(writeAll(writes), (clock) => truncate(clock, limit));
        assertEquals(invented, 0, `cut to ${limit}: ${showWrites(writes)}`);
      }
      return true as const;
    };
    for (const writes of everyWrites(4)) none(writes);
    run.forAll(writes, none);
  }),
  negative(
    "V11",
    "cutting to two pairs makes ancestors look concurrent: found in three writes, not in two",
    (run) => {
      const fails = (writes: readonly PlainWrite[]) =>
        falseConcurrency(writeAll(writes), toTwo) > 0;
      assertEquals(found(2, fails), []);
      const chain = [0, 1, 2].map((client) => ({ client, seen: client === 0 ? null : 0 }));
      const three = found(3, fails);
      assertEquals(three[0], chain);
      run.note(`cut to two pairs: ${showWrites(three[0]!)}`);
    },
  ),
  negative(
    "V11",
    "one wall clock that is behind, and a cut version is lost to its own ancestor",
    (run) => {
      const nowMs = (client: number, at: number) => at - (client === 0 ? 1000 : 0);
      const fails = (writes: readonly PlainWrite[]) =>
        falseDominance(writeAll(writes, { nowMs }), toTwo) > 0;
      assertEquals(found(2, fails), []);
      const three = found(3, fails).map(showWrites);
      assert(three.length > 0, "three writes wanted");
      run.note(`a's clock is 1 s behind, cut to two pairs: ${three[0]}`);
    },
  ),
  negative(
    "V11",
    "a node whose pair was cut counts from 1 again, and an ancestor seems the descendant",
    (run) => {
      // Clocks are cut where they are stored, and the coordinator knows no more than the version that it replaces.
      const turns = [0, 1, 2, 0, 1].map((client, i) => ({ client, seen: i === 0 ? null : 0 }));
      const all = writeAll(turns, { limit: 2, ownToo: false });
      const counters = (clock: PlainClock) =>
        [...clock].map(([node, { counter }]) => `${node}${counter}`).sort();
      assertEquals(all.map(({ clock }) => counters(clock)), [
        ["a1"],
        ["a1", "b1"],
        ["b1", "c1"],
        ["a1", "c1"],
        ["a1", "b1"], // the fifth version has the clock of the second, and is taken for it
      ]);
      const [, second, , , fifth] = all.map(({ clock }, at) => ({ value: at + 1, clock }));
      assertEquals(reconcile([second!, fifth!]).map(({ value }) => value), [2]);
      run.note(`stored with two pairs: ${showWrites(turns)}; the fifth is lost to the second`);
    },
  ),
];
