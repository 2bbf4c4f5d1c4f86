/**
 * Laws of what merge is a function of: the two containers and nothing else. Twins and last-writer-wins are each tried
 * *inside* merge here, to see what a cluster would lose.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Dot } from "../../src/id.ts";
import { type Container, EMPTY, holds, sync, write } from "../../src/version/siblings.ts";
import { FRESH, type VersionVector } from "../../src/version/version_vector.ts";
import { view } from "../../src/version/view.ts";
import { rotorSiblings } from "../adapters.ts";
import { actor, containers, version } from "../generators.ts";
import { joinFailure, smallStates } from "../kit/siblings.ts";
import { type Law, negative, random } from "../law.ts";
import { brief, show } from "../oracle_events.ts";
import { foldFirst, foldLeast, lastWriterMerge, textsOf } from "../wrong_merges.ts";

const [A1, B1, B2, C1] = [["a", 1], ["b", 1], ["b", 2], ["c", 1]]
  .map(([node, counter]) => ({ actor: actor(node as string), counter })) as [Dot, Dot, Dot, Dot];

/**
 * All containers of a small scope in which the first events of a and of b are one client's put, coordinated twice: twins.
 * Nobody who folds holds both.
 */
const WITH_TWINS = smallStates([A1.actor, B1.actor])
  .map(({ seen, live }) => (): Container =>
    rotorSiblings.of!(
      seen,
      live.map((dot) => ({ ...dot, value: dot.counter === 1 ? "w" : "x", deletes: false })),
    )
  )
  .filter((make) => !holds(make(), A1) || !holds(make(), B1));

/** One put, coordinated by a and by b. */
const [AT_A, AT_B] = [A1, B1].map((dot) => write(EMPTY, FRESH, dot, version("w"))) as [
  Container,
  Container,
];

/** D17 and D19, as far as they speak of merge. */
export const laws: readonly Law[] = [
  random(
    "D17",
    "merge depends on the contents of two containers alone: copies give the same",
    (run) => {
      run.forAll(containers(2), ([a, b]) => {
        const copy = ({ clock, siblings }: Container): Container => ({
          clock: new Map(clock),
          siblings: siblings.map(({ dot, version }) => ({
            dot: { ...dot },
            version: { ...version },
          })),
        });
        assertEquals(show(sync(copy(a!), copy(b!))), show(sync(a!, b!)));
        assertEquals(sync.length, 2, "there is no third thing to depend on");
        return true;
      });
    },
  ),
  negative(
    "D17",
    "fold-least is no join: of twins the one with the least dot stays, and an overwritten one returns",
    (run) => {
      const failure = joinFailure(WITH_TWINS, { sync: foldLeast, show: brief });
      assert(failure?.startsWith("not associative"), `${failure}`);
      run.note(`${failure}`);
      // What it means: a put overwrites the twin that its client has read, and the other one comes back.
      const over = write(AT_B, AT_A.clock, B2, version("x"));
      assertEquals(textsOf(foldLeast(foldLeast(AT_A, AT_B), over)), ["x"]);
      assertEquals(textsOf(foldLeast(AT_A, over)), ["w", "x"]);
      assertEquals(joinFailure(WITH_TWINS, { sync, show }), null);
    },
  ),
  negative(
    "D17",
    "fold-first is no join: of twins the one that was here first stays, and then neither",
    (run) => {
      const failure = joinFailure(WITH_TWINS, { sync: foldFirst, show: brief });
      assert(failure?.startsWith("not commutative"), `${failure}`);
      run.note(`${failure}`);
      // What it means: each side keeps its own twin with a clock that covers the other's, and both are lost.
      const [p, q] = [foldFirst(AT_A, AT_B), foldFirst(AT_B, AT_A)];
      assertEquals(p.clock, q.clock);
      assertEquals(foldFirst(p, q).siblings, []);
    },
  ),
  negative(
    "D19",
    "last-writer-wins inside merge loses everything: found with three writes, not with two",
    (run) => {
      assertEquals([...losingWrites(1)], []);
      assertEquals([...losingWrites(2)], []);
      const [smallest = "nothing"] = losingWrites(3);
      assertNotEquals(smallest, "nothing");
      run.note(smallest);
    },
  ),
  negative(
    "D19",
    "a write by one who has read the winner, with an earlier stamp: of three versions none is left",
    (run) => {
      const v1 = write(EMPTY, FRESH, A1, version("v1", { stamp: 9 }));
      const v2 = write(EMPTY, FRESH, B1, version("v2", { stamp: 8 }));
      const v3 = write(EMPTY, v1.clock, C1, version("v3", { stamp: 7 }));
      const x = lastWriterMerge(lastWriterMerge(v1, v3), v2);
      const y = lastWriterMerge(lastWriterMerge(v1, v2), v3);
      assertEquals([textsOf(x), textsOf(y)], [["v2"], ["v3"]]);
      assertEquals(x.clock, y.clock);
      assertEquals(textsOf(lastWriterMerge(x, y)), []);
      run.note(`${brief(x)} and ${brief(y)} give ${brief(lastWriterMerge(x, y))}`);
      const truth = sync(sync(v1, v2), v3);
      assertEquals(textsOf(truth), ["v2", "v3"]);
      assertEquals(view(truth, { latestOnly: true, wallMs: 0 }).map(({ dot }) => dot), [B1]);
    },
  ),
];

/** Orders of some things, all of them. */
function orders<T>(things: readonly T[]): T[][] {
  if (things.length === 0) return [[]];
  return things.flatMap((first, i) =>
    orders(things.filter((_, j) => j !== i)).map((rest) => [first, ...rest])
  );
}

/**
 * Writes v1, v2… each by a replica of its own, of which each has read nothing or one earlier write, with stamps in any
 * order, such that two replicas which have heard of all of them, in some orders, together have nothing.
 */
function* losingWrites(count: number): Generator<string> {
  const indices = Array.from({ length: count }, (_, i) => i);
  // Which earlier write each has read; -1 is none.
  const reads = indices.reduce<number[][]>(
    (all, i) => all.flatMap((before) => [-1, ...indices.slice(0, i)].map((r) => [...before, r])),
    [[]],
  );
  for (const read of reads) {
    for (const stamps of orders(indices.map((i) => i + 7))) {
      const all = indices.reduce<Container[]>((done, i) => {
        const seen: VersionVector = done[read[i]!]?.clock ?? FRESH;
        const dot = { actor: actor("abc"[i]!), counter: 1 };
        return [...done, write(EMPTY, seen, dot, version(`v${i + 1}`, { stamp: stamps[i]! }))];
      }, []);
      const ends = orders(all).map((order) => order.reduce(lastWriterMerge));
      if (!ends.some((x) => ends.some((y) => lastWriterMerge(x, y).siblings.length === 0))) {
        continue;
      }
      yield indices.map((i) =>
        `v${i + 1} with stamp ${stamps[i]} by one who has read ${
          read[i]! < 0 ? "nothing" : `v${read[i]! + 1}`
        }`
      ).join("; ");
    }
  }
}
