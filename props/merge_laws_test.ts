/**
 * Laws of what merge is a function of: the two containers and nothing else. Twins, expiry and last-writer-wins are each
 * tried *inside* merge here, to see what a cluster would lose, and as the view that rotor has instead.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Dot } from "../src/id.ts";
import { containerDigest } from "../src/version/digest.ts";
import {
  type Container,
  EMPTY,
  holds,
  type Sibling,
  sync,
  type Version,
  write,
} from "../src/version/siblings.ts";
import { covers, FRESH, merge } from "../src/version/version_vector.ts";
import { view } from "../src/version/view.ts";
import {
  actor,
  type Algebra,
  CONTAINERS,
  containers,
  histories,
  objectName,
  play,
  richContainer,
  version,
} from "./generators.ts";
import { liveEventsOf, show } from "./oracle_events.ts";

const RUNS = { numRuns: 300 };

/** Checks `law` on containers that one history reached, as many as `law` takes. */
function forContainers(count: number, law: (...held: Container[]) => boolean): void {
  fc.assert(fc.property(containers(count), (held) => law(...held)), RUNS);
}

function text(version: Version): string {
  return String.fromCharCode(...version.content);
}

function texts({ siblings }: Container): string[] {
  return siblings.map(({ version }) => text(version));
}

Deno.test("D2 sync is commutative, associative and idempotent, with the empty container as unit", () => {
  forContainers(3, (a, b, c) =>
    show(sync(a, b)) === show(sync(b, a)) &&
    show(sync(sync(a, b), c)) === show(sync(a, sync(b, c))) &&
    show(sync(a, { ...a })) === show(a) &&
    show(sync(a, EMPTY)) === show(a) && show(sync(EMPTY, a)) === show(a));
});

/** For each event: unseen, live or dead. A container of few events, as a table of these. */
const STATES = ["unseen", "live", "dead"] as const;
const EVENTS: readonly Dot[] = [
  { actor: actor("a"), counter: 1 },
  { actor: actor("a"), counter: 2 },
  { actor: actor("b"), counter: 1 },
];
/** All containers over EVENTS, contiguous as I1 wants them: an actor's second event is not seen before its first. */
const EVERY_CONTAINER: readonly Container[] = STATES.flatMap((a1) =>
  STATES.flatMap((a2) =>
    STATES.flatMap((b1) => {
      if (a1 === "unseen" && a2 !== "unseen") return [];
      const states = [a1, a2, b1];
      const seen = EVENTS.filter((_, i) => states[i] !== "unseen");
      return [{
        clock: new Map(seen.map(({ actor, counter }) => [actor, counter])),
        siblings: EVENTS.filter((_, i) => states[i] === "live")
          .map((dot) => ({ dot, version: version(`${dot.counter}`) })),
      }];
    })
  )
);

Deno.test("D3 sync keeps a version unless the other has seen it and holds it no more, in all of a small scope", () => {
  assertEquals(EVERY_CONTAINER.length, 21);
  for (const a of EVERY_CONTAINER) {
    for (const b of EVERY_CONTAINER) {
      const joined = sync(a, b);
      for (const dot of EVENTS) {
        const dropped = (x: Container) => covers(x.clock, dot) && !holds(x, dot);
        assertEquals(
          holds(joined, dot),
          (holds(a, dot) || holds(b, dot)) && !dropped(a) && !dropped(b),
        );
      }
      assertEquals(joined.clock, merge(a.clock, b.clock));
    }
  }
});

/** The laws of a join, on every triple of `held`; null, or a sentence about the first that fails. */
function joinFailure(held: readonly Container[], merge: typeof sync): string | null {
  for (const a of held) {
    if (show(merge(a, { ...a })) !== show(a)) return `not idempotent: ${show(a)}`;
    for (const b of held) {
      if (show(merge(a, b)) !== show(merge(b, a))) return `not commutative: ${show(a)}, ${show(b)}`;
      for (const c of held) {
        if (show(merge(merge(a, b), c)) !== show(merge(a, merge(b, c)))) {
          return `not associative: ${show(a)}, ${show(b)}, ${show(c)}`;
        }
      }
    }
  }
  return null;
}

/** Of versions with one write id, only the first by `rank` stays: what "folding twins" would do. */
function fold(container: Container, rank: (dot: Dot) => number): Container {
  const first = new Map<string, Dot>();
  for (const { dot, version } of container.siblings) {
    const other = first.get(version.writeId);
    if (!other || rank(dot) < rank(other)) first.set(version.writeId, dot);
  }
  return {
    ...container,
    siblings: container.siblings.filter(({ dot, version }) => first.get(version.writeId) === dot),
  };
}

// The first event of a and that of b are one client's put, coordinated twice: twins. Nobody who folds holds both.
const WITH_TWINS = EVERY_CONTAINER
  .filter((held) => !holds(held, EVENTS[0]!) || !holds(held, EVENTS[2]!))
  .map(({ clock, siblings }): Container => ({
    clock,
    siblings: siblings.map(({ dot }) => ({ dot, version: version(dot.counter === 1 ? "w" : "x") })),
  }));

