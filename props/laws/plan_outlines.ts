/**
 * The laws of what a plan shows: what must move, what may be lost, whose share is how great, and that just this is
 * committed. The oracles move seats one by one, and try every way in which a write can have been acknowledged.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { compare, type NodeId } from "../../src/id.ts";
import { fold, type History } from "../../src/membership/history.ts";
import { lossesOf } from "../../src/membership/losses.ts";
import { outlineOf } from "../../src/membership/outline.ts";
import { sharesOf, widthsOf } from "../../src/membership/shares.ts";
import type { StagedStep } from "../../src/membership/staged_steps.ts";
import { transfersOf, unsettledRanges } from "../../src/membership/transfers.ts";
import { makeRevision } from "../../src/protocol/canonical.ts";
import { type Law, random } from "../law.ts";
import { outOf, ownersServe, registersOf, someCommits, someSoundStep } from "./operations.ts";
import { commit, NODES, someFounding, taken } from "./planned_histories.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G18",
    "when the transfers of a plan are done, exactly the owners serve; nobody gives or takes a range twice, and a new seat asks all",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someFounding, someCommits, someCommits, (founded, earlier, later) => {
        seen.begin();
        const before = commit(founded, earlier);
        const after = commit(before, later);
        // Data has followed some of the changes: those who owned then serve now.
        const serving = ownersServe(before);
        const registers = registersOf(founded, serving);
        const [now, then] = [fold(before).ring, fold(after)];
        const out = outOf(after);
        const n = founded.genesis.replicas;
        const options = { now, then: then.ring, registers, ns: [n], out };
        const transfers = transfersOf(options);
        for (const end of then.ring.ends) {
          const old = (serving.get(now.rangeEnd(end)) ?? []).filter((node) => !out.has(node));
          const servers = new Set(old);
          const [givers, takers]: [NodeId[], NodeId[]] = [[], []];
          const owners = new Set(then.ring.owners(end, n));
          for (const { kind, from, to } of transfers.filter(({ rangeEnd }) => rangeEnd === end)) {
            seen.saw(kind);
            if (kind !== "fill") givers.push(...from);
            if (kind !== "drop") takers.push(...to);
            if (kind === "fill") assertEquals(from, old.toSorted(compare));
            if (kind === "drop") assertEquals(new Set(to), owners);
            if (kind !== "fill") { for (const node of from) assert(servers.delete(node)); }
            if (kind !== "drop") {
              for (const node of to) {
                assert(!servers.has(node));
                servers.add(node);
              }
            }
          }
          assertEquals(servers, owners);
          for (const all of [givers, takers]) assertEquals(new Set(all).size, all.length);
        }
        const { size } = unsettledRanges({ now, registers, ns: [n], out: outOf(before) });
        assertEquals(size, 0, "nothing is on the move where the owners serve");
        return true;
      });
      seen.demand(300, { pass: 300, fill: 200, drop: 20 });
    },
    { runs: 300 },
  ),
  random(
    "G18",
    "a plan says of each range whether a removal loses all of it, or what some W may have acknowledged, or nothing",
    (run) => {
      const seen = new Sometimes();
      const someServers = fc.array(fc.tuple(fc.nat(4), fc.boolean()), {
        maxLength: 4,
        size: "max",
      });
      const someWorld = fc.tuple(fc.array(someServers, { minLength: 6, maxLength: 6 }), someW);
      run.forAll(
        someFounding,
        someWorld,
        fc.subarray(NODES.slice(0, 5)),
        (founded, world, gone) => {
          seen.begin();
          const [servers, w] = world;
          const { ring, genesis: { replicas: n } } = fold(founded);
          const recovering = new Set<string>();
          const serving = new Map(ring.ends.map((end, i) => {
            const drawn = servers[i % servers.length]!;
            const nodes = [...new Map(drawn.map(([which, is]) => [NODES[which]!, is]))].slice(0, n);
            for (const [node, is] of nodes) if (is) recovering.add(`${node} ${end}`);
            return [end, nodes.map(([node]) => node)] as const;
          }));
          const registers = registersOf(founded, serving, recovering);
          const removed = new Set(gone);
          const losses = lossesOf(removed, { ring, registers, ns: [n], w });
          for (const end of ring.ends) {
            const there = serving.get(end)!;
            const found = losses.filter(({ rangeEnd }) => rangeEnd === end);
            const touched = there.some((node) => removed.has(node));
            const sound = there.filter((node) =>
              !removed.has(node) && !recovering.has(`${node} ${end}`)
            );
            const acks = subsetsOf(there, Math.min(w, there.length));
            const missed = acks.some((ack) => !ack.some((node) => sound.includes(node)));
            const expected = !touched
              ? []
              : sound.length === 0
              ? ["lost"]
              : missed
              ? ["doubtful"]
              : [];
            assertEquals(found.map(({ kind }) => kind), expected);
            for (const kind of expected) seen.saw(kind);
            if (touched && expected.length === 0) seen.saw("nothing");
          }
          return true;
        },
      );
      seen.demand(300, { lost: 100, doubtful: 30, nothing: 30 });
    },
    { runs: 300 },
  ),
  random(
    "G18",
    "what a plan shows is what its commit makes, and a plan of anything else has another id",
    (run) => {
      const someSteps = fc.uniqueArray(someSoundStep, {
        minLength: 2,
        maxLength: 4,
        selector: (step) => JSON.stringify(step),
      });
      run.forAll(someFounding, someSteps, fc.nat(), (founded, steps, wallMs) => {
        const author = NODES[0]!;
        const outline = (history: History, steps: readonly StagedStep[]) => {
          const registers = registersOf(founded, ownersServe(founded));
          const roster = { history, view: fold(history), registers };
          return outlineOf({ author, steps, seed: "seed", roster, w: 1 });
        };
        const shown = outline(founded, steps);
        assertEquals(outline(founded, steps).id, shown.id);
        assertEquals(shown.plannedOn, founded.digest);
        const { moves } = shown;
        const change = makeRevision({ ...founded.next(), author, wallMs, steps, moves });
        const after = taken(founded, [change]);
        const view = fold(after);
        assertEquals([...view.owners].sort(), [...shown.after.owners].sort());
        assertEquals(view.status, shown.after.status);
        assertEquals(view.members, shown.after.members);
        for (const end of view.ring.ends) {
          assertEquals(view.ring.walk(end), shown.after.ring.walk(end));
        }
        assertNotEquals(outline(founded, steps.slice(1)).id, shown.id);
        assertNotEquals(outline(founded, steps.toReversed()).id, shown.id);
        assertNotEquals(outline(after, steps).id, shown.id);
        return true;
      });
    },
  ),
  random(
    "R11",
    "the shares that operators are shown tile the ring: together all own it as often as there are seats",
    (run) => {
      run.forAll(someFounding, someCommits, (founded, commits) => {
        const book = commit(founded, commits);
        const { ring, genesis: { replicas: n } } = fold(book);
        // Under strategy 1 ranges split: there data has followed already.
        const serving = ownersServe(founded.genesis.strategy === 1 ? book : founded);
        const registers = registersOf(founded, serving);
        const shares = [...sharesOf({ ring, registers, n }).values()];
        const near = (got: number, want: number) => assert(Math.abs(got - want) < 1e-9, `${got}`);
        near(widthsOf(ring.ends).reduce((sum, width) => sum + width), 1);
        near(shares.reduce((sum, { owns }) => sum + owns, 0), ring.seats(n));
        const count = (of: "takes" | "gives") => shares.reduce((sum, share) => sum + share[of], 0);
        let [takes, gives] = [0, 0];
        for (const end of ring.ends) {
          const servers = serving.get(end) ?? [];
          const owners = ring.owners(end, n);
          takes += owners.filter((node) => !servers.includes(node)).length;
          gives += servers.filter((node) => !owners.includes(node)).length;
        }
        assertEquals([count("takes"), count("gives")], [takes, gives]);
        return true;
      });
    },
  ),
];

const someW = fc.integer({ min: 1, max: 3 });

/** All ways to choose so many of these. */
function subsetsOf<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) =>
    subsetsOf(items.slice(i + 1), size - 1).map((rest) => [item, ...rest])
  );
}
