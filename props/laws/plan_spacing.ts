/**
 * The laws of the planner: N consecutive partitions are on N nodes wherever that can be, and in as many zones.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { equalEnds } from "../../src/ring/partition.ts";
import { plan } from "../../src/ring/plan.ts";
import { Ring } from "../../src/ring/ring.ts";
import { exhaustive, type Law, random } from "../law.ts";
import {
  canBeSpaced,
  everyStep,
  lists,
  MIXED,
  most,
  PLAIN,
  SCOPES,
  someRing,
  tooClose,
  ZONED,
  zonesOf,
} from "./planned_rings.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "R8",
    "what can be spaced is spaced, over the wrap too: every ring that a small cluster reaches",
    () => {
      const checked = { steps: 0, spaced: 0 };
      for (const scope of [...SCOPES, { partitions: 8, replicas: 2, nodes: 5 }]) {
        for (const step of everyStep(scope)) {
          checked.steps++;
          if (!canBeSpaced(step)) continue;
          checked.spaced++;
          if (tooClose(step.plan.owners, scope.replicas) > 0) {
            throw new Error(`${step.before} became ${step.plan.owners}`);
          }
        }
      }
      assert(checked.steps > 100_000 && checked.spaced > 100_000, JSON.stringify(checked));
    },
  ),
  random(
    "T8 R8",
    "the histories of the planner reach what they are for: repair, relay, heavy weights, zones that cannot be spaced",
    (run) => {
      const seen = new Sometimes();
      run.forAll(MIXED, (steps) => {
        seen.begin();
        for (const { members, replicas, plan: { owners, swaps, relaid } } of steps) {
          const room = Math.floor(owners.length / replicas);
          const zones = zonesOf(owners, members);
          const weights = members.reduce((sum, { weight }) => sum + weight, 0);
          if (members.length <= replicas) seen.saw("N nodes or fewer");
          else if (relaid) seen.saw("laid anew");
          else if (swaps > 0) seen.saw("swaps mended it");
          if (members.some(({ weight }) => owners.length * weight > room * weights)) {
            seen.saw("a heavy node");
          }
          if (members.length > replicas && most(zones) > room) {
            seen.saw("a zone too great to be spaced");
          }
          if (replicas > 1 && tooClose(zones, replicas) === 0) seen.saw("zones are apart");
        }
        return true;
      });
      seen.demand(400, {
        "swaps mended it": 11,
        "laid anew": 11,
        "a heavy node": 11,
        "a zone too great to be spaced": 11,
        "zones are apart": 11,
        "N nodes or fewer": 11,
      });
    },
    { runs: 400 },
  ),
  random("R15", "a zone for each node is the same as one zone for all", (run) => {
    run.forAll(PLAIN, (steps) => {
      for (const { before, members, replicas, plan: { owners } } of steps) {
        const apart = members.map((one) => ({ ...one, zone: one.node }));
        assertEquals(plan(before, { members: apart, replicas }).owners, owners);
      }
      return true;
    });
  }),
  random(
    "R16",
    "N consecutive partitions are in N zones wherever they can be, if the operator lets the ring be laid anew",
    (run) => {
      const seen = new Sometimes();
      run.forAll(ZONED, (steps) => {
        seen.begin();
        for (const { before, members, replicas, plan: { owners } } of steps) {
          if (members.length < replicas) continue;
          const free = plan(before, { members, replicas, relay: "zones" });
          const zones = zonesOf(free.owners, members);
          if (most(zones) > Math.floor(owners.length / replicas)) continue;
          assertEquals(tooClose(zones, replicas), 0, `${zones}`);
          seen.saw("solvable");
          // Without that leave, a search by swaps gets there mostly.
          if (tooClose(zonesOf(owners, members), replicas) === 0) seen.saw("kept");
        }
        return true;
      });
      seen.demand(150, { solvable: 101, kept: seen.count("solvable") / 2 });
    },
    { runs: 150 },
  ),
  random(
    "R16",
    "zones never cost nodes their spacing: what can be spaced is spaced, in any zones",
    (run) => {
      const seen = new Sometimes();
      run.forAll(MIXED, fc.constantFrom("nodes", "zones"), (steps, relay) => {
        seen.begin();
        for (const step of steps) {
          const { before, members, replicas } = step;
          const { owners } = plan(before, { members, replicas, relay: relay as "nodes" | "zones" });
          if (!canBeSpaced(step)) continue;
          assertEquals(tooClose(owners, replicas), 0);
          if (tooClose(zonesOf(owners, members), replicas) > 0) seen.saw("a zone twice within N");
        }
        return true;
      });
      seen.demand(300, { "a zone twice within N": 51 });
    },
  ),
  random(
    "R21",
    "N consecutive partitions are on N nodes iff no quota is above floor(Q/N): from any ring at all",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.oneof(someRing.map((step) => [step]), MIXED), (steps) => {
        seen.begin();
        for (const step of steps) {
          if (Math.min(step.members.length, step.before.length) < step.replicas) continue;
          const isSpaced = tooClose(step.plan.owners, step.replicas) === 0;
          assertEquals(isSpaced, canBeSpaced(step), `${step.before} became ${step.plan.owners}`);
          isSpaced ? seen.saw("spaced") : seen.saw("impossible");
        }
        return true;
      });
      seen.demand(300, { spaced: 101, impossible: 11 });
    },
  ),
  random(
    "R26",
    "a list has min(n, zones) zones, also on planned rings whose zones cannot be spaced",
    (run) => {
      const seen = new Sometimes();
      run.forAll(MIXED, fc.integer({ min: 1, max: 5 }), (steps, n) => {
        seen.begin();
        const { members, replicas, plan: { owners } } = steps.at(-1)!;
        const ends = equalEnds(owners.length);
        const tokens = ends.map((end, i) => [end, owners[i]!] as const);
        const ring = new Ring({ placement: { tokens, ends }, active: members });
        const zones = new Set(members.map(({ zone }) => zone)).size;
        ends.forEach((end, at) => {
          const list = ring.owners(end, n);
          assertEquals(list, lists(owners, members, n)[at]);
          assertEquals(new Set(zonesOf(list, members)).size, Math.min(n, zones));
        });
        if (tooClose(zonesOf(owners, members), replicas) > 0) seen.saw("a zone twice within N");
        return true;
      });
      seen.demand(100, { "a zone twice within N": 6 });
    },
    { runs: 100 },
  ),
];
