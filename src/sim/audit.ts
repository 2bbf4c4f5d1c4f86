/**
 * Every step of every node, held to explicit sets of writes: laws V12, V14 to V16, Q18, S4, S5, S11, M18 RR4 and S16.
 *
 * The account is kept by the names of writes. What a write overwrites is known from what its client was shown, never from
 * a clock. An event gets its dot in the step in which its dot first turns up. From then on a clock is a set of writes, each
 * dot 1..n of each actor by name, and a container must hold alive exactly those writes of its set that no other of the set
 * overwrites: the maximal elements. So equal clocks have equal contents, and clocks and dots are what is checked, and
 * never what is checked with.
 *
 * A replica may remove what it holds if nothing of it is left but deletes (laws S10, S16), and shorten its clock by entries of
 * which nothing is live (law V17). From then on no container that leaves a node may hold alive what was dead then.
 *
 * A container is a value: nothing changes it. So each is looked at once, when it first leaves a node.
 *
 * @module
 */
import {
  type Actor,
  type Boot,
  bootOf,
  type Dot,
  hex,
  type NodeId,
  nodeOf,
  type ObjectName,
  sameDot,
} from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import type { Event, StoredRecord } from "../protocol/event.ts";
import { shortened } from "../version/settled.ts";
import type { Container } from "../version/siblings.ts";
import type { History, WriteName } from "./history.ts";
import type { WriteSet } from "./write_set.ts";

/** A law that does not hold, with the values that show it. */
export class Broken extends Error {
  /** Tells it from other errors. */
  override readonly name = "Broken";
  /** The law's id. */
  readonly law: string;
  /** What is wrong, as one clause. */
  readonly what: string;
  /** In which step, if that is known. */
  at?: string;

  /** The law, and what is wrong. */
  constructor(law: string, what: string) {
    super(`${law}: ${what}`);
    this.law = law;
    this.what = what;
  }
}

/** The process whose step is looked at. */
export interface Where {
  readonly id: NodeId;
  readonly boot: Boot;
  /** What its disk holds of a key; undefined if it has nothing, or nothing that can be read. */
  readonly held: (name: Extract<Effect, { kind: "store" }>["name"]) => StoredRecord | undefined;
  /** Whether its disk says that it serves the key; if not, whether a disk that does holds this container, or a later one. */
  readonly seat: (name: ObjectName, held: Container) => "its_own" | "passed" | "lost";
}

/** A write that an actor has issued, and what that makes of all that it has issued until then. */
interface Issue {
  readonly write: WriteName;
  /** This write and all before it. */
  readonly all: WriteSet;
  /** All that they overwrote. */
  readonly overwritten: WriteSet;
}

/** One account. It throws {@linkcode Broken} in the step in which something is wrong. */
export class Audit {
  readonly #history: History;
  readonly #dotOf = new Map<WriteName, Dot>();
  /** What each actor has issued: its first dot's write first. */
  readonly #writesBy = new Map<Actor, Issue[]>();
  readonly #burnt = new Set<Actor>();
  /** Whose dot a store holds. */
  readonly #storing = new Map<string, Actor | null>();
  readonly #audited = new WeakSet<Container>();
  /** What was overwritten when its key was forgotten. */
  #dead: WriteSet | null = null;
  /** How many containers were looked at. */
  containers = 0;
  /** How many of them held more than one live write. */
  siblings = 0;

  /** An empty account. The history says what overwrites what. */
  constructor(history: History) {
    this.#history = history;
  }

