/**
 * Bugs that were found once, each kept as the smallest case that shows it (law T6). Every case is replayed for ever: what
 * rotor has must do right by it, and the bug must still fail, or else the case has stopped to show anything.
 *
 * To keep another: write the smallest case as a `replay` over any implementation, and the bug beside it.
 *
 * @module
 */
import { type Container, sync } from "../src/version/siblings.ts";
import { FRESH } from "../src/version/version_vector.ts";
import { rotorSiblings } from "./adapters.ts";
import { actor } from "./generators.ts";
import { demandEqual } from "./kit/demand.ts";
import type { EventName, Write } from "./kit/histories.ts";
import type { SiblingImplementation } from "./kit/siblings.ts";
import { foldEqualBytes, foldFirst, foldLeast, lastWriterMerge } from "./wrong_merges.ts";

/** A bug, and the smallest case that shows it. */
export interface Counterexample {
  /** The laws that it broke. */
  readonly ids: readonly string[];
  /** What went wrong, in one sentence without a final period. */
  readonly name: string;
  /** Does what showed the bug; throws if it still shows. */
  replay(siblings: SiblingImplementation<Container>): void;
  /** The implementation that had the bug. */
  readonly bug: SiblingImplementation<Container>;
}

const at = (node: string, counter = 1): EventName => ({ actor: actor(node), counter });

/** A put by a client that has read `seen`. */
function put(
  { empty, put }: SiblingImplementation<Container>,
  event: EventName,
  value: string,
  { held = empty, seen = null }: { held?: Container; seen?: Container | null } = {},
): Container {
  return put(held, seen, { ...event, value, deletes: false });
}

/** Demands these values, in any order. */
function shows(
  { values }: SiblingImplementation<Container>,
  held: Container,
  wanted: readonly string[],
): void {
  demandEqual([...values(held)].sort(), wanted, () => "values");
}

/** Merges everything, one after another. */
function all(siblings: SiblingImplementation<Container>, ...held: Container[]): Container {
  return held.reduce((a, b) => siblings.sync(a, b));
}

/** rotor's containers with another merge. The bytes of a version are its value here, and its stamp may be in it: `v@9`. */
function merging(
  merge: (a: Container, b: Container) => Container,
): SiblingImplementation<Container> {
  return { ...rotorSiblings, sync: merge, put: stamped(rotorSiblings.put) };
}

function stamped(put: SiblingImplementation<Container>["put"]): typeof put {
  return (held, seen, write) => {
    const after = put(held, seen, write);
    const stamp = Number(write.value.split("@")[1] ?? 0);
    const siblings = after.siblings.map(({ dot, version }) => ({
      dot,
      version: version.writeId === write.value ? { ...version, stamp } : version,
    }));
    return { ...after, siblings };
  };
}

/** All cases that are kept, oldest first. */
export const counterexamples: readonly Counterexample[] = [
  {
    ids: ["D1", "D5"],
    name: "of two blind puts through one actor the first was lost",
    replay: (siblings) => {
      const first = put(siblings, at("a"), "Mary's");
      shows(siblings, put(siblings, at("a", 2), "Peter's", { held: first }), ["Mary's", "Peter's"]);
    },
    // The put was a sync with {a:2}, which claims that a's first event was seen.
    bug: {
      ...rotorSiblings,
      put: (held, seen, write) =>
        sync(sync(held, { clock: seen?.clock ?? FRESH, siblings: [] }), only(write)),
    },
  },
  {
    ids: ["D2", "D17"],
    name:
      "twins that were folded onto the least dot came back after an overwrite, in one order of merging",
    replay: (siblings) => {
      const [twin, other] = [put(siblings, at("a"), "w"), put(siblings, at("b"), "w")];
      const over = put(siblings, at("z"), "x", { seen: twin });
      const one = all(siblings, all(siblings, twin, other), over);
      const two = all(siblings, twin, all(siblings, other, over));
      demandEqual(siblings.show(one), siblings.show(two), () => "merged in two orders");
    },
    bug: merging(foldLeast),
  },
  {
    ids: ["D2", "D17"],
    name: "twins that were folded onto the one that was here first were both lost",
    replay: (siblings) => {
      const [twin, other] = [put(siblings, at("a"), "w"), put(siblings, at("b"), "w")];
      const met = all(siblings, all(siblings, twin, other), all(siblings, other, twin));
      demandEqual(siblings.values(met).length > 0, true, () => "some version is left");
    },
    bug: merging(foldFirst),
  },
  {
    ids: ["D3", "D19"],
    name: "last-writer-wins inside merge left nothing of three versions",
    replay: (siblings) => {
      const v1 = put(siblings, at("a"), "v1@9");
      const v2 = put(siblings, at("b"), "v2@8");
      const v3 = put(siblings, at("c"), "v3@7", { seen: v1 });
      const met = all(siblings, all(siblings, v1, v3, v2), all(siblings, v1, v2, v3));
      shows(siblings, met, ["v2@8", "v3@7"]);
    },
    bug: merging(lastWriterMerge),
  },
  {
    ids: ["D12"],
    name: "two versions of the same bytes were taken for one, and overwriting one overwrote both",
    replay: (siblings) => {
      const one = put(siblings, at("a"), "same");
      const both = all(siblings, one, put(siblings, at("b"), "same"));
      shows(siblings, both, ["same", "same"]);
      const over = put(siblings, at("a", 2), "new", { held: both, seen: one });
      shows(siblings, over, ["new", "same"]);
    },
    bug: merging(foldEqualBytes),
  },
  {
    ids: ["V12", "V14"],
    name: "a node-wide counter issued a:2 from a record that had lost a:1, and killed it",
    replay: (siblings) => {
      const first = put(siblings, at("a"), "v1");
      // a's record is gone, b's copy of it is not. A put must take a new actor, or be refused.
      let second: Container;
      try {
        second = put(siblings, at("a", 2), "v2");
      } catch (error) {
        if (error instanceof RangeError) return;
        throw error;
      }
      shows(siblings, all(siblings, second, first), ["v1", "v2"]);
    },
    bug: { ...rotorSiblings, put: (held, _seen, write) => sync(held, only(write)) },
  },
  {
    ids: ["D16", "V14"],
    name:
      "a put that took its whole container for its context overwrote what its client had not read",
    replay: (siblings) => {
      const v1 = put(siblings, at("a"), "v1");
      const v2 = put(siblings, at("a", 2), "v2", { held: v1 });
      shows(siblings, put(siblings, at("a", 3), "v3", { held: v2, seen: v1 }), ["v2", "v3"]);
    },
    bug: { ...rotorSiblings, put: (held, _seen, write) => rotorSiblings.put(held, held, write) },
  },
];

/** A container that holds one write, with a clock that claims all earlier events of its actor. */
function only({ actor, counter, value }: Write): Container {
  const event = { actor, counter };
  return rotorSiblings.of!([event], [{ ...event, value, deletes: false }]);
}
