/**
 * Mistakes of one node with its own copies: naming events, the disk, what is answered when.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const DOTS = "src/replica/dots.ts";
const COORDINATE = "src/replica/coordinate.ts";
const STAMPS = "src/replica/stamps.ts";
const REPLICA = "src/replica/replica.ts";
const BENCH = "src/replica/bench.ts";
const LANE = "src/replica/lane.ts";
const FRESH = "return { actor: actorOf(this.#node, this.#boot, this.#seq++), counter: 1 };";

/** Mutants of dots, stamps and lanes. */
export const replica: readonly Mutant[] = [
  {
    name: "actor-from-clock",
    file: DOTS,
    from: `    const mine = record?.mine ?? null;
    if (mine === null || bootOf(mine.actor) !== this.#boot || this.#burnt.has(mine.actor)) {`,
    to: `    const own = [...record?.container.clock ?? []].filter(([actor]) =>
      actor.slice(1, -12) === this.#node
    ).map(([actor, counter]) => ({ actor, counter }));
    const mine = own.at(-1) ?? null;
    if (mine === null) {`,
    why: "a coordinator goes on with whatever actor of its node it finds in the clock",
    kills: ["V14", "V15", "V16"],
  },
  {
    name: "actor-of-any-boot",
    file: DOTS,
    from: "bootOf(mine.actor) !== this.#boot || ",
    to: "",
    why: "an actor is counted on after a restart, though the disk may have gone back in time",
    kills: ["V12", "V14", "V15", "S14"],
  },
  {
    name: "actor-survives-failed-store",
    file: DOTS,
    from: "this.#burnt.add(actor);",
    to: "",
    why: "after a failed store the same dot is issued once more, for another value",
    kills: ["V12", "V14", "V16", "S1"],
  },
  {
    name: "skip-a-counter",
    file: DOTS,
    from: ` || this.#burnt.has(mine.actor)) {
      return { dot: this.#fresh(), overtaken: false };
    }`,
    to: `) {
      return { dot: this.#fresh(), overtaken: false };
    }
    if (this.#burnt.has(mine.actor)) {
      return { dot: { actor: mine.actor, counter: mine.counter + 2 }, overtaken: false };
    }`,
    why: "after a failed store the actor goes on, one counter further",
    kills: ["V16"],
  },
  {
    name: "counter-of-the-node",
    file: DOTS,
    from: FRESH,
    to: "return { actor: actorOf(this.#node, this.#boot, 0), counter: ++this.#seq };",
    why:
      "one counter serves all keys of a node, so that an entry claims events which the record never had",
    kills: ["V15", "V16", "S11"],
  },
  {
    name: "counter-shared-by-keys",
    file: DOTS,
    from: FRESH,
    to: "return { actor: actorOf(this.#node, this.#boot, 0), counter: 1 };",
    why: "all keys and all losses of a record share the one actor of the boot",
    kills: ["V15", "V16"],
  },
  {
    name: "counter-from-context",
    file: DOTS,
    from: "if (known > mine.counter) return { dot: this.#fresh(), overtaken: true };",
    to: `if (known > mine.counter) {
      return { dot: { actor: mine.actor, counter: known + 1 }, overtaken: true };
    }`,
    why: "a coordinator counts on from what the client has seen, instead of from what it holds",
    kills: ["V15"],
  },
  {
    name: "overtaken-unnoticed",
    file: DOTS,
    from: "    if (known > mine.counter) return { dot: this.#fresh(), overtaken: true };\n",
    to: "",
    why: "a record that has gone back in time goes on with its actor",
    kills: ["V15"],
  },
  {
    name: "blind-put-covers",
    file: COORDINATE,
    from: "const context = order.seen ?? SEEN_NOTHING;",
    to: "const context = order.seen ?? { clock: held.clock, stamp: 0 };",
    why: "a put without a context replaces all that its coordinator holds",
    kills: ["D4", "D5", "S1"],
  },
  {
    name: "delete-is-easily-content",
    file: COORDINATE,
    from: "descends(held.clock, seen) && ",
    to: "",
    why: "a delete that has seen what its coordinator has not is taken for a repeated one",
    kills: ["S10"],
  },
  {
    name: "delete-upon-delete",
    file: COORDINATE,
    from: "if (tombstone && record && descends(held.clock, seen) && !coversAny(seen, held)) {",
    to: "if (false) {",
    why: "each repetition of a delete adds a tombstone",
    kills: ["S10"],
  },
  {
    name: "last-writer-keeps-siblings",
    file: COORDINATE,
    from: "order.props.last_write_wins ? merge(context.clock, held.clock) : context.clock",
    to: "context.clock",
    why: "in a last-writer-wins bucket siblings pile up, since a put covers its context alone",
    kills: ["D18"],
  },
  {
    name: "value-garbled",
    file: COORDINATE,
    from: "return { ...said, ",
    to: "return { ...said, content: said.content.map((byte) => byte ^ 1), ",
    why: "what is stored is not what was put",
    kills: ["S4"],
  },
  {
    name: "expiry-is-a-duration",
    file: COORDINATE,
    from: "lifeMs === null ? null : writtenMs + lifeMs",
    to: "lifeMs",
    why: "what is kept is for how long, and not until when",
    kills: ["D20"],
  },
  {
    name: "bucket-expiry-over-put",
    file: COORDINATE,
    from: "return said ?? (bucketS === null ? null : bucketS * 1000);",
    to: "return bucketS === null ? said : bucketS * 1000;",
    why: "a put that says for how long its value lives is not heard where the bucket says it too",
    kills: ["D20"],
  },
  {
    name: "tombstone-expires",
    file: COORDINATE,
    from: "version.tombstone ? null : props.expires_in",
    to: "props.expires_in",
    why: "a delete in a bucket whose values expire is forgotten when they would be",
    kills: ["D20"],
  },
  {
    name: "container-without-limit",
    file: COORDINATE,
    from: "if (bytes > maxContainerBytes) {",
    to: "if (false) {",
    why: "a key may grow without end",
    kills: ["D4"],
  },
  {
    name: "stamp-from-wall-clock",
    file: STAMPS,
    from: "return Math.max(this.#last, floor + 1);",
    to: "return this.#last;",
    why:
      "a write is stamped by its coordinator's clock, though that is behind the value it replaces",
    kills: ["D19"],
  },
  {
    name: "stamp-follows-anybody",
    file: STAMPS,
    from: "if (stamp <= mostOf(now)) ",
    to: "",
    why: "one clock that is a year ahead drags all others along",
    kills: ["D20"],
  },
  {
    name: "stamps-creep",
    file: STAMPS,
    from: "Math.min(this.#last + 1, mostOf(now));",
    to: "this.#last + 1;",
    why: "coordinators that follow one another go ahead of all wall clocks, step by step",
    kills: ["D20"],
  },
  {
    name: "acknowledged-before-stored",
    file: BENCH,
    from: "if (waiter) held.next.waiters.push(waiter);",
    to: "if (waiter) sayStored(this.#locator, { name: lane.name, waiter, durable: true }, out);",
    why: "a replica acknowledges a copy that is not on its disk yet",
    kills: ["Q4", "S12"],
  },
  {
    name: "own-copy-counted-early",
    file: BENCH,
    from: `held.next.record = record;
    held.next.waiters.push(waiter);`,
    to: `held.next.record = record;
    sayStored(this.#locator, { name: lane.name, waiter, durable: true }, out);`,
    why: "a coordinator counts its own copy before it is stored, and though the store may fail",
    kills: ["Q4", "Q9"],
  },
  {
    name: "news-acknowledged-in-memory",
    file: BENCH,
    from: "if (pending === null) {\n        sayStored",
    to: "if (lane !== null) {\n        sayStored",
    why:
      "a copy that came before is acknowledged at once, though the first is still on its way to the disk",
    kills: ["Q4"],
  },
  {
    name: "read-from-memory",
    file: BENCH,
    from: "sayRead(this.#locator, work, found(held), out);",
    to: "sayRead(this.#locator, work, found({ ...held, durable: current(held) }), out);",
    why: "a read shows what a crash would take back",
    kills: ["S3"],
  },
  {
    name: "damage-is-nothing",
    file: LANE,
    from: `return damaged ? { kind: "damaged" } : { kind: "absent" };`,
    to: `return { kind: "absent" };`,
    why: "a replica whose record is damaged says that there is nothing",
    kills: ["S21"],
  },
  {
    name: "store-never-fails",
    file: REPLICA,
    from: `if (outcome === "failed") {`,
    to: "if (false) {",
    why: "a store that failed is acknowledged like any other",
    kills: ["V16", "M18"],
  },
  {
    name: "copy-overwrites",
    file: BENCH,
    from: "const container = sync(now?.container ?? EMPTY, sent);",
    to: "const container = sent;",
    why: "a received copy replaces what is held, instead of being merged with it",
    kills: ["S1", "S2", "S9", "H4"],
  },
  {
    name: "old-repair-overwrites",
    file: BENCH,
    from:
      "return this.#merge(lane, held, { sent: work.container, hint: null, waiter: null }, out);",
    to: `held.next = { record: { container: work.container, mine: null }, waiters: [] };
        return;`,
    why: "a repair replaces what is held, though it may be older",
    kills: ["RR4"],
  },
  {
    name: "store-of-the-old-record",
    file: REPLICA,
    from: "out.store(lane.outstanding, lane, record);",
    to: "out.store(lane.outstanding, lane, held.durable ?? record);",
    why:
      "an overwritten value is what the disk keeps, until the process ends and the new one is gone",
    kills: ["S1", "S2"],
  },
  {
    name: "store-of-the-private-note",
    file: REPLICA,
    from: "out.store(lane.outstanding, lane, record);",
    to:
      "out.store(lane.outstanding, lane, record && { ...record, container: { clock: new Map(), siblings: [] } });",
    why: "the disk is given the note of the own actor, and not the values",
    kills: ["S13", "S1"],
  },
  {
    name: "repair-taken-anywhere",
    file: REPLICA,
    from: `    if (!this.#serves(name, n)) return out.mark("repair.not_serving");\n`,
    to: "",
    why: "a node that does not serve a key takes a repair, and keeps a copy that nobody knows of",
    kills: ["RR7", "G24"],
  },
  {
    name: "write-taken-anywhere",
    file: REPLICA,
    from: "if (this.#serves(name, n) || (hint === null && this.#locator.receives(name, n))) {",
    to: "if (this.#serves(name, n) || hint === null) {",
    why: "a node that does not serve a key stores and acknowledges it",
    kills: ["G24"],
  },
  {
    name: "dot-after-the-end",
    file: BENCH,
    from: `    if (out.now.monoMs >= untilMs) return out.mark("put.expired");\n`,
    to: "",
    why: "a put gets its dot although its client has been told that time was up",
    kills: ["Q14"],
  },
  {
    name: "lane-without-end",
    file: REPLICA,
    from: "      if (this.#waiting >= this.#mostWaiting) return this.#turnAway(lane, work, out);\n",
    to: "",
    why: "work that waits for a slow disk piles up without end",
    kills: ["Q14"],
  },
  {
    name: "issued-without-the-put",
    file: BENCH,
    from: `out.tell({ kind: "issued", request, container });`,
    to: `out.tell({ kind: "issued", request, container: current(held)?.container ?? container });`,
    why: "the other replicas, and the answer, get what was there before the put",
    kills: ["D5", "D6", "Q10"],
  },
];
