/**
 * A world in which every step of every node is held to explicit sets of events (laws V12, V14 to V16, D7, S11, RR4), and
 * every read to what was acknowledged before it began (laws Q1, Q16).
 *
 * The account is kept by the names of writes. A write overwrites what its client was shown, and what that overwrote, and
 * so on; which it was is known from the answers alone, never from a clock. An event gets its dot in the step in which its
 * dot first turns up. From then on a clock is a set of writes, each dot 1..n of each actor by name, and a container must
 * hold alive exactly those writes of its set that no other of the set overwrites: the maximal elements.
 *
 * A container is a value: nothing changes it. So each is looked at once, when it first turns up anywhere: in a message, in
 * a store, in an answer, or on a disk.
 *
 * @module
 */
import { type Actor, bootOf, type Dot, type NodeId, nodeOf, type WriteId } from "../src/id.ts";
import type { Effect, Reply } from "../src/protocol/effect.ts";
import type { Event, Ticket } from "../src/protocol/event.ts";
import type { Container } from "../src/version/siblings.ts";
import type { VersionVector } from "../src/version/version_vector.ts";
import { eventName } from "./oracle_events.ts";
import { World, type WorldOptions } from "./world.ts";

/** What is audited beside versions. */
export interface AuditOptions {
  /** True: a read must show what was acknowledged before it, where R + W > N. Not where disks lose what they held. */
  readonly overlap?: boolean;
}

/** A world whose every step is audited. Each range must have at least two seats, so that every dot is sent somewhere. */
export class AuditedWorld extends World {
  /** The account. Not there yet while the world founds its cluster, which touches no key. */
  readonly audit: Audit;

  /** A cluster, ready, with an empty account. */
  constructor(options: WorldOptions & AuditOptions = {}) {
    super(options);
    this.audit = new Audit(this, options);
  }

  /** Takes one step of a node, and audits it. */
  override step(id: NodeId, event: Event): Effect[] {
    const before = this.audit?.before(id, event);
    const effects = super.step(id, event);
    before?.(effects);
    return effects;
  }
}

/** One account. It throws in the step in which something is wrong. */
export class Audit {
  readonly #world: World;
  readonly #overlap: boolean;
  /** What a client had been shown, by the very clock that is its context. */
  readonly #shown = new WeakMap<VersionVector, ReadonlySet<WriteId>>();
  /** All that a write overwrites, at any remove. */
  readonly #covers = new Map<WriteId, ReadonlySet<WriteId>>();
  readonly #eventOf = new Map<WriteId, string>();
  readonly #writeOf = new Map<string, WriteId>();
  /** The last counter of each actor. */
  readonly #last = new Map<Actor, number>();
  readonly #burnt = new Set<Actor>();
  /** Whose dot a store holds. */
  readonly #storing = new Map<string, Actor | null>();
  readonly #audited = new WeakSet<Container>();
  readonly #puts = new Map<Ticket, WriteId>();
  readonly #acknowledged = new Map<WriteId, number>();
  /** What had been acknowledged when a read began, each with its W. */
  readonly #gets = new Map<Ticket, ReadonlyMap<WriteId, number>>();
  /** How many containers were looked at. */
  containers = 0;
  /** How many of them held more than one live write. */
  siblings = 0;
  /** How many reads were held to an acknowledged write. */
  overlaps = 0;

  /** An empty account of this world. */
  constructor(world: World, { overlap = false }: AuditOptions) {
    this.#world = world;
    this.#overlap = overlap;
  }

  /** A node is about to take a step; what is returned wants to know what it did. */
  before(id: NodeId, event: Event): (effects: readonly Effect[]) => void {
    const { boot } = this.#world.machines.get(id)!;
    if (event.kind === "put") this.#attempted(event);
    if (event.kind === "get") this.#gets.set(event.ticket, new Map(this.#acknowledged));
    if (event.kind === "stored" && event.outcome === "failed") {
      const actor = this.#storing.get(`${id} ${boot} ${event.store}`) ?? null;
      // A copy of a disk holds dots of another process, which has its own disk and knows nothing of this failure.
      if (actor !== null && bootOf(actor) === boot) this.#burnt.add(actor);
    }
    return (effects) => {
      for (const effect of effects) {
        for (const container of containersIn(effect)) this.#look(container, { id, boot });
        if (effect.kind === "store") this.#stores(id, boot, effect);
        if (effect.kind === "reply") this.#answered(effect.ticket, effect.reply);
      }
      this.#lookEverywhere();
    };
  }

