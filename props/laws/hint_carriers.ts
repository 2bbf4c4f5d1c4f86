/**
 * The room that carries hints, with a disk, an owner and turns that all take their time. What must hold at every step is
 * looked at at every step.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { compare, type Digest, nameBytes, type NodeId, nodeId } from "../../src/id.ts";
import { Handoff } from "../../src/handoff/handoff.ts";
import type { Begin, Slice } from "../../src/protocol/background.ts";
import type { StoredHint } from "../../src/protocol/event.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import type { Locator } from "../../src/protocol/locator.ts";
import type { Message, WriteOutcome } from "../../src/protocol/message.ts";
import { type CopyName, Outbox } from "../../src/protocol/outbox.ts";
import type { Entry } from "../../src/ring/preference_list.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, objectName, version } from "../generators.ts";
import { standingOf } from "./driving.ts";

const SELF = nodeId("self");
const OWNER = nodeId("owner");
const OTHER = nodeId("other");
const HANDOFF_MS = 1000;
/** Longer than anything is waited for. */
const LONG_MS = 20_000;
/** Most hints of one owner that may be under way. */
const PAGE = 16;

/** One thing that happens. Numbers are taken modulo what there is. */
export type CarriersHappening =
  | { readonly kind: "keep"; readonly count: number }
  | {
    readonly kind: "keep again" | "arrive" | "refuse" | "unreached" | "lose";
    readonly which: number;
  }
  | { readonly kind: "page"; readonly fails: boolean }
  | { readonly kind: "turn" | "round" }
  | { readonly kind: "down"; readonly isDown: boolean };

type Sent = Extract<Message, { kind: "write" }>;

/** The room and its surroundings. */
export class Carriers {
  readonly #handoff: Handoff;
  #nowMs = 0;
  #numbers = 0;
  #isDown = false;
  readonly #hints = new Map<string, StoredHint>();
  readonly #sent: Sent[] = [];
  /** Pages that are being read. */
  #scans: { readonly scan: number; readonly after: string; readonly owner: NodeId }[] = [];
  /** Who waits for a turn, and who has one. */
  readonly #waiting: Begin[] = [];
  readonly #turns = new Set<Slice>();
  #isSet = false;
  /** What the owner has made durable, by digest. */
  readonly #durable = new Set<Digest>();
  /** How many hints went. */
  taken = 0;

  /** The room of a node that has just begun to serve. */
  constructor() {
    const list = [OWNER, nodeId("b"), nodeId("c")].map((node, seat): Entry => ({
      ...{ node, seat, role: "primary" },
    }));
    const locator: Locator = {
      ...{ node: SELF, members: new Set([SELF, OWNER, OTHER]), list: () => list, nOf: () => 3 },
      standsIn: true,
      receives: () => false,
      isDown: (node) => node === OWNER && this.#isDown,
      standing: () => standingOf(null, 3),
    };
    this.#handoff = new Handoff({
      ...{
        locator,
        config: { ...DEFAULTS, handoffMs: HANDOFF_MS, hintSpreadAfterMs: 1e9 },
        found: [],
      },
      slices: {
        ask: (_, begin) => void this.#waiting.push(begin),
        end: (slice) => assert(this.#turns.delete(slice), "a turn is ended that there is not"),
      },
      ...{ next: () => ++this.#numbers, downForMs: () => Number(this.#isDown) },
      drop: (copy, digest, out) => this.#drop(copy, digest, out),
    });
    this.#step((out) => this.#handoff.onReady(out));
    // Each member is looked after once: of the others there is nothing.
    for (let i = 0; i < 2; i++) this.happen({ kind: "page", fails: false });
  }

  /** How many hints there are. */
  get kept(): number {
    return this.#hints.size;
  }

  /** Whether nothing is under way, and nothing will be. */
  get isAtRest(): boolean {
    return this.kept === 0 && this.rest() === "";
  }

  /** What is under way, or will be. */
  rest(): string {
    const { owners } = this.#handoff;
    return [
      ...owners.map((owner) => `${owner} is looked after`),
      ...this.#isSet ? ["its timer"] : [],
      ...this.#turns.size > 0 ? ["a turn"] : [],
      ...this.#scans.length > 0 ? ["a page"] : [],
    ].join(", ");
  }

