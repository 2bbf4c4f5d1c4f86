/**
 * The lane of one copy, without a node around it: a node's own copy, or one that it keeps for an owner. What is asked of
 * it and what its disk answers is made up; all that it does is told in words, step by step.
 *
 * Everybody writes blindly, so a copy is the set of the events that it has seen, and merging is union.
 *
 * @module
 */
import { type Actor, type Dot, type NodeId, nodeId, nodeOf } from "../../src/id.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import type { StoredRecord } from "../../src/protocol/event.ts";
import type { Locator } from "../../src/protocol/locator.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { sizeOf } from "../../src/replica/coordinate.ts";
import { Replica } from "../../src/replica/replica.ts";
import type { Entry } from "../../src/ring/preference_list.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY, sync, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, BOOT, version } from "../generators.ts";
import { standingOf } from "./driving.ts";
import { orderOf } from "./one_put.ts";
import { NAME } from "./one_read.ts";

/** Whose lanes they are. */
export const SELF: NodeId = nodeId("self");
const OWNER = nodeId("owner");
const OTHER = nodeId("other");

/** How long a put waits for its record. In ms. */
export const PUT_MS = orderOf().timeoutMs;
/** So much work may wait for the record. */
export const MOST_WAITING = 4;

/** What is asked of a lane. */
export type Asked =
  /** A copy comes that has seen these events; of a hint, its put wanted W copies. */
  | { readonly kind: "write"; readonly events: readonly string[]; readonly w: number }
  /** A reader has seen that the copy is behind. */
  | { readonly kind: "repair"; readonly events: readonly string[] }
  /** This node coordinates a put. */
  | { readonly kind: "put"; readonly w: number }
  | { readonly kind: "read" }
  /** The owner has made durable what was on the disk here once: the copy that has seen just these events. */
  | { readonly kind: "delivered"; readonly events: readonly string[] };

/** What a disk answers. A store that `lands` has happened, and is said to have failed. */
export type DiskAnswer = "done" | "fails" | "lands" | "damaged";

/** One lane of one replica. Each step returns what it did: words, sorted, each once. */
export class OneLane {
  readonly #isKept: boolean;
  readonly #replica: Replica;
  #numbers = 0;
  /** What is on the disk. */
  #disk: StoredRecord | null = null;
  #isDamaged = false;
  /** All copies that ever were, by the events that they have seen. */
  readonly #stored = new Map<string, Container>();
  /** What the disk is asked for: nothing, to read, or to store. */
  #wanted: { readonly number: number; readonly store?: StoredRecord | null } | null = null;
  /** By dot, what each event is called. */
  readonly #names = new Map<string, string>();
  #said = new Set<string>();

