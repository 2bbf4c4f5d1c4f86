import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { bootOf, type Digest, type NodeId, type WriteId } from "../src/id.ts";
import type { Reply } from "../src/protocol/effect.ts";
import { type Failure, isFailure } from "../src/protocol/error.ts";
import type { Envelope } from "../src/protocol/envelope.ts";
import type { GetAsk, PutAsk } from "../src/protocol/event.ts";
import type { Message } from "../src/protocol/message.ts";
import { containerDigest } from "../src/version/digest.ts";
import type { Seen } from "../src/version/siblings.ts";
import { descends } from "../src/version/version_vector.ts";
import { ask, contextOf, nameOf, texts } from "./asks.ts";
import { play, type ScheduleOptions, schedules } from "./schedule.ts";
import { type Pending, World } from "./world.ts";

const PATH = "b/k";
const NAME = nameOf(PATH);
let writes = 0;

/** A put in a world where nothing goes wrong. */
function put(
  world: World,
  text: string | null,
  { at = world.ids[0]!, seen, ...more }: { at?: NodeId; seen?: Seen } & Partial<PutAsk> = {},
): Reply {
  const writeId = String(++writes).padStart(16, "w") as WriteId;
  const ticket = world.put(at, { ...ask(PATH, text, writeId), seen, ...more });
  world.run();
  return world.replies.get(ticket)!;
}

/** A read in a world where nothing goes wrong. */
function get(
  world: World,
  { at = world.ids[0]!, ...more }: { at?: NodeId } & Partial<GetAsk> = {},
): Reply {
  const ticket = world.get(at, { name: NAME, ...more });
  world.run();
  return world.replies.get(ticket)!;
}

function wasPut(reply: Reply | undefined): Extract<Reply, { kind: "put" }> {
  if (reply?.kind === "put") return reply;
  throw new Error(`A stored put was wanted, got ${JSON.stringify(reply)}`);
}

function wasGot(reply: Reply | undefined): Extract<Reply, { kind: "get" }> {
  if (reply?.kind === "get") return reply;
  throw new Error(`A read was wanted, got ${JSON.stringify(reply)}`);
}

