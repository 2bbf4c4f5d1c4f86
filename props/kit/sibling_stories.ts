/**
 * Laws of siblings that are stories: what Mary and Peter, who are known from the literature, do to one key.
 *
 * @module
 */
import fc from "fast-check";
import { example, type Law, random } from "../law.ts";
import { demand, demandEqual } from "./demand.ts";
import type { SiblingImplementation } from "./siblings.ts";

/** The stories: D5, D6, D11 and D12. */
export function siblingStories<Held>(store: SiblingImplementation<Held>): Law[] {
  const { put, shown } = writer(store);
  const sync = (a: Held, b: Held) => store.sync(a, b);
  const { empty } = store;
  return [
    example(
      "D5",
      "Mary and Peter both write blindly through one coordinator: both versions live",
      () => {
        const mary = put(empty, null, ["a", 1], "Mary's");
        demandEqual(
          shown(put(mary, null, ["a", 2], "Peter's")),
          ["Mary's", "Peter's"],
          () => "values",
        );
      },
    ),
    example(
      "D5",
      "Peter reads v1, Mary writes v2 blindly, Peter writes v3 over v1: v2 and v3 live",
      () => {
        const v1 = put(empty, null, ["a", 1], "v1");
        const v2 = put(v1, null, ["a", 2], "v2");
        const v3 = put(v2, v1, ["a", 3], "v3");
        demandEqual(shown(v3), ["v2", "v3"], () => "values");
        const reconciled = put(v3, v3, ["a", 4], "v4");
        demandEqual(shown(reconciled), ["v4"], () => "values after a write over both");
        const late = sync(reconciled, v2);
        demandEqual(store.show(late), store.show(reconciled), () => "after a late v2");
      },
    ),
    random(
      "D6",
      "two interleaved read-modify-write clients see at most two siblings, and lose nothing",
      (run) => {
        // A client by turns reads both replicas, and writes through either of them.
        const turn = fc.record({ client: fc.nat({ max: 1 }), at: fc.nat({ max: 1 }) });
        const turns = fc.array(turn, { maxLength: 60, size: "max" });
        run.forAll(turns, (turns) => interleave(store, turns));
      },
      { runs: 200 },
    ),
    example(
      "D11",
      "duplicates are one, a later one supersedes, a successor of both supersedes a pair",
      () => {
        const left = () => put(empty, null, ["a", 1], "left");
        const right = put(empty, null, ["b", 1], "right");
        const later = put(left(), left(), ["a", 2], "later");
        const both = sync(left(), right);
        const successor = put(both, both, ["a", 2], "successor");
        const becomes = (got: Held, wanted: Held, what: string) =>
          demandEqual(store.show(got), store.show(wanted), () => what);
        becomes(sync(left(), left()), left(), "a duplicate");
        becomes(sync(left(), later), later, "a later version");
        becomes(sync(later, left()), later, "an earlier version");
        demandEqual(shown(both), ["left", "right"], () => "a concurrent pair");
        for (const old of [left(), right, both]) {
          becomes(sync(old, successor), successor, "a successor of both");
        }
      },
    ),
    example("D12", "two writes of the same bytes are two versions until one is overwritten", () => {
      const one = put(empty, null, ["a", 1], "same");
      const other = put(empty, null, ["b", 1], "same");
      demandEqual(shown(put(one, null, ["a", 2], "same")), ["same", "same"], () => "values");
      const both = sync(one, other);
      demandEqual(shown(both), ["same", "same"], () => "values of two replicas");
      demand(store.show(one) !== store.show(other), () => "equal bytes, two events: unlike states");
      const over = put(both, one, ["a", 2], "new");
      demandEqual(shown(over), ["new", "same"], () => "values after a write over one of them");
    }),
  ];
}

/** Short words for writes and what a reader gets. */
function writer<Held>(store: SiblingImplementation<Held>) {
  const actorName = store.actorName ?? ((replica, life) => `${replica}${life}`);
  return {
    put: (held: Held, seen: Held | null, [replica, counter]: [string, number], value: string) =>
      store.put(held, seen, { actor: actorName(replica, 1), counter, value, deletes: false }),
    shown: (held: Held) => [...store.values(held)].sort(),
  };
}

/** Each client's value says all that it knows to be done. Two replicas hear one another at once. */
function interleave<Held>(
  store: SiblingImplementation<Held>,
  turns: readonly { client: number; at: number }[],
): true {
  const { put } = writer(store);
  const replicas = [store.empty, store.empty];
  const counters = [0, 0];
  const hasRead: (Held | null)[] = [null, null];
  const few = (held: Held) =>
    demand(
      store.values(held).length <= 2,
      () => `at most two siblings wanted, got ${store.values(held)}`,
    );
  const done = (held: Held) => new Set(store.values(held).flatMap((value) => value.split(",")));
  let total = 0;
  for (const { client, at } of turns) {
    const seen = hasRead[client];
    if (seen === null || seen === undefined) {
      hasRead[client] = store.sync(replicas[0]!, replicas[1]!);
      few(hasRead[client]!);
      continue;
    }
    const value = [...done(seen).add(`${total++}`)].join();
    const after = put(replicas[at]!, seen, ["ab"[at]!, ++counters[at]!], value);
    replicas[at] = after;
    replicas[1 - at] = store.sync(replicas[1 - at]!, after);
    few(after);
    hasRead[client] = null;
  }
  const kept = done(store.sync(replicas[0]!, replicas[1]!));
  const lost = Array.from({ length: total }, (_, i) => `${i}`).filter((write) => !kept.has(write));
  return demandEqual(lost, [], () => "writes that are lost");
}
