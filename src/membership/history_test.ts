import { assertEquals, assertThrows } from "@std/assert";
import { type Digest, hex, nodeId } from "../id.ts";
import { ChangeError, makeRevision } from "../protocol/canonical.ts";
import type { Revision, Step } from "../protocol/change.ts";
import { found } from "./found.ts";
import { fold, History } from "./history.ts";

const [a, b, c, d] = [nodeId("a"), nodeId("b"), nodeId("c"), nodeId("d")];

function clusterOf(...nodes: (typeof a)[]): History {
  const members = nodes.map((node) => ({ node, zone: "", weight: 1 }));
  return History.of(found({ partitions: 4, replicas: 2, members }));
}

function write(on: History, steps: Step[], more: Partial<Revision> = {}): Revision {
  return makeRevision({ ...on.next(), author: a, wallMs: 0, steps, moves: [], ...more });
}

function take(on: History, ...batch: Revision[]): History {
  const taking = on.take(batch);
  if (taking.kind !== "taken") throw new Error(`taken wanted, got ${taking.kind}`);
  return taking.history;
}

const statusOf = (history: History) => Object.fromEntries(fold(history).status);

Deno.test("a deal is for ever: the default cluster of three has this id", () => {
  const members = [a, b, c].map((node) => ({ node, zone: "", weight: 1 }));
  const genesis = found({ partitions: 256, replicas: 3, members });
  // If this changes, a store that an earlier version founded would be refused by this one.
  assertEquals(hex(genesis.id), "ed7f237ca09adcb495158605ba045e0c");
});

Deno.test("a leave by a node with a slow clock comes after the join that it knew of", () => {
  const book = clusterOf(a, b);
  const join = write(book, [{ kind: "join", node: c, zone: "east", weight: 2 }], {
    wallMs: 13 * 3_600_000, // the operator's clock is an hour ahead
  });
  const leave = write(take(book, join), [{ kind: "leave", node: c }], {
    author: b,
    wallMs: 12 * 3_600_000,
  });
  assertEquals(statusOf(take(book, leave, join)), { a: "in", b: "in", c: "leaving" });
});

Deno.test("two sides that each let the other's last node go keep one", () => {
  const book = clusterOf(a, b);
  const [one, other] = [
    write(book, [{ kind: "leave", node: a }]),
    write(book, [{ kind: "leave", node: b }], { author: b }),
  ];
  const healed = take(take(book, one), other);
  assertEquals(healed.heads.length, 2);
  const first = one.id < other.id ? "a" : "b";
  const second = one.id < other.id ? "b" : "a";
  assertEquals(statusOf(healed), { [first]: "leaving", [second]: "in" });
  assertEquals(fold(healed).ring.active.map(({ node }) => node), [nodeId(second)]);
});

Deno.test("whoever is out stays out, and the tokens of nobody are taken in turn", () => {
  const book = clusterOf(a, b);
  const steps: Step[] = [
    { kind: "join", node: c, zone: "", weight: 1 },
    { kind: "join", node: d, zone: "", weight: 1 },
    { kind: "remove", node: a, acceptLoss: false },
    { kind: "left", node: b },
    { kind: "join", node: a, zone: "", weight: 1 },
    { kind: "stay", node: b },
  ];
  const view = fold(take(book, write(book, steps)));
  assertEquals(Object.fromEntries(view.status), { a: "out", b: "out", c: "in", d: "in" });
  assertEquals([...view.owners.values()], [c, d, c, d]);
});

Deno.test("a node that takes another's place is placed like it", () => {
  const book = clusterOf(a);
  const zone = write(book, [{ kind: "zone", node: a, zone: "east" }]);
  const replaced = take(
    take(book, zone),
    write(take(book, zone), [
      { kind: "replace", old: a, new: b },
      { kind: "replace", old: nodeId("never"), new: c }, // nobody's place
    ]),
  );
  const view = fold(replaced);
  assertEquals(Object.fromEntries(view.status), { a: "leaving", b: "in" });
  assertEquals(view.members.get(b), { node: b, zone: "east", weight: 1 });
});

Deno.test("a change without its parents is not taken, and they are named", () => {
  const book = clusterOf(a, b);
  const first = write(book, [{ kind: "leave", node: a }]);
  const second = write(take(book, first), [{ kind: "stay", node: a }]);
  assertEquals(book.take([second]), { kind: "missing", parents: [first.id] });
  assertEquals(take(book, second, first).heads, [second.id]);
});

Deno.test("a height that does not follow from the parents is refused", () => {
  const book = clusterOf(a, b);
  const high = write(book, [], { height: 7 });
  assertEquals(book.take([high]), {
    kind: "refused",
    reason: "Cannot take the change: height 1 wanted, got 7",
  });
});

Deno.test("a change of another cluster is refused, not waited for", () => {
  const book = clusterOf(a, b);
  const other = clusterOf(a, b, c);
  const reason = "Cannot take the change: it is of another cluster";
  const foreign = write(other, [{ kind: "leave", node: a }]);
  assertEquals(book.take([foreign]), { kind: "refused", reason });
  assertEquals(book.take([other.genesis]), { kind: "refused", reason });
  const taking = book.take([book.genesis]);
  assertEquals(taking.kind === "taken" && taking.added, []);
});

Deno.test("a base that nobody knows is missing like a parent", () => {
  const book = clusterOf(a, b);
  const base = "0123456789abcdef" as Digest;
  assertEquals(book.take([write(book, [], { base })]), { kind: "missing", parents: [base] });
});

Deno.test("a stored history with a gap, or without its genesis, is refused", () => {
  const book = clusterOf(a, b);
  const first = write(book, []);
  const second = write(take(book, first), []);
  assertThrows(() => History.from([first]), ChangeError, "it has no genesis");
  assertThrows(() => History.from([book.genesis, second]), ChangeError, "1 parents are missing");
  assertThrows(
    () => History.from([book.genesis, { ...first, wallMs: 5 }]),
    ChangeError,
    "its id is not that of its fields",
  );
});
