/**
 * Every read is what the oracle says (`request_oracle.ts`): one real node is asked, and its replicas' answers are made up.
 * They come in any order, twice, late, from nodes that were not asked, from recovering ones, from two nodes that claim one
 * seat; they fail, or never come. At each of them the node has answered exactly if the oracle says so.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { NodeId } from "../../src/id.ts";
import type { ReadOutcome } from "../../src/protocol/message.ts";
import { type Container, EMPTY, sync, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, containers, version } from "../generators.ts";
import { example, type Law, random } from "../law.ts";
import { eventsOf } from "../oracle_events.ts";
import { World } from "../world.ts";
import { arrive, get, NAME, ownersOf, refusal, sentTo, standingOf, wasGot } from "./driving.ts";
import { hold, keepAt } from "./kept_copies.ts";
import { mostly, setsOf, shown, shownSets } from "./event_sets.ts";
import { type Answer, Asked, behind, joined, readDue, type ReadWish } from "./request_oracle.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "Q3 Q5 Q6 Q8 Q11 Q12 Q14 Q20 RR1 RR2 RR3 RR7",
    "a read is the merge of exactly the first enough replies, or fails as soon as it must; who will not answer is stood in for, who is behind is repaired",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someReading, (reading) => {
        seen.begin();
        new Reading(reading, seen).play();
        return true;
      });
      seen.demand(2000, {
        answer: 300,
        nothing: 10,
        unmet: 50,
        timeout: 50,
        repair: 300,
        "after the answer": 300,
        "a second time": 300,
        "from a stranger": 50,
        "to another request": 50,
        "after the end": 50,
        "stood in": 300,
        "kept by a stand-in": 50,
        "silent, and stood in": 50,
        "kept by the reader": 50,
      });
    },
    { runs: 2000 },
  ),
  example(
    "RR3 RR1 RR2",
    "a diamond, and its ancestors held twice: each replica that is behind is repaired once, with the merge",
    () => {
      const { old, left, right, end } = diamond();
      const shapes = [
        [old, left, right, end], // a diamond: the end covers all
        [end, end, end, old],
        [left, right, left, right], // concurrent, each held twice
        [old, left, left, left],
        [EMPTY, old, left, right],
        [end, end, end, end], // nobody is behind
      ];
      for (const held of shapes) {
        const world = new World({ nodes: 5, config: { n: 4 } });
        const { owners, others } = ownersOf(world, 4);
        owners.forEach((id, i) => {
          if (held[i] !== EMPTY) hold(world, id, held[i]!);
        });
        const all = joined(
          held.map((container, i) => ({ node: `${i}`, seat: i, ...foundAs(container) })),
        );
        get(world, { at: others[0]!, r: 4 });
        const late = owners.filter((_, i) => eventsOf(held[i]!).length < all.seen.size);
        assertEquals(sentTo(world, "repair").sort(), late.sort());
        for (const id of owners) {
          assertEquals(shown(world.onDisk(id, NAME)!.container), shownSets(all));
        }
        get(world, { at: others[0]!, r: 4 });
        assertEquals(sentTo(world, "repair").length, late.length); // RR5
      }
    },
  ),
];

/** One thing that happens to a read. Which node is taken modulo how many are asked. */
type Happening =
  | {
    readonly kind: "reply";
    readonly which: number;
    readonly said: ReadOutcome["kind"];
    readonly seat: "own" | "next" | "none";
    readonly recovering: boolean;
    readonly from: "asked" | "stranger";
    readonly to: "this" | "another";
  }
  | { readonly kind: "undelivered"; readonly which: number }
  /** Whoever has not answered by now is stood in for. */
  | { readonly kind: "patience" }
  /** The client's time is up, or the time for gathering. */
  | { readonly kind: "time" };

