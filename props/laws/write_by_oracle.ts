/**
 * Every put is what the oracle says (`request_oracle.ts`): one real node coordinates, its own disk does what the case
 * says, and the other replicas' answers are made up. They come in any order, twice, late, of another container, from nodes
 * that were not asked, from two nodes that claim one seat; they fail, or never come. At each of them the node has answered
 * exactly if the oracle says so.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Digest, nameBytes, type NodeId, type WriteId } from "../../src/id.ts";
import type { Effect } from "../../src/protocol/effect.ts";
import type { Message, WriteOutcome } from "../../src/protocol/message.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY } from "../../src/version/siblings.ts";
import { ask } from "../asks.ts";
import { containers } from "../generators.ts";
import { type Law, random } from "../law.ts";
import { EVENT_SETS, eventName } from "../oracle_events.ts";
import { World } from "../world.ts";
import { arrive, NAME, ownersOf, PATH, refusal, standingOf, wasPut } from "./driving.ts";
import { mostly, setsOf, shownSets } from "./event_sets.ts";
import { demandEnd } from "./request_end.ts";
import { type Answer, Asked, writeDue, type WriteWish } from "./request_oracle.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "Q4 Q5 Q6 Q8 Q9 Q10 Q12 Q14",
    "a put is acknowledged exactly when W, DW and PW are met, and fails as soon as one of them cannot be; who will not store it is stood in for",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someWriting, (writing) => {
        seen.begin();
        new Writing(writing, seen).play();
        return true;
      });
      seen.demand(2000, {
        answer: 200,
        unmet: 60,
        timeout: 60,
        "own store failed, and yet acknowledged": 3,
        "own record unreadable": 20,
        "time up before the dot": 20,
        "after the answer": 200,
        "a second time": 200,
        "of another container": 60,
        "from a stranger": 60,
        "to another request": 60,
        "stood in": 200,
        "kept by a stand-in, and acknowledged": 15,
        "silent, and stood in": 50,
      });
    },
    { runs: 2000 },
  ),
];

/** One thing that happens to a put. Which node is taken modulo how many there are beside the coordinator. */
type Happening =
  | {
    readonly kind: "reply";
    readonly which: number;
    readonly said: WriteOutcome["kind"];
    readonly durable: boolean;
    readonly seat: "own" | "next" | "none";
    readonly of: "this container" | "another";
    readonly from: "asked" | "stranger";
    readonly to: "this" | "another";
  }
  | { readonly kind: "undelivered"; readonly which: number }
  /** Whoever has not answered by now is stood in for. */
  | { readonly kind: "patience" }
  /** The coordinator's disk has read, or stored. */
  | { readonly kind: "disk"; readonly outcome: "durable" | "buffered" | "failed" }
  /** The client's time is up. */
  | { readonly kind: "time" };

const disk = fc.record({
  kind: fc.constant("disk" as const),
  outcome: fc.constantFrom(
    "durable" as const,
    "durable",
    "durable",
    "durable",
    "buffered",
    "failed",
  ),
});

const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("reply" as const),
      which: fc.nat(6),
      said: mostly<WriteOutcome["kind"]>(["stored"], ["failed", "not_serving"]),
      durable: mostly([true], [false]),
      seat: mostly<"own" | "next" | "none">(["own"], ["next", "none"]),
      of: mostly<"this container" | "another">(["this container"], ["another"]),
      from: mostly<"asked" | "stranger">(["asked"], ["stranger"]),
      to: mostly<"this" | "another">(["this"], ["another"]),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("undelivered" as const), which: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "patience" as const }) },
  { weight: 3, arbitrary: disk },
  { weight: 1, arbitrary: fc.constant({ kind: "time" as const }) },
);

