/**
 * The laws of the history and its fold. Histories are grown at random by sites that know different
 * parts of them, with clocks that lie; the oracle reads them by sorting and counting.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Digest, type NodeId, nodeId, type Position } from "../../src/id.ts";
import { found } from "../../src/membership/found.ts";
import { fold, History, type Taking } from "../../src/membership/history.ts";
import {
  ChangeError,
  checkChange,
  historyDigest,
  makeRevision,
} from "../../src/protocol/canonical.ts";
import type { Change, Move, Revision, Step } from "../../src/protocol/change.ts";
import { equalEnds } from "../../src/ring/partition.ts";
import { type Law, random } from "../law.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random("G2", "one id, one content: no field of a change can be altered under its id", (run) => {
    run.forAll(someGrown, fc.nat(), fc.nat(7), (grown, which, field) => {
      if (grown.length === 0) return true;
      const { change } = grown[which % grown.length]!;
      checkChange(change);
      const other = ("\x7f".repeat(16)) as Digest;
      const forged: Revision = [
        { ...change, cluster: other },
        { ...change, height: change.height + 1 },
        { ...change, parents: [other] },
        { ...change, base: other },
        { ...change, author: NODES[3]! },
        { ...change, wallMs: change.wallMs + 1 },
        { ...change, steps: [...change.steps, { kind: "stay" as const, node: NODES[0]! }] },
        { ...change, moves: [] as Move[], id: change.moves.length === 0 ? other : change.id },
      ][field]!;
      assertThrows(() => checkChange(forged), ChangeError);
      const taking = History.of(GENESIS).take([forged]);
      assertEquals(taking.kind, "refused");
      return true;
    });
  }, { runs: 400 }),
  random("G3", "a status is a function of the fold, and out is for ever", (run) => {
    const seen = new Sometimes();
    run.forAll(someGrown, (grown) => {
      seen.begin();
      // The oracle: one table of arrows, one count of who is in.
      const status = new Map<NodeId, string>(NODES.slice(0, 2).map((node) => [node, "in"]));
      const placed = new Map(NODES.slice(0, 2).map((node) => [node, { zone: "", weight: 1 }]));
      const everOut = new Set<NodeId>();
      const go = (node: NodeId, arrows: Record<string, string>) => {
        const to = arrows[status.get(node) ?? "absent"];
        if (to === undefined) return;
        const others = [...status].filter(([other, is]) => other !== node && is === "in");
        if (to !== "in" && others.length === 0 && status.get(node) === "in") return; // void
        status.set(node, to);
        if (to === "out") everOut.add(node);
      };
      for (const { steps } of dumbOrder(grown)) {
        for (const step of steps) {
          const [was, old] = "node" in step
            ? [status.get(step.node) ?? "absent", placed.get(step.node)]
            : ["absent", undefined];
          if (step.kind === "join" && was === "absent") {
            placed.set(step.node, { zone: step.zone, weight: step.weight });
          }
          if (step.kind === "zone" && old && was !== "out") {
            placed.set(step.node, { ...old, zone: step.zone });
          }
          if (step.kind === "weight" && old && was !== "out") {
            placed.set(step.node, { ...old, weight: step.weight });
          }
          if (step.kind === "join") go(step.node, { absent: "in" });
          if (step.kind === "leave") go(step.node, { in: "leaving" });
          if (step.kind === "stay") go(step.node, { leaving: "in" });
          if (step.kind === "left" || step.kind === "remove") {
            go(step.node, { in: "out", leaving: "out" });
          }
          if (step.kind === "replace" && status.has(step.old)) {
            if (!placed.has(step.new)) placed.set(step.new, placed.get(step.old)!);
            go(step.new, { absent: "in" });
            go(step.old, { in: "leaving" });
          }
          for (const node of everOut) assertEquals(status.get(node), "out");
        }
      }
      const view = fold(whole(grown));
      assertEquals([...view.status].sort(), [...status].sort());
      for (const [node, member] of placed) {
        assertEquals(view.members.get(node), { node, ...member });
      }
      for (const is of status.values()) seen.saw(is);
      return true;
    });
    seen.demand(400, { in: 400, leaving: 50, out: 50 });
  }, { runs: 400 }),
  random(
    "G3",
    "n of a bucket and owner of a token are those of the last change in order",
    (run) => {
      run.forAll(someGrown, (grown) => {
        const view = fold(whole(grown));
        const order = [...GENESIS.moves, ...dumbOrder(grown).flatMap(({ moves }) => moves)];
        const owner = (end: Position) =>
          order.filter(({ position }) => position === end).at(-1)!.node;
        const owned = ENDS.map(owner);
        const active = NODES.filter((node) => view.status.get(node) === "in");
        const anyActive = owned.some((node) => node !== null && active.includes(node));
        const wanted = anyActive ? owned : ENDS.map((_, i) => active[i % active.length]!);
        assertEquals(ENDS.map((end) => view.owners.get(end)), wanted);
        const nvals = dumbOrder(grown).flatMap(({ steps }) => steps)
          .filter((step) => step.kind === "nval");
        for (const { bucket } of nvals) {
          const last = nvals.filter((step) => step.bucket === bucket).at(-1)!;
          assertEquals(view.nvals.get(bucket), last.n);
        }
        return true;
      });
    },
    { runs: 400 },
  ),
  random(
    "G7",
    "members are sorted and never none, and the digest is that of the changes",
    (run) => {
      run.forAll(someGrown, (grown) => {
        const history = whole(grown);
        const view = fold(history);
        const sorted = [...view.members.keys()].sort();
        assertEquals([...view.members.keys()], sorted);
        assertEquals([...view.status.keys()], sorted);
        assertEquals(
          view.ring.active.map(({ node }) => node),
          sorted.filter((node) => view.status.get(node) === "in"),
        );
        assertEquals(
          history.digest,
          historyDigest([...grown.map(({ change }) => change), GENESIS]),
        );
        return true;
      });
    },
    { runs: 400 },
  ),
  random(
    "G16",
    "a change is read after all that its author knew, whatever the clocks say",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someGrown, (grown) => {
        seen.begin();
        const order = whole(grown).ordered().map(({ id }) => id);
        for (const { change, known } of grown) {
          const place = order.indexOf(change.id);
          for (const id of known) assert(order.indexOf(id) < place, "read before what it knew");
          const later = grown.filter((other) =>
            known.has(other.change.id) && other.change.wallMs > change.wallMs
          );
          seen.saw("a change knew one with a later clock", later.length);
        }
        return true;
      });
      seen.demand(400, { "a change knew one with a later clock": 50 });
    },
    { runs: 400 },
  ),
  random(
    "G17",
    "any order, batching, duplication and restart of delivery: same digest, same ring",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someDelivery, ({ grown, keys, batch }) => {
        seen.begin();
        const twice: { change: Change; key: number }[] = [...grown, ...grown].map((
          { change },
          i,
        ) => ({
          change,
          key: keys[i % keys.length]! + i,
        }));
        const queue = twice.sort((a, b) => a.key - b.key).map(({ change }) => change);
        let history = History.of(GENESIS);
        while (queue.length > 0) {
          const offered = queue.splice(0, batch);
          const before = history;
          const taking = history.take(offered);
          if (taking.kind === "missing") { // nothing of it was kept: bring what is missing, too
            assertEquals(history.digest, before.digest);
            for (const id of taking.parents) assert(!history.changes.has(id));
            queue.push(...offered);
            const bring = grown.filter(({ change }) => taking.parents.includes(change.id));
            queue.unshift(...bring.map(({ change }) => change), ...offered);
            batch = Math.max(batch, queue.length); // all at once cannot lack anything
            seen.saw("a batch before its parents");
            continue;
          }
          const after = taken(taking);
          for (const change of after.changes.values()) {
            for (const id of change.kind === "genesis" ? [] : change.parents) {
              assert(after.changes.has(id), "a parent is missing");
            }
          }
          history = History.from([...after.changes.values()].reverse()); // as a restart does
        }
        assertEquals(told(history), told(whole(grown)));
        return true;
      });
      seen.demand(400, { "a batch before its parents": 20 });
    },
    { runs: 400 },
  ),
  random("G30", "the ring is never empty, whatever leaves and removes meet", (run) => {
    const seen = new Sometimes();
    const anybodyGoes = fc.array(
      fc.record({
        kind: fc.constantFrom("commit" as const, "hear" as const),
        site: fc.nat(2),
        from: fc.nat(2),
        wallMs: fc.constant(0),
        moves: someMoves,
        steps: fc.array(
          fc.record({
            kind: fc.constantFrom("leave" as const, "left" as const),
            node: someNode,
          }),
          { minLength: 1, maxLength: 2 },
        ),
      }),
      { maxLength: 8, size: "max" },
    ).map(grow);
    run.forAll(fc.oneof(someGrown, anybodyGoes), (grown) => {
      seen.begin();
      const { ring, status } = fold(whole(grown));
      assert(ring.active.length > 0);
      for (const end of ring.ends) {
        assertEquals(ring.owners(end, 2).length, Math.min(2, ring.active.length));
      }
      if (ring.active.length === 1 && [...status.values()].includes("out")) {
        seen.saw("one node left");
      }
      return true;
    });
    seen.demand(400, { "one node left": 10 });
  }, { runs: 400 }),
  random("R5", "the ring is a function of the set of changes", (run) => {
    run.forAll(someGrown, fc.infiniteStream(fc.nat()), (grown, keys) => {
      const shuffled = grown.map(({ change }) => ({ change, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key).map(({ change }) => change);
      assertEquals(told(History.from([...shuffled, GENESIS])), told(whole(grown)));
      return true;
    });
  }, { runs: 400 }),
];

fc.configureGlobal({ numRuns: 400 });

const NODES = ["a", "b", "c", "d"].map(nodeId);
const ENDS = equalEnds(4);
const GENESIS = found({
  partitions: 4,
  replicas: 2,
  members: NODES.slice(0, 2).map((node) => ({ node, zone: "", weight: 1 })),
});

const someNode = fc.constantFrom(...NODES);
const someZone = fc.constantFrom("", "east", "west");
const someWeight = fc.integer({ min: 1, max: 3 });
const someStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("join"), node: someNode, zone: someZone, weight: someWeight }),
  fc.record({ kind: fc.constantFrom("leave", "leave", "stay", "left"), node: someNode }),
  fc.record({ kind: fc.constant("remove"), node: someNode, acceptLoss: fc.boolean() }),
  fc.record({ kind: fc.constant("replace"), old: someNode, new: someNode })
    .filter((step) => step.old !== step.new),
  fc.record({ kind: fc.constant("weight"), node: someNode, weight: someWeight }),
  fc.record({ kind: fc.constant("zone"), node: someNode, zone: someZone }),
  fc.record({
    kind: fc.constant("nval"),
    bucket: fc.constantFrom("k", "l"),
    n: fc.integer({ min: 1, max: 4 }),
  }),
) as fc.Arbitrary<Step>;
const someMoves: fc.Arbitrary<Move[]> = fc.uniqueArray(
  fc.record({ position: fc.constantFrom(...ENDS), node: fc.option(someNode) }),
  { selector: ({ position }) => position, maxLength: 4 },
);

/** What the sites of a cluster did: sites commit on what they know, or hear what another knows. */
const someLife = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("commit" as const),
      site: fc.nat(2),
      steps: fc.array(someStep, { maxLength: 3 }),
      moves: someMoves,
      wallMs: fc.constantFrom(0, 1, 2 ** 40, 2 ** 50), // clocks lie by decades
    }),
    fc.record({ kind: fc.constant("hear" as const), site: fc.nat(2), from: fc.nat(2) }),
  ),
  { maxLength: 14, size: "max" },
);

