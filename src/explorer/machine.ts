/**
 * One real node, its timers and what it waits for of its disk.
 *
 * The node is that of production. What is around it is as dumb as can be, and does one thing more than a driver: it
 * translates **request numbers**. A node counts them up, so they would tell how much has happened before; outside of this
 * file a request is called by its process, the client step that it is for, and how many that step has made before. Which
 * number stands behind a name nobody ever asks.
 *
 * Three things are decided here, once and for all scopes:
 * - a start is one step: the node's stores of what it says of itself land at once;
 * - bucket properties are not explored: their messages are lost and their timer never comes;
 * - a record is read at once, unless the scope says `slowReads`: reading changes nothing, and a lane does one thing at a
 *   time. What it hides: work that comes while a record is being read is applied together, and stored once.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Node } from "../node.ts";
import type { Effect, Reply } from "../protocol/effect.ts";
import type { Event, ScanResult, Ticket, Timer } from "../protocol/event.ts";
import { timerKey } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Container } from "../version/siblings.ts";
import type { Canonical } from "./canonical.ts";
import { type Disk, keptOn, restoredOf, withMeta, withStored } from "./disk.ts";
import { type Place, ticketOf } from "./place.ts";

/** How an access to the disk ends. `lands_unheard`: it is on the disk, and the node is told that it failed. */
export type Landing = "lands" | "fails" | "lands_unheard";

/** Something that happens to a node. */
export type Stimulus =
  | { readonly kind: "start" }
  | { readonly kind: "ask"; readonly event: Extract<Event, { kind: "get" | "put" }> }
  | { readonly kind: "message"; readonly from: NodeId; readonly message: Message }
  | { readonly kind: "undelivered"; readonly to: NodeId; readonly message: Message }
  /** The access to this copy ends: to the own one, or to that of an owner. */
  | { readonly kind: "io"; readonly how: Landing; readonly owner: NodeId | null }
  | { readonly kind: "timer"; readonly timer: Timer };

/** What a node did when something happened to it. */
export interface Reaction {
  readonly sends: { readonly to: NodeId; readonly message: Message }[];
  readonly replies: { readonly ticket: Ticket; readonly reply: Reply }[];
  /** Containers that it wants stored. */
  readonly stores: Container[];
  /** Containers that went from its disk, as the node's own. */
  readonly removed: Container[];
  readonly marks: string[];
  /** Its disk afterwards. */
  disk: Disk;
}

/** What a node waits for of its disk. */
export type Io = Extract<Effect, { kind: "fetch" | "store" }>;

/** Which answers still tell a node something. */
export interface Expects {
  /** The requests whose answers it takes. */
  readonly waitsFor: ReadonlySet<RequestId>;
  /** Peers of whom any answer is a sign that they are well. */
  readonly suspects: ReadonlySet<NodeId>;
}

/** A message by which its sender asks; all others answer, and name the asker's request. */
const ASKING: ReadonlySet<Message["kind"]> = new Set([
  "read",
  "write",
  "forward",
  "status",
  "foreign",
  "roots",
  "places",
  "want",
  "amnesia",
  "settle_ask",
]);

/** What a node says because it recovers. */
const RECOVERING: ReadonlySet<Message["kind"]> = new Set(["roots", "amnesia"]);

/** A node that the explorer drives. */
export class Machine {
  /** Which node of its place. */
  readonly index: number;
  /** Which process of that node: 1 is the first. */
  readonly boot: number;
  readonly #place: Place;
  readonly #node: Node;
  /** What the node's own numbers are called outside, and back. */
  readonly #names = new Map<number, number>();
  readonly #numbers = new Map<number, number>();
  /** How many requests each client step has made. */
  readonly #made = new Map<Ticket, number>();
  readonly #timers = new Map<string, { readonly timer: Timer; readonly atMs: number }>();
  /** What is outstanding, by whose copy it is: a lane does one thing at a time. */
  readonly #ios = new Map<NodeId | null, Io>();

  /** A process that has not started. */
  constructor(place: Place, { index, boot }: { readonly index: number; readonly boot: number }) {
    this.index = index;
    this.boot = boot;
    this.#place = place;
    this.#node = place.node(index);
  }