const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("reply" as const),
      which: fc.nat(6),
      said: mostly<ReadOutcome["kind"]>(["found", "found", "absent"], [
        "damaged",
        "not_serving",
        "failed",
      ]),
      seat: mostly<"own" | "next" | "none">(["own"], ["next", "none"]),
      recovering: mostly([false], [true]),
      from: mostly<"asked" | "stranger">(["asked"], ["stranger"]),
      to: mostly<"this" | "another">(["this"], ["another"]),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("undelivered" as const), which: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "patience" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "time" as const }) },
);

/** One of the five containers, or nothing. */
const keeps = mostly<number | null>([null, null], [0, 1, 2, 3, 4]);

const someReading = fc.integer({ min: 1, max: 5 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    r: fc.option(fc.integer({ min: 1, max: n }), { nil: undefined }),
    pr: mostly<number | undefined>([undefined], [1, 2, 3, 4, 5].slice(0, n)),
    notfoundOk: fc.boolean(),
    basicQuorum: fc.boolean(),
    /** How many fallbacks there are, for who wants any. */
    fallbacks: fc.nat(2),
    strict: mostly([false], [true]),
    held: containers(5),
    /** What the reader keeps: as its own, and for the first two owners. */
    kept: fc.tuple(keeps, keeps, keeps),
    happenings: fc.array(someHappening, { maxLength: 14, size: "max" }),
  })
);

type SomeReading = typeof someReading extends fc.Arbitrary<infer T> ? T : never;

/** One read, and what the oracle knows of it. */
class Reading {
  readonly #reading: SomeReading;
  readonly #seen: Sometimes;
  readonly #world: World;
  readonly #owners: readonly NodeId[];
  /** Two nodes that do not serve the key: the one reads, and looks at what it keeps; the other has nothing to say. */
  readonly #reader: NodeId;
  readonly #stranger: NodeId;
  /** All that the reader keeps; null if that is nothing. */
  readonly #kept: Container | null;
  readonly #wish: ReadWish;
  readonly #asked: Asked;
  /** What was taken, in order. */
  readonly #answers: Answer[] = [];
  #phase: "gathering" | "lingering" | "ended" = "gathering";
  /** For how long the read has run. In ms. */
  #waitedMs = 0;
  readonly #ticket: number;
  readonly #request: number;

