/**
 * The laws of claim: spacing and balance. The oracles try, count and halve; they share no code with `src/ring`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import { deal, quotas } from "../../src/ring/claim.ts";
import type { Member } from "../../src/ring/partition.ts";
import { exhaustive, type Law, random } from "../law.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "R21",
    "a spaced circle exists iff no quota is above floor(Q/N): every small case, by trying",
    () => {
      let solvable = 0;
      let unsolvable = 0;
      for (let partitions = 1; partitions <= 9; partitions++) {
        for (let n = 1; n <= 4; n++) {
          for (const counts of fallingLists(partitions, partitions)) {
            if (counts.length < n) continue; // fewer nodes than replicas: no circle is wanted
            const possible = someCircle(counts, partitions, n);
            assertEquals(
              possible,
              counts[0]! <= Math.floor(partitions / n),
              `${counts} for n ${n}`,
            );
            possible ? solvable++ : unsolvable++;
          }
        }
      }
      assertEquals({ solvable, unsolvable }, { solvable: 194, unsolvable: 100 });
    },
  ),
  exhaustive(
    "R8",
    "the deal spaces whatever can be spaced, over the wrap too: every list of quotas up to Q = 16",
    () => {
      let cases = 0;
      for (let partitions = 1; partitions <= 16; partitions++) {
        for (let n = 1; n <= 5; n++) {
          for (const counts of fallingLists(partitions, Math.floor(partitions / n))) {
            const members = weighted(counts); // a list of quotas is a list of weights that gives them
            assertEquals(
              [...quotas({ partitions, replicas: n, members }).values()].toSorted(),
              [
                ...counts,
              ].sort(),
            );
            assertEquals(tooClose(deal({ partitions, replicas: n, members }), n), 0, `${counts}`);
            cases++;
          }
        }
      }
      assert(cases > 1000, `${cases} cases`);
    },
  ),
  exhaustive(
    "R8",
    "the deal spaces zones wherever zones can be spaced: every list of zone quotas up to Q = 12",
    () => {
      for (let partitions = 1; partitions <= 12; partitions++) {
        for (let n = 1; n <= 4; n++) {
          for (const counts of fallingLists(partitions, Math.floor(partitions / n))) {
            for (let turn = 0; turn < counts.length; turn++) { // names in another order than sizes
              const members = counts.flatMap((count, i) => {
                const zone = `z${String((i + turn) % counts.length).padStart(2, "0")}`;
                return [Math.ceil(count / 2), Math.floor(count / 2)].flatMap((weight, j) =>
                  weight === 0 ? [] : [{ node: nodeId(`n${i}-${j}`), zone, weight }]
                );
              });
              const owners = deal({ partitions, replicas: n, members });
              const zones = owners.map((owner) => members.find(({ node }) => node === owner)!.zone);
              assertEquals(tooClose(zones, n), 0, `${counts} for n ${n}: ${zones}`);
            }
          }
        }
      }
    },
  ),
  random(
    "R8",
    "the deal spaces nodes, and zones where they can be: random weights and zones",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someDeal, ({ partitions, replicas, weights, zones }) => {
        seen.begin();
        const members = weighted(weights, (i) => `z${i % zones}`);
        const owners = deal({ partitions, replicas, members });
        const n = Math.min(replicas, members.length);
        const most = (labels: readonly string[]) =>
          Math.max(...labels.map((one) => labels.filter((other) => other === one).length));
        const room = Math.floor(partitions / n);
        if (most(owners) <= room) assertEquals(tooClose(owners, n), 0);
        const zoneOf = owners.map((owner) => members.find(({ node }) => node === owner)!.zone);
        if (n > 1 && most(zoneOf) <= room) {
          assertEquals(tooClose(zoneOf, n), 0);
          seen.saw("zones that can be spaced");
        }
        return true;
      });
      seen.demand(150, { "zones that can be spaced": 5 });
    },
    { runs: 150 },
  ),
  exhaustive("R9", "equal weights own floor or ceil of Q/S", () => {
    for (const partitions of [1, 5, 8, 64, 100, 256]) {
      for (let s = 1; s <= 20; s++) {
        for (let n = 1; n <= 5; n++) {
          const owned = deal({ partitions, replicas: n, members: weighted(Array(s).fill(7)) });
          const counts = weighted(Array(s).fill(7)).map(({ node }) =>
            owned.filter((owner) => owner === node).length
          );
          assert(
            Math.max(...counts) - Math.min(...counts) <= 1,
            `Q ${partitions} S ${s}: ${counts}`,
          );
          assertEquals(owned.length, partitions);
        }
      }
    }
  }),
  random("R27", "weighted quotas are within 1 of the capped share, and sum to Q", (run) => {
    run.forAll(someDeal, ({ partitions, replicas, weights }) => {
      const members = weighted(weights);
      const want = quotas({ partitions, replicas, members });
      assertEquals([...want.values()].reduce((sum, x) => sum + x, 0), partitions);
      const n = Math.min(replicas, weights.length);
      const cap = Math.max(Math.floor(partitions / n), Math.ceil(partitions / weights.length));
      // The share is min(cap, level * weight) at the level at which all shares make up Q: found by halving.
      let [low, high] = [0, cap];
      for (let i = 0; i < 80; i++) {
        const level = (low + high) / 2;
        const sum = weights.reduce((total, weight) => total + Math.min(cap, level * weight), 0);
        if (sum < partitions) low = level;
        else high = level;
      }
      for (const { node, weight } of members) {
        const share = Math.min(cap, high * weight);
        assert(Math.abs(want.get(node)! - share) < 1 + 1e-6, `${want.get(node)} for ${share}`);
        assert(want.get(node)! <= cap);
      }
      return true;
    });
  }),
];

/** Pairs of equal owners less than `n` apart on the circle. */
function tooClose(owners: readonly unknown[], n: number): number {
  let pairs = 0;
  for (let i = 0; i < owners.length; i++) {
    for (let far = 1; far < n && far < owners.length; far++) {
      if (owners[i] === owners[(i + far) % owners.length]) pairs++;
    }
  }
  return pairs;
}

