/**
 * The stage on which a transcript is played: the real nodes of a {@linkcode World}, the clients that talk to them, and the
 * trace of what happens.
 *
 * A line says what **happens**, when it happens: a message arrives, a store lands, a client is told something. What a command
 * has caused and has not happened yet is shown behind a `+`: it waits for a later command.
 *
 * Three things happen at once and unseen, for no story is about them: a node reads its disk, it stores what it says of
 * itself when it starts, and bucket properties spread.
 *
 * A client is as forgetful as one that speaks HTTP: it keeps, for each key, the context of its last read, or of its last
 * put if that left no siblings (docs/http.md).
 *
 * @module
 */
import type { NodeId, WriteId } from "../../src/id.ts";
import { fold, History } from "../../src/membership/history.ts";
import type { Config } from "../../src/protocol/config.ts";
import type { Effect, Reply } from "../../src/protocol/effect.ts";
import type { Event, GetAsk, PropsPatch, PutAsk, Ticket } from "../../src/protocol/event.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { type Entry, preferenceList } from "../../src/ring/preference_list.ts";
import {
  describeMessage,
  describePut,
  describeRecord,
  describeReply,
  describeTimer,
} from "../../src/sim/describe.ts";
import { Names } from "../../src/sim/names.ts";
import { type Context, contextOf } from "../../src/version/context.ts";
import { showsOnly } from "../../src/version/view.ts";
import { ask, nameOf } from "../asks.ts";
import { type Disaster, Disasters } from "../disasters.ts";
import type { Pending } from "../pending.ts";
import { World } from "../world.ts";

type MessagePending = Extract<Pending, { kind: "message" }>;
type IoPending = Extract<Pending, { kind: "io" }>;

/** The bucket of keys that name none. */
const BUCKET = "default";
/** How wide the column is that says who. */
const WIDTH = 14;
/** What is told by other lines: a late reply is seen to come, a repair to be sent, a refusal stands beside its message. */
const UNTOLD = /^(request\.late_reply|get\.repair|exchange\.filled|envelope\.\w+)$/;
/** Timers of which nobody is told: what they bring about is told. */
const UNTOLD_TIMERS: ReadonlySet<string> = new Set(["props_retry", "exchange"]);

/** What a client asked, until it is answered. */
interface Asked {
  readonly client: string;
  readonly key: string;
  readonly returnBody: boolean;
  /** What it writes; null for a read. */
  readonly writeId: WriteId | null;
}

/** What a client wants to be different from what is usual. */
export interface Wishes {
  /** The client brings no context. */
  readonly blind: boolean;
  /** The put has the write id of the client's last one: to the cluster it is the same put. */
  readonly again: boolean;
  /** The answer to a put shows what is stored now, so that the client knows all of it. */
  readonly returnBody: boolean;
  /** The read must descend what the client has seen. */
  readonly session: boolean;
  /** Quorums, `timeoutMs` and the like. */
  readonly options: Partial<PutAsk & GetAsk>;
}

/** Nodes, clients and a trace. */
export class Stage {
  readonly world: World;
  readonly #names = new Names({ bucket: BUCKET });
  readonly #disasters: Disasters;
  readonly #asked = new Map<Ticket, Asked>();
  readonly #contexts = new Map<string, Context>();
  /** The write id of each client's last put. */
  readonly #writeIds = new Map<string, WriteId>();
  /** What is pending and has been shown. */
  #known: ReadonlySet<Pending> = new Set();
  #lines: string[] = [];
  #putCount = 0;
  #refusal: string | null = null;
  /** A cluster of these nodes, all up. */
  constructor(nodes: readonly NodeId[], config: Partial<Config>) {
    this.world = new World({ nodes, config });
    this.#disasters = new Disasters(this.world);
    for (const [id, { boot }] of this.world.machines) this.#names.boot(id, boot);
    this.world.onStep = (id, event, effects) => this.#watch(id, event, effects);
  }

