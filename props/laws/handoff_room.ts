/**
 * The room that carries hints, by itself: who serves the key, who is down, what is kept and what comes of it are made up.
 * The node is called `self`; what it keeps is for the owner `a`.
 *
 * @module
 */
import { Gate } from "../../src/admission/gate.ts";
import {
  compare,
  type Digest,
  nameBytes,
  type NodeId,
  nodeId,
  type ObjectName,
} from "../../src/id.ts";
import { Handoff } from "../../src/handoff/handoff.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import type { StoredHint } from "../../src/protocol/event.ts";
import type { Locator } from "../../src/protocol/locator.ts";
import type { Message, WriteOutcome } from "../../src/protocol/message.ts";
import { type CopyName, Outbox } from "../../src/protocol/outbox.ts";
import type { Entry } from "../../src/ring/preference_list.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { WRITTEN } from "./one_put.ts";
import { NAME } from "./one_read.ts";
import { standingOf } from "./driving.ts";

const SELF = nodeId("self");
const HANDOFF_MS = 1000;
const SPREAD_AFTER_MS = 5000;

/** What a {@linkcode HandoffRoom} is made of. */
export interface HandoffRoomOptions {
  /** Who is to hold the key, by seat. */
  readonly primaries: readonly string[];
  /** Who is held to be down. */
  readonly down: readonly string[];
  /** Who has left the cluster. */
  readonly left?: readonly string[];
  /** For how long who is down has been so. In ms. */
  readonly downForMs: number;
  /** For whom the disk keeps the key at the start, with W copies wanted. */
  readonly found?: readonly string[];
}

/** The room, and what it did. */
export class HandoffRoom {
  readonly #handoff: Handoff;
  readonly #hints: StoredHint[] = [];
  #numbers = 0;
  #nowMs = 0;
  #down: readonly string[];
  #sent: { readonly to: NodeId; readonly message: Extract<Message, { kind: "write" }> }[] = [];
  /** Which copies it gave up, each with what it must still be. */
  readonly dropped: { readonly copy: CopyName; readonly digest: Digest }[] = [];
  /** For whom it has asked what is kept. */
  readonly looked: NodeId[] = [];