const someWriting = fc.integer({ min: 1, max: 5 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    w: fc.option(fc.integer({ min: 1, max: n }), { nil: undefined }),
    dw: fc.option(fc.nat({ max: n }), { nil: undefined }),
    pw: mostly<number | undefined>([undefined], [1, 2, 3, 4, 5].slice(0, n)),
    /** How many fallbacks there are, for who wants any. */
    fallbacks: fc.nat(2),
    strict: mostly([false], [true]),
    /** What the coordinator holds, and what the client has seen of the same key. */
    held: containers(2),
    first: mostly<Happening>([{ kind: "disk", outcome: "durable" }], [
      { kind: "disk", outcome: "failed" },
      { kind: "time" },
    ]),
    coordinator: fc.nat(4),
    happenings: fc.array(someHappening, { maxLength: 14, size: "max" }),
  })
);
type SomeWriting = typeof someWriting extends fc.Arbitrary<infer T> ? T : never;

const WRITE_ID = "w".repeat(16) as WriteId;

/** One put, and what the oracle knows of it. */
class Writing {
  readonly #writing: SomeWriting;
  readonly #seen: Sometimes;
  readonly #world: World;
  readonly #owners: readonly NodeId[];
  readonly #self: NodeId;
  readonly #seat: number;
  readonly #asked: Asked;
  readonly #stranger: NodeId;
  readonly #wish: WriteWish;
  readonly #answers: Answer[] = [];
  #phase: "issuing" | "spreading" | "done" = "issuing";
  /** For how long the put has run. In ms. */
  #waitedMs = 0;
  #issued = false;
  readonly #ticket: number;

  constructor(writing: SomeWriting, seen: Sometimes) {
    this.#writing = writing;
    this.#seen = seen;
    const { n, w, dw, pw, held, strict } = writing;
    const quorum = Math.floor(n / 2) + 1;
    const world = new World({
      nodes: n + 1 + writing.fallbacks,
      config: { n, r: quorum, w: quorum },
    });
    const { owners, others } = ownersOf(world, n);
    this.#world = world;
    this.#owners = owners;
    this.#seat = writing.coordinator % n;
    this.#self = owners[this.#seat]!;
    // The last of the walk is a stranger, for it is made known that it is down.
    this.#stranger = others.at(-1)!;
    for (const _ of [1, 2]) {
      world.step(this.#self, { kind: "undelivered", to: this.#stranger, messages: [] });
      world.wait(world.config.downAfterMs);
    }
    this.#asked = new Asked(owners, strict ? [] : others.slice(0, -1));
    this.#wish = { asked: n, w: w ?? quorum, dw: dw ?? w ?? quorum, pw: pw ?? 0 };
    const [own, shown] = held as [Container, Container];
    if (own !== EMPTY) {
      const { disk: { records } } = world.machines.get(this.#self)!;
      records.set(nameBytes(NAME), { container: own, mine: null });
    }
    world.sent.length = 0; // what the founding said
    const seenByClient = { clock: shown.clock, stamp: 0 };
    this.#ticket = world.put(this.#self, {
      ...ask(PATH, "new", WRITE_ID),
      seen: seenByClient,
      sloppyQuorum: !strict,
      w,
      dw,
      pw,
    });
  }