function refusal(reply: Reply | undefined): Failure {
  if (reply && isFailure(reply)) return reply;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(reply)}`);
}

/** Loses every pending message that `which` picks. */
function lose(world: World, which: (from: NodeId, to: NodeId, kind: string) => boolean): void {
  for (let i = world.pending.length - 1; i >= 0; i--) {
    const next = world.pending[i]!;
    if (next.kind === "message" && which(next.from, next.to, next.message.kind)) world.fail(i);
  }
}

/** All that is pending happens, but for messages that `which` picks: those are lost. */
function runLosing(world: World, which: (from: NodeId, to: NodeId, kind: string) => boolean): void {
  for (lose(world, which); world.pending.length > 0; lose(world, which)) world.happen();
}

/** A batch of one message, as a peer that is up to date would send it now. */
function envelopeOf(
  world: World,
  { from, to, message }: { from: NodeId; to: NodeId; message: Message },
): Envelope {
  const { boot: fromBoot } = world.machines.get(from)!;
  const { boot: toBoot } = world.machines.get(to)!;
  const toStampMs = world.monoMs;
  const cluster = world.genesis.id;
  return { cluster, from, fromBoot, to, toBoot, toStampMs, messages: [message] };
}

/** A message arrives that no node of this world has sent just now. */
function arrive(world: World, sent: { from: NodeId; to: NodeId; message: Message }): void {
  world.step(sent.to, { kind: "envelope", ticket: -1, envelope: envelopeOf(world, sent) });
}

/** The one message kind that a node sent to others, with who got it. */
function sentTo(world: World, kind: string): NodeId[] {
  return world.sent.filter(({ message }) => message.kind === kind).map(({ to }) => to);
}

/** Plays schedules, and says how often each rare branch was taken. */
function plays(
  { nodes, runs, loses = false, ...family }: ScheduleOptions & {
    readonly nodes: number;
    readonly runs: number;
    readonly loses?: boolean;
  },
): Map<string, number> {
  const seen = new Map<string, number>();
  const count = (mark: string, times: number) => seen.set(mark, (seen.get(mark) ?? 0) + times);
  fc.assert(
    fc.property(
      schedules(family),
      fc.array(fc.integer(), { maxLength: nodes }),
      (actions, skew) => {
        const world = new World({ nodes });
        // Clocks disagree by up to an hour: nothing may depend on them but who wins the last write.
        for (const [i, ms] of skew.entries()) world.aheadMs.set(world.ids[i]!, ms % 3_600_000);
        if (loses) world.setProps(world.ids[0]!, "b", { last_write_wins: true });
        world.run();
        world.wait(2 * world.config.maxMessageAgeMs); // so that coordinators are old enough to fence
        const { acknowledged, final } = play(world, actions, { loses });
        for (const [mark, times] of world.marks) count(mark, times);
        count("acknowledged", acknowledged);
        if (final.length > 1) count("siblings", 1);
        return true;
      },
    ),
    { numRuns: runs },
  );
  return seen;
}

/** T3: the interesting places are reached, or the law says little. */
function assertReached(seen: Map<string, number>, wanted: readonly string[]): void {
  for (const mark of wanted) assert(seen.has(mark), `never reached: ${mark}`);
}

for (const nodes of [3, 5]) {
  Deno.test(`S1 S2 S4 S9 Q12 Q14 Q18 M18 RR5 any schedule on ${nodes} nodes`, () => {
    const seen = plays({ nodes, runs: 500, maxLength: 120 });
    assertReached(seen, ["get.repair", "store.failed", "envelope.wrong_boot", "siblings"]);
    if (nodes === 5) {
      assertReached(seen, ["forward.status", "forward.again", "outcomes.fenced"]);
      assertReached(seen, ["outcomes.too_young", "put.unchanged"]);
    }
    assert(seen.get("acknowledged")! > 500, `${seen.get("acknowledged")} puts were acknowledged`);
  });
}

Deno.test("S1 S2 S4 S21 M18 any schedule in which one record goes bad", () => {
  const seen = plays({ nodes: 3, runs: 300, maxLength: 120, damage: true });
  assertReached(seen, ["record.damaged", "get.repair"]);
});

Deno.test("S2 S4 D18 M18 Q18 any schedule in a last-writer-wins bucket", () => {
  assertReached(plays({ nodes: 3, runs: 200, maxLength: 120, loses: true }), ["acknowledged"]);
});

Deno.test("D6 Mary and Peter: Mary's blind second put and Peter's put over her first are both kept", () => {
  const world = new World();
  put(world, "v1"); // Mary
  const peter = contextOf(get(world));
  put(world, "v2"); // Mary again, blindly
  put(world, "v3", { seen: peter });
  assertEquals(texts(get(world)), ["v2", "v3"]);
});

Deno.test("D5 two blind puts through one node are two siblings, and a put with their context is one", () => {
  const world = new World();
  put(world, "milk");
  const two = put(world, "bread");
  assertEquals(texts(two), ["bread", "milk"]);
  assertEquals(texts(put(world, "both", { seen: contextOf(get(world)) })), ["both"]);
  assertEquals(texts(get(world)), ["both"]);
});

Deno.test("D6 two clients that read, modify and write in turns never see more than two siblings", () => {
  const world = new World();
  const clients = [0, 1].map((id) => ({ id, seen: contextOf(get(world)), known: [] as string[] }));
  for (let turn = 0; turn < 60; turn++) {
    const client = clients[turn % 2]!;
    const text = [...client.known, `${client.id}:${turn}`].sort().join(",");
    put(world, text, { seen: client.seen, at: world.ids[turn % 3]! });
    const read = get(world, { at: world.ids[(turn + 1) % 3]! });
    assert(texts(read).length <= 2);
    client.seen = contextOf(read);
    client.known = [...new Set((texts(read) as string[]).join(",").split(","))];
  }
  const last = texts(put(world, "end", { seen: contextOf(get(world)) }));
  assertEquals(last, ["end"]);
});

Deno.test("Q10 the answer of a put holds what was stored, and its clock covers the new write", () => {
  const world = new World();
  const reply = wasPut(put(world, "one"));
  for (const { dot } of reply.container.siblings) {
    assert((reply.container.clock.get(dot.actor) ?? 0) >= dot.counter);
  }
  for (const id of world.ids) {
    const held = world.onDisk(id, NAME)!.container;
    assertEquals(containerDigest(NAME, held), containerDigest(NAME, reply.container));
  }
});

Deno.test("Q4 a node acknowledges, and counts its own copy, only when the store is done", () => {
  const world = new World();
  const ticket = world.put(world.ids[0]!, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 1 });
  // Everything but stores happens, until only stores are left: nothing may be acknowledged.
  const isStore = (i: number) => {
    const next = world.pending[i];
    return next?.kind === "io" && next.effect.kind === "store";
  };
  for (;;) {
    const index = world.pending.findIndex((_, i) => !isStore(i));
    if (index < 0) break;
    world.happen(index);
  }
  assertEquals(world.pending.length, 3);
  assertEquals(sentTo(world, "write_reply"), []);
  assertEquals(world.replies.get(ticket), undefined);
  world.happen();
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "put");
});

Deno.test("Q4 a copy that comes twice is acknowledged only when it has landed", () => {
  const world = new World();
  const [a, b] = world.ids as [NodeId, NodeId];
  world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
  world.happen(); // the own fetch: the dot is issued, and the copies are on their way
  const copy = () =>
    world.pending.findIndex((next) =>
      next.kind === "message" && next.message.kind === "write" && next.to === b
    );
  world.duplicate(copy());
  world.happen(copy());
  const work = () => world.pending.findIndex((next) => next.kind === "io" && next.node === b);
  world.happen(work()); // b's fetch: now its store is outstanding
  world.happen(copy());
  assertEquals(sentTo(world, "write_reply"), []);
  world.happen(work());
  assertEquals(sentTo(world, "write_reply"), [a, a]);
});

Deno.test("Q4 an acknowledgement of another container is not one of this put", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  world.crash(c);
  const ticket = world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
  runLosing(world, (from, _, kind) => from === b && kind === "write_reply");
  const reply = world.sent.find(({ message }) => message.kind === "write_reply")!.message;
  if (reply.kind !== "write_reply" || reply.outcome.kind !== "stored") throw new Error("no reply");
  const other = { ...reply, outcome: { ...reply.outcome, digest: "z".repeat(16) as Digest } };
  arrive(world, { from: b, to: a, message: other });
  assertEquals(world.replies.get(ticket), undefined);
  arrive(world, { from: b, to: a, message: reply });
  assertEquals(world.replies.get(ticket)?.kind, "put");
});

Deno.test("S3 a read shows only what is durable", () => {
  const world = new World({ nodes: 1 });
  world.put(world.ids[0]!, ask(PATH, "x", "w".repeat(16) as WriteId));
  world.happen(); // the fetch: now the store is outstanding
  const ticket = world.get(world.ids[0]!, { name: NAME });
  assertEquals(texts(wasGot(world.replies.get(ticket))), []);
});

Deno.test("Q9 a failed own store is not counted: the put succeeds exactly if W others stored it", () => {
  for (const [w, ok] of [[2, true], [3, false]] as const) {
    const world = new World();
    const ticket = world.put(world.ids[0]!, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w });
    world.happen();
    const own = world.pending.findIndex((next) =>
      next.kind === "io" && next.node === world.ids[0] && next.effect.kind === "store"
    );
    world.fail(own);
    world.run();
    const reply = world.replies.get(ticket)!;
    assertEquals(reply.kind, ok ? "put" : "failure");
    if (!ok) {
      assertEquals([refusal(reply).error, refusal(reply).definite], ["quorum_unmet", false]);
    }
  }
});

Deno.test("V16 a failed store burns the actor: the next put takes a new one, and both writes live", () => {
  const world = new World();
  put(world, "zero");
  world.put(world.ids[0]!, ask(PATH, "one", "1".repeat(16) as WriteId));
  world.happen();
  world.fail(
    world.pending.findIndex((next) => next.kind === "io" && next.effect.kind === "store"),
  );
  world.run();
  put(world, "two");
  assertEquals(texts(get(world, { r: "all" })), ["one", "two", "zero"]);
  const actors = new Set(world.onDisk(world.ids[1]!, NAME)!.container.clock.keys());
  assertEquals(actors.size, 2);
});

Deno.test("V15 an actor is of this boot or new: not after a restart, not after damage", () => {
  const world = new World();
  put(world, "one");
  put(world, "two");
  const [id] = world.ids;
  assertEquals(world.onDisk(id!, NAME)!.container.clock.size, 1);
  world.crash(id!);
  world.restart(id!);
  world.run();
  put(world, "three");
  const clock = world.onDisk(id!, NAME)!.container.clock;
  assertEquals(new Set([...clock.keys()].map(bootOf)).size, 2);
  world.machines.get(id!)!.disk.damaged.add([...world.machines.get(id!)!.disk.records.keys()][0]!);
  put(world, "four");
  assertEquals(texts(get(world, { r: "all" })), ["four", "one", "three", "two"]);
  assertEquals(world.onDisk(id!, NAME)!.container.clock.size, 3);
});

Deno.test("V15 an actor that a context knows further than the record does is dropped", () => {
  const world = new World();
  const [a] = world.ids as [NodeId];
  put(world, "one");
  const { disk } = world.machines.get(a)!;
  const old = new Map(disk.records);
  put(world, "two", { seen: contextOf(get(world)) });
  const seen = contextOf(get(world));
  disk.records = old; // the disk has gone back, in the same boot
  put(world, "three", { seen });
  assertEquals(world.marks.get("actor.overtaken"), 1);
  assertEquals(texts(get(world, { r: "all" })), ["three"]);
});

Deno.test("S21 a damaged record is no answer: it counts for nothing, and is repaired", () => {
  const world = new World();
  put(world, "x");
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  for (const id of [b, c]) {
    const { disk } = world.machines.get(id)!;
    disk.damaged.add([...disk.records.keys()][0]!);
  }
  const failed = refusal(get(world, { at: a, r: 2 }));
  assertEquals([failed.error, failed.want, failed.got], ["quorum_unmet", { r: 2, pr: 0 }, {
    r: 1,
    pr: 1,
  }]);
  assertEquals(texts(get(world, { at: b, r: 2 })), ["x"]); // the failed read has repaired them
});

Deno.test("RR1 RR2 RR7 repairs go to exactly the primaries that are behind, and carry the merge", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
  runLosing(world, (_, to, kind) => kind === "write" && to === c);
  assertEquals(world.onDisk(c, NAME), undefined);
  assertEquals(texts(get(world, { at: b })), ["x"]);
  assertEquals(sentTo(world, "repair"), [c]);
  assertEquals(
    containerDigest(NAME, world.onDisk(c, NAME)!.container),
    containerDigest(NAME, world.onDisk(a, NAME)!.container),
  );
  get(world, { at: a });
  assertEquals(sentTo(world, "repair"), [c]); // RR5
});

Deno.test("RR4 an old repair never lowers a replica", () => {
  const world = new World();
  const [a, b] = world.ids as [NodeId, NodeId];
  const old = wasPut(put(world, "one"));
  put(world, "two", { seen: contextOf(old) });
  const message = { kind: "repair", name: NAME, n: 3, container: old.container } as const;
  arrive(world, { from: a, to: b, message });
  world.run();
  assertEquals(texts(get(world, { at: b, r: "all" })), ["two"]);
});

Deno.test("S18 a message of another boot, above its age, or from elsewhere changes nothing", () => {
  const world = new World();
  const [a, b] = world.ids as [NodeId, NodeId];
  const reply = wasPut(put(world, "x"));
  const name = nameOf("other/key");
  const message = { kind: "repair", name, n: 3, container: reply.container } as const;
  const good = envelopeOf(world, { from: a, to: b, message });
  const stale = world.monoMs - world.config.maxMessageAgeMs / 2 - 1;
  const cases = {
    wrong_boot: { ...good, toBoot: good.fromBoot },
    too_old: { ...good, toStampMs: stale },
    wrong_node: { ...good, to: a },
    unknown_member: { ...good, from: "stranger" as NodeId },
    wrong_cluster: { ...good, cluster: "x".repeat(16) as typeof good.cluster },
  };
  for (const [refused, envelope] of Object.entries(cases)) {
    const effects = world.step(b, { kind: "envelope", ticket: -1, envelope });
    const verdict = effects.find((effect) => effect.kind === "verdict");
    assertEquals(verdict?.verdict.refused, refused);
    assertEquals(world.pending.length, 0, `${refused} did something`);
  }
  world.step(b, { kind: "envelope", ticket: -1, envelope: good });
  assert(world.pending.length > 0, "the good one was refused too");
});

Deno.test("Q6 pr and pw count replies: a primary that is down is not counted", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  world.crash(b);
  world.crash(c);
  const ticket = world.put(a, {
    ...ask(PATH, "x", "w".repeat(16) as WriteId),
    w: 1,
    dw: 1,
    pw: 2,
  });
  world.run();
  assertEquals(world.replies.get(ticket), undefined);
  world.wait(world.config.requestTimeoutMs);
  const failed = refusal(world.replies.get(ticket));
  assertEquals([failed.error, failed.definite], ["timeout", false]);
  assertEquals([failed.want["pw"], failed.got["pw"]], [2, 1]);
  assertEquals(failed.participants.map(({ said }) => said).sort(), ["silent", "silent", "stored"]);
});

Deno.test("Q5 a put fails as soon as W cannot be met any more, without waiting for its time", () => {
  const world = new World();
  const [a] = world.ids as [NodeId];
  const ticket = world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
  world.happen();
  for (;;) {
    const index = world.pending.findIndex((next) => next.kind === "message");
    if (index < 0) break;
    world.undelivered(index);
  }
  assertEquals(refusal(world.replies.get(ticket)).error, "quorum_unmet");
  assertEquals(refusal(world.replies.get(ticket)).definite, false);
});

Deno.test("Q15 a put succeeds while W replicas can be reached", () => {
  const world = new World();
  world.crash(world.ids[2]!);
  assertEquals(put(world, "x").kind, "put");
  assertEquals(texts(get(world)), ["x"]);
});

Deno.test("Q14 every request ends in bounded time when everybody else is silent", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  world.crash(b);
  world.crash(c);
  const tickets = [
    world.get(a, { name: NAME }),
    world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId)),
    world.get(a, { name: NAME, timeoutMs: 10 * world.config.maxRequestMs }),
  ];
  world.run();
  world.wait(world.config.requestTimeoutMs);
  world.run();
  assertEquals(tickets.map((ticket) => world.replies.has(ticket)), [true, true, false]);
  world.wait(world.config.maxRequestMs - world.config.requestTimeoutMs);
  assert(world.replies.has(tickets[2]!));
});

Deno.test("Q11 notfound_ok=false does not count empty replies; basic_quorum answers early", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  world.put(a, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 1 });
  runLosing(world, (_, __, kind) => kind === "write");
  // Only a holds it. An empty reply counts by default, so r=2 is met; without notfound_ok it is not.
  world.crash(b);
  const ticket = world.get(a, { name: NAME, notfoundOk: false });
  runLosing(world, (_, __, kind) => kind === "repair");
  world.wait(world.config.requestTimeoutMs);
  assertEquals(refusal(world.replies.get(ticket)).error, "timeout");
  world.restart(b);
  world.run();
  // A key that nobody holds is not found all the same, early with basic_quorum.
  const name = nameOf("b/nothing");
  world.crash(c);
  const early = world.get(a, { name, r: 1, notfoundOk: false, basicQuorum: true });
  const late = world.get(a, { name, r: 1, notfoundOk: false });
  world.run();
  assertEquals(texts(wasGot(world.replies.get(early))), []);
  assertEquals(world.replies.get(late), undefined);
});

Deno.test("D16 a stale context never deletes what its client had not seen", () => {
  const world = new World();
  put(world, "one");
  const stale = contextOf(get(world));
  put(world, "two", { seen: stale });
  put(world, "three", { seen: stale });
  assertEquals(texts(get(world)), ["three", "two"]);
});

Deno.test("S10 a delete with a context leaves a tombstone with a dot, and keeps what it had not seen", () => {
  const world = new World();
  put(world, "one");
  const seen = contextOf(get(world));
  put(world, "two");
  put(world, null, { seen });
  const read = wasGot(get(world));
  assertEquals(texts(read), [null, "two"]);
  assertEquals(new Set(read.container.siblings.map(({ dot }) => dot)).size, 2);
});

Deno.test("D18 D19 last_write_wins shows the latest, and flipping it both ways changes no replica", () => {
  const world = new World();
  const digest = () =>
    world.ids.map((id) => containerDigest(NAME, world.onDisk(id, NAME)!.container));
  put(world, "one", { at: world.ids[0]! });
  put(world, "two", { at: world.ids[1]! });
  const before = digest();
  const set = (value: boolean) => {
    world.setProps(world.ids[2]!, "b", { last_write_wins: value });
    world.run();
  };
  set(true);
  assertEquals(texts(get(world)), ["two"]);
  assertEquals(digest(), before);
  set(false);
  assertEquals(texts(get(world)), ["one", "two"]);
  assertEquals(digest(), before);
  set(true);
  // With the property on, a put covers all that its coordinator holds.
  put(world, "three");
  set(false);
  assertEquals(texts(get(world)), ["three"]);
});

Deno.test("D19 allow_mult=false shows one sibling and loses none", () => {
  const world = new World();
  put(world, "one");
  put(world, "two");
  world.setProps(world.ids[0]!, "b", { allow_mult: false });
  world.run();
  assertEquals(texts(get(world, { at: world.ids[1]! })), ["two"]);
  world.setProps(world.ids[0]!, "b", { allow_mult: null });
  world.run();
  assertEquals(texts(get(world, { at: world.ids[1]! })), ["one", "two"]);
});

Deno.test("S20 a read with the session's context never goes back; without it the inversion is found", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  // The write is at a alone; strict R + W > N does not help a write that is not acknowledged yet.
  world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
  runLosing(world, (_, __, kind) => kind === "write");
  const reading = (at: NodeId, silent: NodeId, more: Partial<GetAsk> = {}) => {
    const ticket = world.get(at, { name: NAME, r: 2, ...more });
    runLosing(
      world,
      (from, to, kind) => from === silent || to === silent || kind === "repair",
    );
    return ticket;
  };
  const first = world.replies.get(reading(a, c))!;
  assertEquals(texts(first), ["x"]);
  const second = world.replies.get(reading(b, a))!;
  assertEquals(texts(second), [], "the inversion: what was read is not read again");
  const session = contextOf(first).clock;
  const third = reading(b, a, { session });
  assertEquals(world.replies.get(third), undefined);
  world.wait(world.config.requestTimeoutMs);
  assertEquals(refusal(world.replies.get(third)).error, "session_unmet");
  const fourth = wasGot(get(world, { at: b, r: 1, session }));
  assert(descends(fourth.container.clock, session));
  assertEquals(texts(fourth), ["x"]);
});

Deno.test("S20 what no member holds any more ends the session, and says so", () => {
  const world = new World();
  put(world, "x");
  const session = contextOf(get(world)).clock;
  for (const id of world.ids) world.machines.get(id)!.disk.records.clear();
  const reset = wasGot(get(world, { session }));
  assertEquals([reset.sessionReset, texts(reset)], [true, []]);
  world.crash(world.ids[2]!);
  const ticket = world.get(world.ids[0]!, { name: NAME, session });
  world.run();
  world.wait(world.config.requestTimeoutMs);
  assertEquals(refusal(world.replies.get(ticket)).error, "session_unmet");
});

Deno.test("Q12 an answer to a request of a former boot answers none of this one", () => {
  const world = new World();
  const [a, b] = world.ids as [NodeId, NodeId];
  put(world, "x");
  const take = (which: (next: Pending) => boolean) =>
    world.pending.splice(world.pending.findIndex(which), 1);
  // b is slow to read what a asks for; a starts again meanwhile, and reads a key that nobody has.
  world.get(a, { name: NAME });
  world.happen(world.pending.findIndex((next) => next.kind === "message" && next.to === b));
  const slow = take((next) => next.kind === "io" && next.node === b);
  world.crash(a);
  world.restart(a);
  world.run();
  const reads = Array.from({ length: 9 }, () => world.get(a, { name: nameOf("b/nothing") }));
  world.pending.push(...slow);
  world.happen(world.pending.length - 1); // b has read it, and answers: in a batch to the new boot
  world.happen(world.pending.length - 1);
  world.run();
  for (const ticket of reads) assertEquals(texts(wasGot(world.replies.get(ticket))), []);
  assert(world.marks.has("request.late_reply"));
});

Deno.test("Q20 a recovering replica gives its data and counts toward no read quorum, but toward writes", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  put(world, "x");
  for (const id of [b, c]) recover(world, id);
  assertEquals(texts(get(world, { at: b, r: 1 })), ["x"]);
  const failed = refusal(get(world, { at: b, r: 2 }));
  assertEquals([failed.error, failed.want], ["quorum_unmet", { r: 2, pr: 0 }]);
  assertEquals(put(world, "y", { w: 3, pw: 3 }).kind, "put");
  assert(a !== b);
});

/** The node starts again as one that does not know what it may have lost. */
function recover(world: World, id: NodeId): void {
  const { disk } = world.machines.get(id)!;
  const register = disk.restored.register!;
  const roles = register.roles.map((role) => ({ ...role, recovering: true }));
  disk.restored = { ...disk.restored, register: { ...register, roles } };
  world.crash(id);
  world.restart(id);
  world.run();
}

/** Five nodes, and one that does not serve the key: its puts are forwarded. */
function outsider(): { world: World; entry: NodeId; serving: NodeId[] } {
  const world = new World({ nodes: 5 });
  put(world, "zero", { at: world.ids[0]! });
  const serving = world.ids.filter((id) => world.onDisk(id, NAME));
  const entry = world.ids.find((id) => !serving.includes(id))!;
  assertEquals(serving.length, 3);
  world.sent.length = 0;
  return { world, entry, serving };
}

Deno.test("Q19 a put at a node that does not serve the key is forwarded once, and coordinated there", () => {
  const { world, entry, serving } = outsider();
  const reply = wasPut(put(world, "x", { at: entry }));
  assertEquals(sentTo(world, "forward").length, 1);
  assert(serving.includes(reply.coordinator));
  assertEquals(world.onDisk(entry, NAME), undefined);
  assertEquals(texts(get(world, { at: entry })), ["x", "zero"]);
});

Deno.test("Q19 the fastest replica of the preceding read is the coordinator", () => {
  for (const fastest of outsider().serving) {
    const { world, entry } = outsider();
    const reply = wasPut(put(world, "x", { at: entry, fastest }));
    assertEquals(reply.coordinator, fastest);
  }
});

Deno.test("Q13 a coordinator that cannot be reached is passed over; one that is lost is not", () => {
  const { world, entry } = outsider();
  const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
  world.undelivered(0); // never left: another may be tried
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "put");
  assertEquals(sentTo(world, "forward").length, 2);

  const lost = world.put(entry, ask(PATH, "y", "v".repeat(16) as WriteId));
  runLosing(world, (_, __, kind) => kind === "forward_reply");
  assertEquals(world.replies.get(lost), undefined);
  const to = sentTo(world, "forward").at(-1)!;
  world.crash(to);
  world.wait(world.config.requestTimeoutMs);
  const failed = refusal(world.replies.get(lost));
  assertEquals([failed.error, failed.definite], ["coordinator_lost", false]);
  assertEquals(sentTo(world, "forward").length, 3, "nobody else may be tried");
});

Deno.test("Q13 a lost answer is asked for again: one client put makes one dot", () => {
  const { world, entry } = outsider();
  const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
  runLosing(world, (_, __, kind) => kind === "forward_reply");
  world.wait(world.config.fallbackAfterMs);
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "put");
  assertEquals(texts(get(world)), ["x", "zero"]);
});

Deno.test("Q18 a forward that comes twice, or after it was fenced, issues one dot or none", () => {
  const { world, entry } = outsider();
  const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
  world.duplicate(0);
  world.run();
  world.wait(world.config.requestTimeoutMs);
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "put");
  assertEquals(texts(get(world)), ["x", "zero"]);

  world.wait(2 * world.config.maxMessageAgeMs); // a process that has just started can fence nothing
  // The forward is delayed; its status is asked for first, which fences it; then another coordinator is tried.
  const delayed = world.put(entry, ask(PATH, "y", "v".repeat(16) as WriteId));
  const [forward] = world.pending.splice(0, 1);
  world.wait(world.config.fallbackAfterMs);
  world.run();
  assertEquals(world.replies.get(delayed)?.kind, "put");
  assertEquals(world.marks.get("outcomes.fenced"), 1);
  world.pending.push(forward!);
  world.run();
  const read = wasGot(get(world, { r: "all" }));
  assertEquals(texts(read), ["x", "y", "zero"]);
  assertEquals(read.container.siblings.length, 3, "the fenced forward made a twin");
});

Deno.test("Q18 a coordinator that has started again meanwhile fences nothing: its former boot may have issued", () => {
  const { world, entry } = outsider();
  world.wait(2 * world.config.maxMessageAgeMs);
  const ticket = world.put(entry, ask(PATH, "x", "w".repeat(16) as WriteId));
  runLosing(world, (_, __, kind) => kind === "forward_reply");
  const to = sentTo(world, "forward").at(-1)!;
  world.crash(to);
  world.restart(to);
  world.run();
  world.wait(world.config.requestTimeoutMs);
  world.run();
  assertEquals(refusal(world.replies.get(ticket)).error, "coordinator_lost");
  assertEquals(sentTo(world, "forward").length, 1);
  assertEquals(texts(get(world, { r: "all" })), ["x", "zero"]);
});

Deno.test("Q13 Q18 a forward that is refused for want of memory is refused for good, or not answered", () => {
  const world = new World({ nodes: 5, config: { maxOutcomes: 1 } });
  put(world, "zero");
  const entry = world.ids.find((id) => !world.onDisk(id, NAME))!;
  assertEquals(put(world, "v1", { at: entry }).kind, "put");
  // The first candidate remembers one put, which is all that it may: it refuses the next, and another takes that.
  world.sent.length = 0;
  const ticket = world.put(entry, ask(PATH, "v2", "2".repeat(16) as WriteId));
  const refused = world.pending[0]!;
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "put");
  assertEquals(sentTo(world, "forward").length, 2);
  // Later, when there is room again, a second copy of the refused forward arrives.
  world.wait(world.config.maxMessageAgeMs / 2);
  world.pending.push(refused);
  world.run();
  const read = wasGot(get(world));
  assertEquals(texts(read), ["v1", "v2", "zero"]);
  assertEquals(read.container.siblings.length, 3);
  // When not even a refusal can be remembered, nothing is claimed.
  const silent = world.put(entry, ask(PATH, "v3", "3".repeat(16) as WriteId));
  world.run();
  world.wait(world.config.requestTimeoutMs);
  const lost = refusal(world.replies.get(silent));
  assertEquals([lost.error, lost.definite], ["coordinator_lost", false]);
  assert(world.marks.has("outcomes.full"));
});

Deno.test("Q7 nothing is sent for an impossible request", () => {
  const world = new World();
  for (const more of [{ w: 4 }, { nVal: 4 }, { nVal: 2, w: 3 }, { nVal: 0 }] as const) {
    const sent = world.sent.length;
    const failed = refusal(put(world, "x", more));
    assertEquals([failed.error, failed.definite], ["quorum_impossible", true]);
    assertEquals([world.sent.length, world.pending.length], [sent, 0]);
  }
});

Deno.test("Q1 with n_val, puts and gets ask the same replicas, by whichever nodes they come", () => {
  for (const nVal of [1, 2]) {
    for (const nodes of [3, 5]) {
      const world = new World({ nodes });
      for (const [i, at] of world.ids.entries()) {
        const text = `from ${at}`;
        const seen = contextOf(get(world, { nVal, r: "all" }));
        const reply = wasPut(put(world, text, { at, nVal, w: "all", seen }));
        assertEquals(reply.participants.length, nVal);
        const reader = world.ids[(i + 1) % nodes]!;
        assertEquals(texts(get(world, { at: reader, nVal, r: 1 })), [text]);
      }
    }
  }
});

Deno.test("Q7 a default quorum fits the replicas that n_val leaves", () => {
  const world = new World();
  wasPut(put(world, "x", { nVal: 1 }));
  const read = wasGot(get(world, { nVal: 1 }));
  assertEquals([texts(read), read.r], [["x"], 1]);
});

Deno.test("S10 a delete that is repeated adds no tombstone, and still reaches who had missed it", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  put(world, "x");
  const seen = contextOf(get(world));
  // The first delete reaches a alone, and its client hears nothing.
  world.put(a, { ...ask(PATH, null, "d".repeat(16) as WriteId), seen });
  runLosing(world, (_, to, kind) => kind === "write" && (to === b || to === c));
  for (let i = 0; i < 5; i++) wasPut(put(world, null, { seen, w: 3 }));
  for (const id of world.ids) {
    const held = world.onDisk(id, NAME)!.container;
    assertEquals(held.siblings.map(({ version }) => version.tombstone), [true]);
  }
  assertEquals(world.marks.get("put.unchanged"), 5);
  // A stale delete of a value that it had not seen leaves it alone.
  put(world, "y", { seen: contextOf(get(world)) });
  wasPut(put(world, null, { seen }));
  assertEquals(texts(get(world)), ["y"]);
});

Deno.test("S10 a delete that has seen more than its coordinator has is an event of its own", () => {
  const world = new World();
  const [a, b] = world.ids as [NodeId, NodeId];
  put(world, "x", { at: a });
  // Only b has y, and only its client has seen it: to a, the delete covers nothing that is live.
  world.put(b, { ...ask(PATH, "y", "y".repeat(16) as WriteId), w: 1 });
  runLosing(world, (_, __, kind) => kind === "write");
  const ticket = world.get(b, { name: NAME, r: 1 });
  runLosing(world, (from, to, kind) => kind === "repair" || from !== to);
  const read = wasGot(world.replies.get(ticket));
  const dot = read.container.siblings.find(({ version }) => version.content[0] === 121)!.dot;
  const seen = { clock: new Map([[dot.actor, dot.counter]]), stamp: 0 };
  wasPut(put(world, null, { at: a, seen }));
  get(world);
  assertEquals(texts(get(world, { r: "all" })), [null, "x"]);
});

Deno.test("D4 a container that would grow above its limit refuses the put, definitely; merge does not", () => {
  const world = new World({ config: { maxContainerBytes: 60, maxObjectBytes: 60 } });
  assertEquals(put(world, "x".repeat(30)).kind, "put");
  const failed = refusal(put(world, "y".repeat(30)));
  assertEquals([failed.error, failed.definite], ["container_full", true]);
  assertEquals(put(world, "z".repeat(30), { seen: contextOf(get(world)) }).kind, "put");
  assertEquals(texts(get(world)), ["z".repeat(30)]);
});

Deno.test("S13 a node that starts again holds what it acknowledged, and refuses another genesis", () => {
  const world = new World();
  put(world, "x", { w: 3 });
  for (const id of world.ids) world.crash(id);
  for (const id of world.ids) world.restart(id);
  world.run();
  assertEquals(texts(get(world, { r: 3 })), ["x"]);
});

Deno.test("G24 RR7 a node that does not serve a key takes no copy of it, and says so", () => {
  const { world, entry, serving } = outsider();
  const from = serving[0]!;
  const { container } = world.onDisk(from, NAME)!;
  arrive(world, { from, to: entry, message: { kind: "repair", name: NAME, n: 3, container } });
  const write = { kind: "write", request: 1, name: NAME, n: 3, container } as const;
  arrive(world, { from, to: entry, message: write });
  const read = { kind: "read", request: 2, name: NAME, n: 3 } as const;
  arrive(world, { from, to: entry, message: read });
  world.run();
  assertEquals(world.onDisk(entry, NAME), undefined);
  const said = world.sent.flatMap(({ message }) =>
    "outcome" in message ? [message.outcome.kind] : []
  );
  assertEquals(said, ["not_serving", "not_serving"]);
});

Deno.test("RR7 who answers without a seat is not repaired, and does not count", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  put(world, "x");
  const ticket = world.get(a, { name: NAME, r: 2 });
  runLosing(world, (from, _, kind) => kind === "read_reply" && from !== a);
  assertEquals(world.replies.get(ticket), undefined);
  const { message } = world.sent.find(({ from, message }) =>
    from === b && message.kind === "read_reply"
  )!;
  if (message.kind !== "read_reply") throw new Error("no reply");
  const standing = { ...message.standing, seat: null };
  arrive(world, { from: b, to: a, message: { ...message, standing, outcome: { kind: "absent" } } });
  assertEquals(world.replies.get(ticket), undefined);
  arrive(world, { from: c, to: a, message: { ...message, standing: { ...standing, seat: 2 } } });
  assertEquals(texts(wasGot(world.replies.get(ticket))), ["x"]);
  world.run();
  assertEquals(sentTo(world, "repair"), []);
});

Deno.test("D19 the last write wins although its coordinator's clock is behind", () => {
  const world = new World();
  const [a, b] = world.ids as [NodeId, NodeId];
  world.setProps(a, "b", { allow_mult: false });
  world.run();
  world.aheadMs.set(a, 3_600_000);
  put(world, "first", { at: a });
  put(world, "second", { at: b });
  assertEquals(texts(get(world)), ["second"]);
});

Deno.test("D20 a clock far ahead drags nobody along; one a little ahead is followed", () => {
  const world = new World();
  const [a, b] = world.ids as [NodeId, NodeId];
  const stampAt = (at: NodeId, key: string) => {
    const writeId = `${key}${at}`.padStart(16, "0") as WriteId;
    const ticket = world.put(at, { ...ask(`b/${key}`, "x", writeId), w: 3 });
    world.run();
    return wasPut(world.replies.get(ticket)).container.siblings[0]!.version.stamp;
  };
  world.aheadMs.set(a, 365 * 24 * 3_600_000);
  assert(stampAt(a, "far") > (world.wallMs + 60_000) * 1000);
  assert(stampAt(b, "own") <= world.wallMs * 1000 + 1000);
  world.aheadMs.set(a, 30_000);
  const near = stampAt(a, "far2"); // above its own past, a year ahead
  world.crash(a);
  world.restart(a); // which a new process has forgotten
  world.run();
  const followed = stampAt(a, "near");
  assert(near > followed);
  assert(stampAt(b, "after") > followed);
});

Deno.test("Q14 a put that has waited for its record longer than its client gets no dot", () => {
  const world = new World({ nodes: 1 });
  const [a] = world.ids as [NodeId];
  const tickets = [1, 2, 3].map((i) =>
    world.put(a, { ...ask(PATH, `v${i}`, `${i}`.padStart(16, "0") as WriteId), timeoutMs: 1000 })
  );
  world.wait(1000);
  const alive = world.put(a, ask(PATH, "v4", "4".padStart(16, "0") as WriteId));
  world.run();
  for (const ticket of tickets) assertEquals(refusal(world.replies.get(ticket)).definite, false);
  assertEquals(texts(wasPut(world.replies.get(alive))), ["v4"]);
  assertEquals(world.marks.get("put.expired"), 3);
});

Deno.test("Q14 what waits for the disk is bounded: more is refused, definitely", () => {
  const world = new World({ nodes: 1, config: { maxRequests: 2 } });
  const [a] = world.ids as [NodeId];
  const one = (i: number) =>
    world.put(a, { ...ask(PATH, `v${i}`, `${i}`.padStart(16, "0") as WriteId), timeoutMs: 1000 });
  const tickets: number[] = [];
  for (let i = 0; i < 6; i++) {
    tickets.push(one(2 * i), one(2 * i + 1)); // the disk is silent: two at a time run out of time
    world.wait(1000);
  }
  const errors = tickets.map((ticket) => refusal(world.replies.get(ticket)).error);
  assertEquals(errors, [...Array(8).fill("timeout"), ...Array(4).fill("overloaded")]);
  world.run();
  assertEquals(wasPut(put(world, "end")).container.siblings.length, 1);
});

Deno.test("Q13 a write id that was used for one key is refused for another", () => {
  const { world, entry } = outsider();
  const writeId = "w".repeat(16) as WriteId;
  const [, fastest] = world.ids;
  const first = world.put(entry, ask(PATH, "x", writeId));
  world.run();
  const { coordinator } = wasPut(world.replies.get(first));
  // Another key that the same coordinator serves, and this entry node does not.
  const path = Array.from({ length: 99 }, (_, i) => `b/other${i}`).find((path) => {
    const probe = world.put(entry, ask(path, "probe", path.padStart(16, "0") as WriteId));
    world.run();
    return wasPut(world.replies.get(probe)).coordinator === coordinator;
  })!;
  const again = world.put(entry, { ...ask(path, "y", writeId), fastest: coordinator });
  world.run();
  const failed = refusal(world.replies.get(again));
  assertEquals([failed.error, failed.definite], ["bad_request", true]);
  assert(fastest !== undefined);
});

Deno.test("Q18 a write id may be used again after a definite refusal; a copy of the refused try may not", () => {
  const world = new World({ nodes: 5, config: { maxContainerBytes: 60, maxObjectBytes: 60 } });
  put(world, "x".repeat(30));
  const serving = world.ids.filter((id) => world.onDisk(id, NAME));
  const entry = world.ids.find((id) => !serving.includes(id))!;
  const order = { ...ask(PATH, "y".repeat(30), "w".repeat(16) as WriteId), fastest: serving[0] };
  const refused = world.put(entry, order);
  const copy = world.pending[0]!;
  world.run();
  assertEquals(refusal(world.replies.get(refused)).error, "container_full");
  const seen = contextOf(get(world));
  const again = world.put(entry, { ...order, seen });
  world.run();
  assertEquals(wasPut(world.replies.get(again)).kind, "put");
  put(world, "z", { seen: contextOf(get(world)) });
  world.pending.push(copy); // now there would be room for it
  world.run();
  assertEquals(texts(get(world)), ["z"]);
});

Deno.test("Q20 what recovering replicas do not have is not said to be nowhere", () => {
  const world = new World();
  const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
  world.put(c, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 1 });
  runLosing(world, (_, __, kind) => kind === "write");
  for (const id of [a, b]) recover(world, id);
  world.crash(c);
  const ticket = world.get(a, { name: NAME, r: 2, notfoundOk: false });
  world.run();
  assertEquals(refusal(world.replies.get(ticket)).error, "quorum_unmet");
});

Deno.test("T1 the same schedule gives the same messages, twice", () => {
  fc.assert(
    fc.property(schedules({ maxLength: 60 }), (actions) => {
      const trace = () => {
        const { world, final } = play(new World(), actions);
        const sent = world.sent.map(({ from, to, message }) => `${from} ${to} ${message.kind}`);
        return JSON.stringify([sent, final, [...world.marks]]);
      };
      return trace() === trace();
    }),
    { numRuns: 20 },
  );
});