/** A change, and the ids of all that its author knew. */
interface Grown {
  readonly change: Revision;
  readonly known: ReadonlySet<Digest>;
}

/** The history after a batch that must be taken. */
function taken(taking: Taking): History {
  if (taking.kind !== "taken") throw new Error(`taken wanted, got ${taking.kind}`);
  return taking.history;
}

/** Lives the life; gives every change that was ever made. */
function grow(life: (typeof someLife) extends fc.Arbitrary<infer T> ? T : never): Grown[] {
  const sites = [0, 1, 2].map(() => History.of(GENESIS));
  const grown: Grown[] = [];
  for (const act of life) {
    const site = sites[act.site]!;
    if (act.kind === "hear") {
      sites[act.site] = taken(site.take([...sites[act.from]!.changes.values()]));
      continue;
    }
    const { steps, moves, wallMs } = act;
    const change = makeRevision({ ...site.next(), author: NODES[0]!, wallMs, steps, moves });
    // Two sites that know the same and do the same make the same change.
    if (!grown.some((other) => other.change.id === change.id)) {
      grown.push({ change, known: new Set(site.changes.keys()) });
    }
    sites[act.site] = taken(site.take([change]));
  }
  return grown;
}

const someGrown = someLife.map(grow);

/** The history of all changes. */
function whole(grown: readonly Grown[]): History {
  return History.from([GENESIS, ...grown.map(({ change }) => change)]);
}

/** What a fold says, as plain data. */
function told(history: History) {
  const { status, members, nvals, owners, ring } = fold(history);
  return {
    digest: history.digest,
    heads: history.heads,
    status: [...status],
    members: [...members],
    nvals: [...nvals],
    owners: [...owners].sort(),
    active: ring.active,
    lists: ring.ends.map((end) => ring.walk(end)),
  };
}

/** Order, by its definition. */
function dumbOrder(grown: readonly Grown[]): Revision[] {
  const earlier = (a: Revision, b: Revision) =>
    a.height !== b.height ? a.height < b.height : a.id < b.id;
  return grown.map(({ change }) => change).sort((a, b) => earlier(a, b) ? -1 : 1);
}

/** Deals changes out into batches, some of them twice, in an order that a seed gives. */
const someDelivery = fc.record({
  grown: someGrown,
  keys: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  batch: fc.integer({ min: 1, max: 5 }),
});