  #attempted({ ticket, ask }: Extract<Event, { kind: "put" }>): void {
    const { writeId } = ask.version;
    this.#puts.set(ticket, writeId);
    const shown = ask.seen ? this.#shown.get(ask.seen.clock) : new Set<WriteId>();
    if (shown === undefined) {
      throw new Error(`A context that nobody was given comes with ${writeId}`);
    }
    this.#covers.set(writeId, this.#closure(shown));
  }

  #answered(ticket: Ticket, reply: Reply): void {
    if (reply.kind !== "get" && reply.kind !== "put") return;
    const { container } = reply;
    const live = new Set(container.siblings.map(({ version }) => version.writeId));
    this.#shown.set(container.clock, live);
    if (reply.kind === "put") {
      const writeId = this.#puts.get(ticket)!;
      if (live.has(writeId)) this.#acknowledged.set(writeId, reply.w);
      return;
    }
    if (!this.#overlap) return;
    const covered = this.#closure(live);
    for (const [writeId, w] of this.#gets.get(ticket)!) {
      if (w + reply.r <= this.#world.config.n) continue;
      this.overlaps++;
      if (!covered.has(writeId)) {
        throw new Error(`Q16: R ${reply.r} misses ${writeId}, acknowledged with W ${w} before`);
      }
    }
  }

  #stores(id: NodeId, boot: string, { store, name, record }: Extract<Effect, { kind: "store" }>) {
    this.#storing.set(`${id} ${boot} ${store}`, record?.mine?.actor ?? null);
    const { disk } = this.#world.machines.get(id)!;
    const held = disk.damaged.size > 0 ? undefined : this.#world.onDisk(id, name);
    if (held === undefined || record === null) return;
    const stored = new Set(this.#writesOf(record.container));
    for (const writeId of this.#writesOf(held.container)) {
      if (!stored.has(writeId)) {
        throw new Error(`RR4: ${id} stores a copy that has not seen ${writeId}`);
      }
    }
  }

  /** Every disk and every message, so that nothing turns up anywhere unseen. */
  #lookEverywhere(): void {
    for (const [id, { boot, disk }] of this.#world.machines) {
      for (const { container } of disk.records.values()) this.#look(container, { id, boot });
    }
    for (const next of this.#world.pending) {
      if (next.kind !== "message" || !("container" in next.message)) continue;
      const { container } = next.message;
      if (container) this.#look(container, { id: next.from, boot: next.fromBoot });
    }
  }

  #look(container: Container, at: { readonly id: NodeId; readonly boot: string }): void {
    if (this.#audited.has(container)) return;
    this.#audited.add(container);
    this.containers++;
    if (container.siblings.length > 1) this.siblings++;
    for (const { dot, version } of container.siblings) this.#learn(dot, version.writeId, at);
    const seen = new Set(this.#writesOf(container));
    const overwritten = new Set<WriteId>();
    for (const writeId of seen) {
      for (const older of this.#covers.get(writeId)!) {
        overwritten.add(older);
        if (!seen.has(older)) {
          throw new Error(`S11: ${writeId} is seen without ${older}, which it overwrote`);
        }
      }
    }
    const wanted = [...seen].filter((writeId) => !overwritten.has(writeId)).sort();
    const live = container.siblings.map(({ version }) => version.writeId).sort();
    if (live.join() !== wanted.join()) {
      throw new Error(
        `V14: live are [${live}], but of [${[...seen]}] nothing overwrites [${wanted}]`,
      );
    }
  }

  /** A dot that turns up for the first time has been issued in this very step. */
  #learn(dot: Dot, writeId: WriteId, { id, boot }: { id: NodeId; boot: string }): void {
    const event = eventName(dot);
    const known = this.#writeOf.get(event);
    if (known === writeId) return;
    if (known !== undefined) throw new Error(`V12: ${event} names ${known} and ${writeId}`);
    const twin = this.#eventOf.get(writeId);
    if (twin !== undefined) {
      throw new Error(`Q18: ${writeId} was issued as ${twin} and as ${event}`);
    }
    if (!this.#covers.has(writeId)) throw new Error(`S4: ${writeId} was never attempted`);
    if (nodeOf(dot.actor) !== id || bootOf(dot.actor) !== boot) {
      throw new Error(`V15: ${id} issued ${event}, which is not of its boot`);
    }
    if (this.#burnt.has(dot.actor)) {
      throw new Error(`V16: ${event} is of an actor whose store failed`);
    }
    const last = this.#last.get(dot.actor) ?? 0;
    if (dot.counter !== last + 1) throw new Error(`V14: ${event} was issued after ${last}`);
    this.#last.set(dot.actor, dot.counter);
    this.#writeOf.set(event, writeId);
    this.#eventOf.set(writeId, event);
  }

  /** The writes that a clock claims to have seen: every dot 1..n of every actor, by name. */
  #writesOf({ clock }: Container): WriteId[] {
    return [...clock].flatMap(([actor, counter]) =>
      Array.from({ length: counter }, (_, i) => {
        const event = eventName({ actor, counter: i + 1 });
        const writeId = this.#writeOf.get(event);
        if (writeId === undefined) {
          throw new Error(`V14: a clock has seen ${event}, which nobody issued`);
        }
        return writeId;
      })
    );
  }

  #closure(writes: Iterable<WriteId>): Set<WriteId> {
    const all = new Set<WriteId>();
    for (const writeId of writes) {
      all.add(writeId);
      for (const older of this.#covers.get(writeId)!) all.add(older);
    }
    return all;
  }
}

function containersIn(effect: Effect): Container[] {
  switch (effect.kind) {
    case "store":
      return effect.record ? [effect.record.container] : [];
    case "reply":
      return "container" in effect.reply ? [effect.reply.container] : [];
    case "send": {
      const { message } = effect;
      if ("container" in message) return message.container ? [message.container] : [];
      if (!("outcome" in message) || !("container" in message.outcome)) return [];
      return [message.outcome.container];
    }
    default:
      return [];
  }
}
