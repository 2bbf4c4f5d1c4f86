/**
 * Laws of version vectors and of the digest of a container. Vectors are checked on all of a small scope (three actors,
 * counters 0 to 2, hence 27 vectors and 19,683 triples) and at random with counters up to the greatest.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Actor, MAX_COUNTER } from "../src/id.ts";
import { containerDigest } from "../src/version/digest.ts";
import { type Container, EMPTY, write } from "../src/version/siblings.ts";
import {
  covers,
  descends,
  dominates,
  FRESH,
  increment,
  merge,
  order,
  sortedEntries,
  type VersionVector,
} from "../src/version/version_vector.ts";
import {
  actor,
  anyVersion,
  clock,
  clockOf,
  CONTAINERS,
  dot,
  fewActors,
  histories,
  name,
  play,
  richContainer,
  version,
} from "./generators.ts";

const ACTORS = ["a", "b", "c"].map((node) => actor(node));
const SMALL: VersionVector[] = [0, 1, 2].flatMap((a) =>
  [0, 1, 2].flatMap((b) =>
    [0, 1, 2].map((c) =>
      new Map([a, b, c].map((n, i) => [ACTORS[i]!, n] as const).filter(([, n]) => n > 0))
    )
  )
);

/** The naive model: a count for each actor, 0 where there is none. */
function counts(vector: VersionVector): number[] {
  const actors: Actor[] = [...ACTORS, actor("a", 2)];
  return actors.map((actor) => vector.get(actor) ?? 0);
}
const pointwise = (a: VersionVector, b: VersionVector) =>
  counts(a).every((n, i) => n >= counts(b)[i]!);
const equal = (a: VersionVector, b: VersionVector) => `${counts(a)}` === `${counts(b)}`;

/** Checks `law` on all pairs of the small scope, and on pairs at random. */
function forPairs(law: (a: VersionVector, b: VersionVector) => boolean): void {
  for (const a of SMALL) for (const b of SMALL) assert(law(a, b), `${counts(a)} | ${counts(b)}`);
  fc.assert(fc.property(clock, clock, law), { numRuns: 300 });
}

/** Checks `law` on all triples of the small scope. */
function forTriples(law: (a: VersionVector, b: VersionVector, c: VersionVector) => boolean): void {
  for (const a of SMALL) {
    for (const b of SMALL) {
      for (const c of SMALL) assert(law(a, b, c), `${counts(a)} | ${counts(b)} | ${counts(c)}`);
    }
  }
  fc.assert(fc.property(clock, clock, clock, law), { numRuns: 300 });
}

Deno.test("V1 descends is pointwise >= of a naive model", () => {
  forPairs((a, b) => descends(a, b) === pointwise(a, b));
});

Deno.test("V2 descends is a partial order and not a total one", () => {
  forPairs((a, b) => descends(a, a) && (!(descends(a, b) && descends(b, a)) || equal(a, b)));
  forTriples((a, b, c) => !(descends(a, b) && descends(b, c)) || descends(a, c));
  assert(SMALL.some((a) => SMALL.some((b) => !descends(a, b) && !descends(b, a))));
});

Deno.test("V3 exactly one of before, after, equal, concurrent holds", () => {
  forPairs((a, b) => {
    const holds = {
      equal: equal(a, b),
      after: pointwise(a, b) && !equal(a, b),
      before: pointwise(b, a) && !equal(a, b),
      concurrent: !pointwise(a, b) && !pointwise(b, a),
    };
    return holds[order(a, b)] && Object.values(holds).filter(Boolean).length === 1;
  });
});

Deno.test("V4 dominates is descends and not the reverse", () => {
  forPairs((a, b) => dominates(a, b) === (pointwise(a, b) && !equal(a, b)));
});