  /** A node has taken a step. */
  stepped(at: Where, event: Event, effects: readonly Effect[], atMs = 0): void {
    if (event.kind === "stored" && event.outcome === "failed") {
      const actor = this.#storing.get(storeName(at, event.store)) ?? null;
      // The dot of a store that failed may be anywhere. What its actor would issue next might be taken for it.
      if (actor !== null && bootOf(actor) === at.boot) this.#burnt.add(actor);
    }
    for (const effect of effects) {
      if (effect.kind === "store") this.#shortens(at, effect, atMs);
      for (const container of containersIn(effect)) {
        this.#lookAt(container, at, keyIn(effect));
        if (this.#dead !== null) this.#lookForTheDead(container, this.#dead, at);
      }
      if (effect.kind === "store") this.#stores(at, effect, atMs);
    }
  }

  #stores(
    at: Where,
    { store, name, owner, record }: Extract<Effect, { kind: "store" }>,
    atMs: number,
  ): void {
    this.#storing.set(storeName(at, store), record?.mine?.actor ?? null);
    // A hint goes when it is where it belongs. What is held here of the node's own goes when it is settled.
    const held = owner === null ? at.held(name) : undefined;
    if (held === undefined) return;
    if (record === null) return this.#removes(at, name, held.container, atMs);
    const stored = this.#writesOf(record.container).all;
    const [lost] = this.#writesOf(held.container).all.without(stored)
      .filter((write) => !this.#dead?.has(write));
    if (lost !== undefined) {
      throw new Broken("RR4", `${at.id} stores a copy that has not seen ${lost}, which it held`);
    }
  }

  #removes({ id, seat }: Where, name: ObjectName, held: Container, atMs: number): void {
    const { key } = name;
    const is = seat(name, held);
    if (is === "lost") {
      throw new Broken(
        "G25",
        `${id} removes what it held of ${key}, and nobody who serves it has it`,
      );
    }
    if (is === "passed") return;
    if (held.siblings.some(({ version }) => !version.tombstone)) {
      throw new Broken("RR4", `${id} removes what it held of ${key}`);
    }
    const { all, overwritten } = this.#writesOf(held);
    this.#dead ??= this.#history.none();
    this.#dead.addAll(overwritten);
    this.#history.settled(key, all.without(this.#history.none()), atMs);
  }