  /** It happens. */
  happen(happening: CarriersHappening): void {
    switch (happening.kind) {
      case "keep":
        for (let i = 0; i < happening.count; i++) this.#keep(`${i}`.padStart(2, "0"));
        return;
      case "keep again": {
        const name = [...this.#hints.values()].at(happening.which % this.#hints.size)?.name;
        return name && this.#keep(name.key);
      }
      case "page":
        this.#turn();
        return this.#page(happening.fails);
      case "turn":
        return this.#turn();
      case "round":
        return this.#round(HANDOFF_MS);
      case "down": {
        const isBack = this.#isDown && !happening.isDown;
        this.#isDown = happening.isDown;
        if (isBack) this.#step((out) => this.#handoff.onBack(OWNER, out));
        return;
      }
      default: {
        // Of what is under way some come to one end.
        const many = Math.min(this.#sent.length, 1 + happening.which);
        const ended = this.#sent.splice(this.#sent.length - many, many);
        for (const sent of ended) this.#end(happening.kind, sent);
      }
    }
  }

  /** Nothing goes wrong any more. */
  mend(): void {
    this.happen({ kind: "down", isDown: false });
  }

  /** All that is under way is done, and then, long after, a round begins. */
  calmRound(): void {
    for (let steps = 0; this.#sent.length + this.#scans.length + this.#waiting.length > 0;) {
      assert(++steps < 1000, "a round has no end");
      this.#turn();
      this.#page(false);
      this.happen({ kind: "arrive", which: 0 });
    }
    this.#round(LONG_MS);
  }

  #keep(key: string): void {
    const name = objectName("b", key);
    const before = this.#hints.get(nameBytes(name));
    const dot = {
      actor: actor("a"),
      counter: (before?.record.container.clock.get(actor("a")) ?? 0) + 1,
    };
    const container = write(
      before?.record.container ?? EMPTY,
      FRESH,
      dot,
      version(`${key}${dot.counter}`),
    );
    const record = { container, mine: null, hint: { n: 3, seat: 0, w: 2 } };
    this.#hints.set(nameBytes(name), { owner: OWNER, name, record });
    this.#step((out) => this.#handoff.onKept(OWNER, out));
  }

  #turn(): void {
    const begin = this.#waiting.shift();
    if (begin === undefined) return;
    const slice = ++this.#numbers;
    this.#turns.add(slice);
    this.#step((out) => begin(slice, out));
  }

  #page(fails: boolean): void {
    const scan = this.#scans.shift();
    if (scan === undefined) return;
    const hints = [...this.#hints]
      .filter(([name, { owner }]) => owner === scan.owner && compare(name, scan.after) > 0)
      .sort(([a], [b]) => compare(a, b)).slice(0, PAGE).map(([, hint]) => hint);
    const result = fails
      ? { kind: "failed" as const, reason: "made up" }
      : { kind: "hints" as const, hints };
    this.#step((out) => this.#handoff.onScanned(scan.scan, result, out));
  }

  #round(afterMs: number): void {
    this.#nowMs += afterMs;
    if (!this.#isSet) return;
    this.#isSet = false;
    this.#step((out) => this.#handoff.onTimer(out));
  }

  #end(how: "arrive" | "refuse" | "unreached" | "lose", sent: Sent): void {
    if (how === "lose") return;
    if (how === "unreached") {
      return this.#step((out) => void this.#handoff.onUndelivered(sent, out));
    }
    const { request, name, container } = sent;
    const digest = containerDigest(name, container);
    if (how === "arrive") this.#durable.add(digest);
    const outcome: WriteOutcome = how === "arrive"
      ? { kind: "stored", durable: true, digest }
      : { kind: "failed", reason: "made up" };
    const reply = { kind: "write_reply" as const, request, standing: standingOf(0, 3), outcome };
    this.#step((out) => void this.#handoff.onReply(OWNER, reply, out));
  }

  /** As a replica does it: by comparison. */
  #drop({ name }: CopyName, digest: Digest, out: Outbox): void {
    assert(this.#durable.has(digest), "H1: a hint goes that its owner has not");
    const hint = this.#hints.get(nameBytes(name));
    if (hint === undefined) return;
    if (digestOf(hint.record.container, hint) !== digest) return this.#handoff.onKept(OWNER, out);
    this.#hints.delete(nameBytes(name));
    this.taken++;
  }

  #step(act: (out: Outbox) => void): void {
    const out = new Outbox(SELF, { monoMs: this.#nowMs, wallMs: this.#nowMs });
    act(out);
    for (const effect of out.effects) {
      switch (effect.kind) {
        case "send": {
          const { to, message } = effect;
          if (message.kind !== "write" || to !== OWNER) {
            throw new Error(`${to} is sent ${message.kind}`);
          }
          this.#sent.push(message);
          break;
        }
        case "scan_hints": {
          const { scan, owner, after } = effect;
          this.#scans.push({ scan, owner, after: after === null ? "" : nameBytes(after) });
          break;
        }
        case "set_timer":
          assert(!this.#isSet, "a timer is set that is set");
          this.#isSet = true;
          break;
        case "cancel_timer":
          this.#isSet = false;
      }
    }
    const carried = this.#handoff.snapshot().owners.flatMap(({ pass }) => pass?.carried ?? []);
    assert(carried.length <= PAGE, `${carried.length} hints are under way`);
    assertEquals(this.#turns.size <= 2, true, "a turn for each owner at most");
  }
}

function digestOf(container: Container, { name }: StoredHint): Digest {
  return containerDigest(name, container);
}