  /** The timers that are set, by the names that the outside has for their requests. */
  get timers(): { readonly timer: Timer; readonly atMs: number }[] {
    return [...this.#timers.values()];
  }

  /** What it waits for of its disk. */
  get ios(): Io[] {
    return [...this.#ios.values()];
  }

  /** One name for all that can matter of it from now on, and which answers still tell it something. */
  look(canonical: Canonical): { readonly name: string } & Expects {
    const snapshot = this.#node.snapshot();
    const timers = [...this.#timers].map(([key, { atMs }]) => `${key}@${atMs}`).sort();
    const ios = [...this.#ios].map((
      [owner, io],
    ) => [owner, io.kind === "store" ? io.record : io.kind])
      .sort(([a], [b]) => String(a) < String(b) ? -1 : 1);
    const made = [...this.#made].sort(([a], [b]) => a - b);
    const waiting = [
      ...snapshot.requests?.running.flatMap(({ requests }) => requests) ?? [],
      ...snapshot.exchange?.open ?? [],
      ...openAsks(snapshot.settle),
      ...snapshot.handoff?.owners.flatMap(({ pass }) => pass?.carried ?? []).map(([of]) => of) ??
        [],
    ];
    return {
      name: canonical.name([snapshot, timers, ios, made], this.#names),
      waitsFor: new Set(waiting.map((number) => this.#names.get(number) ?? number)),
      suspects: new Set(
        snapshot.health.peers.flatMap(([id, { health }]) => health === "suspect" ? [id] : []),
      ),
    };
  }

  /**
   * Something happens at `nowMs`, when this is on the disk.
   *
   * @throws {Error} If the node does: a broken invariant of its own.
   */
  react(stimulus: Stimulus, disk: Disk, nowMs: number): Reaction {
    const reaction: Reaction = { sends: [], replies: [], stores: [], removed: [], marks: [], disk };
    const events = [this.#eventOf(stimulus, reaction, nowMs)];
    for (let event = events.shift(); event; event = events.shift()) {
      for (const effect of this.#node.step(event, this.#place.now(nowMs))) {
        const next = this.#take(effect, reaction, { ticket: stepOf(stimulus), nowMs });
        if (next) events.push(next);
      }
    }
    return reaction;
  }

  #eventOf(stimulus: Stimulus, reaction: Reaction, nowMs: number): Event {
    const { node, cluster } = { node: this.#place.ids[this.index]!, cluster: this.#node.cluster };
    const { boot, seed } = this.#place.entropy(this.index, this.boot);
    switch (stimulus.kind) {
      case "start":
        return { kind: "start", boot, seed, restored: restoredOf(reaction.disk) };
      case "ask":
        return stimulus.event;
      case "message": {
        const { from } = stimulus;
        const message = this.#inward(stimulus.message);
        // Nothing reads the sender's boot, and no message grows too old here: see docs/explorer.md.
        const envelope = {
          ...{ cluster, from, fromBoot: boot, to: node, toBoot: boot, toStampMs: nowMs },
          messages: [message],
        };
        return { kind: "envelope", ticket: 0, envelope };
      }
      case "undelivered": {
        const message = this.#inward(stimulus.message, true);
        return { kind: "undelivered", to: stimulus.to, messages: [message] };
      }
      case "io":
        return this.#land(stimulus, reaction);
      case "timer": {
        const { timer } = stimulus;
        this.#timers.delete(timerKey(timer));
        return { kind: "timer", timer: this.#retimed(timer, this.#numbers) };
      }
    }
  }

  /** The access to the disk that is outstanding ends so. */
  #land(
    { how, owner }: Extract<Stimulus, { kind: "io" }>,
    reaction: Reaction,
  ): Event {
    const io = this.#ios.get(owner);
    if (io === undefined) throw new Error("Cannot end an access to the disk: none is outstanding");
    this.#ios.delete(owner);
    const { disk } = reaction;
    if (io.kind === "fetch") {
      if (how === "lands") return fetched(io, disk);
      return { kind: "fetched", fetch: io.fetch, result: { kind: "failed", reason: "read error" } };
    }
    if (how !== "fails") {
      reaction.disk = withStored(disk, io);
      const { record } = disk;
      if (io.owner === null && io.record === null && record) {
        reaction.removed.push(record.container);
      }
    }
    return { kind: "stored", store: io.store, outcome: how === "lands" ? "durable" : "failed" };
  }

  #take(
    effect: Effect,
    reaction: Reaction,
    { ticket, nowMs }: { readonly ticket: Ticket; readonly nowMs: number },
  ): Event | null {
    switch (effect.kind) {
      case "send": {
        const { to, message } = effect;
        if (message.kind === "gossip_recall") return this.#recalled(to, nowMs);
        if (message.kind === "props" || message.kind === "props_reply") return null;
        if (!this.#place.scope.compares && RECOVERING.has(message.kind)) return null;
        reaction.sends.push({ to, message: this.#outward(message, ticket) });
        return null;
      }
      case "fetch":
        if (!this.#place.scope.slowReads) return fetched(effect, reaction.disk);
        return this.#wait(effect, effect.fetch);
      case "store":
        if (effect.record) reaction.stores.push(effect.record.container);
        return this.#wait(effect, effect.store);
      case "scan_hints": {
        const { scan, owner, after } = effect;
        // There is one key, so there is one page.
        const hints = after === null ? keptOn(reaction.disk, this.#place.key, [owner]) : [];
        return { kind: "scanned", scan, result: { kind: "hints", hints } };
      }
      case "scan_records":
      case "find_records":
        return { kind: "scanned", scan: effect.scan, result: this.#read(effect, reaction.disk) };
      case "store_meta": {
        reaction.disk = { ...reaction.disk, restored: withMeta(reaction.disk.restored, effect) };
        return { kind: "stored", store: effect.store, outcome: "durable" };
      }
      case "reply":
        reaction.replies.push({ ticket: effect.ticket, reply: effect.reply });
        return null;
      case "set_timer": {
        // Of what nodes do by themselves, without a client, some is explored: the taking home of hints, the comparing of
        // trees, settling.
        if (!("request" in effect.timer) && !this.#isExplored(effect.timer)) return null;
        const timer = this.#retimed(effect.timer, null, ticket);
        this.#timers.set(timerKey(timer), { timer, atMs: effect.atMs });
        return null;
      }
      case "cancel_timer":
        this.#timers.delete(timerKey(this.#retimed(effect.timer, null, ticket)));
        return null;
      case "mark":
        reaction.marks.push(effect.name);
        return null;
      case "halt":
        throw new Error(`the node halts: ${effect.reason}`);
      case "verdict":
      case "peer":
      case "ready":
        return null;
    }
  }

  /** Roles do not change here: nobody remembers anything of a node that its founding did not give it. */
  #recalled(from: NodeId, nowMs: number): Event {
    const { boot } = this.#place.entropy(this.index, this.boot);
    const to = this.#place.ids[this.index]!;
    const envelope = {
      ...{ cluster: this.#node.cluster, from, fromBoot: boot, to, toBoot: boot, toStampMs: nowMs },
      messages: [{ kind: "gossip_recalled", tick: 0, register: null }] as const,
    };
    return { kind: "envelope", ticket: 0, envelope };
  }

  /** There is one key, so there is one page. */
  #read(
    effect: Extract<Effect, { kind: "scan_records" | "find_records" }>,
    { record, damaged }: Disk,
  ): ScanResult {
    const { key } = this.#place;
    const isThere = effect.kind === "find_records" || effect.after === null;
    if (!isThere || record === null) return { kind: "records", records: [] };
    if (damaged) return { kind: "records", records: [], damaged: [key] };
    return { kind: "records", records: [{ name: key, record }] };
  }

  #isExplored({ kind }: Timer): boolean {
    const { sloppy, compares, settles } = this.#place.scope;
    if (kind === "handoff") return sloppy;
    if (kind === "exchange") return compares;
    // Only the first of a key's owners has anything to settle.
    return kind === "settle" && settles && this.index === 0;
  }

  #wait(io: Io, number: number): null {
    const owner = ownerOf(io);
    if (this.#ios.has(owner)) throw new Error("two accesses to one record at once");
    this.#ios.set(owner, io);
    // One key, so one lane a copy, so one access at a time: it goes by whose copy it is.
    this.#names.set(number, owner === null ? 0 : -1 - this.#place.ids.indexOf(owner));
    return null;
  }

  #retimed(timer: Timer, numbers: ReadonlyMap<number, number> | null, ticket = 0): Timer {
    if (!("request" in timer)) return timer;
    const { kind, request } = timer;
    return { kind, request: numbers?.get(request) ?? this.#nameOf(request, ticket) };
  }

  /** A message as its receiver, this node, must see it: answers by its own numbers. */
  #inward(message: Message, mine = false): Message {
    if (!("request" in message) || ASKING.has(message.kind) !== mine) return message;
    return { ...message, request: this.#numbers.get(message.request) ?? message.request };
  }

  /** A message as the outside must see it: questions by the names of their requests. */
  #outward(message: Message, ticket: Ticket): Message {
    if (!("request" in message) || !ASKING.has(message.kind)) return message;
    const of = message.kind === "forward" ? ticketOf(message.order.version.writeId) : ticket;
    const request = this.#nameOf(message.request, of);
    if (message.kind !== "settle_ask" || message.since === null) return { ...message, request };
    return { ...message, request, since: this.#nameOf(message.since, of) };
  }

  #nameOf(number: RequestId, ticket: Ticket): RequestId {
    const known = this.#names.get(number);
    if (known !== undefined) return known;
    const count = this.#made.get(ticket) ?? 0;
    this.#made.set(ticket, count + 1);
    const { index, boot } = this;
    const name = this.#place.request({ index, boot, ticket, count });
    this.#names.set(number, name);
    this.#numbers.set(name, number);
    return name;
  }
}

/** Whose copy an access is to: null is the node's own. */
export function ownerOf(io: Io): NodeId | null {
  return io.kind === "store" ? io.owner : null;
}

function fetched(
  { fetch, name, owners }: Extract<Io, { kind: "fetch" }>,
  disk: Disk,
): Event {
  const { record, damaged } = disk;
  const hints = keptOn(disk, name, owners);
  if (damaged) return { kind: "fetched", fetch, result: { kind: "damaged" }, hints };
  const result = record ? { kind: "record", record } as const : { kind: "absent" } as const;
  return { kind: "fetched", fetch, result, hints };
}

/** Which client step something is about; 0 if that cannot be seen. */
function stepOf(stimulus: Stimulus): Ticket {
  if (stimulus.kind === "ask") return stimulus.event.ticket;
  if (stimulus.kind !== "message" || stimulus.message.kind !== "forward") return 0;
  return ticketOf(stimulus.message.order.version.writeId);
}

/** The questions about settling that are open. */
function openAsks(settle: unknown): RequestId[] {
  if (typeof settle !== "object" || settle === null || !("rounds" in settle)) return [];
  return (settle.rounds as { readonly request: RequestId }[]).map(({ request }) => request);
}