Deno.test("V5 merge is the least upper bound", () => {
  forPairs((a, b) => descends(merge(a, b), a) && descends(merge(a, b), b));
  forTriples((a, b, bound) =>
    !(descends(bound, a) && descends(bound, b)) || descends(bound, merge(a, b))
  );
});

Deno.test("V6 merge is commutative, associative and idempotent, with the fresh vector as unit", () => {
  forPairs((a, b) =>
    equal(merge(a, b), merge(b, a)) && equal(merge(a, a), a) && equal(merge(a, FRESH), a) &&
    equal(merge(FRESH, a), a)
  );
  forTriples((a, b, c) => equal(merge(merge(a, b), c), merge(a, merge(b, c))));
});

Deno.test("V6 merge changes neither of its arguments", () => {
  forPairs((a, b) => {
    const before = `${counts(a)} ${counts(b)}`;
    merge(a, b);
    return before === `${counts(a)} ${counts(b)}`;
  });
});

Deno.test("V7 increment dominates strictly and touches its actor alone", () => {
  for (const a of SMALL) {
    for (const [i, actor] of ACTORS.entries()) {
      const more = increment(a, actor);
      assert(dominates(more, a));
      assertEquals(counts(more), counts(a).map((n, j) => (i === j ? n + 1 : n)));
    }
  }
  for (const [x, y] of [["a", "b"], ["b", "c"]].map((pair) => pair.map((node) => actor(node)))) {
    assert(
      SMALL.every((a) => equal(increment(increment(a, x!), y!), increment(increment(a, y!), x!))),
    );
  }
});

Deno.test("V8 an actor that was never seen is no entry and counts 0", () => {
  forPairs((a, b) =>
    sortedEntries(merge(a, b)).every(([actor, n]) =>
      n >= 1 && n === Math.max(a.get(actor) ?? 0, b.get(actor) ?? 0)
    )
  );
});

Deno.test("V8 equal vectors have equal sorted entries, however they were made", () => {
  forPairs((a, b) => {
    const backwards = new Map([...a].reverse());
    const same = `${sortedEntries(a)}` === `${sortedEntries(b)}`;
    return `${sortedEntries(a)}` === `${sortedEntries(backwards)}` && same === equal(a, b);
  });
});

Deno.test("V9 a vector covers a dot if, and only if, its counter is at least the dot's", () => {
  fc.assert(
    fc.property(clock, dot, (vector, dot) => {
      const count = vector.get(dot.actor);
      return covers(vector, dot) === (count !== undefined && count >= dot.counter);
    }),
    { numRuns: 500 },
  );
});

Deno.test("V12 no dot is issued twice and none is left out, whatever is lost on the way", () => {
  fc.assert(
    fc.property(histories({ maxLength: 30 }), (history) => {
      const issued = new Set<string>();
      for (const { dot, held } of play(history, CONTAINERS).puts) {
        const named = JSON.stringify(dot);
        if (issued.has(named) || dot.counter !== (held.clock.get(dot.actor) ?? 0) + 1) return false;
        issued.add(named);
      }
      return true;
    }),
    { numRuns: 200 },
  );
});