  /** The lines since it was last asked, what now waits among them. */
  trace(): string[] {
    const { pending } = this.world;
    const waiting = pending.filter((one) => !this.#known.has(one));
    this.#known = new Set(pending);
    return [...this.#lines.splice(0), ...waiting.map((one) => this.describe(one, "+ "))];
  }
  /** Adds a line. */
  say(who: string, what: string): void {
    this.#lines.push(line(who, what));
  }

  /** One line for something that has not happened yet. */
  describe(pending: Pending, lead = ""): string {
    if (pending.kind === "message") return this.#message(pending, lead);
    return line(`${lead}${pending.node} stores`, this.#stored(pending));
  }

  /** A client puts a text, or deletes. */
  put(at: NodeId, put: { client: string; key: string; text: string | null } & Wishes): void {
    const { client, key, text, blind, again, returnBody, options } = put;
    const context = blind ? undefined : this.#contexts.get(`${client} ${key}`);
    const last = again ? this.#writeIds.get(client) : undefined;
    const writeId = last ?? String(++this.#putCount).padStart(16, "0") as WriteId;
    this.#writeIds.set(client, writeId);
    const asked = {
      ...ask(pathOf(key), text, writeId),
      ...options,
      seen: context,
      fastest: context?.fastest ?? undefined,
    };
    const more = (again ? ", again" : "") + describeOptions(options);
    this.say(`${client} -> ${at}`, describePut(asked, this.#names) + more);
    this.#ask(
      at,
      { client, key, returnBody, writeId },
      (ticket) => ({ kind: "put", ticket, ask: asked }),
    );
  }
  /** A client reads. */
  get(at: NodeId, get: { client: string; key: string } & Wishes): void {
    const { client, key, session, returnBody, options } = get;
    const seen = session ? this.#contexts.get(`${client} ${key}`)?.clock : undefined;
    const asked = { name: nameOf(pathOf(key)), ...options, session: seen };
    const since = seen ? `, having seen ${this.#names.clock(seen)}` : "";
    this.say(`${client} -> ${at}`, `get ${key}${since}${describeOptions(options)}`);
    this.#ask(
      at,
      { client, key, returnBody, writeId: null },
      (ticket) => ({ kind: "get", ticket, ask: asked }),
    );
  }
  /** A client changes what holds for a bucket. */
  setProps(at: NodeId, bucket: string, patch: PropsPatch): void {
    const ticket = this.world.setProps(at, bucket, patch);
    this.#settle();
    const reply = this.world.replies.get(ticket);
    const said = reply?.kind === "props"
      ? describeProps(patch)
      : reply && describeReply(reply, this.#names);
    this.say(bucket, said ?? "bucket properties are on their way");
  }

  /** What is pending happens, oldest first, and what follows from it; only what concerns these nodes alone, if any. */
  run(nodes: readonly NodeId[]): void {
    const concerned = (one: Pending) =>
      nodes.length === 0 ||
      (one.kind === "io" ? [one.node] : [one.from, one.to]).every((id) => nodes.includes(id));
    for (;;) {
      const index = this.world.pending.findIndex(concerned);
      if (index < 0) return;
      this.happen(index);
    }
  }
  /** A pending thing happens. */
  happen(index: number): void {
    const next = this.world.pending[index]!;
    const at = this.#lines.length;
    const said = next.kind === "message"
      ? this.#message(next)
      : line(`${next.node} stored`, this.#stored(next));
    this.#lines.push(said);
    this.#refusal = null;
    const heard = next.kind === "io" || this.world.machines.get(next.to)!.up;
    this.world.happen(index);
    if (!heard) this.#lines[at] = `${said} (lost: ${(next as MessagePending).to} is down)`;
    else if (this.#refusal) this.#lines[at] = `${said} (refused: ${this.#refusal})`;
    this.#settle();
  }
  /** A message never arrives, and nobody knows. */
  drop(index: number): void {
    this.#lines.push(`${this.#message(this.world.pending[index] as MessagePending)} (lost)`);
    this.world.fail(index);
  }
  /** A message never arrives, and its sender is told so. */
  refuse(index: number): boolean {
    const next = this.world.pending[index] as MessagePending;
    this.#lines.push(`${this.#message(next)} (never sent: no connection)`);
    this.world.undelivered(index);
    this.#settle();
    return !this.world.pending.includes(next);
  }
  /** A message will come twice. */
  duplicate(index: number): void {
    const next = this.world.pending[index]!;
    this.world.duplicate(index);
    this.#lines.push(`${this.describe(next, "+ ")} (once more)`);
  }

  /** A store does not happen, and its node is told so. */
  failStore(index: number): void {
    const next = this.world.pending[index] as IoPending;
    this.#lines.push(`${this.describe(next)} (fails)`);
    this.world.fail(index);
    this.#settle();
  }
  /** A store happens; its node hears that it failed, or dies before it hears anything. */
  landStore(index: number, then: "failed" | "crash"): void {
    const next = this.world.pending[index] as IoPending;
    const what = this.#stored(next);
    const after = then === "crash" ? "and dies before it knows" : "and is told that it failed";
    this.#lines.push(line(`${next.node} stored`, `${what} (${after})`));
    this.world.land(index, then);
    if (then === "crash") this.#loseStores(next.node);
    this.#settle();
  }

  /** A process dies, and with it what it had not stored yet. */
  crash(id: NodeId): void {
    this.say(id, "crashes");
    this.world.crash(id);
    this.#loseStores(id);
  }
  /** It starts again. */
  restart(id: NodeId): void {
    this.world.restart(id);
    this.#settle();
    this.say(id, `is up again, in its boot ${this.#bootOf(id)}`);
  }
  /** A node's disk is replaced, or a second process of its id begins. Returns false if that cannot be. */
  befall(id: NodeId, disaster: Disaster, key: string): boolean {
    const { disk } = this.world.machines.get(id)!;
    if (disaster === "wipe") disk.restored = { history: [], register: null, props: [] };
    const befell = this.#disasters.befall(id, disaster, nameOf(pathOf(key)));
    this.#loseStores(id);
    this.#settle();
    if (befell) this.say(id, AFTERMATH[disaster] + this.#bootNote(id, disaster));
    return befell;
  }
  /** A node's copy of a key goes bad on its disk. Returns false if it has none. */
  damage(id: NodeId, key: string): boolean {
    const name = nameOf(pathOf(key));
    if (!this.world.onDisk(id, name)) return false;
    this.world.damage(id, name);
    this.say(id, `has a damaged record of ${key}`);
    return true;
  }
  /** Time goes by. */
  wait(ms: number): void {
    this.world.wait(ms);
    this.#settle();
  }

  /** True if the node runs. */
  isUp(id: NodeId): boolean {
    return this.world.machines.get(id)!.up;
  }
  /** Who serves a key, by seat, and who does not. */
  owners(key: string): string {
    const { genesis, config } = this.world;
    const { ring } = fold(History.of(genesis));
    const list = preferenceList(ring, positionOf(nameOf(pathOf(key))), config.n);
    const of = (role: Entry["role"]) =>
      list.filter((entry) => entry.role === role).map(({ node }) => node).join(" ");
    const others = of("fallback");
    return `served by ${of("primary")}${others && `; not by ${others}`}`;
  }
  /** Adds a line for all that waits. */
  sayPending(): void {
    this.#known = new Set();
    if (this.world.pending.length === 0) this.#lines.push("nothing waits");
  }
  /** What a node has on its disk of a key. */
  onDisk(id: NodeId, key: string): string {
    const name = nameOf(pathOf(key));
    const { hints } = this.world.machines.get(id)!.disk;
    const kept = hints.of(name, this.world.ids).map(({ owner, record }) =>
      `; ${describeRecord({ ...record, mine: null }, this.#names)}, kept for ${owner}`
    );
    return describeRecord(this.world.onDisk(id, name) ?? null, this.#names) + kept.join("");
  }

  #ask(at: NodeId, asked: Asked, event: (ticket: Ticket) => Event): void {
    this.world.ask(at, (ticket) => {
      this.#asked.set(ticket, asked);
      return event(ticket);
    });
    this.#settle();
  }

  /** What happens at once and unseen. */
  #settle(): void {
    for (;;) {
      const index = this.world.pending.findIndex(isUnseen);
      if (index < 0) return;
      this.world.happen(index);
    }
  }

  #loseStores(id: NodeId): void {
    const { pending, machines } = this.world;
    const { boot, up } = machines.get(id)!;
    for (let index = pending.length - 1; index >= 0; index--) {
      const next = pending[index]!;
      if (next.kind !== "io" || next.node !== id || (up && next.boot === boot)) continue;
      if (!isUnseen(next)) this.#lines.push(`${this.describe(next)} (lost)`);
      this.world.fail(index);
    }
  }

  #watch(id: NodeId, event: Event, effects: readonly Effect[]): void {
    if (event.kind === "start") this.#names.boot(id, event.boot);
    if (event.kind === "timer" && !UNTOLD_TIMERS.has(event.timer.kind)) {
      this.say(`${id} clock`, describeTimer(event.timer));
    }
    for (const effect of effects) {
      if (effect.kind === "reply") this.#answer(id, effect.ticket, effect.reply);
      else if (effect.kind === "verdict") this.#refusal = effect.verdict.refused;
      else if (effect.kind === "mark" && !UNTOLD.test(effect.name)) {
        this.say(`${id} notes`, effect.name);
      }
    }
  }

  #answer(from: NodeId, ticket: Ticket, reply: Reply): void {
    const asked = this.#asked.get(ticket);
    if (asked === undefined) return;
    const id = `${asked.client} ${asked.key}`;
    const told = describeReply(reply, this.#names, asked.writeId);
    const unshown = reply.kind === "put" && !showsOnly(reply.view, asked.writeId!);
    const more = unshown && asked.returnBody
      ? `; context ${this.#names.clock(reply.container.clock)}`
      : "";
    this.say(`${from} -> ${asked.client}`, told + more);
    if (reply.kind === "put") {
      if (unshown && !asked.returnBody) return;
      this.#contexts.set(id, contextOf(reply.container, reply.coordinator));
    } else if (reply.kind === "get") {
      if (reply.container.clock.size === 0) this.#contexts.delete(id);
      else this.#contexts.set(id, contextOf(reply.container, reply.fastest));
    }
  }

  #message({ from, to, message }: MessagePending, lead = ""): string {
    return line(`${lead}${from} -> ${to}`, describeMessage(message, this.#names));
  }
  #stored({ effect }: IoPending): string {
    if (effect.kind !== "store") throw new Error(`A ${effect.kind} happens unseen`);
    const record = effect.record && { ...effect.record, mine: null };
    if (effect.record === null && effect.owner !== null) {
      return `nothing of ${this.#names.key(effect.name)} for ${effect.owner} any more`;
    }
    const whose = effect.owner === null ? "" : `, kept for ${effect.owner}`;
    return `${this.#names.key(effect.name)} ${describeRecord(record, this.#names)}${whose}`;
  }

  #bootOf(id: NodeId): number {
    return this.#names.boot(id, this.world.machines.get(id)!.boot);
  }
  #bootNote(id: NodeId, disaster: Disaster): string {
    return ["wipe", "restore", "clone"].includes(disaster)
      ? `, and is up in its boot ${this.#bootOf(id)}`
      : "";
  }
}

/** What each disaster leaves behind. */
const AFTERMATH: Readonly<Record<Disaster, string>> = {
  wipe: "has lost its whole disk",
  backup: "is backed up",
  restore: "is put back from its backup",
  vanish: "has lost its record, and does not know",
  clone: "runs a second time, on a copy of its disk",
  swap: "is reached through its other process",
};

function isUnseen(pending: Pending): boolean {
  if (pending.kind === "io") return pending.effect.kind !== "store";
  return pending.message.kind === "props" || pending.message.kind === "props_reply";
}

function line(who: string, what: string): string {
  return `${who.padEnd(WIDTH)}${who.length < WIDTH ? "" : " "}${what}`;
}

function pathOf(key: string): string {
  return key.includes("/") ? key : `${BUCKET}/${key}`;
}

function describeOptions(options: Wishes["options"]): string {
  return Object.entries(options).map(([name, value]) => `, ${name}=${value}`).join("");
}

function describeProps(patch: PropsPatch): string {
  return Object.entries(patch).map(([name, value]) => `${name}=${value}`).join(" ");
}
