import { assert, assertEquals } from "@std/assert";
import { type NodeId, nodeId } from "../id.ts";
import type { PropEntry } from "../protocol/bucket_props.ts";
import { DEFAULTS } from "../protocol/config.ts";
import type { Effect } from "../protocol/effect.ts";
import type { PropsPatch } from "../protocol/event.ts";
import { Outbox } from "../protocol/outbox.ts";
import { MAX_PROP_BUCKETS } from "./prop_cells.ts";
import { Props } from "./props.ts";

const [a, b, c] = [nodeId("a"), nodeId("b"), nodeId("c")];
const MEMBERS = new Set([a, b, c]);

/** One machine, and what it wants after each step. */
class Bench {
  readonly props: Props;
  #numbers = 0;

  constructor(node: NodeId, config = DEFAULTS) {
    this.props = new Props({ node, config, next: () => ++this.#numbers });
  }

  do(step: (props: Props, out: Outbox) => void): Effect[] {
    const out = new Outbox(a, { monoMs: 5_000, wallMs: 0 });
    step(this.props, out);
    return out.effects;
  }
  set(bucket: string, patch: PropsPatch, timeoutMs?: number): Effect[] {
    const event = { kind: "props_set" as const, ticket: 7, type: "default", bucket, patch };
    return this.do((props, out) => props.onSet({ ...event, timeoutMs }, MEMBERS, out));
  }
  stored(effects: Effect[], outcome: "durable" | "buffered" | "failed" = "durable"): Effect[] {
    const store = only(effects, "store_meta").store;
    return this.do((props, out) => assert(props.onStored(store, outcome, MEMBERS, out)));
  }
}

function all<Kind extends Effect["kind"]>(effects: Effect[], kind: Kind) {
  return effects.filter((effect) => effect.kind === kind) as Extract<Effect, { kind: Kind }>[];
}

function only<Kind extends Effect["kind"]>(effects: Effect[], kind: Kind) {
  const [first, ...rest] = all(effects, kind);
  assert(first && rest.length === 0, `one ${kind} wanted`);
  return first!;
}

function entry(more: Partial<PropEntry>): PropEntry {
  const cell = { type: "default", bucket: "k", prop: "allow_mult" } as const;
  return { ...cell, value: false, counter: 1, node: b, ...more };
}

Deno.test("a set is stored, then told, then answered when a majority has it", () => {
  const bench = new Bench(a);
  const set = bench.set("k", { allow_mult: false, r: 1 });
  assertEquals(set.map(({ kind }) => kind), ["set_timer", "store_meta"]);
  assertEquals(only(set, "set_timer").atMs, 5_000 + DEFAULTS.requestTimeoutMs);
  const told = bench.stored(set);
  assertEquals(all(told, "send").map(({ to }) => to), [b, c]);
  assertEquals(all(told, "reply"), []);
  const { message } = all(told, "send")[0]!;
  assert(message.kind === "props");
  if (message.kind !== "props") return;
  assertEquals(message.entries.map(({ prop, value, counter }) => [prop, value, counter]), [
    ["r", 1, 1],
    ["allow_mult", false, 1],
  ]);
  const { request } = message;
  const done = bench.do((props, out) =>
    props.onMessage(b, { kind: "props_reply", request }, MEMBERS, out)
  );
  const { reply } = only(done, "reply");
  assert(reply.kind === "props");
  assertEquals(reply.kind === "props" && [reply.props.r, reply.props.allow_mult], [1, false]);
});

Deno.test("two sets that meet at the disk need no timer", () => {
  const bench = new Bench(a);
  const first = bench.set("k", { r: 1 });
  assertEquals(all(bench.set("l", { r: 1 }), "store_meta"), []); // one store at a time
  const second = bench.stored(first);
  assertEquals(all(second, "store_meta").length, 1);
  assertEquals(all(bench.stored(second), "store_meta"), []);
});

Deno.test("what is buffered is not durable", () => {
  const bench = new Bench(a);
  const set = bench.set("k", { r: 1 });
  assertEquals(bench.stored(set, "buffered"), []);
  assertEquals(all(bench.stored(set), "send").length, 2);
});

Deno.test("a peer's word is confirmed when it is durable, and at once when it is no news", () => {
  const bench = new Bench(a);
  const message = { kind: "props", request: 9, entries: [entry({})], wantsBack: false } as const;
  const heard = bench.do((props, out) => props.onMessage(b, message, MEMBERS, out));
  assertEquals(all(heard, "send"), []);
  const again = bench.do((props, out) => props.onMessage(b, message, MEMBERS, out));
  assertEquals(again, [], "confirmed what is not durable yet");
  assertEquals(bench.stored(heard), [
    { kind: "send", to: b, message: { kind: "props_reply", request: 9 } },
  ]);
  assertEquals(bench.do((props, out) => props.onMessage(b, message, MEMBERS, out)), [
    { kind: "send", to: b, message: { kind: "props_reply", request: 9 } },
  ]);
});

Deno.test("a node that was away hears from whoever is there, not only from the setter", () => {
  const bench = new Bench(b);
  bench.props.restore([entry({ node: a, counter: 4 })]);
  const stale = entry({ value: true });
  const hello = { kind: "props", request: 1, entries: [stale], wantsBack: true } as const;
  const [back] = all(bench.do((props, out) => props.onMessage(c, hello, MEMBERS, out)), "send");
  assertEquals(back!.to, c);
  assert(back!.message.kind === "props");
  assertEquals(
    back!.message.kind === "props" && [back!.message.entries, back!.message.wantsBack],
    [[entry({ node: a, counter: 4 })], false],
  );
});

Deno.test("a peer that was out of reach is told again as soon as it speaks", () => {
  const words = [
    { kind: "props", request: 1, entries: [], wantsBack: false },
    { kind: "props_reply", request: 999 },
  ] as const;
  for (const word of words) {
    const bench = new Bench(a);
    const [told] = all(bench.stored(bench.set("k", { r: 1 })), "send");
    bench.do((props, out) => props.onUndelivered(told!.to, told!.message, out));
    const heard = bench.do((props, out) => props.onMessage(told!.to, word, MEMBERS, out));
    const again = all(heard, "send").filter(({ message }) => message.kind === "props");
    assertEquals(again.map(({ to }) => to), [told!.to]);
  }
});

Deno.test("at its start a node greets every other member with all that it knows", () => {
  const bench = new Bench(a);
  bench.props.restore([entry({})]);
  const greeted = all(bench.do((props, out) => props.onReady(MEMBERS, out)), "send");
  assertEquals(greeted.map(({ to }) => to), [b, c]);
  for (const { message } of greeted) {
    assert(message.kind === "props" && message.wantsBack);
    assertEquals(message.kind === "props" && message.entries, [entry({})]);
  }
});

Deno.test("a set whose time is up may have happened, and says who has it", () => {
  const bench = new Bench(a);
  const set = bench.set("k", { r: 1 }, 300);
  assertEquals(only(set, "set_timer").atMs, 5_300);
  bench.stored(set);
  const { timer } = only(set, "set_timer");
  assert(bench.props.owns(timer));
  const { reply } = only(bench.do((props, out) => props.onTimer(timer, out)), "reply");
  assert(reply.kind === "failure");
  if (reply.kind !== "failure") return;
  assertEquals([reply.error, reply.definite, reply.want, reply.got], [
    "timeout",
    false,
    { w: 2 },
    { w: 1 },
  ]);
  assertEquals(reply.participants.map(({ node, said }) => [node, said]), [
    [a, "stored"],
    [b, "silent"],
    [c, "silent"],
  ]);
  assert(!bench.props.owns(timer));
});

Deno.test("a set that the disk refuses fails, is told to nobody, and is tried again", () => {
  const bench = new Bench(a);
  const failed = bench.stored(bench.set("k", { r: 1 }), "failed");
  const { reply } = only(failed, "reply");
  assertEquals(reply.kind === "failure" && [reply.error, reply.definite], ["store_failed", false]);
  assertEquals(all(failed, "send"), []);
  const { timer } = only(failed, "set_timer");
  assertEquals(timer, { kind: "props_retry" });
  const retried = bench.do((props, out) => props.onTimer(timer, out));
  assertEquals(all(bench.stored(retried), "send").length, 2);
});

Deno.test("what cannot be set is refused in words, and nothing is stored", () => {
  const wrong: [PropsPatch, string, string][] = [
    [{ r: 4 }, "quorum_impossible", "Cannot set r: at most the bucket's n_val 3 wanted, got 4"],
    [{ w: 0 }, "bad_request", "Cannot set w: 1 to 3, one, quorum, all, default wanted, got 0"],
    [
      { pr: 1.5 },
      "bad_request",
      "Cannot set pr: 0 to 3, one, quorum, all, default wanted, got 1.5",
    ],
    [{ allow_mult: 1 }, "bad_request", "Cannot set allow_mult: true or false wanted, got 1"],
    [
      { dw: true },
      "bad_request",
      "Cannot set dw: 0 to 3, one, quorum, all, default wanted, got true",
    ],
    [
      { expires_in: 0 },
      "bad_request",
      "Cannot set expires_in: 1 to 3153600000 seconds wanted, got 0",
    ],
    [
      { expires_in: "all" },
      "bad_request",
      'Cannot set expires_in: 1 to 3153600000 seconds wanted, got "all"',
    ],
    [{ n_val: 2 } as PropsPatch, "bad_request", "Cannot set n_val: one of r, w, dw, pr, pw, "],
  ];
  for (const [patch, error, words] of wrong) {
    const effects = new Bench(a).set("k", patch);
    const { reply } = only(effects, "reply");
    assertEquals(effects.length, 1);
    if (reply.kind !== "failure") throw new Error(`a failure wanted, got ${reply.kind}`);
    assertEquals([reply.error, reply.definite], [error, true]);
    assert(reply.detail.startsWith(words), reply.detail);
  }
});

Deno.test("so many buckets may have properties, and no more", () => {
  const bench = new Bench(a);
  bench.props.restore(
    Array.from({ length: MAX_PROP_BUCKETS }, (_, i) => entry({ bucket: `b${i}` })),
  );
  const { reply } = only(bench.set("one more", { r: 1 }), "reply");
  assertEquals(reply.kind === "failure" && [reply.error, reply.definite], ["bad_request", true]);
  assertEquals(all(bench.set("b0", { r: 1 }), "reply"), []);
});

Deno.test("deleting puts the defaults back, and to delete what is not there is done at once", () => {
  const bench = new Bench(a);
  bench.set("k", { r: 1, pw: 2 });
  assertEquals(bench.props.effective("default", "k").r, 1);
  bench.set("k", { r: null, pw: null, w: null });
  assertEquals(bench.props.effective("default", "k"), bench.props.effective("default", "none"));
  assertEquals(bench.props.entries.map(({ prop, counter }) => [prop, counter]), [
    ["pw", 2],
    ["r", 2],
  ]);
  assertEquals(bench.set("never", { r: null }).map(({ kind }) => kind), ["reply"]);
});