  /** Nothing is there. `isKept`: it is the copy of an owner. `isNarrow`: one event fills all the room that there is for such. */
  constructor({ isKept, isNarrow }: { readonly isKept: boolean; readonly isNarrow: boolean }) {
    this.#isKept = isKept;
    const nodes = [isKept ? OWNER : SELF, OTHER, nodeId("c")];
    const list = nodes.map((node, seat): Entry => ({ node, seat, role: "primary" }));
    const locator: Locator = {
      ...{ node: SELF, members: new Set([SELF, ...nodes]), list: () => list, nOf: () => 3 },
      ...{ isDown: () => false, standsIn: true, receives: () => false },
      standing: () => standingOf(isKept ? null : 0, 3),
    };
    const maxHintBytes = isNarrow ? sizeOf(containerOf(["a"])) : DEFAULTS.maxHintBytes;
    this.#replica = new Replica({
      ...{ locator, boot: BOOT, config: { ...DEFAULTS, maxRequests: 1, maxHintBytes } },
      // What is kept for others never hinders a copy of the node's own.
      hintBytes: isKept ? 0 : maxHintBytes,
      nextNumber: () => ++this.#numbers,
      stored: (_, copy) => void this.#said.add(`counts on ${this.#text(copy?.container ?? null)}`),
      doubted: () => void this.#said.add("doubts"),
      kept: () => void this.#said.add("keeps"),
      // Its ranges recover already.
      damaged: () => true,
      opened: () => {},
    });
  }

  /** How many copies are being worked on. */
  get laneCount(): number {
    return this.#replica.laneCount;
  }

  /** Something is asked of it. */
  ask(request: number, asked: Asked, nowMs: number): string[] {
    const common = { request, name: NAME, n: 3 };
    // Whoever serves the key takes a copy for its own, also if its sender thinks that it stands in.
    const owner = this.#isKept ? OWNER : OTHER;
    const hintOf = (w: number) => this.#isKept || w === 3 ? { owner, seat: 0, w } : null;
    return this.#step(nowMs, (replica, out) => {
      switch (asked.kind) {
        case "write": {
          const container = containerOf(asked.events);
          const message = { kind: "write" as const, ...common, container, hint: hintOf(asked.w) };
          return replica.onWrite(OTHER, message, out);
        }
        case "repair": {
          const container = containerOf(asked.events);
          return replica.onRepair({ kind: "repair", name: NAME, n: 3, container }, out);
        }
        case "put":
          return replica.onCoordinate(
            request,
            { order: orderOf(), hint: this.#isKept ? hintOf(asked.w) : null },
            out,
          );
        case "read":
          return replica.onRead(OTHER, { kind: "read", ...common, asFallback: false }, out);
        case "delivered": {
          const digest = containerDigest(NAME, this.#stored.get(said(asked.events))!);
          return replica.onDelivered({ name: NAME, owner: OWNER }, digest, out);
        }
      }
    });
  }

  /** A copy comes that this node, which does not serve the key, is to keep for this owner. */
  isToKeepFor(owner: NodeId): string[] {
    const hint = { owner, seat: 0, w: 1 };
    const common = { request: 1, name: NAME, n: 3, container: containerOf(["a"]), hint };
    return this.#step(
      0,
      (replica, out) => replica.onWrite(OTHER, { kind: "write", ...common }, out),
    );
  }

  /** The disk answers what it was asked for. */
  answer(how: DiskAnswer, nowMs: number): string[] {
    const wanted = this.#wanted!;
    this.#wanted = null;
    const { number, store } = wanted;
    if (store !== undefined) {
      if (how !== "fails") this.#put(store);
      const outcome = how === "done" ? "durable" : "failed";
      return this.#step(nowMs, (replica, out) => void replica.onStored(number, outcome, out));
    }
    if (how === "damaged") this.#put(null);
    this.#isDamaged ||= how === "damaged";
    const hints = this.#isKept && this.#disk
      ? [{ owner: OWNER, name: NAME, record: this.#disk }]
      : [];
    const result = how === "fails"
      ? { kind: "failed" as const, reason: "made up" }
      : this.#isDamaged
      ? { kind: "damaged" as const }
      : this.#isKept || this.#disk === null
      ? { kind: "absent" as const }
      : { kind: "record" as const, record: this.#disk };
    return this.#step(
      nowMs,
      (replica, out) => void replica.onFetched(number, { result, hints }, out),
    );
  }

  #put(record: StoredRecord | null): void {
    if (record !== null) this.#stored.set(this.#text(record.container), record.container);
    this.#disk = record;
    this.#isDamaged = false;
  }

  #step(nowMs: number, act: (replica: Replica, out: Outbox) => void): string[] {
    this.#said = new Set();
    const out = new Outbox(SELF, { monoMs: nowMs, wallMs: nowMs });
    act(this.#replica, out);
    for (const inner of out.inner) {
      if (inner.kind === "message") this.#hear(inner.message);
      else if (inner.kind === "refused") this.#said.add(`refuses ${inner.request}`);
      else if (inner.kind === "issued") {
        // Of all dots only a put's own is this node's.
        const own = dotsOf(inner.container).filter((dot) => writerOf(dot) === SELF);
        for (const dot of own) {
          if (!this.#names.has(dot)) this.#names.set(dot, `put ${inner.request}`);
        }
        this.#said.add(`issues ${inner.request}: ${this.#text(inner.container)}`);
      }
    }
    for (const effect of out.effects) {
      if (effect.kind === "send") this.#hear(effect.message);
      else if (effect.kind === "fetch") {
        this.#want({ number: effect.fetch });
        this.#said.add("reads the disk");
      } else if (effect.kind === "store") {
        const { store: number, record } = effect;
        this.#want({ number, store: record });
        const w = record?.hint ? ` for W ${record.hint.w}` : "";
        this.#said.add(`stores ${this.#text(record && record.container)}${w}`);
      }
    }
    return [...this.#said].sort();
  }

  #want(wanted: { readonly number: number; readonly store?: StoredRecord | null }): void {
    if (this.#wanted !== null) this.#said.add("asks the disk for two things at a time");
    this.#wanted = wanted;
  }

  #hear(message: Message): void {
    if (message.kind === "write_reply") {
      const { request, outcome } = message;
      const isDurable = outcome.kind === "stored" && outcome.durable;
      this.#said.add(isDurable ? `has stored ${request}` : `${outcome.kind} ${request}`);
    } else if (message.kind === "read_reply") {
      const { request, outcome } = message;
      const what = outcome.kind === "found" ? ` ${this.#text(outcome.container)}` : "";
      this.#said.add(`${outcome.kind} ${request}${what}`);
    }
  }

  /** The events of a copy. Whatever it has seen is live, for all is written blindly. */
  #text(container: Container | null): string {
    if (container === null) return "nothing";
    const names = (dots: readonly string[]) =>
      said(dots.map((dot) => this.#names.get(dot) ?? writerOf(dot)));
    const [seen, live] = [dotsOf(container), container.siblings.map(({ dot }) => dotText(dot))];
    return names(seen) === names(live) ? names(seen) : `${names(seen)} of which ${names(live)}`;
  }
}

/** A copy that has seen these events, in words. */
export function said(events: readonly string[]): string {
  return `{${[...events].sort().join(", ")}}`;
}

function containerOf(events: readonly string[]): Container {
  return events.reduce(
    (held, event) =>
      sync(held, write(EMPTY, FRESH, { actor: actor(event), counter: 1 }, version(event))),
    EMPTY,
  );
}

function dotsOf({ clock }: Container): string[] {
  return [...clock].flatMap(([actor, counter]) =>
    Array.from({ length: counter }, (_, i) => dotText({ actor, counter: i + 1 }))
  );
}

function dotText({ actor, counter }: Dot): string {
  return `${actor}:${counter}`;
}

function writerOf(dot: string): NodeId {
  return nodeOf(dot.slice(0, dot.lastIndexOf(":")) as Actor);
}
