/**
 * What the generated mutants of `src/ring` showed to be unchecked (`deno task mutation`): what is refused, and in which
 * order nodes are told.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import { deal, type DealOptions, MAX_WEIGHT, quotas } from "../../src/ring/claim.ts";
import { integerOf, positionAt, RING_SIZE } from "../../src/ring/hash.ts";
import { equalEnds } from "../../src/ring/partition.ts";
import { Ring } from "../../src/ring/ring.ts";
import { drawFrom, MAX_TOKENS, planTokens } from "../../src/ring/tokens.ts";
import { example, type Law, random } from "../law.ts";

/** R2, R4, R5, R8, R13, R27. */
export const laws: readonly Law[] = [
  example("R2", "a position is a number from 0 to 2^128-1, and no other number is one", () => {
    for (const inside of [0n, 1n, RING_SIZE - 1n]) {
      assertEquals(integerOf(positionAt(inside)), inside);
    }
    for (const outside of [-1n, RING_SIZE, RING_SIZE + 1n]) {
      assertThrows(() => positionAt(outside), RangeError, `2^128-1 wanted, got ${outside}`);
    }
  }),

  example("R2", "a ring is parted into a whole number of ranges, at least one", () => {
    assertEquals(equalEnds(1), [positionAt(0n)]);
    for (const partitions of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
      assertThrows(() => equalEnds(partitions), RangeError, `wanted, got ${partitions}`);
    }
  }),

  example("R4", "a ring of nobody is refused", () => {
    const placement = { tokens: [[positionAt(0n), nodeId("a")] as const], ends: equalEnds(1) };
    assertThrows(() => new Ring({ placement, active: [] }), RangeError, "an active node is wanted");
  }),

  example("R27 R8", "what cannot be dealt is refused, in words", () => {
    const [a, b] = ["a", "b"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
    const right = { partitions: 8, replicas: 2, members: [a!, b!] };
    const refuses = (wrong: Partial<DealOptions>, why: string) => {
      for (const act of [deal, quotas]) {
        assertThrows(() => act({ ...right, ...wrong }), RangeError, `Cannot deal: ${why}`);
      }
    };
    assertEquals(deal(right).length, 8);
    assertEquals(deal({ ...right, partitions: 1, replicas: 1 }), [a!.node]);
    for (const number of [0, -1, 1.5, NaN, Infinity]) {
      refuses({ partitions: number }, `at least 1 partition wanted, got ${number}`);
      refuses({ replicas: number }, `at least 1 replica wanted, got ${number}`);
    }
    for (const weight of [0, -1, 1.5, NaN, MAX_WEIGHT + 1]) {
      const why = `a weight of 1 to ${MAX_WEIGHT} wanted, got ${weight}`;
      refuses({ members: [a!, { ...b!, weight }] }, why);
    }
    assertEquals(deal({ ...right, members: [{ ...a!, weight: MAX_WEIGHT }] }).length, 8);
    refuses({ members: [] }, "at least 1 member wanted, got none");
    refuses({ members: [a!, b!, { ...a!, zone: "other" }] }, "a is there twice");
  }),

  random("R27 R8", "who gets what is told by ids, whatever the order of the members", (run) => {
    const names = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { minLength: 1 });
    const weights = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 });
    run.forAll(names, weights, fc.integer({ min: 1, max: 24 }), (names, weights, partitions) => {
      const members = names.map((name) => ({
        node: nodeId(name),
        zone: "",
        weight: weights["abcdefgh".indexOf(name)]!,
      }));
      const sorted = members.toSorted((a, b) => (a.node < b.node ? -1 : 1));
      const [told, wanted] = [members, sorted].map((members) => {
        const options = { partitions, replicas: 2, members };
        return { quotas: [...quotas(options)], dealt: deal(options) };
      });
      assertEquals(told, wanted);
      assertEquals(told!.quotas.map(([node]) => node), sorted.map(({ node }) => node));
      return true;
    });
  }),

  example("R13", "a node has 1 to 65,536 random tokens, and no other number of them", () => {
    const tokensOf = (tokens: number, weight: number) => {
      let drawn = 0n;
      const draw = () => positionAt(drawn++);
      const members = [{ node: nodeId("a"), zone: "", weight }];
      return planTokens(new Map(), { members, tokens, draw }).size;
    };
    assertEquals([tokensOf(1, 1), tokensOf(MAX_TOKENS, 1), tokensOf(2, 3)], [1, MAX_TOKENS, 6]);
    assertEquals(MAX_TOKENS, 65_536);
    const wrong = [[0, 1], [-1, 1], [1.5, 1], [1, 0], [MAX_TOKENS + 1, 1], [
      2,
      2 ** 15 + 1,
    ]] as const;
    for (const [tokens, weight] of wrong) {
      const want = `Cannot draw tokens for a: 1 to 65536 wanted, got ${tokens * weight}`;
      assertThrows(() => tokensOf(tokens, weight), RangeError, want);
    }
  }),

  example("R13", "chance that draws nothing but what is taken is given up after 1000 draws", () => {
    const taken = positionAt(7n);
    const owners = new Map([[taken, nodeId("b")]]);
    const members = ["a", "b"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
    const free = positionAt(8n);
    const after = (failures: number) => {
      let draws = 0;
      const draw = () => draws++ < failures ? taken : free;
      return planTokens(owners, { members, tokens: 1, draw });
    };
    assertEquals([...after(999)], [[taken, nodeId("b")], [free, nodeId("a")]]);
    assertThrows(
      () => after(1000),
      Error,
      "Cannot draw a token: 1000 draws in turn were positions",
    );
  }),

  random(
    "R5 R13",
    "a node of less weight gives up tokens from all round the ring: the same ones, however the ring was told",
    (run) => {
      run.forAll(fc.string(), (seed) => {
        const options = (weight: number) => ({
          members: [{ node: nodeId("a"), zone: "", weight }],
          tokens: 64,
          draw: drawFrom(seed),
        });
        const full = [...planTokens(new Map(), options(4))].sort();
        const left = planTokens(new Map(full), options(1));
        const turned = planTokens(new Map(full.toReversed()), options(1));
        assertEquals([...turned].sort(), [...left].sort());
        const kept = [...left].filter(([, node]) => node !== null).map(([at]) => integerOf(at));
        // By chance fewer than 8 of 64 stand in one half once in 10^10 times.
        const low = kept.filter((at) => at < RING_SIZE / 2n).length;
        assert(low >= 8 && low <= 56, `${low} of 64 are in the lower half`);
        return true;
      });
    },
    { runs: 50 },
  ),

  random(
    "R5",
    "a ring tells its nodes in the order of their ids, however it was told them",
    (run) => {
      const members = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { minLength: 1 });
      run.forAll(members, (names) => {
        const active = names.map((name) => ({ node: nodeId(name), zone: "", weight: 1 }));
        const ring = new Ring({ placement: { tokens: [], ends: equalEnds(4) }, active });
        const sorted = names.toSorted().map((name) => nodeId(name));
        assertEquals(ring.active.map(({ node }) => node), sorted);
        // Who has no token comes last, and so all come here, in that order.
        assertEquals(ring.walk(positionAt(0n)), sorted);
        return true;
      });
    },
  ),
];
