/**
 * The laws of planned changes: what is planned is what everybody gets.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import { found } from "../../src/membership/found.ts";
import { fold, History } from "../../src/membership/history.ts";
import { makeRevision } from "../../src/protocol/canonical.ts";
import type { Step } from "../../src/protocol/change.ts";
import { equalEnds } from "../../src/ring/partition.ts";
import { plan } from "../../src/ring/plan.ts";
import { type Law, random } from "../law.ts";
import {
  commit,
  counts,
  differing,
  NODES,
  planned,
  recorded,
  someExchange,
  someFounding,
  someSteps,
  taken,
} from "./planned_histories.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G18",
    "the ring after a commit is the ring that was planned, under each strategy, however the change arrives",
    (run) => {
      const seen = new Sometimes();
      const someCommit = fc.oneof({ weight: 5, arbitrary: someSteps }, {
        weight: 1,
        arbitrary: someExchange,
      });
      const someCommits = fc.array(someCommit, { minLength: 1, maxLength: 5, size: "max" });
      run.forAll(someFounding, someCommits, (founded, commits) => {
        seen.begin();
        let book = founded;
        const { strategy, partitions, replicas, tokens } = book.genesis;
        for (const steps of commits) {
          const change = planned(book, steps);
          const before = recorded(book);
          const after = taken(book, [change]);
          const { ring, owners } = fold(after);
          const active = ring.active.map(({ node }) => node);

          // Nothing is moved to where it is, and what is recorded is what counts.
          assertEquals(
            change.moves.map(({ position }) => position),
            differing(before, recorded(after)).sort(),
          );
          const doesPlan = steps.length === 0 ||
            steps.some(({ kind }) => !["replace", "nval"].includes(kind));
          if (!doesPlan) {
            const replaced = steps.flatMap((step) => step.kind === "replace" ? [step.old] : []);
            for (const { position } of change.moves) {
              assert(replaced.includes(before.get(position)!));
            }
          } else {
            const [genesis, ...rest] = after.ordered();
            const late = taken(History.from([genesis!]), rest.reverse());
            assertEquals([...fold(late).owners].sort(), [...owners].sort());
            assertEquals([...owners].sort(), [...recorded(after)].sort());
            if (strategy === 3) {
              const heirs = steps.reduce(
                (now, step) =>
                  step.kind !== "replace"
                    ? now
                    : now.map((node) => node === step.old ? step.new : node),
                equalEnds(partitions).map((end) => before.get(end) ?? null),
              );
              const expected = plan(heirs, { members: ring.active, replicas }).owners;
              assertEquals(equalEnds(partitions).map((end) => owners.get(end)), [...expected]);
            } else {
              for (const { node, weight } of ring.active) {
                const got = [...owners.values()].filter((owner) => owner === node).length;
                assertEquals(got, tokens * weight);
              }
            }
          }
          if (![...before.values()].some((node) => active.includes(node!))) {
            seen.saw("nobody active owned a token");
          }
          if (change.moves.length > 0) seen.saw("tokens moved");
          seen.saw(`strategy ${strategy}`);
          book = after;
        }
        return true;
      });
      seen.demand(400, {
        "tokens moved": 201,
        "nobody active owned a token": 11,
        "strategy 1": 20,
        "strategy 2": 20,
        "strategy 3": 20,
      });
    },
    { runs: 400 },
  ),
  random(
    "G18",
    "the fold plans nothing: a ring that no planner would make stays as it was recorded",
    (run) => {
      const someMess = fc.array(fc.option(fc.constantFrom(...NODES.slice(0, 3))), {
        minLength: 12,
        maxLength: 12,
      });
      const seen = new Sometimes();
      run.forAll(someMess, someSteps, (mess, steps) => {
        seen.begin();
        const members = NODES.slice(0, 3).map((node) => ({ node, zone: "", weight: 1 }));
        const founded = History.of(found({ members, partitions: 12, replicas: 2 }));
        const ends = equalEnds(12);
        const moves = ends.map((position, i) => ({ position, node: mess[i]! }));
        const parts = { author: NODES[0]!, wallMs: 0 };
        const messy = taken(founded, [
          makeRevision({ ...founded.next(), ...parts, steps: [], moves }),
        ]);
        // Whatever happens to the members then: without moves, no token changes hands.
        const after = taken(messy, [makeRevision({ ...messy.next(), ...parts, steps, moves: [] })]);
        for (const book of [messy, after]) {
          const { owners, ring } = fold(book);
          const active = ring.active.map(({ node }) => node);
          if (!mess.some((node) => active.includes(node!))) continue; // then they are taken in turn (G3)
          assertEquals(ends.map((end) => owners.get(end)), mess);
          assertEquals(ring.placement.tokens.length, mess.filter((node) => node !== null).length);
          if (Math.max(...counts(book)) - Math.min(...counts(book)) > 3) seen.saw("an uneven ring");
        }
        return true;
      });
      seen.demand(300, { "an uneven ring": 21 });
    },
  ),
  random(
    "R19",
    "a replacement moves the tokens of whom it replaces, and nothing else, under each strategy",
    (run) => {
      run.forAll(someFounding, fc.nat(), (founded, which) => {
        const book = commit(founded, [[{ kind: "join", node: NODES[6]!, zone: "", weight: 1 }]]);
        const { active } = fold(book).ring;
        const old = active[which % active.length]!.node;
        const steps: Step[] = [
          { kind: "replace", old, new: NODES[7]! },
          { kind: "replace", old: NODES[7]!, new: nodeId("heir") }, // and at once by another one
        ];
        const change = planned(book, steps);
        const tokens = [...recorded(book)].filter(([, node]) => node === old).sort();
        assertEquals(
          change.moves.map(({ position }) => position),
          tokens.map(([position]) => position),
        );
        for (const { node } of change.moves) assertEquals(node, "heir");
        return true;
      });
    },
  ),
];