Deno.test("D17 merge is a join on every triple of a small scope, twins or not", () => {
  assertEquals(joinFailure(EVERY_CONTAINER, sync), null);
  assertEquals(joinFailure(WITH_TWINS, sync), null);
});

Deno.test("D17 merge depends on the two containers alone, and changes neither", () => {
  forContainers(2, (a, b) => {
    const before = show(a) + show(b);
    const copy = (c: Container): Container => ({
      clock: new Map(c.clock),
      siblings: [...c.siblings],
    });
    const first = show(sync(a, b));
    sync(b, a);
    return first === show(sync(copy(a), copy(b))) && before === show(a) + show(b);
  });
  assertEquals(sync.length, 2);
});

Deno.test("D17 kills fold-least: of twins the one with the least dot stays", () => {
  const foldLeast = (a: Container, b: Container) =>
    fold(sync(a, b), (dot) => EVENTS.findIndex((event) => event.actor === dot.actor));
  assert(joinFailure(WITH_TWINS, foldLeast)?.startsWith("not associative"));
  // And what that means: a put overwrites the twin that its client has read, and the other one comes back.
  const [a1, , b1] = EVENTS as [Dot, Dot, Dot];
  const [atA, atB] = [a1, b1].map((dot) => write(EMPTY, FRESH, dot, version("w"))) as [
    Container,
    Container,
  ];
  const over = write(atB, atA.clock, { actor: actor("b"), counter: 2 }, version("x"));
  assertEquals(foldLeast(foldLeast(atA, atB), over).siblings.length, 1);
  assertEquals(foldLeast(atA, over).siblings.map(({ version }) => text(version)), ["w", "x"]);
});

Deno.test("D17 kills fold-first: of twins the one that was here first stays", () => {
  const foldFirst = (a: Container, b: Container) =>
    fold(sync(a, b), (dot) => (holds(a, dot) ? 0 : 1));
  assert(joinFailure(WITH_TWINS, foldFirst)?.startsWith("not commutative"));
  // And what that means: each side keeps its own twin with a clock that covers the other's, and both are lost.
  const [a1, , b1] = EVENTS as [Dot, Dot, Dot];
  const [atA, atB] = [a1, b1].map((dot) => write(EMPTY, FRESH, dot, version("w"))) as [
    Container,
    Container,
  ];
  const [p, q] = [foldFirst(atA, atB), foldFirst(atB, atA)];
  assertEquals(p.clock, q.clock);
  assertEquals(foldFirst(p, q).siblings, []);
});

// ---- Views

/** A mutant: last-writer-wins inside merge. Of the joined versions only the one with the greatest (stamp, dot) stays. */
const lastWriterMerge = (a: Container, b: Container): Container => {
  const joined = sync(a, b);
  return { ...joined, siblings: view(joined, { latestOnly: true, wallMs: 0 }) };
};

/** A mutant: expiry inside merge. What this node's clock calls expired is dropped and stays covered. */
const expiringMerge = (wallMs: number) => (a: Container, b: Container): Container => {
  const joined = sync(a, b);
  return { ...joined, siblings: view(joined, { latestOnly: false, wallMs }) };
};

Deno.test("D18 a view changes no container: it only leaves versions out, and keeps their order", () => {
  fc.assert(
    fc.property(richContainer, fc.boolean(), fc.nat(), (container, latestOnly, wallMs) => {
      const name = objectName("b", "k");
      const before = show(container) + containerDigest(name, container);
      const shown = view(container, { latestOnly, wallMs });
      const kept = container.siblings.filter((sibling) => shown.includes(sibling));
      assertEquals(shown, kept);
      assertEquals(show(container) + containerDigest(name, container), before);
      return true;
    }),
    RUNS,
  );
});

Deno.test("D18 replicas that are viewed with any properties at any time end as those that never were", () => {
  const options = fc.record({ latestOnly: fc.boolean(), wallMs: fc.nat() });
  fc.assert(
    fc.property(histories(), fc.array(options, { minLength: 1 }), (history, options) => {
      let turn = 0;
      const viewed: Algebra<Container> = {
        ...CONTAINERS,
        sync: (a, b) => {
          view(a, options[turn++ % options.length]!);
          view(b, options[turn++ % options.length]!);
          return sync(a, b);
        },
      };
      const plain = play(history, CONTAINERS).every.map(show);
      return `${play(history, viewed).every.map(show)}` === `${plain}`;
    }),
    RUNS,
  );
});

/** The dumb reading of "the greatest (stamp, dot)": siblings stand in the order of dots, and sorting by stamp keeps it. */
function latestOf(siblings: readonly Sibling[]): Sibling[] {
  return [...siblings].sort((a, b) => a.version.stamp - b.version.stamp).slice(-1);
}