Deno.test("V12 a container refuses every dot but the next one of its actor", () => {
  fc.assert(
    fc.property(
      richContainer,
      fewActors,
      fc.integer({ min: 1, max: 5 }),
      (held, actor, counter) => {
        const next = (held.clock.get(actor) ?? 0) + 1;
        const issue = () => write(held, FRESH, { actor, counter }, version("v"));
        if (counter === next) issue();
        else assertThrows(issue, RangeError, `${next} comes next`);
        return true;
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("V12 a container refuses a dot that the context has seen: its record is not what it was", () => {
  const dot = { actor: actor("a"), counter: 1 };
  assertThrows(
    () => write(EMPTY, clockOf({ a: 1 }), dot, version("v")),
    RangeError,
    "the context has seen 1",
  );
});

Deno.test("V13 counters up to 2^53-1 are compared exactly, and nothing counts beyond", () => {
  const [a, b] = [actor("a"), actor("b")];
  const top: VersionVector = new Map([[a, MAX_COUNTER]]);
  const below: VersionVector = new Map([[a, MAX_COUNTER - 1], [b, 1]]);
  assert(!descends(below, top));
  assert(descends(merge(below, top), top));
  assertEquals(increment(below, a).get(a), MAX_COUNTER);
  assertThrows(() => increment(top, a), RangeError, "below 2^53-1");
  const full: Container = { clock: top, siblings: [] };
  const beyond = { actor: a, counter: MAX_COUNTER + 1 };
  assertThrows(() => write(full, FRESH, beyond, version("v")), RangeError);
  const unlike = [MAX_COUNTER, MAX_COUNTER - 1, 2 ** 32, 2 ** 32 - 1, 1]
    .map((n) =>
      containerDigest({ type: "", bucket: "", key: "k" }, {
        clock: new Map([[a, n]]),
        siblings: [],
      })
    );
  assertEquals(new Set(unlike).size, 5);
});

Deno.test("M17 a leaf depends on key, clock and live dots: on no other field of a version", () => {
  fc.assert(
    fc.property(name, richContainer, fc.array(anyVersion, { minLength: 4, maxLength: 4 }), (
      name,
      container,
      others,
    ) => {
      const siblings = container.siblings.map(({ dot }, i) => ({ dot, version: others[i % 4]! }));
      return containerDigest(name, container) === containerDigest(name, { ...container, siblings });
    }),
    { numRuns: 200 },
  );
});

Deno.test("M17 a leaf changes with the key, with the clock and with every live dot", () => {
  fc.assert(
    fc.property(name, richContainer, fewActors, fc.nat(), (name, container, actor, n) => {
      const leaf = containerDigest(name, container);
      const { type, bucket, key } = name;
      const others = [
        // Bytes moved from one part of the name to the next are another name.
        containerDigest({ type, bucket: bucket + key[0], key: key.slice(1) }, container),
        containerDigest({ type: type + "\0", bucket, key }, container),
        containerDigest(name, { ...container, clock: increment(container.clock, actor) }),
      ];
      if (container.siblings.length > 0) {
        const gone = n % container.siblings.length;
        const siblings = container.siblings.filter((_, i) => i !== gone);
        others.push(containerDigest(name, { ...container, siblings }));
      }
      for (const other of others) assertNotEquals(other, leaf);
      return true;
    }),
    { numRuns: 200 },
  );
});

Deno.test("M17 unequal containers of a key have unequal leaves, in all of a small scope", () => {
  // Each of three events is unseen, live or dead; a's second is not seen before its first.
  const dots = [{ actor: ACTORS[0]!, counter: 1 }, { actor: ACTORS[0]!, counter: 2 }, {
    actor: ACTORS[1]!,
    counter: 1,
  }];
  const leaves = new Set<string>();
  for (const a of [[], [0], [0, 1]]) {
    for (const b of [[], [2]]) {
      const seen = [...a, ...b];
      for (let subset = 0; subset < 2 ** seen.length; subset++) {
        const live = seen.filter((_, i) => subset & (1 << i));
        leaves.add(containerDigest({ type: "default", bucket: "b", key: "k" }, {
          clock: new Map(seen.map((i) => [dots[i]!.actor, dots[i]!.counter])),
          siblings: live.map((i) => ({ dot: dots[i]!, version: version("v") })),
        }));
      }
    }
  }
  assertEquals(leaves.size, (1 + 2 + 4) * (1 + 2));
});

Deno.test("M17 a leaf does not depend on the order in which a clock was filled", () => {
  fc.assert(
    fc.property(name, richContainer, (name, container) => {
      const backwards = new Map([...container.clock].reverse());
      return containerDigest(name, container) ===
        containerDigest(name, { ...container, clock: backwards });
    }),
    { numRuns: 100 },
  );
});