  /** What is dead may be forgotten: from then on it need not be seen by what overwrote it. */
  #shortens(
    at: Where,
    { name, owner, record }: Extract<Effect, { kind: "store" }>,
    atMs: number,
  ): void {
    if (owner !== null || record === null) return;
    const { clock } = record.container;
    const held = at.held(name)?.container;
    if (held === undefined || clock.size >= held.clock.size) return;
    if (!isShortened(held, record.container)) return;
    const { all } = this.#writesOf(held);
    const live = this.#history.none();
    for (const { version } of held.siblings) live.add(version.writeId);
    this.#dead ??= this.#history.none();
    // An entry that stays, for something of it is live, may have seen more; what overwrote that may be forgotten.
    for (const write of all.without(live)) this.#dead.add(write);
    const lost = all.without(this.#writesOf(record.container).all);
    this.#history.settled(name.key, lost, atMs);
  }

  #lookForTheDead({ siblings }: Container, dead: WriteSet, { id }: Where): void {
    const back = siblings.find(({ version }) => dead.has(version.writeId));
    if (back === undefined) return;
    throw new Broken("S16", `${id} holds ${back.version.writeId}, which was deleted and forgotten`);
  }

  /** Says of which key it is, if a law is broken. */
  #lookAt(container: Container, at: Where, said: string | null): void {
    try {
      this.#look(container, at);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      const write = container.siblings[0]?.version.writeId;
      const key = said ?? (write === undefined ? undefined : this.#history.keyOf(write));
      throw key === undefined ? error : new Broken(error.law, `${error.what}, of ${key}`);
    }
  }

  #look(container: Container, at: Where): void {
    if (this.#audited.has(container)) return;
    this.#audited.add(container);
    this.containers++;
    if (container.siblings.length > 1) this.siblings++;
    for (const { dot, version } of container.siblings) this.#learn(dot, version.writeId, at);
    // What must be alive is a function of the clock, so that equal clocks have equal contents, too (I2).
    const wanted = this.#maximal(container);
    const live = this.#history.none();
    for (const { version } of container.siblings) live.add(version.writeId);
    if (wanted.length === container.siblings.length && wanted.every((one) => live.has(one))) return;
    throw new Broken("V14", this.#misjudged(container, wanted));
  }

  /** What must be alive: the writes of a clock that no other of them overwrites. */
  #maximal(container: Container): WriteName[] {
    const { all, overwritten } = this.#writesOf(container);
    // What is overwritten at a second remove was overwritten by something that must be seen as well: one remove is enough.
    const [unseen] = overwritten.without(all).filter((write) => !this.#dead?.has(write));
    if (unseen !== undefined) {
      const by = all.without(this.#history.none()).find((write) =>
        this.#history.seenBy(write).includes(unseen)
      );
      throw new Broken("S11", `${by} is seen without ${unseen}, which it overwrote`);
    }
    const maximal = all.without(overwritten);
    const dead = this.#dead;
    return dead === null ? maximal : maximal.filter((write) => !dead.has(write));
  }

  /** How what is alive differs from what must be. */
  #misjudged(container: Container, wanted: readonly WriteName[]): string {
    const live = container.siblings.map(({ version }) => version.writeId as WriteName);
    const seen = this.#writesOf(container).all.without(this.#history.none());
    const dead = wanted.find((write) => !live.includes(write));
    if (dead !== undefined) return `${dead} is seen and not live, and nothing seen overwrote it`;
    const back = live.find((write) => !wanted.includes(write));
    const by = seen.find((write) => this.#history.seenBy(write).includes(back!));
    if (back !== undefined && by !== undefined) {
      return `${by} overwrote ${back}, yet ${back} is live`;
    }
    return `live are [${live}], and of what is seen [${wanted}] must be`;
  }

  /** A dot that turns up for the first time has been issued in this very step. */
  #learn(dot: Dot, write: WriteName, { id, boot }: Where): void {
    const known = this.#writeAt(dot);
    if (known === write) return;
    if (known !== undefined) {
      throw new Broken("V12", `${eventName(dot)} names ${known} and ${write}`);
    }
    const twin = this.#dotOf.get(write);
    if (twin !== undefined) {
      throw new Broken("Q18", `${write} was issued as ${eventName(twin)} and as ${eventName(dot)}`);
    }
    if (!this.#history.knows(write)) throw new Broken("S4", `${write} was never attempted`);
    if (nodeOf(dot.actor) !== id || bootOf(dot.actor) !== boot) {
      throw new Broken("V15", `${id} issued ${eventName(dot)}, which is not of its boot`);
    }
    if (this.#burnt.has(dot.actor)) {
      throw new Broken("V16", `${eventName(dot)} is of an actor whose store failed`);
    }
    let writes = this.#writesBy.get(dot.actor);
    if (writes === undefined) this.#writesBy.set(dot.actor, writes = []);
    if (dot.counter !== writes.length + 1) {
      throw new Broken("V14", `${eventName(dot)} was issued after ${writes.length}`);
    }
    const before = writes.at(-1);
    const all = before?.all.copy() ?? this.#history.none();
    const overwritten = before?.overwritten.copy() ?? this.#history.none();
    all.add(write);
    for (const older of this.#history.seenBy(write)) overwritten.add(older);
    writes.push({ write, all, overwritten });
    this.#dotOf.set(write, dot);
  }

  /** The writes that a clock claims to have seen (every dot 1..n of every actor, by name), and what they overwrote. */
  #writesOf({ clock }: Container): Pick<Issue, "all" | "overwritten"> {
    const [all, overwritten] = [this.#history.none(), this.#history.none()];
    for (const [actor, counter] of clock) {
      const issued = this.#writesBy.get(actor) ?? [];
      if (issued.length < counter) {
        const event = eventName({ actor, counter: issued.length + 1 });
        throw new Broken("V14", `a clock has seen ${event}, which nobody issued`);
      }
      const last = issued[counter - 1]!;
      all.addAll(last.all);
      overwritten.addAll(last.overwritten);
    }
    return { all, overwritten };
  }

  #writeAt({ actor, counter }: Dot): WriteName | undefined {
    return this.#writesBy.get(actor)?.[counter - 1]?.write;
  }
}

/** A dot for people: node, boot, the actor's number in the boot, counter. */
export function eventName({ actor, counter }: Dot): string {
  const seq = hex(actor.slice(-4)).replace(/^0+/, "");
  return `${nodeOf(actor)}:${hex(bootOf(actor)).slice(0, 8)}:${seq}#${counter}`;
}

function storeName({ id, boot }: Where, store: number): string {
  return `${id} ${boot} ${store}`;
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

/** Whether a container is another without entries of its clock of which nothing is live. */
function isShortened(held: Container, stored: Container): boolean {
  const { clock, siblings } = shortened(held);
  return stored.clock.size === clock.size &&
    stored.siblings.length === siblings.length &&
    [...clock].every(([actor, counter]) => stored.clock.get(actor) === counter) &&
    siblings.every(({ dot }, i) => sameDot(dot, stored.siblings[i]!.dot));
}

/** Which key an effect says that it is about; an answer need not. */
function keyIn(effect: Effect): string | null {
  if (effect.kind === "store") return effect.name.key;
  if (effect.kind !== "send" || !("name" in effect.message)) return null;
  return effect.message.name.key;
}
