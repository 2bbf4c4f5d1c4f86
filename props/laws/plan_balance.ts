/**
 * The laws of the planner: everybody owns the share of their weight, and nobody gives or takes more than agreed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import { quotas } from "../../src/ring/claim.ts";
import { plan } from "../../src/ring/plan.ts";
import { exhaustive, type Law, random } from "../law.ts";
import {
  canBeSpaced,
  everyStep,
  live,
  member,
  MIXED,
  owned,
  SCOPES,
  someRing,
  spread,
  tooClose,
} from "./planned_rings.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "R9",
    "equal weights own floor or ceil of Q/S, from every ring that a small cluster reaches",
    () => {
      for (const scope of SCOPES) {
        for (const step of everyStep(scope)) assert(spread(step) <= 1, step.plan.owners.join());
      }
    },
  ),
  random("R9", "equal weights own floor or ceil of Q/S, from any ring at all", (run) => {
    run.forAll(someRing, ({ before, members, replicas }) => {
      const equal = members.map((one) => ({ ...one, weight: 3 }));
      const step = {
        before,
        members: equal,
        replicas,
        plan: plan(before, { members: equal, replicas }),
      };
      assertEquals(step.plan.owners.length, before.length);
      assert(spread(step) <= 1, step.plan.owners.join());
      return true;
    });
  }),
  random(
    "R10",
    "at once, in groups, singly, after leaves: the same members, equally balanced and spaced",
    (run) => {
      const someWays = fc.record({
        partitions: fc.constantFrom(16, 32, 48, 64),
        replicas: fc.integer({ min: 1, max: 4 }),
        names: fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 2, maxLength: 16 }),
        guests: fc.integer({ min: 1, max: 6 }),
        group: fc.integer({ min: 2, max: 4 }),
      });
      run.forAll(someWays, ({ partitions, replicas, names, guests, group }) => {
        const all = names.map((name) => member(name));
        const passing = Array.from(
          { length: guests },
          (_, i) => ({ ...member(i), node: nodeId(`g${i}`) }),
        );
        const grown = (by: number) =>
          Array.from({ length: Math.ceil(all.length / by) }, (_, i) => all.slice(0, (i + 1) * by));
        const ways = {
          atOnce: [all],
          inGroups: grown(group),
          singly: grown(1),
          withGuests: [passing, [...passing, ...all.slice(0, 1)], [...passing, ...all], all],
          shrunk: [...all.keys()].map((i) => [...all, ...passing.slice(Math.min(i, guests))]),
        };
        for (const [way, sets] of Object.entries(ways)) {
          const last = live({ partitions, replicas, sets: [...sets, all] }).at(-1)!;
          assert(spread(last) <= 1, `${way}: ${last.plan.owners}`);
          if (canBeSpaced(last)) assertEquals(tooClose(last.plan.owners, replicas), 0, way);
        }
        return true;
      });
    },
  ),
  random(
    "R13",
    "the plan conserves: quotas sum to Q and are met, and who is no member owns nothing",
    (run) => {
      run.forAll(fc.oneof(someRing.map((step) => [step]), MIXED), (steps) => {
        for (const { before, members, replicas, plan: { owners } } of steps) {
          const had = new Map(members.map(({ node }) => [node, owned(before, node)]));
          const want = quotas({ partitions: before.length, replicas, members, owned: had });
          assertEquals([...want.values()].reduce((sum, quota) => sum + quota, 0), before.length);
          assertEquals([...want.keys()], members.map(({ node }) => node).sort());
          for (const [node, quota] of want) assertEquals(owned(owners, node), quota);
          for (const owner of owners) assert(want.has(owner), `${owner} is no member`);
        }
        return true;
      });
    },
  ),
  random("R13", "nobody gives or takes more than agreed, where nothing had to be mended", (run) => {
    const seen = new Sometimes();
    run.forAll(MIXED, (steps) => {
      seen.begin();
      for (const { before, members, replicas, plan: { owners, swaps, relaid } } of steps) {
        const isFree = members.length <= replicas ||
          !members.some(({ node }) => owned(before, node));
        if (isFree || swaps > 0 || relaid) continue;
        for (const { node } of members) {
          const gave = before.filter((owner, at) => owner === node && owners[at] !== node).length;
          const took = owners.filter((owner, at) => owner === node && before[at] !== node).length;
          assert(gave === 0 || took === 0, `${node} gave ${gave} and took ${took}`);
          if (gave + took > 0) seen.saw("a node gave or took");
        }
      }
      return true;
    });
    seen.demand(300, { "a node gave or took": 201 });
  }),
  random(
    "R13",
    "the odd partition stays with one who has it: of equal weights, nobody loses it to one who owned less",
    (run) => {
      run.forAll(MIXED, (steps) => {
        for (const { before, members, plan: { owners } } of steps) {
          const counts = members.map(({ node, weight }) => ({
            weight,
            had: owned(before, node),
            has: owned(owners, node),
          }));
          for (const one of counts) {
            for (const other of counts.filter(({ weight }) => weight === one.weight)) {
              if (one.has <= other.has) continue; // then the other one has the whole part only
              const beyond = ({ had }: { had: number }) => Math.max(0, had - other.has);
              assert(beyond(one) >= beyond(other), `${before} became ${owners}`);
            }
          }
        }
        return true;
      });
    },
  ),
  random(
    "R27",
    "everybody owns the capped share of their weight, within 1, from any ring at all",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.oneof(someRing.map((step) => [step]), MIXED), (steps) => {
        seen.begin();
        for (const { members, replicas, plan: { owners } } of steps) {
          const size = owners.length;
          const n = Math.min(replicas, members.length);
          const cap = Math.max(Math.floor(size / n), Math.ceil(size / members.length));
          // The share is min(cap, level * weight), at the level at which all shares make up Q: found by halving.
          let [low, high] = [0, cap];
          for (let i = 0; i < 60; i++) {
            const level = (low + high) / 2;
            const sum = members.reduce((sum, { weight }) => sum + Math.min(cap, level * weight), 0);
            if (sum < size) low = level;
            else high = level;
          }
          for (const { node, weight } of members) {
            const share = Math.min(cap, high * weight);
            const got = owned(owners, node);
            assert(Math.abs(got - share) < 1 + 1e-6 && got <= cap, `${got} for ${share}`);
            if (high * weight > cap) seen.saw("too heavy to be used fully");
          }
        }
        return true;
      });
      seen.demand(300, { "too heavy to be used fully": 51 });
    },
  ),
];