  /** Everything happens, and then time is up. */
  play(): void {
    for (const happening of [this.#writing.first, ...this.#writing.happenings]) {
      this.#happen(happening);
      this.#check();
    }
    this.#happen({ kind: "time" });
    this.#check();
    assertEquals(this.#phase, "done");
    assertEquals(this.#world.machines.get(this.#self)!.node.load.requests, 0);
  }

  #happen(happening: Happening): void {
    if (happening.kind === "time") return this.#timeIsUp();
    if (happening.kind === "disk") this.#disk(happening.outcome);
    else if (this.#others.length === 0 || this.#writes.length === 0) return;
    else if (happening.kind === "reply") this.#reply(happening);
    else if (happening.kind === "patience") this.#patience();
    else this.#undelivered(this.#other(happening.which));
    const due = writeDue(this.#answers, this.#asked.silent(this.#answers), this.#wish);
    if (this.#phase !== "spreading" || due === "open") return;
    this.#seen.saw(due);
    this.#phase = "done";
    if (due === "answer") this.#acknowledged();
    else this.#refused("quorum_unmet");
  }

  #timeIsUp(): void {
    if (this.#phase === "done") return;
    while (this.#patience());
    this.#world.wait(this.#world.config.requestTimeoutMs - this.#waitedMs);
    this.#seen.saw(this.#phase === "issuing" ? "time up before the dot" : "timeout");
    this.#phase = "done";
    this.#refused("timeout");
  }

  /** Whoever is silent still is stood in for. Returns false if the put ends before. */
  #patience(): boolean {
    const { fallbackAfterMs, requestTimeoutMs } = this.#world.config;
    if (this.#phase !== "spreading" || this.#waitedMs + fallbackAfterMs >= requestTimeoutMs) {
      return false;
    }
    this.#world.wait(fallbackAfterMs);
    this.#waitedMs += fallbackAfterMs;
    const before = this.#asked.nodes.length;
    for (const { node } of this.#asked.silent(this.#answers)) {
      // Its own disk is not said to be silent: it will say how its store has ended.
      if (node !== this.#self) this.#asked.replace(node);
    }
    if (this.#asked.nodes.length > before) this.#seen.saw("silent, and stood in");
    return true;
  }

  /** What the coordinator's disk has been asked for happens, whatever it is. */
  #disk(outcome: "durable" | "buffered" | "failed"): void {
    const at = this.#world.pending.findIndex(({ kind }) => kind === "io");
    const [next] = at < 0 ? [] : this.#world.pending.splice(at, 1);
    if (next?.kind !== "io") return;
    const { effect } = next;
    if (effect.kind === "fetch") return this.#fetched(effect, outcome === "failed");
    if (effect.kind !== "store") throw new Error(`Nobody wants a ${effect.kind}`);
    this.#world.step(this.#self, { kind: "stored", store: effect.store, outcome });
    this.#take(
      outcome === "failed"
        ? { node: this.#self, seat: this.#seat, said: "failed" }
        : { node: this.#self, seat: this.#seat, said: "stored", durable: outcome === "durable" },
    );
  }

  /** The record is there: the dot is issued, and the copies leave. Unless it can't be read, or time is up. */
  #fetched({ fetch, name }: Extract<Effect, { kind: "fetch" }>, fails: boolean): void {
    const record = this.#world.onDisk(this.#self, name);
    const result = fails
      ? { kind: "failed" as const, reason: "read error" }
      : record
      ? { kind: "record" as const, record }
      : { kind: "absent" as const };
    this.#world.step(this.#self, { kind: "fetched", fetch, result });
    // After a store that failed the coordinator only looks again at what is there.
    if (this.#phase !== "issuing") return;
    if (fails) {
      this.#seen.saw("own record unreadable");
      this.#phase = "done";
      const { error, definite } = refusal(this.#world.replies.get(this.#ticket));
      return assertEquals([error, definite], ["store_failed", true]);
    }
    this.#phase = "spreading";
    this.#issued = true;
    assertEquals(this.#writes.length, this.#others.length);
    for (const { container } of this.#writes) this.#checkContainer(container);
  }

  #reply(reply: Extract<Happening, { kind: "reply" }>): void {
    const from = reply.from === "asked" ? this.#other(reply.which) : this.#stranger;
    const { request: own, container } = this.#writes[0]!;
    const request = reply.to === "this" ? own : own + 1000;
    const place = this.#owners.indexOf(from);
    const n = this.#owners.length;
    const seat = reply.seat === "none" || place < 0
      ? null
      : reply.seat === "own"
      ? place
      : (place + 1) % n;
    const right = reply.of === "this container";
    const digest = right ? containerDigest(NAME, container) : "z".repeat(16) as Digest;
    const outcome: WriteOutcome = reply.said === "stored"
      ? { kind: "stored", durable: reply.durable, digest }
      : reply.said === "failed"
      ? { kind: "failed", reason: "disk full" }
      : { kind: "not_serving", successor: null };
    const message = {
      kind: "write_reply" as const,
      request,
      standing: standingOf(seat, n),
      outcome,
    };
    arrive(this.#world, { from, to: this.#self, message });
    if (reply.from === "stranger") return this.#seen.saw("from a stranger");
    if (reply.to === "another") return this.#seen.saw("to another request");
    if (reply.said === "stored" && !right) return this.#seen.saw("of another container");
    this.#take({ node: from, seat, said: reply.said, durable: reply.durable });
  }

  #undelivered(to: NodeId): void {
    const messages = this.#writes.slice(0, 1);
    this.#world.step(this.#self, { kind: "undelivered", to, messages });
    this.#take({ node: to, seat: null, said: "unreachable" });
  }

  /** Only what the first answer of a node says is taken, and only until the client is told. */
  #take(answer: Answer): void {
    if (this.#phase === "done") return this.#seen.saw("after the answer");
    if (this.#answers.some(({ node }) => node === answer.node)) {
      return this.#seen.saw("a second time");
    }
    const standsFor = this.#asked.standsFor(answer.node);
    this.#answers.push({ ...answer, standsFor });
    if (answer.said !== "stored") this.#asked.replace(answer.node);
    if (this.#asked.nodes.length > this.#owners.length) this.#seen.saw("stood in");
  }

  #acknowledged(): void {
    const { container, w, dw, pw, coordinator } = wasPut(this.#world.replies.get(this.#ticket));
    assertEquals({ asked: this.#owners.length, w, dw, pw }, this.#wish);
    assertEquals(coordinator, this.#self);
    this.#checkContainer(container);
    if (this.#answers.some(({ node, said }) => node === this.#self && said === "failed")) {
      this.#seen.saw("own store failed, and yet acknowledged");
    }
    const kept = ({ seat, standsFor, said }: Answer) =>
      seat === null && standsFor !== undefined && said === "stored";
    if (this.#answers.some(kept)) this.#seen.saw("kept by a stand-in, and acknowledged");
  }

  /** Q10: what was held but for what the client had seen, and the new write, alive. */
  #checkContainer(container: Container): void {
    const [held, shown] = this.#writing.held as [Container, Container];
    const dot = container.siblings.find(({ version }) => version.writeId === WRITE_ID)?.dot;
    if (dot === undefined) throw new Error("Q10: the new write is not live in what was made of it");
    const wanted = EVENT_SETS.put(setsOf(held), setsOf(shown), dot, container.siblings[0]!.version);
    assertEquals(shownSets(setsOf(container)), shownSets(wanted));
    assert(setsOf(container).seen.has(eventName(dot)));
  }

  #refused(error: string): void {
    const failed = refusal(this.#world.replies.get(this.#ticket));
    assertEquals([failed.error, failed.definite], [error, false]);
    const { w, dw, pw } = this.#wish;
    assertEquals(failed.want, { w, dw, pw });
  }

  /** Nothing is said before it is due, and nothing is sent but one copy to each, for itself or for whom it stands in. */
  #check(): void {
    demandEnd(this.#world.replies.get(this.#ticket), this.#phase === "done");
    if (!this.#issued) return assertEquals(this.#world.sent, []);
    const { n } = this.#writing;
    const w = Math.max(1, this.#wish.w);
    const wanted = this.#others.map((to) => {
      const seat = this.#asked.standsFor(to);
      return { to, n, hint: seat === undefined ? null : { owner: this.#owners[seat]!, seat, w } };
    });
    const sent = this.#world.sent.map(({ to, message }) =>
      message.kind === "write" ? { to, n: message.n, hint: message.hint } : message
    );
    assertEquals(sent, wanted); // Q8: each of them, once, and in the order of the walk
  }

  /** What was sent, in order. */
  get #writes(): Extract<Message, { kind: "write" }>[] {
    return this.#world.sent.flatMap(({ message }) => message.kind === "write" ? [message] : []);
  }

  /** Everybody who was asked, but for the coordinator itself. */
  get #others(): NodeId[] {
    return this.#asked.nodes.filter((node) => node !== this.#self) as NodeId[];
  }

  #other(which: number): NodeId {
    return this.#others[which % this.#others.length]!;
  }
}