  constructor(reading: SomeReading, seen: Sometimes) {
    this.#reading = reading;
    this.#seen = seen;
    const { n, r, pr, notfoundOk, basicQuorum, strict } = reading;
    const quorum = Math.floor(n / 2) + 1;
    const world = new World({
      nodes: n + 2 + reading.fallbacks,
      config: { n, r: quorum, w: quorum },
    });
    const { owners, others } = ownersOf(world, n);
    this.#world = world;
    this.#owners = owners;
    // The last of the walk is a stranger, for it is made known that it is down.
    this.#reader = others[0]!;
    this.#stranger = others.at(-1)!;
    for (const _ of [1, 2]) {
      world.step(this.#reader, { kind: "undelivered", to: this.#stranger, messages: [] });
      world.wait(world.config.downAfterMs);
    }
    // Before it asks others, the reader looks at what it keeps itself.
    this.#asked = new Asked(owners, strict ? [] : others.slice(0, -1));
    const [own, ...forOwners] = reading.kept.map((which) =>
      which === null ? null : reading.held[which]!
    );
    this.#kept = keepAt(world, this.#reader, { owners, own: own ?? null, forOwners });
    this.#wish = { asked: n, r: r ?? quorum, pr: pr ?? 0, notfoundOk, basicQuorum };
    world.sent.length = 0; // what the founding said
    this.#ticket = world.get(this.#reader, {
      ...{ name: NAME, r, pr, notfoundOk, basicQuorum },
      sloppyQuorum: !strict,
    });
    assertEquals(sentTo(world, "read"), [...owners]); // Q8: each of them, once
    const { message } = world.sent[0]!;
    this.#request = message.kind === "read" ? message.request : 0;
  }

  /** Everything happens, and then time is up, for the client, and for gathering. */
  play(): void {
    for (const happening of this.#reading.happenings) this.#happen(happening);
    for (let i = 0; i < 3 && this.#phase !== "ended"; i++) this.#happen({ kind: "time" });
    assertEquals(this.#phase, "ended");
    assertEquals(this.#world.machines.get(this.#reader)!.node.load.requests, 0);
  }

  #happen(happening: Happening): void {
    if (happening.kind === "time") return this.#timeIsUp();
    if (happening.kind === "reply") this.#reply(happening);
    else if (happening.kind === "patience") this.#patience();
    else this.#undelivered(this.#node(happening.which));
    this.#conclude();
  }

  /** What is due by now has been done. */
  #conclude(): void {
    const due = readDue(this.#answers, this.#asked.silent(this.#answers), this.#wish);
    if (this.#phase === "gathering" && due !== "open") {
      this.#seen.saw(due);
      this.#phase = "lingering";
      if (due === "unmet") this.#refused("quorum_unmet");
      else this.#answered();
    }
    if (this.#phase === "lingering" && this.#answers.length === this.#asked.nodes.length) {
      this.#end();
    }
    this.#check();
    this.#look();
  }

  /** The reader's disk answers. */
  #look(): void {
    const at = this.#world.pending.findIndex(({ kind }) => kind === "io");
    if (at < 0) return;
    this.#world.happen(at);
    const answer = this.#kept === null ? { said: "absent" as const } : foundAs(this.#kept);
    this.#take({ node: this.#reader, seat: null, ...answer });
    if (this.#kept === null) this.#replace(this.#reader);
    else this.#seen.saw("kept by the reader");
    this.#conclude();
  }

  /** Whoever is silent still is stood in for. Returns false if the read ends before. */
  #patience(): boolean {
    const { fallbackAfterMs, requestTimeoutMs } = this.#world.config;
    if (this.#phase !== "gathering" || this.#waitedMs + fallbackAfterMs >= requestTimeoutMs) {
      return false;
    }
    this.#world.wait(fallbackAfterMs);
    this.#waitedMs += fallbackAfterMs;
    const before = this.#asked.nodes.length;
    for (const { node } of this.#asked.silent(this.#answers)) this.#replace(node);
    this.#seen.saw("silent, and stood in", this.#asked.nodes.length > before ? 1 : 0);
    return true;
  }

  /** As long as the client waits. */
  #replace(node: string): void {
    if (this.#phase !== "gathering") return;
    this.#asked.replace(node);
  }

  #timeIsUp(): void {
    const { config } = this.#world;
    if (this.#phase === "gathering") {
      while (this.#patience()) this.#conclude();
      if (this.#phase !== "gathering") return;
      this.#world.wait(config.requestTimeoutMs - this.#waitedMs);
      this.#seen.saw("timeout");
      this.#phase = "lingering";
      this.#refused("timeout");
    } else if (this.#phase === "lingering") {
      this.#world.wait(config.repairWaitMs);
      this.#end();
    }
    this.#check();
  }

  #reply(reply: Extract<Happening, { kind: "reply" }>): void {
    const from = reply.from === "asked" ? this.#node(reply.which) : this.#stranger;
    const request = reply.to === "this" ? this.#request : this.#request + 1000;
    const own = this.#owners.indexOf(from);
    const n = this.#owners.length;
    const seat = reply.seat === "none" || own < 0
      ? null
      : reply.seat === "own"
      ? own
      : (own + 1) % n;
    const outcome = this.#outcome(reply);
    const standing = standingOf(seat, n, reply.recovering);
    const message = { kind: "read_reply" as const, request, standing, outcome };
    arrive(this.#world, { from, to: this.#reader, message });
    if (reply.from === "stranger") return this.#seen.saw("from a stranger");
    if (reply.to === "another") return this.#seen.saw("to another request");
    const answer = outcome.kind === "found" ? foundAs(outcome.container) : { said: outcome.kind };
    this.#take({ node: from, seat, recovering: reply.recovering, ...answer });
  }

  #undelivered(to: NodeId): void {
    const { message } = this.#world.sent.find((sent) =>
      sent.to === to && sent.message.kind === "read"
    )!;
    this.#world.step(this.#reader, { kind: "undelivered", to, messages: [message] });
    this.#take({ node: to, seat: null, said: "unreachable" });
  }

  /** Only what the first answer of a node says is taken, and only until the end. */
  #take(answer: Answer): void {
    if (this.#phase === "ended") return this.#seen.saw("after the end");
    if (this.#answers.some(({ node }) => node === answer.node)) {
      return this.#seen.saw("a second time");
    }
    if (this.#phase === "lingering") this.#seen.saw("after the answer");
    const standsFor = this.#asked.standsFor(answer.node);
    if (standsFor !== undefined && answer.said === "found") this.#seen.saw("kept by a stand-in");
    this.#answers.push({ ...answer, standsFor });
    if (answer.said !== "found" && answer.said !== "absent") this.#replace(answer.node);
    if (this.#asked.nodes.length > this.#owners.length) this.#seen.saw("stood in");
  }

  #outcome({ said, which }: { said: ReadOutcome["kind"]; which: number }): ReadOutcome {
    switch (said) {
      case "found": {
        const container = this.#reading.held[which % 5]!;
        return container.clock.size === 0 ? { kind: "absent" } : { kind: said, container };
      }
      case "not_serving":
        return { kind: said, successor: null };
      case "failed":
        return { kind: said, reason: "read error" };
      default:
        return { kind: said };
    }
  }

  #answered(): void {
    const { container, r, pr, clipped } = wasGot(this.#world.replies.get(this.#ticket));
    assertEquals(shown(container), shownSets(joined(this.#answers)));
    assertEquals([r, pr, clipped], [this.#wish.r, this.#wish.pr, false]);
  }

  #refused(error: string): void {
    const failed = refusal(this.#world.replies.get(this.#ticket));
    assertEquals([failed.error, failed.definite], [error, true]);
    assertEquals(failed.want, { r: this.#wish.r, pr: this.#wish.pr });
    assertEquals(failed.participants.map(({ node }) => node as string), this.#asked.nodes);
  }

  /** Gathering is over: the repairs are sent, each once, and each is the merge of all that came. */
  #end(): void {
    this.#phase = "ended";
    assertEquals(sentTo(this.#world, "repair").sort(), behind(this.#answers));
    for (const { message } of this.#world.sent) {
      if (message.kind !== "repair") continue;
      this.#seen.saw("repair");
      assertEquals(shown(message.container), shownSets(joined(this.#answers)));
    }
  }

  /** Nothing is said before it is due, and nothing is sent that nobody wants. */
  #check(): void {
    assertEquals(this.#world.replies.has(this.#ticket), this.#phase !== "gathering");
    const repairs = this.#phase === "ended" ? behind(this.#answers).length : 0;
    const asked = sentTo(this.#world, "read").map(String);
    // Q8: each of them, once, and in the order of the walk.
    assertEquals(asked, this.#asked.nodes.filter((node) => node !== this.#reader));
    assertEquals(this.#world.sent.length, asked.length + repairs);
  }

  #node(which: number): NodeId {
    const nodes = this.#asked.nodes.filter((node) => node !== this.#reader);
    return nodes[which % nodes.length] as NodeId;
  }
}

function foundAs(container: Container) {
  return { said: "found" as const, holds: setsOf(container) };
}

/** An ancestor, two concurrent successors of it, and a successor of both. */
function diamond() {
  const dot = (node: string) => ({ actor: actor(node), counter: 1 });
  const old = write(EMPTY, FRESH, dot("a"), version("old"));
  const left = write(old, old.clock, dot("b"), version("left"));
  const right = write(old, old.clock, dot("c"), version("right"));
  const both = sync(left, right);
  return { old, left, right, end: write(both, both.clock, dot("d"), version("end")) };
}