/** All ways to write `sum` as a falling list of numbers of at most `most`. */
function* fallingLists(sum: number, most: number): Generator<number[]> {
  if (sum === 0) yield [];
  for (let first = Math.min(sum, most); first >= 1; first--) {
    for (const rest of fallingLists(sum - first, first)) yield [first, ...rest];
  }
}

/** Members whose weights are these numbers. */
function weighted(weights: readonly number[], zone = (_: number) => ""): Member[] {
  return weights.map((weight, i) => ({ node: nodeId(`n${i}`), zone: zone(i), weight }));
}

/** Whether some circle with these counts has equal owners at least n apart: by trying. */
function someCircle(counts: readonly number[], size: number, n: number): boolean {
  const left = [...counts];
  const circle: number[] = [];
  const fits = (owner: number, at: number) => {
    for (let far = 1; far < n && far < size; far++) {
      if (circle[(at + far) % size] === owner || circle[(at - far + size) % size] === owner) {
        return false;
      }
    }
    return true;
  };
  const fill = (at: number): boolean => {
    if (at === size) return true;
    for (let owner = 0; owner < left.length; owner++) {
      if (left[owner] === 0 || !fits(owner, at)) continue;
      left[owner]!--;
      circle[at] = owner;
      if (fill(at + 1)) return true;
      left[owner]!++;
      circle.length = at;
    }
    return false;
  };
  return fill(0);
}

const someDeal = fc.record({
  partitions: fc.integer({ min: 1, max: 400 }),
  replicas: fc.integer({ min: 1, max: 6 }),
  weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }),
  zones: fc.integer({ min: 1, max: 6 }),
});
