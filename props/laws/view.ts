/**
 * Laws of the view: expiry and last-writer-wins act on what a reader is shown, at the node that answers, and on no
 * container.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY, type Sibling, sync, write } from "../../src/version/siblings.ts";
import { FRESH, merge } from "../../src/version/version_vector.ts";
import { view } from "../../src/version/view.ts";
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
} from "../generators.ts";
import { example, type Law, negative, random } from "../law.ts";
import { liveEventsOf, show } from "../oracle_events.ts";
import { expiringMerge, textsOf } from "../wrong_merges.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

/** The dumb reading of "the greatest (stamp, dot)": siblings stand in the order of dots, and sorting by stamp keeps it. */
function latestOf(siblings: readonly Sibling[]): Sibling[] {
  return [...siblings].sort((a, b) => a.version.stamp - b.version.stamp).slice(-1);
}

/** Containers as they are, with another stamp or expiry in each version: a function of the dot. */
function withMore(
  held: readonly Container[],
  more: (sibling: Sibling) => Partial<Sibling["version"]>,
): Container[] {
  return held.map(({ clock, siblings }) => ({
    clock,
    siblings: siblings.map((sibling) => ({
      dot: sibling.dot,
      version: { ...sibling.version, ...more(sibling) },
    })),
  }));
}

/** D18 to D20. */
export const laws: readonly Law[] = [
  random(
    "D18",
    "a view changes no container: it only leaves versions out, and keeps their order",
    (run) => {
      run.forAll(richContainer, fc.boolean(), fc.nat(), (container, latestOnly, wallMs) => {
        const name = objectName("b", "k");
        const before = show(container) + containerDigest(name, container);
        const shown = view(container, { latestOnly, wallMs });
        assertEquals(shown, container.siblings.filter((sibling) => shown.includes(sibling)));
        assertEquals(show(container) + containerDigest(name, container), before);
        return true;
      });
    },
  ),
  random(
    "D18",
    "replicas that are viewed with any properties at any time end as those that never were",
    (run) => {
      const options = fc.record({ latestOnly: fc.boolean(), wallMs: fc.nat() });
      run.forAll(histories(), fc.array(options, { minLength: 1 }), (history, options) => {
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
        assertEquals(play(history, viewed).every.map(show), plain);
        return true;
      });
    },
  ),
  random(
    "D19",
    "the last-writer view is the greatest (stamp, dot), in whatever order replicas have merged",
    (run) => {
      const stamps = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 5 });
      run.forAll(containers(3), stamps, (held, stamps) => {
        // Ties are frequent here.
        const [a, b, c] = withMore(held, ({ dot }) => ({
          stamp: stamps[(dot.counter + dot.actor.length) % stamps.length]!,
        })) as [Container, Container, Container];
        const options = { latestOnly: true, wallMs: 0 };
        const [one, other] = [sync(sync(a, b), c), sync(b, sync(c, a))];
        assertEquals(view(one, options), latestOf(one.siblings));
        assertEquals(view(other, options), view(one, options));
        return true;
      });
    },
  ),
  random(
    "D19",
    "flipping the property at different times on replicas leaves equal containers",
    (run) => {
      // A put in a last-writer-wins bucket covers all that its coordinator holds: a put with another context, and no more.
      run.forAll(histories({ lossless: true }), fc.array(fc.boolean()), (history, flips) => {
        let turn = 0;
        const flipping: Algebra<Container> = {
          ...CONTAINERS,
          put: (held, seen, dot, version) => {
            const context = seen?.clock ?? FRESH;
            const lastWriterWins = flips[turn++ % (flips.length || 1)] ?? false;
            return write(held, lastWriterWins ? merge(context, held.clock) : context, dot, version);
          },
        };
        const [a, b, c] = play(history, flipping).replicas as [Container, Container, Container];
        assertEquals(show(sync(sync(a, b), c)), show(sync(c, sync(b, a))));
        return true;
      });
    },
  ),
  random(
    "D20",
    "expiry hides at the node that answers: one clock a year ahead loses nothing",
    (run) => {
      const expiries = fc.array(fc.option(fc.integer({ min: 1, max: 2 * YEAR_MS })), {
        minLength: 1,
      });
      run.forAll(containers(2), expiries, fc.nat({ max: YEAR_MS }), (held, expiries, wallMs) => {
        const expiryOf = (counter: number) => expiries[counter % expiries.length]!;
        const [a, b] = withMore(held, ({ dot }) => ({ expiresAtMs: expiryOf(dot.counter) })) as [
          Container,
          Container,
        ];
        view(a, { latestOnly: false, wallMs: wallMs + YEAR_MS });
        const joined = sync(a, b);
        const shown = view(joined, { latestOnly: false, wallMs }).map(({ dot }) => dot);
        const want = joined.siblings.map(({ dot }) => dot).filter(({ counter }) => {
          const expiresAtMs = expiryOf(counter);
          return expiresAtMs === null || wallMs < expiresAtMs;
        });
        assertEquals(shown, want);
        // Nothing to exchange before, at or after an expiry: the leaf knows no time.
        assertEquals(liveEventsOf(joined), liveEventsOf(sync(held[0]!, held[1]!)));
        return true;
      });
    },
  ),
  example("D20", "a version is shown until its expiry and not from it on", () => {
    const dot = { actor: actor("a"), counter: 1 };
    const held = write(EMPTY, FRESH, dot, version("v", { expiresAtMs: 1000 }));
    const shown = (wallMs: number) => view(held, { latestOnly: false, wallMs }).length;
    assertEquals([shown(999), shown(1000), shown(1001)], [1, 0, 0]);
  }),
  negative(
    "D20",
    "expiry inside merge lets one clock that is ahead kill an unexpired version everywhere",
    (run) => {
      const dot = { actor: actor("a"), counter: 1 };
      const atA = write(EMPTY, FRESH, dot, version("v", { expiresAtMs: 2000 }));
      const ahead = expiringMerge(9000)(EMPTY, atA);
      assertEquals(expiringMerge(1000)(atA, ahead).siblings, []);
      assertEquals(textsOf(sync(atA, sync(EMPTY, atA))), ["v"]);
      run.note(
        "v expires at 2000; b's clock says 9000, drops it, and a, at 1000, hears b: v is gone",
      );
    },
  ),
];