Deno.test("D19 the last-writer view is the greatest (stamp, dot), in whatever order replicas have merged", () => {
  const stamps = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(containers(3), stamps, (held, stamps) => {
      // A stamp is a function of the dot; ties are frequent here.
      const stamped = held.map(({ clock, siblings }): Container => ({
        clock,
        siblings: siblings.map(({ dot, version }) => ({
          dot,
          version: { ...version, stamp: stamps[(dot.counter + dot.actor.length) % stamps.length]! },
        })),
      })) as [Container, Container, Container];
      const [a, b, c] = stamped;
      const options = { latestOnly: true, wallMs: 0 };
      const [one, other] = [sync(sync(a, b), c), sync(b, sync(c, a))];
      assertEquals(view(one, options), latestOf(one.siblings));
      assertEquals(view(other, options), view(one, options));
      return true;
    }),
    RUNS,
  );
});

Deno.test("D19 negative: last-writer-wins inside merge loses everything", () => {
  const at = (node: string) => ({ actor: actor(node), counter: 1 });
  const v1 = write(EMPTY, FRESH, at("a"), version("v1", { stamp: 9 }));
  const v2 = write(EMPTY, FRESH, at("b"), version("v2", { stamp: 8 }));
  const v3 = write(EMPTY, v1.clock, at("c"), version("v3", { stamp: 7 })); // its writer has read v1
  const x = lastWriterMerge(lastWriterMerge(v1, v3), v2);
  const y = lastWriterMerge(lastWriterMerge(v1, v2), v3);
  assertEquals([texts(x), texts(y)], [["v2"], ["v3"]]);
  assertEquals(x.clock, y.clock);
  assertEquals(texts(lastWriterMerge(x, y)), []);
  const truth = sync(sync(v1, v2), v3);
  assertEquals(texts(truth), ["v2", "v3"]);
  assertEquals(view(truth, { latestOnly: true, wallMs: 0 }).map(({ dot }) => dot), [at("b")]);
});

Deno.test("D19 flipping the property at different times on replicas leaves equal containers", () => {
  // A put in a last-writer-wins bucket covers all that its coordinator holds: a put with another context, and no more.
  fc.assert(
    fc.property(histories({ lossless: true }), fc.array(fc.boolean()), (history, flips) => {
      let turn = 0;
      const flipping: Algebra<Container> = {
        ...CONTAINERS,
        put: (held, seen, dot, version) => {
          const context = seen?.clock ?? FRESH;
          const lastWriterWins = flips[turn++ % (flips.length || 1)] ?? false;
          return write(held, lastWriterWins ? merge(context, held.clock) : context, dot, version);
        },
      };
      const { replicas: [a, b, c] } = play(history, flipping);
      return show(sync(sync(a!, b!), c!)) === show(sync(c!, sync(b!, a!)));
    }),
    RUNS,
  );
});

Deno.test("D20 expiry hides at the node that answers: one clock a year ahead loses nothing", () => {
  const yearMs = 365 * 24 * 3_600_000;
  const expiries = fc.array(fc.option(fc.integer({ min: 1, max: 2 * yearMs })), { minLength: 1 });
  fc.assert(
    fc.property(containers(2), expiries, fc.nat({ max: yearMs }), (held, expiries, wallMs) => {
      const [a, b] = held.map(({ clock, siblings }): Container => ({
        clock,
        siblings: siblings.map(({ dot, version }) => ({
          dot,
          version: { ...version, expiresAtMs: expiries[dot.counter % expiries.length]! },
        })),
      })) as [Container, Container];
      view(a, { latestOnly: false, wallMs: wallMs + yearMs });
      const joined = sync(a, b);
      const shown = view(joined, { latestOnly: false, wallMs }).map(({ dot }) => dot);
      const want = joined.siblings.map(({ dot }) => dot).filter(({ counter }) => {
        const expiresAtMs = expiries[counter % expiries.length]!;
        return expiresAtMs === null || wallMs < expiresAtMs;
      });
      assertEquals(shown, want);
      // Nothing to exchange before, at or after an expiry: the leaf knows no time.
      assertEquals(
        `${liveEventsOf(joined)}`,
        `${liveEventsOf(sync(...(held as [Container, Container])))}`,
      );
      return true;
    }),
    RUNS,
  );
});

Deno.test("D20 a version is shown until its expiry and not from it on", () => {
  const dot = { actor: actor("a"), counter: 1 };
  const held = write(EMPTY, FRESH, dot, version("v", { expiresAtMs: 1000 }));
  const shown = (wallMs: number) => view(held, { latestOnly: false, wallMs }).length;
  assertEquals([shown(999), shown(1000), shown(1001)], [1, 0, 0]);
});

Deno.test("D20 negative: expiry inside merge lets one clock that is ahead kill an unexpired version everywhere", () => {
  const dot = { actor: actor("a"), counter: 1 };
  const atA = write(EMPTY, FRESH, dot, version("v", { expiresAtMs: 2000 }));
  const ahead = expiringMerge(9000)(EMPTY, atA);
  assertEquals(expiringMerge(1000)(atA, ahead).siblings, []);
  assertEquals(texts(sync(atA, sync(EMPTY, atA))), ["v"]);
});
