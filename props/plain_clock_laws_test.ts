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
import { nodeId, nodeOf } from "../src/id.ts";
import {
  type PlainClock,
  plainDescends,
  plainMerge,
  plainPut,
  type PlainVersion,
  reconcile,
  truncate,
} from "../src/version/plain_clock.ts";
import { type Act, type Algebra, CONTAINERS, histories, type History, play } from "./generators.ts";
import { EVENT_SETS, eventName, liveEventsOf } from "./oracle_events.ts";

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

/** The histories of `length` over these acts. */
function everyHistory(acts: readonly Act[], length: number): History[] {
  if (length === 0) return [[]];
  return everyHistory(acts, length - 1).flatMap((history) => acts.map((act) => [...history, act]));
}

Deno.test("V11 negative: plain clocks lose an acknowledged write in two steps, two blind puts through one node", () => {
  const acts = [0, 1].flatMap((at): Act[] => [
    { kind: "put", at, seen: null },
    { kind: "put", at, seen: 0 },
    { kind: "sync", from: 1 - at, to: at },
  ]);
  assertEquals(everyHistory(acts, 1).filter(loses), []);
  const blind = (at: number): Act => ({ kind: "put", at, seen: null });
  const lossy = everyHistory(acts, 2).filter(loses);
  assert(lossy.some((history) => JSON.stringify(history) === JSON.stringify([blind(0), blind(0)])));
  // All that lose are of this one form: a blind put over a put, at the same node.
  assert(
    lossy.every(([first, second]) =>
      first?.kind === "put" && second?.kind === "put" && first.at === second.at &&
      second.seen === null
    ),
  );
});

Deno.test("V11 negative: where plain clocks lose a write, containers with dots lose none", () => {
  let lost = 0;
  fc.assert(
    fc.property(histories({ lossless: true }), (history) => {
      if (loses(history)) lost++;
      const truth = play(history, EVENT_SETS).replicas;
      return play(history, CONTAINERS).replicas.every((held, i) =>
        `${liveEventsOf(held)}` === `${[...truth[i]!.live].sort()}`
      );
    }),
    { numRuns: 300, seed: 1 },
  );
  assert(lost > 30, `many histories in which plain clocks lose wanted, got ${lost}`);
});

// ---- Truncation. Here each client is its own node and knows its own last version, so that nothing but the cut can fail.

/** A write by `client`, which has read its own last version and, unless null, the version of `seen` writes ago. */
interface Write {
  readonly client: number;
  readonly seen: number | null;
}

/** A written version: its clock, and in truth which earlier ones it descends from. */
interface Written {
  readonly clock: PlainClock;
  readonly past: ReadonlySet<number>;
}

/** Writes one after another. `nowMs` is the client's clock at a write; `limit` cuts clocks before they are stored. */
function writeAll(
  writes: readonly Write[],
  { nowMs = (_client: number, at: number) => at, limit = Infinity, ownToo = true } = {},
): Written[] {
  const all: Written[] = [];
  for (const [at, { client, seen }] of writes.entries()) {
    const own = ownToo ? writes.slice(0, at).findLastIndex((write) => write.client === client) : -1;
    const other = seen === null ? -1 : at - 1 - seen;
    const read = [own, other].filter((index) => index >= 0);
    const put = {
      value: at,
      context: plainMerge(read.map((index) => all[index]!.clock)),
      node: nodeId("abcd"[client]!),
      nowMs: nowMs(client, at),
      limit,
    };
    const [{ clock }] = plainPut<number>([], put) as [PlainVersion<number>];
    all.push({ clock, past: new Set([at, ...read.flatMap((index) => [...all[index]!.past])]) });
  }
  return all;
}

/** Pairs (x, y) such that the clock of x seems to descend from that of y and in truth x does not. */
function falseDominance(all: readonly Written[], seems = (clock: PlainClock) => clock): number {
  return all.flatMap((x) =>
    all.filter((y, i) => !x.past.has(i) && plainDescends(seems(x.clock), seems(y.clock)))
  ).length;
}

/** Pairs (x, y) such that x descends from y and its clock does not say so. */
function falseConcurrency(all: readonly Written[], seems = (clock: PlainClock) => clock): number {
  return all.flatMap((x) =>
    all.filter((y, i) => x.past.has(i) && !plainDescends(seems(x.clock), seems(y.clock)))
  ).length;
}

const writes: fc.Arbitrary<Write[]> = fc.array(
  fc.record({ client: fc.nat({ max: 3 }), seen: fc.option(fc.nat({ max: 4 }), { freq: 4 }) }),
  { maxLength: 12, size: "max" },
);

/** All sequences of `length` writes by three clients, each of whom has read nothing else, or the newest. */
function everyWrites(length: number): Write[][] {
  if (length === 0) return [[]];
  return everyWrites(length - 1).flatMap((before) =>
    [0, 1, 2].flatMap((client) => [null, 0].map((seen) => [...before, { client, seen }]))
  );
}

Deno.test("V11 a cut clock has at most as many pairs as the limit: the newest ones", () => {
  fc.assert(
    fc.property(
      writes,
      fc.integer({ min: 1, max: 4 }),
      (writes, limit) =>
        writeAll(writes).every(({ clock }) => {
          const kept = truncate(clock, limit);
          const times = [...clock.values()].map(({ lastMs }) => lastMs).sort((a, b) => b - a);
          const keptTimes = [...kept.values()].map(({ lastMs }) => lastMs).sort((a, b) => b - a);
          return kept.size === Math.min(limit, clock.size) &&
            `${keptTimes}` === `${times.slice(0, limit)}` &&
            [...kept].every(([node, entry]) => clock.get(node) === entry);
        }),
    ),
    { numRuns: 300 },
  );
});

Deno.test("V11 uncut, a clock of clients that know their own writes says exactly what descends from what", () => {
  fc.assert(
    fc.property(writes, (writes) => {
      const all = writeAll(writes);
      return falseDominance(all) === 0 && falseConcurrency(all) === 0;
    }),
    { numRuns: 300 },
  );
});

Deno.test("V11 cutting true clocks by true times invents no dominance", () => {
  const limits = [1, 2, 3];
  const none = (writes: readonly Write[]) =>
    limits.every((limit) => falseDominance(writeAll(writes), (c) => truncate(c, limit)) === 0);
  for (const writes of everyWrites(4)) assert(none(writes), JSON.stringify(writes));
  fc.assert(fc.property(writes, none), { numRuns: 300 });
});

Deno.test("V11 cutting to two pairs does make ancestors look concurrent: found in three writes, not in two", () => {
  const found = (length: number) =>
    everyWrites(length).filter((writes) =>
      falseConcurrency(writeAll(writes), (clock) => truncate(clock, 2)) > 0
    );
  assertEquals(found(2), []);
  const chain = [0, 1, 2].map((client) => ({ client, seen: client === 0 ? null : 0 }));
  assert(found(3).some((writes) => JSON.stringify(writes) === JSON.stringify(chain)));
});

Deno.test("V11 negative: one wall clock that is behind, and a cut version is lost to its own ancestor", () => {
  const nowMs = (client: number, at: number) => at - (client === 0 ? 1000 : 0);
  const found = (length: number) =>
    everyWrites(length).filter((writes) =>
      falseDominance(writeAll(writes, { nowMs }), (clock) => truncate(clock, 2)) > 0
    );
  assertEquals(found(2), []);
  assert(found(3).length > 0);
});

Deno.test("V11 negative: a node whose pair was cut counts from 1 again, and an ancestor seems the descendant", () => {
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
});
