/**
 * The laws of the paper's three placement strategies, side by side: what random tokens are and stay, and that one walk
 * reads all three.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { hex, type NodeId, nodeId, type Position } from "../../src/id.ts";
import { found } from "../../src/membership/found.ts";
import { fold, History } from "../../src/membership/history.ts";
import { type Member, type Owners, place, type Strategy } from "../../src/ring/partition.ts";
import { plan } from "../../src/ring/plan.ts";
import { Ring } from "../../src/ring/ring.ts";
import { type Draw, drawFrom, planTokens } from "../../src/ring/tokens.ts";
import { type Law, random } from "../law.ts";
import {
  crowded,
  dumbEnds,
  dumbWalk,
  someAt,
  someLife,
  someMembers,
  tokensOf,
} from "./token_histories.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "R5",
    "equal seeds draw equal tokens, in whatever order the members are named; other seeds draw others",
    (run) => {
      run.forAll(someMembers, fc.string(), fc.string(), (active, seed, other) => {
        const options = { members: active, tokens: 2 };
        const one = planTokens(new Map(), { ...options, draw: drawFrom(seed) });
        const turned = { ...options, members: active.toReversed() };
        assertEquals([...planTokens(new Map(), { ...turned, draw: drawFrom(seed) })], [...one]);
        if (seed === other) return true;
        const positions = [...planTokens(new Map(), { ...options, draw: drawFrom(other) }).keys()];
        assert(!positions.some((position) => one.has(position)), "two seeds drew one token");
        return true;
      });
      // The chance is part of what founders agree on, so a later version must draw the same. Made with sha256sum.
      assertEquals(hex(drawFrom("rotor")()), "a934418206364ad4fcf1a3e97d4b93ee");
    },
  ),
  random(
    "R5",
    "a cluster is founded by any strategy: the same genesis for the same arguments, and its ring",
    (run) => {
      const ids = new Set<string>();
      const seen = new Sometimes();
      run.forAll(someMembers, fc.constantFrom<Strategy>(1, 2, 3), (active, strategy) => {
        seen.begin();
        const founding = { partitions: 16, replicas: 2, strategy, tokens: strategy === 3 ? 0 : 4 };
        const genesis = found({ ...founding, members: active, seed: "s" });
        const again = found({ ...founding, members: active.toReversed(), seed: "s" });
        assertEquals(again, genesis);
        const { ring } = fold(History.of(genesis));
        const owners = new Map(genesis.moves.map(({ position, node }) => [position, node]));
        const ends = strategy === 1 ? [...owners.keys()] : dumbEnds(16);
        assertEquals(ring.ends, ends.toSorted());
        for (const end of ends) {
          assertEquals(ring.walk(end), dumbWalk({ owners, ends, active }, end));
        }
        if (strategy !== 3) {
          assertNotEquals(found({ ...founding, members: active }).id, genesis.id);
        }
        if (!ids.has(genesis.id)) seen.saw("another cluster");
        ids.add(genesis.id);
        return true;
      });
      seen.demand(300, { "another cluster": 21 });
    },
  ),
  random(
    "R13",
    "after each change everybody has T tokens for each unit of weight, and who is no member has none",
    (run) => {
      run.forAll(someLife, ({ reached, tokens }) => {
        for (const { owners, active } of reached) {
          for (const { node, weight } of active) {
            assertEquals(tokensOf(owners, node), tokens * weight);
          }
          const named = new Set([...owners.values()].filter((node) => node !== null));
          assertEquals([...named].sort(), active.map(({ node }) => node).sort());
        }
        return true;
      });
    },
  ),
  random(
    "R13",
    "nobody's token is ever taken, though chance draws what is taken; it is kept, given up or new",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someLife, fc.nat(2 ** 32 - 1), ({ reached, tokens }, seed) => {
        seen.begin();
        const draw = crowded(seed, 512);
        for (const [i, { owners }] of reached.entries()) {
          const { active } = reached[(i + 1) % reached.length]!;
          const drawn: Position[] = [];
          const after = planTokens(owners, {
            members: active,
            tokens,
            draw: () => drawn[drawn.push(draw()) - 1]!,
          });
          seen.saw(
            "a taken position was drawn",
            drawn.filter((position) => owners.has(position)).length,
          );
          for (const [position, node] of after) {
            if (!owners.has(position)) assert(drawn.includes(position) && node !== null);
            else assert(node === null || node === owners.get(position), "a token changed hands");
          }
        }
        return true;
      });
      seen.demand(300, { "a taken position was drawn": 21 });
    },
  ),
  random(
    "R13",
    "a weight that falls gives up only tokens of its own, and one that stays moves nothing",
    (run) => {
      run.forAll(someLife, ({ reached, tokens }) => {
        const { owners, active } = reached.at(-1)!;
        const never: Draw = () => {
          throw new Error("nothing had to be drawn");
        };
        assertEquals(planTokens(owners, { members: active, tokens, draw: never }), new Map(owners));
        const light = active.map((one, i) => i === 0 ? { ...one, weight: 1 } : one);
        const after = planTokens(owners, { members: light, tokens, draw: never });
        for (const [position, node] of owners) {
          if (node !== active[0]!.node) assertEquals(after.get(position), node);
        }
        return true;
      });
    },
  ),
  random(
    "R23",
    "random tokens: a join puts the newcomer into lists and changes nothing else, a leave takes the leaver out",
    (run) => {
      const seen = new Sometimes();
      run.forAll(
        someLife,
        fc.constantFrom<Strategy>(1, 2),
        fc.integer({ min: 1, max: 4 }),
        ({ reached, tokens }, strategy, n) => {
          seen.begin();
          const { owners, active } = reached.at(-1)!;
          const flat = active.map((one) => ({ ...one, zone: "" }));
          const comer: Member = { node: nodeId("comer"), zone: "", weight: 1 };
          const all = [...flat, comer];
          const joined = planTokens(owners, { members: all, tokens, draw: drawFrom("join") });
          const left = planTokens(joined, { members: flat, tokens, draw: drawFrom("leave") });
          const ringOf = (owners: Owners, active: readonly Member[]) =>
            new Ring({ placement: place(strategy, 16, owners), active });
          const [before, during, after] = [
            ringOf(owners, flat),
            ringOf(joined, all),
            ringOf(left, flat),
          ];
          for (const end of during.ends) {
            const was = before.owners(end, n);
            const is = during.owners(end, n);
            const others = is.filter((node) => node !== comer.node);
            assertEquals(others, was.slice(0, others.length));
            assertEquals(after.owners(end, n), was);
            if (is.includes(comer.node)) seen.saw("the newcomer is in a list");
          }
          return true;
        },
      );
      seen.demand(300, { "the newcomer is in a list": 201 });
    },
  ),
  random(
    "R25",
    "the three strategies agree with one dumb walk over tokens and ends, whatever was planned",
    (run) => {
      run.forAll(someLife, fc.array(someAt), ({ reached }, more) => {
        let owned: (NodeId | null)[] = new Array(12).fill(null);
        for (const { owners, active } of reached) {
          const ends = dumbEnds(12);
          owned = [...plan(owned, { members: active, replicas: 2 }).owners];
          const dealt: Owners = new Map(ends.map((end, i) => [end, owned[i]!]));
          for (
            const [strategy, tokens, cuts] of [
              [1, owners, [...owners.keys()]],
              [2, owners, ends],
              [3, dealt, ends],
            ] as const
          ) {
            const ring = new Ring({ placement: place(strategy, 12, tokens), active });
            for (const at of [...cuts, ...more]) {
              assertEquals(ring.walk(at), dumbWalk({ owners: tokens, ends: cuts, active }, at));
            }
          }
        }
        return true;
      });
    },
  ),
  random(
    "R25",
    "under strategy 1 every position that ever was a token stays an end: ranges only split",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someLife, ({ reached }) => {
        seen.begin();
        const ever = new Set<Position>();
        for (const { owners } of reached) {
          for (const [position, node] of owners) if (node !== null) ever.add(position);
          const { ends, tokens } = place(1, 1, owners);
          assertEquals(ends, [...ever].sort());
          for (const [position] of tokens) assert(ends.includes(position));
          seen.saw("an end outlived its token", ends.length - tokens.length);
          assertEquals(place(2, 7, owners).ends, dumbEnds(7)); // under strategy 2 they never change
          assertEquals(place(2, 7, owners).tokens, tokens);
        }
        return true;
      });
      seen.demand(300, { "an end outlived its token": 101 });
    },
  ),
  random(
    "R25",
    "splitting a range changes no list: tokens of a node that is not in the ring yet are only ends",
    (run) => {
      run.forAll(someLife, fc.array(someAt), ({ reached, tokens }, more) => {
        const { owners, active } = reached.at(-1)!;
        const comer: Member = { node: nodeId("comer"), zone: "", weight: 2 };
        const split = planTokens(owners, {
          members: [...active, comer],
          tokens,
          draw: drawFrom("split"),
        });
        const before = new Ring({ placement: place(1, 1, owners), active });
        const after = new Ring({ placement: place(1, 1, split), active });
        assertEquals(after.ends.length, before.ends.length + 2 * tokens);
        for (const at of [...after.ends, ...more]) assertEquals(after.walk(at), before.walk(at));
        return true;
      });
    },
  ),
];