  /** A room of a node that has just come to serve, and keeps nothing. */
  constructor({ primaries, down, downForMs, left = [], found = [] }: HandoffRoomOptions) {
    this.#down = down;
    const record = { container: WRITTEN, mine: null, hint: { n: 3, seat: 0, w: 2 } };
    this.#hints.push(...found.map((owner) => ({ owner: nodeId(owner), name: NAME, record })));
    const list = primaries.map((node, seat): Entry => ({
      ...{ node: nodeId(node), seat, role: "primary" },
    }));
    list.push({ node: nodeId("e"), seat: null, role: "fallback" });
    const locator: Locator = {
      node: SELF,
      members: new Set(
        ["a", "b", "c", "d", "e", "self"].filter((id) => !left.includes(id)).map(nodeId),
      ),
      list: () => list,
      nOf: () => 3,
      standsIn: true,
      receives: () => false,
      isDown: (node) => this.#down.includes(node),
      standing: () => standingOf(null, 3),
    };
    this.#handoff = new Handoff({
      locator,
      config: { ...DEFAULTS, handoffMs: HANDOFF_MS, hintSpreadAfterMs: SPREAD_AFTER_MS },
      found: found.map(nodeId),
      slices: new Gate({ backgroundTargetMs: 1, maxRequestMs: 1 }),
      next: () => ++this.#numbers,
      downForMs: (node) => this.#down.includes(node) ? downForMs : 0,
      drop: (copy, digest) => void this.dropped.push({ copy, digest }),
    });
    this.#step((handoff, out) => handoff.onReady(out));
  }

  /** Something is kept for `a` from now on, of puts that wanted W copies; and the next round comes. */
  keeps(owner: string, w: number, names: readonly ObjectName[] = [NAME]): void {
    this.keepsMore(owner, w, names);
    this.nextRound();
  }

  /** Something more is kept, and looked after when the next round comes. */
  keepsMore(owner: string, w: number, names: readonly ObjectName[]): void {
    const record = { container: WRITTEN, mine: null, hint: { n: 3, seat: 0, w } };
    this.#hints.push(...names.map((name) => ({ owner: nodeId(owner), name, record })));
    this.#step((handoff, out) => handoff.onKept(nodeId(owner), out));
  }

  /** Nobody is held to be down any more. */
  allAreBack(): void {
    this.#down = [];
  }

  /** The next round comes. */
  nextRound(): void {
    this.#nowMs += HANDOFF_MS;
    this.#sent = [];
    this.#step((handoff, out) => handoff.onTimer(out));
  }

  /** A peer is seen to be back. */
  isBack(peer: string): void {
    this.#sent = [];
    this.#step((handoff, out) => handoff.onBack(nodeId(peer), out));
  }

  /** To whom the hint was sent in this round, in order. */
  sentTo(): NodeId[] {
    return this.#sent.map(({ to }) => to);
  }

  /** A node has made durable what was sent to it. */
  stores(from: string, seat: number, name: ObjectName = NAME): void {
    const digest = containerDigest(name, WRITTEN);
    this.#answers(from, seat, { kind: "stored", durable: true, digest });
  }

  /** It has not. */
  fails(
    from: string,
    how: "buffered" | "failed" | "not_serving" | "no seat" | "undelivered",
  ): void {
    const digest = containerDigest(NAME, WRITTEN);
    switch (how) {
      case "buffered":
        return this.#answers(from, 1, { kind: "stored", durable: false, digest });
      case "no seat":
        return this.#answers(from, null, { kind: "stored", durable: true, digest });
      case "failed":
        return this.#answers(from, 1, { kind: "failed", reason: "disk full" });
      case "not_serving":
        return this.#answers(from, 1, { kind: "not_serving", successor: null });
      case "undelivered": {
        const { message } = this.#sent.find(({ to }) => to === from)!;
        return this.#step((handoff, out) => void handoff.onUndelivered(message, out));
      }
    }
  }

  /**
   * Everybody who is sent something answers, until nothing is on its way: these keys are taken, others are not. Returns how
   * many answers that took.
   */
  settle(takes: (name: ObjectName) => boolean): number {
    let answers = 0;
    for (let next = this.#sent.shift(); next; next = this.#sent.shift()) {
      const { to, message: { request, name, container } } = next;
      const outcome: WriteOutcome = takes(name)
        ? { kind: "stored", durable: true, digest: containerDigest(name, container) }
        : { kind: "failed", reason: "disk full" };
      const reply = { kind: "write_reply" as const, request, standing: standingOf(0, 3), outcome };
      this.#step((handoff, out) => void handoff.onReply(to, reply, out));
      answers++;
    }
    return answers;
  }

  #answers(from: string, seat: number | null, outcome: WriteOutcome): void {
    const { request } = this.#sent.find(({ to }) => to === from)!.message;
    const standing = standingOf(seat, 3);
    const reply = { kind: "write_reply" as const, request, standing, outcome };
    this.#step((handoff, out) => void handoff.onReply(nodeId(from), reply, out));
  }

  /** One step, and what its disk answers at once. */
  #step(act: (handoff: Handoff, out: Outbox) => void): void {
    const out = new Outbox(SELF, { monoMs: this.#nowMs, wallMs: this.#nowMs });
    act(this.#handoff, out);
    for (const inner of out.inner) {
      if (inner.kind === "message") this.#take(SELF, inner.message);
    }
    for (const effect of out.effects) {
      if (effect.kind === "send") this.#take(effect.to, effect.message);
      if (effect.kind !== "scan_hints") continue;
      this.looked.push(effect.owner);
      const { owner, after, most } = effect;
      const gone = this.dropped.filter(({ copy }) => copy.owner === owner)
        .map(({ copy: { name } }) => nameBytes(name));
      const hints = this.#hints.filter((hint) => {
        const name = nameBytes(hint.name);
        return hint.owner === owner && !gone.includes(name) &&
          (after === null || compare(name, nameBytes(after)) > 0);
      }).sort((a, b) => compare(nameBytes(a.name), nameBytes(b.name))).slice(0, most);
      this.#step((handoff, out) => handoff.onScanned(effect.scan, { kind: "hints", hints }, out));
    }
  }

  #take(to: NodeId, message: Message): void {
    if (message.kind !== "write") throw new Error(`A write was wanted, got ${message.kind}`);
    if (message.hint !== null) throw new Error("H13: a hint was sent as a hint");
    this.#sent.push({ to, message });
  }
}
