/**
 * The laws of a healed fork: what it costs, that everybody mends it alike, and that mending ends.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Digest, NodeId } from "../../src/id.ts";
import { found } from "../../src/membership/found.ts";
import { History } from "../../src/membership/history.ts";
import { mergeChange } from "../../src/membership/plan.ts";
import { makeRevision } from "../../src/protocol/canonical.ts";
import type { Revision } from "../../src/protocol/change.ts";
import { equalEnds, type Strategy } from "../../src/ring/partition.ts";
import { example, type Law, random } from "../law.ts";
import {
  commit,
  counts,
  differing,
  NODES,
  recorded,
  someFork,
  taken,
  tooClose,
} from "./planned_histories.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G19",
    "after a fork each side moves at most what the others had moved, and what the merge moves",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someFork, ({ base, split, healed }) => {
        seen.begin();
        const merge = mergeChange(healed);
        const merged = merge === null ? healed : taken(healed, [merge]);
        const mergeMoves = merge?.moves.length ?? 0;
        seen.saw(merge === null ? "nothing to merge" : "merged");
        split.forEach((side) => {
          const others = split.filter((other) => other !== side)
            .flatMap((other) => [...other.changes.values()])
            .filter((change) => !base.changes.has(change.id) && !side.changes.has(change.id))
            .reduce((sum, { moves }) => sum + moves.length, 0);
          const moves = differing(recorded(side), recorded(merged)).length;
          assert(moves <= others + mergeMoves, `${moves} moves for ${others} and ${mergeMoves}`);
        });
        return true;
      });
      seen.demand(300, { merged: 21 });
    },
  ),
  random("G19", "the merge evens the ring out: balanced, and spaced where it can be", (run) => {
    run.forAll(someFork, ({ healed }) => {
      const merge = mergeChange(healed);
      const merged = merge === null ? healed : taken(healed, [merge]);
      const { partitions, replicas } = merged.genesis;
      const owns = counts(merged);
      if (merge === null && healed.heads.length === 1) return true;
      assert(Math.max(...owns) - Math.min(...owns) <= 1, `${owns}`);
      assertEquals(owns.reduce((sum, count) => sum + count, 0), partitions);
      const owners = equalEnds(partitions).map((end) => recorded(merged).get(end));
      if (owns.length > replicas && Math.max(...owns) <= Math.floor(partitions / replicas)) {
        assertEquals(tooClose(owners, replicas), 0);
      }
      return true;
    });
  }),
  random(
    "G19",
    "equal heads make the same merge, with one id, whoever makes it and however the changes came",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someFork, fc.array(fc.nat(9)), ({ split, healed }, order) => {
        seen.begin();
        const here = mergeChange(healed);
        const [genesis, ...rest] = healed.ordered();
        const shuffled = rest.map((change, i) => ({ change, key: order[i] ?? 5 }))
          .sort((a, b) => a.key - b.key).map(({ change }) => change);
        const there = mergeChange(taken(History.from([genesis!]), shuffled));
        assertEquals(there, here);
        if (here === null) return true;
        seen.saw("merged");
        assertEquals([here.author, here.wallMs, here.steps], [null, 0, []]);
        assertEquals(here.parents, healed.heads);
        for (const side of split) {
          if (side.heads.length === 1) assertEquals(mergeChange(side), null);
        }
        return true;
      });
      seen.demand(300, { merged: 21 });
    },
  ),
  random("G19", "merges end, though sides merge what they know before they know all", (run) => {
    const seen = new Sometimes();
    const someMeetings = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 6 });
    run.forAll(someFork, someMeetings, ({ split }, meetings) => {
      seen.begin();
      const sites = [...split];
      const mend = (i: number) => {
        const merge = mergeChange(sites[i]!);
        if (merge !== null) sites[i] = taken(sites[i]!, [merge]);
        return merge !== null;
      };
      for (const [to, from] of meetings) {
        const [i, j] = [to % sites.length, from % sites.length];
        sites[i] = taken(sites[i]!, [...sites[j]!.changes.values()]);
        mend(i);
      }
      let all = sites.reduce((all, side) => taken(all, [...side.changes.values()]));
      // From here on everybody knows all, and each merge leaves one head.
      for (let round = 0;; round++) {
        const merge = mergeChange(all);
        if (merge === null) break;
        assert(round === 0, "a second merge of what all know");
        all = taken(all, [merge]);
        assertEquals(all.heads, [merge.id]);
        seen.saw("merged");
      }
      assertEquals(mergeChange(all), null);
      return true;
    });
    seen.demand(300, { merged: 21 });
  }),
  example(
    "G19",
    "a merge stands on the newest checkpoint that a head stands on, whatever the order of the heads",
    () => {
      const members = NODES.slice(0, 3).map((node) => ({ node, zone: "", weight: 1 }));
      const founded = History.of(found({ members, partitions: 12, replicas: 1 }));
      for (const author of NODES) { // so that the ids of checkpoints sort this way and that
        const low = commit(founded, [[]], author);
        const high = commit(low, [[]], author);
        const checkpoints: Digest[] = [founded.genesis.id, low.heads[0]!, high.heads[0]!];
        for (
          const [first, second, newest] of [[0, 0, 0], [0, 1, 1], [2, 1, 2], [1, 2, 2], [0, 2, 2]]
        ) {
          const heads = [first!, second!].map((base, i) =>
            makeRevision({
              ...high.next(),
              author,
              wallMs: 0,
              base: checkpoints[base]!,
              steps: [],
              // Both take the same tokens, so the ring is uneven and there is something to merge.
              moves: equalEnds(12).map((position) => ({ position, node: NODES[i]! })),
            })
          );
          const merge = mergeChange(taken(high, heads))!;
          assertEquals(merge.base, checkpoints[newest!]);
        }
      }
    },
  ),
  example("G19", "without a fork, or with an even ring, there is nothing to merge", () => {
    const members = NODES.slice(0, 3).map((node) => ({ node, zone: "", weight: 1 }));
    const founded = History.of(found({ members, partitions: 12, replicas: 2 }));
    const write = (author: NodeId, moves: Revision["moves"]) =>
      makeRevision({ ...founded.next(), author, wallMs: 0, steps: [], moves });
    const one = write(NODES[0]!, []);
    const other = write(NODES[1]!, []);
    const uneven = write(
      NODES[2]!,
      equalEnds(12).map((position) => ({ position, node: NODES[0]! })),
    );
    assertEquals(mergeChange(taken(founded, [uneven])), null); // uneven, as its one author wanted it
    assertEquals(mergeChange(taken(founded, [one, other])), null); // two heads, and even
    assert(mergeChange(taken(founded, [one, uneven])) !== null);
  }),
  random(
    "G19",
    "random tokens need no merge: what both sides drew is all there, and nothing is planned",
    (run) => {
      run.forAll(
        fc.constantFrom<Strategy>(1, 2),
        fc.integer({ min: 1, max: 4 }),
        (strategy, tokens) => {
          const members = NODES.slice(0, 3).map((node) => ({ node, zone: "", weight: 1 }));
          const base = History.of(found({ members, partitions: 8, replicas: 2, strategy, tokens }));
          const comers = NODES.slice(4, 6);
          const sides = comers.map((node) =>
            commit(base, [[{ kind: "join", node, zone: "", weight: 1 }]], node)
          );
          const healed = taken(sides[0]!, [...sides[1]!.changes.values()]);
          assertEquals(healed.heads.length, 2);
          assertEquals(mergeChange(healed), null);
          assertEquals(counts(healed), Array(5).fill(tokens));
          return true;
        },
      );
    },
  ),
];
